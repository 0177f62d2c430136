//! Actions and their inputs, behind keywords.

use super::super::{Call, Keywords};
use crate::json::{Json, parse_prefix};

/// Each action with the input that follows it, before another action. An input that begins with a JSON
/// object or a Python dict ends with it, whatever is in its texts; any other ends before the next keyword.
pub(super) fn parse(keywords: &Keywords, text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once(keywords.action) {
        let Some((name, input)) = behind.split_once(keywords.input) else { break };
        if let Some(at) = name.find(keywords.action) {
            rest = &behind[at..];
            continue;
        }
        let (arguments, left) = read_input(keywords, input);
        calls.push(Call { name: name.trim().to_owned(), arguments });
        rest = left;
    }
    calls
}

fn read_input<'t>(keywords: &Keywords, input: &'t str) -> (Json, &'t str) {
    let content = input.trim_start();
    if content.starts_with(['{', '['])
        && let Some((value, end)) = parse_prefix(content)
    {
        return (value, &content[end..]);
    }
    let ends = [keywords.action, keywords.observation].into_iter().filter_map(|keyword| input.find(keyword));
    let end = ends.min().unwrap_or(input.len());
    let text = input[..end].trim();
    let value = crate::json::parse_text(text).unwrap_or_else(|| Json::Text(text.to_owned()));
    (value, &input[end..])
}
