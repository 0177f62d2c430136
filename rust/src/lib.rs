//! swiftcore: from chat data to token ids and labels, and back.
//!
//! The core, without Python. A row goes one way: [`row`] reads it, in any [`shape`], [`normalise`] sorts it into
//! turns, [`render`] lays a template around them, an [`engine`] tokenizes, [`encode`] assembles
//! ids and labels, [`batch`] does so for many rows at once, [`data`] for whole files. [`decode`] is the way back. The rules are in
//! `docs/encoding.md`; comments name them by number.

pub mod agent;
pub mod batch;
mod block;
pub mod cache;
pub mod control;
pub mod data;
pub mod decode;
pub mod encode;
pub mod encoded;
pub mod engine;
pub mod error;
mod huge;
pub mod interrupt;
pub mod json;
pub mod length;
pub mod loss;
pub mod memory;
pub mod normalise;
mod pages;
mod pool;
mod race;
pub mod reasoning;
mod render;
pub mod rounds;
pub mod row;
pub mod rules;
pub mod segment;
pub mod shape;
mod spare;
mod sync;
pub mod task;
pub mod template;
mod terminated;
pub mod text;
pub mod thinking;
pub mod tokenizer;
pub mod warning;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use data::fuzzing;

/// The label of a token that is not trained, as PyTorch's cross entropy ignores it.
pub const IGNORE_INDEX: i32 = -100;
