//! What a byte-pair encoding comes down to: which tokens can come out, what each was merged from, and the ranks of
//! pairs. Built once from a vocabulary and merges; `encode.rs` uses it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::pages::Table;
use super::pairs::Pairs;
use super::trie::{Key, NONE, Trie};

/// A token that can come out of merging: numbers of 24 bits, and bytes of the length above them, so that four tokens lie in
/// a cache line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Token([u32; TOKEN_WORDS]);

const LOW: u32 = 0xff_ffff;
const NO_TOKEN: Token = Token([0, NONE, NONE, NONE]);

impl Token {
    /// A token of `length` bytes that a merge of this rank made of `left` and `right`.
    fn new((rank, left, right): (u32, u32, u32), length: u32) -> Self {
        let above = |at: u32| (length >> (8 * at) & 0xff) << 24;
        Self([rank & LOW | above(0), left & LOW | above(1), right & LOW | above(2), NONE | above(3)])
    }

    fn with_prefix(self, prefix: u32) -> Self {
        let Self([rank, left, right, last]) = self;
        Self([rank, left, right, last & !LOW | prefix & LOW])
    }

    /// The rank of the merge that made it; 0 for a symbol that text begins as.
    #[inline(always)]
    pub fn rank(&self) -> u32 {
        self.0[0] & LOW
    }

    /// What that merge joined, on the left.
    #[inline(always)]
    pub fn left(&self) -> u32 {
        self.0[1] & LOW
    }

    /// And on the right.
    #[inline(always)]
    pub fn right(&self) -> u32 {
        self.0[2] & LOW
    }

    /// The longest shorter token that it begins with, or [`NONE`].
    #[inline(always)]
    pub fn prefix(&self) -> u32 {
        self.0[3] & LOW
    }

    /// Its length in bytes; 0 for what does not come out of merging.
    #[inline(always)]
    pub fn length(&self) -> u32 {
        self.0[0] >> 24 | self.0[1] >> 24 << 8 | self.0[2] >> 24 << 16 | self.0[3] >> 24 << 24
    }
}

/// How many words a token is kept as.
const TOKEN_WORDS: usize = 4;

/// See above.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    pub trie: Trie,
    pub pairs: Pairs,
    pub tokens: Table<Token>,
    /// Tokens of which some part was merged at a higher rank than what was made of it, in order: whether these stay
    /// apart from their neighbours cannot be told from ranks.
    pub unruly: Vec<u32>,
    /// What each merge gives, by its rank; empty where no token is unruly.
    pub results: Vec<u32>,
}

/// What [`Tables::build`] needs.
pub struct Source<'s> {
    /// The tokens' bytes and ids.
    pub vocab: &'s [(Vec<u8>, u32)],
    /// The symbols that `bytes` begins as, or `None` where it cannot be cut into known ones.
    pub symbols: &'s (dyn Fn(&[u8]) -> Option<Vec<u32>> + Sync),
    /// The merges in order: left, right, result.
    pub merges: &'s [(u32, u32, u32)],
}

impl Tables {
    /// Builds the tables; an error says why this vocabulary and these merges cannot be used so.
    ///
    /// # Errors
    ///
    /// The reason, in words.
    pub fn build(source: &Source<'_>) -> Result<Self, String> {
        let merger = Merger::new(source.merges)?;
        let size = source.vocab.iter().map(|(_, id)| *id as usize + 1).max().unwrap_or(0);
        if size >= NONE as usize {
            return Err("its vocabulary is too large".to_owned());
        }
        let mut tokens = Table::from(vec![NO_TOKEN; size]);
        let mut reachable = vec![false; size];
        for (bytes, id) in source.vocab {
            let Some(symbols) = (source.symbols)(bytes) else {
                continue;
            };
            if let Some(made) = merger.derivation(symbols, *id) {
                tokens[*id as usize] = Token::new(made, bytes.len() as u32);
                reachable[*id as usize] = true;
            }
        }
        let keys = source.vocab.iter().filter(|(bytes, _)| !bytes.is_empty());
        let keys = keys.map(|(bytes, id)| Key { bytes, value: *id, as_prefix: reachable[*id as usize] });
        let trie = Trie::build(keys.collect()).ok_or("its vocabulary is too large")?;
        for (bytes, id) in source.vocab.iter().filter(|(bytes, id)| reachable[*id as usize] && !bytes.is_empty()) {
            let shorter = trie.longest(&bytes[..bytes.len() - 1]);
            let token = &mut tokens[*id as usize];
            *token = token.with_prefix(shorter.map_or(NONE, |(token, _)| token));
        }
        let known = |id: u32| reachable.get(id as usize).is_some_and(|reachable| *reachable);
        let pairs = merger.ranks.iter().map(|((left, right), rank)| (*left, *right, *rank));
        let pairs: Vec<_> = pairs.filter(|(left, right, _)| known(*left) && known(*right)).collect();
        let pairs = Pairs::build(&pairs).ok_or("it has too many merges")?;
        let unruly = unruly(&tokens);
        let results = if unruly.is_empty() { Vec::new() } else { source.merges.iter().map(|merge| merge.2).collect() };
        Ok(Self { trie, pairs, tokens, unruly, results })
    }

    /// Whether `left` and `right` stay two tokens, found by merging the symbols that they are made of.
    pub fn stay_apart_when_merged(&self, left: u32, right: u32) -> bool {
        let mut symbols = Vec::new();
        let mut pending = vec![right, left];
        while let Some(id) = pending.pop() {
            let token = self.tokens[id as usize];
            if token.rank() == 0 { symbols.push(id) } else { pending.extend([token.right(), token.left()]) }
        }
        merge(&mut symbols, |left, right| self.pairs.rank(left, right), &self.results);
        symbols == [left, right]
    }

    /// Whether merging can give this token.
    pub fn comes_out(&self, id: u32) -> bool {
        self.tokens.get(id as usize).is_some_and(|token| token.length() > 0)
    }

    /// Whether every token that the trie finds is there.
    pub fn is_whole(&self) -> bool {
        let known = |id: &u32| (*id as usize) < self.tokens.len();
        self.trie.most().is_none_or(|most| known(&most)) && self.unruly.iter().chain(&self.results).all(known)
    }

    /// The tokens as plain words, to be kept.
    pub fn token_words(&self) -> Vec<u32> {
        self.tokens.iter().flat_map(|token| token.0).collect()
    }

    /// The tokens that [`Tables::token_words`] gave; `None` where they refer to tokens that are not there.
    pub fn tokens_from_words(words: &[u32]) -> Option<Table<Token>> {
        let (tokens, _) = words.as_chunks::<TOKEN_WORDS>();
        let known = |id: u32| id == NONE || (id as usize) < tokens.len();
        let fits = |token: Token| [token.left(), token.right(), token.prefix()].into_iter().all(known);
        let tokens: Vec<_> = tokens.iter().map(|words| Token(*words)).collect();
        tokens.iter().all(|token| fits(*token)).then(|| Table::from(tokens))
    }
}

/// Merges symbols one pair at a time, the lowest rank first and of equal ones the leftmost: what byte-pair encoding is.
struct Merger {
    ranks: HashMap<(u32, u32), u32>,
    fast: Pairs,
    results: Vec<u32>,
}

impl Merger {
    fn new(merges: &[(u32, u32, u32)]) -> Result<Self, String> {
        // Of a pair that is there twice the last counts, as in the reference.
        let ranks: HashMap<_, _> =
            merges.iter().enumerate().map(|(index, (left, right, _))| ((*left, *right), index as u32 + 1)).collect();
        let pairs: Vec<_> = ranks.iter().map(|((left, right), rank)| (*left, *right, *rank)).collect();
        let fast = Pairs::build(&pairs).ok_or("it has too many merges")?;
        Ok(Self { ranks, fast, results: merges.iter().map(|merge| merge.2).collect() })
    }

    /// How `symbols` become the one token `id`: the last merge's rank, left and right; `None` where they do not.
    fn derivation(&self, mut symbols: Vec<u32>, id: u32) -> Option<(u32, u32, u32)> {
        let last = merge(&mut symbols, |left, right| self.fast.rank(left, right), &self.results);
        (symbols == [id]).then_some(last)
    }
}

/// From how many symbols on merges are taken from a heap.
const MANY_SYMBOLS: usize = 64;

/// Merges `symbols` until no pair has a rank, the lowest first and of equal ones the leftmost; gives the last merge's
/// rank, left and right.
fn merge(symbols: &mut Vec<u32>, rank: impl Fn(u32, u32) -> Option<u32>, results: &[u32]) -> (u32, u32, u32) {
    if symbols.len() < MANY_SYMBOLS { merge_few(symbols, rank, results) } else { merge_many(symbols, rank, results) }
}

/// [`merge`] in quadratic time, which is the shortest for few symbols.
fn merge_few(symbols: &mut Vec<u32>, rank: impl Fn(u32, u32) -> Option<u32>, results: &[u32]) -> (u32, u32, u32) {
    let rank = |left: u32, right: u32| rank(left, right).unwrap_or(u32::MAX);
    let mut last = (0, NONE, NONE);
    let mut ranks: Vec<u32> = symbols.windows(2).map(|pair| rank(pair[0], pair[1])).collect();
    while let Some((at, lowest)) = ranks.iter().copied().enumerate().min_by_key(|(_, rank)| *rank) {
        let Some(result) = results.get((lowest as usize).wrapping_sub(1)) else {
            break;
        };
        last = (lowest, symbols[at], symbols[at + 1]);
        symbols[at] = *result;
        symbols.remove(at + 1);
        ranks.remove(at);
        if at > 0 {
            ranks[at - 1] = rank(symbols[at - 1], symbols[at]);
        }
        if at < ranks.len() {
            ranks[at] = rank(symbols[at], symbols[at + 1]);
        }
    }
    last
}

/// [`merge`] with a heap of pairs and a linked list of symbols.
fn merge_many(symbols: &mut Vec<u32>, rank: impl Fn(u32, u32) -> Option<u32>, results: &[u32]) -> (u32, u32, u32) {
    let count = symbols.len();
    // The place after and before each symbol; a symbol that was merged into the one before it is gone.
    let mut after: Vec<usize> = (1..=count).collect();
    let mut before: Vec<usize> = (0..count).map(|at| at.wrapping_sub(1)).collect();
    let mut is_gone = vec![false; count];
    let pair = |symbols: &[u32], at: usize, next: usize| {
        let (left, right) = (*symbols.get(at)?, *symbols.get(next)?);
        rank(left, right).map(|rank| Reverse((rank, at, left, right)))
    };
    let mut pairs: BinaryHeap<_> = (0..count).filter_map(|at| pair(symbols, at, at + 1)).collect();
    let mut last = (0, NONE, NONE);
    while let Some(Reverse((lowest, at, left, right))) = pairs.pop() {
        let next = after[at];
        if is_gone[at] || symbols[at] != left || symbols.get(next) != Some(&right) {
            continue;
        }
        let Some(result) = results.get((lowest as usize).wrapping_sub(1)) else {
            break;
        };
        last = (lowest, left, right);
        symbols[at] = *result;
        is_gone[next] = true;
        after[at] = after[next];
        if let Some(before) = before.get_mut(after[at]) {
            *before = at;
        }
        pairs.extend(pair(symbols, at, after[at]));
        if at > 0 {
            pairs.extend(pair(symbols, before[at], at));
        }
    }
    let mut is_gone = is_gone.into_iter();
    symbols.retain(|_| !is_gone.next().unwrap_or(false));
    last
}

/// The tokens whose derivation, all the way down, does not go by rising ranks.
fn unruly(tokens: &[Token]) -> Vec<u32> {
    // 0: not known yet, 1: orderly, 2: unruly.
    let mut known = vec![0u8; tokens.len()];
    let mut pending = Vec::new();
    for id in 0..tokens.len() {
        pending.push(id);
        while let Some(at) = pending.pop() {
            let token = tokens[at];
            if known[at] != 0 {
                continue;
            }
            if token.rank() == 0 {
                known[at] = 1;
                continue;
            }
            let parts = [token.left() as usize, token.right() as usize];
            if parts.iter().any(|part| known[*part] == 0) {
                pending.push(at);
                pending.extend(parts);
                continue;
            }
            let orderly = parts.iter().all(|part| known[*part] == 1 && tokens[*part].rank() < token.rank());
            known[at] = if orderly { 1 } else { 2 };
        }
    }
    known.iter().enumerate().filter(|(_, state)| **state == 2).map(|(id, _)| id as u32).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn merging_many_is_merging_few(
            symbols in prop::collection::vec(0u32..4, 0..80),
            pairs in prop::collection::vec((0u32..12, 0u32..12), 0..24),
        ) {
            // The result of merge `n` is symbol 4 + n; some pairs have a rank without a result.
            let results: Vec<u32> = (0..pairs.len().saturating_sub(1)).map(|rank| 4 + rank as u32).collect();
            let rank = |left: u32, right: u32| {
                pairs.iter().position(|pair| *pair == (left, right)).map(|rank| rank as u32 + 1)
            };
            let (mut few, mut many) = (symbols.clone(), symbols);
            let last = merge_few(&mut few, rank, &results);
            prop_assert_eq!(merge_many(&mut many, rank, &results), last);
            prop_assert_eq!(many, few);
        }
    }
}
