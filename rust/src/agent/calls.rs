//! Calls as text.

use std::borrow::Cow;

use super::fill::fill;
use super::{Before, Call, Joined};
use crate::error::{RowError, RowErrorKind};
use crate::json::{Json, Style, dumps, parse_json_text, write_string};
use crate::text::strip;

/// How a run of calls is written.
///
/// `each` is filled with `{{NAME}}`, `{{CALL}}` (JSON with `name` and `arguments`), `{{NAME_JSON}}`,
/// `{{ARGUMENTS}}` (as JSON), `{{ARGUMENTS_REPR}}` (as Python prints them), `{{FIELDS}}` (the arguments, each as
/// `field` says), `{{INDEX0}}` and `{{INDEX1}}` (the number of the call); `whole` with `{{CALLS}}`.
#[derive(Debug, Clone)]
pub struct Calls {
    pub each: Cow<'static, str>,
    pub field: Field,
    pub between: Cow<'static, str>,
    pub whole: Cow<'static, str>,
    pub needs: Needs,
    pub joint: Joint,
}

/// How one argument is written: `each` is filled with `{{KEY}}`, `{{VALUE}}` and `{{IS_STRING}}`
/// (`true` or `false`).
#[derive(Debug, Clone)]
pub struct Field {
    pub each: Cow<'static, str>,
    pub between: Cow<'static, str>,
    pub values: Values,
}

/// How a value is written.
#[derive(Debug, Clone, Copy)]
pub enum Values {
    /// Text as it is, anything else as JSON.
    Json,
    /// Text and numbers as Python prints them, anything else as JSON.
    PythonNumbers,
    /// The whole field by a function of the key and the value.
    Written(fn(&str, &Json) -> String),
    /// All of the arguments by a function.
    All(fn(&Json) -> Result<String, RowError>),
}

/// What arguments a format can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Anything,
    /// An object.
    Map,
    /// An object, or what Python takes for empty, of which nothing is written.
    MapOrEmpty,
    /// An object; of anything else nothing is written.
    MapOrNothing,
    /// An object, or text that is one.
    MapOrText,
}

/// What stands between an assistant's text and the calls behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joint {
    Nothing,
    /// This text, always.
    Always(&'static str),
    /// The text is stripped, and this stands behind it where something is left.
    Stripped(&'static str),
    /// As `Stripped`, but a text of white space alone is left as it is.
    StrippedUnlessBlank(&'static str),
    /// This, where the text behind the last thinking is more than white space.
    BehindAnswer(&'static str),
    /// This text, where no assistant's message stands before.
    Alone(&'static str),
    /// This text, where an assistant's text that is not empty stands before.
    BehindText(Cow<'static, str>),
}

impl Calls {
    /// Calls without fields of their own.
    pub fn new(each: &'static str, between: &'static str, whole: &'static str) -> Self {
        Self::with_fields(each, "", "", between, whole, Needs::Anything)
    }

    /// Calls whose arguments are written one by one.
    pub fn with_fields(
        each: &'static str,
        field: &'static str,
        between_fields: &'static str,
        between: &'static str,
        whole: &'static str,
        needs: Needs,
    ) -> Self {
        Self {
            each: Cow::Borrowed(each),
            field: Field { each: Cow::Borrowed(field), between: Cow::Borrowed(between_fields), values: Values::Json },
            between: Cow::Borrowed(between),
            whole: Cow::Borrowed(whole),
            needs,
            joint: Joint::Nothing,
        }
    }

    pub(super) fn write(&self, calls: &[Call]) -> Result<String, RowError> {
        let mut written = String::new();
        for (index, call) in calls.iter().enumerate() {
            if index > 0 {
                written.push_str(&self.between);
            }
            self.write_one(index, call, &mut written)?;
        }
        let mut out = String::with_capacity(self.whole.len() + written.len());
        fill(&self.whole, &mut out, |name, out| {
            if name == "CALLS" {
                out.push_str(&written);
            }
            name == "CALLS"
        });
        Ok(out)
    }

    fn write_one(&self, index: usize, call: &Call, out: &mut String) -> Result<(), RowError> {
        let arguments = self.needs.check(&call.arguments)?;
        let fields = match self.field.values {
            Values::All(write) => write(&arguments)?,
            _ => self.field.write(&arguments),
        };
        fill(&self.each, out, |name, out| {
            match name {
                "NAME" => out.push_str(&call.name),
                "NAME_JSON" => write_string(&call.name, out),
                "NAME_ATTRIBUTE" => out.push_str(&super::formats::attribute(&call.name)),
                "CALL" => {
                    out.push_str("{\"name\": ");
                    write_string(&call.name, out);
                    out.push_str(", \"arguments\": ");
                    out.push_str(&dumps(&arguments, Style::Plain));
                    out.push('}');
                }
                "ARGUMENTS" => out.push_str(&dumps(&arguments, Style::Plain)),
                "ARGUMENTS_REPR" => out.push_str(&arguments.python_str()),
                "FIELDS" => out.push_str(&fields),
                "INDEX0" => out.push_str(&index.to_string()),
                "INDEX1" => out.push_str(&(index + 1).to_string()),
                _ => return false,
            }
            true
        });
        Ok(())
    }
}

impl Needs {
    fn check(self, arguments: &Json) -> Result<Cow<'_, Json>, RowError> {
        let found = match arguments {
            Json::Text(text) if self == Self::MapOrText => Cow::Owned(parse_json_text(text).unwrap_or_default()),
            other => Cow::Borrowed(other),
        };
        match (self, found.fields()) {
            (Self::Anything | Self::MapOrNothing, _) | (_, Some(_)) => Ok(found),
            (Self::MapOrEmpty, None) if !found.is_truthy() => Ok(Cow::Owned(Json::Map(Vec::new()))),
            (Self::Map | Self::MapOrEmpty | Self::MapOrText, None) => {
                let kind = arguments.kind_name();
                let detail = format!(
                    "holds arguments that are {kind}, and this agent format writes them by name; give an object"
                );
                Err(RowError::new(RowErrorKind::WrongType, detail))
            }
        }
    }
}

impl Field {
    fn write(&self, arguments: &Json) -> String {
        let mut out = String::new();
        for (index, (key, value)) in arguments.fields().unwrap_or_default().iter().enumerate() {
            if index > 0 {
                out.push_str(&self.between);
            }
            if let Values::Written(write) = self.values {
                out.push_str(&write(key, value));
                continue;
            }
            fill(&self.each, &mut out, |name, out| {
                match name {
                    "KEY" => out.push_str(key),
                    "VALUE" => out.push_str(&self.value(value)),
                    "IS_STRING" => out.push_str(if value.as_str().is_some() { "true" } else { "false" }),
                    _ => return false,
                }
                true
            });
        }
        out
    }

    fn value<'v>(&self, value: &'v Json) -> Cow<'v, str> {
        match (value, self.values) {
            (Json::Text(text), _) => Cow::Borrowed(text),
            (Json::Int(_) | Json::BigInt(_) | Json::Float(_) | Json::Tuple(_), Values::PythonNumbers) => {
                Cow::Owned(value.python_str())
            }
            _ => Cow::Owned(dumps(value, Style::Plain)),
        }
    }
}

impl Joint {
    pub(super) fn join(&self, before: Before<'_>, calls: String) -> Joined {
        let lead = |lead: &str, before: Option<String>| Joined { before, calls: format!("{lead}{calls}") };
        match (self, before) {
            (Self::Always(text), _) => lead(text, None),
            (Self::Alone(text), Before::NoAssistant) => lead(text, None),
            (Self::BehindText(text), Before::Text(said)) if !said.is_empty() => lead(text, None),
            (Self::Stripped(text), Before::Text(said)) => {
                let stripped = strip(said);
                lead(if stripped.is_empty() { "" } else { text }, Some(stripped.to_owned()))
            }
            (Self::StrippedUnlessBlank(text), Before::Text(said)) if !strip(said).is_empty() => {
                lead(text, Some(strip(said).to_owned()))
            }
            (Self::BehindAnswer(text), Before::Text(said)) => {
                let answer = said.rsplit_once("</think>").map_or(said, |(_, answer)| answer);
                lead(if strip(answer).is_empty() { "" } else { text }, None)
            }
            _ => Joined { before: None, calls },
        }
    }
}
