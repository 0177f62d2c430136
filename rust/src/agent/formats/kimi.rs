//! Kimi: K2.5's namespaces, and the markup of K3. Answers name the calls that they answer.

use super::super::declared::{Answers, Declared};
use super::super::tools::{function, tool_name};
use super::super::{
    Answer, Calls, EachTool, Ending, Field, Joint, Needs, Parser, Said, ToolList, ToolPiece, Values, WrittenAnswers,
};
use super::format;
use crate::error::RowError;
use crate::json::{Json, Style, dumps};
use crate::text::strip;

pub(super) fn formats() -> Vec<Declared> {
    vec![k25(), k3()]
}

fn k25() -> Declared {
    let whole = "tool_declare<|im_middle|># Tools\n\n## functions\nnamespace functions {\n{{TOOLS}}\n}\n{{SYSTEM}}";
    let tools = ToolList::new("", "\n", whole).around("<|im_end|><|im_system|>system<|im_middle|>", "");
    let tools = ToolList { each: EachTool::Written(write_type), ..tools };
    let calls = Calls::new(
        "<|tool_call_begin|>functions.{{NAME}}:{{INDEX0}}<|tool_call_argument_begin|>{{ARGUMENTS}}<|tool_call_end|>",
        "",
        "<|tool_calls_section_begin|>{{CALLS}}<|tool_calls_section_end|>",
    );
    format("kimi_k25", tools, calls, Answers::Written(answer_k25), Parser::Kimi)
}

/// A tool as a type of TypeScript.
fn write_type(tool: &Json) -> Result<String, RowError> {
    let function = function(tool);
    let name = tool_name(function)?;
    let mut lines = Vec::new();
    lines.extend(comment(function).map(|text| format!("// {text}")));
    let properties = function.get("parameters").and_then(|parameters| parameters.get("properties"));
    let properties = properties.and_then(Json::fields).unwrap_or_default();
    if properties.is_empty() {
        lines.push(format!("type {name} = (_: {{}}) => any;"));
        return Ok(lines.join("\n"));
    }
    lines.push(format!("type {name} = (_: {{"));
    for (index, (key, schema)) in properties.iter().enumerate() {
        lines.extend(comment(schema).map(|text| format!("  // {text}")));
        let comma = if index + 1 < properties.len() { "," } else { "" };
        lines.push(format!("  {key}: {}{comma}", typescript(schema)));
    }
    lines.push("}) => any;".to_owned());
    Ok(lines.join("\n"))
}

fn comment(schema: &Json) -> Option<String> {
    schema.get("description").filter(|text| text.is_truthy()).map(Json::python_str)
}

fn typescript(schema: &Json) -> &'static str {
    match schema.get("type").and_then(Json::as_str) {
        Some("string") => "string",
        Some("number" | "integer") => "number",
        Some("boolean") => "boolean",
        Some("array") => "any[]",
        Some("object") => "object",
        Some("null") => "null",
        _ => "any",
    }
}

/// The texts between `open` and `close` in what the assistant said.
fn found<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once(open) {
        let Some((inside, left)) = behind.split_once(close) else { break };
        found.push(inside);
        rest = left;
    }
    found
}

fn answer_k25(said: &[Said<'_>], answers: &[Answer<'_>]) -> WrittenAnswers {
    let text: String = said.iter().copied().flatten().collect();
    let ids = found(&text, "<|tool_call_begin|>", "<|tool_call_argument_begin|>");
    let mut pieces = vec![ToolPiece::Text("<|im_end|>".to_owned())];
    pieces.extend(answers.iter().enumerate().map(|(index, answer)| {
        let id = ids.get(index).map_or_else(|| answer.written_id(), |id| strip(id).to_owned());
        ToolPiece::Text(format!("<|im_system|>tool<|im_middle|>## Return of {id}\n{}<|im_end|>", answer.content))
    }));
    pieces.push(ToolPiece::Text("<|im_assistant|>assistant<|im_middle|>".to_owned()));
    WrittenAnswers { ending: Ending::Same, pieces }
}

fn k3() -> Declared {
    let whole = "role=\"system\" type=\"tool-declare\"<|sep|># Tools\nHere are the available tools, described in \
                 JSONSchema.\n\n```json\n[{{TOOLS}}]\n```{{SYSTEM}}";
    let behind = "<|close|>message<|sep|><|end_of_msg|><|open|>message role=\"system\"<|sep|>";
    let tools = ToolList::new("{{TOOL_SORTED}}", ",", whole).around(behind, "");
    let calls = Calls::new(
        "<|open|>call tool=\"{{NAME_ATTRIBUTE}}\" index=\"{{INDEX1}}\"<|sep|>{{FIELDS}}<|close|>call<|sep|>",
        "",
        "<|open|>tools<|sep|>{{CALLS}}<|close|>tools<|sep|>",
    );
    let calls = Calls {
        field: Field { values: Values::All(write_arguments), ..calls.field },
        needs: Needs::Anything,
        joint: Joint::Alone("<|close|>response<|sep|>"),
        ..calls
    };
    let k3 = format("kimi_k3", tools, calls, Answers::Written(answer_k3), Parser::KimiMarkup);
    Declared { looks_at_last: true, ..k3 }
}

fn write_arguments(arguments: &Json) -> Result<String, RowError> {
    let Some(fields) = arguments.fields() else {
        return Ok(format!("<|open|>json type=\"object\"<|sep|>{}<|close|>json<|sep|>", plain(arguments)));
    };
    let one = |(key, value): &(String, Json)| {
        let (key, kind) = (attribute(key), kind(value));
        format!("<|open|>argument key=\"{key}\" type=\"{kind}\"<|sep|>{}<|close|>argument<|sep|>", plain(value))
    };
    Ok(fields.iter().map(one).collect())
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| dumps(value, Style::Plain), str::to_owned)
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Int(_) | Json::BigInt(_) | Json::Float(_) => "number",
        Json::Text(_) => "string",
        Json::Map(_) => "object",
        Json::List(_) | Json::Tuple(_) => "array",
    }
}

/// A text in the quotes of an attribute.
pub fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
}

/// The text that [`attribute`] wrote.
pub fn unattribute(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

fn answer_k3(said: &[Said<'_>], answers: &[Answer<'_>]) -> WrittenAnswers {
    let text: String = said.iter().copied().flatten().collect();
    let names: Vec<_> = found(&text, "<|open|>call tool=\"", "\" index=\"").into_iter().map(unattribute).collect();
    let mut pieces = vec![ToolPiece::Text("<|close|>message<|sep|><|end_of_msg|>".to_owned())];
    pieces.extend(answers.iter().enumerate().map(|(index, answer)| {
        let own = || answer.tool.or(answer.name).unwrap_or("").to_owned();
        let (name, index) = (attribute(&names.get(index).cloned().unwrap_or_else(own)), index + 1);
        ToolPiece::Text(format!(
            "<|open|>message role=\"tool\" tool=\"{name}\" index=\"{index}\"<|sep|>{}<|close|>message<|sep|><|end_of_msg|>",
            answer.content
        ))
    }));
    pieces.push(ToolPiece::Text("<|open|>message role=\"assistant\"<|sep|>".to_owned()));
    WrittenAnswers { ending: Ending::Same, pieces }
}
