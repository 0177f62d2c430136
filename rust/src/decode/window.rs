//! Decoders that cannot be taken apart: the reference decodes a window of the last ids, and what is new in it is the
//! text of the next id. Such a decoder may look beyond a window; then its text can differ from that of all ids at once.

use crate::engine::ReferenceEngine;
use crate::error::Error;

/// Ids are kept back for a character that has not ended, but no more than these.
const MOST_IDS: usize = 64;

/// The last ids, and how many of them are written.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    ids: Vec<u32>,
    written: usize,
    text: String,
}

impl Window {
    /// The text that `id` adds.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the decoder refuses the ids.
    pub(super) fn push(&mut self, engine: &ReferenceEngine, id: u32) -> Result<String, Error> {
        self.ids.push(id);
        let text = engine.decode(&self.ids, false)?;
        if text.ends_with('\u{fffd}') && self.ids.len() < MOST_IDS {
            return Ok(String::new());
        }
        self.slide(engine, &text)
    }

    /// The text that is still kept back.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the decoder refuses the ids.
    pub(super) fn finish(&mut self, engine: &ReferenceEngine) -> Result<String, Error> {
        if self.written == self.ids.len() {
            return Ok(String::new());
        }
        let text = engine.decode(&self.ids, false)?;
        self.slide(engine, &text)
    }

    fn slide(&mut self, engine: &ReferenceEngine, text: &str) -> Result<String, Error> {
        let new = text.strip_prefix(self.text.as_str()).unwrap_or_default().to_owned();
        self.ids.drain(..self.written);
        self.written = self.ids.len();
        self.text = engine.decode(&self.ids, false)?;
        Ok(new)
    }
}
