//! What makes a template special: small named rules, applied at fixed points on a row's way.
//!
//! In the order of that way: *messages* as they came ([`messages`]), *turns* once they are sorted
//! ([`turns`], [`budget`]), *thinking* ([`thinking`], [`level`]), the *system* text ([`notes`]) and
//! the rendered *contexts* ([`contexts`]). A rule says what to do with which texts; which template
//! has which rules is for the registry to say. Nothing here reads a clock or the environment.

mod budget;
mod channels;
mod contexts;
mod level;
mod messages;
mod notes;
mod part;
mod spec;
mod thinking;
mod turns;

pub use budget::ThinkingBudget;
pub use channels::Analysis;
pub use contexts::{OpeningNote, TrimNewline};
pub use level::{Decides, Setting, ThinkingLevel, Unknown};
pub use messages::{CloseQuery, MarkSteps, NeedsProcessor, QueryDocument, SystemIntoQuery, ThinkingChannels};
pub use notes::{Circumstances, Place, SystemNote, Wherever};
pub use spec::Rule;
pub use thinking::ThinkingRules;
pub use turns::{FrameSystem, OpenAnswers, StripAnswers};

use std::borrow::Cow;

use crate::error::RowError;
use crate::json::Json;
use crate::normalise::Conversation;
use crate::row::Row;
use crate::tokenizer::Tokenizer;
use turns::LevelledFrame;

/// A template's rules, sorted by the point at which they apply.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    messages: Vec<Rule>,
    turns: Vec<Rule>,
    pub(crate) thinking: ThinkingRules,
    pub(crate) level: Option<ThinkingLevel>,
    pub(crate) notes: Vec<SystemNote>,
    pub(crate) opening: Option<OpeningNote>,
    pub(crate) channels: Option<ThinkingChannels>,
    pub(crate) newline: Option<TrimNewline>,
    pub(crate) budget: Option<ThinkingBudget>,
    /// Why a row without a system text cannot be rendered.
    pub(crate) needs_system: Option<NeedsProcessor>,
    /// Whether only the last round is trained, whatever the base strategy.
    pub(crate) last_round_only: bool,
    /// Whether the last response is tokenized apart from what stands before it.
    pub(crate) answer_apart: bool,
    /// Whether answers are in Harmony's channels.
    pub(crate) harmony: bool,
    frame: Option<LevelledFrame>,
}

impl Rules {
    /// Whether answers behind thinking get tags of their own.
    pub(crate) fn tags_responses(&self) -> bool {
        self.turns.iter().any(|rule| matches!(rule, Rule::ResponseTags))
    }

    /// Sorts `rules`; those of one point keep their order.
    pub fn new(rules: &[Rule]) -> Self {
        let mut sorted = Self::default();
        for rule in rules {
            sorted.add(rule.clone());
        }
        let level = sorted.level.as_ref().and_then(|level| level.of_call(true));
        let frame = rules.iter().find_map(|rule| match rule {
            Rule::FrameSystem(frame) => Some(LevelledFrame::new(frame.clone(), level)),
            _ => None,
        });
        sorted.frame = frame;
        sorted
    }

    fn add(&mut self, rule: Rule) {
        match rule {
            Rule::ThinkingChannels(ref channels) => {
                self.thinking.use_channels(channels);
                self.channels = Some(channels.clone());
                self.messages.push(rule);
            }
            Rule::NeedsProcessor(needs) if needs.for_system => self.needs_system = Some(needs),
            Rule::NeedsProcessor(_)
            | Rule::TrimMessages
            | Rule::SystemIntoQuery(_)
            | Rule::CloseQuery(_)
            | Rule::QueryDocument(_)
            | Rule::MarkSteps(_) => self.messages.push(rule),
            Rule::ThinkingBudget(ref budget) => {
                self.budget = Some(budget.clone());
                self.turns.push(rule);
            }
            Rule::HarmonyChannels => {
                self.harmony = true;
                self.turns.push(rule);
            }
            Rule::StripAnswers(_) | Rule::ResponseTags | Rule::OpenAnswers(_) | Rule::FrameSystem(_) => {
                self.turns.push(rule);
            }
            Rule::ThinkingLevel(level) => self.level = Some(level),
            Rule::SystemNote(note) => self.notes.push(note),
            Rule::OpeningNote(note) => self.opening = Some(note),
            Rule::TrimNewline(newline) => self.newline = Some(newline),
            Rule::LastRoundOnly => self.last_round_only = true,
            Rule::AnswerApart => self.answer_apart = true,
            Rule::EnableThinking { .. }
            | Rule::PreserveThinking { .. }
            | Rule::ThinkingMarkers { .. }
            | Rule::HistoryAnswer { .. }
            | Rule::PrefixAllAnswers { .. }
            | Rule::PrefixAfterUser
            | Rule::PrefixLastAnswer
            | Rule::HistoryBeforeTools
            | Rule::KeepThinkingWithTools => self.thinking.add(rule),
        }
    }

    /// The row with its messages changed, or itself where no rule changes messages.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for messages that a rule has no use for.
    pub fn prepare<'r>(&self, row: &'r Row<'_>) -> Result<Cow<'r, Row<'r>>, RowError> {
        if self.messages.is_empty() {
            return Ok(Cow::Borrowed(row));
        }
        let mut changed: Row<'r> = row.clone();
        messages::apply(&self.messages, &mut changed)?;
        Ok(Cow::Owned(changed))
    }

    /// Whether the level of thinking is written with thinking on and off.
    pub(crate) fn frames_level(&self) -> bool {
        self.frame.as_ref().is_some_and(LevelledFrame::has_level)
    }

    /// The tools of a row, with the built-in ones that it names in its options where the template has such.
    pub(crate) fn tools_of<'r>(&self, row: &'r Row<'_>) -> Cow<'r, [Json]> {
        if !self.harmony || row.options.builtin_tools.is_empty() {
            return Cow::Borrowed(&row.tools);
        }
        let named = |name: &String| Json::Map(vec![("type".to_owned(), Json::Text(name.clone()))]);
        Cow::Owned(row.options.builtin_tools.iter().map(named).chain(row.tools.iter().cloned()).collect())
    }

    /// Changes turns, and the system text before defaults apply. `level` is that of thinking, `channels` says how
    /// a row with tools is written in Harmony's channels.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a turn that a rule cannot change.
    pub fn change_turns<'a>(
        &'a self,
        conversation: &mut Conversation<'a>,
        use_chat_template: bool,
        tokenizer: &Tokenizer,
        level: Option<&str>,
        channels: Option<Analysis>,
    ) -> Result<(), RowError> {
        for rule in &self.turns {
            match rule {
                Rule::StripAnswers(strip) => strip.apply(conversation),
                Rule::ResponseTags => turns::tag_responses(conversation)?,
                Rule::OpenAnswers(open) if use_chat_template => open.apply(conversation),
                Rule::FrameSystem(_) if use_chat_template => {
                    self.frame.iter().for_each(|frame| frame.apply(conversation, level));
                }
                Rule::HarmonyChannels if use_chat_template => match channels {
                    Some(analysis) => channels::write_channels(conversation, analysis),
                    None => channels::open_answers(conversation),
                },
                Rule::ThinkingBudget(budget) => budget.apply(conversation, tokenizer)?,
                _ => {}
            }
        }
        Ok(())
    }
}
