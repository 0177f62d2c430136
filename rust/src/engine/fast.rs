//! The `fastokens` crate behind the engine trait: byte-level and SentencePiece-style BPE.
//! It is used only where it was seen to agree with the reference.

use fastokens::{AddedTokenPolicy, Tokenizer};

use super::Engine;
use crate::error::Error;
use crate::pool;

/// From this many bytes on the engine spreads one text over threads. It does so on those of the thread pool that it is
/// called from, which must then be ours: the global pool does not survive a fork.
const SPREADS_FROM: usize = 32 * 1024;

/// The fast engine.
pub struct FastEngine(Tokenizer);

impl FastEngine {
    /// Stands for what this engine does, in the names of verdicts.
    pub const VERSION: &str = "fastokens-0.3.5";

    /// Reads a `tokenizer.json`. Its truncation and padding are left aside, as in the reference.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] for a tokenizer of a kind that this engine does not know.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let value = serde_json::from_slice(json).map_err(Error::tokenizer)?;
        let mut tokenizer = Tokenizer::from_json(value).map_err(Error::tokenizer)?;
        tokenizer.set_padding(None);
        tokenizer.set_truncation(None);
        Ok(Self(tokenizer))
    }
}

/// Has the fast engine settle, once and for all, how many threads of its own it keeps for long texts: as many as
/// `FASTOKENS_BPE_THREADS` says at this moment.
pub fn settle_threads() -> usize {
    fastokens::fanout::threads()
}

impl Engine for FastEngine {
    fn encode_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        let encode = || self.0.encode_with_policy(text, false, AddedTokenPolicy::All);
        let encoded = if text.len() < SPREADS_FROM { encode() } else { pool::install(encode)? };
        ids.extend_from_slice(&encoded.map_err(Error::tokenizer)?);
        Ok(())
    }

    fn encode_with_special_tokens(&self, text: &str) -> Result<Vec<u32>, Error> {
        let encode = || self.0.encode_with_special_tokens(text, true);
        let encoded = if text.len() < SPREADS_FROM { encode() } else { pool::install(encode)? };
        encoded.map_err(Error::tokenizer)
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.0.token_to_id(token)
    }

    fn name(&self) -> &'static str {
        "fast"
    }
}
