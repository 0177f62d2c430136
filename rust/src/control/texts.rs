//! The texts of a row, wherever they are: messages, calls, answers, names, and tools.

use std::borrow::Cow;

use crate::json::{Json, parse_text};
use crate::row::{Content, Message, Role, Row};

/// Where a text stands in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    /// The index of its message; `None` for the row's tools.
    pub message: Option<usize>,
    /// Who says it. What an assistant asks of tools counts as a tool's.
    pub role: Role,
    pub field: &'p str,
}

/// Calls `visit` with each text of `row`; a text that it returns takes its place.
pub(super) fn each_text(row: &mut Row<'_>, visit: &mut dyn FnMut(Place<'_>, &str) -> Option<String>) {
    for (index, message) in row.messages.iter_mut().enumerate() {
        each_of_message(index, message, visit);
    }
    for reasoning in &mut row.reasoning {
        let place = Place { message: Some(reasoning.message), role: Role::Tool, field: "reasoning_content" };
        if let Some(text) = visit(place, &reasoning.text) {
            reasoning.text = text;
        }
    }
    let place = Place { message: None, role: Role::Tool, field: "tools" };
    row.tools.iter_mut().for_each(|tool| each_of_json(tool, place, visit));
}

fn each_of_message(index: usize, message: &mut Message<'_>, visit: &mut dyn FnMut(Place<'_>, &str) -> Option<String>) {
    let place = |field| Place { message: Some(index), role: message.role, field };
    let of_tools = |field| Place { message: Some(index), role: Role::Tool, field };
    // A call as text is read here, as its text may escape what it says.
    if message.role == Role::ToolCall
        && let Content::Text(text) = &message.content
        && let Some(call) = parse_text(text)
    {
        message.content = Content::Call(call);
    }
    match &mut message.content {
        Content::Text(text) => {
            if let Some(changed) = visit(place("content"), text) {
                *text = Cow::Owned(changed);
            }
        }
        Content::Call(call) => each_of_json(call, of_tools("content"), visit),
        Content::Null | Content::Ids(_) | Content::WeightedIds(..) => {}
    }
    let Some(fields) = message.tool.as_deref_mut() else { return };
    for call in &mut fields.calls {
        if let Some(name) = visit(of_tools("tool_calls"), &call.name) {
            call.name = name;
        }
        each_of_json(&mut call.arguments, of_tools("tool_calls"), visit);
        call.id.iter_mut().for_each(|id| each_of_json(id, of_tools("tool_calls"), visit));
    }
    fields.call_id.iter_mut().for_each(|id| each_of_json(id, of_tools("tool_call_id"), visit));
    for (field, name) in [("name", &mut fields.name), ("tool", &mut fields.tool)] {
        if let Some(name) = name
            && let Some(changed) = visit(of_tools(field), name)
        {
            *name = Cow::Owned(changed);
        }
    }
}

fn each_of_json(value: &mut Json, place: Place<'_>, visit: &mut dyn FnMut(Place<'_>, &str) -> Option<String>) {
    match value {
        Json::Text(text) => {
            if let Some(changed) = visit(place, text) {
                *text = changed;
            }
        }
        Json::List(items) | Json::Tuple(items) => items.iter_mut().for_each(|item| each_of_json(item, place, visit)),
        Json::Map(fields) => {
            for (name, value) in fields {
                if let Some(changed) = visit(place, name) {
                    *name = changed;
                }
                each_of_json(value, place, visit);
            }
        }
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::BigInt(_) | Json::Float(_) => {}
    }
}
