//! In which order rows are encoded, and by whom. Each thread has a share of the rows that lie together, always the same
//! ones for the same rows: what it learns of some it meets again in their neighbours, and in the next pass over them. It
//! begins with those that have much text, and helps others when it is done with its own, so that no thread is left with
//! a long conversation.

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
    shares: Vec<Share>,
    /// How much text a thread has, if all have the same.
    pub bytes_a_thread: usize,
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
        let count = rows.len();
        if threads <= 1 {
            // In one piece, so that nothing is put together afterwards.
            let strides = if count > 0 { vec![0] } else { Vec::new() };
            let shares = vec![Share { strides, ..Share::default() }];
            return Self { rows: count, stride: count.max(1), shares, bytes_a_thread: rows.bytes(0..count) };
        }
        let stride = (count / threads.saturating_mul(STRIDES_A_THREAD)).clamp(1, STRIDE);
        let bytes = |number: usize| rows.bytes(number * stride..count.min((number + 1) * stride));
        let bytes: Vec<usize> = (0..count.div_ceil(stride)).map(bytes).collect();
        let bytes_a_thread = bytes.iter().sum::<usize>() / threads;
        Self { rows: count, stride, shares: shares(&bytes, threads), bytes_a_thread }
    }

    /// How many rows a thread has, if all have the same.
    pub fn rows_a_thread(&self) -> usize {
        self.rows.div_ceil(self.shares.len().max(1))
    }

    /// How many strides a thread has before it takes those of others.
    pub fn strides(&self, thread: usize) -> usize {
        self.shares.get(thread).map_or(0, |share| share.strides.len())
    }

    /// The rows that the thread with this number encodes next; none where all are taken.
    pub fn take(&self, thread: usize) -> Option<Range<usize>> {
        let count = self.shares.len();
        let shares = (0..count).filter_map(|offset| self.shares.get((thread + offset) % count));
        let mut taken = shares.filter_map(|share| share.strides.get(share.next.fetch_add(1, Ordering::Relaxed)));
        let first = *taken.next()? as usize * self.stride;
        Some(first..self.rows.min(first + self.stride))
    }
}

/// Strides with so many bytes each, shared out so that each thread has about as much text.
fn shares(bytes: &[usize], threads: usize) -> Vec<Share> {
    let usual = bytes.iter().sum::<usize>() / bytes.len().max(1);
    // Also of rows without any text every thread has some.
    let total = bytes.iter().sum::<usize>() + bytes.len();
    let mut shares: Vec<Share> = (0..threads).map(|_| Share::default()).collect();
    let mut before = 0usize;
    for (number, bytes) in (0..).zip(bytes) {
        let owner = (before as u128 * threads as u128 / total as u128) as usize;
        shares[owner.min(threads - 1)].strides.push(number);
        before += bytes + 1;
    }
    for share in &mut shares {
        // Those with much text, the longest first; the others stay in order.
        share.strides.sort_by_key(|number| {
            let bytes = bytes[*number as usize];
            Reverse(if bytes / LONG > usual { bytes } else { 0 })
        });
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::JsonLines;

    fn taken(plan: &Plan) -> Vec<Range<usize>> {
        std::iter::from_fn(|| plan.take(0)).collect()
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
                assert_eq!(plan.take(threads - 1), None);
            }
        }
    }

    #[test]
    fn every_thread_has_a_share_of_its_own() {
        let plan = Plan::new(&JsonLines(vec![b"x".as_slice(); 64]), 4);
        let firsts = [0, 1, 2, 3].map(|thread| plan.take(thread).map(|rows| rows.start));
        assert_eq!(firsts, [Some(0), Some(16), Some(32), Some(48)]);
        // One that is done with its own takes what others have left.
        let rest: Vec<usize> = std::iter::from_fn(|| plan.take(3)).map(|rows| rows.len()).collect();
        assert_eq!(rest.iter().sum::<usize>(), 64 - 4 * 4);
    }
}
