//! What the patterns have in common: runs of white space, and English contractions.

use crate::engine::bpe::classes::{Classes, SPACE};

/// The end of the pre-token that begins with the white space at `at`: `\s*[\r\n]+|\s+(?!\S)|\s+`, where `newlines` says
/// whether the first of the three is there.
pub fn blank(classes: &Classes, text: &[u8], at: usize, newlines: bool) -> usize {
    let (mut end, mut last, mut newline) = (at, at, at);
    while end < text.len() {
        let (class, length) = classes.at(text, end);
        if class & SPACE == 0 {
            break;
        }
        last = end;
        end += length;
        if matches!(text[last], b'\r' | b'\n') {
            newline = end;
        }
    }
    match () {
        () if newlines && newline > at => newline,
        () if end == text.len() || last == at => end,
        // The last of the run goes with what follows it.
        () => last,
    }
}

/// The end of the contraction that begins with the apostrophe at `at`: `(?i:'s|'t|'re|'ve|'m|'ll|'d)`.
#[inline(always)]
pub fn contraction(text: &[u8], at: usize) -> Option<usize> {
    let byte = |offset: usize| text.get(at + offset).copied().unwrap_or(0);
    match byte(1) | 0x20 {
        b's' | b't' | b'm' | b'd' => Some(at + 2),
        b'r' | b'v' if byte(2) | 0x20 == b'e' => Some(at + 3),
        b'l' if byte(2) | 0x20 == b'l' => Some(at + 3),
        // U+017F, the long s, is an s to whoever ignores case.
        _ if byte(1) == 0xc5 && byte(2) == 0xbf => Some(at + 3),
        _ => None,
    }
}

/// The end of the run of `\r`, `\n` and, where `slash`, `/` that begins at `at`.
#[inline(always)]
pub fn breaks(text: &[u8], mut at: usize, slash: bool) -> usize {
    while at < text.len() && (matches!(text[at], b'\r' | b'\n') || slash && text[at] == b'/') {
        at += 1;
    }
    at
}
