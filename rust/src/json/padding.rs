//! Tools out of a table: an Arrow struct has the fields of its schema in every row, so that a field
//! that a tool never had comes back as null. Such nulls are dropped; those that JSON Schema gives a
//! meaning stay.

use super::Json;

/// Keywords whose value may be null.
const VALUES: [&str; 2] = ["default", "const"];
/// Keywords whose value is a list that may hold nulls.
const LISTS: [&str; 2] = ["enum", "examples"];
/// Keywords whose value maps names of the user's own to schemas: a name may be any keyword's.
const NAMED: [&str; 6] =
    ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

/// `schema` without the nulls that only pad.
pub fn without_padding(schema: Json) -> Json {
    match schema {
        Json::List(items) => Json::List(items.into_iter().map(without_padding).collect()),
        Json::Map(fields) => Json::Map(fields.into_iter().filter_map(field).collect()),
        other => other,
    }
}

fn field((name, value): (String, Json)) -> Option<(String, Json)> {
    let key = name.as_str();
    if VALUES.contains(&key) || key.starts_with("x-") {
        return Some((name, value));
    }
    if value == Json::Null {
        return None;
    }
    let value = match value {
        value if LISTS.contains(&key) => value,
        Json::Map(schemas) if NAMED.contains(&key) => {
            let named = schemas.into_iter().filter(|(_, schema)| *schema != Json::Null);
            Json::Map(named.map(|(name, schema)| (name, without_padding(schema))).collect())
        }
        value => without_padding(value),
    };
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Style, dumps, parse_text};

    #[test]
    fn only_padding_goes() {
        let text = r#"{"a": null, "default": null, "enum": [null, 1], "examples": null, "x-note": {"b": null},
            "properties": {"default": null, "q": {"type": "string", "const": null, "items": null}}, "list": [{"c": null}]}"#;
        let kept = r#"{"default": null, "enum": [null, 1], "x-note": {"b": null}, "properties": {"q": {"type": "string", "const": null}}, "list": [{}]}"#;
        assert_eq!(dumps(&without_padding(parse_text(text).unwrap()), Style::Plain), kept);
    }
}
