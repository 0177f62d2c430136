//! What a template does to the thinking of assistants. encoding.md 2.

use std::borrow::Cow;

use crate::loss::BaseStrategy;
use crate::normalise::{Conversation, Part, PartContent, Speaker, Turn};
use crate::row::RowOptions;
use crate::template::{Compiled, Options};
use crate::text::strip;

const OPENING: &str = "<think>";
const CLOSING: &str = "</think>";

/// How thinking is treated in one row.
#[derive(Debug, Clone, Copy)]
pub struct Thinking<'t> {
    template: &'t Compiled,
    options: &'t Options,
    enabled: bool,
    preserve: Option<bool>,
}

impl<'t> Thinking<'t> {
    /// Settles the row's say over the call's over the template's.
    pub fn new(template: &'t Compiled, options: &'t Options, row: &RowOptions<'_>) -> Self {
        let enabled = row
            .enable_thinking
            .or(options.enable_thinking)
            .unwrap_or(template.is_thinking && template.non_thinking_prefix.is_empty());
        let preserve = row.preserve_thinking.or(options.preserve_thinking);
        Self { template, options, enabled, preserve }
    }

    /// What an open last turn ends with, where neither row nor call says so.
    pub fn response_prefix(&self) -> &'t str {
        if self.enabled { &self.template.thinking_prefix } else { &self.template.non_thinking_prefix }
    }

    /// Adds the prefix of an answer without thinking, and strips the thinking of history.
    pub fn apply<'a>(&self, conversation: &mut Conversation<'a>)
    where
        't: 'a,
    {
        // Tools count as users here.
        let last_user = conversation.turns.iter().rposition(|turn| turn.speaker != Speaker::Assistant);
        if self.options.add_non_thinking_prefix && !self.template.non_thinking_prefix.is_empty() {
            let from = if self.prefixes_last_round_only() { last_user.unwrap_or(0) } else { 0 };
            first_parts(&mut conversation.turns[from..]).for_each(|part| self.add_prefix(part));
        }
        if !self.preserves() {
            let until = last_user.unwrap_or(0);
            first_parts(&mut conversation.turns[..until]).for_each(|part| self.strip_thinking(part));
        }
    }

    fn is_last_round_strategy(&self) -> bool {
        self.options.loss_scale.base() == BaseStrategy::LastRound
    }

    fn prefixes_last_round_only(&self) -> bool {
        let history_is_bare = !self.options.is_training() || self.is_last_round_strategy();
        history_is_bare && self.template.preserve_thinking != Some(true)
    }

    fn preserves(&self) -> bool {
        self.preserve.or(self.template.preserve_thinking).unwrap_or_else(|| {
            let thinks = self.template.is_thinking || self.enabled;
            !thinks || (self.options.is_training() && !self.is_last_round_strategy())
        })
    }

    fn add_prefix<'a>(&self, part: &mut Part<'a>)
    where
        't: 'a,
    {
        let prefix = self.template.non_thinking_prefix.as_str();
        if let PartContent::Text(text) = &part.content {
            let whole = with_lead(&part.lead, text);
            if !whole.starts_with(OPENING) && !whole.starts_with(prefix) {
                part.lead = if part.lead.is_empty() {
                    Cow::Borrowed(prefix)
                } else {
                    Cow::Owned(format!("{prefix}{}", part.lead))
                };
            }
        }
    }

    fn strip_thinking<'a>(&self, part: &mut Part<'a>)
    where
        't: 'a,
    {
        let PartContent::Text(text) = &mut part.content else {
            return;
        };
        if !part.lead.is_empty() {
            *text = Cow::Owned(format!("{}{text}", part.lead));
        }
        part.lead = Cow::Borrowed(&self.template.history_thinking_prefix);
        *text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(after_thinking(text)),
            Cow::Owned(text) => Cow::Owned(after_thinking(text).to_owned()),
        };
    }
}

fn after_thinking(text: &str) -> &str {
    strip(text.rsplit_once(CLOSING).map_or(text, |(_, answer)| answer))
}

fn with_lead<'a>(lead: &'a str, text: &'a str) -> Cow<'a, str> {
    if lead.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{lead}{text}")) }
}

/// The first part of each assistant turn: of a merged turn, only that one counts.
fn first_parts<'t, 'a>(turns: &'t mut [Turn<'a>]) -> impl Iterator<Item = &'t mut Part<'a>> {
    turns.iter_mut().filter(|turn| turn.speaker == Speaker::Assistant).filter_map(|turn| turn.parts.first_mut())
}
