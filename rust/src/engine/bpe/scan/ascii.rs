//! Words of ASCII letters, sixteen bytes at a time: most pre-tokens are such a word with a space before it.

/// Which ASCII characters are letters (1), and which may stand before a word in one pre-token with it (2): all that are
/// no letter, digit or line break, and not the apostrophe, with which contractions begin.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        kinds[byte] = match character {
            b'\r' | b'\n' | b'\'' => 0,
            _ if character.is_ascii_alphabetic() => 1,
            _ if character.is_ascii_digit() => 0,
            _ => 2,
        };
        byte += 1;
    }
    kinds
};

/// How many bytes are looked at at once.
const WIDTH: usize = 16;

/// The sixteen bytes at `at`; zeroes behind the end.
#[inline(always)]
fn window(text: &[u8], at: usize) -> [u8; WIDTH] {
    match text.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(window) => *window,
        None => {
            let mut window = [0; WIDTH];
            let rest = text.get(at..).unwrap_or_default();
            window[..rest.len()].copy_from_slice(rest);
            window
        }
    }
}

/// A bit for each byte of `window` that lies between `low` and `high` once the bits of `ignored` are set in it.
#[inline(always)]
fn between(window: [u8; WIDTH], ignored: u8, low: u8, high: u8) -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::*;
        // SAFETY: the sixteen bytes are there, and every processor of this kind has SSE2.
        unsafe {
            let bytes = _mm_loadu_si128(window.as_ptr().cast());
            let bytes = _mm_or_si128(bytes, _mm_set1_epi8(ignored as i8));
            let above = _mm_sub_epi8(bytes, _mm_set1_epi8(low as i8));
            let inside = _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8((high - low) as i8)), above);
            _mm_movemask_epi8(inside) as u32
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let inside = window.map(|byte| u8::from((byte | ignored).wrapping_sub(low) <= high - low));
        inside.iter().rev().fold(0, |bits, inside| bits << 1 | u32::from(*inside))
    }
}

/// The end of the pre-token at `at` where it is a word of ASCII letters, perhaps with one character before it, and
/// nothing but ASCII follows; `None` where it may be something else.
#[inline(always)]
pub fn word(text: &[u8], at: usize) -> Option<usize> {
    let kind = KINDS[usize::from(text[at])];
    if kind == 0 {
        return None;
    }
    let start = at + usize::from(kind >> 1);
    let letters = between(window(text, start), 0x20, b'a', b'z').trailing_ones() as usize;
    ends_within(text, start, letters)
}

/// The same for words that are capitals and then small letters, and that go on with an apostrophe.
#[inline(always)]
pub fn cased_word(text: &[u8], at: usize) -> Option<usize> {
    let kind = KINDS[usize::from(text[at])];
    if kind == 0 {
        return None;
    }
    let start = at + usize::from(kind >> 1);
    let window = window(text, start);
    let capitals = between(window, 0, b'A', b'Z').trailing_ones();
    let small = (between(window, 0, b'a', b'z') >> capitals).trailing_ones();
    let end = ends_within(text, start, (capitals + small) as usize)?;
    (text.get(end) != Some(&b'\'')).then_some(end)
}

/// How many of the next sixteen characters at `at` are ASCII, and no digits, before the first that is not.
#[inline(always)]
pub fn no_digits(text: &[u8], at: usize) -> usize {
    let window = window(text, at);
    let stops = between(window, 0, b'0', b'9') | between(window, 0, 0x80, 0xff);
    let count = (stops | 1 << WIDTH).trailing_zeros() as usize;
    count.min(text.len() - at)
}

#[inline(always)]
fn ends_within(text: &[u8], start: usize, letters: usize) -> Option<usize> {
    let end = start + letters;
    let ends = letters > 0 && letters < WIDTH && text.get(end).is_none_or(u8::is_ascii);
    ends.then_some(end)
}
