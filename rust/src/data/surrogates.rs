//! Rows of JSON with escapes of lone surrogates, such as `\ud83d` for half of an emoji. Such text is not Unicode, and
//! is refused where it is read. The rest of its row reads as ever.

use std::borrow::Cow;

use jiter::JsonValue;

use crate::error::{RowError, RowErrorKind};
use crate::json::Json;
use crate::row::{JsonFields, JsonItems, Key, Kind, List, Map, Named, Value};

/// A value in which a character that is in no text of the row stands for each lone surrogate.
#[derive(Clone)]
pub(super) struct Marked<'a> {
    value: JsonValue<'a>,
    mark: char,
}

pub(super) struct MarkedItems<'a>(JsonItems<'a>, char);

pub(super) struct MarkedFields<'a>(JsonFields<'a>, char);

/// Parses a line that has lone surrogates; `None` where that is not what is wrong with it.
pub(super) fn parse(line: &[u8]) -> Option<Marked<'static>> {
    let (marked, mark) = mark_surrogates(line)?;
    let value = JsonValue::parse(&marked, true).ok()?.into_static();
    Some(Marked { value, mark })
}

/// The line with an escaped mark in place of each lone surrogate, and the mark.
fn mark_surrogates(line: &[u8]) -> Option<(Vec<u8>, char)> {
    let lone = lone_surrogates(line);
    if lone.is_empty() {
        return None;
    }
    // Noncharacters, which no text has. A line with all of them is not worth the trouble.
    let mark = ('\u{fdd0}'..='\u{fdef}').find(|mark| !holds(line, *mark))?;
    let mut marked = line.to_vec();
    for at in lone {
        marked[at + 2..at + 6].copy_from_slice(format!("{:04x}", u32::from(mark)).as_bytes());
    }
    Some((marked, mark))
}

fn holds(line: &[u8], mark: char) -> bool {
    let escaped = format!("\\u{:04x}", u32::from(mark));
    memchr::memmem::find(line, mark.to_string().as_bytes()).is_some()
        || line.windows(escaped.len()).any(|window| window.eq_ignore_ascii_case(escaped.as_bytes()))
}

/// Where the escapes of lone surrogates begin.
fn lone_surrogates(line: &[u8]) -> Vec<usize> {
    let escape = |at: usize| match line.get(at..at + 6) {
        Some([b'\\', b'u', digits @ ..]) => {
            std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok())
        }
        _ => None,
    };
    let (mut lone, mut at) = (Vec::new(), 0);
    while let Some(found) = memchr::memchr(b'\\', line.get(at..).unwrap_or_default()) {
        at += found;
        at += match escape(at) {
            Some(0xd800..=0xdbff) if matches!(escape(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                lone.push(at);
                6
            }
            Some(_) => 6,
            None => 2,
        };
    }
    lone
}

impl Marked<'_> {
    /// Whether there is such a text in the value, at any depth.
    pub fn is_bad(&self) -> bool {
        match self.kind() {
            Kind::BadText(_) => true,
            Kind::List(items) => (0..items.len()).any(|index| items.at(index).is_bad()),
            Kind::Map(fields) => fields.names().iter().any(|name| fields.named(name).is_some_and(|one| one.is_bad())),
            _ => false,
        }
    }
}

/// The error for such a text.
pub(super) fn refusal() -> RowError {
    let detail = "is not Unicode text (it has a lone surrogate such as \\ud83d); give text without lone surrogates";
    RowError::new(RowErrorKind::InvalidText, detail)
}

impl<'a> Value<'a> for Marked<'a> {
    type List = MarkedItems<'a>;
    type Map = MarkedFields<'a>;

    fn kind(&self) -> Kind<'a, Self> {
        match self.value.kind() {
            Kind::Null => Kind::Null,
            Kind::Bool(value) => Kind::Bool(value),
            Kind::Int(value) => Kind::Int(value),
            Kind::Float(value) => Kind::Float(value),
            Kind::Text(text) if text.contains(self.mark) => Kind::BadText(refusal().detail),
            Kind::Text(text) => Kind::Text(text),
            Kind::BadText(reason) => Kind::BadText(reason),
            Kind::List(items) => Kind::List(MarkedItems(items, self.mark)),
            Kind::Map(fields) => Kind::Map(MarkedFields(fields, self.mark)),
            Kind::Other(name) => Kind::Other(name),
        }
    }

    fn json(&self) -> Result<Json, RowError> {
        if self.is_bad() { Err(refusal()) } else { self.value.json() }
    }
}

impl<'a> List<'a> for MarkedItems<'a> {
    type Value = Marked<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn at(&self, index: usize) -> Marked<'a> {
        Marked { value: self.0.at(index), mark: self.1 }
    }
}

impl<'a> Map<'a> for MarkedFields<'a> {
    type Value = Marked<'a>;

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn at_most(&self) -> usize {
        self.0.at_most()
    }

    fn get(&self, key: Key) -> Option<Marked<'a>> {
        self.0.get(key).map(|value| Marked { value, mark: self.1 })
    }

    fn each_unknown(&self, is_known: fn(&str) -> bool, found: &mut dyn FnMut(Cow<'a, str>)) {
        self.0.each_unknown(is_known, found);
    }
}

impl<'a> Named<'a> for MarkedFields<'a> {
    fn named(&self, name: &str) -> Option<Marked<'a>> {
        self.0.named(name).map(|value| Marked { value, mark: self.1 })
    }

    fn names(&self) -> Vec<Cow<'a, str>> {
        self.0.names()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_surrogates_are_marked() {
        let found = |line: &str| lone_surrogates(line.as_bytes());
        assert_eq!(found(r#"{"a": "\ud83d\ude00 \\ud83d \u00e9"}"#), Vec::<usize>::new());
        assert_eq!(found(r#""\ud83d""#), [1]);
        assert_eq!(found(r#""\ude00\ud83d\ud83d\ude00\uD83D\u0041""#), [1, 7, 25]);
        assert!(found(r#""\ud83"#).is_empty());
    }

    #[test]
    fn the_rest_of_a_row_reads_as_ever() {
        let value = parse("{\"a\": \"\u{fdd0}x\", \"b\": [\"\\ud83d\", \"c\"], \"\\ude00\": 1}".as_bytes()).unwrap();
        let Kind::Map(fields) = value.kind() else { panic!("an object") };
        assert!(matches!(fields.named("a").unwrap().kind(), Kind::Text(text) if text == "\u{fdd0}x"));
        assert!(fields.named("b").unwrap().is_bad());
        let Kind::List(items) = fields.named("b").unwrap().kind() else { panic!("a list") };
        assert!(matches!(items.at(0).kind(), Kind::BadText(_)));
        assert!(matches!(items.at(1).kind(), Kind::Text(text) if text == "c"));
        assert!(parse(br#"{"a": "x"}"#).is_none());
        assert!(parse(br#"{"a": "\ud83d"#).is_none());
    }
}
