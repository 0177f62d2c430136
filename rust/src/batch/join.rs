//! How the rows that threads grew become one set of columns, in order.

use std::mem::take;

use super::columns::Columns;
use super::growing::{Growing, Marks, finish};
use super::strip::Tokens;
use crate::template::Options;
use crate::warning::WarningCounts;

/// What one thread grew.
pub(super) struct Part {
    pub rows: Growing,
    /// The number of each stride, and the marks before and after it.
    pub strides: Vec<(usize, Marks, Marks)>,
}

/// Gathers what the threads grew; `tokens` are what all rows have on each side.
pub(super) fn gather(mut parts: Vec<Part>, tokens: Vec<Tokens>, options: &Options) -> Columns {
    let untrainable = parts.iter().map(|part| part.rows.untrainable).sum();
    let truncated = parts.iter().map(|part| part.rows.truncated).sum();
    let deleted = parts.iter().map(|part| part.rows.deleted).sum();
    let mut warnings = WarningCounts::default();
    for part in &mut parts {
        warnings.merge(take(&mut part.rows.warnings));
    }
    let rows = match <[Part; 1]>::try_from(parts) {
        // A single thread grew the rows in order already.
        Ok([only]) => only.rows,
        Err(parts) => join(&parts),
    };
    finish(rows, tokens, options, untrainable, truncated, deleted, warnings)
}

fn join(parts: &[Part]) -> Growing {
    let mut whole = parts[0].rows.like();
    whole.reserve(parts.iter().map(|part| part.rows.rows()).sum());
    let strides = parts.iter().flat_map(|part| part.strides.iter().map(move |stride| (stride, &part.rows)));
    let mut strides: Vec<_> = strides.collect();
    strides.sort_unstable_by_key(|((number, ..), _)| *number);
    for ((_, from, to), rows) in strides {
        whole.append(rows, from, to);
    }
    whole
}
