//! Calls whose arguments stand one by one between tags, as text.

use super::super::Call;
use super::is_space;
use super::schema::{Schemas, Untyped};
use super::search::{Attempts, Mark};
use crate::json::{Json, parse_json_text};

/// The tags of such a format.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// What opens a call; its name follows.
    pub open: &'static str,
    /// What ends the name.
    pub name_end: &'static str,
    pub close: &'static str,
    /// What opens an argument; its key follows.
    pub field: &'static str,
    /// What ends the key, and what opens the value behind it.
    pub key_end: &'static str,
    pub value_open: &'static str,
    pub field_close: &'static str,
    /// Whether a value stands on lines of its own.
    pub on_lines: bool,
    /// How a value is read of whose type the tools say nothing.
    pub untyped: Untyped,
    /// What may stand around a value that is text.
    pub text: Option<(&'static str, &'static str)>,
}

impl Fields {
    /// Whether a value goes on into the next argument or call, because its own end is damaged.
    fn has_swallowed(&self, value: &str) -> bool {
        let marks = if self.value_open.is_empty() {
            [self.open, self.field, self.key_end]
        } else {
            [self.field, self.key_end, self.value_open]
        };
        let after = |rest: &'_ str, mark: &str| rest.find(mark).map(|at| at + mark.len());
        let mut at = 0;
        marks.into_iter().all(|mark| after(&value[at..], mark).map(|length| at += length).is_some())
    }

    pub(super) fn parse(&self, text: &str, schemas: &Schemas<'_>) -> Vec<Call> {
        let mut reader = Reader::new(self, text);
        let (mut opens, mut name_ends) = (Mark::new(text, self.open), Mark::new(text, self.name_end));
        let mut attempts = Attempts::new(text);
        let mut calls = Vec::new();
        let mut at = 0;
        while let Some(behind) = opens.find_end(at)
            && !attempts.are_used_up()
        {
            at = behind;
            let name_end = name_ends.find(behind);
            // A call without arguments may have nothing between its name and its end.
            let end = name_end.into_iter().chain(reader.closes.find(behind)).min();
            let Some(end) = end else { break };
            // Before it is trimmed: of many openings in a row only the last has a name.
            if text[behind..end].contains('<') {
                continue;
            }
            let name = text[behind..end].trim();
            if name.is_empty() || name.contains('\n') {
                continue;
            }
            let ends_name = name_end == Some(end) && !self.field.starts_with(self.name_end);
            let begin = if ends_name { end + self.name_end.len() } else { end };
            reader.at = begin;
            match reader.arguments(name, schemas) {
                Some(arguments) => {
                    calls.push(Call { name: name.to_owned(), arguments });
                    at = reader.at;
                }
                None => attempts.failed(reader.at - begin),
            }
        }
        calls
    }
}

/// Reads the arguments of one call after the other.
struct Reader<'f, 't> {
    format: &'f Fields,
    text: &'t str,
    at: usize,
    opens: Mark<'f, 't>,
    closes: Mark<'f, 't>,
    fields: Mark<'f, 't>,
    key_ends: Mark<'f, 't>,
    value_opens: Mark<'f, 't>,
    field_closes: Mark<'f, 't>,
    text_ends: Mark<'f, 't>,
}

impl<'f, 't> Reader<'f, 't> {
    fn new(format: &'f Fields, text: &'t str) -> Self {
        let mark = |mark| Mark::new(text, mark);
        Self {
            format,
            text,
            at: 0,
            opens: mark(format.open),
            closes: mark(format.close),
            fields: mark(format.field),
            key_ends: mark(format.key_end),
            value_opens: mark(format.value_open),
            field_closes: mark(format.field_close),
            text_ends: mark(format.text.map_or("", |(_, close)| close)),
        }
    }

    /// The arguments up to the end of the call, which is where this goes on. `None` if the call is damaged: what is
    /// left of its tags must not take arguments from the next call.
    fn arguments(&mut self, name: &str, schemas: &Schemas<'_>) -> Option<Json> {
        let mut fields = Vec::new();
        loop {
            let close = self.closes.find(self.at)?;
            let field = self.fields.find(self.at).filter(|field| *field < close);
            let end = field.unwrap_or(close);
            if !is_space(&self.text[self.at..end]) {
                return None;
            }
            if field.is_none() {
                self.at = close + self.format.close.len();
                return Some(Json::map(fields));
            }
            fields.push(self.field(name, schemas)?);
        }
    }

    fn field(&mut self, name: &str, schemas: &Schemas<'_>) -> Option<(String, Json)> {
        let begin = self.fields.find_end(self.at)?;
        let (key, behind) = self.key_ends.split(begin)?;
        let key_end = begin + key.len();
        let has_tags = [&mut self.opens, &mut self.closes, &mut self.fields, &mut self.field_closes]
            .into_iter()
            .any(|mark| mark.find(begin).is_some_and(|found| found < key_end));
        let begin = self.value_opens.find_end(behind)?;
        // The value follows the key, with nothing but space between them.
        let between = self.text[behind..begin].strip_suffix(self.format.value_open)?;
        if has_tags || !is_space(between) {
            return None;
        }
        let key = key.trim();
        if let Some((open, _)) = self.format.text
            && self.text[begin..].starts_with(open)
            && let Some((text, end)) = self.text_ends.split(begin + open.len())
        {
            self.at = end;
            self.text[end..].starts_with(self.format.field_close).then_some(())?;
            self.at += self.format.field_close.len();
            return Some((key.to_owned(), Json::Text(text.to_owned())));
        }
        let (value, end) = self.field_closes.split(begin)?;
        self.at = end;
        if self.format.has_swallowed(value) {
            return None;
        }
        let value = if self.format.on_lines { without_lines(value) } else { value };
        Some((key.to_owned(), schemas.typed(name, key, value, self.format.untyped)))
    }
}

fn without_lines(value: &str) -> &str {
    let value = value.strip_prefix('\n').unwrap_or(value);
    value.strip_suffix('\n').unwrap_or(value)
}

/// The tags of a format that marks which values are text.
#[derive(Debug, Clone, Copy)]
pub struct Dsml {
    /// What stands before a tag's name.
    pub lead: &'static str,
}

impl Dsml {
    pub(super) fn parse(&self, text: &str) -> Vec<Call> {
        let lead = self.lead;
        let (open, close) = (format!("<{lead}invoke name=\""), format!("</{lead}invoke>"));
        let (field, field_close) = (format!("<{lead}parameter name=\""), format!("</{lead}parameter>"));
        let (mut opens, mut closes) = (Mark::new(text, &open), Mark::new(text, &close));
        let (mut fields, mut field_closes) = (Mark::new(text, &field), Mark::new(text, &field_close));
        let mut name_ends = Mark::new(text, "\">");
        let mut attempts = Attempts::new(text);
        let mut calls = Vec::new();
        let mut at = 0;
        while let Some(behind) = opens.find_end(at)
            && !attempts.are_used_up()
        {
            at = behind;
            let Some((name, begin)) = name_ends.split(behind) else { break };
            if name.contains(['<', '\n']) {
                continue;
            }
            let (mut body, mut arguments) = (begin, Vec::new());
            let is_complete = loop {
                let Some(end) = closes.find(body) else { break false };
                let next = fields.find(body).filter(|next| *next < end);
                if !is_space(&text[body..next.unwrap_or(end)]) {
                    break false;
                }
                let Some(next) = next else {
                    at = end + close.len();
                    break true;
                };
                let Some((value, left)) = field_closes.split(next + field.len()) else { break false };
                body = left;
                // A value with the mark of another argument has lost its own end.
                let Some(argument) = marked(value).filter(|_| !value.contains(field.as_str())) else { break false };
                arguments.push(argument);
            };
            if is_complete {
                calls.push(Call { name: name.to_owned(), arguments: Json::map(arguments) });
            } else {
                attempts.failed(body - begin);
            }
        }
        calls
    }
}

/// `key" string="true">text`
fn marked(field: &str) -> Option<(String, Json)> {
    let (key, rest) = field.split_once("\" string=\"")?;
    let (mark, value) = rest.split_once("\">")?;
    let json = if mark == "false" { parse_json_text(value) } else { None };
    Some((key.to_owned(), json.unwrap_or_else(|| Json::Text(value.to_owned()))))
}
