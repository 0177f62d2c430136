//! Rows of any shape for a batch: lines of JSON, parsed by the thread that encodes them, and
//! Arrow tables, read in place.

use std::ops::Range;

use arrow_array::{RecordBatch, StructArray};

use super::keep::Slots;
use super::shape::Shape;
use super::text::Block;
use crate::batch::{Rows, text_bytes};
use crate::error::{RowError, RowErrorKind};
use crate::row::{ArrowCell, Kind, Row, Value, parse_json, with_borrowed};

/// Rows of an Arrow table.
#[derive(Debug, Clone)]
pub struct ArrowRows {
    rows: StructArray,
    shape: Shape,
}

impl ArrowRows {
    /// The rows of `batch`, which have the shape `shape`.
    pub fn new(batch: RecordBatch, shape: Shape) -> Self {
        Self { rows: batch.into(), shape }
    }
}

impl Rows for ArrowRows {
    fn len(&self) -> usize {
        arrow_array::Array::len(&self.rows)
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        use_row(&self.shape.read(&ArrowCell::new(&self.rows, index))?)
    }

    fn bytes(&self, rows: Range<usize>) -> usize {
        text_bytes(&self.rows, rows)
    }

    fn with_json(&self, index: usize, use_row: &mut dyn FnMut(&str) -> Result<(), RowError>) -> Result<(), RowError> {
        use_row(&self.shape.to_json(&ArrowCell::new(&self.rows, index))?)
    }
}

/// Rows of a block of text. What is kept of a row goes into its slot.
pub(super) struct TextRows<'c> {
    pub block: &'c Block,
    /// `None` where no row of the file has told its shape.
    pub shape: Option<&'c Shape>,
    /// Says of a row why it does not tell its shape.
    pub refuse: &'c (dyn Fn(&[u8]) -> RowError + Sync),
    pub kept: Option<&'c Slots>,
}

impl Rows for TextRows<'_> {
    fn len(&self) -> usize {
        self.block.rows.len()
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let line = self.block.row(index);
        let value = parse_line(line)?;
        let Some(shape) = self.shape else { return Err((self.refuse)(line)) };
        with_borrowed(value, |value| {
            let row = shape.read(value)?;
            self.keep(index, value)?;
            use_row(&row)
        })
    }

    fn bytes(&self, rows: Range<usize>) -> usize {
        self.block.rows[rows].iter().map(|row| row.end - row.start).sum()
    }

    fn with_json(&self, index: usize, use_row: &mut dyn FnMut(&str) -> Result<(), RowError>) -> Result<(), RowError> {
        let line = self.block.row(index);
        let value = parse_line(line)?;
        let Some(shape) = self.shape else { return Err((self.refuse)(line)) };
        let row = shape.to_json(&value)?;
        self.keep(index, &value)?;
        use_row(&row)
    }
}

impl TextRows<'_> {
    fn keep(&self, index: usize, value: &jiter::JsonValue<'_>) -> Result<(), RowError> {
        if let Some(slots) = self.kept
            && let Kind::Map(fields) = value.kind()
        {
            slots.fill(index, &fields)?;
        }
        Ok(())
    }
}

/// Parses a line of a file, which may be no text at all.
pub(super) fn parse_line(line: &[u8]) -> Result<jiter::JsonValue<'_>, RowError> {
    parse_json(line).map_err(|error| match std::str::from_utf8(line) {
        Ok(_) => error,
        Err(bad) => {
            let detail = format!("is not UTF-8 at byte {}; save the file as UTF-8", bad.valid_up_to());
            RowError::new(RowErrorKind::InvalidText, detail)
        }
    })
}
