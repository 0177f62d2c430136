//! What kind of character each is, as the patterns of pre-tokenizers ask it.

use unicode_normalization_alignments::char::canonical_combining_class;
use unicode_normalization_alignments::{IsNormalized, is_nfc_quick};

use super::class_ranges::RANGES;
use crate::race::Lazy;

/// `\p{Lu}` and `\p{Lt}`.
pub const UPPER: u8 = 1;
/// `\p{Ll}`.
pub const LOWER: u8 = 2;
/// `\p{Lm}` and `\p{Lo}`.
pub const CASELESS: u8 = 4;
/// `\p{L}`.
pub const LETTER: u8 = UPPER | LOWER | CASELESS;
/// `\p{M}`.
pub const MARK: u8 = 8;
/// `\p{N}`.
pub const NUMBER: u8 = 16;
/// `\p{P}` and `\p{S}`.
pub const SYMBOL: u8 = 32;
/// `\s`.
pub const SPACE: u8 = 64;
/// A character that NFC may change, reorder or join with another.
pub const UNSTABLE: u8 = 128;

/// Below the first and from the second on, and between the ranges, characters are left alone by NFC; those here are
/// asked one by one. Ideographs (U+3400 to U+9FFF) and Hangul syllables are left alone.
const ASKED: [std::ops::Range<u32>; 3] = [0xc0..0x3400, 0xa000..0xac00, 0xf900..0x1_0000];
/// The planes behind the first are few in text: emoji are left alone, the others are taken for unstable.
const EMOJI: std::ops::Range<u32> = 0x1_f000..0x1_fb00;

/// The class of every character.
pub struct Classes(Box<[u8]>);

static CLASSES: Lazy<Classes> = Lazy::new(Classes::build);

impl Classes {
    /// The one table.
    pub fn get() -> &'static Self {
        &CLASSES
    }

    fn build() -> Self {
        let mut table = vec![0; 0x11_0000];
        for pair in RANGES.windows(2) {
            table[(pair[0] >> 8) as usize..(pair[1] >> 8) as usize].fill((pair[0] & 0xff) as u8);
        }
        if let Some(last) = RANGES.last() {
            table[(last >> 8) as usize..].fill((last & 0xff) as u8);
        }
        for code in ASKED.into_iter().flatten() {
            if !char::from_u32(code).is_some_and(is_stable) {
                table[code as usize] |= UNSTABLE;
            }
        }
        table[0xd7a4..0xe000].iter_mut().for_each(|class| *class |= UNSTABLE);
        for (code, class) in table.iter_mut().enumerate().skip(0x1_0000) {
            if !EMOJI.contains(&(code as u32)) {
                *class |= UNSTABLE;
            }
        }
        Self(table.into_boxed_slice())
    }

    /// The class of a character by its code.
    #[inline(always)]
    pub fn of(&self, code: u32) -> u8 {
        self.0.get(code as usize).copied().unwrap_or(0)
    }

    /// The class of the character that begins at `at`, and its length in bytes. `text` is UTF-8, and `at` is inside.
    #[inline(always)]
    pub fn at(&self, text: &[u8], at: usize) -> (u8, usize) {
        let first = text[at];
        if first < 0x80 {
            return (self.0[first as usize], 1);
        }
        let (code, length) = decode(text, at);
        (self.of(code), length)
    }

    /// The end of the run of characters of a class in `mask` that begins at `at`.
    #[inline(always)]
    pub fn run(&self, text: &[u8], mut at: usize, mask: u8) -> usize {
        while at < text.len() {
            let (class, length) = self.at(text, at);
            if class & mask == 0 {
                break;
            }
            at += length;
        }
        at
    }

    /// The end of the run of characters of no class in `mask` that begins at `at`.
    #[inline(always)]
    pub fn run_without(&self, text: &[u8], mut at: usize, mask: u8) -> usize {
        while at < text.len() {
            let (class, length) = self.at(text, at);
            if class & mask != 0 {
                break;
            }
            at += length;
        }
        at
    }
}

/// The character that begins at `at` and its length in bytes.
#[inline(always)]
pub fn decode(text: &[u8], at: usize) -> (u32, usize) {
    let byte = |offset: usize| u32::from(text.get(at + offset).copied().unwrap_or(0) & 0x3f);
    let first = u32::from(text[at]);
    match first {
        0..0x80 => (first, 1),
        0x80..0xe0 => ((first & 0x1f) << 6 | byte(1), 2),
        0xe0..0xf0 => ((first & 0x0f) << 12 | byte(1) << 6 | byte(2), 3),
        _ => ((first & 0x07) << 18 | byte(1) << 12 | byte(2) << 6 | byte(3), 4),
    }
}

fn is_stable(character: char) -> bool {
    canonical_combining_class(character) == 0 && matches!(is_nfc_quick(std::iter::once(character)), IsNormalized::Yes)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Every character's class as Oniguruma has it.
    fn by_oniguruma() -> Vec<u8> {
        let all: String = (0..=0x10_ffff).filter_map(char::from_u32).collect();
        let mut classes = vec![0; 0x11_0000];
        let patterns = [
            (r"[\p{Lu}\p{Lt}]+", UPPER),
            (r"\p{Ll}+", LOWER),
            (r"[\p{Lm}\p{Lo}]+", CASELESS),
            (r"\p{M}+", MARK),
            (r"\p{N}+", NUMBER),
            (r"[\p{P}\p{S}]+", SYMBOL),
            (r"\s+", SPACE),
        ];
        for (pattern, bit) in patterns {
            for (start, end) in onig::Regex::new(pattern).unwrap().find_iter(&all) {
                all[start..end].chars().for_each(|character| classes[character as usize] |= bit);
            }
        }
        classes
    }

    #[test]
    fn the_classes_are_those_of_oniguruma() {
        let expected = by_oniguruma();
        let mut changes: Vec<u32> = Vec::new();
        for (code, class) in expected.iter().enumerate() {
            if changes.last().map_or(0, |last| (last & 0xff) as u8) != *class {
                changes.push((code as u32) << 8 | u32::from(*class));
            }
        }
        if std::env::var_os("SWIFTCORE_WRITE_CLASSES").is_some() {
            let place = concat!(env!("CARGO_MANIFEST_DIR"), "/rust/src/engine/bpe/class_ranges.rs");
            let old = std::fs::read_to_string(place).unwrap();
            let head = &old[..old.find("&[u32] = &[\n").unwrap() + 12];
            let mut lines = vec![String::new()];
            for change in &changes {
                let last = lines.last_mut().unwrap();
                let word = format!(" {change:#x},");
                if last.len() + word.len() > 117 { lines.push(word) } else { last.push_str(&word) }
            }
            let mut text = head.to_owned();
            lines.iter().for_each(|line| writeln!(text, "   {line}").unwrap());
            std::fs::write(place, text + "];\n").unwrap();
        }
        assert!(changes == RANGES, "written by another Oniguruma; set SWIFTCORE_WRITE_CLASSES=1 to write it anew");
    }

    #[test]
    fn nfc_leaves_stable_characters_alone() {
        let classes = Classes::get();
        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            if classes.of(character as u32) & UNSTABLE == 0 {
                assert!(is_stable(character), "{character:?}");
            }
        }
    }
}
