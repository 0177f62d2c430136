//! The third stage of a job: what came of each chunk is counted and written, in order.

use arrow_schema::SchemaRef;

use super::encode::Encoded;
use super::output::{Output, Pending, Sink};
use super::refused::RefusedLog;
use super::summary::{Histogram, Summary};
use crate::error::Error;

/// Counts and writes one chunk after the other.
pub(super) struct WriteStage {
    // Dropped first, so that the output's folders are empty when it removes those it made.
    refused: RefusedLog,
    output: Option<Output>,
    sink: Option<Box<dyn Sink>>,
    threads: usize,
    histogram: Histogram,
    summary: Summary,
}

/// What is written, but not in its place yet.
pub(super) struct Written {
    refused: RefusedLog,
    output: Option<Pending>,
    summary: Summary,
}

impl WriteStage {
    pub fn new(output: Option<Output>, refused: RefusedLog, threads: usize) -> Self {
        Self { output, sink: None, threads, refused, histogram: Histogram::default(), summary: Summary::default() }
    }

    /// # Errors
    ///
    /// [`Error::File`] where something cannot be written.
    pub fn run(&mut self, mut encoded: Encoded) -> Result<(), Error> {
        for refused in &encoded.refused {
            self.refused.push(refused)?;
        }
        self.count(&mut encoded);
        let Some(table) = &encoded.table else { return Ok(()) };
        if let Some(output) = self.output.take() {
            self.sink = Some(output.begin(table.schema(), self.threads)?);
        }
        self.sink.as_mut().map_or(Ok(()), |sink| sink.write(table))
    }

    fn count(&mut self, encoded: &mut Encoded) {
        for length in &encoded.lengths {
            self.histogram.push(*length);
        }
        let summary = &mut self.summary;
        summary.rows_read += encoded.rows;
        summary.rows_written += encoded.lengths.len() as u64;
        summary.trained_tokens += encoded.trained_tokens;
        summary.untrainable += encoded.untrainable;
        summary.truncated += encoded.truncated;
        summary.texts += encoded.texts;
        summary.deleted += encoded.deleted;
        summary.refused += encoded.refused.len() as u64;
        summary.warnings.merge(std::mem::take(&mut encoded.warnings));
    }

    /// Writes what is still to be written. An output without a row has the columns of `schema`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where that fails.
    pub fn finish(mut self, schema: SchemaRef) -> Result<Written, Error> {
        if let Some(output) = self.output.take() {
            self.sink = Some(output.begin(schema, self.threads)?);
        }
        let output = self.sink.take().map(Sink::finish).transpose()?;
        let mut summary = self.summary;
        summary.tokens = self.histogram.tokens();
        summary.lengths = self.histogram.lengths();
        summary.refused_by_kind = std::mem::take(&mut self.refused.by_kind);
        summary.examples = std::mem::take(&mut self.refused.examples);
        if summary.refused > 0 {
            summary.refused_path = self.refused.path().map(ToOwned::to_owned);
        }
        Ok(Written { output, refused: self.refused, summary })
    }
}

impl Written {
    /// Moves everything into its place: the output last, so that whoever sees it sees all.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where that fails; the output is absent then.
    pub fn commit(mut self) -> Result<Summary, Error> {
        self.refused.commit()?;
        if let Some(Err(error)) = self.output.map(Pending::commit) {
            self.refused.discard();
            return Err(error);
        }
        Ok(self.summary)
    }
}
