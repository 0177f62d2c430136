//! What many streams share: the pieces of a vocabulary, the stops, and the options. Immutable.

use std::sync::Arc;

use super::pieces::Pieces;
use super::stops::{StopWord, Stops, Word};
use crate::engine::ReferenceEngine;
use crate::error::Error;
use crate::tokenizer::Tokenizer;

/// What a caller asks of a decoder.
#[derive(Debug, Clone, Default)]
pub struct DecodeOptions {
    /// Whether special tokens are left out of the text.
    pub skip_special_tokens: bool,
    /// Whether the characters of byte tokens are given out at once, although a later byte may prove them invalid.
    pub eager: bool,
    pub stops: Vec<StopWord>,
    /// The text or ids after which those stops count that are limited to it.
    pub stop_after: Option<Word>,
}

/// A tokenizer's decoding with its stops, free to share between streams and threads.
#[derive(Debug)]
pub struct Decoder {
    tokenizer: Arc<Tokenizer>,
    pieces: Arc<Pieces>,
    stops: Stops,
    skip_special_tokens: bool,
    eager: bool,
}

impl Decoder {
    /// A decoder for `tokenizer`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for a stop that makes no sense, [`Error::Tokenizer`] or [`Error::File`] where the
    /// vocabulary cannot be read.
    pub fn new(tokenizer: Arc<Tokenizer>, options: DecodeOptions) -> Result<Self, Error> {
        let pieces = tokenizer.pieces()?;
        let DecodeOptions { skip_special_tokens, eager, stops, stop_after } = options;
        let stops = Stops::new(stops, stop_after, &pieces, skip_special_tokens)?;
        Ok(Self { tokenizer, pieces, stops, skip_special_tokens, eager })
    }

    /// The stop words, in the order in which a stop counts them.
    pub fn stop_words(&self) -> &[StopWord] {
        &self.stops.words
    }

    /// How many ids there are: all are below this.
    pub fn ids(&self) -> usize {
        self.pieces.len()
    }

    /// The error for an id that is out of range.
    pub fn out_of_range(&self, id: i64) -> Error {
        let last = self.pieces.len().saturating_sub(1);
        Error::argument("ids", format!("{id} is no id of this tokenizer; give ids from 0 to {last}"))
    }

    #[inline]
    pub(super) fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    /// What the token writes wherever it stands between whole characters, with how many characters that is, where it
    /// begins no stop; else `None`.
    #[inline]
    pub(super) fn plain(&self, id: u32) -> Option<(&[u8], u64)> {
        self.pieces.plain(id, self.skip_special_tokens).filter(|(piece, _)| self.stops.are_quiet(id, piece))
    }

    #[inline]
    pub(super) fn stops(&self) -> &Stops {
        &self.stops
    }

    pub(super) fn reference(&self) -> Result<&ReferenceEngine, Error> {
        self.tokenizer.reference()
    }

    pub(super) fn is_eager(&self) -> bool {
        self.eager
    }

    /// Whether the token is left out of the text.
    #[inline]
    pub(super) fn leaves_out(&self, id: u32) -> bool {
        self.skip_special_tokens && self.pieces.is_special(id)
    }

    pub(super) fn includes(&self, word: u32) -> bool {
        self.stops.words.get(word as usize).is_none_or(|stop| stop.include)
    }
}
