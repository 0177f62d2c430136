//! JSON values as Python knows them: objects keep the order of their keys, integers are as long as
//! they come, floats may be NaN, and tuples are told from lists. Tools and their calls are such values.
//!
//! What is written and read is what Python's `json` and `repr` would; nothing here knows a format.

use std::collections::HashMap;

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

    /// An object of `fields`. Of fields with the same name the last counts, in the place of the first.
    pub fn map(fields: impl IntoIterator<Item = (String, Json)>) -> Self {
        let mut fields: Vec<_> = fields.into_iter().collect();
        if fields.len() > HASHED_FIELDS {
            if let Some(first) = first_of_equals(&fields) {
                fields = last_in_place_of_first(fields, &first);
            }
            return Self::Map(fields);
        }
        let mut at = 1;
        while at < fields.len() {
            let (before, rest) = fields.split_at_mut(at);
            match before.iter_mut().find(|(known, _)| *known == rest[0].0) {
                Some(known) => {
                    known.1 = std::mem::take(&mut rest[0].1);
                    fields.remove(at);
                }
                None => at += 1,
            }
        }
        Self::Map(fields)
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

/// How many fields are compared with each other rather than hashed.
const HASHED_FIELDS: usize = 16;

/// For each field the index of the first with the same name; `None` where all names differ.
fn first_of_equals(fields: &[(String, Json)]) -> Option<Vec<usize>> {
    let mut known = HashMap::with_capacity(fields.len());
    let first: Vec<_> =
        fields.iter().enumerate().map(|(index, (name, _))| *known.entry(name.as_str()).or_insert(index)).collect();
    (known.len() < fields.len()).then_some(first)
}

fn last_in_place_of_first(fields: Vec<(String, Json)>, first: &[usize]) -> Vec<(String, Json)> {
    let mut kept: Vec<(String, Json)> = Vec::with_capacity(fields.len());
    // Where the fields that come first are kept.
    let mut places = vec![0; fields.len()];
    for (index, (name, value)) in fields.into_iter().enumerate() {
        if first[index] == index {
            places[index] = kept.len();
            kept.push((name, value));
        } else {
            kept[places[first[index]]].1 = value;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_keys_counts_in_the_place_of_the_first() {
        for keys in [1, 2, 7, 15, 16, 17, 40] {
            for period in [1, 2, 5, 16, 100] {
                let fields = (0..keys).map(|index| (format!("k{}", index % period), Json::Int(index)));
                let mut expected: Vec<(String, Json)> = Vec::new();
                for (name, value) in fields.clone() {
                    match expected.iter_mut().find(|(known, _)| *known == name) {
                        Some(field) => field.1 = value,
                        None => expected.push((name, value)),
                    }
                }
                assert_eq!(Json::map(fields), Json::Map(expected), "{keys} keys of {period} names");
            }
        }
    }
}
