//! Files of chat data in, files of token ids out.
//!
//! A job has three stages, each on a thread of its own: `read` takes inputs apart into chunks
//! of rows, `encode` encodes a chunk on every core, `write` writes what came of it. Channels between
//! them hold a few chunks, so that memory does not grow with the inputs.

mod control;
mod encode;
mod encoding;
mod fruitless;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod input;
mod job;
pub(crate) mod json;
mod keep;
mod order;
mod output;
mod read;
mod refused;
mod rows;
mod source;
mod split;
mod summary;
mod surrogates;
mod table;
mod text;
mod unchecked;
mod write;

#[cfg(test)]
pub(crate) mod testing;

pub use control::{Control, Progress};
pub use input::InputFormat;
pub use job::{JobOptions, OnError, run};
pub use output::OutputFormat;
pub use summary::{Lengths, Summary};
