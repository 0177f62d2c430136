//! Lines of JSON as the rows of a batch, parsed by the thread that encodes them.

use std::ops::Range;

use super::keep::Slots;
use super::surrogates;
use super::text::Block;
use crate::batch::Rows;
use crate::error::{RowError, RowErrorKind};
use crate::row::{Kind, Named, Row, Value, parse_json, with_borrowed};
use crate::shape::Shape;

/// Rows of a block of text. What is kept of a row goes into its slot.
pub(super) struct TextRows<'c> {
    pub block: &'c Block,
    pub shape: &'c Shape,
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
        let value = match parse_line(line) {
            Ok(value) => value,
            Err(error) => return self.with_marked(index, error, use_row),
        };
        with_borrowed(value, |value| {
            let row = self.shape.read(value).inspect_err(|_| self.see(value))?;
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
        let row = self.shape.to_json(&value).inspect_err(|_| self.see(&value))?;
        self.keep(index, &value)?;
        use_row(&row)
    }
}

impl TextRows<'_> {
    /// A row that is not JSON but for lone surrogates.
    fn with_marked(
        &self,
        index: usize,
        error: RowError,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let Some(value) = surrogates::parse(self.block.row(index)) else { return Err(error) };
        let row = self.shape.read(&value).inspect_err(|_| self.see(&value))?;
        if let Some(slots) = self.kept
            && let Kind::Map(fields) = value.kind()
        {
            let is_bad = |name: &&String| fields.named(name).is_some_and(|value| value.is_bad());
            if let Some(name) = slots.names().iter().find(is_bad) {
                slots.see(&fields);
                return Err(surrogates::refusal().at_field(name.as_str()));
            }
            slots.fill(index, &fields)?;
        }
        use_row(&row)
    }

    /// Note which of the kept columns a refused row has.
    fn see<'a, V>(&self, value: &V)
    where
        V: Value<'a>,
        V::Map: Named<'a, Value = V>,
    {
        if let Some(slots) = self.kept
            && let Kind::Map(fields) = value.kind()
        {
            slots.see(&fields);
        }
    }

    fn keep(&self, index: usize, value: &jiter::JsonValue<'_>) -> Result<(), RowError> {
        if let Some(slots) = self.kept
            && let Kind::Map(fields) = value.kind()
        {
            slots.fill(index, &fields)?;
        }
        Ok(())
    }
}

/// Parses a line of a file, which may not be text at all. A byte order mark is where files were joined.
pub(super) fn parse_line(line: &[u8]) -> Result<jiter::JsonValue<'_>, RowError> {
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    parse_json(line).map_err(|error| match std::str::from_utf8(line) {
        Ok(_) => error,
        Err(bad) => {
            let detail = format!("is not UTF-8 at byte {}; save the file as UTF-8", bad.valid_up_to());
            RowError::new(RowErrorKind::InvalidText, detail)
        }
    })
}
