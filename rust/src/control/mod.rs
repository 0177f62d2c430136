//! Control tokens in the text of rows: how they are handled, which tokens they are, and how text that spells one is
//! encoded as the ordinary text it is. docs/content_policy.md.
//!
//! The common row pays for this with one comparison per token id. Only where an id of a control token comes out of
//! text are the texts of the row looked at ([`scan`]) or encoded a second time as ordinary text ([`guard`],
//! [`literal`]).

mod added;
mod guard;
mod literal;
mod markers;
mod scan;
mod texts;
mod tokens;

pub use added::{AddedToken, added_tokens};
pub(crate) use guard::Guards;
pub use markers::plain_markers;
pub use tokens::ControlTokens;

use crate::error::Error;
use crate::row::Role;

/// How control tokens in the text of a row are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContentPolicy {
    /// They are encoded as control tokens, as ms-swift does, and counted.
    #[default]
    Parity,
    /// They are encoded as ordinary text, in every message.
    Literal,
    /// The same, except in what assistants say: there they stay control tokens.
    LiteralPrompt,
    /// The row is refused.
    Error,
}

impl ContentPolicy {
    /// The policy named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "parity" => Self::Parity,
            "literal" => Self::Literal,
            "literal_prompt" => Self::LiteralPrompt,
            "error" => Self::Error,
            _ => {
                let detail = format!("unknown policy '{name}'; expected one of parity, literal, literal_prompt, error");
                return Err(Error::argument("content_policy", detail));
            }
        })
    }

    /// Whether control tokens become ordinary text.
    pub fn is_literal(self) -> bool {
        matches!(self, Self::Literal | Self::LiteralPrompt)
    }

    /// Whether the policy applies to what `role` says.
    fn covers(self, role: Role) -> bool {
        self != Self::LiteralPrompt || role != Role::Assistant
    }
}
