//! One JSON object a line, compressed where the name says so.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use flate2::write::GzEncoder;

use super::{Pending, Sink};
use crate::data::input::Compression;
use crate::data::json;
use crate::error::Error;
use crate::row::ArrowCell;

pub(super) struct JsonlSink {
    writer: Writer,
    pending: Pending,
    /// Lines of one table, kept for its memory.
    lines: Vec<u8>,
}

enum Writer {
    Plain(File),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

/// Fast levels: what compresses is one thread, and what it compresses are digits.
const GZIP_LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 1;

impl JsonlSink {
    pub fn begin(pending: Pending, compression: Option<Compression>) -> Result<Self, Error> {
        let file = pending.open()?;
        let writer = match compression {
            None => Writer::Plain(file),
            Some(Compression::Gzip) => {
                Writer::Gzip(GzEncoder::new(BufWriter::new(file), flate2::Compression::new(GZIP_LEVEL)))
            }
            Some(Compression::Zstd) => {
                let encoder = zstd::Encoder::new(BufWriter::new(file), ZSTD_LEVEL);
                Writer::Zstd(encoder.map_err(|error| pending.failed(error))?)
            }
        };
        Ok(Self { writer, pending, lines: Vec::new() })
    }
}

impl Sink for JsonlSink {
    fn write(&mut self, table: &RecordBatch) -> Result<(), Error> {
        self.lines.clear();
        let schema = table.schema_ref();
        let lead = |(index, field): (usize, &std::sync::Arc<arrow_schema::Field>)| {
            let mut lead = if index == 0 { b"{".to_vec() } else { b", ".to_vec() };
            json::write_text(field.name(), &mut lead);
            lead.extend_from_slice(b": ");
            lead
        };
        let leads: Vec<Vec<u8>> = schema.fields().iter().enumerate().map(lead).collect();
        for row in 0..table.num_rows() {
            for (lead, column) in leads.iter().zip(table.columns()) {
                self.lines.extend_from_slice(lead);
                write_cell(column.as_ref(), row, &mut self.lines);
            }
            self.lines.extend_from_slice(b"}\n");
        }
        let written = match &mut self.writer {
            Writer::Plain(writer) => writer.write_all(&self.lines),
            Writer::Gzip(writer) => writer.write_all(&self.lines),
            Writer::Zstd(writer) => writer.write_all(&self.lines),
        };
        written.map_err(|error| self.pending.failed(error))
    }

    fn finish(self: Box<Self>) -> Result<Pending, Error> {
        let Self { writer, pending, .. } = *self;
        let finished: io::Result<()> = match writer {
            Writer::Plain(_) => Ok(()),
            Writer::Gzip(writer) => writer.finish().and_then(|mut file| file.flush()),
            Writer::Zstd(writer) => writer.finish().and_then(|mut file| file.flush()),
        };
        finished.map_err(|error| pending.failed(error))?;
        Ok(pending)
    }
}

/// Lists of ids and weights are written as slices; anything else cell by cell.
fn write_cell(column: &dyn Array, row: usize, out: &mut Vec<u8>) {
    if let DataType::List(item) = column.data_type()
        && column.is_valid(row)
    {
        let values = column.as_list::<i32>().value(row);
        match item.data_type() {
            DataType::Int32 if values.null_count() == 0 => {
                return json::write_number(values.as_primitive::<Int32Type>().values().as_ref(), out);
            }
            DataType::Float32 if values.null_count() == 0 => {
                return json::write_number(values.as_primitive::<Float32Type>().values().as_ref(), out);
            }
            _ => {}
        }
    }
    if column.data_type() == &DataType::Float32 && column.is_valid(row) {
        // As short as a number of 32 bits is.
        return json::write_number(column.as_primitive::<Float32Type>().value(row), out);
    }
    json::write(&ArrowCell::new(column, row), out);
}
