//! Calls whose arguments stand one by one between tags, as text.

use super::super::Call;
use super::schema::Schemas;
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
    /// What may stand around a value that is text.
    pub text: Option<(&'static str, &'static str)>,
}

impl Fields {
    pub(super) fn parse(&self, text: &str, schemas: &Schemas<'_>) -> Vec<Call> {
        let mut calls = Vec::new();
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once(self.open) {
            rest = behind;
            let name_end = behind.find(self.name_end);
            // A call without arguments may have nothing between its name and its end.
            let end = name_end.into_iter().chain(behind.find(self.close)).min();
            let Some(end) = end else { break };
            let name = behind[..end].trim();
            let after = if name_end == Some(end) && !self.field.starts_with(self.name_end) {
                &behind[end + self.name_end.len()..]
            } else {
                &behind[end..]
            };
            if name.is_empty() || name.contains(['<', '\n']) {
                continue;
            }
            let Some((arguments, left)) = self.fields(name, after, schemas) else { continue };
            rest = left;
            calls.push(Call { name: name.to_owned(), arguments });
        }
        calls
    }

    /// The arguments up to the end of the call, and what is behind it.
    fn fields<'t>(&self, name: &str, text: &'t str, schemas: &Schemas<'_>) -> Option<(Json, &'t str)> {
        let mut fields = Vec::new();
        let mut rest = text;
        loop {
            let close = rest.find(self.close)?;
            let field = rest.find(self.field).filter(|at| *at < close);
            let Some(at) = field else { return Some((Json::map(fields), &rest[close + self.close.len()..])) };
            let (key, behind) = rest[at + self.field.len()..].split_once(self.key_end)?;
            let (_, behind) = behind.split_once(self.value_open)?;
            let key = key.trim();
            if let Some((open, close)) = self.text
                && let Some((text, left)) = behind.strip_prefix(open).and_then(|text| text.split_once(close))
            {
                fields.push((key.to_owned(), Json::Text(text.to_owned())));
                rest = left.strip_prefix(self.field_close)?;
                continue;
            }
            let (value, left) = behind.split_once(self.field_close)?;
            let value = if self.on_lines { without_lines(value) } else { value };
            fields.push((key.to_owned(), schemas.typed(name, key, value)));
            rest = left;
        }
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
        let mut calls = Vec::new();
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once(open.as_str()) {
            rest = behind;
            let Some((name, mut body)) = behind.split_once("\">") else { break };
            let mut fields = Vec::new();
            let complete = loop {
                let Some(end) = body.find(close.as_str()) else { break false };
                let Some(at) = body.find(field.as_str()).filter(|at| *at < end) else {
                    rest = &body[end + close.len()..];
                    break true;
                };
                let Some((value, left)) = body[at + field.len()..].split_once(field_close.as_str()) else {
                    break false;
                };
                body = left;
                fields.extend(marked(value));
            };
            if complete {
                calls.push(Call { name: name.to_owned(), arguments: Json::map(fields) });
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
