//! Tables of megabytes that are read at random. In pages of 4 KiB nearly every read would also wait for where its page
//! is; so their memory begins where a huge page does, and Linux is told that it may use huge pages for it.

use std::ops::{Deref, DerefMut};

use crate::huge::{HUGE, advise};

/// A cache line: where smaller tables begin.
const LINE: usize = 64;

/// A table of words; see above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table<T> {
    values: Vec<T>,
    first: usize,
}

impl<T: Copy + Default> Table<T> {
    /// The first `count` values that `values` gives, and what is missing as zeroes.
    pub fn collect(count: usize, values: impl IntoIterator<Item = T>) -> Self {
        let (align, spare) = Self::alignment(count);
        let mut memory: Vec<T> = Vec::with_capacity(count + spare);
        let first = memory.as_ptr().align_offset(align).min(spare);
        advise(&memory);
        memory.resize(first, T::default());
        memory.extend(values.into_iter().take(count));
        memory.resize(first + count, T::default());
        Self { values: memory, first }
    }

    /// Where a table of `count` values begins, and how many more it takes to begin there.
    fn alignment(count: usize) -> (usize, usize) {
        let align = if count * size_of::<T>() >= HUGE { HUGE } else { LINE };
        (align, align / size_of::<T>().max(1))
    }
}

impl Table<u64> {
    /// `count` zeroes, from the system: pages that are never used cost nothing.
    pub fn zeroes(count: usize) -> Self {
        let (align, spare) = Self::alignment(count);
        let mut values = vec![0; count + spare];
        let first = values.as_ptr().align_offset(align).min(spare);
        advise(&values);
        values.truncate(first + count);
        Self { values, first }
    }
}

impl<T: Copy + Default> From<Vec<T>> for Table<T> {
    fn from(values: Vec<T>) -> Self {
        Self::collect(values.len(), values)
    }
}

impl<T> Deref for Table<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        self.values.get(self.first..).unwrap_or_default()
    }
}

impl<T> DerefMut for Table<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        self.values.get_mut(self.first..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_where_a_page_does() {
        for count in [0, 1, 1000, 300_000] {
            let table: Table<u64> = Table::collect(count, 0..count as u64 / 2);
            assert_eq!(table.len(), count);
            assert!(table.as_ptr().addr().is_multiple_of(if count == 300_000 { HUGE } else { LINE }));
            assert!(table.iter().zip(0..).all(|(value, at)| *value == if at < count as u64 / 2 { at } else { 0 }));
            assert_eq!(*Table::from(table.to_vec()), *table);
            assert_eq!(*Table::zeroes(count), *vec![0; count]);
        }
    }
}
