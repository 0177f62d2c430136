//! Text that was decoded and not yet given out, and which id wrote which part of it.
//!
//! Positions are bytes from the start of the whole text, so that they stay what they are while text is given out.

use std::collections::VecDeque;

use super::pieces::characters;

/// Text that is held back. What was given out before it is only counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Pending {
    /// Where the held text begins.
    start: u64,
    /// What was given out and is still in memory, `given` bytes, and the held text.
    bytes: Vec<u8>,
    given: usize,
    /// How many characters were given out.
    characters: u64,
    /// Where the own bytes of an id begin, and its index: ascending in both, the last id for each place.
    marks: VecDeque<(u64, u64)>,
}

impl Pending {
    #[inline]
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.start + self.held().len() as u64
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.held().is_empty()
    }

    #[inline]
    fn held(&self) -> &[u8] {
        &self.bytes[self.given..]
    }

    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
    }

    /// Drops the text from `at` on, which must still be held.
    pub(super) fn truncate(&mut self, at: u64) {
        self.bytes.truncate(self.given + (at - self.start) as usize);
    }

    /// Drops the marks from `at` on.
    pub(super) fn unmark(&mut self, at: u64) {
        while self.marks.back().is_some_and(|mark| mark.0 >= at) {
            self.marks.pop_back();
        }
    }

    /// The held text from `at` on.
    #[inline]
    pub(super) fn from(&self, at: u64) -> &[u8] {
        &self.held()[(at - self.start) as usize..]
    }

    /// Notes that the own bytes of the id with this index begin at `at`.
    #[inline]
    pub(super) fn mark(&mut self, at: u64, index: u64) {
        if self.is_empty() && at <= self.start {
            self.marks.clear();
        }
        match self.marks.back_mut() {
            Some(last) if last.0 >= at => last.1 = index,
            _ => self.marks.push_back((at, index)),
        }
    }

    /// Notes that nothing is held, and that a text of so many bytes and characters was given out.
    #[inline]
    pub(super) fn pass(&mut self, bytes: usize, characters: u64) {
        self.start += bytes as u64;
        self.characters += characters;
        self.marks.clear();
    }

    /// Gives out the text up to `at`.
    #[inline]
    pub(super) fn give(&mut self, at: u64, out: &mut Vec<u8>) {
        if at <= self.start {
            return;
        }
        let count = (at - self.start) as usize;
        let given = &self.held()[..count];
        out.extend_from_slice(given);
        self.characters += characters(given);
        self.start = at;
        self.given += count;
        // Not at once, so that long text that is held is not moved for every token.
        if self.given > self.bytes.len() / 2 {
            self.bytes.drain(..std::mem::take(&mut self.given));
        }
        // Of the marks before what is held, the last still says whose text goes on there.
        while self.marks.get(1).is_some_and(|mark| mark.0 <= at) {
            self.marks.pop_front();
        }
    }

    /// How many characters of the whole text stand before `at`, which must still be held.
    pub(super) fn characters_before(&self, at: u64) -> u64 {
        self.characters + characters(&self.held()[..(at - self.start) as usize])
    }

    /// The index of the id that wrote the byte at `at`, and whether its own bytes begin there.
    pub(super) fn writer(&self, at: u64) -> Option<(u64, bool)> {
        let mark = self.marks.iter().rev().find(|mark| mark.0 <= at)?;
        Some((mark.1, mark.0 == at))
    }
}
