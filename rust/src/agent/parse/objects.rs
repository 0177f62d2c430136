//! Calls that are JSON objects.

use super::super::Call;
use super::search::{Attempts, Mark};
use crate::json::{Json, parse_text};

/// Objects between tags.
pub(super) fn tagged(open: &str, close: &str, text: &str) -> Vec<Call> {
    let (mut opens, mut closes) = (Mark::new(text, open), Mark::new(text, close));
    let mut attempts = Attempts::new(text);
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(inside) = opens.find_end(at) {
        // The object says itself where it ends, so that its texts may hold the tag.
        let begin = skip_space(text, inside);
        let read = attempts.read(&text[begin..], |value, length| {
            text[begin + length..].trim_start().starts_with(close).then_some(value)
        });
        if let Some((value, length)) = read {
            at = begin + length;
            calls.extend(call(&value, &["arguments"]));
        } else if let Some((object, left)) = closes.split(inside)
            && !object.contains(open)
        {
            at = left;
            calls.extend(parse_text(object.trim()).and_then(|value| call(&value, &["arguments"])));
        } else {
            // Not closed, or closed by the end of the next one.
            at = inside;
        }
    }
    calls
}

/// Objects anywhere in the text.
pub(super) fn bare(text: &str) -> Vec<Call> {
    let mut attempts = Attempts::new(text);
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('{')
        && !attempts.are_used_up()
    {
        at += found;
        match attempts.read(&text[at..], |value, _| call(&value, &["parameters", "arguments"])) {
            Some((call, length)) => {
                calls.push(call);
                at += length;
            }
            None => at += 1,
        }
    }
    calls
}

/// A name, a separator, and the arguments.
pub(super) fn separated(open: &str, separator: &str, close: &str, text: &str) -> Vec<Call> {
    let mut opens = Mark::new(text, open);
    let (mut separators, mut closes) = (Mark::new(text, separator), Mark::new(text, close));
    let mut attempts = Attempts::new(text);
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(behind) = opens.find_end(at) {
        at = behind;
        let Some((name, inside)) = separators.split(behind) else { break };
        if opens.find_end(behind).is_some_and(|next| next <= behind + name.len()) {
            continue;
        }
        let begin = skip_space(text, inside);
        let read = attempts.read(&text[begin..], |value, length| {
            text[begin + length..].trim_start().starts_with(close).then_some(value)
        });
        let value = match read {
            Some((value, length)) => {
                at = begin + length;
                Some(value)
            }
            None => closes.split(inside).filter(|(object, _)| !object.contains(open)).and_then(|(object, left)| {
                at = left;
                parse_text(object.trim())
            }),
        };
        calls.extend(value.map(|arguments| Call { name: name.trim().to_owned(), arguments }));
    }
    calls
}

/// Objects behind a mark, one after the other or in a list.
pub(super) fn listed(open: &str, text: &str) -> Vec<Call> {
    let (mut opens, mut lines) = (Mark::new(text, open), Mark::new(text, "\n{"));
    let mut attempts = Attempts::new(text);
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(behind) = opens.find_end(at) {
        at = behind;
        while let Some(begin) = item(text, at, &mut lines) {
            let read = attempts.read(&text[begin..], |value, _| value.fields().is_some().then_some(value));
            at = begin + 1;
            if let Some((value, length)) = read {
                at = begin + length;
                calls.extend(call(&value, &["arguments"]));
            } else if attempts.are_used_up() {
                return calls;
            }
        }
    }
    calls
}

/// Where the next object of a list begins. After one that is damaged, the next begins on a line of its own.
fn item(text: &str, at: usize, lines: &mut Mark<'_, '_>) -> Option<usize> {
    let rest = text[at..].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ','));
    let begin = text.len() - rest.len();
    match rest.chars().next()? {
        '{' => Some(begin),
        ']' => None,
        _ => lines.find(begin).map(|line| line + 1),
    }
}

/// A name on a line, and an object below it.
pub(super) fn named_lines(separator: &str, end: &str, text: &str) -> Vec<Call> {
    let mut attempts = Attempts::new(text);
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\n{")
        && !attempts.are_used_up()
    {
        let before = rest[..at].rsplit(['\n', '`']).next().unwrap_or_default();
        let name = before.rsplit(separator).next().unwrap_or_default();
        let name = name.rsplit(end).next().unwrap_or_default().trim();
        let read = if name.is_empty() { None } else { attempts.read(&rest[at + 1..], |value, _| Some(value)) };
        match read {
            Some((arguments, length)) => {
                calls.push(Call { name: name.to_owned(), arguments });
                rest = &rest[at + 1 + length..];
            }
            None => rest = &rest[at + 2..],
        }
    }
    calls
}

/// The place of the first character at or after `at` that is not white space.
fn skip_space(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
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
