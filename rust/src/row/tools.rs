//! What a row says of tools: those there are, what was asked of them, and what they answered.
//! encoding.md 1.2 and 1.3. How they are written is for an agent format to say.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::blocks::answer_of_parts;
use super::unfit::{unfit, wrong_type};
use super::{Content, Key, Kind, List, Map, MediaCounts, Role, Value};
use crate::error::{RowError, RowErrorKind};
use crate::interrupt;
use crate::json::{Json, Style, dumps, parse_json_text, parse_text, without_padding};
use crate::text::strip;

/// What only messages to and from tools have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolFields<'a> {
    /// The calls that an assistant makes, as OpenAI writes them.
    pub calls: Vec<ToolCall>,
    /// Which call a tool answers, as it was given: mostly a text, but numbers and null occur.
    pub call_id: Option<Json>,
    /// The name of the tool that answers.
    pub name: Option<Cow<'a, str>>,
    /// Another field for that name.
    pub tool: Option<Cow<'a, str>>,
    /// What the message says of its loss with a null.
    pub nulls: Nulls,
}

/// Which fields of a message with calls are null, where another value of a later call would count if they were missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nulls {
    pub loss: bool,
    pub loss_scale: bool,
}

/// One call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// Its id as it was given; null is as good as none.
    pub id: Option<Json>,
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
    let given = match value.kind() {
        Kind::Null => return Ok(Vec::new()),
        Kind::Text(text) if strip(&text).is_empty() => return Ok(Vec::new()),
        Kind::Text(text) => parse_text(&text).ok_or_else(|| {
            let detail = format!("is a string that is neither JSON nor a Python literal; give {TOOLS}");
            RowError::new(RowErrorKind::WrongValue, detail).at_field("tools")
        })?,
        Kind::List(list) => Json::List(
            (0..list.len())
                .inspect(|index| interrupt::check_every::<256>(*index))
                .map(|index| list.at(index).json().map_err(|error| error.at_field(format!("tools[{index}]"))))
                .collect::<Result<_, _>>()?,
        ),
        Kind::Map(map) if map.is_empty() => return Ok(Vec::new()),
        Kind::Map(_) => value.json().map_err(|error| error.at_field("tools"))?,
        other => return Err(unfit(&other, TOOLS).at_field("tools")),
    };
    let tools = match given {
        Json::List(tools) | Json::Tuple(tools) => tools,
        Json::Null => return Ok(Vec::new()),
        Json::Map(fields) if fields.is_empty() => return Ok(Vec::new()),
        tool => vec![tool],
    };
    // A list of one type may be filled up with nulls.
    let tools = tools.into_iter().enumerate().filter(|(_, tool)| *tool != Json::Null);
    tools.map(|(index, tool)| read_tool(index, tool)).collect()
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
    let tool = with_parameters(without_padding(tool));
    if tool.get("type").is_some() || tool.get("function").is_some() {
        return Ok(tool);
    }
    Ok(Json::Map(vec![("type".to_owned(), Json::Text("function".to_owned())), ("function".to_owned(), tool)]))
}

/// A tool of Anthropic's API, or of MCP, in the form that OpenAI's has: its schema is `parameters` there.
fn with_parameters(tool: Json) -> Json {
    const SCHEMA: [&str; 2] = ["input_schema", "inputSchema"];
    let Json::Map(mut fields) = tool else { return tool };
    let is_other = !fields.iter().any(|(name, _)| name == "parameters" || name == "function");
    if is_other && let Some((name, _)) = fields.iter_mut().find(|(name, _)| SCHEMA.contains(&name.as_str())) {
        *name = "parameters".to_owned();
        // What they say of the request, not of the tool.
        fields.retain(|(name, value)| match name.as_str() {
            "type" => value.as_str().is_none_or(|kind| kind != "custom"),
            name => name != "cache_control",
        });
    }
    Json::Map(fields)
}

/// What an assistant or a tool has beside its content.
pub(super) fn read_tool_fields<'a, M>(message: &M, role: Role) -> Result<Option<Box<ToolFields<'a>>>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let fields = match role {
        Role::Assistant => {
            let calls = read_calls(message)?;
            let nulls = if calls.is_empty() { Nulls::default() } else { read_nulls(message) };
            ToolFields { calls, nulls, ..ToolFields::default() }
        }
        Role::ToolCall => ToolFields { nulls: read_nulls(message), ..ToolFields::default() },
        Role::Tool => ToolFields {
            call_id: read_tool_id(message)?,
            name: name(message, Key::Name),
            tool: name(message, Key::Tool),
            ..ToolFields::default()
        },
        _ => return Ok(None),
    };
    Ok((fields != ToolFields::default()).then(|| Box::new(fields)))
}

/// Which fields of a message are null. A cell of a table that is null has no such field.
pub(super) fn read_nulls<'a, M>(message: &M) -> Nulls
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let is_null = |key| matches!(message.get(key).map(|value| value.kind()), Some(Kind::Null));
    Nulls { loss: is_null(Key::Loss), loss_scale: is_null(Key::LossScale) }
}

/// The name of the tool that answers. Python would write any value, and take an empty one for none.
fn name<'a, M>(message: &M, key: Key) -> Option<Cow<'a, str>>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let value = message.get(key)?;
    match value.kind() {
        Kind::Text(text) => (!text.is_empty()).then_some(text),
        Kind::Null => None,
        _ => value.json().ok().filter(Json::is_truthy).map(|name| Cow::Owned(name.python_str())),
    }
}

fn read_tool_id<'a, M>(message: &M) -> Result<Option<Json>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let read = |value: M::Value| {
        let id = value.json()?;
        check_id(&id)?;
        Ok(id)
    };
    message.get(Key::ToolCallId).map(read).transpose().map_err(|error: RowError| error.at_field("tool_call_id"))
}

/// The id of a call, or of the call that is answered: anything that Python can look up, which neither a list nor an
/// object is.
///
/// # Errors
///
/// [`RowErrorKind::WrongType`] for a list or an object.
pub(super) fn tool_id(id: Option<&Json>) -> Result<Option<Json>, RowError> {
    let Some(id) = id.filter(|id| **id != Json::Null) else { return Ok(None) };
    check_id(id)?;
    Ok(Some(id.clone()))
}

fn check_id(id: &Json) -> Result<(), RowError> {
    match id {
        Json::List(_) | Json::Tuple(_) | Json::Map(_) => {
            Err(wrong_type(id.kind_name().into(), "a string or a number, as the call has it"))
        }
        _ => Ok(()),
    }
}

/// What an id is compared by: Python takes `1`, `1.0` and `True` for the same key, and `1` and `"1"` for two.
#[derive(Debug, PartialEq, Eq, Hash)]
enum IdKey<'i> {
    Text(&'i str),
    Integer(Cow<'i, str>),
    Fraction(u64),
}

fn id_key(id: &Json) -> Option<IdKey<'_>> {
    Some(match id {
        Json::Text(text) => IdKey::Text(text),
        Json::Bool(flag) => IdKey::Integer(Cow::Borrowed(if *flag { "1" } else { "0" })),
        Json::Int(number) => IdKey::Integer(Cow::Owned(number.to_string())),
        Json::BigInt(digits) => IdKey::Integer(Cow::Borrowed(digits)),
        Json::Float(number) if number.is_nan() => return None,
        // Both zeros are the integer's key.
        Json::Float(0.0) => IdKey::Integer(Cow::Borrowed("0")),
        Json::Float(number) if number.is_finite() && number.fract() == 0.0 => {
            IdKey::Integer(Cow::Owned(format!("{number:.0}")))
        }
        Json::Float(number) => IdKey::Fraction(number.to_bits()),
        Json::Null | Json::List(_) | Json::Tuple(_) | Json::Map(_) => return None,
    })
}

/// For each answer its place among the calls, where the answers name all calls by their ids, each once.
pub(crate) fn answers_in_order<'i>(
    calls: impl ExactSizeIterator<Item = Option<&'i Json>>,
    answers: impl ExactSizeIterator<Item = Option<&'i Json>>,
) -> Option<Vec<usize>> {
    let count = calls.len();
    if count == 0 || answers.len() != count {
        return None;
    }
    let mut places = HashMap::with_capacity(count);
    for (index, id) in calls.enumerate() {
        places.insert(id_key(id?)?, index);
    }
    let mut found = Vec::with_capacity(count);
    let mut seen = HashSet::with_capacity(count);
    for id in answers {
        let place = *places.get(&id_key(id?)?)?;
        seen.insert(place);
        found.push(place);
    }
    (places.len() == count && seen.len() == count).then_some(found)
}

fn read_calls<'a, M>(message: &M) -> Result<Vec<ToolCall>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    const CALLS: &str = "a list of calls, each {\"function\": {\"name\": ..., \"arguments\": ...}}";
    match message.get(Key::ToolCalls).map(|value| value.kind()) {
        None | Some(Kind::Null) => read_function_call(message),
        Some(Kind::List(list)) if list.is_empty() => read_function_call(message),
        Some(Kind::List(list)) => (0..list.len())
            .inspect(|index| interrupt::check_every::<256>(*index))
            .map(|index| {
                let read = || read_call(unpadded(&list.at(index))?);
                read().map_err(|error| error.inside(&format!("tool_calls[{index}]")))
            })
            .collect(),
        Some(Kind::Text(text)) => match parse_text(&text) {
            Some(Json::List(calls)) => calls
                .into_iter()
                .enumerate()
                .map(|(index, call)| read_call(call).map_err(|error| error.inside(&format!("tool_calls[{index}]"))))
                .collect(),
            _ if strip(&text).is_empty() => Ok(Vec::new()),
            _ => {
                let detail = format!("is a string that is not a list as JSON; give {CALLS}");
                Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("tool_calls"))
            }
        },
        Some(other) => Err(unfit(&other, CALLS).at_field("tool_calls")),
    }
}

/// The only call of a message in OpenAI's form of 2023.
fn read_function_call<'a, M>(message: &M) -> Result<Vec<ToolCall>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    const CALL: &str = "an object with `name` and `arguments`";
    let Some(value) = message.get(Key::FunctionCall) else { return Ok(Vec::new()) };
    let read = || match value.kind() {
        Kind::Null => Ok(Vec::new()),
        Kind::Map(fields) if fields.is_empty() => Ok(Vec::new()),
        Kind::Map(_) => Ok(vec![read_call(unpadded(&value)?)?]),
        other => Err(unfit(&other, CALL)),
    };
    read().map_err(|error: RowError| error.inside("function_call"))
}

/// A value as a whole, without the nulls of its source.
pub(super) fn unpadded<'a, V: Value<'a>>(value: &V) -> Result<Json, RowError> {
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

fn read_call(call: Json) -> Result<ToolCall, RowError> {
    let (function, lead) = match call.get("function") {
        Some(function) => (function, "function."),
        None => (&call, ""),
    };
    let name = call_name(function).map_err(|error| error.at_field(format!("{lead}name")))?;
    let arguments = match function.get("arguments") {
        None => Json::Map(Vec::new()),
        Some(Json::Text(text)) => parse_json_text(text).unwrap_or_else(|| Json::Text(text.clone())),
        Some(arguments) => arguments.clone(),
    };
    let arguments = call_arguments(arguments).map_err(|error| error.at_field(format!("{lead}arguments")))?;
    let id = tool_id(call.get("id")).map_err(|error| error.at_field("id"))?;
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

/// The content of a message to or from a tool. A tool's answer is the text of its parts; anything else that is not text
/// is written as JSON. The media of the parts are counted in `media`.
pub(super) fn read_tool_content<'a, V: Value<'a>>(
    value: &V,
    role: Role,
    media: &mut MediaCounts,
) -> Result<Content<'a>, RowError> {
    match value.kind() {
        Kind::Text(text) => Ok(Content::Text(text)),
        other @ (Kind::BadText(_) | Kind::Other(_)) => Err(unfit(&other, "a string, or what JSON can say")),
        _ => {
            let json = unpadded(value)?;
            if role == Role::ToolCall {
                return Ok(Content::Call(json));
            }
            let text = answer_of_parts(&json, media).unwrap_or_else(|| dumps(&json, Style::Plain));
            Ok(Content::Text(Cow::Owned(text)))
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
        assert_eq!(written(r#","tools":{"name":"f"}"#), [wrapped]);
        for schema in ["input_schema", "inputSchema"] {
            let tool = format!(
                r#","tools":[{{"type":"custom","name":"f","{schema}":{{"type":"object"}},"cache_control":{{"type":"e"}}}}]"#
            );
            let wrapped = r#"{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}"#;
            assert_eq!(written(&tool), [wrapped]);
        }
        for none in ["[]", "\"\"", "\" \"", "{}", "null", "\"{}\"", "\"[]\"", "\"null\"", "[null]"] {
            assert!(written(&format!(r#","tools":{none}"#)).is_empty(), "{none}");
        }
    }

    #[test]
    fn refusals_name_the_tool() {
        let refusal = |rest: &str| row(rest).unwrap_err().to_string();
        assert!(refusal(r#","tools":"[{""#).starts_with("field 'tools': is a string that is neither JSON nor"));
        assert!(refusal(r#","tools":[{"name":"f"},3]"#).starts_with("field 'tools[1]': is a number; give an object"));
        assert!(refusal(r#","tools":["x y"]"#).starts_with("field 'tools[0]': is a string that is neither"));
        assert!(refusal(r#","tools":3"#).starts_with("field 'tools': is a number; give a list of tools"));
    }
}
