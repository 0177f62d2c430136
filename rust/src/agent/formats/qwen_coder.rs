//! The formats of Qwen's coding models: a call's arguments each between tags.

use super::super::declared::{Answers, Declared, Standalone};
use super::super::parse::{Fields, Untyped};
use super::super::tools::lacks;
use super::super::{Calls, EachTool, Field, Joint, Needs, Parser, ToolList, Values};
use super::{format, prompt};
use crate::error::{RowError, RowErrorKind};
use crate::json::{Json, Style, dumps};
use crate::text::strip;

const DEFAULT: &str = "You are Qwen, a helpful AI assistant that can interact with a computer to solve tasks.";

const PARSER: Parser = Parser::Fields(Fields {
    open: "<function=",
    name_end: ">",
    close: "</function>",
    field: "<parameter=",
    key_end: ">",
    value_open: "",
    field_close: "</parameter>",
    on_lines: true,
    untyped: Untyped::Text,
    text: None,
});

pub(super) fn formats() -> Vec<Declared> {
    let listed = ToolList::new("", "\n", prompt!("qwen3_coder"));
    let listed = ToolList { each: EachTool::Written(write_tool), default_system: Some(DEFAULT.into()), ..listed };
    let answers = |between, whole| Answers::as_query("<tool_response>\n{{ANSWER}}\n</tool_response>", between, whole);
    let coder = format("qwen3_coder", listed, calls(Joint::Stripped("\n\n")), answers("\n", "{{ANSWERS}}\n"), PARSER);
    let tools = ToolList::new("{{TOOL}}", "\n", prompt!("qwen3_5")).around("\n\n", "");
    let joint = Joint::BehindAnswer("\n\n");
    let later = format("qwen3_5", tools, calls(joint), answers("\n", "{{ANSWERS}}"), PARSER);
    let answered = |format: Declared| Declared { unasked: Standalone::AsQuery, ..format };
    vec![answered(coder), answered(later)]
}

fn calls(joint: Joint) -> Calls {
    let each = "<tool_call>\n<function={{NAME}}>\n{{FIELDS}}</function>\n</tool_call>";
    let field = "<parameter={{KEY}}>\n{{VALUE}}\n</parameter>\n";
    let calls = Calls::with_fields(each, field, "", "\n", "{{CALLS}}", Needs::MapOrEmpty);
    Calls { field: Field { values: Values::PythonNumbers, ..calls.field }, joint, ..calls }
}

/// A tool as nested tags: what is known of it first, then whatever else it has, as JSON.
fn write_tool(tool: &Json) -> Result<String, RowError> {
    let function = tool.get("function").unwrap_or(tool);
    let mut out = String::from("<function>");
    let name = function.get("name").map(Json::python_str).ok_or_else(|| lacks("name"))?;
    tag("\n", "name", &name, &mut out);
    if let Some(description) = description(function)? {
        tag("\n", "description", description, &mut out);
    }
    out.push_str("\n<parameters>");
    let parameters = function.get("parameters");
    let properties = parameters.and_then(|parameters| parameters.get("properties")).and_then(Json::fields);
    for (name, schema) in properties.unwrap_or_default() {
        write_parameter(name, schema, &mut out)?;
    }
    if let Some(parameters) = parameters {
        write_rest(parameters, &["type", "properties"], &mut out);
    }
    out.push_str("\n</parameters>");
    write_rest(function, &["type", "name", "description", "parameters"], &mut out);
    out.push_str("\n</function>");
    Ok(out)
}

fn write_parameter(name: &str, schema: &Json, out: &mut String) -> Result<(), RowError> {
    out.push_str("\n<parameter>");
    tag("\n", "name", name, out);
    if let Some(kind) = schema.get("type") {
        tag("\n", "type", &kind.python_str(), out);
    }
    if let Some(description) = description(schema)? {
        tag("\n", "description", description, out);
    }
    write_rest(schema, &["name", "type", "description"], out);
    out.push_str("\n</parameter>");
    Ok(())
}

fn description(schema: &Json) -> Result<Option<&str>, RowError> {
    match schema.get("description") {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(strip(text))),
        Some(other) => {
            let detail = format!("has a `description` that is {}; give a string", other.kind_name());
            Err(RowError::new(RowErrorKind::WrongType, detail))
        }
    }
}

fn write_rest(value: &Json, known: &[&str], out: &mut String) {
    for (key, value) in value.fields().unwrap_or_default() {
        if !known.contains(&key.as_str()) {
            tag("\n", key, &dumps(value, Style::Plain), out);
        }
    }
}

fn tag(before: &str, name: &str, text: &str, out: &mut String) {
    for part in [before, "<", name, ">", text, "</", name, ">"] {
        out.push_str(part);
    }
}
