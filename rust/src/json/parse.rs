//! Text as a value: JSON, or else a Python literal, as people find both in their data.

use jiter::{Jiter, JsonValue};

use super::{Json, literal};
use crate::interrupt;

/// Reads JSON, or else a Python literal; `None` where `text` is neither.
pub fn parse_text(text: &str) -> Option<Json> {
    parse_json_text(text).or_else(|| literal::parse(text))
}

/// Reads JSON as Python's `json.loads` does: `NaN` and `Infinity` are numbers, and the last of equal
/// keys counts.
pub fn parse_json_text(text: &str) -> Option<Json> {
    JsonValue::parse(text.as_bytes(), true).ok().map(|value| Json::from(&value))
}

/// Reads the value that `text` begins with, JSON or else a Python literal, and says where it ends.
///
/// # Errors
///
/// How many bytes were read before it was clear that there is none.
pub fn parse_prefix(text: &str) -> Result<(Json, usize), usize> {
    let mut jiter = Jiter::new(text.as_bytes()).with_allow_inf_nan();
    match jiter.next_value() {
        Ok(value) => Ok((Json::from(&value), jiter.current_index())),
        Err(error) => literal::parse_prefix(text).map_err(|read| read.max(error.index)),
    }
}

impl From<&JsonValue<'_>> for Json {
    fn from(value: &JsonValue<'_>) -> Self {
        match value {
            JsonValue::Null => Json::Null,
            JsonValue::Bool(value) => Json::Bool(*value),
            JsonValue::Int(value) => Json::Int(*value),
            JsonValue::BigInt(value) => Json::BigInt(value.to_string()),
            JsonValue::Float(value) => Json::Float(*value),
            JsonValue::Str(text) => Json::Text(text.as_ref().to_owned()),
            JsonValue::Array(items) => {
                let read = |(index, item)| {
                    interrupt::check_every::<4096>(index);
                    Json::from(item)
                };
                Json::List(items.iter().enumerate().map(read).collect())
            }
            JsonValue::Object(fields) => Json::map(fields.iter().enumerate().map(|(index, (name, value))| {
                interrupt::check_every::<4096>(index);
                (name.as_ref().to_owned(), Json::from(value))
            })),
        }
    }
}
