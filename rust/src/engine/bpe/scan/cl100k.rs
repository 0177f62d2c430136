//! `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

use super::ascii;
use super::spaces::{blank, breaks, contraction};
use crate::engine::bpe::classes::{Classes, LETTER, MARK, NUMBER, SPACE};

/// The end of the pre-token that begins at `at`.
#[inline(always)]
pub fn end(classes: &Classes, text: &[u8], at: usize, digits: u8, marks: bool) -> usize {
    if let Some(end) = ascii::word(text, at) {
        return end;
    }
    let letters = if marks { LETTER | MARK } else { LETTER };
    let worded = letters | NUMBER | SPACE;
    let first = text[at];
    let (class, length) = classes.at(text, at);
    let after = at + length;
    if class & letters != 0 {
        return classes.run(text, after, letters);
    }
    if class & NUMBER != 0 {
        return numbers(classes, text, after, digits);
    }
    if first == b'\''
        && let Some(end) = contraction(text, at)
    {
        return end;
    }
    if after < text.len() {
        let (class, length) = classes.at(text, after);
        if class & letters != 0 && !matches!(first, b'\r' | b'\n') {
            return classes.run(text, after + length, letters);
        }
        if first == b' ' && class & worded == 0 {
            return breaks(text, classes.run_without(text, after + length, worded), false);
        }
    }
    if class & SPACE == 0 {
        return breaks(text, classes.run_without(text, after, worded), false);
    }
    blank(classes, text, at, true)
}

/// The end of a number of up to `digits` characters, of which the first ends at `at`.
#[inline(always)]
pub fn numbers(classes: &Classes, text: &[u8], mut at: usize, digits: u8) -> usize {
    for _ in 1..digits {
        if at == text.len() {
            break;
        }
        let (class, length) = classes.at(text, at);
        if class & NUMBER == 0 {
            break;
        }
        at += length;
    }
    at
}
