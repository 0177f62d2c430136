//! The columns of all tokens of a batch. All threads write them, each stride in its own place: after the tokens of all
//! strides before it. So ids are written twice, to a strip and to the column, and only the latter is new memory.
//!
//! Columns begin with room for as many tokens as there usually are. Strips that do not fit, and strips whose place is
//! not known until all rows are encoded, are written at the end.
//!
//! Soundness rests on this file and `chain.rs` alone, whatever callers do: a place is given to one writer
//! ([`Chain::claim`]), and columns are given away only when the places that were written are all there are.

use std::collections::BTreeMap;
use std::mem::{MaybeUninit, take};
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::chain::Chain;
use super::strip::{Place, SideExtent, Strip, Tokens};
use crate::error::Error;
use crate::pages::Pages;
use crate::pool;
use crate::task::MOST_SIDES;

/// A token is rarely shorter than this on the average.
const TOKEN_BYTES: usize = 3;

/// How many tokens there is room for beside those of the text: what a template writes into a row.
const TOKENS_A_ROW: usize = 32;

/// Below this many tokens strips are copied sooner than threads are woken.
const SHARED_TOKENS: usize = 1 << 16;

/// The columns of a batch while threads write them.
pub(super) struct Whole {
    chain: Chain,
    /// The number of strides that were written.
    written: AtomicUsize,
    sides: [WholeSide; MOST_SIDES],
}

#[derive(Default)]
struct WholeSide {
    input_ids: Shared<i32>,
    labels: Shared<i32>,
    loss_scale: Shared<f32>,
    wide_loss_scale: Shared<f64>,
}

/// Which columns there will be, and about how much.
pub(super) struct Expected {
    pub rows: usize,
    /// Of text.
    pub bytes: usize,
    pub sides: usize,
    pub has_labels: bool,
    pub has_loss_scale: bool,
    pub is_wide: bool,
}

impl Whole {
    /// Columns for so many strides. A single one becomes the columns as it is.
    pub fn new(strides: usize, expected: &Expected) -> Self {
        let mut whole = Self { chain: Chain::new(strides), written: AtomicUsize::new(0), sides: Default::default() };
        if strides <= 1 {
            return whole;
        }
        let tokens = expected.bytes / TOKEN_BYTES + expected.rows.saturating_mul(TOKENS_A_ROW);
        let if_any = |is_there| if is_there { tokens } else { 0 };
        for side in whole.sides.iter_mut().take(expected.sides) {
            *side = WholeSide {
                input_ids: Shared::with_capacity(tokens),
                labels: Shared::with_capacity(if_any(expected.has_labels)),
                loss_scale: Shared::with_capacity(if_any(expected.has_loss_scale && !expected.is_wide)),
                wide_loss_scale: Shared::with_capacity(if_any(expected.has_loss_scale && expected.is_wide)),
            };
        }
        whole
    }

    /// Write the strip of stride `number` in its place, if that is known and within the columns.
    ///
    /// # Panics
    ///
    /// If the stride was written before, or is not as large as it was told.
    fn write(&self, number: usize, strip: &Strip) -> bool {
        let Some(start) = self.chain.start(number) else { return false };
        let extent = strip.extent();
        let parts = || self.sides.iter().zip(&start.0).zip(&extent.0);
        if !parts().all(|((side, start), extent)| side.has_room(start, extent)) {
            return false;
        }
        if self.chain.claim(number, &extent).is_none() {
            return false;
        }
        for (number, ((side, start), extent)) in parts().enumerate() {
            // SAFETY: there is room. The claim above was the first for this stride, and places of strides have nothing
            // in common, so that no other writer has any of this one.
            strip.write(number, unsafe { side.place(start, extent) });
        }
        // After the writes, so that a stride at which one panics is not counted.
        self.written.fetch_add(1, Ordering::Release);
        true
    }

    /// The values of each side: what was written, and what is `left`.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] where the system gives no threads, or a stride is missing.
    pub fn finish(mut self, mut left: Vec<(usize, Strip)>, threads: usize) -> Result<Vec<Tokens>, Error> {
        if self.chain.strides() <= 1 {
            return Ok(left.pop().map(|(_, strip)| strip).unwrap_or_default().into_tokens().collect());
        }
        let end = *self.chain.end().ok_or_else(missing)?;
        for (side, end) in self.sides.iter_mut().zip(&end.0) {
            side.reserve(end);
        }
        let tokens: usize = left.iter().flat_map(|(_, strip)| strip.extent().0).map(|side| side.input_ids).sum();
        let threads = if tokens < SHARED_TOKENS { 1 } else { threads };
        pool::each(threads, left, |(number, strip)| {
            self.write(number, &strip);
        })?;
        if self.written.load(Ordering::Acquire) != self.chain.strides() {
            return Err(missing());
        }
        // SAFETY: each stride is written once at most, so all were written. The place of the first begins at 0, each other
        // one where the one before it ends, and the last one ends at `end`: together they are all values.
        Ok(self.sides.into_iter().zip(&end.0).map(|(side, end)| unsafe { side.written(end) }).collect())
    }
}

fn missing() -> Error {
    Error::Internal { detail: "a defect of swiftcore: some rows were not encoded".to_owned() }
}

/// The strips of one thread that are not in their places yet.
pub(super) struct Placing<'w> {
    whole: &'w Whole,
    waiting: BTreeMap<usize, Strip>,
    /// Strips that were written, to be used again.
    free: Vec<Strip>,
}

impl<'w> Placing<'w> {
    pub fn new(whole: &'w Whole) -> Self {
        Self { whole, waiting: BTreeMap::new(), free: Vec::new() }
    }

    /// Takes the strip of stride `number`, once, and writes all strips of which it is known where they begin; gives an
    /// empty one.
    pub fn take(&mut self, number: usize, strip: Strip) -> Strip {
        self.whole.chain.tell(number, strip.extent());
        self.waiting.insert(number, strip);
        while let Some(first) = self.waiting.first_entry() {
            if !self.whole.write(*first.key(), first.get()) {
                break;
            }
            let mut strip = first.remove();
            strip.truncate(&Default::default());
            self.free.push(strip);
        }
        self.free.pop().unwrap_or_default()
    }

    /// What could not be written, by the numbers of its strides.
    pub fn left(self) -> impl Iterator<Item = (usize, Strip)> {
        self.waiting.into_iter()
    }
}

impl WholeSide {
    fn has_room(&self, start: &SideExtent, extent: &SideExtent) -> bool {
        self.input_ids.has_room(start.input_ids, extent.input_ids)
            && self.labels.has_room(start.labels, extent.labels)
            && self.loss_scale.has_room(start.loss_scale, extent.loss_scale)
            && self.wide_loss_scale.has_room(start.wide_loss_scale, extent.wide_loss_scale)
    }

    /// Return the place of a strip.
    ///
    /// # Safety
    ///
    /// [`Self::has_room`] for it, and nobody else reads or writes any of it during the borrow.
    unsafe fn place(&self, start: &SideExtent, extent: &SideExtent) -> Place<'_> {
        Place {
            // SAFETY: the caller's promise holds for each column.
            input_ids: unsafe { self.input_ids.place(start.input_ids, extent.input_ids) },
            // SAFETY: as above.
            labels: unsafe { self.labels.place(start.labels, extent.labels) },
            // SAFETY: as above.
            loss_scale: unsafe { self.loss_scale.place(start.loss_scale, extent.loss_scale) },
            // SAFETY: as above.
            wide_loss_scale: unsafe { self.wide_loss_scale.place(start.wide_loss_scale, extent.wide_loss_scale) },
        }
    }

    fn reserve(&mut self, end: &SideExtent) {
        self.input_ids.reserve(end.input_ids);
        self.labels.reserve(end.labels);
        self.loss_scale.reserve(end.loss_scale);
        self.wide_loss_scale.reserve(end.wide_loss_scale);
    }

    /// Return the values up to `end`.
    ///
    /// # Safety
    ///
    /// All of them were written.
    unsafe fn written(self, end: &SideExtent) -> Tokens {
        Tokens {
            // SAFETY: the caller's promise holds for each column.
            input_ids: unsafe { self.input_ids.written(end.input_ids) },
            // SAFETY: as above.
            labels: unsafe { self.labels.written(end.labels) },
            // SAFETY: as above.
            loss_scale: unsafe { self.loss_scale.written(end.loss_scale) },
            // SAFETY: as above.
            wide_loss_scale: unsafe { self.wide_loss_scale.written(end.wide_loss_scale) },
        }
    }
}

/// A column that several threads write, each in places of its own. Until all values are written, the pages have none:
/// what is written lies in their spare capacity.
struct Shared<T>(Pages<T>);

impl<T: Copy> Default for Shared<T> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<T: Copy> Shared<T> {
    fn with_capacity(count: usize) -> Self {
        Self(Pages::with_capacity(count))
    }

    fn has_room(&self, at: usize, count: usize) -> bool {
        at.checked_add(count).is_some_and(|end| end <= self.0.capacity())
    }

    /// Return room for `count` values after the first `at`.
    ///
    /// # Safety
    ///
    /// [`Self::has_room`] for them, and nobody else reads or writes any of it during the borrow.
    #[expect(clippy::mut_from_ref, reason = "each writer has a place of its own")]
    unsafe fn place(&self, at: usize, count: usize) -> &mut [MaybeUninit<T>] {
        // SAFETY: `at + count` values lie within the pages, by contract, and those are valid for writing through their
        // address. `self` is borrowed, so that they neither move nor are freed, and no method of `Pages` that takes
        // `&self` looks at spare capacity. That nobody else has this part of it is the contract.
        unsafe { slice::from_raw_parts_mut(self.0.place().add(at).cast(), count) }
    }

    /// Make room for `count` values in all. Values that were written stay.
    fn reserve(&mut self, count: usize) {
        let room = self.0.capacity();
        if count > room {
            let mut larger = Self::with_capacity(count);
            larger.0.spare()[..room].copy_from_slice(&self.0.spare()[..room]);
            *self = larger;
        }
    }

    /// Return the first `count` values.
    ///
    /// # Safety
    ///
    /// They were written.
    unsafe fn written(mut self, count: usize) -> Pages<T> {
        // SAFETY: the values were written by contract, and where they were, there is capacity for them.
        unsafe { self.0.set_length(count) };
        take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IGNORE_INDEX;
    use crate::batch::strip::Extent;
    use crate::encoded::Encoded;

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

    fn strip(rows: &[Encoded], is_wide: bool) -> Strip {
        let mut strip = Strip::default();
        for row in rows {
            let marks = strip.marks();
            strip.push(1, self::row(3).view(), is_wide);
            strip.truncate(&marks);
            strip.push(1, row.view(), is_wide);
        }
        strip
    }

    fn check(rows: &[Encoded], a_stride: usize, threads: usize, bytes: usize, is_wide: bool) {
        let strides: Vec<&[Encoded]> = rows.chunks(a_stride).collect();
        let expected = Expected { rows: 0, bytes, sides: 2, has_labels: true, has_loss_scale: true, is_wide };
        let whole = Whole::new(strides.len(), &expected);
        let left = std::thread::scope(|scope| {
            let share = |thread| {
                let (strides, whole) = (&strides, &whole);
                scope.spawn(move || {
                    let mut placing = Placing::new(whole);
                    for (number, rows) in strides.iter().enumerate().skip(thread).step_by(threads) {
                        assert_eq!(placing.take(number, strip(rows, is_wide)).extent(), Extent::default());
                    }
                    placing.left().collect::<Vec<_>>()
                })
            };
            let threads: Vec<_> = (0..threads).map(share).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let tokens = whole.finish(left, threads).unwrap();
        let flat = |of: fn(&Encoded) -> &[i32]| rows.iter().flat_map(of).copied().collect::<Vec<_>>();
        assert_eq!(*tokens[1].input_ids, *flat(|row| &row.input_ids));
        assert_eq!(*tokens[1].labels, *flat(|row| &row.labels));
        let weights: Vec<f64> = rows.iter().flat_map(|row| row.loss_scale.iter().copied()).collect();
        let narrow: Vec<f32> = weights.iter().map(|weight| *weight as f32).collect();
        let (wide, narrow) = if is_wide { (&weights[..], &[][..]) } else { (&[][..], &narrow[..]) };
        assert_eq!((&*tokens[1].wide_loss_scale, &*tokens[1].loss_scale), (wide, narrow));
        assert!(tokens[0].input_ids.is_empty() && tokens[0].labels.is_empty());
    }

    #[test]
    fn every_strip_comes_to_where_its_rows_are() {
        for count in [0, 1, 16, 17, 50, 5000] {
            let rows: Vec<Encoded> = (0..count).map(row).collect();
            for threads in [1, 2, 3] {
                // No room, room for some, room for all.
                for bytes in [0, rows.len() * 80, rows.len() * 200] {
                    check(&rows, 16, threads, bytes, threads == 2);
                }
            }
        }
    }

    #[test]
    fn columns_are_safe_from_wrong_callers() {
        let expected =
            Expected { rows: 9, bytes: 9, sides: 1, has_labels: true, has_loss_scale: false, is_wide: false };
        let strips = || vec![(0, strip(&[row(1)], false)), (1, strip(&[row(2)], false))];
        let told = || {
            let whole = Whole::new(2, &expected);
            strips().iter().for_each(|(number, strip)| whole.chain.tell(*number, strip.extent()));
            whole
        };
        assert!(told().finish(strips(), 1).is_ok());
        // A strip is not handed over.
        assert!(matches!(told().finish(strips().split_off(1), 1), Err(Error::Internal { .. })));
        // A strip is handed over twice, or is not the one that was told.
        let twice = [strips(), strips()].into_iter().flatten().collect();
        let other = vec![(0, strip(&[row(1), row(2)], false)), (1, Strip::default())];
        for wrong in [twice, other] {
            let finish = std::panic::AssertUnwindSafe(|| told().finish(wrong, 1));
            assert!(std::panic::catch_unwind(finish).is_err());
        }
    }

    #[test]
    fn a_missing_stride_is_no_columns() {
        let expected =
            Expected { rows: 9, bytes: 9, sides: 1, has_labels: true, has_loss_scale: false, is_wide: false };
        let whole = Whole::new(3, &expected);
        let mut placing = Placing::new(&whole);
        placing.take(0, Strip::default());
        placing.take(2, strip(&[row(1)], false));
        let left: Vec<_> = placing.left().collect();
        assert_eq!(left.len(), 1);
        assert!(matches!(whole.finish(left, 1), Err(Error::Internal { .. })));
    }
}
