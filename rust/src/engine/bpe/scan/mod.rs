//! Splits text into pre-tokens by hand-written scanners: one for each family of patterns that byte-level tokenizers
//! come with. A pattern that is not one of these is not scanned here; the tokenizer then goes to another engine.

mod ascii;
mod block;
mod cl100k;
mod deepseek;
mod gpt2;
mod o200k;
mod spaces;

use serde::{Deserialize, Serialize};

use super::classes::Classes;
use block::{BLOCK, Block, Rules};

/// How a tokenizer splits text into pre-tokens, each of which is encoded by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Split {
    /// Not at all.
    Whole,
    /// The pattern of GPT-2.
    Gpt2,
    /// The pattern of `cl100k_base` as Llama 3 and Qwen 2 write it: numbers in runs of up to `digits`, and with
    /// `marks` combining marks count as letters.
    Cl100k { digits: u8, marks: bool },
    /// The pattern of `o200k_base`: `contractions` stay with their word, and `slash` follows symbols as a newline does.
    O200k { digits: u8, contractions: bool, slash: bool },
    /// The three patterns of DeepSeek V3, one after the other.
    DeepSeek,
}

const CONTRACTIONS: &str = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const BLANKS: &str = r"\s*[\r\n]+|\s+(?!\S)|\s+";
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const DEEPSEEK: [&str; 3] = [
    r"\p{N}{1,3}",
    "[一-龥぀-ゟ゠-ヿ]+",
    concat!(
        r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##,
        r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
];

impl Split {
    /// The pattern that `ByteLevel` itself splits by.
    pub const GPT2_PATTERN: &str = GPT2;

    /// The scanner for patterns that are applied one after the other, each match a pre-token of its own.
    pub fn from_patterns(patterns: &[String]) -> Option<Self> {
        let patterns: Vec<String> =
            patterns.iter().map(|text| text.replace('\r', r"\r").replace('\n', r"\n")).collect();
        if patterns == DEEPSEEK {
            return Some(Self::DeepSeek);
        }
        match patterns.as_slice() {
            [] => Some(Self::Whole),
            [pattern] if pattern == GPT2 => Some(Self::Gpt2),
            [pattern] => Self::variants().find(|split| split.pattern().as_deref() == Some(pattern)),
            _ => None,
        }
    }

    fn variants() -> impl Iterator<Item = Self> {
        let flags = [(false, false), (false, true), (true, false), (true, true)];
        [1, 2, 3].into_iter().flat_map(move |digits| {
            flags.into_iter().flat_map(move |(first, second)| {
                [Self::Cl100k { digits, marks: first }, Self::O200k { digits, contractions: first, slash: second }]
            })
        })
    }

    fn pattern(self) -> Option<String> {
        let numbers = |digits: u8| if digits == 1 { r"\p{N}".to_owned() } else { format!(r"\p{{N}}{{1,{digits}}}") };
        match self {
            Self::Cl100k { digits, marks } => {
                let (letters, others) =
                    if marks { (r"[\p{L}\p{M}]", r"\p{L}\p{M}\p{N}") } else { (r"\p{L}", r"\p{L}\p{N}") };
                let numbers = numbers(digits);
                Some(format!(
                    r"{CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?{letters}+|{numbers}| ?[^\s{others}]+[\r\n]*|{BLANKS}"
                ))
            }
            Self::O200k { digits, contractions, slash } => {
                let suffix = if contractions { format!("{CONTRACTIONS}?") } else { String::new() };
                let (upper, lower) = (r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]");
                let lead = r"[^\r\n\p{L}\p{N}]?";
                let numbers = numbers(digits);
                let tail = if slash { r"[\r\n/]*" } else { r"[\r\n]*" };
                Some(format!(
                    r"{lead}{upper}*{lower}+{suffix}|{lead}{upper}+{lower}*{suffix}|{numbers}| ?[^\s\p{{L}}\p{{N}}]+{tail}|{BLANKS}"
                ))
            }
            Self::Whole | Self::Gpt2 | Self::DeepSeek => None,
        }
    }

    /// Calls `emit` with the start and end of each pre-token of `text`, which is UTF-8, in order; together they are all
    /// of it.
    #[inline(always)]
    pub fn each(self, text: &[u8], mut emit: impl FnMut(usize, usize)) {
        let classes = Classes::get();
        let mut at = 0;
        let mut next = |end: usize| {
            emit(at, end);
            at = end;
            end
        };
        let mut from = 0;
        match self {
            Self::Whole if text.is_empty() => {}
            Self::Whole => _ = next(text.len()),
            Self::Gpt2 => {
                while from < text.len() {
                    from = next(gpt2::end(classes, text, from));
                }
            }
            Self::DeepSeek => {
                let rules = Rules { cased: false, contractions: false, slash: false, digits: 3, digits_first: true };
                let mut pieces = deepseek::Pieces::default();
                each_plain(text, rules, &mut next, |from, until, next| pieces.each(classes, text, from, until, next));
            }
            Self::Cl100k { digits, marks } => {
                let rules = Rules { cased: false, contractions: true, slash: false, digits, digits_first: false };
                each_plain(text, rules, &mut next, |mut from, until, next| {
                    while from < until {
                        from = next(cl100k::end(classes, text, from, digits, marks));
                    }
                    from
                });
            }
            Self::O200k { digits, contractions, slash } => {
                let rules = Rules { cased: true, contractions, slash, digits, digits_first: false };
                each_plain(text, rules, &mut next, |mut from, until, next| {
                    while from < until {
                        from = next(o200k::end(classes, text, from, digits, contractions, slash));
                    }
                    from
                });
            }
        }
    }
}

/// Calls `next` with the end of each pre-token of `text`: block by block as far as these are plain, else by `scan`, which
/// does so from where it is told to up to the first pre-token that ends at `until` or behind it, and gives that end.
#[inline(always)]
fn each_plain<N: FnMut(usize) -> usize>(
    text: &[u8],
    rules: Rules,
    next: &mut N,
    mut scan: impl FnMut(usize, usize, &mut N) -> usize,
) {
    let mut at = 0;
    while at < text.len() {
        // Where no ASCII is, or soon ends, no block needs to be looked at.
        let is_plain = text[at] < 0x80 && text.get(at + 1).is_none_or(|next| *next < 0x80);
        let Block { mut starts, plain } =
            if is_plain { block::look(text, at, rules) } else { Block { starts: 0, plain: 0 } };
        let from = at;
        while starts != 0 {
            at = next(from + starts.trailing_zeros() as usize);
            starts &= starts - 1;
        }
        // What is not plain is left behind before another block is looked at.
        if plain < BLOCK || at == from {
            let until = if plain < BLOCK { from + plain + 1 } else { at + 1 };
            at = scan(at, until.min(text.len()), next);
        }
    }
}

#[cfg(test)]
mod tests;
