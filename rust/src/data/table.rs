//! A Parquet file as record batches of bounded size.

use std::fmt::Display;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::control::Stop;
use super::input::Input;
use super::unchecked::unchecked_metadata;
use crate::error::Error;

/// Bounds for the number of rows in a batch, whatever their size.
const FEWEST_ROWS: usize = 16;
const MOST_ROWS: usize = 8192;

/// Reads a Parquet file batch by batch.
pub(super) struct TableReader<'c> {
    batches: ParquetRecordBatchReader,
    batch_rows: usize,
    /// Whether texts are known to be UTF-8.
    is_checked: bool,
    path: PathBuf,
    name: Arc<str>,
    stop: &'c Stop<'c>,
    rows: u64,
    rows_total: u64,
    bytes_total: u64,
    /// How many bytes were counted as read.
    counted: u64,
}

impl<'c> TableReader<'c> {
    /// Opens a file; its batches hold about `target` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where it is no Parquet file.
    pub fn open(input: &Input, target: usize, stop: &'c Stop<'c>) -> Result<Self, Error> {
        let path = input.path.clone().unwrap_or_default();
        let file = File::open(&path).map_err(|error| Error::file(&input.name, error))?;
        let failed = |error| Error::file(&input.name, format!("cannot be read as Parquet: {error}"));
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
        let metadata = builder.metadata();
        let rows_total = metadata.file_metadata().num_rows().max(0) as u64;
        let bytes: i64 = metadata.row_groups().iter().map(|group| group.total_byte_size()).sum();
        let row_bytes = (bytes.max(0) as u64 / rows_total.max(1)).max(1) as usize;
        let batch_rows = (target / row_bytes).clamp(FEWEST_ROWS, MOST_ROWS);
        let batches = builder.with_batch_size(batch_rows).build().map_err(failed)?;
        let bytes_total = input.bytes.unwrap_or(0);
        let name = input.name.clone();
        let (is_checked, rows, counted) = (true, 0, 0);
        Ok(Self { batches, batch_rows, is_checked, path, name, stop, rows, rows_total, bytes_total, counted })
    }

    /// Whether the texts of the last batch are known to be UTF-8.
    pub fn is_checked(&self) -> bool {
        self.is_checked
    }

    /// The next batch, and the number of its first row in the file, from 1.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where the file cannot be read on.
    pub fn next(&mut self) -> Result<Option<(RecordBatch, u64)>, Error> {
        let failed = |error: &dyn Display| Error::file(&self.name, format!("cannot be read as Parquet: {error}"));
        let batch = match self.batches.next() {
            None => return Ok(None),
            Some(Ok(batch)) => batch,
            Some(Err(error)) => {
                // A text that is not UTF-8 costs its row, and not the file. Any other error comes again.
                let again = if self.is_checked { self.unchecked().ok() } else { None };
                let Some(mut batches) = again else { return Err(failed(&error)) };
                let Some(batch) = batches.next() else { return Err(failed(&error)) };
                let batch = batch.map_err(|error| failed(&error))?;
                (self.batches, self.is_checked) = (batches, false);
                batch
            }
        };
        let first = self.rows + 1;
        self.rows += batch.num_rows() as u64;
        self.count();
        Ok(Some((batch, first)))
    }

    /// The batches from here on, without a look at their texts.
    fn unchecked(&self) -> Result<ParquetRecordBatchReader, ParquetError> {
        let file = File::open(&self.path)?;
        let metadata = unchecked_metadata(&file)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        builder.with_batch_size(self.batch_rows).with_offset(self.rows as usize).build()
    }

    /// Counts bytes in proportion to rows, because the columns of a batch lie all over the file.
    fn count(&mut self) {
        let share = u128::from(self.bytes_total) * u128::from(self.rows) / u128::from(self.rows_total.max(1));
        let read = (share as u64).min(self.bytes_total);
        self.stop.control.bytes_read.fetch_add(read - self.counted, Ordering::Relaxed);
        self.counted = read;
    }
}
