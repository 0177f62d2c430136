//! Calls in nested or typed tags: MiniMax M3 and Kimi.

use super::super::Call;
use super::super::formats::unattribute;
use super::schema::{Schemas, Untyped};
use super::search::Mark;
use super::{between, is_space, objects};
use crate::json::{Json, parse_json_text, parse_text};

/// How deep tags may be nested.
const DEPTH: usize = 100;

/// Tags in tags, each behind `mark`.
pub(super) fn nested(mark: &str, text: &str, schemas: &Schemas<'_>) -> Vec<Call> {
    let (open, close) = (format!("{mark}<invoke name=\""), format!("{mark}</invoke>"));
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some((inside, left)) = between(rest, &open, &close) {
        rest = left;
        let Some((name, body)) = last_of(inside, &open).split_once("\">") else { continue };
        let Some(fields) = tags(mark, body, 0) else { continue };
        let typed = fields.into_iter().map(|(key, value)| {
            let value = match value {
                Json::Text(text) => schemas.typed(name, &key, &text, Untyped::Json),
                other => other,
            };
            (key, value)
        });
        calls.push(Call { name: name.to_owned(), arguments: Json::map(typed) });
    }
    calls
}

/// The tags that `text` consists of; `None` where one has no end.
fn tags(mark: &str, text: &str, level: usize) -> Option<Vec<(String, Json)>> {
    let mut found = Vec::new();
    let mut rest = text;
    let opening = format!("{mark}<");
    if level >= DEPTH {
        return None;
    }
    loop {
        let Some((_, behind)) = rest.split_once(opening.as_str()) else { return Some(found) };
        let (name, behind) = behind.split_once('>')?;
        let end = end_of(mark, name, behind)?;
        let inside = &behind[..end];
        let value = if inside.starts_with(opening.as_str()) {
            grouped(tags(mark, inside, level + 1)?)
        } else {
            Json::Text(inside.to_owned())
        };
        found.push((name.to_owned(), value));
        rest = &behind[end + mark.len() + name.len() + 3..];
    }
}

/// Where the tag `name` ends, tags of the same name within it left out.
fn end_of(mark: &str, name: &str, text: &str) -> Option<usize> {
    let (open, close) = (format!("{mark}<{name}>"), format!("{mark}</{name}>"));
    let (mut opens, mut closes) = (Mark::new(text, &open), Mark::new(text, &close));
    let (mut at, mut depth) = (0, 0);
    loop {
        let end = closes.find(at)?;
        match opens.find_end(at).filter(|behind| *behind <= end) {
            Some(behind) => {
                depth += 1;
                at = behind;
            }
            None if depth == 0 => return Some(end),
            None => {
                depth -= 1;
                at = end + close.len();
            }
        }
    }
}

/// A list where every tag is an item, else an object.
fn grouped(tags: Vec<(String, Json)>) -> Json {
    if tags.iter().all(|(name, _)| name == "item") {
        return Json::List(tags.into_iter().map(|(_, value)| scalar(value)).collect());
    }
    Json::map(tags.into_iter().map(|(name, value)| (name, scalar(value))))
}

/// No schema reaches below the arguments: what reads as JSON is JSON there.
fn scalar(value: Json) -> Json {
    match value {
        Json::Text(text) => parse_json_text(&text).unwrap_or(Json::Text(text)),
        other => other,
    }
}

/// An id such as `functions.get_weather:0`, and JSON.
pub(super) fn kimi(text: &str) -> Vec<Call> {
    let calls = objects::separated("<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>", text);
    calls.into_iter().map(|call| Call { name: kimi_name(&call.name).to_owned(), ..call }).collect()
}

fn kimi_name(id: &str) -> &str {
    let name = id.strip_prefix("functions.").unwrap_or(id);
    match name.rsplit_once(':') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

/// Arguments that say their types.
pub(super) fn kimi_markup(text: &str) -> Vec<Call> {
    let open = "<|open|>call tool=\"";
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some((body, left)) = between(rest, open, "<|close|>call<|sep|>") {
        rest = left;
        let Some((head, body)) = last_of(body, open).split_once("<|sep|>") else { continue };
        let name = unattribute(head.split('"').next().unwrap_or_default());
        let whole = between(body, "<|open|>json type=\"object\"<|sep|>", "<|close|>json<|sep|>");
        let arguments = match whole {
            Some((text, _)) => Some(parse_text(text).unwrap_or_else(|| Json::Text(text.to_owned()))),
            None => kimi_fields(body).map(Json::map),
        };
        calls.extend(arguments.map(|arguments| Call { name, arguments }));
    }
    calls
}

/// The arguments of a call; `None` where one is damaged.
fn kimi_fields(body: &str) -> Option<Vec<(String, Json)>> {
    let open = "<|open|>argument key=\"";
    let mut fields = Vec::new();
    let mut rest = body;
    while let Some((before, behind)) = rest.split_once(open) {
        let (field, left) = behind.split_once("<|close|>argument<|sep|>")?;
        rest = left;
        let (head, value) = field.split_once("<|sep|>").filter(|_| is_space(before) && !field.contains(open))?;
        let mut parts = head.split('"');
        let (key, kind) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
        let json = if kind == "string" { None } else { parse_text(value) };
        fields.push((unattribute(key), json.unwrap_or_else(|| Json::Text(value.to_owned()))));
    }
    is_space(rest).then_some(fields)
}

/// What follows the last `open` in `inside`: a call before it has lost its end.
fn last_of<'t>(inside: &'t str, open: &str) -> &'t str {
    inside.rsplit_once(open).map_or(inside, |(_, last)| last)
}
