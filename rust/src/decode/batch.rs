//! Many texts in step: one call takes the next ids of all of them.

use std::sync::Arc;

use super::decoder::Decoder;
use super::stream::{State, Stop};
use crate::error::Error;

/// Room for the text of a row in a step; a token has four or five bytes.
const USUAL_BYTES: usize = 16;

/// Many texts that are generated in step.
#[derive(Debug)]
pub struct DecodeBatch {
    decoder: Arc<Decoder>,
    rows: Vec<Row>,
    /// How often a row has been finished or begun anew.
    changes: u64,
}

#[derive(Debug)]
struct Row {
    state: State,
    error: Option<Error>,
}

impl Row {
    fn new(decoder: &Decoder) -> Self {
        Self { state: State::new(decoder), error: None }
    }

    /// Ends the row where it failed, and only this one.
    #[inline]
    fn settle(&mut self, outcome: Result<(), Error>) {
        if let Err(error) = outcome {
            self.error = Some(error);
            self.state.abandon();
        }
    }
}

/// The texts of a step, one after the other.
#[derive(Debug, Default)]
pub struct Texts {
    bytes: Vec<u8>,
    /// Where each text ends, and the token that writes it by itself.
    ends: Vec<(usize, Option<u32>)>,
}

impl Texts {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The texts, in order, as UTF-8.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.with_tokens().map(|(text, _)| text)
    }

    /// The texts, each with the token that writes just this by itself, where there is one: whoever makes strings of
    /// texts may keep those by id.
    pub fn with_tokens(&self) -> impl Iterator<Item = (&[u8], Option<u32>)> {
        let mut start = 0;
        self.ends.iter().map(move |(end, token)| {
            let text = &self.bytes[start..*end];
            start = *end;
            (text, *token)
        })
    }

    /// Makes room for the texts of `count` rows.
    fn begin(&mut self, count: usize) {
        self.bytes.clear();
        self.ends.clear();
        self.bytes.reserve(count * USUAL_BYTES);
        self.ends.reserve(count);
    }

    #[inline]
    fn end(&mut self, token: Option<u32>) {
        self.ends.push((self.bytes.len(), token));
    }
}

impl DecodeBatch {
    /// `count` texts of which nothing has come yet.
    pub fn new(decoder: Arc<Decoder>, count: usize) -> Self {
        let rows = (0..count).map(|_| Row::new(&decoder)).collect();
        Self { decoder, rows, changes: 0 }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes the next ids of each text, `ids(row)`, and writes what became sure to `texts`. Finished texts are left
    /// aside. An id that is out of range ends its text with an error, and no other.
    pub fn step<'a>(&mut self, ids: impl Fn(usize) -> &'a [i64], texts: &mut Texts) {
        texts.begin(self.rows.len());
        self.look_ahead(&ids);
        let mut narrow = Vec::new();
        for (at, row) in self.rows.iter_mut().enumerate() {
            let mut token = None;
            if !row.state.is_finished() {
                let outcome = match ids(at) {
                    [id] => one(&self.decoder, *id).and_then(|id| {
                        let alone = row.state.step_one(&self.decoder, id, &mut texts.bytes)?;
                        token = alone.then_some(id);
                        Ok(())
                    }),
                    ids => {
                        narrow.clear();
                        ids.iter()
                            .try_for_each(|id| one(&self.decoder, *id).map(|id| narrow.push(id)))
                            .and_then(|()| row.state.step(&self.decoder, &narrow, &mut texts.bytes))
                    }
                };
                row.settle(outcome);
                self.changes += u64::from(row.state.is_finished());
            }
            texts.end(token);
        }
    }

    /// Reads what the coming ids write, all at once: one after the other, each would wait for memory.
    fn look_ahead<'a>(&self, ids: &impl Fn(usize) -> &'a [i64]) {
        let pieces = self.decoder.pieces();
        let coming = (0..self.rows.len()).filter_map(|row| ids(row).first());
        std::hint::black_box(coming.fold(0, |seen, id| seen ^ pieces.touch(*id as u32)));
    }

    /// Ends all texts, and writes what was held back to `texts`.
    pub fn finish(&mut self, texts: &mut Texts) {
        texts.begin(self.rows.len());
        for row in &mut self.rows {
            let outcome = row.state.finish(&self.decoder, &mut texts.bytes);
            row.settle(outcome);
            texts.end(None);
        }
        self.changes += 1;
    }

    /// Whether each text is finished.
    pub fn finished(&self) -> impl ExactSizeIterator<Item = bool> {
        self.rows.iter().map(|row| row.state.is_finished())
    }

    /// A number that is another whenever [`DecodeBatch::finished`] is.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The stop that ended each text.
    pub fn stops(&self) -> impl ExactSizeIterator<Item = Option<&Stop>> {
        self.rows.iter().map(|row| row.state.stop())
    }

    /// What went wrong with each text.
    pub fn errors(&self) -> impl ExactSizeIterator<Item = Option<&Error>> {
        self.rows.iter().map(|row| row.error.as_ref())
    }

    /// How many ids of each text were taken in.
    pub fn seen_ids(&self) -> impl ExactSizeIterator<Item = u64> {
        self.rows.iter().map(|row| row.state.seen_ids())
    }

    /// What the ids are decoded with.
    pub fn decoder(&self) -> &Arc<Decoder> {
        &self.decoder
    }

    /// Begins a new text in the place of the one at `row`; false where there is none.
    pub fn reset(&mut self, row: usize) -> bool {
        let fresh = Row::new(&self.decoder);
        self.changes += 1;
        self.rows.get_mut(row).map(|row| *row = fresh).is_some()
    }
}

fn one(decoder: &Decoder, id: i64) -> Result<u32, Error> {
    u32::try_from(id).map_err(|_| decoder.out_of_range(id))
}
