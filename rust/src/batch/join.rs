//! How what the threads grew becomes one set of columns: each part is copied into its place, by all threads.

use std::mem::MaybeUninit;

use super::columns::Columns;
use super::growing::{Growing, GrowingSide, Marks, finish};
use crate::error::Error;
use crate::huge::advise;
use crate::pool;
use crate::template::Options;

/// A part of what one thread grew: the thread, and its marks before and after.
pub(super) type Piece = (usize, Marks, Marks);

/// Below this many values a column is copied sooner than threads are woken.
const SHARED_VALUES: usize = 1 << 16;

/// Gathers what the threads grew; `pieces` are parts of `grown`, in the order of the rows.
///
/// # Errors
///
/// [`Error::Internal`] where the system gives no threads.
pub(super) fn gather(
    grown: Vec<Growing>,
    pieces: &[Piece],
    options: &Options,
    threads: usize,
) -> Result<Columns, Error> {
    let untrainable = grown.iter().map(|part| part.untrainable).sum();
    let truncated = grown.iter().map(|part| part.truncated).sum();
    let whole = match <[Growing; 1]>::try_from(grown) {
        // A single thread grew the columns in order already.
        Ok([only]) => only,
        Err(grown) => join(&grown, pieces, threads)?,
    };
    Ok(finish(whole, options, untrainable, truncated))
}

fn join(grown: &[Growing], pieces: &[Piece], threads: usize) -> Result<Growing, Error> {
    let mut whole = Growing::new(&grown[0].layout, grown[0].is_wide);
    for (thread, from, to) in pieces {
        whole.append_rows(&grown[*thread], from, to);
    }
    for (index, side) in whole.sides.iter_mut().enumerate() {
        let parts = Parts { grown, pieces, side: index, threads };
        side.input_ids = parts.joined(|side| &side.input_ids)?;
        side.labels = parts.joined(|side| &side.labels)?;
        side.loss_scale = parts.joined(|side| &side.loss_scale)?;
        side.wide_loss_scale = parts.joined(|side| &side.wide_loss_scale)?;
    }
    Ok(whole)
}

/// The parts of one side's columns.
struct Parts<'g> {
    grown: &'g [Growing],
    pieces: &'g [Piece],
    side: usize,
    threads: usize,
}

impl Parts<'_> {
    /// A column with a value a token, or without any, in memory of its own.
    fn joined<T: Copy + Send + Sync>(&self, column: impl Fn(&GrowingSide) -> &Vec<T>) -> Result<Vec<T>, Error> {
        let of_thread = |thread: usize| column(&self.grown[thread].sides[self.side]);
        let total = (0..self.grown.len()).map(|thread| of_thread(thread).len()).sum();
        let mut whole: Vec<T> = Vec::with_capacity(total);
        advise(&whole);
        let mut rest = &mut whole.spare_capacity_mut()[..total];
        let mut copies = Vec::with_capacity(self.pieces.len());
        for (thread, from, to) in self.pieces {
            let values = of_thread(*thread);
            let part = values.get(from.sides[self.side].0..to.sides[self.side].0).unwrap_or_default();
            let (place, behind) = rest.split_at_mut(part.len());
            rest = behind;
            if !part.is_empty() {
                copies.push((place, part));
            }
        }
        let is_full = rest.is_empty();
        let threads = if total < SHARED_VALUES { 1 } else { self.threads };
        pool::each(threads, copies, |(place, part)| copy(place, part))?;
        if !is_full {
            return Err(Error::Internal { detail: "a part of a column is missing".to_owned() });
        }
        // SAFETY: the places are all of the first `total` values, one behind the other, and each was written.
        unsafe { whole.set_len(total) };
        Ok(whole)
    }
}

/// Writes `part` into `place`, which is as long.
fn copy<T: Copy>(place: &mut [MaybeUninit<T>], part: &[T]) {
    for (slot, value) in place.iter_mut().zip(part) {
        slot.write(*value);
    }
}
