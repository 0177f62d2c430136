//! Many rows at once: encoded on every core, gathered into flat columns, the refused set aside.

mod columns;
mod run;

pub use crate::pool::default_threads;
pub use columns::{Columns, INPUT_IDS, LABELS, LENGTH, LOSS_SCALE, ROW_INDEX, offsets_of};
pub use run::{BatchOptions, JsonLines, OnUntrainable, Parsed, Rows, encode_batch};
