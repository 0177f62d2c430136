//! JSON values as Python knows them: objects keep the order of their keys, integers are as long as
//! they come, floats may be NaN, and tuples are told from lists. Tools and their calls are such values.
//!
//! What is written and read is what Python's `json` and `repr` would; nothing here knows a format.

mod literal;
mod number;
mod padding;
mod parse;
mod repr;
mod write;

pub use padding::without_padding;
pub use parse::{parse_json_text, parse_prefix, parse_text};
pub use write::{Style, dumps, write_string};

/// A value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Json {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond an `i64`, in decimal digits.
    BigInt(String),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    /// A Python literal's tuple; JSON has lists only.
    Tuple(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl Json {
    /// The value of `key`, where this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.fields()?.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The fields of an object, in order.
    pub fn fields(&self) -> Option<&[(String, Json)]> {
        match self {
            Self::Map(fields) => Some(fields),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list or a tuple.
    pub fn items(&self) -> Option<&[Json]> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Whether Python takes the value for true.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::BigInt(_) => true,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) => !items.is_empty(),
            Self::Map(fields) => !fields.is_empty(),
        }
    }

    /// An object of `fields`, of which the last of equal names counts, in the place of the first.
    pub fn map(fields: impl IntoIterator<Item = (String, Json)>) -> Self {
        let mut kept: Vec<(String, Json)> = Vec::new();
        for (name, value) in fields {
            match kept.iter_mut().find(|(known, _)| *known == name) {
                Some(field) => field.1 = value,
                None => kept.push((name, value)),
            }
        }
        Self::Map(kept)
    }

    /// What to call this kind of value in an error.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::BigInt(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) | Self::Tuple(_) => "a list",
            Self::Map(_) => "an object",
        }
    }
}
