//! Engines turn text into token ids. The reference defines what is right; a fast engine is used
//! where it was seen to agree with it.

mod bpe;
mod choose;
mod fast;
mod probe;
mod reference;
mod verdict;

pub use bpe::BpeEngine;
pub use choose::load_fast;
pub use fast::FastEngine;
pub use probe::first_difference;
pub use reference::ReferenceEngine;
pub use verdict::Verdict;

use crate::error::Error;

/// A tokenizer's encoding, behind whichever implementation.
pub trait Engine: Send + Sync {
    /// Appends the ids of `text`, without the ids that the tokenizer itself would put around it.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    fn encode_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error>;

    /// The ids of `text` with those that the tokenizer itself puts around it.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    fn encode_with_special_tokens(&self, text: &str) -> Result<Vec<u32>, Error>;

    /// The places in `text` at which any text that `text` is part of can be cut, in order: its ids are those of what is
    /// before, then [`Cut::id`], then those that [`Engine::encode_behind_into`] gives for what is behind. `None` where
    /// nothing is known of this tokenizer; else a text by itself always has the same ids.
    fn cuts(&self, _text: &str) -> Option<Vec<Cut>> {
        None
    }

    /// [`Engine::encode_into`] for text that stands behind a cut.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    fn encode_behind_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        self.encode_into(text, ids)
    }

    /// [`Engine::encode_into`], or with `is_behind` [`Engine::encode_behind_into`]. Returns whether an added token may
    /// have been found in the text.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    fn encode_and_find(&self, text: &str, is_behind: bool, ids: &mut Vec<u32>) -> Result<bool, Error> {
        if is_behind { self.encode_behind_into(text, ids) } else { self.encode_into(text, ids) }.map(|()| true)
    }

    /// The id of a token, by its text.
    fn token_to_id(&self, token: &str) -> Option<u32>;

    /// Keeps what was made of the tokenizer with this hash, where that saves time when it is loaded again.
    fn keep(&self, _hash: &str) {}

    /// The implementation's name.
    fn name(&self) -> &'static str;
}

/// An added token that is found in a text whatever stands around it, and from which no token on either side takes
/// anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Where it begins and ends, in bytes.
    pub start: usize,
    pub end: usize,
    pub id: u32,
}

/// Which engine to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// The fast one where it is exact for this tokenizer, else the reference.
    #[default]
    Auto,
    /// The `tokenizers` crate: every tokenizer, by definition right.
    Reference,
    /// The fast one, or an error that says why it cannot be used.
    Fast,
}

impl EngineChoice {
    /// The choice named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "auto" => Ok(Self::Auto),
            "reference" => Ok(Self::Reference),
            "fast" => Ok(Self::Fast),
            _ => Err(Error::argument("engine", format!("'{name}' is no engine; give one of auto, reference, fast"))),
        }
    }
}
