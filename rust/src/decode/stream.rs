//! One text as it is generated: ids go in, text comes out as soon as it is sure and can no longer become a stop.

use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::decoder::Decoder;
use super::pending::Pending;
use super::search::{Found, Search};
use super::text::Text;
use crate::error::Error;

/// The stop that ended a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Which of the decoder's stop words it is, from 0.
    pub word: usize,
    /// Where it begins in the text, in characters.
    pub text_offset: u64,
    /// The index of the id in which it begins.
    pub id_offset: u64,
    /// How many ids to keep: the fewest whose text holds all that was given out.
    pub kept_ids: u64,
    /// How many ids there were when it was found.
    pub seen_ids: u64,
    /// Whether it is part of the text.
    pub included: bool,
}

/// The state of one text; it belongs to a [`Decoder`], which is given to each call.
#[derive(Debug, Clone)]
pub(super) struct State {
    text: Text,
    pending: Pending,
    search: Search,
    /// What was under way when a run of bytes began that may still be written anew.
    before_run: Option<Box<Search>>,
    /// Where a stop of ids may have begun.
    checkpoint: Option<Box<Checkpoint>>,
    seen_ids: u64,
    finished: bool,
    /// Whether nothing is held or under way, so that a plain token can be given out as it is.
    idle: bool,
    stop: Option<Stop>,
}

impl State {
    pub(super) fn new(decoder: &Decoder) -> Self {
        Self {
            text: Text::new(decoder.pieces()),
            pending: Pending::default(),
            search: Search::default(),
            before_run: None,
            checkpoint: None,
            seen_ids: 0,
            finished: false,
            idle: false,
            stop: None,
        }
    }

    #[inline]
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    pub(super) fn stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// How many ids were taken in, those after a stop left aside.
    pub(super) fn seen_ids(&self) -> u64 {
        self.seen_ids
    }

    /// Ends the text where it is, without giving out what is held.
    pub(super) fn abandon(&mut self) {
        (self.finished, self.idle) = (true, false);
    }

    /// Appends to `out` the text that `ids` make sure. Ids after a stop are left aside.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for an id that is out of range; nothing was taken in then. [`Error::Tokenizer`] where a
    /// decoder that was not taken apart refuses an id.
    pub(super) fn step(&mut self, decoder: &Decoder, ids: &[u32], out: &mut Vec<u8>) -> Result<(), Error> {
        if let Some(id) = ids.iter().find(|id| **id as usize >= decoder.pieces().len()) {
            return Err(decoder.out_of_range(i64::from(*id)));
        }
        for id in ids {
            if self.finished {
                break;
            }
            self.step_one(decoder, *id, out)?;
        }
        Ok(())
    }

    /// [`State::step`] of a single id. Says whether the text is what the token writes by itself, which nearly all are.
    ///
    /// # Errors
    ///
    /// As [`State::step`].
    #[inline]
    pub(super) fn step_one(&mut self, decoder: &Decoder, id: u32, out: &mut Vec<u8>) -> Result<bool, Error> {
        if self.idle
            && let Some((piece, characters)) = decoder.plain(id)
        {
            self.seen_ids += 1;
            out.extend_from_slice(piece);
            self.pending.pass(piece.len(), characters);
            return Ok(true);
        }
        self.weigh(decoder, id, out)?;
        Ok(false)
    }

    /// Appends to `out` what was held back, and ends the text.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where a decoder that was not taken apart refuses the ids.
    pub(super) fn finish(&mut self, decoder: &Decoder, out: &mut Vec<u8>) -> Result<(), Error> {
        if self.finished {
            return Ok(());
        }
        let before = self.pending.end();
        let anew = self.text.finish(decoder, &mut self.pending)?;
        if let Some(found) = self.look(decoder, anew, before) {
            self.stop_at(decoder, found);
        }
        (self.finished, self.idle) = (true, false);
        self.give(decoder, out);
        Ok(())
    }

    /// Takes in a token in whose text, or before it, there is something to hold or to decide.
    #[inline(never)]
    fn weigh(&mut self, decoder: &Decoder, id: u32, out: &mut Vec<u8>) -> Result<(), Error> {
        if id as usize >= decoder.pieces().len() {
            return Err(decoder.out_of_range(i64::from(id)));
        }
        if self.finished {
            return Ok(());
        }
        self.idle = false;
        self.push(decoder, id)?;
        self.give(decoder, out);
        self.idle = !self.finished && self.pending.is_empty() && self.text.is_plain() && self.search.is_idle();
        Ok(())
    }

    fn push(&mut self, decoder: &Decoder, id: u32) -> Result<(), Error> {
        let (pieces, stops) = (decoder.pieces(), decoder.stops());
        let index = self.seen_ids;
        self.follow(decoder, id)?;
        self.seen_ids += 1;
        let found = if decoder.leaves_out(id) {
            self.search.special(stops, pieces.get(id, false), self.pending.end(), index)
        } else if pieces.is_present(id) {
            self.write(decoder, id, index)?
        } else {
            None
        };
        if let Some(found) = found {
            self.stop_at(decoder, found);
            return Ok(());
        }
        if self.checkpoint.is_some()
            && let Some((word, begin)) = self.search.ended_ids(stops, self.seen_ids)
        {
            return self.stop_at_ids(decoder, word, begin);
        }
        self.search.marker_id(stops, id, self.pending.end(), self.seen_ids);
        Ok(())
    }

    /// Follows the stops of ids, and keeps the state at which one may have begun.
    fn follow(&mut self, decoder: &Decoder, id: u32) -> Result<(), Error> {
        let Some(depth) = self.search.id(decoder.stops(), id) else { return Ok(()) };
        if depth == 0 {
            self.checkpoint = None;
            return Ok(());
        }
        let begin = self.seen_ids + 1 - depth as u64;
        let checkpoint = self
            .checkpoint
            .get_or_insert_with(|| Box::new(Checkpoint::new(self.text.clone(), self.pending.clone(), self.seen_ids)));
        checkpoint.advance(decoder, begin)?;
        checkpoint.push(id);
        Ok(())
    }

    /// Writes the text of an id and looks for stops in it.
    fn write(&mut self, decoder: &Decoder, id: u32, index: u64) -> Result<Option<Found>, Error> {
        if decoder.pieces().is_byte(id) && self.before_run.is_none() && self.text.unsure().is_none() {
            self.before_run = Some(Box::new(self.search.clone()));
        }
        let before = self.pending.end();
        let written = self.text.push(decoder, id, &mut self.pending)?;
        self.pending.mark(written.own, index);
        let found = self.look(decoder, written.anew, before);
        if self.text.unsure().is_none() {
            self.before_run = None;
        }
        Ok(found)
    }

    /// Looks for stops in the text from `from` on. It was `before` long when it was last looked at; what was written
    /// anew since is looked at from what was under way before it.
    fn look(&mut self, decoder: &Decoder, from: u64, before: u64) -> Option<Found> {
        if let Some(search) = self.before_run.take_if(|_| from < before) {
            self.search.go_back(*search);
        }
        self.search.text(decoder.stops(), self.pending.from(from), from)
    }

    /// Gives out what is sure and can no longer become a stop.
    fn give(&mut self, decoder: &Decoder, out: &mut Vec<u8>) {
        let stops = decoder.stops();
        let end = self.pending.end();
        let mut sure = end;
        if !self.finished {
            sure = end.saturating_sub(self.search.held(stops));
            if let (Some(unsure), Some(search)) = (self.text.unsure(), &self.before_run) {
                sure = sure.min(unsure.saturating_sub(search.held(stops)));
            }
            if let Some(checkpoint) = &self.checkpoint {
                sure = sure.min(checkpoint.sure());
            }
        }
        self.pending.give(sure, out);
    }

    /// Ends the text at a stop of text.
    fn stop_at(&mut self, decoder: &Decoder, found: Found) {
        let included = decoder.includes(found.word);
        let start = found.start.max(self.pending.start());
        let text_offset = self.pending.characters_before(start);
        let (id_offset, whole) = found.hidden.or_else(|| self.pending.writer(start)).unwrap_or((self.seen_ids, true));
        let kept_ids = match included {
            true => self.seen_ids,
            false => id_offset + u64::from(!whole),
        };
        self.pending.truncate(if included { found.end } else { start });
        self.end(Stop {
            word: found.word as usize,
            text_offset,
            id_offset,
            kept_ids,
            seen_ids: self.seen_ids,
            included,
        });
    }

    /// Ends the text at a stop of ids, which begins with the id at `begin`.
    fn stop_at_ids(&mut self, decoder: &Decoder, word: u32, begin: u64) -> Result<(), Error> {
        let included = decoder.includes(word);
        let Some(mut checkpoint) = self.checkpoint.take() else { return Ok(()) };
        checkpoint.advance(decoder, begin)?;
        let mut before = checkpoint.finish(decoder)?;
        // What was given out since is in the text before the stop.
        before.give(self.pending.start(), &mut Vec::new());
        let text_offset = before.characters_before(before.end());
        if included {
            self.text.finish(decoder, &mut self.pending)?;
        } else {
            self.pending = before;
        }
        let kept_ids = if included { self.seen_ids } else { begin };
        self.end(Stop {
            word: word as usize,
            text_offset,
            id_offset: begin,
            kept_ids,
            seen_ids: self.seen_ids,
            included,
        });
        Ok(())
    }

    fn end(&mut self, stop: Stop) {
        self.stop = Some(stop);
        self.finished = true;
        self.before_run = None;
        self.checkpoint = None;
    }
}

/// One text as it is generated.
#[derive(Debug, Clone)]
pub struct DecodeStream {
    decoder: Arc<Decoder>,
    state: State,
}

impl DecodeStream {
    /// A text of which nothing has come yet.
    pub fn new(decoder: Arc<Decoder>) -> Self {
        let state = State::new(&decoder);
        Self { decoder, state }
    }

    /// The text that `ids` make sure and that can no longer become a stop. Ids after a stop are left aside.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for an id that is out of range: nothing was taken in then, and the stream goes on.
    pub fn step(&mut self, ids: &[u32]) -> Result<String, Error> {
        let mut out = Vec::new();
        self.step_into(ids, &mut out)?;
        text(out)
    }

    /// [`DecodeStream::step`], appended as UTF-8 to memory that is used again.
    ///
    /// # Errors
    ///
    /// As [`DecodeStream::step`].
    pub fn step_into(&mut self, ids: &[u32], out: &mut Vec<u8>) -> Result<(), Error> {
        self.state.step(&self.decoder, ids, out)
    }

    /// [`DecodeStream::step_into`] of a single id. Says whether the text is what this token writes by itself, as nearly
    /// all are: whoever makes strings of texts may keep those by id.
    ///
    /// # Errors
    ///
    /// As [`DecodeStream::step`].
    #[inline]
    pub fn step_one(&mut self, id: u32, out: &mut Vec<u8>) -> Result<bool, Error> {
        self.state.step_one(&self.decoder, id, out)
    }

    /// The text that was still held back; the stream is finished then.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where a decoder that was not taken apart refuses the ids.
    pub fn finish(&mut self) -> Result<String, Error> {
        let mut out = Vec::new();
        self.state.finish(&self.decoder, &mut out)?;
        text(out)
    }

    /// Whether a stop came, or [`DecodeStream::finish`] was called.
    pub fn is_finished(&self) -> bool {
        self.state.is_finished()
    }

    /// The stop that ended the text.
    pub fn stop(&self) -> Option<&Stop> {
        self.state.stop()
    }

    /// How many ids were taken in; those after a stop are not.
    pub fn seen_ids(&self) -> u64 {
        self.state.seen_ids()
    }

    /// What the ids are decoded with.
    pub fn decoder(&self) -> &Arc<Decoder> {
        &self.decoder
    }

    /// Begins a new text.
    pub fn reset(&mut self) {
        self.state = State::new(&self.decoder);
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| Error::Internal { detail: "decoded text is not UTF-8".to_owned() })
}
