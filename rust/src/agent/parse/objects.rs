//! Calls that are JSON objects.

use super::super::Call;
use super::between;
use crate::json::{Json, parse_prefix, parse_text};

/// Objects between tags.
pub(super) fn tagged(open: &str, close: &str, text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once(open) {
        rest = behind;
        // The object says itself where it ends, so that its texts may hold the tag.
        let begin = behind.trim_start();
        if let Some((value, end)) = parse_prefix(begin).filter(|(_, end)| begin[*end..].trim_start().starts_with(close))
        {
            rest = &begin[end..];
            calls.extend(call(&value, &["arguments"]));
        } else if let Some((inside, left)) = behind.split_once(close) {
            rest = left;
            calls.extend(parse_text(inside.trim()).and_then(|value| call(&value, &["arguments"])));
        }
    }
    calls
}

/// Objects anywhere in the text.
pub(super) fn bare(text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        rest = &rest[at..];
        let found =
            parse_prefix(rest).and_then(|(value, end)| Some((call(&value, &["parameters", "arguments"])?, end)));
        match found {
            Some((call, end)) => {
                calls.push(call);
                rest = &rest[end..];
            }
            None => rest = &rest[1..],
        }
    }
    calls
}

/// A name, a separator, and the arguments.
pub(super) fn separated(open: &str, separator: &str, close: &str, text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once(open) {
        rest = behind;
        let Some((name, arguments)) = behind.split_once(separator) else { break };
        if name.contains(open) {
            continue;
        }
        let begin = arguments.trim_start();
        let value = match parse_prefix(begin).filter(|(_, end)| begin[*end..].trim_start().starts_with(close)) {
            Some((value, end)) => {
                rest = &begin[end..];
                Some(value)
            }
            None => between(behind, separator, close).and_then(|(inside, left)| {
                rest = left;
                parse_text(inside.trim())
            }),
        };
        calls.extend(value.map(|arguments| Call { name: name.trim().to_owned(), arguments }));
    }
    calls
}

/// Objects behind a mark, one after the other or in a list.
pub(super) fn listed(open: &str, text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    for behind in text.split(open).skip(1) {
        let mut rest = behind;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ','));
            let Some((value, end)) = parse_prefix(rest).filter(|(value, _)| value.fields().is_some()) else { break };
            calls.extend(call(&value, &["arguments"]));
            rest = &rest[end..];
        }
    }
    calls
}

/// A name on a line, and an object below it.
pub(super) fn named_lines(separator: &str, end: &str, text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\n{") {
        let before = rest[..at].rsplit(['\n', '`']).next().unwrap_or_default();
        let name = before.rsplit(separator).next().unwrap_or_default();
        let name = name.rsplit(end).next().unwrap_or_default().trim();
        match parse_prefix(&rest[at + 1..]).filter(|_| !name.is_empty()) {
            Some((arguments, length)) => {
                calls.push(Call { name: name.to_owned(), arguments });
                rest = &rest[at + 1 + length..];
            }
            None => rest = &rest[at + 2..],
        }
    }
    calls
}

/// The call that an object says, where it does.
fn call(value: &Json, keys: &[&str]) -> Option<Call> {
    let name = value.get("name")?.as_str()?.to_owned();
    let arguments = keys.iter().find_map(|key| value.get(key))?;
    let arguments = match arguments {
        Json::Text(text) => parse_text(text).unwrap_or_else(|| arguments.clone()),
        other => other.clone(),
    };
    Some(Call { name, arguments })
}
