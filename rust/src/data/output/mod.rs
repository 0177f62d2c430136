//! The formats that token ids are written in.

mod arrow;
mod dataset;
mod jsonl;
mod parquet;
mod parts;
mod pending;
mod stream;
mod table;

use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

pub(super) use pending::Pending;
pub(super) use stream::is_stream;
pub(super) use table::{schema, table};

use super::input::{Compression, suffixes};
use crate::error::Error;

/// How an output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    Parquet,
    /// One Arrow IPC file.
    Arrow,
    /// One JSON object a line.
    Jsonl,
    /// A folder that `datasets.load_from_disk` opens.
    Datasets,
}

impl OutputFormat {
    /// The format named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "parquet" => Self::Parquet,
            "arrow" => Self::Arrow,
            "jsonl" => Self::Jsonl,
            "datasets" => Self::Datasets,
            _ => {
                let detail = format!("'{name}' is unknown; give one of parquet, arrow, jsonl, datasets");
                return Err(Error::argument("format", detail));
            }
        })
    }

    /// What the name of an output says. A name without a suffix, or one that ends in `/`, is a
    /// folder.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for any other suffix.
    pub fn from_path(path: &Path) -> Result<Self, Error> {
        if path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]) {
            return Ok(Self::Datasets);
        }
        let (suffix, compression) = suffixes(path);
        match (suffix.as_str(), compression) {
            ("parquet", None) => Ok(Self::Parquet),
            ("arrow", None) => Ok(Self::Arrow),
            ("jsonl", _) => Ok(Self::Jsonl),
            ("", None) => Ok(Self::Datasets),
            _ => {
                let detail = "its name does not say how to write it; name it .parquet, .arrow, .jsonl, .jsonl.gz or \
                              .jsonl.zst, give a name without a suffix for a datasets folder, or give format";
                Err(Error::file(path.display(), detail))
            }
        }
    }
}

/// Writes tables in one format.
pub(super) trait Sink: Send {
    /// # Errors
    ///
    /// [`Error::File`] where that fails.
    fn write(&mut self, table: &RecordBatch) -> Result<(), Error>;

    /// Writes what is still to be written, and hands the output over to be committed.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where that fails.
    fn finish(self: Box<Self>) -> Result<Pending, Error>;
}

/// Where and how to write.
#[derive(Debug)]
pub(super) struct Output {
    format: OutputFormat,
    compression: Option<Compression>,
    pending: Pending,
}

impl Output {
    /// Prepares an output; nothing of it is in its place yet.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where it may not be written, or its name does not say how.
    pub fn prepare(path: &Path, format: Option<OutputFormat>, overwrite: bool) -> Result<Self, Error> {
        let format = match format {
            Some(format) => format,
            // The name of a stream says nothing.
            None if is_stream(path)? => OutputFormat::Jsonl,
            None => OutputFormat::from_path(path)?,
        };
        let pending = match format {
            OutputFormat::Datasets => Pending::folder(path, overwrite)?,
            _ => Pending::file(path, overwrite)?,
        };
        let compression = suffixes(path).1.filter(|_| format == OutputFormat::Jsonl);
        Ok(Self { format, compression, pending })
    }

    /// Begins to write tables of `schema`, on as many as `threads` threads.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where that fails.
    pub fn begin(self, schema: SchemaRef, threads: usize) -> Result<Box<dyn Sink>, Error> {
        Ok(match self.format {
            OutputFormat::Parquet => Box::new(parquet::ParquetSink::begin(self.pending, schema, threads)?),
            OutputFormat::Arrow => Box::new(arrow::ArrowSink::begin(self.pending, schema)?),
            OutputFormat::Jsonl => Box::new(jsonl::JsonlSink::begin(self.pending, self.compression)?),
            OutputFormat::Datasets => Box::new(dataset::DatasetSink::begin(self.pending, schema)),
        })
    }
}

/// Where refused rows go unless somebody says: beside the output.
pub(super) fn refused_path(output: &Path) -> PathBuf {
    let mut name = output.components().as_path().as_os_str().to_owned();
    name.push(".refused.jsonl");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_how_to_write() {
        let format = |name: &str| OutputFormat::from_path(Path::new(name)).ok();
        assert_eq!(format("a.parquet"), Some(OutputFormat::Parquet));
        assert_eq!(format("a.arrow"), Some(OutputFormat::Arrow));
        assert_eq!(format("a.jsonl.zst"), Some(OutputFormat::Jsonl));
        assert_eq!(format("a"), Some(OutputFormat::Datasets));
        assert_eq!(format("a.b/"), Some(OutputFormat::Datasets));
        assert_eq!(format("a.csv"), None);
        assert_eq!(format("a.parquet.gz"), None);
        assert_eq!(refused_path(Path::new("x/a.b/")), Path::new("x/a.b.refused.jsonl"));
        assert_eq!(refused_path(Path::new("a.arrow")), Path::new("a.arrow.refused.jsonl"));
    }
}
