//! What the tools say of the types of their parameters.

use std::collections::HashMap;

use super::super::tools::{function, tool_name};
use crate::json::{Json, parse_text};

/// The parameters of each tool, by its name. Of tools with the same name the first counts.
pub(super) struct Schemas<'t>(HashMap<String, HashMap<&'t str, &'t Json>>);

impl<'t> Schemas<'t> {
    pub fn new(tools: &'t [Json]) -> Self {
        let mut known = HashMap::new();
        for tool in tools {
            let function = function(tool);
            if let Ok(name) = tool_name(function)
                && let Some(properties) = function.get("parameters").and_then(|value| value.get("properties"))
            {
                let fields = properties.fields().unwrap_or_default();
                let named = || fields.iter().map(|(name, schema)| (name.as_str(), schema)).collect();
                known.entry(name).or_insert_with(named);
            }
        }
        Self(known)
    }

    /// `text` as the type that tool `name` gives its parameter `key`: text where it says nothing, and where
    /// the text does not read as what it says.
    pub fn typed(&self, name: &str, key: &str, text: &str) -> Json {
        let as_text = || Json::Text(text.to_owned());
        let Some(schema) = self.0.get(name).and_then(|properties| properties.get(key)) else { return as_text() };
        let types = types_of(schema);
        let says = |name: &str| types.contains(&name);
        if types.is_empty() || (says("string") && !(says("null") && text.trim() == "null")) {
            return as_text();
        }
        parse_text(text.trim()).unwrap_or_else(as_text)
    }
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
