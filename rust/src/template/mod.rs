//! Templates: their facts, the options of a call, and both compiled against a tokenizer.

mod compile;
mod literal;
mod media;
mod options;
mod piece;
mod spec;

pub use compile::{Closing, Compiled, Fixed};
pub use literal::{Known, Literal, Text};
pub use options::{Mode, Options, TokenColumn, Truncation};
pub use piece::{Piece, RawId, RawPiece, Slot};
pub use spec::TemplateSpec;
