//! In which order rows are encoded: a few at a time, those with much text first, so that no thread is left with a long
//! conversation when the others are done.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::rows::Rows;

/// How many rows a thread takes at a time, at most: few enough to share the work out evenly at the end, enough for the
/// counter between them not to matter.
const STRIDE: usize = 16;

/// Into how many strides a thread's share is cut at least, so that one which is done early finds more to do.
const STRIDES_A_THREAD: usize = 4;

/// How much more text than others a stride has when it is taken before them.
const LONG: usize = 4;

/// Strides of rows, handed out to threads.
pub(super) struct Plan {
    rows: usize,
    stride: usize,
    /// The strides with much text, by their numbers; longest first.
    long: Vec<u32>,
    /// Whether each stride is one of them.
    is_long: Vec<bool>,
    /// How much text a thread has, if all have the same.
    pub bytes_a_thread: usize,
    next: AtomicUsize,
}

impl Plan {
    /// A plan for `threads` threads.
    pub fn new(rows: &dyn Rows, threads: usize) -> Self {
        let count = rows.len();
        if threads <= 1 {
            // In one piece, so that nothing is put together afterwards.
            return Self { bytes_a_thread: rows.bytes(0..count), ..Self::of(count, count.max(1), Vec::new()) };
        }
        let stride = (count / threads.saturating_mul(STRIDES_A_THREAD)).clamp(1, STRIDE);
        let bytes = |number: usize| rows.bytes(number * stride..count.min((number + 1) * stride));
        let bytes: Vec<usize> = (0..count.div_ceil(stride)).map(bytes).collect();
        let bytes_a_thread = bytes.iter().sum::<usize>() / threads;
        Self { bytes_a_thread, ..Self::of(count, stride, bytes) }
    }

    fn of(rows: usize, stride: usize, bytes: Vec<usize>) -> Self {
        let usual = bytes.iter().sum::<usize>() / bytes.len().max(1);
        let is_long: Vec<bool> = bytes.iter().map(|bytes| bytes / LONG > usual).collect();
        let mut long: Vec<u32> =
            (0..).zip(&is_long).filter(|(_, is_long)| **is_long).map(|(number, _)| number).collect();
        long.sort_by_key(|number| Reverse(bytes[*number as usize]));
        Self { rows, stride, long, is_long, bytes_a_thread: 0, next: AtomicUsize::new(0) }
    }

    /// The rows to encode next; none where all are taken.
    pub fn take(&self) -> Option<Range<usize>> {
        loop {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let number = match self.long.get(turn) {
                Some(number) => *number as usize,
                None => turn - self.long.len(),
            };
            let first = number * self.stride;
            if first >= self.rows {
                return None;
            }
            let was_taken = turn >= self.long.len() && self.is_long.get(number).is_some_and(|is_long| *is_long);
            if !was_taken {
                return Some(first..self.rows.min(first + self.stride));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::JsonLines;

    fn taken(plan: &Plan) -> Vec<Range<usize>> {
        std::iter::from_fn(|| plan.take()).collect()
    }

    #[test]
    fn every_row_is_taken_once_and_the_longest_first() {
        let (short, long, longest) = (b"x".as_slice(), [b'x'; 900], [b'x'; 5000]);
        for count in [0, 1, 2, 15, 16, 17, 100, 333] {
            for threads in [1, 2, 7, 400] {
                let mut lines = vec![short; count];
                if count > 90 {
                    (lines[80], lines[5]) = (&longest, &long);
                }
                let plan = Plan::new(&JsonLines(lines), threads);
                let taken = taken(&plan);
                if count > 90 && threads == 2 {
                    assert!(taken[0].contains(&80) && taken[1].contains(&5), "{taken:?}");
                }
                let mut rows: Vec<usize> = taken.into_iter().flatten().collect();
                rows.sort_unstable();
                assert_eq!(rows, (0..count).collect::<Vec<_>>());
                assert_eq!(plan.take(), None);
            }
        }
    }
}
