//! A JSON schema as a type of TypeScript, character for character as `openai-harmony` writes it.

use crate::json::Json;

/// Appends the type of `schema`; lines of its own begin with `indent`.
pub(super) fn write(schema: &Json, indent: &str, out: &mut String) {
    if let Some(variants) = list(schema, "oneOf") {
        return write_variants(variants, indent, out);
    }
    match schema.get("type") {
        Some(Json::List(types) | Json::Tuple(types)) => {
            let names: Vec<_> = types.iter().filter_map(Json::as_str).map(type_name).collect();
            out.push_str(if names.is_empty() { "any" } else { "" });
            out.push_str(&names.join(" | "));
        }
        Some(Json::Text(name)) => write_type(name, schema, indent, out),
        _ => out.push_str("any"),
    }
}

fn type_name(name: &str) -> &str {
    if name == "integer" { "number" } else { name }
}

fn write_type(name: &str, schema: &Json, indent: &str, out: &mut String) {
    match name {
        "object" => write_object(schema, indent, out),
        "string" => {
            let values = list(schema, "enum").unwrap_or_default();
            let values: Vec<_> = values.iter().filter_map(Json::as_str).map(|value| format!("\"{value}\"")).collect();
            out.push_str(if values.is_empty() { "string" } else { "" });
            out.push_str(&values.join(" | "));
        }
        "number" | "integer" => out.push_str("number"),
        "boolean" => out.push_str("boolean"),
        "array" => match schema.get("items") {
            Some(items) => {
                write(items, indent, out);
                out.push_str("[]");
            }
            None => out.push_str("Array<any>"),
        },
        _ => out.push_str("any"),
    }
}

/// The variants of a type that is one of several, each on a line with its comment.
fn write_variants(variants: &[Json], indent: &str, out: &mut String) {
    for variant in variants {
        push(out, &["\n", indent, " | "]);
        write_nullable(variant, &format!("{indent}   "), out);
        let default = variant.get("default").map(|default| match default {
            Json::Text(text) if !is_enum(variant) => format!("default: \"{text}\""),
            other => format!("default: {}", compact(other)),
        });
        write_comment(text(variant, "description"), default.as_deref(), out);
    }
}

fn write_object(schema: &Json, indent: &str, out: &mut String) {
    if let Some(description) = text(schema, "description") {
        push(out, &[indent, "// ", description, "\n"]);
    }
    out.push_str("{\n");
    let required = list(schema, "required").unwrap_or_default();
    let required: std::collections::HashSet<_> = required.iter().filter_map(Json::as_str).collect();
    for (key, schema) in schema.get("properties").and_then(Json::fields).unwrap_or_default() {
        let mark = if required.contains(key.as_str()) { "" } else { "?" };
        write_property(key, mark, schema, indent, out);
    }
    push(out, &[indent, "}"]);
}

fn write_property(key: &str, mark: &str, schema: &Json, indent: &str, out: &mut String) {
    if let Some(title) = text(schema, "title") {
        push(out, &[indent, "// ", title, "\n", indent, "//\n"]);
    }
    let is_one_of = schema.get("oneOf").is_some();
    if let Some(description) = text(schema, "description").filter(|_| !is_one_of) {
        push(out, &[indent, "// ", description, "\n"]);
    }
    if let Some(examples) = list(schema, "examples").filter(|examples| !examples.is_empty()) {
        push(out, &[indent, "// Examples:\n"]);
        for example in examples.iter().filter_map(Json::as_str) {
            push(out, &[indent, "// - \"", example, "\"\n"]);
        }
    }
    if let Some(variants) = list(schema, "oneOf") {
        return write_property_variants(key, mark, schema, variants, indent, out);
    }
    push(out, &[indent, key, mark, ": "]);
    write_nullable(schema, &format!("{indent}    "), out);
    out.push(',');
    if let Some(default) = schema.get("default").filter(|_| !is_one_of) {
        push(out, &[" // ", &default_text(schema, default)]);
    }
    out.push('\n');
}

fn write_property_variants(key: &str, mark: &str, schema: &Json, variants: &[Json], indent: &str, out: &mut String) {
    let description = text(schema, "description");
    // A description that the first variant repeats is left out; one that stands above stands for the first variant.
    let first = variants.first().and_then(|variant| text(variant, "description"));
    let above = description.filter(|description| first != Some(description));
    if let Some(description) = above {
        push(out, &[indent, "// ", description, "\n"]);
    }
    if let Some(default) = schema.get("default") {
        push(out, &[indent, "// ", &default_text(schema, default), "\n"]);
    }
    push(out, &[indent, key, mark, ":\n"]);
    for (index, variant) in variants.iter().enumerate() {
        push(out, &[indent, " | "]);
        write_nullable(variant, &format!("{indent}   "), out);
        let own = text(variant, "description").filter(|own| Some(*own) != description);
        let own = own.filter(|_| index > 0 || above.is_none());
        let default = variant.get("default").map(|default| default_text(variant, default));
        write_comment(own, default.as_deref(), out);
        out.push('\n');
    }
    push(out, &[indent, ",\n"]);
}

/// The type, and `null` where the schema allows it and the type does not say so.
fn write_nullable(schema: &Json, indent: &str, out: &mut String) {
    let start = out.len();
    write(schema, indent, out);
    if schema.get("nullable") == Some(&Json::Bool(true)) && !out[start..].contains("null") {
        out.push_str(" | null");
    }
}

fn write_comment(description: Option<&str>, default: Option<&str>, out: &mut String) {
    let said: Vec<_> = description.into_iter().chain(default).collect();
    if !said.is_empty() {
        push(out, &[" // ", &said.join(" ")]);
    }
}

fn default_text(schema: &Json, default: &Json) -> String {
    match default {
        Json::Text(text) if is_enum(schema) => format!("default: {text}"),
        Json::Text(text) => format!("default: \"{text}\""),
        other => format!("default: {}", compact(other)),
    }
}

fn is_enum(schema: &Json) -> bool {
    list(schema, "enum").is_some_and(|values| !values.is_empty())
}

fn list<'j>(schema: &'j Json, key: &str) -> Option<&'j [Json]> {
    schema.get(key).and_then(Json::items)
}

fn text<'j>(schema: &'j Json, key: &str) -> Option<&'j str> {
    schema.get(key).and_then(Json::as_str)
}

fn push(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| out.push_str(part));
}

/// A value as `serde_json` wrote it when `openai-harmony` was made: without spaces, and floats without a plus in
/// their exponent.
fn compact(value: &Json) -> String {
    let mut out = String::new();
    write_compact(value, &mut out);
    out
}

fn write_compact(value: &Json, out: &mut String) {
    use serde_json::Value;
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Int(value) => out.push_str(&value.to_string()),
        Json::BigInt(digits) if digits.parse::<u64>().is_ok() => out.push_str(digits),
        // An integer beyond 64 bits is a float there.
        Json::BigInt(digits) => write_compact(&Json::Float(digits.parse().unwrap_or(f64::NAN)), out),
        Json::Float(value) => out.push_str(&Value::from(*value).to_string().replace("e+", "e")),
        Json::Text(text) => out.push_str(&Value::from(text.as_str()).to_string()),
        Json::List(items) | Json::Tuple(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write_compact(item, out);
            }
            out.push(']');
        }
        Json::Map(fields) => {
            out.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                push(out, &[&Value::from(key.as_str()).to_string(), ":"]);
                write_compact(value, out);
            }
            out.push('}');
        }
    }
}
