//! Where a pre-token can be cut without changing its tokens: between two characters that no token holds side by side.
//! No merge ever crosses such a place, so that each side is encoded by itself. A run of Chinese falls into pieces of one
//! to three characters, which are met again and again where whole runs are not.
//!
//! A token of bytes may begin or end within a character. Next to a whole character that such a part stands beside, and
//! between the bytes at which two such parts meet, there is no cut. Pairs of characters are kept as one bit each in a
//! table that they are hashed into: a bit that is set for another pair costs a cut and nothing else.

/// See above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seams {
    /// For two ASCII characters, `left << 7 | right`: whether there is no cut between them.
    ascii: Vec<u64>,
    /// Whole characters beside parts of others, hashed.
    wild: Vec<u64>,
    /// By the six low bits of a byte that begins a character: those of the byte before it.
    parts: Vec<u64>,
    /// Pairs of characters, hashed.
    pairs: Vec<u64>,
}

const ASCII: usize = 1 << 14 >> 6;
const WILD: usize = 1 << 13 >> 6;
const PARTS: usize = 64;
/// How many words the table of pairs has at least and at most, and how many bits a pair is given. It is read at random, at
/// every other character than ASCII's: with 512 KiB gpt-oss's tokenizer took 1.08 times as long on warm rows.
const PAIRS: std::ops::RangeInclusive<usize> = 1 << 8..=1 << 14;
const BITS_A_PAIR: usize = 32;

/// A character as it stands in a token, whole or in part.
enum Fragment<'t> {
    Whole(u32),
    Part(&'t [u8]),
}

#[inline(always)]
fn mix(word: u64) -> u64 {
    let word = word.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word ^ word >> 32
}

#[inline(always)]
fn is_set(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

#[inline(always)]
fn wild_bit(character: u32) -> usize {
    mix(u64::from(character)) as usize % (WILD * 64)
}

#[inline(always)]
fn part_bit(before: u8, first: u8) -> usize {
    usize::from(first & 0x3f) << 6 | usize::from(before & 0x3f)
}

impl Seams {
    /// The seams of `tokens`, each given as what it may stand for in a text.
    pub fn of<T: AsRef<[u8]>>(tokens: impl Iterator<Item = T> + Clone) -> Self {
        let count: usize = tokens.clone().map(|token| each_pair(token.as_ref(), |_, _| ())).sum();
        let words = (count * BITS_A_PAIR / 64).next_power_of_two().clamp(*PAIRS.start(), *PAIRS.end());
        let mut seams =
            Self { ascii: vec![0; ASCII], wild: vec![0; WILD], parts: vec![0; PARTS], pairs: vec![0; words] };
        for token in tokens {
            each_pair(token.as_ref(), |left, right| seams.join(&left, &right));
        }
        let ascii = (0..128u32).flat_map(|left| (0..128u32).map(move |right| (left, right)));
        for (left, right) in
            ascii.filter(|(left, right)| seams.is_wild(*left) || seams.is_wild(*right)).collect::<Vec<_>>()
        {
            set(&mut seams.ascii, (left << 7 | right) as usize);
        }
        seams
    }

    fn join(&mut self, left: &Fragment<'_>, right: &Fragment<'_>) {
        match (left, right) {
            (Fragment::Whole(left), Fragment::Whole(right)) => {
                if (left | right) < 0x80 {
                    set(&mut self.ascii, (left << 7 | right) as usize);
                }
                let bit = self.pair_bit(*left, *right);
                set(&mut self.pairs, bit);
            }
            (Fragment::Whole(whole), Fragment::Part(_)) | (Fragment::Part(_), Fragment::Whole(whole)) => {
                set(&mut self.wild, wild_bit(*whole));
            }
            (Fragment::Part(left), Fragment::Part(right)) => {
                if let (Some(before), Some(first)) = (left.last(), right.first()) {
                    set(&mut self.parts, part_bit(*before, *first));
                }
            }
        }
    }

    #[inline(always)]
    fn pair_bit(&self, left: u32, right: u32) -> usize {
        mix(u64::from(left) << 21 | u64::from(right)) as usize & (self.pairs.len() * 64 - 1)
    }

    /// Whether a text can be cut between these ASCII characters.
    #[inline(always)]
    pub fn cuts_ascii(&self, left: u8, right: u8) -> bool {
        !is_set(&self.ascii, usize::from(left) << 7 | usize::from(right))
    }

    /// Whether there is no cut on either side of this character.
    #[inline(always)]
    pub fn is_wild(&self, character: u32) -> bool {
        is_set(&self.wild, wild_bit(character))
    }

    /// Whether a text can be cut between these characters, neither of them wild; `before` is the last byte of `left`,
    /// and `first` the first of `right`.
    #[inline(always)]
    pub fn cuts_tame(&self, left: u32, before: u8, right: u32, first: u8) -> bool {
        !is_set(&self.pairs, self.pair_bit(left, right)) && !is_set(&self.parts, part_bit(before, first))
    }

    /// Whether a text can be cut between these characters.
    #[inline(always)]
    pub fn cuts(&self, left: u32, before: u8, right: u32, first: u8) -> bool {
        !self.is_wild(left) && !self.is_wild(right) && self.cuts_tame(left, before, right, first)
    }

    /// The seams as plain words, to be kept.
    pub fn words(&self) -> Vec<u64> {
        [&self.ascii, &self.wild, &self.parts, &self.pairs].into_iter().flatten().copied().collect()
    }

    /// The seams that [`Seams::words`] gave.
    pub fn from_words(words: &[u64]) -> Option<Self> {
        let (ascii, rest) = words.split_at_checked(ASCII)?;
        let (wild, rest) = rest.split_at_checked(WILD)?;
        let (parts, pairs) = rest.split_at_checked(PARTS)?;
        let whole = pairs.len().is_power_of_two() && PAIRS.contains(&pairs.len());
        whole.then(|| Self { ascii: ascii.into(), wild: wild.into(), parts: parts.into(), pairs: pairs.into() })
    }
}

/// Calls `use_pair` with each two neighbours in `token`; gives how many there are.
fn each_pair(token: &[u8], mut use_pair: impl FnMut(Fragment<'_>, Fragment<'_>)) -> usize {
    let starts: Vec<usize> = (0..token.len()).filter(|at| *at == 0 || token[*at] & 0xc0 != 0x80).collect();
    let fragment = |index: usize| {
        let bytes = &token[starts[index]..starts.get(index + 1).copied().unwrap_or(token.len())];
        match std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) {
            Some(character) => Fragment::Whole(character.into()),
            None => Fragment::Part(bytes),
        }
    };
    for index in 1..starts.len() {
        use_pair(fragment(index - 1), fragment(index));
    }
    starts.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bpe::classes::decode;

    fn cut(seams: &Seams, text: &str) -> bool {
        let text = text.as_bytes();
        let (left, length) = decode(text, 0);
        let (right, _) = decode(text, length);
        if left.max(right) < 0x80 {
            assert!(seams.cuts_ascii(text[0], text[1]) || !seams.cuts(left, text[0], right, text[1]));
        }
        seams.cuts(left, text[length - 1], right, text[length])
    }

    #[test]
    fn cuts_where_no_token_goes_on() {
        let tokens = ["ab".as_bytes(), "你好".as_bytes(), b" \xe4\xbd", b"\xa5\xbd,", b"\xa5\xe7", "x".as_bytes()];
        let seams = Seams::of(tokens.iter());
        let joined = ["ab", "你好", " 你", " b", "b ", "好,", "c,", ",c", "\u{725}看"];
        assert!(joined.iter().all(|text| !cut(&seams, text)), "{:?}", joined.map(|text| cut(&seams, text)));
        assert!(["ba", "xa", "好你", "世界", "看好", "é世"].iter().all(|text| cut(&seams, text)));
        assert_eq!(Seams::from_words(&seams.words()), Some(seams));
        assert_eq!(Seams::from_words(&[0; 7]), None);
    }
}
