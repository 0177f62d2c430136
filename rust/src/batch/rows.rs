//! Where the rows of a batch come from.

use std::ops::Range;

use crate::error::{RowError, RowErrorKind};
use crate::row::{Content, Row, parse_json, read_row, with_borrowed};
use crate::warning::WarningCounts;

/// Rows to encode, wherever they are.
pub trait Rows: Sync {
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `use_row` with row `index`.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where the row cannot be read, or the one that `use_row` gave.
    fn with_row(&self, index: usize, use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>)
    -> Result<(), RowError>;

    /// About how many bytes of text some rows have, told quickly: work is shared out by it, and nothing else.
    fn bytes(&self, rows: Range<usize>) -> usize {
        rows.len()
    }

    /// The warnings about all rows together, such as about columns that no row is read from. The first row counts as
    /// `first_row`.
    fn warnings(&self, _first_row: u64) -> WarningCounts {
        WarningCounts::default()
    }

    /// Calls `use_row` with row `index` as JSON text, where rows can be had so.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where the row cannot be read, or the one that `use_row` gave.
    fn with_json(&self, index: usize, _use_row: &mut dyn FnMut(&str) -> Result<(), RowError>) -> Result<(), RowError> {
        self.with_row(index, &mut |_| {
            Err(RowError::new(RowErrorKind::Internal, "a defect of swiftcore: this row cannot be had as text"))
        })
    }
}

/// Rows that were read already.
pub struct Parsed<'a>(pub Vec<Result<Row<'a>, RowError>>);

impl Rows for Parsed<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        self.0[index].as_ref().map_err(Clone::clone).and_then(use_row)
    }

    fn bytes(&self, rows: Range<usize>) -> usize {
        let messages = self.0[rows].iter().flatten().flat_map(|row| &row.messages);
        messages.map(|message| if let Content::Text(text) = &message.content { text.len() } else { 0 }).sum()
    }
}

/// Rows as lines of JSON, parsed by the thread that encodes them.
pub struct JsonLines<'a>(pub Vec<&'a [u8]>);

impl Rows for JsonLines<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        with_borrowed(parse_json(self.0[index])?, |value| use_row(&read_row(value)?))
    }

    fn bytes(&self, rows: Range<usize>) -> usize {
        self.0[rows].iter().map(|line| line.len()).sum()
    }
}
