//! Pre-tokens that were found and are still to be looked up. They are found by the dozen and then looked up by the
//! dozen, the cache lines of all of them on their way, so that looking one up does not wait for memory.

use super::cache::{Cache, Key};

/// How many pre-tokens are found before they are looked up: enough for the first one's cache line to be there, few
/// enough for all of them to be there still.
const AHEAD: usize = 64;

/// See above. A pre-token begins where the one before it ends.
#[derive(Debug)]
pub struct Ahead {
    /// Where each ends, shifted up by one, and below whether it is a piece that may mean something else than the whole.
    ends: [usize; AHEAD],
    count: usize,
    /// Where the first one begins.
    start: usize,
    keys: [Key; AHEAD],
}

impl Default for Ahead {
    fn default() -> Self {
        Self { ends: [0; AHEAD], count: 0, start: 0, keys: [Key::default(); AHEAD] }
    }
}

impl Ahead {
    /// Forgets what is there; the next one begins at `start`.
    #[inline(always)]
    pub fn begin(&mut self, start: usize) {
        self.count = 0;
        self.start = start;
    }

    /// Appends what ends at `end`; says whether there is room for no more.
    #[inline(always)]
    pub fn push(&mut self, end: usize, is_piece: bool) -> bool {
        self.ends[self.count % AHEAD] = end << 1 | usize::from(is_piece);
        self.count += 1;
        self.count >= AHEAD
    }

    /// How many there are.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.count.min(AHEAD)
    }

    /// Makes the keys of what was appended, and has their places in the cache fetched.
    #[inline(always)]
    pub fn fetch(&mut self, text: &[u8], cache: &Cache) {
        let mut start = self.start;
        for (end, key) in self.ends[..self.count.min(AHEAD)].iter().zip(&mut self.keys) {
            *key = Key::of(text, start, *end >> 1, *end & 1 == 1);
            cache.fetch(*key);
            start = *end >> 1;
        }
    }

    /// The keys, once they are made.
    #[inline(always)]
    pub fn keys(&self) -> &[Key] {
        &self.keys[..self.count()]
    }

    /// The key of the pre-token at `index`, and where it begins and ends.
    pub fn get(&self, index: usize) -> (Key, usize, usize) {
        let start = if index == 0 { self.start } else { self.ends[index - 1] >> 1 };
        (self.keys[index], start, self.ends[index] >> 1)
    }
}
