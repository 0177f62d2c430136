//! The columns of all tokens of a batch, which all threads write, each strip where it belongs: behind the tokens of all
//! strides before it. So ids are written twice, to a strip and to where they stay, and only the latter is new memory.
//!
//! Columns begin with room for as many tokens as there usually are. Strips for which there is none, and those that wait
//! for others when all rows are encoded, are put in their places at the end.

use std::collections::BTreeMap;
use std::mem::{MaybeUninit, take};
use std::ptr::NonNull;

use super::chain::Chain;
use super::strip::{Extent, Place, SideExtent, Strip, Tokens};
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

/// See above.
pub(super) struct Whole {
    chain: Chain,
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
        let mut whole = Self { chain: Chain::new(strides), sides: Default::default() };
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

    /// Writes a strip where it begins, if there is room for it.
    ///
    /// # Safety
    ///
    /// It is the strip of a stride that begins there, and is written this once.
    unsafe fn write(&self, start: &Extent, strip: &Strip) -> bool {
        let extent = strip.extent();
        let parts = || self.sides.iter().zip(&start.0).zip(&extent.0);
        if !parts().all(|((side, start), extent)| side.has_room(start, extent)) {
            return false;
        }
        for (number, ((side, start), extent)) in parts().enumerate() {
            // SAFETY: strips lie one behind the other, so that nobody else has any of this place.
            strip.write(number, unsafe { side.place(start, extent) });
        }
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
            let start = self.chain.start(number).unwrap_or(&end);
            // SAFETY: these were not written before; there is room for all.
            let is_written = unsafe { self.write(start, &strip) };
            assert!(is_written, "a strip has its place");
        })?;
        // SAFETY: all strips were written, which together are all there is.
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
            let start = self.whole.chain.start(*first.key());
            // SAFETY: what is written is taken out.
            if !start.is_some_and(|start| unsafe { self.whole.write(start, first.get()) }) {
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

    /// The place of a strip.
    ///
    /// # Safety
    ///
    /// There is room, and nobody else has any of it meanwhile.
    unsafe fn place(&self, start: &SideExtent, extent: &SideExtent) -> Place<'_> {
        // SAFETY: as above.
        unsafe {
            Place {
                input_ids: self.input_ids.place(start.input_ids, extent.input_ids),
                labels: self.labels.place(start.labels, extent.labels),
                loss_scale: self.loss_scale.place(start.loss_scale, extent.loss_scale),
                wide_loss_scale: self.wide_loss_scale.place(start.wide_loss_scale, extent.wide_loss_scale),
            }
        }
    }

    fn reserve(&mut self, end: &SideExtent) {
        self.input_ids.reserve(end.input_ids);
        self.labels.reserve(end.labels);
        self.loss_scale.reserve(end.loss_scale);
        self.wide_loss_scale.reserve(end.wide_loss_scale);
    }

    /// The values up to `end`.
    ///
    /// # Safety
    ///
    /// All of them were written.
    unsafe fn written(self, end: &SideExtent) -> Tokens {
        // SAFETY: as above.
        unsafe {
            Tokens {
                input_ids: self.input_ids.written(end.input_ids),
                labels: self.labels.written(end.labels),
                loss_scale: self.loss_scale.written(end.loss_scale),
                wide_loss_scale: self.wide_loss_scale.written(end.wide_loss_scale),
            }
        }
    }
}

/// A column that threads write, each in places of its own.
struct Shared<T> {
    /// Where the values are, nobody else's until they are all written.
    pages: Pages<T>,
    first: NonNull<MaybeUninit<T>>,
}

// SAFETY: what is shared is room for plain numbers; whoever writes there says that it is his alone.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T: Copy> Default for Shared<T> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<T: Copy> Shared<T> {
    fn with_capacity(count: usize) -> Self {
        let mut pages = Pages::with_capacity(count);
        let first = NonNull::from(pages.spare()).cast();
        Self { pages, first }
    }

    fn has_room(&self, at: usize, count: usize) -> bool {
        at.checked_add(count).is_some_and(|end| end <= self.pages.capacity())
    }

    /// Room for `count` values behind the first `at`.
    ///
    /// # Safety
    ///
    /// There is room, and nobody else has any of it meanwhile.
    #[expect(clippy::mut_from_ref, reason = "each has a place of its own")]
    unsafe fn place(&self, at: usize, count: usize) -> &mut [MaybeUninit<T>] {
        // SAFETY: as above.
        unsafe { NonNull::slice_from_raw_parts(self.first.add(at), count).as_mut() }
    }

    /// Makes room for `count` values in all; what was written stays.
    fn reserve(&mut self, count: usize) {
        let room = self.pages.capacity();
        if count > room {
            let mut larger = Self::with_capacity(count);
            larger.pages.spare()[..room].copy_from_slice(&self.pages.spare()[..room]);
            *self = larger;
        }
    }

    /// The first `count` values.
    ///
    /// # Safety
    ///
    /// They were written.
    unsafe fn written(mut self, count: usize) -> Pages<T> {
        // SAFETY: as above, and so there was room for them.
        unsafe { self.pages.set_length(count) };
        take(&mut self.pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IGNORE_INDEX;
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
