//! How much a model is to think: a level that a row or a call names, and what follows from it.

use crate::error::{RowError, RowErrorKind};
use crate::row::RowOptions;

/// The key of `chat_template_kwargs` under which rows name a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// `reasoning_effort`.
    ReasoningEffort,
    /// `thinking_effort`, or else `reasoning_effort`.
    ThinkingEffort,
    /// `thinking_mode`.
    ThinkingMode,
}

/// What becomes of a level that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// It is written like any other.
    Keep,
    /// It counts as not given.
    Ignore,
    /// The row is refused.
    Refuse,
}

/// Whether the level says if the model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decides {
    Never,
    /// Where a row names one, and for the call as a whole.
    Given,
    /// Always, whatever `enable_thinking` says.
    Always,
}

/// A level of thinking.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct ThinkingLevel {
    pub setting: Setting,
    /// The level that the call names.
    pub given: Option<String>,
    /// The levels that are known; none for any.
    pub known: Vec<String>,
    pub unknown: Unknown,
    /// The level where neither row nor call names one, with thinking on and off.
    pub default_on: Option<String>,
    pub default_off: Option<String>,
    /// The level that means not to think.
    pub off: Option<String>,
    pub decides: Decides,
    /// The only level at which an open turn begins with thinking; at others than this and `off` it
    /// begins with nothing.
    pub opens: Option<String>,
}

impl ThinkingLevel {
    /// The level that a row names.
    ///
    /// # Errors
    ///
    /// [`RowErrorKind::WrongValue`] for one that is not known, under [`Unknown::Refuse`].
    pub fn of_row<'r>(&self, row: &'r RowOptions<'_>) -> Result<Option<&'r str>, RowError> {
        let effort = row.reasoning_effort.as_deref();
        let (named, field) = match self.setting {
            Setting::ReasoningEffort => (effort, "reasoning_effort"),
            Setting::ThinkingMode => (row.thinking_mode.as_deref(), "thinking_mode"),
            Setting::ThinkingEffort => match row.thinking_effort.as_deref() {
                Some(named) => (Some(named), "thinking_effort"),
                None => (effort, "reasoning_effort"),
            },
        };
        let Some(level) = named else {
            return Ok(None);
        };
        let known = self.known.is_empty() || self.known.iter().any(|known| known == level);
        match self.unknown {
            _ if known => Ok(Some(level)),
            Unknown::Keep => Ok(Some(level)),
            Unknown::Ignore => Ok(None),
            Unknown::Refuse => {
                let detail = format!("'{level}' is no level of this template; give one of {}", self.known.join(", "));
                let field = format!("chat_template_kwargs.{field}");
                Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(field))
            }
        }
    }

    /// The level of the call, which thinks or not where it names none.
    pub fn of_call(&self, thinks: bool) -> Option<&str> {
        let default = if thinks { &self.default_on } else { &self.default_off };
        self.given.as_deref().or(default.as_deref())
    }

    /// Whether `level` means to think.
    pub fn thinks(&self, level: Option<&str>) -> bool {
        level.is_some() && level != self.off.as_deref()
    }
}
