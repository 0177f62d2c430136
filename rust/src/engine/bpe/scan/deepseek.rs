//! The three patterns of DeepSeek V3, each applied to what the one before left whole:
//!
//! ```text
//! \p{N}{1,3}
//! [一-龥぀-ゟ゠-ヿ]+
//! [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*
//! |\s*[\r\n]+|\s+(?!\S)|\s+
//! ```

use super::ascii;
use super::cl100k::numbers;
use super::spaces::{blank, breaks};
use crate::engine::bpe::classes::{Classes, LETTER, MARK, NUMBER, SPACE, SYMBOL, decode};

const DIGITS: u8 = 3;

/// What the first two patterns leave whole, as far as that is known.
#[derive(Debug, Default)]
pub struct Pieces {
    /// Where the one that was looked at last ends.
    end: usize,
}

impl Pieces {
    /// Calls `next` with the end of each pre-token from `at`, where one begins, up to the first that ends at `until` or
    /// behind it; gives that end.
    #[inline(always)]
    pub fn each(
        &mut self,
        classes: &Classes,
        text: &[u8],
        mut at: usize,
        until: usize,
        next: &mut impl FnMut(usize) -> usize,
    ) -> usize {
        while at < until {
            if at >= self.end {
                // The first two patterns leave such a word alone.
                if let Some(end) = ascii::word(text, at) {
                    at = next(end);
                    continue;
                }
                match kind(classes, text, at) {
                    Kind::Number => {
                        at = next(numbers(classes, text, at + classes.at(text, at).1, DIGITS));
                        continue;
                    }
                    Kind::Other => self.end = others(classes, text, at),
                    Kind::Ideographs => self.end = ideographs(text, at),
                }
            }
            at = words(classes, &text[..self.end], at, until, next);
        }
        at
    }
}

/// The end of the run of [`Kind::Other`] at `at`.
#[inline(always)]
fn others(classes: &Classes, text: &[u8], mut at: usize) -> usize {
    while at < text.len() {
        let plain = ascii::no_digits(text, at);
        at += plain;
        if plain == 0 {
            if kind(classes, text, at) != Kind::Other {
                break;
            }
            at += decode(text, at).1;
        }
    }
    at
}

/// The end of the run of [`Kind::Ideographs`] at `at`; each of them is three bytes long.
#[inline(always)]
fn ideographs(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && is_ideograph(decode(text, at).0) {
        at += 3;
    }
    at
}

#[inline(always)]
fn is_ideograph(code: u32) -> bool {
    matches!(code, 0x4e00..=0x9fa5 | 0x3040..=0x30ff)
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Kind {
    Number,
    Ideographs,
    Other,
}

#[inline(always)]
fn kind(classes: &Classes, text: &[u8], at: usize) -> Kind {
    if text[at] < 0x80 {
        return if text[at].is_ascii_digit() { Kind::Number } else { Kind::Other };
    }
    let (code, _) = decode(text, at);
    match code {
        _ if is_ideograph(code) => Kind::Ideographs,
        _ if classes.of(code) & NUMBER != 0 => Kind::Number,
        _ => Kind::Other,
    }
}

/// The third pattern, on `text` from `at` to its end, or to the first pre-token that ends at `until` or behind it; gives
/// where that is. What the pattern does not match is a pre-token up to the next match.
#[inline(always)]
fn words(classes: &Classes, text: &[u8], mut at: usize, until: usize, next: &mut impl FnMut(usize) -> usize) -> usize {
    let mut unmatched = false;
    while at < text.len() && (at < until || unmatched) {
        match word(classes, text, at) {
            Some(end) => {
                if unmatched {
                    next(at);
                    unmatched = false;
                }
                at = next(end);
            }
            None => {
                unmatched = true;
                at += classes.at(text, at).1;
            }
        }
    }
    if unmatched {
        next(at);
    }
    at
}

#[inline(always)]
fn word(classes: &Classes, text: &[u8], at: usize) -> Option<usize> {
    if let Some(end) = ascii::word(text, at) {
        return Some(end);
    }
    let first = text[at];
    let (class, length) = classes.at(text, at);
    let after = at + length;
    if class & (LETTER | MARK) != 0 {
        return Some(classes.run(text, after, LETTER | MARK));
    }
    if after < text.len() {
        if first.is_ascii_punctuation() && text[after].is_ascii_alphabetic() {
            let letters = text[after..].iter().take_while(|byte| byte.is_ascii_alphabetic());
            return Some(after + letters.count());
        }
        let (next, length) = classes.at(text, after);
        if next & (LETTER | MARK) != 0 && class & SYMBOL == 0 && !matches!(first, b'\r' | b'\n') {
            return Some(classes.run(text, after + length, LETTER | MARK));
        }
        if first == b' ' && next & SYMBOL != 0 {
            return Some(breaks(text, classes.run(text, after + length, SYMBOL), false));
        }
    }
    if class & SYMBOL != 0 {
        return Some(breaks(text, classes.run(text, after, SYMBOL), false));
    }
    if class & SPACE != 0 {
        return Some(blank(classes, text, at, true));
    }
    None
}
