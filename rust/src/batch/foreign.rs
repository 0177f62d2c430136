//! Rows that are encoded elsewhere, by a user's hooks: one by one, and gathered like any others.
//!
//! Nothing here knows who encodes them. What a row became is taken as it is, but for rows that have
//! nothing to train on, which are settled as in every batch.

use std::fmt;
use std::sync::atomic::Ordering;

use super::columns::Columns;
use super::growing::Growing;
use super::join::{Part, gather};
use super::rows::Rows;
use super::run::{BatchOptions, Filter};
use crate::encode::Encoder;
use crate::encoded::View;
use crate::error::{Error, RowError};
use crate::task::{EncodedRow, RowSink};
use crate::warning::RowWarning;

/// What a row became elsewhere.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForeignRow {
    pub row: EncodedRow,
    /// Whether one of its sequences was longer.
    pub is_cut: bool,
    /// What was found in the row that it came from.
    pub warnings: Vec<RowWarning>,
}

/// Encodes rows that are given as JSON text.
pub trait Foreign: Send + Sync + fmt::Debug {
    /// What `row`, an object with `messages`, becomes: one row, or several.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a row that cannot be encoded.
    fn encode(&self, row: &str) -> Result<Vec<ForeignRow>, RowError>;
}

/// Has `foreign` encode `rows`, one after the other.
///
/// # Errors
///
/// [`Error::Cancelled`] where the caller asked to stop.
pub(super) fn encode_foreign(
    encoder: &Encoder,
    foreign: &dyn Foreign,
    rows: &dyn Rows,
    options: &BatchOptions<'_>,
) -> Result<Columns, Error> {
    let encode = |index: usize| {
        let mut found = Vec::new();
        rows.with_json(index, &mut |row| {
            found = foreign.encode(row)?;
            Ok(())
        })?;
        Ok(found)
    };
    collect(encoder, (0..rows.len()).map(encode), options)
}

/// The columns of rows that were encoded elsewhere, in order.
///
/// # Errors
///
/// [`Error::Cancelled`] where the caller asked to stop, [`Error::Row`] for an error that ends the whole batch.
pub fn collect(
    encoder: &Encoder,
    rows: impl Iterator<Item = Result<Vec<ForeignRow>, RowError>>,
    options: &BatchOptions<'_>,
) -> Result<Columns, Error> {
    let mut grown = Growing::new(encoder.layout(), options.wide_loss_scale);
    for (number, row) in (options.first_row..).zip(rows) {
        if options.cancelled.is_some_and(|cancelled| cancelled.load(Ordering::Relaxed)) {
            return Err(Error::Cancelled);
        }
        let mut filter = Filter::new(&mut grown, number, options.on_untrainable, encoder.options().gives_labels());
        let outcome = row.map(|rows| rows.iter().for_each(|row| push(row, &mut filter)));
        let Some(error) = outcome.err().or_else(|| filter.refusal.take()) else { continue };
        if error.is_final() {
            return Err(Error::Row(error));
        }
        filter.forget();
        grown.reject(error, number, encoder.options());
    }
    let tokens = std::mem::take(&mut grown.strip).into_tokens().collect();
    Ok(gather(vec![Part { rows: grown, strides: Vec::new() }], tokens, encoder.options()))
}

fn push(row: &ForeignRow, sink: &mut impl RowSink) {
    row.warnings.iter().for_each(|warning| sink.warn(warning));
    for (side, encoded) in &row.row.sequences {
        let view = View {
            input_ids: &encoded.input_ids,
            labels: &encoded.labels,
            loss_scale: &encoded.loss_scale,
            is_cut: row.is_cut,
        };
        sink.sequence(*side, view);
    }
    sink.end(&row.row.values);
}
