//! Memory that was used and is kept for who asks next: of a batch's columns, for those of the next batch. What the
//! system gives anew costs more to touch for the first time than a batch takes to write it.
//!
//! Blocks change hands without a lock, so that a process may fork at any moment.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Memory without values.
pub type Block = Box<[MaybeUninit<u64>]>;

/// From how many bytes on a block is worth keeping: what glibc asks the system for, rather than its heap.
pub const KEPT: usize = 128 << 10;

/// How many blocks are kept at most.
const BLOCKS: usize = 16;
/// How many bytes they have at most, all together.
const BYTES: usize = 64 << 20;

/// Blocks that are kept.
pub struct Spare {
    blocks: [AtomicPtr<Block>; BLOCKS],
    /// How many bytes they have; more while one is on its way in or out.
    bytes: AtomicUsize,
}

/// Those of this process.
pub static SPARE: Spare = Spare::new();

impl Spare {
    const fn new() -> Self {
        Self { blocks: [const { AtomicPtr::new(ptr::null_mut()) }; BLOCKS], bytes: AtomicUsize::new(0) }
    }

    /// A block of at least `words`, and not of many more, if there is one.
    pub fn take(&self, words: usize) -> Option<Block> {
        self.blocks.iter().find_map(|place| {
            let block = unboxed(place.swap(ptr::null_mut(), Ordering::AcqRel))?;
            self.bytes.fetch_sub(size_of_val(&*block), Ordering::Relaxed);
            if (words..=words.saturating_mul(2)).contains(&block.len()) {
                return Some(block);
            }
            self.give(block);
            None
        })
    }

    /// Keeps `block`, if there is room.
    pub fn give(&self, block: Block) {
        let bytes = size_of_val(&*block);
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

/// What a place held, which nobody else holds now.
fn unboxed(block: *mut Block) -> Option<Block> {
    // SAFETY: null, or out of a box that `give` put where one alone can take it from.
    (!block.is_null()).then(|| *unsafe { Box::from_raw(block) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: usize = 1 << 18;

    fn kept(spare: &Spare) -> usize {
        spare.bytes.load(Ordering::Relaxed)
    }

    #[test]
    fn what_fits_is_given_again() {
        let spare = Spare::new();
        assert!(spare.take(MANY).is_none());
        let block = Box::new_uninit_slice(MANY);
        let place = block.as_ptr();
        spare.give(block);
        assert_eq!(kept(&spare), MANY * 8);
        // Too small, and far too large.
        assert!(spare.take(MANY + 1).is_none() && spare.take(MANY / 2 - 1).is_none());
        assert_eq!(kept(&spare), MANY * 8);
        assert_eq!(spare.take(MANY / 2).map(|block| block.as_ptr()), Some(place));
        assert_eq!(kept(&spare), 0);
        assert!(spare.take(MANY).is_none());
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let spare = Spare::new();
        (0..20).for_each(|_| spare.give(Box::new_uninit_slice(MANY)));
        assert_eq!(kept(&spare), BLOCKS * MANY * 8);
        while spare.take(MANY).is_some() {}
        (0..20).for_each(|_| spare.give(Box::new_uninit_slice(10 * MANY)));
        assert_eq!(kept(&spare), BYTES / (10 * MANY * 8) * 10 * MANY * 8);
    }

    #[test]
    fn threads_never_have_the_same_block() {
        let spare = Spare::new();
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let spare = &spare;
                scope.spawn(move || {
                    for _ in 0..2000 {
                        let mut block = spare.take(64).unwrap_or_else(|| Box::new_uninit_slice(64));
                        block.iter_mut().for_each(|word| _ = word.write(thread));
                        // SAFETY: all of it was written just now.
                        assert!(block.iter().all(|word| unsafe { word.assume_init() } == thread));
                        spare.give(block);
                    }
                });
            }
        });
        assert!(kept(&spare) <= BLOCKS * 64 * 8);
    }
}
