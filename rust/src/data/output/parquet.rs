//! Parquet, compressed lightly: tokens compress well and are read often. The columns of a table are encoded and
//! compressed side by side.

use std::fs::File;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowLeafColumn, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;

use super::{Pending, Sink};
use crate::error::Error;
use crate::pool;

/// A row group is closed at this many bytes, all of which are held in memory until then. Ids compress to a fifth or
/// less, so that it holds a hundred megabytes and more of them.
const ROW_GROUP_BYTES: usize = 16 << 20;

/// It is closed at this many rows, too, as readers expect.
const ROW_GROUP_ROWS: usize = 1 << 20;

pub(super) struct ParquetSink {
    file: SerializedFileWriter<File>,
    groups: ArrowRowGroupWriterFactory,
    /// Of the row group that is open, one a leaf of the schema; none between two.
    columns: Vec<ArrowColumnWriter>,
    /// How many rows it has.
    rows: usize,
    schema: SchemaRef,
    pending: Pending,
    threads: usize,
}

impl ParquetSink {
    pub fn begin(pending: Pending, schema: SchemaRef, threads: usize) -> Result<Self, Error> {
        let level = ZstdLevel::try_new(1).map_err(|error| pending.failed(error))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by(concat!("swiftcore ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(pending.open()?, schema.clone(), Some(properties));
        let parts = writer.and_then(ArrowWriter::into_serialized_writer);
        let (file, groups) = parts.map_err(|error| pending.failed(error))?;
        Ok(Self { file, groups, columns: Vec::new(), rows: 0, schema, pending, threads })
    }

    fn add(&mut self, table: &RecordBatch) -> Result<(), ParquetError> {
        if self.columns.is_empty() {
            self.columns = self.groups.create_column_writers(self.file.flushed_row_groups().len())?;
        }
        let mut leaves = Vec::with_capacity(self.columns.len());
        for (field, column) in self.schema.fields().iter().zip(table.columns()) {
            leaves.extend(compute_leaves(field, column)?);
        }
        let mut outcomes: Vec<Result<(), ParquetError>> = leaves.iter().map(|_| Ok(())).collect();
        let work: Vec<_> = self.columns.iter_mut().zip(&leaves).zip(&mut outcomes).collect();
        let add = |((writer, leaf), outcome): ((&mut ArrowColumnWriter, &ArrowLeafColumn), &mut Result<_, _>)| {
            *outcome = writer.write(leaf);
        };
        pool::each(self.threads, work, add).map_err(|error| ParquetError::General(error.to_string()))?;
        outcomes.into_iter().collect::<Result<(), _>>()?;
        let bytes: usize = self.columns.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum();
        self.rows += table.num_rows();
        if bytes >= ROW_GROUP_BYTES || self.rows >= ROW_GROUP_ROWS { self.close_group() } else { Ok(()) }
    }

    fn close_group(&mut self) -> Result<(), ParquetError> {
        if self.columns.is_empty() {
            return Ok(());
        }
        self.rows = 0;
        let mut group = self.file.next_row_group()?;
        for column in std::mem::take(&mut self.columns) {
            column.close()?.append_to_row_group(&mut group)?;
        }
        group.close().map(drop)
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, table: &RecordBatch) -> Result<(), Error> {
        self.add(table).map_err(|error| self.pending.failed(error))
    }

    fn finish(mut self: Box<Self>) -> Result<Pending, Error> {
        self.close_group().map_err(|error| self.pending.failed(error))?;
        let Self { file, pending, .. } = *self;
        file.close().map_err(|error| pending.failed(error))?;
        Ok(pending)
    }
}
