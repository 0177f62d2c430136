//! A row of chat data as it came: messages and what a row may say for itself.

mod arrow;
mod blocks;
mod content;
mod json;
mod known;
mod media;
mod named;
mod opened;
mod plain;
mod read;
mod reasoning;
mod sides;
mod text;
mod tools;
mod trained;
mod unfit;
mod value;

use std::borrow::Cow;

use crate::json::Json;
use crate::warning::RowWarnings;

pub use arrow::{ArrowCell, ArrowFields, ArrowItems};
pub use json::{JsonFields, JsonItems, parse_row};
pub(crate) use json::{parse_json, with_borrowed};
pub(crate) use known::is_row_key;
pub use known::{known_keys, nearest, nearest_key};
pub use named::Named;
pub(crate) use opened::{Opened, OpenedFields, OpenedItems, seen_as};
pub(crate) use plain::PlainRows;
pub use read::read_row;
pub use reasoning::Reasoning;
pub use sides::{Label, Read, Sides};
pub use tools::{Nulls, ToolCall, ToolFields};
pub(crate) use tools::{answers_in_order, call_arguments, call_name};
pub use value::{Key, Kind, List, Map, Side, Value, with_article};

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The system text; `developer` is another name for it.
    System,
    User,
    Assistant,
    /// What a tool answered; `tool_response` and `function` are other names for it.
    Tool,
    /// A tool call in its canonical form.
    ToolCall,
}

impl Role {
    /// The role named `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "system" | "developer" => Self::System,
            "user" => Self::User,
            "assistant" => Self::Assistant,
            "tool" | "tool_response" | "function" => Self::Tool,
            "tool_call" => Self::ToolCall,
            _ => return None,
        })
    }

    /// The role's name in a row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::ToolCall => "tool_call",
        }
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content<'a> {
    /// `null`: a turn still to be answered.
    Null,
    Text(Cow<'a, str>),
    /// Token ids, taken as they are.
    Ids(Vec<u32>),
    /// Token ids with a weight each, which beats every other rule of loss.
    WeightedIds(Vec<u32>, Vec<f64>),
    /// A tool call that was given as an object.
    Call(Json),
}

/// One message of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<'a> {
    pub role: Role,
    pub content: Content<'a>,
    /// Overrides whether the base strategy trains this message.
    pub loss: Option<bool>,
    /// Replaces the named loss scale where the message is trained.
    pub loss_scale: Option<f64>,
    /// What only messages to and from tools have.
    pub tool: Option<Box<ToolFields<'a>>>,
}

impl<'a> Message<'a> {
    /// A message that says `text` and nothing else.
    pub fn of_text(role: Role, text: Cow<'a, str>) -> Self {
        Self { role, content: Content::Text(text), loss: None, loss_scale: None, tool: None }
    }
}

/// Whether the suffix closes the last response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddEos {
    /// In training, unless the response closes itself.
    #[default]
    Unset,
    /// As in training, in any mode.
    Auto,
    Always,
    Never,
}

/// How many images, videos and audios a row brings, in that order of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MediaCounts {
    pub images: usize,
    pub videos: usize,
    pub audios: usize,
}

impl MediaCounts {
    /// Whether the row brings none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These media and `others`.
    pub(crate) fn with(self, others: Self) -> Self {
        Self {
            images: self.images + others.images,
            videos: self.videos + others.videos,
            audios: self.audios + others.audios,
        }
    }

    /// These media without `others`.
    fn without(self, others: Self) -> Self {
        Self {
            images: self.images.saturating_sub(others.images),
            videos: self.videos.saturating_sub(others.videos),
            audios: self.audios.saturating_sub(others.audios),
        }
    }
}

/// What a row says for itself in its `chat_template_kwargs`; it beats the call's arguments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowOptions<'a> {
    pub enable_thinking: Option<bool>,
    pub preserve_thinking: Option<bool>,
    pub response_prefix: Option<Cow<'a, str>>,
    /// How much a model is to think, under each of the names that templates have for it.
    pub reasoning_effort: Option<Cow<'a, str>>,
    pub thinking_effort: Option<Cow<'a, str>>,
    pub thinking_mode: Option<Cow<'a, str>>,
    /// The built-in tools that a model may use, by name.
    pub builtin_tools: Vec<String>,
    /// Whether messages held reasoning next to their contents; it is in the contents then.
    pub has_reasoning: bool,
}

/// A conversation as it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row<'a> {
    pub messages: Vec<Message<'a>>,
    pub options: RowOptions<'a>,
    pub add_eos: AddEos,
    pub media: MediaCounts,
    /// The tools that the row brings, each in OpenAI's form.
    pub tools: Vec<Json>,
    /// What the row holds beside its conversation, for preference and other tasks.
    pub sides: Option<Box<Sides<'a>>>,
    /// Whether the row is a plain text for pre-training, its only message.
    pub is_text: bool,
    /// The reasoning that messages hold beside their contents; empty for nearly every row.
    pub reasoning: Vec<Reasoning>,
    /// What was found in the row that deserves a warning.
    pub warnings: RowWarnings,
    /// For each message its place among the messages as they came, where one of these became several; else empty.
    pub places: Vec<usize>,
}

impl Row<'_> {
    /// The place of message `index` among the messages as they came.
    pub(crate) fn place(&self, index: usize) -> usize {
        self.places.get(index).copied().unwrap_or(index)
    }
}
