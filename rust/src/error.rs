//! What can go wrong, in two families: a row that cannot be encoded, and everything that is
//! settled before the first row (a template, a tokenizer, a file).
//!
//! A [`RowError`] never stops a batch: it is set aside with its place. Nothing here knows Python.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Why a row was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RowErrorKind {
    /// A role that the encoding rules do not know.
    UnknownRole,
    /// Roles in an order that no template can render.
    RoleOrder,
    /// A field that must be there is not.
    MissingField,
    /// A field holds another type than it may.
    WrongType,
    /// A field holds a value of the right type that makes no sense.
    WrongValue,
    /// Text that is not Unicode (lone surrogates).
    InvalidText,
    /// A line that is not JSON.
    InvalidJson,
    /// A system text on a template that has no place for one.
    SystemUnsupported,
    /// Something that the template cannot render.
    Unsupported,
    /// A control token in the text of a row under `content_policy="error"`.
    ControlToken,
    /// More tokens than `max_length` under `truncation_strategy="raise"`.
    TooLong,
    /// The row encodes to no token at all.
    Empty,
    /// No token to train on, where that was asked to be an error.
    Untrainable,
    /// The tokenizer refused the text.
    Tokenizer,
    /// A user's hook raised something, or gave what makes no sense.
    Hook,
    /// A defect of ours, caught so that it costs one row only.
    Internal,
}

impl RowErrorKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::UnknownRole,
        Self::RoleOrder,
        Self::MissingField,
        Self::WrongType,
        Self::WrongValue,
        Self::InvalidText,
        Self::InvalidJson,
        Self::SystemUnsupported,
        Self::Unsupported,
        Self::ControlToken,
        Self::TooLong,
        Self::Empty,
        Self::Untrainable,
        Self::Tokenizer,
        Self::Hook,
        Self::Internal,
    ];

    /// The kind named `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The name users see in reports and exceptions.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownRole => "unknown_role",
            Self::RoleOrder => "role_order",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::WrongValue => "wrong_value",
            Self::InvalidText => "invalid_text",
            Self::InvalidJson => "invalid_json",
            Self::SystemUnsupported => "system_unsupported",
            Self::Unsupported => "unsupported",
            Self::ControlToken => "control_token",
            Self::TooLong => "too_long",
            Self::Empty => "empty",
            Self::Untrainable => "untrainable",
            Self::Tokenizer => "tokenizer",
            Self::Hook => "hook",
            Self::Internal => "internal",
        }
    }
}

/// A row that cannot be encoded: why, and where in the row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowError {
    /// Why.
    pub kind: RowErrorKind,
    /// Index of the row in its batch, or of its line in its file, from 0; unknown for a lone row.
    pub row: Option<u64>,
    /// Index of the message in the row, from 0, where one message is to blame.
    pub message: Option<usize>,
    /// The field to blame, as a user would write it.
    pub field: Option<String>,
    /// What was wrong, and what would be right.
    pub detail: String,
    /// Facts that few errors have.
    pub more: Option<Box<More>>,
}

/// Facts that few row errors have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct More {
    /// How many tokens the row has, and how many it may have.
    pub lengths: Option<(usize, usize)>,
    /// What a callback of the user raised.
    pub raised: Option<Raised>,
}

/// What a callback of the user raised. The core hands it on unseen.
#[derive(Debug, Clone)]
pub struct Raised {
    pub exception: Arc<dyn Any + Send + Sync>,
    /// Whether it ends the whole call instead of refusing the row: an interrupt, an exit, or lack of memory.
    pub is_final: bool,
}

impl PartialEq for Raised {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.exception, &other.exception)
    }
}

impl RowError {
    /// An error about the row as a whole.
    pub fn new(kind: RowErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, row: None, message: None, field: None, detail: detail.into(), more: None }
    }

    /// The same error, with the number of tokens of the row and the limit.
    pub fn with_lengths(mut self, length: usize, max_length: usize) -> Self {
        self.more.get_or_insert_default().lengths = Some((length, max_length));
        self
    }

    /// The same error, with what a callback raised.
    pub fn with_raised(mut self, raised: Raised) -> Self {
        self.more.get_or_insert_default().raised = Some(raised);
        self
    }

    /// The number of tokens of the row and the limit, where that is what is wrong.
    pub fn lengths(&self) -> Option<(usize, usize)> {
        self.more.as_ref()?.lengths
    }

    /// What a callback raised, if that is the cause.
    pub fn raised(&self) -> Option<&Raised> {
        self.more.as_ref()?.raised.as_ref()
    }

    /// Whether the whole call ends with this error.
    pub fn is_final(&self) -> bool {
        self.raised().is_some_and(|raised| raised.is_final)
    }

    /// The same error, placed in the row `row`.
    pub fn at_row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// The same error, placed in message `message` unless it is placed already.
    pub fn at_message(mut self, message: usize) -> Self {
        self.message.get_or_insert(message);
        self
    }

    /// The same error, placed in `field` unless it is placed already.
    pub fn at_field(mut self, field: impl Into<String>) -> Self {
        if self.field.is_none() {
            self.field = Some(field.into());
        }
        self
    }

    /// The same error, placed in `field` unless it is placed in a message already.
    pub(crate) fn at_field_unless_message(self, field: &str) -> Self {
        if self.message.is_none() { self.at_field(field) } else { self }
    }

    /// The same error of a side of the row whose messages `field` holds: a field of one of these
    /// messages is named behind it.
    pub(crate) fn inside(mut self, field: &str) -> Self {
        self.field = Some(match self.field.take() {
            Some(inner) if inner != "messages" => format!("{field}.{inner}"),
            _ => field.to_owned(),
        });
        self
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lead = "";
        if let Some(row) = self.row {
            write!(f, "row {row}")?;
            lead = ", ";
        }
        if let Some(message) = self.message {
            write!(f, "{lead}message {message}")?;
            lead = ", ";
        }
        if let Some(field) = &self.field {
            write!(f, "{lead}field '{field}'")?;
            lead = ", ";
        }
        if !lead.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.detail)
    }
}

impl std::error::Error for RowError {}

/// What is wrong with a template, a tokenizer, an option or a file: nothing was encoded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A template that cannot be compiled.
    #[error("template '{template}', field '{field}': {detail}")]
    Template { template: String, field: String, detail: String },
    /// An option of the encoder that makes no sense.
    #[error("argument '{argument}': {detail}")]
    Argument { argument: String, detail: String },
    /// A tokenizer that cannot be read or used.
    #[error("tokenizer: {detail}")]
    Tokenizer { detail: String },
    /// A file that cannot be read or written.
    #[error("{path}: {detail}")]
    File { path: String, detail: String },
    /// The caller asked to stop.
    #[error("stopped on request")]
    Cancelled,
    /// A row that cannot be encoded, where the caller asked to stop at the first.
    #[error(transparent)]
    Row(#[from] RowError),
    /// A defect of ours.
    #[error("internal error, please report it: {detail}")]
    Internal { detail: String },
}

impl Error {
    /// An [`Error::Argument`].
    pub fn argument(argument: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Argument { argument: argument.into(), detail: detail.into() }
    }

    /// An [`Error::Tokenizer`].
    pub fn tokenizer(detail: impl fmt::Display) -> Self {
        Self::Tokenizer { detail: detail.to_string() }
    }

    /// An [`Error::File`].
    pub fn file(path: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self::File { path: path.to_string(), detail: detail.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_error_names_row_message_and_field() {
        let error = RowError::new(RowErrorKind::WrongType, "is a number; give a string");
        assert_eq!(error.to_string(), "is a number; give a string");
        let placed = error.at_field("content").at_field("role").at_message(2).at_row(7);
        assert_eq!(placed.to_string(), "row 7, message 2, field 'content': is a number; give a string");
    }
}
