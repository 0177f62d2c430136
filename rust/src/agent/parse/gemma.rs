//! Gemma's notation: `call:name{key:value,...}`, its texts between marks of their own.

use super::super::Call;
use super::search::{Attempts, Mark};
use crate::json::{Json, parse_text};

const OPEN: &str = "<|tool_call>call:";
const QUOTE: &str = "<|\"|>";
/// How deep values may be nested.
const DEPTH: usize = 100;

pub(super) fn parse(text: &str) -> Vec<Call> {
    let (mut opens, mut braces) = (Mark::new(text, OPEN), Mark::new(text, "{"));
    let mut reader = Reader { text, at: 0, quotes: Mark::new(text, QUOTE), colons: Mark::new(text, ":") };
    let mut attempts = Attempts::new(text);
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(behind) = opens.find_end(at)
        && !attempts.are_used_up()
    {
        at = behind;
        let Some(begin) = braces.find(behind) else { break };
        if text[behind..begin].contains(['<', '\n']) {
            continue;
        }
        reader.at = begin;
        match reader.value(0) {
            Some(arguments) => {
                calls.push(Call { name: text[behind..begin].trim().to_owned(), arguments });
                at = reader.at;
            }
            None => attempts.failed(reader.at - begin),
        }
    }
    calls
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    quotes: Mark<'static, 't>,
    colons: Mark<'static, 't>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn value(&mut self, level: usize) -> Option<Json> {
        if level > DEPTH {
            return None;
        }
        if self.eat(QUOTE) {
            return self.quoted().map(Json::Text);
        }
        if self.eat("{") {
            let mut fields = Vec::new();
            while !self.eat("}") {
                let key = self.key()?;
                fields.push((key, self.value(level + 1)?));
                if !self.eat(",") && !self.rest().starts_with('}') {
                    return None;
                }
            }
            return Some(Json::map(fields));
        }
        if self.eat("[") {
            let mut items = Vec::new();
            while !self.eat("]") {
                items.push(self.value(level + 1)?);
                if !self.eat(",") && !self.rest().starts_with(']') {
                    return None;
                }
            }
            return Some(Json::List(items));
        }
        let rest = self.rest();
        let end = rest.find([',', '}', ']']);
        self.at += end.unwrap_or(rest.len());
        parse_text(&rest[..end?])
    }

    fn key(&mut self) -> Option<String> {
        if self.eat(QUOTE) {
            let key = self.quoted()?;
            return self.eat(":").then_some(key);
        }
        let (key, behind) = self.colons.split(self.at)?;
        self.at = behind;
        Some(key.to_owned())
    }

    fn quoted(&mut self) -> Option<String> {
        let (text, behind) = self.quotes.split(self.at)?;
        self.at = behind;
        // A text that has lost its last quote goes on into the next call.
        (!text.contains(OPEN)).then(|| text.to_owned())
    }
}
