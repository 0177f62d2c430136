//! The rank of each pair of tokens that merges, in one load.
//!
//! A pair is 48 bits. They are mixed by a function that can be undone; the low bits of the result say where the pair is
//! looked for, and the other 32, with how far from there it was put, make up what is compared. Nothing is left out, so
//! that a pair found is the pair.
//!
//! Of a pair that does not merge a filter mostly tells so, a sixteenth as large: each pair that merges has set two bits of
//! one word in it.

use super::pages::Table;

/// The ranks of pairs; see above. A rank is at least 1.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// `tag << 32 | distance << 24 | rank`, 0 where nothing is; then the filter.
    words: Table<u64>,
    /// How many slots there are; a power of two.
    size: usize,
}

const MASK: u64 = (1 << 48) - 1;
/// The tag is what lies above these bits, so that there are at least as many slots.
const INDEX_BITS: u32 = 16;

/// For how many slots the filter has a word.
const SLOTS_A_WORD: usize = 16;

/// The word of the filter, of so many, and the bits in it that a pair sets.
#[inline(always)]
fn filtered(mixed: u64, words: usize) -> (usize, u64) {
    ((mixed >> 19) as usize & words.wrapping_sub(1), 1 << (mixed >> 42 & 63) | 1 << (mixed >> 36 & 63))
}

#[inline(always)]
fn mix(left: u32, right: u32) -> u64 {
    let pair = u64::from(left) << 24 | u64::from(right);
    let pair = (pair ^ pair >> 25).wrapping_mul(0x9e37_79b9_7f4b) & MASK;
    pair ^ pair >> 23
}

impl Pairs {
    /// The table of `pairs`: left, right, rank; `None` where it cannot be made.
    pub fn build(pairs: &[(u32, u32, u32)]) -> Option<Self> {
        let size = (pairs.len() * 2).next_power_of_two().max(1 << INDEX_BITS);
        let mut words = Table::zeroes(size + size / SLOTS_A_WORD);
        let (slots, filter) = words.split_at_mut(size);
        for (left, right, rank) in pairs {
            if *left >= 1 << 24 || *right >= 1 << 24 || *rank >= 1 << 24 || *rank == 0 {
                return None;
            }
            let mixed = mix(*left, *right);
            let home = mixed as usize & (size - 1);
            let distance = (0..256).find(|distance| slots[(home + distance) & (size - 1)] == 0)?;
            slots[(home + distance) & (size - 1)] =
                (mixed >> INDEX_BITS) << 32 | (distance as u64) << 24 | u64::from(*rank);
            let (word, bits) = filtered(mixed, filter.len());
            filter[word] |= bits;
        }
        Some(Self { words, size })
    }

    /// The table that [`Pairs::words`] gave.
    pub fn from_words(words: Table<u64>) -> Option<Self> {
        let size = 1 << words.len().checked_ilog2()?;
        (size >= 1 << INDEX_BITS && words.len() == size + size / SLOTS_A_WORD).then_some(Self { words, size })
    }

    /// The table as plain words, to be kept.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The rank of a pair.
    #[inline(always)]
    pub fn rank(&self, left: u32, right: u32) -> Option<u32> {
        let mixed = mix(left, right);
        let (slots, filter) = self.words.split_at_checked(self.size)?;
        let (word, bits) = filtered(mixed, filter.len());
        if filter.get(word)? & bits != bits {
            return None;
        }
        let home = mixed as usize;
        let tag = (mixed >> INDEX_BITS) << 8;
        for distance in 0..256 {
            let slot = *slots.get((home + distance) & slots.len().wrapping_sub(1))?;
            if slot == 0 {
                return None;
            }
            if slot >> 24 == tag | distance as u64 {
                return Some(slot as u32 & 0xff_ffff);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_there_and_nothing_else() {
        let pairs: Vec<_> =
            (1..50_000u32).map(|rank| (rank.wrapping_mul(77_777) % 300_000, rank % 1_000, rank)).collect();
        let table = Pairs::build(&pairs).unwrap();
        let known: std::collections::HashMap<_, _> =
            pairs.iter().map(|(left, right, rank)| ((*left, *right), *rank)).collect();
        for (left, right, rank) in &pairs {
            assert_eq!(table.rank(*left, *right), Some(*rank));
            assert_eq!(table.rank(*right, *left), known.get(&(*right, *left)).copied());
        }
        assert_eq!(table.rank(299_999, 299_999), None);
    }
}
