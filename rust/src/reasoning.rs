//! Puts reasoning that a message holds beside its content into the content, in the form that the template gives to
//! thinking. From there on it is what a text with thinking in it is, in history too.

use std::borrow::Cow;

use crate::row::{Content, Message, Row};
use crate::template::Compiled;
use crate::warning::WarningKind;

/// How a template writes thinking: what stands before, behind, and between it and the answer.
#[derive(Debug, PartialEq)]
struct Form {
    before: String,
    behind: String,
}

/// `row` with its reasoning in its contents. Where the template has no place for it, it is left out and noted.
pub(crate) fn with_reasoning<'r, 'a>(template: &Compiled, row: &'r Row<'a>) -> Cow<'r, Row<'a>> {
    if row.reasoning.is_empty() {
        return Cow::Borrowed(row);
    }
    let mut whole = row.clone();
    whole.options.has_reasoning = true;
    let form = has_thinking(template).then(|| Form::of(template));
    for reasoning in std::mem::take(&mut whole.reasoning) {
        let is_used = match (&form, whole.messages.get_mut(reasoning.message)) {
            (Some(form), Some(message)) => form.put_into(message, &reasoning.text, template),
            _ => false,
        };
        if !is_used {
            whole.warnings.push(WarningKind::UnusedReasoning, &reasoning.field);
        }
    }
    Cow::Owned(whole)
}

/// Whether a template has a place for thinking.
pub(crate) fn has_thinking(template: &Compiled) -> bool {
    let rules = &template.rules;
    template.is_thinking
        || !template.thinking_prefix.is_empty()
        || !template.non_thinking_prefix.is_empty()
        || rules.harmony
        || rules.budget.is_some()
        || rules.level.is_some()
        || rules.thinking != Default::default()
}

impl Form {
    /// The form that the prefixes of answers with and without thinking have.
    fn of(template: &Compiled) -> Self {
        let rules = &template.rules.thinking;
        let (opening, closing) = (rules.opening.as_str(), rules.closing.as_str());
        let without: &str = &template.non_thinking_prefix;
        let (head, tail) = match without.split_once(closing) {
            Some((head, tail)) => (Some(head), Some(tail)),
            None => (None, None),
        };
        let inside = head.and_then(|head| head.split_once(opening)).map(|(_, inside)| inside);
        let lead = match (template.thinking_prefix.split_once(opening), inside) {
            (Some((_, lead)), _) => lead,
            // Half of the blank between the markers of an empty thought stands before a thought, half behind it.
            (None, Some(blank)) if blank.trim().is_empty() => &blank[..blank.len().div_ceil(2)],
            (None, Some(name)) => name,
            (None, None) => "\n",
        };
        let trail = if lead.ends_with('\n') { "\n" } else { "" };
        let gap = match tail {
            Some(tail) => tail,
            None if lead.ends_with('\n') && !template.rules.tags_responses() => "\n\n",
            None => "",
        };
        Self { before: format!("{opening}{lead}"), behind: format!("{trail}{closing}{gap}") }
    }

    /// Puts `reasoning` before what `message` says. Whether there is a place for it.
    fn put_into(&self, message: &mut Message<'_>, reasoning: &str, template: &Compiled) -> bool {
        let calls = message.tool.as_ref().is_some_and(|tool| !tool.calls.is_empty());
        let said = match &message.content {
            Content::Text(text) if holds_thinking(text, template) => return false,
            Content::Text(text) => text.trim_start_matches('\n'),
            Content::Null if calls => "",
            _ => return false,
        };
        let reasoning = reasoning.trim_matches('\n');
        message.content = Content::Text(Cow::Owned([&self.before, reasoning, &self.behind, said].concat()));
        true
    }
}

/// Whether a text has thinking in it already, or names a channel itself.
fn holds_thinking(text: &str, template: &Compiled) -> bool {
    let text = text.trim_start();
    text.starts_with(&template.rules.thinking.opening) || (template.rules.harmony && text.starts_with("<|channel|>"))
}
