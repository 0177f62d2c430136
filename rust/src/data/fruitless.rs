//! Ends a job whose rows are all refused, so that a wrong shape or a wrong template does not cost the whole input.

use super::encode::Encoded;
use crate::error::{Error, RowErrorKind};

/// After how many refused rows, with none that is not, a job ends.
const ROWS: u64 = 1000;

/// Looks at the first rows of a job.
#[derive(Debug, Default)]
pub(super) struct Fruitless {
    rows: u64,
    /// The first refused row.
    first: Option<(String, String)>,
    has_fruit: bool,
}

impl Fruitless {
    /// Looks at the next chunk. What comes of it does not depend on how rows are cut into chunks.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where all of the first rows were refused, for anything but their length: rows may be sorted by
    /// it.
    pub fn see(&mut self, encoded: &Encoded) -> Result<(), Error> {
        if self.has_fruit || self.rows >= ROWS {
            return Ok(());
        }
        let looked_at = encoded.rows.min(ROWS - self.rows);
        let is_early = |row: Option<u64>| row.is_none_or(|row| row < ROWS);
        let refused = encoded
            .refused
            .iter()
            .filter(|refused| refused.error.kind != RowErrorKind::TooLong && is_early(refused.error.row));
        self.has_fruit = (refused.count() as u64) < looked_at;
        self.rows += encoded.rows;
        if let (None, Some(refused)) = (&self.first, encoded.refused.first()) {
            self.first = Some((refused.file.to_string(), refused.describe_in_file()));
        }
        match &self.first {
            Some((file, why)) if !self.has_fruit && self.rows >= ROWS => {
                let detail = format!("all of the first {ROWS} rows are refused, and no more were read; {why}");
                Err(Error::file(file, detail))
            }
            _ => Ok(()),
        }
    }
}
