//! Gemma 4: tools, calls and answers in a notation of its own, keys in order.

use super::super::declared::{Answers, Declared};
use super::super::{
    Answer, Calls, EachTool, Ending, Field, Needs, Parser, Said, ToolList, ToolPiece, Values, WrittenAnswers,
};
use super::format;
use crate::error::{RowError, RowErrorKind};
use crate::json::Json;

const QUOTE: &str = "<|\"|>";

/// Keys of a schema that are not parameters.
const STANDARD: [&str; 5] = ["description", "type", "properties", "required", "nullable"];

pub(super) fn formats() -> Vec<Declared> {
    let tools = ToolList { each: EachTool::Written(write_tool), ..ToolList::new("", "", "{{SYSTEM}}{{TOOLS}}") };
    let calls = Calls::new("<|tool_call>call:{{NAME}}{{{FIELDS}}}<tool_call|>", "", "{{CALLS}}");
    let calls = Calls {
        needs: Needs::MapOrNothing,
        field: Field { values: Values::All(write_arguments), ..calls.field },
        ..calls
    };
    let gemma = format(
        "gemma4",
        ToolList { strips_system: true, ..tools },
        calls,
        Answers::Written(write_answers),
        Parser::Gemma,
    );
    vec![Declared { looks_at_last: true, ..gemma }]
}

fn write_answers(said: &[Said<'_>], answers: &[Answer<'_>]) -> WrittenAnswers {
    // A model may have opened the answer by itself.
    let last = said.last().copied().flatten();
    let ending = match last.and_then(|text| text.strip_suffix("<|tool_response>")) {
        Some(text) => Ending::Text(text.to_owned()),
        None => Ending::Same,
    };
    let one = |answer: &Answer<'_>| {
        let name = answer.name.unwrap_or("unknown");
        format!("<|tool_response>response:{name}{{value:{QUOTE}{}{QUOTE}}}<tool_response|>", answer.content)
    };
    WrittenAnswers { ending, pieces: vec![ToolPiece::Text(answers.iter().map(one).collect())] }
}

fn write_arguments(arguments: &Json) -> Result<String, RowError> {
    let parsed = arguments.as_str().and_then(crate::json::parse_text);
    let fields = parsed.as_ref().unwrap_or(arguments).fields().unwrap_or_default();
    let written = in_order(fields).into_iter().map(|(key, value)| format!("{key}:{}", value_text(value, false)));
    Ok(written.collect::<Vec<_>>().join(","))
}

fn in_order(fields: &[(String, Json)]) -> Vec<(&str, &Json)> {
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value)).collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}

fn quoted(text: &str) -> String {
    format!("{QUOTE}{text}{QUOTE}")
}

fn value_text(value: &Json, quotes_keys: bool) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Text(text) => quoted(text),
        Json::Map(fields) => {
            let written = in_order(fields).into_iter().map(|(key, value)| {
                let key = if quotes_keys { quoted(key) } else { key.to_owned() };
                format!("{key}:{}", value_text(value, quotes_keys))
            });
            format!("{{{}}}", written.collect::<Vec<_>>().join(","))
        }
        Json::List(items) | Json::Tuple(items) => {
            let written: Vec<_> = items.iter().map(|item| value_text(item, quotes_keys)).collect();
            format!("[{}]", written.join(","))
        }
        other => other.python_str(),
    }
}

fn write_tool(tool: &Json) -> Result<String, RowError> {
    let function = tool.get("function").ok_or_else(|| super::super::tools::lacks("function"))?;
    let name = function.get("name").map_or_else(String::new, Json::python_str);
    let description = function.get("description").filter(|text| text.is_truthy());
    let description = description.map_or_else(String::new, Json::python_str);
    let mut out = format!("<|tool>declaration:{name}{{description:{}", quoted(&description));
    if let Some(parameters) = function.get("parameters").filter(|parameters| parameters.is_truthy()) {
        let mut parts = Vec::new();
        if let Some(properties) = parameters.get("properties").filter(|properties| properties.is_truthy()) {
            parts.push(format!("properties:{{{}}}", write_properties(properties, false)?));
        }
        parts.extend(required(parameters)?);
        if let Some(kind) = parameters.get("type").and_then(Json::as_str).filter(|kind| !kind.is_empty()) {
            parts.push(format!("type:{}", quoted(&kind.to_uppercase())));
        }
        if !parts.is_empty() {
            out.push_str(&format!(",parameters:{{{}}}", parts.join(",")));
        }
    }
    out.push_str("}<tool|>");
    Ok(out)
}

fn required(schema: &Json) -> Result<Option<String>, RowError> {
    let Some(names) = schema.get("required").filter(|names| names.is_truthy()) else { return Ok(None) };
    let names = names.items().ok_or_else(|| {
        RowError::new(RowErrorKind::WrongType, format!("has `required` that is {}; give a list", names.kind_name()))
    })?;
    Ok(Some(names_text(names)))
}

fn names_text(names: &[Json]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| quoted(&name.python_str())).collect();
    format!("required:[{}]", quoted.join(","))
}

fn write_properties(properties: &Json, skips_standard: bool) -> Result<String, RowError> {
    let mut parts = Vec::new();
    for (key, schema) in in_order(properties.fields().unwrap_or_default()) {
        if (skips_standard && STANDARD.contains(&key)) || schema.fields().is_none() {
            continue;
        }
        parts.push(format!("{key}:{{{}}}", write_schema(schema)?));
    }
    Ok(parts.join(","))
}

fn write_schema(schema: &Json) -> Result<String, RowError> {
    let truthy = |key: &str| schema.get(key).filter(|value| value.is_truthy());
    let kind = schema.get("type").and_then(Json::as_str).unwrap_or("").to_uppercase();
    let mut inner = Vec::new();
    if let Some(description) = truthy("description") {
        inner.push(format!("description:{}", quoted(&description.python_str())));
    }
    match kind.as_str() {
        "STRING" => inner.extend(truthy("enum").map(|values| format!("enum:{}", value_text(values, true)))),
        "ARRAY" => {
            if let Some(items) = truthy("items").and_then(Json::fields) {
                inner.push(format!("items:{{{}}}", write_items(items)?));
            }
        }
        _ => {}
    }
    if truthy("nullable").is_some() {
        inner.push("nullable:true".to_owned());
    }
    if kind == "OBJECT" {
        let properties = match schema.get("properties").filter(|properties| properties.fields().is_some()) {
            Some(properties) => write_properties(properties, false)?,
            None => write_properties(schema, true)?,
        };
        inner.push(format!("properties:{{{properties}}}"));
        inner.extend(required(schema)?);
    }
    inner.push(format!("type:{}", quoted(&kind)));
    Ok(inner.join(","))
}

fn write_items(items: &[(String, Json)]) -> Result<String, RowError> {
    let mut inner = Vec::new();
    for (key, value) in in_order(items) {
        inner.push(match (key, value) {
            (_, Json::Null) => continue,
            ("properties", properties @ Json::Map(_)) => {
                format!("properties:{{{}}}", write_properties(properties, false)?)
            }
            ("required", names) => names_text(names.items().unwrap_or_default()),
            ("type", Json::Text(kind)) => format!("type:{}", quoted(&kind.to_uppercase())),
            ("type", kinds) => {
                let kinds = kinds.items().unwrap_or_default().iter();
                let upper = kinds.map(|kind| Json::Text(kind.python_str().to_uppercase())).collect();
                format!("type:{}", value_text(&Json::List(upper), true))
            }
            (key, value) => format!("{key}:{}", value_text(value, true)),
        });
    }
    Ok(inner.join(","))
}
