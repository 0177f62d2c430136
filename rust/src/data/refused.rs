//! The rows that were refused: counted, a few of them remembered, each written down with its
//! place, its reason and itself, so that it can be mended.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::output::Pending;
use crate::error::{Error, RowError};

/// How many refused rows the summary shows.
const EXAMPLES: usize = 10;

/// A refused row.
#[derive(Debug)]
pub(super) struct Refused {
    pub file: Arc<str>,
    /// Where it is in the file, from 1.
    pub line: u64,
    pub error: RowError,
    /// The row as it came, or as JSON.
    pub raw: String,
}

impl Refused {
    /// The error with the place of the row, for whoever sees nothing else.
    pub fn into_error(self) -> Error {
        let mut error = self.error;
        error.detail = format!("{} (in {}, line {})", error.detail, self.file, self.line);
        Error::Row(error)
    }

    /// The error with its line, for an error about the file.
    pub fn describe_in_file(&self) -> String {
        let error = RowError { row: None, ..self.error.clone() };
        format!("line {}: {error}", self.line)
    }

    fn describe(&self) -> String {
        // The place in the file says more than the index of the row does.
        let error = RowError { row: None, ..self.error.clone() };
        format!("{}:{}: {error}", self.file, self.line)
    }

    fn to_json(&self) -> serde_json::Value {
        let RowError { kind, row, message, field, detail, .. } = &self.error;
        json!({
            "file": &*self.file, "line": self.line, "row": row, "kind": kind.as_str(), "message": message,
            "field": field, "reason": detail, "raw": self.raw
        })
    }
}

/// Where refused rows are written down.
#[derive(Debug)]
pub(super) struct RefusedLog {
    path: Option<PathBuf>,
    file: Option<(Pending, BufWriter<File>)>,
    /// Whether it is in its place.
    committed: bool,
    pub by_kind: BTreeMap<&'static str, u64>,
    pub examples: Vec<String>,
}

impl RefusedLog {
    /// A log at `path`, which is made when the first row is refused.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, file: None, committed: false, by_kind: BTreeMap::new(), examples: Vec::new() }
    }

    /// Where the log goes, where it goes anywhere.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// # Errors
    ///
    /// [`Error::File`] where it cannot be written.
    pub fn push(&mut self, refused: &Refused) -> Result<(), Error> {
        *self.by_kind.entry(refused.error.kind.as_str()).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(refused.describe());
        }
        let Some(path) = &self.path else { return Ok(()) };
        if self.file.is_none() {
            let pending = Pending::file(path, true)?;
            let writer = BufWriter::new(pending.open()?);
            self.file = Some((pending, writer));
        }
        if let Some((pending, writer)) = &mut self.file {
            writeln!(writer, "{}", refused.to_json()).map_err(|error| pending.failed(error))?;
        }
        Ok(())
    }

    /// Moves the log into place; where nothing was refused, one of an earlier run is removed.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where that fails.
    pub fn commit(&mut self) -> Result<(), Error> {
        if let Some((pending, mut writer)) = self.file.take() {
            writer.flush().map_err(|error| pending.failed(error))?;
            self.committed = true;
            return pending.commit();
        }
        match &self.path {
            Some(path) if path.is_file() => fs::remove_file(path).map_err(|error| Error::file(path.display(), error)),
            _ => Ok(()),
        }
    }

    /// Takes the log away again, where the output that it belongs to came to nothing.
    pub fn discard(&self) {
        if let Some(path) = self.path.as_deref().filter(|path| self.committed && path.is_file()) {
            // The error that is reported already matters more.
            let _ = fs::remove_file(path);
        }
    }
}
