//! Memory for many plain numbers, of which what is not used is never touched. From 2 MiB on it begins where a huge page
//! does, and Linux is told that it may use huge pages for it: then it is there after one wait a huge page, instead of
//! one each 4 KiB.
//!
//! It is asked for without an alignment, with as much more as it takes to begin where a page does, which is what glibc
//! does for an alignment, too. Zeroes are written, rather than asked for: in the heap of a thread glibc may write them by
//! itself, in small pages, before anybody could tell Linux of huge ones.

use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut, Range};
use std::panic::RefUnwindSafe;
use std::ptr::NonNull;
use std::slice;
use std::sync::Arc;

use arrow_buffer::{ArrowNativeType, Buffer, ScalarBuffer};

use crate::huge::{HUGE, advise};

/// A cache line: where smaller memory begins.
const LINE: usize = 64;

/// Numbers one behind the other; see above. The size of a number is a power of two.
pub struct Pages<T> {
    /// What the allocator gave. The values are from `first` on; what is before them is not touched.
    memory: Box<[MaybeUninit<T>]>,
    first: usize,
    /// How many values there are, each of them written.
    length: usize,
}

/// How memory for some values is asked for.
struct Room {
    /// Values, with what it takes to begin where a page does.
    asked: usize,
    /// How many bytes are worth huge pages.
    huge: usize,
    align: usize,
}

impl Room {
    /// Room for `count` values of `size` bytes.
    fn new(count: usize, size: usize) -> Self {
        assert!(size.is_power_of_two() && size <= LINE, "a number has 1, 2, 4 bytes or so");
        let bytes = count.checked_mul(size).filter(|bytes| *bytes < isize::MAX as usize - 2 * HUGE);
        let bytes = bytes.expect("less memory than there are addresses");
        // The last one is touched whole, which pays if half of it is used.
        let huge = if bytes < HUGE { 0 } else { (bytes + HUGE / 2) / HUGE * HUGE };
        let align = if huge > 0 { HUGE } else { LINE };
        let asked = if count == 0 { 0 } else { (bytes.max(huge) + align) / size };
        Self { asked, huge, align }
    }

    /// Where in `memory` the values begin.
    fn begin<T>(&self, memory: &[MaybeUninit<T>]) -> usize {
        let first = memory.as_ptr().align_offset(self.align).min(self.align / size_of::<T>()).min(memory.len());
        advise(&memory[first..memory.len().min(first + self.huge / size_of::<T>())]);
        first
    }
}

impl<T: Copy> Pages<T> {
    /// Without values, with room for `count`.
    pub fn with_capacity(count: usize) -> Self {
        let room = Room::new(count, size_of::<T>());
        let memory = Box::new_uninit_slice(room.asked);
        let first = room.begin(&memory);
        Self { memory, first, length: 0 }
    }

    /// How many values there is room for.
    pub fn capacity(&self) -> usize {
        self.memory.len() - self.first
    }

    /// Makes room for `more` values; what is there moves, if there is too little.
    pub fn reserve(&mut self, more: usize) {
        let needed = self.length.checked_add(more).expect("less memory than there are addresses");
        if needed > self.capacity() {
            // Twice as many as before, so that what moves is moved once on the average.
            let mut moved = Self::with_capacity(needed.max(self.capacity().saturating_mul(2)));
            copy(&mut moved.spare()[..self.length], self);
            // SAFETY: the values were written just now.
            unsafe { moved.set_length(self.length) };
            *self = moved;
        }
    }

    /// Adds `values`.
    pub fn extend_from_slice(&mut self, values: &[T]) {
        self.reserve(values.len());
        copy(&mut self.spare()[..values.len()], values);
        // SAFETY: the values were written just now.
        unsafe { self.set_length(self.length + values.len()) };
    }

    /// Adds `values`.
    pub fn extend(&mut self, values: impl ExactSizeIterator<Item = T>) {
        self.reserve(values.len());
        self.write(values);
    }

    /// Adds `values`, as far as there is room.
    fn write(&mut self, values: impl Iterator<Item = T>) {
        let mut written = 0;
        for (slot, value) in self.spare().iter_mut().zip(values) {
            slot.write(value);
            written += 1;
        }
        // SAFETY: so many values were written just now.
        unsafe { self.set_length(self.length + written) };
    }

    /// Forgets the values from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// What there is room for behind the values.
    pub fn spare(&mut self) -> &mut [MaybeUninit<T>] {
        &mut self.memory[self.first + self.length..]
    }

    /// Says that there are `length` values.
    ///
    /// # Safety
    ///
    /// There is room for as many, and each was written.
    pub unsafe fn set_length(&mut self, length: usize) {
        debug_assert!(length <= self.capacity(), "there is room for what was written");
        self.length = length;
    }
}

impl<T: Copy + Default> Pages<T> {
    /// `count` zeroes.
    pub fn zeroes(count: usize) -> Self {
        Self::collect(count, [])
    }

    /// The first `count` values that `values` gives, and what is missing as zeroes.
    pub fn collect(count: usize, values: impl IntoIterator<Item = T>) -> Self {
        let mut pages = Self::with_capacity(count);
        pages.write(values.into_iter().take(count));
        let missing = count - pages.length;
        pages.spare()[..missing].fill(MaybeUninit::new(T::default()));
        // SAFETY: what `values` did not give was written just now.
        unsafe { pages.set_length(count) };
        pages
    }
}

/// Writes `part` into `place`, which is as long.
pub fn copy<T: Copy>(place: &mut [MaybeUninit<T>], part: &[T]) {
    assert_eq!(place.len(), part.len(), "a place is as long as what is put there");
    for (slot, value) in place.iter_mut().zip(part) {
        slot.write(*value);
    }
}

impl<T> Pages<T> {
    /// Where the values are in `memory`.
    #[inline(always)]
    fn range(&self) -> Range<usize> {
        self.first..self.first + self.length
    }
}

impl<T> Deref for Pages<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        debug_assert!(self.memory.get(self.range()).is_some());
        // SAFETY: `first` and `length` more are places in `memory`, and the values were written.
        unsafe { slice::from_raw_parts(self.memory.as_ptr().add(self.first).cast(), self.length) }
    }
}

impl<T> DerefMut for Pages<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        debug_assert!(self.memory.get(self.range()).is_some());
        // SAFETY: as above, and nobody else has them.
        unsafe { slice::from_raw_parts_mut(self.memory.as_mut_ptr().add(self.first).cast(), self.length) }
    }
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { memory: Box::new_uninit_slice(0), first: 0, length: 0 }
    }
}

impl<T: Copy> Clone for Pages<T> {
    fn clone(&self) -> Self {
        let mut pages = Self::with_capacity(self.length);
        pages.extend_from_slice(self);
        pages
    }
}

impl<T: fmt::Debug> fmt::Debug for Pages<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

impl<T: PartialEq> PartialEq for Pages<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Pages<T> {}

impl<T: Copy> From<Vec<T>> for Pages<T> {
    fn from(values: Vec<T>) -> Self {
        let mut pages = Self::with_capacity(values.len());
        pages.extend_from_slice(&values);
        pages
    }
}

impl<T: ArrowNativeType + RefUnwindSafe> From<Pages<T>> for ScalarBuffer<T> {
    /// The same memory, for Arrow.
    fn from(pages: Pages<T>) -> Self {
        let (length, owner) = (pages.len(), Arc::new(pages));
        let values: NonNull<[T]> = NonNull::from(&**owner);
        // SAFETY: so many bytes of values, in memory that stays where it is as long as its owner lives.
        let memory = unsafe { Buffer::from_custom_allocation(values.cast(), length * size_of::<T>(), owner) };
        Self::new(memory, 0, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_where_a_page_does() {
        for count in [0, 1, 1000, 300_000, 1 << 20] {
            let pages: Pages<u64> = Pages::collect(count, 0..count as u64 / 2);
            assert_eq!(pages.len(), count);
            assert!(pages.as_ptr().addr().is_multiple_of(if count >= 300_000 { HUGE } else { LINE }) || count == 0);
            assert!(pages.iter().zip(0..).all(|(value, at)| *value == if at < count as u64 / 2 { at } else { 0 }));
            assert_eq!(Pages::from(pages.to_vec()), pages);
            assert_eq!(pages.clone(), pages);
            assert_eq!(*Pages::<u64>::zeroes(count), *vec![0; count]);
        }
    }

    #[test]
    fn grows_and_is_cut() {
        let (mut pages, mut expected): (Pages<i32>, Vec<i32>) = (Pages::default(), Vec::new());
        assert_eq!((pages.len(), pages.capacity()), (0, 0));
        for step in 0..200 {
            let more: Vec<i32> = (0..step * 97).collect();
            pages.extend_from_slice(&more);
            expected.extend_from_slice(&more);
            if step % 5 == 0 {
                pages.truncate(expected.len() - step as usize);
                expected.truncate(expected.len() - step as usize);
            }
            assert!(pages.len() <= pages.capacity());
        }
        pages.extend(0..9);
        expected.extend(0..9);
        pages.truncate(usize::MAX);
        assert_eq!(*pages, *expected);
        pages[0] = 7;
        assert_eq!((pages[0], pages.last()), (7, expected.last()));
        let place = pages.as_ptr();
        pages.reserve(0);
        assert_eq!(pages.as_ptr(), place, "what has room stays where it is");
    }

    #[test]
    fn few_values_take_no_huge_page() {
        for (bytes, huge) in [(0, 0), (1, 0), (HUGE - 1, 0), (HUGE, HUGE), (HUGE * 3 / 2 - 1, HUGE)] {
            assert_eq!(Room::new(bytes, 1).huge, huge, "{bytes}");
            assert!(Room::new(bytes, 1).asked <= bytes + if huge > 0 { HUGE } else { LINE });
        }
        assert_eq!(Room::new(HUGE * 3 / 2, 1).huge, 2 * HUGE);
        assert_eq!(Room::new(HUGE * 3 / 8, 4).asked, 3 * HUGE / 4);
    }

    #[test]
    fn arrow_has_the_same_memory() {
        for count in [0, 5, 700_000] {
            let pages: Pages<i32> = Pages::collect(count, 0..);
            let place = pages.as_ptr();
            let values: ScalarBuffer<i32> = pages.into();
            assert!(values.as_ptr() == place || count == 0);
            let part = values.slice(count / 2, count - count / 2);
            drop(values);
            assert!(part.iter().zip(count as i32 / 2..).all(|(value, expected)| *value == expected));
            assert_eq!(part.len(), count - count / 2);
        }
    }

    #[test]
    #[should_panic(expected = "less memory than there are addresses")]
    fn more_than_there_are_addresses_is_refused() {
        let _: Pages<u64> = Pages::with_capacity(usize::MAX / 4);
    }
}
