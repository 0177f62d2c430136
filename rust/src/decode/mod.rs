//! From generated ids to text that streams at once, and stops where it should.
//!
//! [`Decoder`] holds what many texts share; a [`DecodeStream`] is one text, a [`DecodeBatch`] many in step. For any ids,
//! in any portions, the texts that come out add up to what the tokenizer's own decoder makes of all of them, up to
//! the stop.

mod automaton;
mod batch;
mod chain;
mod checkpoint;
mod decoder;
mod passes;
mod pending;
mod pieces;
mod search;
mod stops;
mod stream;
mod text;
mod window;
mod words;

pub use batch::{DecodeBatch, Texts};
pub use decoder::{DecodeOptions, Decoder};
pub use pieces::Pieces;
pub use stops::{StopWord, Word};
pub use stream::{DecodeStream, Stop};
pub use words::template_stops;
