//! A row from a line of JSON, its texts borrowed from the line where it holds no escapes.

use std::borrow::Cow;

use jiter::{JsonValue, NumberAny};

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
        RowError::new(
            RowErrorKind::InvalidJson,
            format!("not JSON: {}; give one JSON object a line", error.description(line)),
        )
    })
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
}

impl<'a> Named<'a> for JsonFields<'a> {
    // The last of several equal keys counts, as in Python.
    fn named(&self, name: &str) -> Option<JsonValue<'a>> {
        self.0.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    }

    fn names(&self) -> Vec<Cow<'a, str>> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }
}
