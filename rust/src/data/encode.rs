//! The second stage of a job: a chunk of rows in, its columns and its refused rows out.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow_array::{ArrayRef, StructArray};
use arrow_schema::SchemaRef;

use super::control::Stop;
use super::input::Input;
use super::json;
use super::keep::Keep;
use super::output::schema;
use super::read::{Chunk, ChunkRows};
use super::refused::Refused;
use super::rows::{ArrowRows, TextRows, parse_line};
use super::shape::{Shape, ShapeChoice};
use super::text::Block;
use crate::batch::{BatchOptions, Columns, OnUntrainable, Parsed, encode_batch};
use crate::encode::Encoder;
use crate::error::{Error, RowError, RowErrorKind};
use crate::row::{ArrowCell, Kind, Named, Value};

/// What came of a chunk.
pub(super) struct Encoded {
    pub rows: u64,
    pub columns: Columns,
    /// Columns of the input that are copied through.
    pub kept: Vec<ArrayRef>,
    pub schema: SchemaRef,
    pub refused: Vec<Refused>,
    pub trained_tokens: u64,
}

/// Encodes one chunk after the other.
pub(super) struct EncodeStage<'j> {
    pub encoder: &'j Encoder,
    pub inputs: &'j [Input],
    pub choice: &'j ShapeChoice,
    pub on_untrainable: OnUntrainable,
    pub num_threads: usize,
    pub stop: &'j Stop<'j>,
    pub keep: Keep,
    /// The shape of the input that the last chunk came from.
    pub shape: Option<(usize, Shape)>,
}

impl EncodeStage<'_> {
    /// Encodes `chunk`.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] where somebody asked to stop, and what is wrong with a column to keep.
    pub fn run(&mut self, chunk: &Chunk) -> Result<Encoded, Error> {
        if self.shape.as_ref().is_none_or(|(input, _)| *input != chunk.input) {
            self.shape = self.told(chunk).map(|shape| (chunk.input, shape));
        }
        let (columns, kept) = match &chunk.rows {
            ChunkRows::Text(block) => self.text(chunk, block)?,
            ChunkRows::Table { .. } => self.table(chunk)?,
        };
        let mut columns = columns;
        let refused: Vec<Refused> =
            std::mem::take(&mut columns.refused).into_iter().map(|error| self.refuse(chunk, error)).collect();
        let control = self.stop.control;
        control.rows.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        control.tokens.fetch_add(columns.tokens() as u64, Ordering::Relaxed);
        control.refused.fetch_add(refused.len() as u64, Ordering::Relaxed);
        let trained_tokens = columns.trained_tokens();
        let schema = schema(self.encoder.options(), self.keep.fields());
        Ok(Encoded { rows: chunk.len() as u64, columns, kept, schema, refused, trained_tokens })
    }

    fn options(&self, chunk: &Chunk) -> BatchOptions<'_> {
        BatchOptions {
            on_untrainable: self.on_untrainable,
            num_threads: Some(self.num_threads),
            first_row: chunk.first_row,
            wide_loss_scale: false,
            cancelled: Some(self.stop.control.cancelled()),
        }
    }

    /// The shape that the first row to tell one has.
    fn told(&self, chunk: &Chunk) -> Option<Shape> {
        match &chunk.rows {
            ChunkRows::Text(block) => (0..block.rows.len()).find_map(|row| {
                let Kind::Map(fields) = parse_line(block.row(row)).ok()?.kind() else { return None };
                self.choice.settle(&fields.names()).ok()
            }),
            ChunkRows::Table { batch, .. } => self.choice.settle(&column_names(batch.schema_ref())).ok(),
        }
    }

    fn text(&mut self, chunk: &Chunk, block: &Block) -> Result<(Columns, Vec<ArrayRef>), Error> {
        let slots = (!self.keep.is_empty()).then(|| self.keep.slots(block.rows.len()));
        let choice = self.choice;
        let refuse = move |line: &[u8]| match parse_line(line).map(|value| value.kind()) {
            Ok(Kind::Map(fields)) => choice.settle(&fields.names()).err().unwrap_or_else(no_shape),
            Ok(other) => {
                RowError::new(RowErrorKind::WrongType, format!("is {}; give an object with `messages`", other.name()))
            }
            Err(error) => error,
        };
        let shape = self.shape.as_ref().map(|(_, shape)| shape);
        let rows = TextRows { block, shape, refuse: &refuse, kept: slots.as_ref() };
        let columns = encode_batch(self.encoder, &rows, &self.options(chunk))?;
        let kept = match slots {
            Some(slots) if !columns.is_empty() => self.keep.take_slots(&slots, &written(&columns, chunk))?,
            _ => Vec::new(),
        };
        Ok((columns, kept))
    }

    fn table(&mut self, chunk: &Chunk) -> Result<(Columns, Vec<ArrayRef>), Error> {
        let ChunkRows::Table { batch, .. } = &chunk.rows else { return Err(internal("no table")) };
        let columns = match &self.shape {
            Some((_, shape)) => {
                let rows = ArrowRows::new(batch.clone(), shape.clone());
                encode_batch(self.encoder, &rows, &self.options(chunk))?
            }
            None => {
                let names = column_names(batch.schema_ref());
                let error = self.choice.settle(&names).err().unwrap_or_else(no_shape);
                let rows = Parsed(vec![Err(error); batch.num_rows()]);
                encode_batch(self.encoder, &rows, &self.options(chunk))?
            }
        };
        let kept = if self.keep.is_empty() || columns.is_empty() {
            Vec::new()
        } else {
            let file = Arc::clone(&self.inputs[chunk.input].name);
            self.keep.take_table(batch, &written(&columns, chunk), &file)?
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

fn column_names(schema: &SchemaRef) -> Vec<std::borrow::Cow<'_, str>> {
    schema.fields().iter().map(|field| field.name().as_str().into()).collect()
}

/// For a row that would tell a shape, had it not been looked at before: a defect.
fn no_shape() -> RowError {
    RowError::new(RowErrorKind::Internal, "a defect of swiftcore, please report this row")
}

fn internal(detail: &str) -> Error {
    Error::Internal { detail: detail.to_owned() }
}
