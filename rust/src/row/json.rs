//! A row from a line of JSON, its texts borrowed from the line where it holds no escapes.

use std::borrow::Cow;
use std::mem::take;
use std::sync::Arc;

use jiter::{JsonValue, LinePosition, NumberAny};

use super::{Key, Kind, List, Map, Named, Row, Value, read_row};
use crate::error::{RowError, RowErrorKind};
use crate::json::Json;

/// Parses one JSON object into a row. `NaN` and `Infinity` are read as Python's `json` reads them.
///
/// # Errors
///
/// [`RowErrorKind::InvalidJson`] for a line that is not a JSON object, and whatever
/// [`read_row`] says of its fields.
pub fn parse_row(line: &[u8]) -> Result<Row<'_>, RowError> {
    read_row(&parse_json(line)?)
}

/// Parses one line of JSON.
pub(crate) fn parse_json(line: &[u8]) -> Result<JsonValue<'_>, RowError> {
    JsonValue::parse(line, true).map_err(|error| {
        let LinePosition { line: at, column } = error.get_position(line);
        // A row of several lines does not begin on the first line of its file.
        let place = if at > 1 { format!("line {at} of the row, column {column}") } else { format!("column {column}") };
        let detail = format!("not JSON: {} at {place}; give one JSON object a line", error.error_type);
        RowError::new(RowErrorKind::InvalidJson, detail)
    })
}

/// Calls `read` with `value`, whose texts are all borrowed: a text that was written with escapes is its own, and would
/// be copied whenever it is looked at.
pub(crate) fn with_borrowed<T>(mut value: JsonValue<'_>, read: impl FnOnce(&JsonValue<'_>) -> T) -> T {
    let mut texts = Vec::new();
    each_text(&mut value, &mut |text| {
        if let Cow::Owned(text) = text {
            texts.push(take(text));
        }
    });
    // What was taken is lent again, in the same order.
    let (mut value, mut texts) = (value, texts.iter());
    each_text(&mut value, &mut |text| {
        if matches!(text, Cow::Owned(_))
            && let Some(lent) = texts.next()
        {
            *text = Cow::Borrowed(lent);
        }
    });
    read(&value)
}

/// Calls `use_text` with each text of a value that nobody else has, always in the same order.
fn each_text<'a>(value: &mut JsonValue<'a>, use_text: &mut impl FnMut(&mut Cow<'a, str>)) {
    match value {
        JsonValue::Str(text) => use_text(text),
        JsonValue::Array(items) => {
            Arc::get_mut(items).into_iter().flatten().for_each(|item| each_text(item, use_text));
        }
        JsonValue::Object(fields) => {
            Arc::get_mut(fields).into_iter().flatten().for_each(|(_, value)| each_text(value, use_text));
        }
        _ => {}
    }
}

/// Parses the JSON text that a cell of a table holds in place of `what`.
pub(super) fn parse_cell<'a>(text: Cow<'a, str>, what: &str) -> Result<JsonValue<'a>, RowError> {
    let parsed = match &text {
        Cow::Borrowed(text) => JsonValue::parse(text.as_bytes(), true),
        Cow::Owned(text) => JsonValue::parse(text.as_bytes(), true).map(JsonValue::into_static),
    };
    parsed.map_err(|_| {
        let detail = format!("is a string that is not JSON; give {what}, or one as JSON text");
        RowError::new(RowErrorKind::WrongValue, detail)
    })
}

/// A list in a parsed line. Shares the parsed elements; cloning counts a reference.
pub struct JsonItems<'a>(jiter::JsonArray<'a>);

/// An object in a parsed line.
pub struct JsonFields<'a>(jiter::JsonObject<'a>);

impl<'a> Value<'a> for JsonValue<'a> {
    type List = JsonItems<'a>;
    type Map = JsonFields<'a>;

    fn kind(&self) -> Kind<'a, Self> {
        match self {
            JsonValue::Null => Kind::Null,
            JsonValue::Bool(value) => Kind::Bool(*value),
            JsonValue::Int(value) => Kind::Int(*value),
            JsonValue::BigInt(value) => Kind::Float(f64::from(NumberAny::Int(jiter::NumberInt::BigInt(value.clone())))),
            JsonValue::Float(value) => Kind::Float(*value),
            JsonValue::Str(value) => Kind::Text(value.clone()),
            JsonValue::Array(items) => Kind::List(JsonItems(items.clone())),
            JsonValue::Object(fields) => Kind::Map(JsonFields(fields.clone())),
        }
    }

    fn json(&self) -> Result<Json, RowError> {
        Ok(Json::from(self))
    }
}

impl<'a> List<'a> for JsonItems<'a> {
    type Value = JsonValue<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn at(&self, index: usize) -> JsonValue<'a> {
        self.0[index].clone()
    }
}

impl<'a> Map<'a> for JsonFields<'a> {
    type Value = JsonValue<'a>;

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn at_most(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: Key) -> Option<JsonValue<'a>> {
        self.named(key.as_str())
    }

    fn each_unknown(&self, is_known: fn(&str) -> bool, found: &mut dyn FnMut(Cow<'a, str>)) {
        for (name, value) in self.0.iter() {
            if !is_known(name) && !matches!(value, JsonValue::Null) {
                found(name.clone());
            }
        }
    }
}

impl<'a> Named<'a> for JsonFields<'a> {
    // The last of several equal keys counts, as in Python.
    fn named(&self, name: &str) -> Option<JsonValue<'a>> {
        self.0.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    }

    fn names(&self) -> Vec<Cow<'a, str>> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    fn each_field(
        &self,
        is_wanted: &mut dyn FnMut(&str) -> bool,
        use_field: &mut dyn FnMut(Cow<'a, str>, JsonValue<'a>),
    ) {
        for (name, value) in self.0.iter().filter(|(name, _)| is_wanted(name)) {
            use_field(name.clone(), value.clone());
        }
    }

    fn any_name(&self, is_it: &mut dyn FnMut(&str) -> bool) -> bool {
        self.0.iter().any(|(name, value)| !matches!(value, JsonValue::Null) && is_it(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_borrowed_and_the_same() {
        let line = br#"{"a": "x\ny", "b": ["", "plain", {"c": "\u00e9", "d": "\""}], "e\n": [["\t"], 1, null]}"#;
        let value = parse_json(line).unwrap();
        let expected = Json::from(&value);
        with_borrowed(value, |value| {
            assert_eq!(Json::from(value), expected);
            let JsonValue::Object(fields) = value else { panic!("{value:?}") };
            assert!(matches!(fields[0].1, JsonValue::Str(Cow::Borrowed("x\ny"))));
            assert!(matches!(&fields[2].1, JsonValue::Array(items) if matches!(&items[0], JsonValue::Array(items)
                    if matches!(items[0], JsonValue::Str(Cow::Borrowed("\t"))))));
        });
        let mut texts = Vec::new();
        each_text(&mut parse_json(line).unwrap(), &mut |text| texts.push(text.clone().into_owned()));
        assert_eq!(texts, ["x\ny", "", "plain", "é", "\"", "\t"]);
    }
}
