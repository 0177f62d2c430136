//! Files of chat data in, files of token ids out.
//!
//! A job has three stages, each on a thread of its own: [`read`] takes inputs apart into chunks of
//! rows, [`job`] encodes a chunk on every core, [`output`] writes what came of it. Channels between
//! them hold a few chunks, so that memory does not grow with the inputs.

mod control;
mod input;
mod json;
mod keep;
mod read;
mod rows;
mod shape;
mod source;
mod split;
mod table;
mod text;

#[cfg(test)]
mod testing;

pub use control::{Control, Progress};
pub use input::InputFormat;
pub use rows::ArrowRows;
pub use shape::{Shape, ShapeChoice, ShapeName};
