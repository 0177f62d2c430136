//! What a byte-pair encoding comes down to: which tokens can come out, what each was merged from, and the ranks of
//! pairs. Built once from a vocabulary and merges; `encode.rs` uses it.

use std::collections::HashMap;

use super::pages::Table;
use super::pairs::Pairs;
use super::trie::{Key, NONE, Trie};

/// A token that can come out of merging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Token {
    /// The rank of the merge that made it; 0 for a symbol that text begins as.
    pub rank: u32,
    /// What that merge joined.
    pub left: u32,
    pub right: u32,
    /// The longest shorter token that it begins with, or [`NONE`].
    pub prefix: u32,
    /// Its length in bytes.
    pub length: u32,
    /// One bit for each token that it merges with on its left and on its right, by [`Token::bit`]: where there is none,
    /// the pair need not be looked for.
    pub lefts: u32,
    pub rights: u64,
}

const NO_TOKEN: Token = Token { rank: 0, left: NONE, right: NONE, prefix: NONE, length: 0, lefts: 0, rights: 0 };

impl Token {
    /// The bit that stands for a token, of 64.
    #[inline(always)]
    fn bit(token: u32) -> u32 {
        token.wrapping_mul(0x9e37_79b1) >> 26
    }

    fn merges_with(&mut self, left: Option<u32>, right: Option<u32>) {
        self.lefts |= left.map_or(0, |left| 1 << (Self::bit(left) / 2));
        self.rights |= right.map_or(0, |right| 1 << Self::bit(right));
    }

    /// Whether these two, beside each other, may have a rank.
    #[inline(always)]
    pub fn may_merge((left, on_left): (u32, &Self), (right, on_right): (u32, &Self)) -> bool {
        on_left.rights >> Self::bit(right) & 1 == 1 && on_right.lefts >> (Self::bit(left) / 2) & 1 == 1
    }
}

/// How many words a token is kept as.
const TOKEN_WORDS: usize = 8;

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
            if let Some((rank, left, right)) = merger.derivation(symbols, *id) {
                let length = bytes.len() as u32;
                tokens[*id as usize] = Token { rank, left, right, length, ..NO_TOKEN };
                reachable[*id as usize] = true;
            }
        }
        let keys = source.vocab.iter().filter(|(bytes, _)| !bytes.is_empty());
        let keys = keys.map(|(bytes, id)| Key { bytes, value: *id, as_prefix: reachable[*id as usize] });
        let trie = Trie::build(keys.collect()).ok_or("its vocabulary is too large")?;
        for (bytes, id) in source.vocab.iter().filter(|(bytes, id)| reachable[*id as usize] && !bytes.is_empty()) {
            let shorter = trie.longest(&bytes[..bytes.len() - 1]);
            tokens[*id as usize].prefix = shorter.map_or(NONE, |(token, _)| token);
        }
        let known = |id: u32| reachable.get(id as usize).is_some_and(|reachable| *reachable);
        let pairs = merger.ranks.iter().map(|((left, right), rank)| (*left, *right, *rank));
        let pairs: Vec<_> = pairs.filter(|(left, right, _)| known(*left) && known(*right)).collect();
        for (left, right, _) in &pairs {
            tokens[*left as usize].merges_with(None, Some(*right));
            tokens[*right as usize].merges_with(Some(*left), None);
        }
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
            if token.rank == 0 { symbols.push(id) } else { pending.extend([token.right, token.left]) }
        }
        merge(&mut symbols, |left, right| self.pairs.rank(left, right), &self.results);
        symbols == [left, right]
    }

    /// Whether merging can give this token.
    pub fn comes_out(&self, id: u32) -> bool {
        self.tokens.get(id as usize).is_some_and(|token| token.length > 0)
    }

    /// Whether every token that the trie finds is there.
    pub fn is_whole(&self) -> bool {
        let known = |id: &u32| (*id as usize) < self.tokens.len();
        self.trie.most().is_none_or(|most| known(&most)) && self.unruly.iter().chain(&self.results).all(known)
    }

    /// The tokens as plain words, to be kept.
    pub fn token_words(&self) -> Vec<u32> {
        let words = |token: &Token| {
            let Token { rank, left, right, prefix, length, lefts, rights } = *token;
            [rank, left, right, prefix, length, lefts, rights as u32, (rights >> 32) as u32]
        };
        self.tokens.iter().flat_map(words).collect()
    }

    /// The tokens that [`Tables::token_words`] gave; `None` where they refer to tokens that are not there.
    pub fn tokens_from_words(words: &[u32]) -> Option<Table<Token>> {
        let count = (words.len() / TOKEN_WORDS) as u32;
        let known = |id: u32| id == NONE || id < count;
        let tokens = words.chunks_exact(TOKEN_WORDS).map(|word| match word {
            &[rank, left, right, prefix, length, lefts, low, high] if [left, right, prefix].into_iter().all(known) => {
                let rights = u64::from(low) | u64::from(high) << 32;
                Some(Token { rank, left, right, prefix, length, lefts, rights })
            }
            _ => None,
        });
        tokens.collect::<Option<Vec<_>>>().map(Table::from)
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

/// Merges `symbols` until no pair has a rank, the lowest first and of equal ones the leftmost; gives the last merge's
/// rank, left and right.
fn merge(symbols: &mut Vec<u32>, rank: impl Fn(u32, u32) -> Option<u32>, results: &[u32]) -> (u32, u32, u32) {
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
            if token.rank == 0 {
                known[at] = 1;
                continue;
            }
            let parts = [token.left as usize, token.right as usize];
            if parts.iter().any(|part| known[*part] == 0) {
                pending.push(at);
                pending.extend(parts);
                continue;
            }
            let orderly = parts.iter().all(|part| known[*part] == 1 && tokens[*part].rank < token.rank);
            known[at] = if orderly { 1 } else { 2 };
        }
    }
    known.iter().enumerate().filter(|(_, state)| **state == 2).map(|(id, _)| id as u32).collect()
}
