//! The first stage of a job: inputs, one after the other, as chunks of rows in order.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::RecordBatch;

use super::control::Stop;
use super::input::{Input, InputFormat};
use super::rows::parse_line;
use super::source;
use super::table::TableReader;
use super::text::{Block, TextReader};
use crate::error::Error;
use crate::row::{Kind, Opened, Value};
use crate::shape::{Shape, ShapeChoice, check_not_wrapped};

/// Some rows of one input.
pub(super) struct Chunk {
    /// Which input.
    pub input: usize,
    /// The shape of all rows of the input.
    pub shape: Arc<Shape>,
    /// The index of the first row among the rows of all inputs, from 0.
    pub first_row: u64,
    pub rows: ChunkRows,
}

pub(super) enum ChunkRows {
    Text(Block),
    Table {
        batch: RecordBatch,
        /// The number of the first row in its file, from 1.
        first_line: u64,
        /// Whether its texts are known to be UTF-8.
        is_checked: bool,
    },
}

impl Chunk {
    pub fn len(&self) -> usize {
        match &self.rows {
            ChunkRows::Text(block) => block.rows.len(),
            ChunkRows::Table { batch, .. } => batch.num_rows(),
        }
    }

    /// Where row `index` is in its file, from 1: its line, or its number in a table.
    pub fn line(&self, index: usize) -> u64 {
        match &self.rows {
            ChunkRows::Text(block) => block.rows[index].line,
            ChunkRows::Table { first_line, .. } => first_line + index as u64,
        }
    }

    /// The names of the columns, in the order in which they come: of a table, or of the first rows of text.
    pub fn columns(&self) -> Vec<String> {
        let block = match &self.rows {
            ChunkRows::Table { batch, .. } => {
                return batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect();
            }
            ChunkRows::Text(block) => block,
        };
        let (mut names, mut seen) = (Vec::new(), HashSet::new());
        for index in 0..block.rows.len().min(SAMPLE_ROWS) {
            if let Ok(jiter::JsonValue::Object(row)) = parse_line(block.row(index)) {
                names.extend(row.iter().map(|(name, _)| name.to_string()).filter(|name| seen.insert(name.clone())));
            }
        }
        names
    }

    fn truncate(&mut self, len: usize) {
        match &mut self.rows {
            ChunkRows::Text(block) => block.rows.truncate(len),
            ChunkRows::Table { batch, .. } => *batch = batch.slice(0, len.min(batch.num_rows())),
        }
    }
}

/// Reads chunks of about `target` bytes and hands them to `send`, up to `limit` rows. `send` says
/// whether anybody wants more.
///
/// # Errors
///
/// [`Error::File`] for an input that cannot be read; the rows before that were sent.
pub(super) fn read(
    inputs: &[Input],
    choice: &ShapeChoice,
    target: usize,
    limit: Option<u64>,
    stop: &Stop<'_>,
    mut send: impl FnMut(Chunk) -> bool,
) -> Result<(), Error> {
    let limit = limit.unwrap_or(u64::MAX);
    let mut first_row = 0;
    for (index, input) in inputs.iter().enumerate() {
        if first_row >= limit {
            return Ok(());
        }
        let mut rows = Rows::open(input, target, stop)?;
        let mut shape = None;
        while first_row < limit && !stop.is_set() {
            let Some(rows) = rows.next()? else { break };
            // Settled by the whole first chunk, which is the same whatever the limit and the size of the others.
            let shape = match &shape {
                Some(shape) => Arc::clone(shape),
                None => {
                    let settled = settle(&rows, choice).map_err(|detail| Error::file(&input.name, detail))?;
                    Arc::clone(shape.insert(Arc::new(settled)))
                }
            };
            let mut chunk = Chunk { input: index, shape, first_row, rows };
            chunk.truncate(usize::try_from(limit - first_row).unwrap_or(usize::MAX));
            first_row += chunk.len() as u64;
            if !send(chunk) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// How many rows settle the shape of a file, at most.
const SAMPLE_ROWS: usize = 1000;

/// The shape of the rows of a file that begins with the chunk `rows`.
fn settle(rows: &ChunkRows, choice: &ShapeChoice) -> Result<Shape, String> {
    let block = match rows {
        ChunkRows::Table { batch, .. } => {
            return Ok(choice.of_table(batch.schema_ref().fields()));
        }
        ChunkRows::Text(block) => block,
    };
    let mut kinds = Vec::new();
    for index in 0..block.rows.len().min(SAMPLE_ROWS) {
        let Ok(value) = parse_line(block.row(index)) else { continue };
        let Kind::Map(row) = Opened::Plain(value).kind() else { continue };
        match choice.kind_of(&row) {
            Some(kind) => kinds.push(kind),
            None if index == 0 => check_not_wrapped(choice, &row)?,
            None => {}
        }
    }
    Ok(choice.of_sample(&kinds))
}

enum Rows<'c> {
    Text(TextReader<'c>),
    Table(TableReader<'c>),
}

impl<'c> Rows<'c> {
    fn open(input: &Input, target: usize, stop: &'c Stop<'c>) -> Result<Self, Error> {
        Ok(match input.format {
            InputFormat::Json => Self::Text(TextReader::new(source::open(input, stop)?, input.name.clone(), target)),
            InputFormat::Parquet => Self::Table(TableReader::open(input, target, stop)?),
        })
    }

    fn next(&mut self) -> Result<Option<ChunkRows>, Error> {
        Ok(match self {
            Self::Text(reader) => reader.next()?.map(ChunkRows::Text),
            Self::Table(reader) => reader.next()?.map(|(batch, first_line)| {
                let is_checked = reader.is_checked();
                ChunkRows::Table { batch, first_line, is_checked }
            }),
        })
    }
}
