//! Encodes a pre-token without running its merges.
//!
//! What byte-pair encoding makes of a text is the one sequence of tokens in which every two neighbours, encoded by
//! themselves, stay these two. (As long as no merge crosses a boundary between tokens, each side goes its own way, and
//! whether one ever does depends on the two tokens at it alone.) So the longest token that fits is taken, and where it
//! does not stand beside the one before, the next shorter one, or the one before is given back. The same idea is in
//! the crate `bpe` of github/rust-gems; here ranks belong to pairs, as in `tokenizers`, not to tokens.

use super::tables::Tables;
use super::trie::NONE;
use crate::interrupt;

/// How many pairs of neighbours are remembered; a power of two.
const REMEMBERED: usize = 1 << 13;

/// What encoding reuses: which neighbours are known, and the places from which no way leads on.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// `left << 24 | right`, shifted up by one and with the answer below; 0 is none, as no pair of 0 and 0 is kept.
    neighbours: Vec<u64>,
    /// A bit for each place; all are 0 between calls.
    dead: Vec<u64>,
}

impl Default for Workspace {
    fn default() -> Self {
        Self { neighbours: vec![0; REMEMBERED], dead: Vec::new() }
    }
}

impl Tables {
    /// Appends the tokens of `text`, up to the first place where no token fits; says where that is.
    #[inline(always)]
    pub fn encode(&self, text: &[u8], ids: &mut Vec<u32>, workspace: &mut Workspace) -> usize {
        match self.trie.longest(text) {
            None => 0,
            Some((token, length)) if length == text.len() => {
                ids.push(token);
                length
            }
            Some((token, length)) => self.encode_from(text, token, length, ids, workspace),
        }
    }

    fn encode_from(
        &self,
        text: &[u8],
        mut token: u32,
        mut length: usize,
        ids: &mut Vec<u32>,
        workspace: &mut Workspace,
    ) -> usize {
        let start = ids.len();
        let mut at = 0;
        // The words of `dead` with a bit that is set are below.
        let mut dead_words = 0;
        let end = loop {
            let last = if ids.len() > start { ids[ids.len() - 1] } else { NONE };
            let fits = !(dead_words > 0 && is_set(&workspace.dead, at + length))
                && (last == NONE || self.stay_apart(last, token, &mut workspace.neighbours));
            if fits {
                ids.push(token);
                at += length;
                interrupt::check_every::<4096>(ids.len());
                match self.trie.longest(&text[at..]) {
                    Some(next) => (token, length) = next,
                    None => break at,
                }
                continue;
            }
            let shorter = self.tokens[token as usize].prefix();
            if shorter != NONE {
                token = shorter;
                length = self.tokens[shorter as usize].length() as usize;
                continue;
            }
            // No token fits here: the one before was a wrong turn.
            if workspace.dead.len() <= text.len() / 64 {
                workspace.dead.resize(text.len() / 64 + 1, 0);
            }
            workspace.dead[at / 64] |= 1 << (at % 64);
            dead_words = dead_words.max(at / 64 + 1);
            let Some(before) = (ids.len() > start).then(|| ids.pop()).flatten() else {
                break at;
            };
            token = before;
            length = self.tokens[before as usize].length() as usize;
            at -= length;
        };
        workspace.dead[..dead_words].fill(0);
        end
    }

    /// Whether two tokens beside each other stay two.
    #[inline(always)]
    fn stay_apart(&self, left: u32, right: u32, neighbours: &mut [u64]) -> bool {
        let pair = u64::from(left) << 24 | u64::from(right);
        let place = (pair.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & (REMEMBERED - 1);
        let known = neighbours[place];
        if known >> 1 == pair && pair != 0 {
            return known & 1 == 1;
        }
        let ruly = |token: u32| self.unruly.is_empty() || self.unruly.binary_search(&token).is_err();
        let answer = if ruly(left) && ruly(right) {
            self.never_joined(left, right)
        } else {
            self.stay_apart_when_merged(left, right)
        };
        neighbours[place] = pair << 1 | u64::from(answer);
        answer
    }

    /// Takes the merges of both tokens back, the latest first: at no time was there a pair across the boundary whose
    /// turn came before the merge that used up one of its halves. Of two merges of equal rank the left one comes first.
    fn never_joined(&self, mut left: u32, mut right: u32) -> bool {
        let mut before = u32::MAX;
        loop {
            if self.pairs.rank(left, right).is_some_and(|rank| rank < before) {
                return false;
            }
            let (on_left, on_right) = (&self.tokens[left as usize], &self.tokens[right as usize]);
            if on_left.rank() > on_right.rank() {
                before = on_left.rank();
                left = on_left.right();
            } else if on_right.rank() > 0 {
                before = on_right.rank() + 1;
                right = on_right.left();
            } else {
                return true;
            }
        }
    }
}

fn is_set(bits: &[u64], at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}
