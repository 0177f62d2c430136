//! Memory for many plain numbers, of which what is not used is never touched. From 128 KiB on it is kept for the next
//! who asks, when it is no longer used (`spare.rs`).
//!
//! Tables, which are read at random, begin where a huge page does if they are as large, and Linux is told that it may
//! use huge pages for them. What only grows has small pages: where a virtual machine gives a page its memory at the
//! first touch, a new huge one is paid for as a whole, and at a higher price.
//!
//! Memory is asked for without an alignment, with as much more as it takes to begin where a page does, which is what
//! glibc does for an alignment, too. Zeroes are written, rather than asked for: in the heap of a thread glibc may write
//! them by itself, in small pages, before anybody could tell Linux of huge ones.

use std::fmt;
use std::marker::PhantomData;
use std::mem::{self, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::panic::RefUnwindSafe;
use std::ptr::NonNull;
use std::slice;
use std::sync::Arc;

use arrow_buffer::{ArrowNativeType, Buffer, ScalarBuffer};

use crate::block::{Block, Word};
use crate::huge::{HUGE, advise};
use crate::spare::{KEPT, SPARE};

/// A cache line: where smaller memory begins.
const LINE: usize = 64;

/// A growable array of plain numbers. The size of a number is a power of two, and its alignment is that of a word at
/// most; other types do not compile.
///
/// The first `length` values after the first `first` words of `memory` are initialised, and there are
/// `length <= capacity` of them, which all lie within the memory. Every unsafe block below rests on this.
pub struct Pages<T> {
    /// The allocation. Words before the values are not touched.
    memory: Block,
    /// The index of the word at which the values begin.
    first: usize,
    /// The number of values that fit.
    capacity: usize,
    /// The number of values, each of them initialised.
    length: usize,
    values: PhantomData<T>,
}

/// How memory for some values is asked for.
struct Room {
    /// Words, with what it takes to begin where a page does.
    asked: usize,
    /// How many bytes are worth huge pages.
    huge: usize,
    align: usize,
}

impl Room {
    /// Room for `count` values of `size` bytes, that begin where a cache line does.
    fn new(count: usize, size: usize) -> Self {
        let bytes = count.checked_mul(size).filter(|bytes| *bytes < isize::MAX as usize - 2 * HUGE);
        let bytes = bytes.expect("less memory than there are addresses");
        let asked = if count == 0 { 0 } else { (bytes + LINE).div_ceil(size_of::<Word>()) };
        Self { asked, huge: 0, align: LINE }
    }

    /// The same for a table.
    fn of_table(count: usize, size: usize) -> Self {
        let small = Self::new(count, size);
        let bytes = count * size;
        if bytes < HUGE {
            return small;
        }
        // The last one is touched whole, which pays if half of it is used.
        let huge = (bytes + HUGE / 2) / HUGE * HUGE;
        Self { asked: (bytes.max(huge) + HUGE).div_ceil(size_of::<Word>()), huge, align: HUGE }
    }

    /// Return the memory and the index of the word at which the values begin.
    fn get(&self) -> (Block, usize) {
        let kept = if self.asked * size_of::<Word>() >= KEPT { SPARE.take(self.asked) } else { None };
        let mut memory = kept.unwrap_or_else(|| Block::new(self.asked));
        let words = memory.as_mut();
        let first = words.as_ptr().align_offset(self.align).min(self.align / size_of::<Word>()).min(words.len());
        advise(&words[first..words.len().min(first + self.huge / size_of::<Word>())]);
        (memory, first)
    }
}

impl<T: Copy> Pages<T> {
    /// Without values, with room for `count`.
    pub fn with_capacity(count: usize) -> Self {
        Self::with_room(&Room::new(count, size_of::<T>()))
    }

    fn with_room(room: &Room) -> Self {
        const { Self::CHECKED };
        let (memory, first) = room.get();
        let capacity = (memory.words() - first) * size_of::<Word>() / size_of::<T>();
        Self { memory, first, capacity, length: 0, values: PhantomData }
    }

    /// How many values there is room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes room for `more` values; what is there moves, if there is too little.
    pub fn reserve(&mut self, more: usize) {
        let needed = self.length.checked_add(more).expect("less memory than there are addresses");
        if needed > self.capacity() {
            // Twice as many as before, so that what moves is moved once on the average.
            let mut moved = Self::with_capacity(needed.max(self.capacity().saturating_mul(2)));
            copy(&mut moved.spare()[..self.length], self);
            // SAFETY: `copy` wrote that many values, into a slice of the spare capacity.
            unsafe { moved.set_length(self.length) };
            *self = moved;
        }
    }

    /// Adds `values`.
    pub fn extend_from_slice(&mut self, values: &[T]) {
        self.reserve(values.len());
        copy(&mut self.spare()[..values.len()], values);
        // SAFETY: `copy` wrote these after the values that were there, into a slice of the spare capacity.
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
        // SAFETY: the loop wrote the first `written` slots of the spare capacity.
        unsafe { self.set_length(self.length + written) };
    }

    /// Forgets the values from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Return the unused capacity after the values.
    pub fn spare(&mut self) -> &mut [MaybeUninit<T>] {
        let (length, capacity) = (self.length, self.capacity);
        // SAFETY: `length <= capacity` values lie within the memory; `MaybeUninit` need not be initialised. The memory
        // is ours alone, as `self` is borrowed mutably.
        unsafe { slice::from_raw_parts_mut(self.place().add(length).cast(), capacity - length) }
    }

    /// Set the number of values.
    ///
    /// # Safety
    ///
    /// `length` is at most [`Pages::capacity`], and the first `length` values are initialised.
    pub unsafe fn set_length(&mut self, length: usize) {
        debug_assert!(length <= self.capacity(), "the length is beyond the capacity");
        self.length = length;
    }
}

impl<T: Copy + Default> Pages<T> {
    /// A table of `count` zeroes.
    pub fn zeroes(count: usize) -> Self {
        Self::collect(count, [])
    }

    /// A table of the first `count` values that `values` gives, and of zeroes where some are missing.
    pub fn collect(count: usize, values: impl IntoIterator<Item = T>) -> Self {
        let mut pages = Self::with_room(&Room::of_table(count, size_of::<T>()));
        pages.write(values.into_iter().take(count));
        let missing = count - pages.length;
        pages.spare()[..missing].fill(MaybeUninit::new(T::default()));
        // SAFETY: `write` initialised the values up to the old length, and `fill` those from there to `count`, as a slice
        // of the spare capacity.
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
    /// What the unsafe code takes for granted about `T`; to be evaluated wherever a value is made.
    const CHECKED: () = {
        assert!(align_of::<T>() <= align_of::<Word>(), "a word is aligned for the number");
        assert!(size_of::<T>().is_power_of_two() && size_of::<T>() <= LINE, "a number has 1, 2, 4 bytes or so");
    };

    /// Return the address of the first value. It is valid for `capacity` values, reading and writing, until the pages
    /// are dropped or grow.
    #[inline(always)]
    pub fn place(&self) -> *mut T {
        // SAFETY: `first` is at most the number of words, so that the result is within the allocation or at its end.
        unsafe { self.memory.first().add(self.first).as_ptr().cast() }
    }
}

impl<T> Drop for Pages<T> {
    fn drop(&mut self) {
        if self.memory.bytes() >= KEPT {
            SPARE.give(mem::take(&mut self.memory));
        }
    }
}

impl<T> Deref for Pages<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: the first `length` values are initialised and lie within the memory, aligned by `CHECKED`. Nobody
        // writes them while `self` is borrowed.
        unsafe { slice::from_raw_parts(self.place(), self.length) }
    }
}

impl<T> DerefMut for Pages<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`; `self` is borrowed mutably, so that nobody else reads them.
        unsafe { slice::from_raw_parts_mut(self.place(), self.length) }
    }
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        const { Self::CHECKED };
        Self { memory: Block::default(), first: 0, capacity: 0, length: 0, values: PhantomData }
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
    /// A table of these values.
    fn from(values: Vec<T>) -> Self {
        let mut pages = Self::with_room(&Room::of_table(values.len(), size_of::<T>()));
        pages.extend_from_slice(&values);
        pages
    }
}

impl<T: ArrowNativeType + RefUnwindSafe> From<Pages<T>> for ScalarBuffer<T> {
    /// The same memory, for Arrow.
    fn from(pages: Pages<T>) -> Self {
        let (length, owner) = (pages.len(), Arc::new(pages));
        let values: NonNull<[T]> = NonNull::from(&**owner);
        // SAFETY: the pointer is that of `length` initialised values. Their memory is on the heap, does not move with its
        // owner, and lives as long as that. Nobody can write it, as the owner is only ever shared from here on.
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
            let room = Room::of_table(bytes, 1);
            assert_eq!(room.huge, huge, "{bytes}");
            assert!(room.asked * 8 < bytes + 8 + if huge > 0 { HUGE } else { LINE });
            assert_eq!(Room::new(bytes, 1).huge, 0);
        }
        assert_eq!(Room::of_table(HUGE * 3 / 2, 1).huge, 2 * HUGE);
        assert_eq!(Room::of_table(HUGE * 3 / 8, 4).asked, 3 * HUGE / 8);
    }

    #[test]
    fn what_was_written_before_is_not_seen() {
        for round in 0..10u32 {
            let mut pages: Pages<u32> = Pages::with_capacity(900_000);
            assert!(pages.is_empty());
            pages.extend(round..round + 900_000);
            assert!(pages.iter().zip(round..).all(|(value, expected)| *value == expected));
            assert!(Pages::<u64>::zeroes(450_000).iter().all(|value| *value == 0));
        }
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
