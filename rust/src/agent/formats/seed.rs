//! Seed: tools as Python functions with their documentation.

use std::collections::HashSet;

use super::super::declared::{Answers, Declared};
use super::super::parse::{Fields, Untyped};
use super::super::{Calls, EachTool, Needs, Parser, ToolList};
use super::format;
use crate::error::RowError;
use crate::json::Json;
use crate::text::strip;

/// What parts a system text from the settings that the template puts behind it.
const SPLIT: &str = "<seed:eos><seed:bos>system";

const OPENING: &str =
    "You are Doubao, a helpful AI assistant. You may call one or more functions to assist with the user query.";

const HOW: &str = "工具调用请遵循如下格式:\n<seed:tool_call>\n<function=example_function_name>\n\
                   <parameter=example_parameter_1>value_1</parameter>\n\
                   <parameter=example_parameter_2>This is the value for the second parameter\nthat can span\n\
                   multiple lines</parameter>\n</function>\n</seed:tool_call>";

pub(super) fn formats() -> Vec<Declared> {
    let tools = ToolList::new("", "\n\n", "");
    let tools = ToolList { each: EachTool::Written(write_tool), place: Some(place), ..tools };
    let each = "<seed:tool_call>\n<function={{NAME}}>\n{{FIELDS}}</function>\n</seed:tool_call>";
    let field = "<parameter={{KEY}}>{{VALUE}}</parameter>\n";
    let calls = Calls::with_fields(each, field, "", "\n", "{{CALLS}}", Needs::Map);
    let answers = Answers::as_texts("<seed:eos>", "<seed:bos>tool\n{{ANSWER}}<seed:eos>", "", "", true)
        .within("", "<seed:bos>assistant\n");
    let parser = Fields {
        open: "<function=",
        name_end: ">",
        close: "</function>",
        field: "<parameter=",
        key_end: ">",
        value_open: "",
        field_close: "</parameter>",
        on_lines: false,
        untyped: Untyped::Text,
        text: None,
    };
    vec![format("seed_oss", tools, calls, answers, Parser::Fields(parser))]
}

fn place(tools: &str, system: &str) -> String {
    match system.split_once(SPLIT) {
        Some((before, behind)) => format!("{before}\n\n{tools}\n{HOW}\n{SPLIT}{behind}"),
        None => format!("{OPENING}\n\n{tools}\n{HOW}\n{SPLIT}\n{system}"),
    }
}

/// A tool as a Python function; nothing where it has no name or is of another kind.
fn write_tool(tool: &Json) -> Result<String, RowError> {
    let empty = Json::Map(Vec::new());
    let function = tool.get("function").unwrap_or(&empty);
    let name = match function.get("name").filter(|name| name.is_truthy()) {
        Some(name) if tool.get("type").and_then(Json::as_str) == Some("function") => name.python_str(),
        _ => return Ok(String::new()),
    };
    let parameters = function.get("parameters").unwrap_or(&empty);
    let properties = schemas(parameters);
    let signature: Vec<_> =
        properties.iter().map(|(name, schema)| format!("{name}: {}", python_type(schema))).collect();
    let description = function.get("description").map_or_else(String::new, Json::python_str);
    let mut lines = vec!["    \"\"\"".to_owned(), format!("    {}", strip(&description))];
    if parameters.get("properties").is_some_and(Json::is_truthy) {
        lines.push("\n    Args:".to_owned());
        let required = parameters.get("required").and_then(Json::items).unwrap_or_default();
        let required: HashSet<_> = required.iter().filter_map(Json::as_str).collect();
        for (name, schema) in &properties {
            let mark = if required.contains(name) { "[必填]" } else { "[选填]" };
            lines.push(format!("    - {name} ({}) {mark}: {}", python_type(schema), text(schema)));
        }
    }
    let returned = schemas(function.get("returns").unwrap_or(&empty));
    if !returned.is_empty() {
        lines.push("\n    Returns:".to_owned());
        for (name, schema) in &returned {
            lines.push(format!("    - {name} ({}): {}", python_type(schema), text(schema)));
        }
    }
    lines.push("\n    \"\"\"".to_owned());
    Ok(format!("Function:\ndef {name}({}):\n{}", signature.join(","), lines.join("\n")))
}

fn schemas(schema: &Json) -> Vec<(&str, &Json)> {
    let properties = schema.get("properties").and_then(Json::fields).unwrap_or_default();
    let objects = properties.iter().filter(|(_, schema)| schema.fields().is_some());
    objects.map(|(name, schema)| (name.as_str(), schema)).collect()
}

fn text(schema: &Json) -> String {
    schema.get("description").map_or_else(String::new, Json::python_str)
}

fn python_type(schema: &Json) -> &'static str {
    match schema.get("type").and_then(Json::as_str) {
        Some("string") => "str",
        Some("number" | "integer") => "int",
        Some("boolean") => "bool",
        Some("array") => "list",
        _ => "Any",
    }
}
