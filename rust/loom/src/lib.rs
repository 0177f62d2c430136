//! Checks `chain` and `spare` of the core with loom, which runs them with every order of steps that two or three threads
//! can take, and every value that the memory model lets a thread see. Empty unless built with `--cfg loom`.
//!
//! The files are those of the core. What they use of it is included, too, or stands here in its place.

#![cfg(all(loom, test))]
#![allow(dead_code, reason = "not everything in the files is used here")]

#[path = "../../src/block.rs"]
mod block;
#[path = "../../src/spare.rs"]
mod spare;
#[path = "../../src/sync.rs"]
mod sync;

mod batch {
    #[path = "../../../src/batch/chain.rs"]
    pub mod chain;

    pub mod strip {
        /// The number of values of a stride.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Extent(pub usize);

        impl Extent {
            pub fn plus(&self, other: &Self) -> Self {
                Self(self.0 + other.0)
            }
        }
    }

    mod models;
}

mod models;
