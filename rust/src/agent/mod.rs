//! Agent formats: how the tools of a row, their calls and what they answered are written as text, and
//! how calls are read back out of text. encoding.md 1.6 and 3.12.
//!
//! A format knows no tokenizer and no roles: it makes texts, and [`crate::normalise`] and
//! [`crate::render`] put them where they belong. Most formats are declared as data ([`Declared`]);
//! what data cannot say is a function that a declaration names.

mod calls;
mod declared;
mod fill;
mod formats;
pub(crate) mod harmony;
mod parse;
mod react;
mod tools;

use std::fmt;
use std::sync::Arc;

pub use calls::{Calls, Field, Joint, Needs, Values};
pub use declared::{Answers, Declared, Standalone};
pub use formats::{agent_format, agent_formats};
pub use parse::Parser;
pub use react::Keywords;
pub use tools::{EachTool, ToolList};

use crate::error::RowError;
use crate::json::Json;
use crate::template::{Compiled, RawPiece};

/// A call that was read back, or one to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub name: String,
    pub arguments: Json,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer<'a> {
    pub content: &'a str,
    pub name: Option<&'a str>,
    pub tool: Option<&'a str>,
    /// The id of the call that is answered, as the row gives it.
    pub call_id: Option<&'a Json>,
}

impl Answer<'_> {
    /// The id of the call as text.
    pub fn written_id(&self) -> String {
        self.call_id.map(Json::python_str).unwrap_or_default()
    }
}

/// What the list of tools makes of the texts around it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WrittenTools {
    /// The system text.
    pub system: String,
    /// What the first message's text becomes, where it changes.
    pub first: Option<String>,
}

/// The message before a run of tool calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before<'a> {
    /// There is none, or one of another role.
    NoAssistant,
    /// An assistant's text.
    Text(&'a str),
    /// An assistant's token ids.
    Ids,
}

/// A run of calls behind the message before it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Joined {
    /// What the message before becomes, where it changes.
    pub before: Option<String>,
    pub calls: String,
}

/// A part of the assistant's turn that the tools answer: its text, or `None` for token ids.
pub type Said<'a> = Option<&'a str>;

/// What stands where the next prompt would, after tools have answered.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolPiece {
    Text(String),
    /// As a piece of the template: ids, or names of them.
    Raw(RawPiece),
    /// The template's separator.
    Separator,
    /// The template's prompt, its query this text; each `rename.0` in the prompt's own text is `rename.1`.
    Prompt {
        query: String,
        rename: Option<(&'static str, &'static str)>,
    },
}

/// What tools answered, written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WrittenAnswers {
    /// What is put behind the assistant's last text.
    pub ending: Ending,
    pub pieces: Vec<ToolPiece>,
}

/// What becomes of the assistant's last text.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Ending {
    #[default]
    Same,
    /// Another text takes its place.
    Text(String),
}

/// A format for tools.
pub trait Agent: Send + Sync + fmt::Debug {
    /// The name that it is known by.
    fn name(&self) -> &str;

    /// Writes the list of tools; `system` is the system text without them, `first` the first message's text.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a tool that the format cannot write.
    fn write_tools(&self, tools: &[Json], system: Option<&str>, first: &str) -> Result<WrittenTools, RowError>;

    /// Writes a run of calls.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a call that the format cannot write.
    fn write_calls(&self, calls: &[Call]) -> Result<String, RowError>;

    /// Writes a run of calls of a row that declares `tools`, for formats that go by them.
    ///
    /// # Errors
    ///
    /// As of [`Agent::write_calls`].
    fn write_calls_to(&self, _tools: &[Json], calls: &[Call]) -> Result<String, RowError> {
        self.write_calls(calls)
    }

    /// Joins a written run of calls to the message before it.
    ///
    /// # Errors
    ///
    /// A [`RowError`] from a format of the user's own.
    fn join(&self, before: Before<'_>, calls: String) -> Result<Joined, RowError>;

    /// Writes what tools answered to an assistant's turn.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a turn or a template that the format cannot answer to.
    fn write_answers(
        &self,
        said: &[Said<'_>],
        answers: &[Answer<'_>],
        template: &Compiled,
    ) -> Result<WrittenAnswers, RowError>;

    /// Writes what tools said without having been asked, in round `round` from 0: it is put behind the user's text.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where the format has no way to.
    fn write_unasked(&self, answers: &[Answer<'_>], template: &Compiled, round: usize) -> Result<String, RowError>;

    /// Reads the calls in what a model answered. Never fails: what is malformed is no call.
    fn parse(&self, text: &str, tools: &[Json]) -> Vec<Call>;

    /// [`Agent::parse`], for a format whose parser is a callback of the user.
    ///
    /// # Errors
    ///
    /// A [`RowError`] with what the callback raised.
    fn try_parse(&self, text: &str, tools: &[Json]) -> Result<Vec<Call>, RowError> {
        Ok(self.parse(text, tools))
    }

    /// Whether all messages of the assistant are in channels where a row has tools, as in Harmony.
    fn writes_channels(&self) -> bool {
        false
    }
}

/// A format, shared.
pub type SharedAgent = Arc<dyn Agent>;
