//! One Arrow IPC file, uncompressed, so that readers map it into memory.

use std::fs::File;
use std::io::{BufWriter, Write};

use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::SchemaRef;

use super::{Pending, Sink};
use crate::error::Error;

pub(super) struct ArrowSink {
    writer: FileWriter<BufWriter<File>>,
    pending: Pending,
}

impl ArrowSink {
    pub fn begin(pending: Pending, schema: SchemaRef) -> Result<Self, Error> {
        let file = BufWriter::new(pending.open()?);
        let writer = FileWriter::try_new(file, &schema).map_err(|error| pending.failed(error))?;
        Ok(Self { writer, pending })
    }
}

impl Sink for ArrowSink {
    fn write(&mut self, table: &RecordBatch) -> Result<(), Error> {
        self.writer.write(table).map_err(|error| self.pending.failed(error))
    }

    fn finish(self: Box<Self>) -> Result<Pending, Error> {
        let Self { writer, pending } = *self;
        let mut file = writer.into_inner().map_err(|error| pending.failed(error))?;
        file.flush().map_err(|error| pending.failed(error))?;
        Ok(pending)
    }
}
