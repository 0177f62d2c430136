//! The pattern of `o200k_base`, where a word is capitals and then small letters:
//!
//! ```text
//! [^\r\n\p{L}\p{N}]?U*l+C?|[^\r\n\p{L}\p{N}]?U+l*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
//! ```
//!
//! with U for `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, l for `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` and C for the contractions.

use super::ascii;
use super::cl100k::numbers;
use super::spaces::{blank, breaks, contraction};
use crate::engine::bpe::classes::{CASELESS, Classes, LETTER, LOWER, MARK, NUMBER, SPACE, UPPER};

const CAPITALS: u8 = UPPER | CASELESS | MARK;
const SMALL: u8 = LOWER | CASELESS | MARK;
const WORDED: u8 = LETTER | NUMBER | SPACE;

/// The end of the pre-token that begins at `at`.
#[inline(always)]
pub fn end(classes: &Classes, text: &[u8], at: usize, digits: u8, contractions: bool, slash: bool) -> usize {
    if let Some(end) = ascii::cased_word(text, at) {
        return end;
    }
    let first = text[at];
    let (class, length) = classes.at(text, at);
    let after = at + length;
    if class & NUMBER != 0 {
        return numbers(classes, text, after, digits);
    }
    let leads = class & LETTER == 0 && !matches!(first, b'\r' | b'\n');
    if let Some(end) = word(classes, text, leads.then_some(after), (class & (LETTER | MARK) != 0).then_some(at)) {
        let contracted = contractions && text.get(end) == Some(&b'\'');
        return if contracted { contraction(text, end).unwrap_or(end) } else { end };
    }
    if class & WORDED == 0 {
        return breaks(text, classes.run_without(text, after, WORDED), slash);
    }
    if first == b' ' && after < text.len() {
        let (class, length) = classes.at(text, after);
        if class & WORDED == 0 {
            return breaks(text, classes.run_without(text, after + length, WORDED), slash);
        }
    }
    blank(classes, text, at, true)
}

/// The end of the word that begins at `led`, behind what leads it, or at `plain`: of `U*l+` at either, else of `U+`.
#[inline(always)]
fn word(classes: &Classes, text: &[u8], led: Option<usize>, plain: Option<usize>) -> Option<usize> {
    // Where no letter or mark follows, as behind most symbols, nothing is led.
    let led = led.filter(|at| *at < text.len() && classes.at(text, *at).0 & (LETTER | MARK) != 0);
    let capitals = |at: usize| Some(classes.run(text, at, CAPITALS)).filter(|end| *end > at);
    match (led, plain) {
        (None, None) => None,
        (Some(at), None) | (None, Some(at)) => small_word(classes, text, at).or_else(|| capitals(at)),
        (Some(led), Some(plain)) => small_word(classes, text, led)
            .or_else(|| small_word(classes, text, plain))
            .or_else(|| capitals(led))
            .or_else(|| capitals(plain)),
    }
}

/// The end of `U*l+` at `at`: the capitals give back as many characters as it takes for one of l to follow.
#[inline(always)]
fn small_word(classes: &Classes, text: &[u8], at: usize) -> Option<usize> {
    let (mut end, mut given_back) = (at, None);
    while end < text.len() {
        let (class, length) = classes.at(text, end);
        if class & CAPITALS == 0 {
            if class & LOWER != 0 {
                return Some(classes.run(text, end + length, SMALL));
            }
            break;
        }
        end += length;
        if class & SMALL != 0 {
            given_back = Some(end);
        }
    }
    given_back
}
