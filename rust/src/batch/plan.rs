//! In which order rows are encoded, and by whom. Threads have strides of rows in turns, always the same ones for the
//! same rows, so that each meets in the next pass what it has learned in this one; and what lies together is done at
//! about the same time, so that it is soon known where each stride's tokens belong. A thread begins with those that
//! have much text, and helps others when it is done with its own, so that no thread is left with a long conversation.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::rows::Rows;

/// How many rows a thread takes at a time, at most: few enough to share the work out evenly at the end and for their
/// tokens to stay in a core's own cache, enough for what is done once a stride not to matter.
const STRIDE: usize = 16;

/// Into how many strides a thread's share is cut at least, so that one which is done early finds more to do.
const STRIDES_A_THREAD: usize = 4;

/// How much more text than others a stride has when it is taken before them.
const LONG: usize = 4;

/// Strides of rows, handed out to threads.
pub(super) struct Plan {
    rows: usize,
    stride: usize,
    shares: Vec<Share>,
    /// How much text there is.
    pub bytes: usize,
}

/// The strides of one thread, by their numbers, in the order in which they are taken.
#[derive(Default)]
struct Share {
    strides: Vec<u32>,
    next: AtomicUsize,
}

impl Plan {
    /// A plan for `threads` threads.
    pub fn new(rows: &dyn Rows, threads: usize) -> Self {
        let (count, threads) = (rows.len(), threads.max(1));
        let evenly = count / threads.saturating_mul(STRIDES_A_THREAD);
        let stride = if threads == 1 { STRIDE } else { evenly.clamp(1, STRIDE) };
        let bytes = |number: usize| rows.bytes(number * stride..count.min((number + 1) * stride));
        let bytes: Vec<usize> = (0..count.div_ceil(stride)).map(bytes).collect();
        Self { rows: count, stride, shares: shares(&bytes, threads), bytes: bytes.iter().sum() }
    }

    /// How many strides there are.
    pub fn strides(&self) -> usize {
        self.rows.div_ceil(self.stride)
    }

    /// How many rows a thread has, if all have the same.
    pub fn rows_a_thread(&self) -> usize {
        self.rows.div_ceil(self.shares.len())
    }

    /// How many strides a thread has, if all have the same.
    pub fn strides_a_thread(&self) -> usize {
        self.strides().div_ceil(self.shares.len())
    }

    /// The number of the stride that a thread encodes next, and its rows; none where all are taken.
    pub fn take(&self, thread: usize) -> Option<(usize, Range<usize>)> {
        let count = self.shares.len();
        let shares = (0..count).filter_map(|offset| self.shares.get((thread + offset) % count));
        let mut taken = shares.filter_map(|share| share.strides.get(share.next.fetch_add(1, Ordering::Relaxed)));
        let number = *taken.next()? as usize;
        Some((number, number * self.stride..self.rows.min((number + 1) * self.stride)))
    }
}

/// Strides with so many bytes each, shared out in turns.
fn shares(bytes: &[usize], threads: usize) -> Vec<Share> {
    let usual = bytes.iter().sum::<usize>() / bytes.len().max(1);
    let strides = |thread| {
        let mut strides: Vec<u32> = (thread as u32..bytes.len() as u32).step_by(threads).collect();
        if threads > 1 {
            // Those with much text, the longest first; the others stay in order.
            strides.sort_by_key(|number| {
                let bytes = bytes[*number as usize];
                Reverse(if bytes / LONG > usual { bytes } else { 0 })
            });
        }
        strides
    };
    (0..threads).map(|thread| Share { strides: strides(thread), ..Share::default() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::JsonLines;

    fn taken(plan: &Plan) -> Vec<Range<usize>> {
        std::iter::from_fn(|| plan.take(0)).map(|(_, rows)| rows).collect()
    }

    #[test]
    fn every_row_is_taken_once_and_the_longest_first() {
        let (short, long, longest) = (b"x".as_slice(), [b'x'; 900], [b'x'; 5000]);
        for count in [0, 1, 2, 15, 16, 17, 100, 333] {
            for threads in [1, 2, 7, 400] {
                let mut lines = vec![short; count];
                if count > 96 {
                    (lines[96], lines[5]) = (&longest, &long);
                }
                let plan = Plan::new(&JsonLines(lines), threads);
                let taken = taken(&plan);
                if count > 96 && threads == 2 {
                    // Both are in the share of the first thread.
                    assert!(taken[0].contains(&96) && taken[1].contains(&5), "{taken:?}");
                }
                let mut rows: Vec<usize> = taken.into_iter().flatten().collect();
                rows.sort_unstable();
                assert_eq!(rows, (0..count).collect::<Vec<_>>());
                assert_eq!(plan.take(threads - 1), None);
            }
        }
    }

    #[test]
    fn every_thread_has_a_share_of_its_own() {
        let plan = Plan::new(&JsonLines(vec![b"x".as_slice(); 64]), 4);
        let firsts = [2, 1, 0, 3].map(|thread| plan.take(thread));
        assert_eq!(firsts, [Some((2, 8..12)), Some((1, 4..8)), Some((0, 0..4)), Some((3, 12..16))]);
        // One that is done with its own takes what others have left.
        let rest: Vec<usize> = std::iter::from_fn(|| plan.take(3)).map(|(_, rows)| rows.len()).collect();
        assert_eq!(rest.iter().sum::<usize>(), 64 - 4 * 4);
    }
}
