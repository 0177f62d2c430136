//! How the rows that threads grew become one set of columns, in order.

use super::columns::Columns;
use super::growing::{Growing, Marks, finish};
use super::strip::Tokens;
use crate::template::Options;

/// A part of what one thread grew: the thread, and its marks before and after.
pub(super) type Piece<'m> = (usize, &'m Marks, &'m Marks);

/// Gathers what the threads grew; `pieces` are parts of `grown`, in the order of the rows, and `tokens` what all of them
/// have on each side.
pub(super) fn gather(grown: Vec<Growing>, pieces: &[Piece<'_>], tokens: Vec<Tokens>, options: &Options) -> Columns {
    let untrainable = grown.iter().map(|part| part.untrainable).sum();
    let truncated = grown.iter().map(|part| part.truncated).sum();
    let rows = match <[Growing; 1]>::try_from(grown) {
        // A single thread grew the rows in order already.
        Ok([only]) => only,
        Err(grown) => join(&grown, pieces),
    };
    finish(rows, tokens, options, untrainable, truncated)
}

fn join(grown: &[Growing], pieces: &[Piece<'_>]) -> Growing {
    let mut whole = grown[0].like();
    whole.reserve(grown.iter().map(Growing::rows).sum());
    for (thread, from, to) in pieces {
        whole.append(&grown[*thread], from, to);
    }
    whole
}
