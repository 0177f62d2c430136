//! Gemma's notation: `call:name{key:value,...}`, its texts between marks of their own.

use super::super::Call;
use crate::json::Json;

const QUOTE: &str = "<|\"|>";
/// How deep values may be nested.
const DEPTH: usize = 100;

pub(super) fn parse(text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("<|tool_call>call:") {
        rest = behind;
        let Some(at) = behind.find('{') else { break };
        let mut reader = Reader { rest: &behind[at..] };
        if let Some(arguments) = reader.value(0) {
            calls.push(Call { name: behind[..at].trim().to_owned(), arguments });
            rest = reader.rest;
        }
    }
    calls
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
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
                let key = if self.eat(QUOTE) {
                    let key = self.quoted()?;
                    self.eat(":").then_some(key)?
                } else {
                    let (key, rest) = self.rest.split_once(':')?;
                    self.rest = rest;
                    key.to_owned()
                };
                fields.push((key, self.value(level + 1)?));
                if !self.eat(",") && !self.rest.starts_with('}') {
                    return None;
                }
            }
            return Some(Json::map(fields));
        }
        if self.eat("[") {
            let mut items = Vec::new();
            while !self.eat("]") {
                items.push(self.value(level + 1)?);
                if !self.eat(",") && !self.rest.starts_with(']') {
                    return None;
                }
            }
            return Some(Json::List(items));
        }
        let end = self.rest.find([',', '}', ']'])?;
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        crate::json::parse_text(word)
    }

    fn quoted(&mut self) -> Option<String> {
        let (text, rest) = self.rest.split_once(QUOTE)?;
        self.rest = rest;
        Some(text.to_owned())
    }
}
