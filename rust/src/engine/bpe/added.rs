//! Finds added tokens in text, as the reference does: of those that begin at a place the longest, from left to right.

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::trie::{Key, Trie};
use crate::engine::Cut;
use crate::race::Lazy;

/// An added token and how it is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedToken {
    pub content: String,
    pub id: u32,
    /// Only between what are not word characters.
    pub single_word: bool,
    /// With the white space before it.
    pub lstrip: bool,
    /// With the white space behind it.
    pub rstrip: bool,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'t> {
    /// Where it begins, and the text.
    Text(usize, &'t str),
    Token(u32),
}

/// A set of added tokens.
#[derive(Debug, Clone, Default)]
pub struct Added {
    tokens: Vec<AddedToken>,
    /// From the tokens' contents to their places in `tokens`.
    trie: Trie,
    /// The bytes that tokens begin with, and how many.
    first: Vec<u8>,
    begins: [u64; 4],
}

static STARTS_WITH_WORD: Lazy<Option<Regex>> = Lazy::new(|| Regex::new(r"^\w").ok());

impl Added {
    /// The set of `tokens`; `None` where there are too many.
    pub fn new(tokens: Vec<AddedToken>) -> Option<Self> {
        let keys = tokens.iter().enumerate();
        let keys = keys.map(|(at, token)| Key { bytes: token.content.as_bytes(), value: at as u32, as_prefix: true });
        let trie = Trie::build(keys.collect())?;
        let mut first: Vec<u8> = tokens.iter().filter_map(|token| token.content.bytes().next()).collect();
        first.sort_unstable();
        first.dedup();
        let mut begins = [0; 4];
        first.iter().for_each(|byte| begins[usize::from(*byte) / 64] |= 1 << (byte % 64));
        Some(Self { tokens, trie, first, begins })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The tokens.
    pub fn tokens(&self) -> &[AddedToken] {
        &self.tokens
    }

    /// Calls `emit` with each part of `text` in order. White space that a token takes with it is in no part.
    #[inline(always)]
    pub fn split<'t>(&self, text: &'t str, mut emit: impl FnMut(Part<'t>)) {
        let mut start = 0;
        let mut from = 0;
        // Where the white space ends that a token took along last.
        let mut space_end = 0;
        while let Some((at, length, token)) = self.next(text, from) {
            from = at + length;
            let Some(token) = self.tokens.get(token as usize) else {
                continue;
            };
            if token.single_word && (ends_with_word(&text[..at]) || starts_with_word(&text[from..])) {
                continue;
            }
            // White space that the token before took is not taken again, but a token may begin within it.
            let begin = match token.lstrip {
                true if at > start => start + text[start..at].trim_end().len(),
                true => start,
                false => at,
            };
            if start < begin {
                emit(Part::Text(start, &text[start..begin]));
            }
            if token.rstrip && from >= space_end {
                space_end = text.len() - text[from..].trim_start().len();
            }
            start = if token.rstrip { space_end } else { from };
            // Of a token that is white space there may be nothing left.
            if begin < start {
                emit(Part::Token(token.id));
            }
        }
        if start < text.len() {
            emit(Part::Text(start, &text[start..]));
        }
    }

    /// The tokens in `text` that are found there whatever stands around it, and that cut it in two.
    pub fn cuts(&self, text: &str) -> Vec<Cut> {
        let mut cuts = Vec::new();
        let mut from = 0;
        while let Some((start, length, token)) = self.next(text, from) {
            from = start + length;
            if let Some(token) = self.tokens.get(token as usize).filter(|token| self.always_cuts(token)) {
                cuts.push(Cut { start, end: from, id: token.id });
            }
        }
        cuts
    }

    /// Whether `token` is found wherever it stands, and neither it nor a token beside it takes anything from the other
    /// side: a token that takes white space along finds none at its ends, one that asks for a whole word no word.
    fn always_cuts(&self, token: &AddedToken) -> bool {
        let content = token.content.as_str();
        let is_plain = !token.lstrip && !token.rstrip && !token.single_word;
        let is_edge = |end: Option<char>| end.is_some_and(|end| !end.is_whitespace() && !is_word(end));
        is_plain
            && is_edge(content.chars().next())
            && is_edge(content.chars().next_back())
            && !self.tokens.iter().any(|other| may_hide(&other.content, content))
    }

    /// The next token at or behind `from`: where it begins, its length, and which it is.
    #[inline(always)]
    fn next(&self, text: &str, mut from: usize) -> Option<(usize, usize, u32)> {
        let bytes = text.as_bytes();
        loop {
            let rest = bytes.get(from..)?;
            let skipped = match self.first.as_slice() {
                [] => return None,
                [one] => memchr::memchr(*one, rest)?,
                [one, two] => memchr::memchr2(*one, *two, rest)?,
                [one, two, three] => memchr::memchr3(*one, *two, *three, rest)?,
                _ => rest.iter().position(|byte| self.begins[usize::from(*byte) / 64] >> (byte % 64) & 1 == 1)?,
            };
            from += skipped;
            if let Some((token, length)) = self.trie.longest(&bytes[from..]) {
                return Some((from, length, token));
            }
            from += 1;
        }
    }
}

/// Whether `other` can be found where it covers a part of `token`, or more than it, so that `token` is not found.
fn may_hide(other: &str, token: &str) -> bool {
    let (other, token) = (other.as_bytes(), token.as_bytes());
    let is_longer = other.len() > token.len() && other.starts_with(token);
    // What of `other` would lie on `token`, or go beyond it, if it began before.
    let reaches = |rest: &[u8]| token.starts_with(rest) || rest.starts_with(token);
    is_longer
        || token
            .first()
            .is_some_and(|first| memchr::memchr_iter(*first, other).any(|at| at > 0 && reaches(&other[at..])))
}

fn is_word(character: char) -> bool {
    starts_with_word(character.encode_utf8(&mut [0; 4]))
}

fn starts_with_word(text: &str) -> bool {
    STARTS_WITH_WORD.as_ref().is_some_and(|word| word.is_match(text))
}

fn ends_with_word(text: &str) -> bool {
    text.char_indices().next_back().is_some_and(|(at, _)| starts_with_word(&text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(content: &str, id: u32) -> AddedToken {
        AddedToken { content: content.to_owned(), id, single_word: false, lstrip: false, rstrip: false }
    }

    fn parts(added: &Added, text: &str) -> Vec<String> {
        let mut parts = Vec::new();
        added.split(text, |part| {
            parts.push(match part {
                Part::Text(at, text) => format!("{at}:{text}"),
                Part::Token(id) => id.to_string(),
            });
        });
        parts
    }

    #[test]
    fn takes_the_longest_from_the_left() {
        let added = Added::new(vec![token("<a>", 1), token("<a><b>", 2), token("<b>", 3)]).unwrap();
        assert_eq!(parts(&added, "<a><a><b>x<b"), ["1", "2", "9:x<b"]);
        assert_eq!(parts(&added, ""), Vec::<String>::new());
    }

    #[test]
    fn takes_white_space_along() {
        let strips = AddedToken { lstrip: true, rstrip: true, ..token("<m>", 1) };
        let added = Added::new(vec![strips, token(" ", 2)]).unwrap();
        assert_eq!(parts(&added, "a\n<m>\t\u{a0}b"), ["0:a", "1", "8:b"]);
        let spaces = AddedToken { lstrip: true, rstrip: true, ..token(" ", 2) };
        let strips = AddedToken { rstrip: true, ..token("<m>", 1) };
        let both = Added::new(vec![strips, spaces]).unwrap();
        assert_eq!(parts(&both, "<m>   b   <m>"), ["1", "6:b", "2", "1"]);
        // What the token took is still looked at for others, as in the reference.
        assert_eq!(parts(&added, "<m> b"), ["1", "2", "4:b"]);
    }

    fn cuts(tokens: &[AddedToken], text: &str) -> Vec<u32> {
        Added::new(tokens.to_vec()).unwrap().cuts(text).iter().map(|cut| cut.id).collect()
    }

    #[test]
    fn cuts_where_no_other_token_can_hide_one() {
        let text = "x<a><b>y";
        assert_eq!(cuts(&[token("<a>", 1), token("<b>", 2)], text), [1, 2]);
        // One that goes on, one that reaches into it, one that holds it, one that reaches into itself.
        assert_eq!(cuts(&[token("<a>", 1), token("<b>", 2), token("<a>z", 3)], text), [2]);
        assert_eq!(cuts(&[token("<a>", 1), token("<b>", 2), token("z<b", 3)], text), [1]);
        assert_eq!(cuts(&[token("<a>", 1), token("<b>", 2), token("z<b>z", 3)], text), [1]);
        assert_eq!(cuts(&[token("<<", 1)], "<<"), Vec::<u32>::new());
        // Flags of its own, and ends that a neighbour with flags would look at.
        for flagged in [
            AddedToken { lstrip: true, ..token("<a>", 1) },
            AddedToken { rstrip: true, ..token("<a>", 1) },
            AddedToken { single_word: true, ..token("<a>", 1) },
        ] {
            assert_eq!(cuts(&[flagged, token("<b>", 2)], text), [2]);
        }
        assert_eq!(cuts(&[token("x", 1), token("\n", 2), token("<b", 3), token(">", 4)], "x\n<b>"), [4]);
    }

    #[test]
    fn asks_for_whole_words() {
        let word = AddedToken { single_word: true, ..token("ab", 1) };
        let added = Added::new(vec![word]).unwrap();
        assert_eq!(parts(&added, "ab abc éab ab"), ["1", "2: abc éab ", "1"]);
    }
}
