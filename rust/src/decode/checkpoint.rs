//! The state of a text where a stop of ids may begin, so that the text can end there if it comes.

use std::collections::VecDeque;

use super::decoder::Decoder;
use super::pending::Pending;
use super::text::Text;
use crate::error::Error;

/// A state, and the ids that came since.
#[derive(Debug, Clone)]
pub(super) struct Checkpoint {
    text: Text,
    pending: Pending,
    /// The index of the first of `ids`.
    first: u64,
    ids: VecDeque<u32>,
}

impl Checkpoint {
    /// The state before the id with the index `first`.
    pub(super) fn new(text: Text, pending: Pending, first: u64) -> Self {
        Self { text, pending, first, ids: VecDeque::new() }
    }

    /// Notes an id.
    pub(super) fn push(&mut self, id: u32) {
        self.ids.push_back(id);
    }

    /// Moves the state to before the id with the index `begin`.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where a decoder that was not taken apart refuses an id.
    pub(super) fn advance(&mut self, decoder: &Decoder, begin: u64) -> Result<(), Error> {
        let count = (begin.saturating_sub(self.first) as usize).min(self.ids.len());
        for id in self.ids.drain(..count) {
            if !decoder.leaves_out(id) {
                self.text.push(decoder, id, &mut self.pending)?;
            }
        }
        self.first += count as u64;
        Ok(())
    }

    /// The text up to this state, as if no more ids came.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where a decoder that was not taken apart refuses the ids.
    pub(super) fn finish(mut self, decoder: &Decoder) -> Result<Pending, Error> {
        self.text.finish(decoder, &mut self.pending)?;
        Ok(self.pending)
    }

    /// Up to where the text cannot be part of the stop.
    pub(super) fn sure(&self) -> u64 {
        self.text.unsure().unwrap_or(self.pending.end())
    }
}
