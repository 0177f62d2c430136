//! The second stage of a job: a chunk of rows in, its columns and its refused rows out. Each chunk is the work of one
//! thread, from its text to its table, so that no thread waits for another.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch, StructArray};

use super::control::Stop;
use super::input::Input;
use super::json;
use super::keep::Keep;
use super::output::{schema, table};
use super::read::{Chunk, ChunkRows};
use super::refused::Refused;
use super::rows::TextRows;
use super::text::Block;
use super::unchecked::KeptTexts;
use crate::batch::{BatchOptions, Columns, OnUntrainable, Table, encode_batch};
use crate::encode::Encoder;
use crate::error::{Error, RowError};
use crate::interrupt;
use crate::row::ArrowCell;
use crate::shape::RowKind;
use crate::warning::WarningCounts;

/// What came of a chunk.
pub(super) struct Encoded {
    pub rows: u64,
    /// The rows that were written, with the columns of the input that are copied through; none where there are none.
    pub table: Option<RecordBatch>,
    /// How many tokens each of them has.
    pub lengths: Vec<u64>,
    pub refused: Vec<Refused>,
    pub trained_tokens: u64,
    pub untrainable: u64,
    pub truncated: u64,
    /// How many of the written rows are plain texts, by the shape of their file.
    pub texts: u64,
    pub deleted: u64,
    pub warnings: WarningCounts,
}

/// Encodes chunks, on any number of threads.
pub(super) struct EncodeStage<'j> {
    pub encoder: &'j Encoder,
    pub inputs: &'j [Input],
    pub on_untrainable: OnUntrainable,
    pub stop: &'j Stop<'j>,
    pub turn: Mutex<Turn>,
}

/// What is settled chunk by chunk, in their order.
pub(super) struct Turn {
    /// None where nobody wants more.
    chunks: Option<Receiver<Chunk>>,
    /// The number of the next chunk.
    next: u64,
    keep: Keep,
}

impl Turn {
    pub fn new(chunks: Receiver<Chunk>, keep: Keep) -> Self {
        Self { chunks: Some(chunks), next: 0, keep }
    }
}

impl EncodeStage<'_> {
    /// Encodes the next chunk: its number, and what came of it. None where there are no more.
    ///
    /// What can come of it is [`Error::Cancelled`] where somebody asked to stop, and what is wrong with a column to
    /// keep.
    pub fn next(&self) -> Option<(u64, Result<Encoded, Error>)> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stop.is_set() {
            return None;
        }
        let chunk = turn.chunks.as_ref()?.recv().ok()?;
        let number = turn.next;
        turn.next += 1;
        if turn.keep.is_settled() {
            let mut keep = turn.keep.clone();
            drop(turn);
            return Some((number, self.guarded(&chunk, &mut keep)));
        }
        // Until the types of the kept columns are settled, one chunk goes after the other.
        Some((number, self.guarded(&chunk, &mut turn.keep)))
    }

    /// Lets go of the chunks that are still to come.
    pub fn close(&self) {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner).chunks = None;
    }

    /// A panic is an error of the chunk, so that whoever waits for it is told.
    fn guarded(&self, chunk: &Chunk, keep: &mut Keep) -> Result<Encoded, Error> {
        let flag = Some(self.stop.control.cancelled());
        let outcome = interrupt::catch(|| interrupt::with_flag(flag, || self.run(chunk, keep)));
        outcome.unwrap_or_else(|payload| match interrupt::is_interrupt(&*payload) {
            true => Err(Error::Cancelled),
            false => Err(internal("a panic")),
        })
    }

    fn run(&self, chunk: &Chunk, keep: &mut Keep) -> Result<Encoded, Error> {
        if keep.wants_columns() {
            keep.see_columns(chunk.columns());
        }
        let (mut columns, kept) = match &chunk.rows {
            ChunkRows::Text(block) => self.text(chunk, block, keep)?,
            ChunkRows::Table { batch, is_checked, .. } => self.table(chunk, batch, *is_checked, keep)?,
        };
        columns.warnings.forget_columns(keep.names());
        let refused: Vec<Refused> =
            std::mem::take(&mut columns.refused).into_iter().map(|error| self.refuse(chunk, error)).collect();
        let control = self.stop.control;
        control.rows.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        control.tokens.fetch_add(columns.tokens() as u64, Ordering::Relaxed);
        control.refused.fetch_add(refused.len() as u64, Ordering::Relaxed);
        let schema = schema(self.encoder.options(), keep.fields());
        Ok(Encoded {
            rows: chunk.len() as u64,
            table: if columns.is_empty() { None } else { Some(table(&columns, kept, &schema)?) },
            lengths: columns.lengths(),
            refused,
            trained_tokens: columns.trained_tokens(),
            untrainable: columns.untrainable,
            truncated: columns.truncated,
            texts: if chunk.shape.kind() == Some(RowKind::Text) { columns.len() as u64 } else { 0 },
            deleted: columns.deleted,
            warnings: columns.warnings,
        })
    }

    fn options(&self, chunk: &Chunk) -> BatchOptions<'_> {
        BatchOptions {
            on_untrainable: self.on_untrainable,
            num_threads: Some(1),
            first_row: chunk.first_row,
            wide_loss_scale: false,
            cancelled: Some(self.stop.control.cancelled()),
            is_callers_last: false,
        }
    }

    fn text(&self, chunk: &Chunk, block: &Block, keep: &mut Keep) -> Result<(Columns, Vec<ArrayRef>), Error> {
        let slots = (!keep.is_empty()).then(|| keep.slots(block.rows.len()));
        let rows = TextRows { block, shape: &chunk.shape, kept: slots.as_ref() };
        let columns = encode_batch(self.encoder, &rows, &self.options(chunk))?;
        let kept = match slots {
            Some(slots) if !columns.is_empty() => keep.take_slots(&slots, &written(&columns, chunk))?,
            _ => Vec::new(),
        };
        Ok((columns, kept))
    }

    fn table(
        &self,
        chunk: &Chunk,
        batch: &RecordBatch,
        is_checked: bool,
        keep: &mut Keep,
    ) -> Result<(Columns, Vec<ArrayRef>), Error> {
        let rows = Table::of_shape(batch.clone(), Arc::clone(&chunk.shape))?;
        let columns = if is_checked || keep.is_empty() {
            encode_batch(self.encoder, &rows, &self.options(chunk))?
        } else {
            let rows = KeptTexts::new(rows, batch, keep.names());
            encode_batch(self.encoder, &rows, &self.options(chunk))?
        };
        let kept = if keep.is_empty() || columns.is_empty() {
            Vec::new()
        } else {
            let file = Arc::clone(&self.inputs[chunk.input].name);
            keep.take_table(batch, &written(&columns, chunk), &file)?
        };
        Ok((columns, kept))
    }

    fn refuse(&self, chunk: &Chunk, error: RowError) -> Refused {
        let index = error.row.unwrap_or(chunk.first_row).saturating_sub(chunk.first_row) as usize;
        let raw = match &chunk.rows {
            ChunkRows::Text(block) => String::from_utf8_lossy(block.row(index)).into_owned(),
            ChunkRows::Table { batch, .. } => {
                json::to_string(&ArrowCell::new(&StructArray::from(batch.clone()), index))
            }
        };
        Refused { file: Arc::clone(&self.inputs[chunk.input].name), line: chunk.line(index), error, raw }
    }
}

/// Which rows of the chunk each written row came from.
fn written(columns: &Columns, chunk: &Chunk) -> Vec<usize> {
    columns.row_index.iter().map(|row| (*row as u64).saturating_sub(chunk.first_row) as usize).collect()
}

fn internal(detail: &str) -> Error {
    Error::Internal { detail: detail.to_owned() }
}
