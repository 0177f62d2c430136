//! Memory that was used and is kept for who asks next: of a batch's columns, for those of the next batch. What the
//! system gives anew costs more to touch for the first time than a batch takes to write it.
//!
//! Blocks change hands without a lock, so that a process may fork at any moment.

use std::ptr;

use crate::block::Block;
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// From how many bytes on a block is worth keeping: what glibc asks the system for, rather than its heap.
pub const KEPT: usize = 128 << 10;

/// How many blocks are kept at most.
const BLOCKS: usize = if cfg!(loom) { 2 } else { 16 };
/// How many bytes they have at most, all together.
const BYTES: usize = 64 << 20;

/// Blocks that are kept.
pub struct Spare {
    blocks: [AtomicPtr<Block>; BLOCKS],
    /// How many bytes they have; more while one is on its way in or out.
    bytes: AtomicUsize,
}

/// Those of this process.
#[cfg(not(loom))]
pub static SPARE: Spare = Spare::new();

impl Spare {
    #[cfg(not(loom))]
    const fn new() -> Self {
        Self { blocks: [const { AtomicPtr::new(ptr::null_mut()) }; BLOCKS], bytes: AtomicUsize::new(0) }
    }

    #[cfg(loom)]
    pub fn new() -> Self {
        Self { blocks: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())), bytes: AtomicUsize::new(0) }
    }

    /// A block of at least `words`, and not of many more, if there is one.
    pub fn take(&self, words: usize) -> Option<Block> {
        self.blocks.iter().find_map(|place| {
            let block = unboxed(place.swap(ptr::null_mut(), Ordering::AcqRel))?;
            self.bytes.fetch_sub(block.bytes(), Ordering::Relaxed);
            if (words..=words.saturating_mul(2)).contains(&block.words()) {
                return Some(block);
            }
            self.give(block);
            None
        })
    }

    /// Keeps `block`, if there is room.
    pub fn give(&self, block: Block) {
        let bytes = block.bytes();
        if self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= BYTES {
            let ours = Box::into_raw(Box::new(block));
            let put = |place: &AtomicPtr<Block>| {
                place.compare_exchange(ptr::null_mut(), ours, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            };
            if self.blocks.iter().any(put) {
                return;
            }
            drop(unboxed(ours));
        }
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Spare {
    /// Return the number of bytes that are kept.
    pub fn kept_bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Take the block out of the box that was in a slot.
fn unboxed(block: *mut Block) -> Option<Block> {
    // SAFETY: null, or from `Box::into_raw` in `give`. The pointer came out of a slot by `swap`, which gives it to one
    // caller alone, or was never put into one.
    (!block.is_null()).then(|| *unsafe { Box::from_raw(block) })
}

impl Drop for Spare {
    fn drop(&mut self) {
        for slot in &self.blocks {
            drop(unboxed(slot.swap(ptr::null_mut(), Ordering::AcqRel)));
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MANY: usize = 1 << 18;

    #[test]
    fn what_fits_is_given_again() {
        let spare = Spare::new();
        assert!(spare.take(MANY).is_none());
        let block = Block::new(MANY);
        let place = block.first();
        spare.give(block);
        assert_eq!(spare.kept_bytes(), MANY * 8);
        // Too small, and far too large.
        assert!(spare.take(MANY + 1).is_none() && spare.take(MANY / 2 - 1).is_none());
        assert_eq!(spare.kept_bytes(), MANY * 8);
        assert_eq!(spare.take(MANY / 2).map(|block| block.first()), Some(place));
        assert_eq!(spare.kept_bytes(), 0);
        assert!(spare.take(MANY).is_none());
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let spare = Spare::new();
        (0..20).for_each(|_| spare.give(Block::new(MANY)));
        assert_eq!(spare.kept_bytes(), BLOCKS * MANY * 8);
        while spare.take(MANY).is_some() {}
        (0..20).for_each(|_| spare.give(Block::new(10 * MANY)));
        assert_eq!(spare.kept_bytes(), BYTES / (10 * MANY * 8) * 10 * MANY * 8);
    }

    #[test]
    fn threads_never_have_the_same_block() {
        let spare = Spare::new();
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let spare = &spare;
                scope.spawn(move || {
                    for _ in 0..2000 {
                        let mut block = spare.take(64).unwrap_or_else(|| Block::new(64));
                        block.as_mut().iter_mut().for_each(|word| _ = word.write(thread));
                        // SAFETY: each word was written in the line above.
                        assert!(block.as_mut().iter().all(|word| unsafe { word.assume_init() } == thread));
                        spare.give(block);
                    }
                });
            }
        });
        assert!(spare.kept_bytes() <= BLOCKS * 64 * 8);
    }
}
