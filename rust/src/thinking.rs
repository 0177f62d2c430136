//! What a template does to the thinking of assistants. encoding.md 2.

use std::borrow::Cow;

use crate::agent::Agent;
use crate::error::RowError;
use crate::loss::BaseStrategy;
use crate::normalise::{Conversation, Part, PartContent, Speaker, Turn};
use crate::row::RowOptions;
use crate::rules::{Analysis, Decides};
use crate::template::{Compiled, Options};

/// How thinking is treated in one row.
#[derive(Debug, Clone)]
pub struct Thinking<'t> {
    template: &'t Compiled,
    options: &'t Options,
    enabled: bool,
    preserve: Option<bool>,
    has_reasoning: bool,
    level: Option<Cow<'t, str>>,
}

impl<'t> Thinking<'t> {
    /// Settles the row's say over the call's over the template's.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a level of thinking that the template does not know.
    pub fn new(template: &'t Compiled, options: &'t Options, row: &RowOptions<'_>) -> Result<Self, RowError> {
        let rules = &template.rules.thinking;
        let default = template.is_thinking && template.non_thinking_prefix.is_empty();
        let of_call = options.enable_thinking.unwrap_or(rules.enable.unwrap_or(default));
        let (mut enabled, mut level) = (row.enable_thinking.unwrap_or(of_call), None);
        if let Some(rule) = &template.rules.level {
            let of_row = match rule.of_row(row) {
                // Nobody reads it then.
                Err(_) if !enabled && rule.decides == Decides::Never && !template.rules.frames_level() => None,
                of_row => of_row?,
            };
            let call_level = rule.of_call(of_call);
            let call_thinks = rule.thinks(call_level);
            enabled = match (rule.decides, of_row) {
                (Decides::Never, _) => enabled,
                (Decides::Given | Decides::Always, Some(named)) => rule.thinks(Some(named)),
                (Decides::Given, None) => row.enable_thinking.unwrap_or(call_thinks),
                (Decides::Always, None) => call_thinks,
            };
            level = of_row.map(|named| Cow::Owned(named.to_owned())).or(call_level.map(Cow::Borrowed));
        }
        let preserve = row.preserve_thinking.or(options.preserve_thinking);
        let enabled = rules.always.unwrap_or(enabled);
        Ok(Self { template, options, enabled, preserve, has_reasoning: row.has_reasoning, level })
    }

    /// Whether the model thinks.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// How a row with tools or reasoning is written in Harmony's channels; `None` where it is not.
    pub fn channels(&self, agent: Option<&dyn Agent>, conversation: &Conversation<'_>) -> Option<Analysis> {
        if !self.template.rules.harmony || !self.options.use_chat_template {
            return None;
        }
        let calls = |turn: &Turn<'_>| turn.speaker == Speaker::Tool || turn.parts.iter().any(|part| part.is_calls);
        let has_tools = !conversation.tools.is_empty() || conversation.turns.iter().any(calls);
        let is_written = if has_tools { agent.is_some_and(Agent::writes_channels) } else { self.has_reasoning };
        if !is_written {
            return None;
        }
        Some(match self.preserve {
            Some(true) => Analysis::Kept,
            None if self.options.is_training() => Analysis::DroppedInHistory,
            Some(false) | None => Analysis::Dropped,
        })
    }

    /// How much it thinks, where the template has levels of that.
    pub fn level(&self) -> Option<&str> {
        self.level.as_deref()
    }

    /// What an open last turn ends with, where neither row nor call says so.
    pub fn response_prefix(&self) -> &'t str {
        let opens = self.template.rules.level.as_ref().and_then(|rule| rule.opens.as_deref());
        match opens {
            Some(opens) if self.enabled && self.level() != Some(opens) => "",
            _ if self.enabled => &self.template.thinking_prefix,
            _ => &self.template.non_thinking_prefix,
        }
    }

    /// Adds the prefix of an answer without thinking, and strips the thinking of history.
    pub fn apply<'a>(&self, conversation: &mut Conversation<'a>, has_tools: bool)
    where
        't: 'a,
    {
        let rules = &self.template.rules.thinking;
        // Tools count as users here.
        let last_user = conversation.turns.iter().rposition(|turn| turn.speaker != Speaker::Assistant);
        if self.options.add_non_thinking_prefix && !self.template.non_thinking_prefix.is_empty() {
            if let Some((thinking, otherwise)) = &rules.prefixes {
                self.prefix_all_answers(&mut conversation.turns, if self.enabled { thinking } else { otherwise });
            } else if rules.prefix_last_answer {
                self.prefix_last_answer(&mut conversation.turns);
            } else {
                let from = if self.prefixes_last_round_only() { last_user.unwrap_or(0) } else { 0 };
                self.add_prefixes(&mut conversation.turns, from);
            }
        }
        if self.preserves() || (rules.keep_with_tools && has_tools) {
            return;
        }
        if rules.history_before_tools {
            self.strip_before_tools(&mut conversation.turns);
        } else {
            let until = last_user.unwrap_or(0);
            first_parts(&mut conversation.turns[..until]).for_each(|part| self.strip_thinking(part));
        }
    }

    fn is_last_round_strategy(&self) -> bool {
        self.options.loss_scale.base() == BaseStrategy::LastRound || self.template.rules.last_round_only
    }

    fn prefixes_last_round_only(&self) -> bool {
        let history_is_bare = !self.options.is_training() || self.is_last_round_strategy();
        history_is_bare && self.template.preserve_thinking != Some(true)
    }

    fn preserves(&self) -> bool {
        let template = self.template.rules.thinking.preserve.or(self.template.preserve_thinking);
        self.preserve.or(template).unwrap_or_else(|| {
            let thinks = self.template.is_thinking || self.enabled;
            !thinks || (self.options.is_training() && !self.is_last_round_strategy())
        })
    }

    fn add_prefixes<'a>(&self, turns: &mut [Turn<'a>], from: usize)
    where
        't: 'a,
    {
        let rules = &self.template.rules.thinking;
        for index in from..turns.len() {
            let after_user = index > 0 && turns[index - 1].speaker == Speaker::User;
            let turn = &mut turns[index];
            if turn.speaker != Speaker::Assistant || (rules.prefix_after_user && !after_user) {
                continue;
            }
            let prefix: &str = &self.template.non_thinking_prefix;
            if let Some(part) = turn.parts.first_mut()
                && part.whole().is_some_and(|text| !text.starts_with(&rules.opening) && !text.starts_with(prefix))
            {
                part.put_before(prefix);
            }
        }
    }

    /// Every answer that neither thinks nor says that it does not gets `prefix`.
    fn prefix_all_answers<'a>(&self, turns: &mut [Turn<'a>], prefix: &'t str)
    where
        't: 'a,
    {
        let rules = &self.template.rules.thinking;
        for part in first_parts(turns) {
            if part.whole().is_some_and(|text| !text.starts_with(&rules.opening) && !text.starts_with(&rules.closing)) {
                part.put_before(prefix);
            }
        }
    }

    /// The last answer that is one text gets the prefix, where no thinking is in it.
    fn prefix_last_answer<'a>(&self, turns: &mut [Turn<'a>])
    where
        't: 'a,
    {
        let rules = &self.template.rules.thinking;
        let last = turns.iter_mut().rev().filter(|turn| turn.speaker == Speaker::Assistant).find_map(Turn::single);
        if let Some(part) = last
            && part.whole().is_some_and(|text| !text.contains(&rules.opening) && !text.contains(&rules.closing))
        {
            part.put_before(&self.template.non_thinking_prefix);
        }
    }

    /// Strips the thinking of answers that stand more than one turn before the first tool's, or
    /// before the last turn where there is none.
    fn strip_before_tools<'a>(&self, turns: &mut [Turn<'a>])
    where
        't: 'a,
    {
        let until = turns.iter().position(is_tool_turn).unwrap_or(turns.len()).saturating_sub(1);
        let answers = turns[..until].iter_mut().filter(|turn| turn.speaker == Speaker::Assistant);
        answers.filter_map(Turn::single).for_each(|part| self.strip_thinking(part));
    }

    fn strip_thinking<'a>(&self, part: &mut Part<'a>)
    where
        't: 'a,
    {
        let PartContent::Text(text) = &mut part.content else {
            return;
        };
        if !part.lead.is_empty() {
            *text = Cow::Owned([part.lead.as_ref(), text.as_ref()].concat());
        }
        part.lead = Cow::Borrowed(&self.template.history_thinking_prefix);
        let rules = &self.template.rules.thinking;
        *text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(rules.answer_of(text)),
            Cow::Owned(text) => Cow::Owned(rules.answer_of(text).to_owned()),
        };
    }
}

/// Whether a turn is what a tool answered, be it written by hand.
fn is_tool_turn(turn: &Turn<'_>) -> bool {
    if turn.speaker == Speaker::User {
        let text: String = turn.parts.iter().filter_map(Part::whole).collect();
        return text.starts_with("<tool_response>") && text.ends_with("</tool_response>");
    }
    turn.speaker != Speaker::Assistant
}

/// The first part of each assistant turn: of a merged turn, only that one counts.
fn first_parts<'t, 'a>(turns: &'t mut [Turn<'a>]) -> impl Iterator<Item = &'t mut Part<'a>> {
    turns.iter_mut().filter(|turn| turn.speaker == Speaker::Assistant).filter_map(|turn| turn.parts.first_mut())
}
