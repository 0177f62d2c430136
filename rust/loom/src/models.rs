//! Models of the pool of blocks.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::block::Block;
use crate::spare::Spare;

const WORDS: usize = 4;

/// Something for each block that loom sees being used, found by the number in the block's first word.
struct Marks([UnsafeCell<usize>; 3]);

// SAFETY: the point of the model: loom fails where two threads use a cell at once.
unsafe impl Sync for Marks {}
// SAFETY: as above.
unsafe impl Send for Marks {}

fn block(number: u64) -> Block {
    let mut block = Block::new(WORDS);
    block.as_mut()[0].write(number);
    block
}

/// Use a block, as one whose only owner this thread is.
fn work(block: &mut Block, marks: &Marks) {
    // SAFETY: `block` wrote the first word.
    let number = unsafe { block.as_mut()[0].assume_init() } as usize;
    // SAFETY: loom checks that nobody else is there.
    marks.0[number].with_mut(|mark| unsafe { *mark += 1 });
}

#[test]
fn a_block_has_one_owner() {
    loom::model(|| {
        let shared = Arc::new((Spare::new(), Marks(std::array::from_fn(|_| UnsafeCell::new(0)))));
        shared.0.give(block(0));
        let run = |number: u64, (spare, marks): &(Spare, Marks)| {
            let mut block = spare.take(WORDS).unwrap_or_else(|| block(number));
            work(&mut block, marks);
            spare.give(block);
        };
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || run(1, &other));
        run(2, &shared);
        thread.join().unwrap();
        let left = std::iter::from_fn(|| shared.0.take(WORDS)).count();
        assert!((1..=2).contains(&left));
        assert_eq!(shared.0.kept_bytes(), 0);
    });
}
