//! `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

use super::ascii;
use super::spaces::blank;
use crate::engine::bpe::classes::{Classes, LETTER, NUMBER, SPACE};

/// The end of the pre-token that begins at `at`.
#[inline(always)]
pub fn end(classes: &Classes, text: &[u8], at: usize) -> usize {
    if (text[at] == b' ' || text[at].is_ascii_alphabetic())
        && let Some(end) = ascii::word(text, at)
    {
        return end;
    }
    if let [b'\'', b's' | b't' | b'm' | b'd', ..] = &text[at..] {
        return at + 2;
    }
    if let [b'\'', b'r' | b'v', b'e', ..] | [b'\'', b'l', b'l', ..] = &text[at..] {
        return at + 3;
    }
    let (mut class, mut after) = classes.at(text, at);
    after += at;
    if text[at] == b' ' && after < text.len() {
        let (next, length) = classes.at(text, after);
        if next & SPACE == 0 {
            class = next;
            after += length;
        }
    }
    match class {
        _ if class & LETTER != 0 => classes.run(text, after, LETTER),
        _ if class & NUMBER != 0 => classes.run(text, after, NUMBER),
        _ if class & SPACE == 0 => classes.run_without(text, after, LETTER | NUMBER | SPACE),
        _ => blank(classes, text, at, false),
    }
}
