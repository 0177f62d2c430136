//! How what the threads grew becomes one set of columns: each part is copied into its place, by all threads.

use std::mem::MaybeUninit;

use super::columns::Columns;
use super::growing::{Growing, GrowingSide, Marks, SideMarks, Tokens, finish};
use crate::error::Error;
use crate::pages::{Pages, copy};
use crate::pool;
use crate::template::Options;

/// A part of what one thread grew: the thread, and its marks before and after.
pub(super) type Piece<'m> = (usize, &'m Marks, &'m Marks);

/// Below this many tokens they are copied sooner than threads are woken.
const SHARED_TOKENS: usize = 1 << 16;

/// Gathers what the threads grew; `pieces` are parts of `grown`, in the order of the rows.
///
/// # Errors
///
/// [`Error::Internal`] where the system gives no threads.
pub(super) fn gather(
    grown: Vec<Growing>,
    pieces: &[Piece<'_>],
    options: &Options,
    threads: usize,
) -> Result<Columns, Error> {
    let untrainable = grown.iter().map(|part| part.untrainable).sum();
    let truncated = grown.iter().map(|part| part.truncated).sum();
    let (whole, tokens) = match <[Growing; 1]>::try_from(grown) {
        // A single thread grew the columns in order already.
        Ok([mut only]) => {
            let tokens = only.sides.iter_mut().map(GrowingSide::take_tokens).collect();
            (only, tokens)
        }
        Err(grown) => join(&grown, pieces, threads)?,
    };
    Ok(finish(whole, tokens, options, untrainable, truncated))
}

fn join(grown: &[Growing], pieces: &[Piece<'_>], threads: usize) -> Result<(Growing, Vec<Tokens>), Error> {
    let mut whole = Growing::new(&grown[0].layout, grown[0].is_wide);
    whole.reserve_rows(grown.iter().map(Growing::rows).sum());
    for (thread, from, to) in pieces {
        whole.append_rows(&grown[*thread], from, to);
    }
    let side = |side| {
        let parts = pieces.iter().map(|(thread, from, to)| Part {
            side: &grown[*thread].sides[side],
            from: &from.sides[side],
            to: &to.sides[side],
        });
        joined(&parts.collect::<Vec<_>>(), threads)
    };
    let tokens = (0..whole.sides.len()).map(side).collect::<Result<_, Error>>()?;
    Ok((whole, tokens))
}

/// A part of what one thread grew of a side.
#[derive(Clone, Copy)]
struct Part<'g> {
    side: &'g GrowingSide,
    from: &'g SideMarks,
    to: &'g SideMarks,
}

impl<'g> Part<'g> {
    /// Its values in a column that has one a token, or none at all.
    fn of<T>(&self, column: &'g Pages<T>) -> &'g [T] {
        column.get(self.from.tokens..self.to.tokens).unwrap_or_default()
    }

    fn write(&self, place: Place<'_>) {
        copy(place.input_ids, self.of(&self.side.input_ids));
        self.side.labels.write(&self.from.labels, &self.to.labels, &self.side.input_ids, place.labels);
        copy(place.loss_scale, self.of(&self.side.loss_scale));
        copy(place.wide_loss_scale, self.of(&self.side.wide_loss_scale));
    }
}

/// Where a part goes.
struct Place<'p> {
    input_ids: &'p mut [MaybeUninit<i32>],
    labels: &'p mut [MaybeUninit<i32>],
    loss_scale: &'p mut [MaybeUninit<f32>],
    wide_loss_scale: &'p mut [MaybeUninit<f64>],
}

/// The values of these parts, one behind the other, in memory of their own.
fn joined(parts: &[Part<'_>], threads: usize) -> Result<Tokens, Error> {
    let mut input_ids = Column::new(parts, |part| part.of(&part.side.input_ids).len());
    let mut labels = Column::new(parts, |part| part.to.labels.since(&part.from.labels));
    let mut loss_scale = Column::new(parts, |part| part.of(&part.side.loss_scale).len());
    let mut wide_loss_scale = Column::new(parts, |part| part.of(&part.side.wide_loss_scale).len());
    let threads = if input_ids.total < SHARED_TOKENS { 1 } else { threads };
    let places = input_ids.places().zip(labels.places()).zip(loss_scale.places().zip(wide_loss_scale.places()));
    let places = places.map(|((input_ids, labels), (loss_scale, wide_loss_scale))| Place {
        input_ids,
        labels,
        loss_scale,
        wide_loss_scale,
    });
    let copies: Vec<_> = parts.iter().zip(places).collect();
    // Whoever cannot write a place as a whole panics, and nothing is joined.
    pool::each(threads, copies, |(part, place)| part.write(place))?;
    // SAFETY: there is a place for each part, and each was written.
    unsafe {
        Ok(Tokens {
            input_ids: input_ids.written(),
            labels: labels.written(),
            loss_scale: loss_scale.written(),
            wide_loss_scale: wide_loss_scale.written(),
        })
    }
}

/// A column with room for the values of all parts.
struct Column<T> {
    values: Pages<T>,
    /// How many values each part has.
    lengths: Vec<usize>,
    total: usize,
}

impl<T: Copy> Column<T> {
    fn new<'g>(parts: &[Part<'g>], length: impl Fn(&Part<'g>) -> usize) -> Self {
        let lengths: Vec<usize> = parts.iter().map(length).collect();
        let total = lengths.iter().sum();
        Self { values: Pages::with_capacity(total), lengths, total }
    }

    /// The place of each part, which together are all of the column.
    fn places(&mut self) -> impl Iterator<Item = &mut [MaybeUninit<T>]> {
        let mut rest = self.values.spare();
        self.lengths.iter().map(move |length| {
            let (place, behind) = std::mem::take(&mut rest).split_at_mut(*length);
            rest = behind;
            place
        })
    }

    /// The values.
    ///
    /// # Safety
    ///
    /// Each place was written.
    unsafe fn written(mut self) -> Pages<T> {
        // SAFETY: the places are the first `total` values, one behind the other.
        unsafe { self.values.set_length(self.total) };
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IGNORE_INDEX;
    use crate::encoded::Encoded;
    use crate::task::{Layout, Values};

    /// Row `number`: some of its labels are ids, some are ignored, and some rows have one that is neither.
    fn row(number: i32) -> Encoded {
        let input_ids: Vec<i32> = (number..number + 40 + number % 7).collect();
        let label = |id: &i32| match id - number {
            ..20 => IGNORE_INDEX,
            30 if number % 5 == 0 => -7,
            _ => *id,
        };
        let labels = input_ids.iter().map(label).collect();
        let loss_scale = input_ids.iter().map(|id| f64::from(*id) / 2.0).collect();
        Encoded { input_ids, labels, loss_scale }
    }

    #[test]
    fn parts_come_to_where_their_rows_are() {
        let layout = Layout::of(&Options::default());
        // Few tokens and many: what one thread copies, and what is shared among threads.
        for rows in [0, 1, 50, 20_000] {
            for is_wide in [false, true] {
                let mut grown: Vec<Growing> = (0..3).map(|_| Growing::new(&layout, is_wide)).collect();
                let mut marks = Vec::new();
                for number in 0..rows {
                    let thread = number as usize * 7 % 3;
                    let part = &mut grown[thread];
                    let before = part.marks();
                    part.sequence(0, row(number + 1).view());
                    part.truncate(&before);
                    part.sequence(0, row(number).view());
                    part.end(&Values::default(), number as u64);
                    marks.push((thread, before, part.marks()));
                }
                let pieces: Vec<Piece<'_>> = marks.iter().map(|(thread, from, to)| (*thread, from, to)).collect();
                let (whole, tokens) = join(&grown, &pieces, 2).unwrap();
                assert_eq!(whole.rows(), rows as usize);
                let expected: Vec<Encoded> = (0..rows).map(row).collect();
                let flat = |of: fn(&Encoded) -> &[i32]| expected.iter().flat_map(of).copied().collect::<Vec<_>>();
                assert_eq!(*tokens[0].input_ids, *flat(|row| &row.input_ids));
                assert_eq!(*tokens[0].labels, *flat(|row| &row.labels));
                let weights: Vec<f64> = expected.iter().flat_map(|row| row.loss_scale.iter().copied()).collect();
                let narrow: Vec<f32> = weights.iter().map(|weight| *weight as f32).collect();
                let (given, absent) = if is_wide { (&weights[..], &[][..]) } else { (&[][..], &narrow[..]) };
                assert_eq!((&*tokens[0].wide_loss_scale, &*tokens[0].loss_scale), (given, absent));
            }
        }
    }
}
