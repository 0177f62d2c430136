//! One allocation of uninitialised words.
//!
//! The pointer is a raw one. A `Box` claims to be the only way to its content each time it is moved, which is wrong
//! where several threads write parts of the memory through pointers of their own (`batch/whole.rs`).

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::slice;

/// The unit of memory. Blocks are aligned to it.
pub type Word = u64;

/// Uninitialised memory, freed on drop.
pub struct Block {
    /// Dangling, but aligned, where there are no words.
    first: NonNull<Word>,
    words: usize,
}

// SAFETY: a block owns its memory, as a `Box` does. `&Block` gives away a pointer only, and who uses that has to say why
// no other thread does.
unsafe impl Send for Block {}
// SAFETY: as for `Send`.
unsafe impl Sync for Block {}

impl Block {
    /// Allocate `words` words.
    ///
    /// # Panics
    ///
    /// If they have more bytes than `isize::MAX`.
    pub fn new(words: usize) -> Self {
        if words == 0 {
            return Self::default();
        }
        let layout = layout(words);
        // SAFETY: the layout has at least one word.
        let memory = unsafe { alloc(layout) };
        let first = NonNull::new(memory.cast()).unwrap_or_else(|| handle_alloc_error(layout));
        Self { first, words }
    }

    /// Return the number of words.
    pub fn words(&self) -> usize {
        self.words
    }

    /// Return the number of bytes.
    pub fn bytes(&self) -> usize {
        self.words * size_of::<Word>()
    }

    /// Return the address of the first word. It is valid for all words, reading and writing, until the block is dropped.
    #[inline(always)]
    pub fn first(&self) -> NonNull<Word> {
        self.first
    }

    /// Return all words.
    pub fn as_mut(&mut self) -> &mut [MaybeUninit<Word>] {
        // SAFETY: `first` is aligned and valid for `words` words, which need not be initialised. The borrow of `self`
        // keeps the block alive, and everybody else who has a pointer into it away by their own contract.
        unsafe { slice::from_raw_parts_mut(self.first.as_ptr().cast(), self.words) }
    }
}

impl Default for Block {
    fn default() -> Self {
        Self { first: NonNull::dangling(), words: 0 }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if self.words > 0 {
            // SAFETY: `new` allocated it with this layout, and a block is dropped once.
            unsafe { dealloc(self.first.as_ptr().cast(), layout(self.words)) };
        }
    }
}

fn layout(words: usize) -> Layout {
    Layout::array::<Word>(words).unwrap_or_else(|_| panic!("more memory than there are addresses"))
}
