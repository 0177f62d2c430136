//! Actions and their inputs, behind keywords.

use super::super::{Call, Keywords};
use super::search::{Attempts, Mark};
use crate::json::{Json, parse_text};

/// Each action with the input that follows it, before another action. An input that begins with a JSON
/// object or a Python dict ends with it, whatever is in its texts; any other ends before the next keyword.
pub(super) fn parse(keywords: &Keywords, text: &str) -> Vec<Call> {
    let mut reader = Reader {
        text,
        actions: Mark::new(text, keywords.action),
        observations: Mark::new(text, keywords.observation),
        attempts: Attempts::new(text),
    };
    let mut inputs = Mark::new(text, keywords.input);
    let mut calls = Vec::new();
    let mut at = 0;
    while let Some(behind) = reader.actions.find_end(at) {
        let Some((name, input)) = inputs.split(behind) else { break };
        if reader.actions.find_end(behind).is_some_and(|next| next <= behind + name.len()) {
            at = behind;
            continue;
        }
        // An observation between the two ends the name.
        let end = reader.observations.find(behind).filter(|end| *end < behind + name.len());
        let name = end.map_or(name, |end| &text[behind..end]);
        let (arguments, left) = reader.input(input);
        calls.push(Call { name: name.trim().to_owned(), arguments });
        at = left;
    }
    calls
}

struct Reader<'m, 't> {
    text: &'t str,
    actions: Mark<'m, 't>,
    observations: Mark<'m, 't>,
    attempts: Attempts,
}

impl Reader<'_, '_> {
    /// The input that begins at `at`, and where it ends.
    fn input(&mut self, at: usize) -> (Json, usize) {
        let content = self.text[at..].trim_start();
        if content.starts_with(['{', '['])
            && let Some((value, length)) = self.attempts.read(content, |value, _| Some(value))
        {
            return (value, self.text.len() - content.len() + length);
        }
        let ends = [self.actions.find(at), self.observations.find(at)];
        let end = ends.into_iter().flatten().min().unwrap_or(self.text.len());
        let text = self.text[at..end].trim();
        (parse_text(text).unwrap_or_else(|| Json::Text(text.to_owned())), end)
    }
}
