//! What the tools say of the types of their parameters.

use std::collections::HashMap;

use super::super::tools::{function, tool_name};
use crate::json::{Json, parse_json_text, parse_text};
use crate::text::strip;

/// How a value is read of whose type the tools say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untyped {
    /// As text.
    Text,
    /// As JSON, where it is.
    Json,
    /// As JSON or a Python literal, where it is one that is not null.
    Literal,
}

impl Untyped {
    fn read(self, text: &str) -> Option<Json> {
        match self {
            Self::Text => None,
            Self::Json => parse_json_text(text),
            Self::Literal => parse_text(strip(text)).filter(|value| *value != Json::Null),
        }
    }
}

/// The parameters of each tool, by its name. Of tools with the same name the first counts.
pub(super) struct Schemas<'t>(HashMap<String, HashMap<&'t str, &'t Json>>);

impl<'t> Schemas<'t> {
    pub fn new(tools: &'t [Json]) -> Self {
        let mut known = HashMap::new();
        for tool in tools {
            let function = function(tool);
            if let Ok(name) = tool_name(function)
                && let Some(properties) = parameters(function).and_then(|value| value.get("properties"))
            {
                let fields = properties.fields().unwrap_or_default();
                let named = || fields.iter().map(|(name, schema)| (name.as_str(), schema)).collect();
                known.entry(name).or_insert_with(named);
            }
        }
        Self(known)
    }

    /// `text` as the type that tool `name` gives its parameter `key`, or as `untyped` says where it gives none: text
    /// where the text does not read as that.
    pub fn typed(&self, name: &str, key: &str, text: &str, untyped: Untyped) -> Json {
        let schema = self.0.get(name).and_then(|properties| properties.get(key));
        let types = schema.map(|schema| types_of(schema)).unwrap_or_default();
        let says = |name: &str| types.contains(&name);
        let value = if types.is_empty() {
            untyped.read(text)
        } else if says("string") && !(says("null") && text.trim() == "null") {
            None
        } else {
            parse_text(text.trim())
        };
        value.unwrap_or_else(|| Json::Text(text.to_owned()))
    }
}

fn parameters(function: &Json) -> Option<&Json> {
    ["parameters", "input_schema", "inputSchema"].into_iter().find_map(|key| function.get(key))
}

fn types_of(schema: &Json) -> Vec<&str> {
    let mut types = Vec::new();
    match schema.get("type") {
        Some(Json::Text(name)) => types.push(name.as_str()),
        Some(list) => types.extend(list.items().unwrap_or_default().iter().filter_map(Json::as_str)),
        None => {
            let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.items());
            types.extend(choices.flatten().flat_map(types_of));
        }
    }
    types
}
