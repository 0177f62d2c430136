//! What a row says of tools: those there are, what was asked of them, and what they answered.
//! encoding.md 1.2 and 1.3. How they are written is for an agent format to say.

use std::borrow::Cow;

use super::unfit::{unfit, wrong_type};
use super::{Content, Key, Kind, List, Map, Role, Value};
use crate::error::{RowError, RowErrorKind};
use crate::interrupt;
use crate::json::{Json, Style, dumps, parse_json_text, parse_text, without_padding};

/// What only messages to and from tools have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolFields<'a> {
    /// The calls that an assistant makes, as OpenAI writes them.
    pub calls: Vec<ToolCall>,
    /// Which call a tool answers.
    pub call_id: Option<Cow<'a, str>>,
    /// The name of the tool that answers.
    pub name: Option<Cow<'a, str>>,
    /// Another field for that name.
    pub tool: Option<Cow<'a, str>>,
}

/// One call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    pub id: Option<String>,
    pub name: String,
    pub arguments: Json,
}

const TOOLS: &str = "a list of tools, or one as JSON text";

/// The tools of a row, each as `{"type": "function", "function": {...}}`.
///
/// # Errors
///
/// A [`RowError`] that names the tool that is none.
pub(super) fn read_tools<'a, M>(row: &M) -> Result<Vec<Json>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let Some(value) = row.get(Key::Tools) else { return Ok(Vec::new()) };
    let tools = match value.kind() {
        Kind::Null => return Ok(Vec::new()),
        Kind::Text(text) if text.is_empty() => return Ok(Vec::new()),
        Kind::Text(text) => match parse_text(&text) {
            Some(Json::List(tools) | Json::Tuple(tools)) => tools,
            Some(tool) => vec![tool],
            None => {
                let detail = format!("is a string that is neither JSON nor a Python literal; give {TOOLS}");
                return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("tools"));
            }
        },
        Kind::List(list) => (0..list.len())
            .inspect(|index| interrupt::check_every::<256>(*index))
            .map(|index| list.at(index).json().map_err(|error| error.at_field(format!("tools[{index}]"))))
            .collect::<Result<_, _>>()?,
        Kind::Map(map) if map.is_empty() => return Ok(Vec::new()),
        other => return Err(unfit(&other, TOOLS).at_field("tools")),
    };
    tools.into_iter().enumerate().map(|(index, tool)| read_tool(index, tool)).collect()
}

fn read_tool(index: usize, tool: Json) -> Result<Json, RowError> {
    const TOOL: &str = "an object with `name` and `parameters`, or such an object as JSON text";
    let field = || format!("tools[{index}]");
    let tool = match tool {
        Json::Text(text) => parse_text(&text).ok_or_else(|| {
            let detail = format!("is a string that is neither JSON nor a Python literal; give {TOOL}");
            RowError::new(RowErrorKind::WrongValue, detail).at_field(field())
        })?,
        tool => tool,
    };
    if tool.fields().is_none() {
        return Err(wrong_type(tool.kind_name().into(), TOOL).at_field(field()));
    }
    let tool = without_padding(tool);
    if tool.get("type").is_some() || tool.get("function").is_some() {
        return Ok(tool);
    }
    Ok(Json::Map(vec![("type".to_owned(), Json::Text("function".to_owned())), ("function".to_owned(), tool)]))
}

/// What an assistant or a tool has beside its content.
pub(super) fn read_tool_fields<'a, M>(message: &M, role: Role) -> Result<Option<Box<ToolFields<'a>>>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let fields = match role {
        Role::Assistant => ToolFields { calls: read_calls(message)?, ..ToolFields::default() },
        Role::Tool => ToolFields {
            calls: Vec::new(),
            call_id: text(message, Key::ToolCallId),
            name: text(message, Key::Name),
            tool: text(message, Key::Tool),
        },
        _ => return Ok(None),
    };
    Ok((fields != ToolFields::default()).then(|| Box::new(fields)))
}

fn text<'a, M>(message: &M, key: Key) -> Option<Cow<'a, str>>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match message.get(key)?.kind() {
        Kind::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn read_calls<'a, M>(message: &M) -> Result<Vec<ToolCall>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    const CALLS: &str = "a list of calls, each {\"function\": {\"name\": ..., \"arguments\": ...}}";
    match message.get(Key::ToolCalls).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(Vec::new()),
        Some(Kind::List(list)) => (0..list.len())
            .inspect(|index| interrupt::check_every::<256>(*index))
            .map(|index| {
                let read = || read_call(index, unpadded(&list.at(index))?);
                read().map_err(|error| error.at_field(format!("tool_calls[{index}]")))
            })
            .collect(),
        Some(other) => Err(unfit(&other, CALLS).at_field("tool_calls")),
    }
}

/// A value as a whole, without the nulls of its source.
fn unpadded<'a, V: Value<'a>>(value: &V) -> Result<Json, RowError> {
    let json = value.json()?;
    Ok(if value.is_cell() { without_nulls(json) } else { json })
}

fn without_nulls(value: Json) -> Json {
    match value {
        Json::Map(fields) => {
            let there = fields.into_iter().filter(|(_, value)| *value != Json::Null);
            Json::Map(there.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Json::List(items) => Json::List(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn read_call(index: usize, call: Json) -> Result<ToolCall, RowError> {
    let field = |name: &str| format!("tool_calls[{index}].{name}");
    let (function, lead) = match call.get("function") {
        Some(function) => (function, "function."),
        None => (&call, ""),
    };
    let name = call_name(function).map_err(|error| error.at_field(field(&format!("{lead}name"))))?;
    let arguments = match function.get("arguments") {
        None => Json::Map(Vec::new()),
        Some(Json::Text(text)) => parse_json_text(text).unwrap_or_else(|| Json::Text(text.clone())),
        Some(arguments) => arguments.clone(),
    };
    let arguments = call_arguments(arguments).map_err(|error| error.at_field(field(&format!("{lead}arguments"))))?;
    let id = call.get("id").filter(|id| **id != Json::Null).map(Json::python_str);
    Ok(ToolCall { id, name, arguments })
}

/// The name in a call.
pub(crate) fn call_name(call: &Json) -> Result<String, RowError> {
    const NAME: &str = "the name of a tool";
    match call.get("name") {
        Some(Json::Text(name)) => Ok(name.clone()),
        Some(Json::Null) | None => Err(RowError::new(RowErrorKind::MissingField, format!("is missing; give {NAME}"))),
        Some(other) => Err(wrong_type(other.kind_name().into(), NAME)),
    }
}

/// The arguments of a call: what text says that is JSON or a Python literal, and anything else as it is.
pub(crate) fn call_arguments(arguments: Json) -> Result<Json, RowError> {
    const ARGUMENTS: &str = "an object, or one as JSON text";
    match arguments {
        Json::Null => Err(wrong_type("null".into(), ARGUMENTS)),
        Json::Text(text) => parse_text(&text).filter(|parsed| *parsed != Json::Null).ok_or_else(|| {
            let detail = format!("is a string that is neither JSON nor a Python literal; give {ARGUMENTS}");
            RowError::new(RowErrorKind::WrongValue, detail)
        }),
        other => Ok(other),
    }
}

/// The content of a message to or from a tool: a tool's answer that is not text is written as JSON.
pub(super) fn read_tool_content<'a, V: Value<'a>>(value: &V, role: Role) -> Result<Content<'a>, RowError> {
    match value.kind() {
        Kind::Text(text) => Ok(Content::Text(text)),
        other @ (Kind::BadText(_) | Kind::Other(_)) => Err(unfit(&other, "a string, or what JSON can say")),
        _ => {
            let json = unpadded(value)?;
            Ok(match role {
                Role::ToolCall => Content::Call(json),
                _ => Content::Text(Cow::Owned(dumps(&json, Style::Plain))),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::parse_row;

    fn row(rest: &str) -> Result<crate::row::Row<'static>, RowError> {
        let line = format!(r#"{{"messages":[{{"role":"user","content":"a"}}]{rest}}}"#);
        parse_row(Box::leak(line.into_boxed_str()).as_bytes())
    }

    #[test]
    fn tools_come_in_many_forms() {
        let written = |rest: &str| {
            let tools = row(rest).unwrap().tools;
            tools.iter().map(|tool| dumps(tool, Style::Compact)).collect::<Vec<_>>()
        };
        let wrapped = r#"{"type":"function","function":{"name":"f"}}"#;
        assert_eq!(written(r#","tools":[{"name":"f","strict":null}]"#), [wrapped]);
        assert_eq!(written(r#","tools":"[{\"name\": \"f\"}]""#), [wrapped]);
        assert_eq!(written(r#","tools":"{'name': 'f'}""#), [wrapped]);
        assert_eq!(written(r#","tools":["{\"name\": \"f\"}"]"#), [wrapped]);
        assert_eq!(written(r#","tools":[{"type":"function","name":"f"}]"#), [r#"{"type":"function","name":"f"}"#]);
        assert!(written(r#","tools":[]"#).is_empty() && written(r#","tools":"""#).is_empty());
    }

    #[test]
    fn refusals_name_the_tool() {
        let refusal = |rest: &str| row(rest).unwrap_err().to_string();
        assert!(refusal(r#","tools":"[{""#).starts_with("field 'tools': is a string that is neither JSON nor"));
        assert!(refusal(r#","tools":[{"name":"f"},3]"#).starts_with("field 'tools[1]': is a number; give an object"));
        assert!(refusal(r#","tools":["x y"]"#).starts_with("field 'tools[0]': is a string that is neither"));
        assert!(refusal(r#","tools":{"name":"f"}"#).starts_with("field 'tools': is an object; give a list of tools"));
    }
}
