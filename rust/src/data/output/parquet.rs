//! Parquet, compressed lightly: tokens compress well and are read often.

use std::fs::File;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::{Pending, Sink};
use crate::error::Error;

/// A row group is closed at this many bytes, all of which are held in memory until then.
const ROW_GROUP_BYTES: usize = 64 << 20;

pub(super) struct ParquetSink {
    writer: ArrowWriter<File>,
    pending: Pending,
}

impl ParquetSink {
    pub fn begin(pending: Pending, schema: SchemaRef) -> Result<Self, Error> {
        let level = ZstdLevel::try_new(1).map_err(|error| pending.failed(error))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by(concat!("swiftcore ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(pending.open()?, schema, Some(properties));
        Ok(Self { writer: writer.map_err(|error| pending.failed(error))?, pending })
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, table: &RecordBatch) -> Result<(), Error> {
        self.writer.write(table).map_err(|error| self.pending.failed(error))?;
        if self.writer.in_progress_size() >= ROW_GROUP_BYTES {
            self.writer.flush().map_err(|error| self.pending.failed(error))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Pending, Error> {
        let Self { writer, pending } = *self;
        writer.close().map_err(|error| pending.failed(error))?;
        Ok(pending)
    }
}
