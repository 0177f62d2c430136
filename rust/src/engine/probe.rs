//! Whether a fast engine agrees with the reference, on texts made to tell them apart.
//!
//! This does not prove an engine exact. It catches a tokenizer whose parts the engine reads
//! otherwise: a pattern, a normalizer, the flags of an added token, ties between merges.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Engine, ReferenceEngine};
use crate::error::Error;

/// How many added tokens are tried, spread over all of them.
const ADDED_TOKENS: usize = 200;

/// How many random texts are tried.
const RANDOM_TEXTS: usize = 400;

/// Each is there for what it may tell apart.
const FIXED: &[&str] = &[
    // Contractions, in both cases and with either apostrophe.
    "Hello, world! It's I'LL they'd've DON'T don’t ’s 'S 'lls",
    // White space: in front, behind, alone, with line ends, and the kinds that only some patterns count.
    "    indented\n\n\n  more\r\n\r\n\ttabs\t\tend   ",
    " leading",
    "trailing ",
    "  ",
    "\n",
    "\r\n \n",
    "\u{a0}\u{3000}\u{2028}x\u{85}y\u{1c}z",
    // Numbers, in groups and in other scripts.
    "1234567890 12 345 6,789.01 ١٢٣٤ ५६७ ½ Ⅷ ²³ 1a2b3c",
    // Changes of case.
    "camelCase HTTPServer XMLHttpRequest snake_case SCREAMING_CASE aB Ab ABc ǅx Ǆ",
    // Code, markup, paths: punctuation beside line ends and slashes.
    "def f(x: int) -> str:\n    return f\"{x!r}\" # comment\n\n\nclass A: pass",
    "<tag attr=\"v\">&amp;</tag> {\"a\": [1, -2.5e10, null]} C:\\path\\file //x /* y */\n/z",
    "!!!??? ... --- *** ((( ))) [[[ ]]] ~~~ ``` ''' \"\"\" ___ === +++ |||",
    // Scripts without spaces, and with marks.
    "你好，世界！请用一句话介绍一下你自己。東京特許許可局 きゃりー ﾊﾝｶｸ 한국어 각",
    "مرحبا بالعالم שלום नमस्ते दुनिया สวัสดีชาวโลก Привет ελληνικά",
    // What normalizers change: composition, order of marks, compatibility, case.
    "Ünïcödé naïve café résumé Å e\u{301} o\u{308}\u{323} ﬁ ǆ ẞ İ ı \u{1112}\u{1161}\u{11ab} \u{f900}",
    // Four bytes, joiners, variation selectors.
    "👩‍👩‍👧‍👦 🇨🇭 👍🏽 🎉🎉 \u{200d} \u{fe0f} \u{1f3fb}",
    // Control, format, private and unassigned characters.
    "a\u{0}b\u{7}c\u{feff}d\u{200b}e\u{ad}f\u{202e}g\u{180e}h \u{10ffff}\u{e000}\u{fffd}",
    // Ties between merges.
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "thequickbrownfoxjumpsoverthelazydogthequickbrownfoxjumpsoverthelazydog",
    // Characters that vocabularies give a meaning of their own, and tokens that templates have.
    "▁▁ ▁a a▁ Ġ Ċ âĢ <0x0A> <0xE4>",
    "<s>x</s> <bos>y<eos> <|im_start|>user\nhi<|im_end|>\n<unk><pad>",
];

/// Runs that are longer than what any cache holds, each made of one of these.
const REPEATED: [&str; 9] = [" ", "\n", "a", "ab", "7", "=", "字", "é", "\u{301}"];

/// How often.
const REPEATS: usize = 700;

/// Characters that random texts are made of: the seams of patterns, and every width of UTF-8.
const ALPHABET: &[&str] = &[
    " ",
    " ",
    "  ",
    "\n",
    "\r",
    "\t",
    "\u{a0}",
    "\u{3000}",
    "a",
    "b",
    "e",
    "s",
    "t",
    "A",
    "S",
    "the",
    "ing",
    "0",
    "7",
    "12",
    ".",
    ",",
    "'",
    "'s",
    "’",
    "\"",
    "-",
    "_",
    "/",
    "<",
    ">",
    "|",
    "é",
    "e\u{301}",
    "ß",
    "я",
    "あ",
    "字",
    "，",
    "각",
    "\u{1100}\u{1161}",
    "ا",
    "้",
    "²",
    "½",
    "🎉",
    "\u{200d}",
    "\u{fe0f}",
    "\u{0}",
    "\u{feff}",
    "\u{2028}",
    "▁",
    "Ġ",
    "\u{1d400}",
    "\u{378}",
    "\u{323}",
];

/// The first probe text on which `candidate` and `reference` differ.
///
/// # Errors
///
/// [`Error::Tokenizer`] where either refuses a text.
pub fn first_difference(candidate: &dyn Engine, reference: &ReferenceEngine) -> Result<Option<String>, Error> {
    let added = reference.added_tokens();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for text in texts(&added) {
        ours.clear();
        theirs.clear();
        // Where one added token takes the white space in which another begins, the reference panics: there is nothing to
        // agree with.
        match catch_unwind(AssertUnwindSafe(|| reference.encode_into(&text, &mut theirs))) {
            Ok(encoded) => encoded?,
            Err(_) => continue,
        }
        candidate.encode_into(&text, &mut ours)?;
        if ours != theirs {
            return Ok(Some(text));
        }
    }
    for text in ["", "a", "Hello world"] {
        if candidate.encode_with_special_tokens(text)? != reference.encode_with_special_tokens(text)? {
            return Ok(Some(text.to_owned()));
        }
    }
    Ok(added.into_iter().find(|token| candidate.token_to_id(token) != reference.token_to_id(token)))
}

fn texts(added: &[String]) -> impl Iterator<Item = String> {
    let mut random = Random(0x5eed);
    let randoms: Vec<String> = (0..RANDOM_TEXTS).map(|_| random.text(added)).collect();
    let step = added.len().div_ceil(ADDED_TOKENS).max(1);
    let around: Vec<String> = added
        .iter()
        .step_by(step)
        .flat_map(|token| {
            [
                format!("{token}{token}"),
                format!("a{token}b"),
                format!(" {token} x {token}\n\n{token}  y"),
                format!("e\u{301}{token}\u{301}"),
            ]
        })
        .collect();
    let fixed = FIXED.iter().map(|text| (*text).to_owned());
    let long = REPEATED.iter().map(|text| format!("x {}.", text.repeat(REPEATS)));
    fixed.chain(long).chain(around).chain(randoms)
}

/// A small generator (xorshift), so that the probe is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn text(&mut self, added: &[String]) -> String {
        let length = 1 + self.below(60);
        let mut text = String::new();
        for _ in 0..length {
            if !added.is_empty() && self.below(25) == 0 {
                text.push_str(&added[self.below(added.len())]);
            } else {
                text.push_str(ALPHABET[self.below(ALPHABET.len())]);
            }
        }
        text
    }
}
