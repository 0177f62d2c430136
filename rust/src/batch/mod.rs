//! Many rows at once: encoded on every core, gathered into flat columns, the refused set aside.

mod chain;
mod columns;
mod foreign;
mod growing;
mod join;
mod labels;
mod plan;
mod rows;
mod run;
mod strip;
mod table;
mod whole;

pub use crate::pool::default_threads;
pub use columns::{
    Column, ColumnSpec, Columns, INPUT_IDS, Item, LABELS, LENGTH, LOSS_SCALE, MARGIN, Nesting, ROW_INDEX, Role, Values,
};
pub use foreign::{Foreign, ForeignRow, collect};
pub use rows::{JsonLines, Parsed, Rows};
pub use run::{BatchOptions, OnUntrainable, encode_batch};
pub use table::Table;
