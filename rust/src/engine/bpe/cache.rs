//! Pre-tokens that were met before, with their ids: one such cache a thread, so that no thread waits for another.
//!
//! Short pre-tokens (up to 15 bytes, up to 4 ids) lie in the table itself: a hit is one cache line. Longer ones lie in
//! an arena. Both are bounded: the table forgets what it met long ago, the arena starts anew when it is full. Nothing
//! longer than a pre-token is kept.

/// How many buckets of two short pre-tokens there are; a power of two. 64 bytes each.
const BUCKETS: usize = 1 << 15;
/// The longest pre-token that lies in the table.
pub const SHORT: usize = 15;
/// How many ids an entry of the table holds, 24 bits each.
const IDS: usize = 4;
const ID: u32 = 0xff_ffff;

/// How many longer pre-tokens are remembered; a power of two.
const LONG_SLOTS: usize = 1 << 15;
/// The longest pre-token that is remembered, in bytes.
pub const LONG: usize = 512;
/// How much of the arena one generation may fill: bytes of pre-tokens, and ids.
const ARENA_BYTES: usize = 3 << 20;
const ARENA_IDS: usize = 1 << 20;

/// A short pre-token as two words, of which the last byte is its length; never zero.
pub type Short = [u64; 2];

/// The cache of one thread for one engine.
#[derive(Debug, Clone)]
pub struct Cache {
    short: Vec<[u64; 8]>,
    long: Vec<Place>,
    bytes: Vec<u8>,
    ids: Vec<u32>,
}

/// Where a longer pre-token lies; `length` is 0 where none is.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    hash: u32,
    at: u32,
    ids: u32,
    length: u16,
    count: u16,
}

impl Default for Cache {
    fn default() -> Self {
        // Zeroes from the system: pages that are never used cost nothing.
        Self { short: vec![[0; 8]; BUCKETS], long: Vec::new(), bytes: Vec::new(), ids: Vec::new() }
    }
}

/// The key of `text[start..end]`, at most [`SHORT`] bytes.
#[inline(always)]
pub fn short_key(text: &[u8], start: usize, end: usize) -> Short {
    let length = end - start;
    let [low, high] = match text.get(start..start + 16) {
        Some(bytes) => words(bytes),
        None => {
            let mut bytes = [0; 16];
            bytes[..length].copy_from_slice(&text[start..end]);
            words(&bytes)
        }
    };
    let bits = length as u32 * 8;
    let (low, high) = if bits <= 64 {
        (if bits == 64 { low } else { low & ((1 << bits) - 1) }, 0)
    } else {
        (low, high & ((1 << (bits - 64)) - 1))
    };
    [low, high | (length as u64) << 56]
}

#[inline(always)]
fn words(bytes: &[u8]) -> [u64; 2] {
    let word = |at: usize| bytes[at..at + 8].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    [word(0), word(8)]
}

#[inline(always)]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left ^ 0x9e37_79b9_7f4a_7c15) * u128::from(right ^ 0xc2b2_ae3d_27d4_eb4f);
    product as u64 ^ (product >> 64) as u64
}

impl Cache {
    /// Appends the ids of a short pre-token, if it is remembered.
    #[inline(always)]
    pub fn get_short(&self, key: Short, ids: &mut Vec<u32>) -> bool {
        let bucket = &self.short[fold(key[0], key[1]) as usize & (BUCKETS - 1)];
        let (first, second) = bucket.split_at(4);
        let entry = match () {
            () if first[0] == key[0] && first[1] == key[1] => first,
            () if second[0] == key[0] && second[1] == key[1] => second,
            () => return false,
        };
        let count = entry[2] >> 56;
        let found =
            [entry[2] as u32 & ID, (entry[2] >> 24) as u32 & ID, entry[3] as u32 & ID, (entry[3] >> 24) as u32 & ID];
        if count == 1 {
            ids.push(found[0]);
        } else {
            ids.extend_from_slice(&found[..(count as usize).min(IDS)]);
        }
        true
    }

    /// Remembers a short pre-token, if its ids fit.
    #[inline(always)]
    pub fn put_short(&mut self, key: Short, ids: &[u32]) {
        if ids.is_empty() || ids.len() > IDS {
            return;
        }
        let id = |at: usize| u64::from(ids.get(at).copied().unwrap_or(0));
        let bucket = &mut self.short[fold(key[0], key[1]) as usize & (BUCKETS - 1)];
        bucket.copy_within(0..4, 4);
        bucket[..4].copy_from_slice(&[
            key[0],
            key[1],
            id(0) | id(1) << 24 | (ids.len() as u64) << 56,
            id(2) | id(3) << 24,
        ]);
    }

    /// Appends the ids of a longer pre-token, if it is remembered.
    #[inline(always)]
    pub fn get_long(&self, text: &[u8], ids: &mut Vec<u32>) -> bool {
        let hash = hash(text);
        let Some(place) = self.long.get(hash as usize & (LONG_SLOTS - 1)) else {
            return false;
        };
        let at = place.at as usize;
        if place.hash != (hash >> 32) as u32 || self.bytes.get(at..at + place.length as usize) != Some(text) {
            return false;
        }
        let from = place.ids as usize;
        ids.extend_from_slice(&self.ids[from..from + place.count as usize]);
        true
    }

    /// Remembers a longer pre-token.
    pub fn put_long(&mut self, text: &[u8], ids: &[u32]) {
        if text.len() > LONG || ids.len() > LONG {
            return;
        }
        let full = self.bytes.len() + text.len() > ARENA_BYTES || self.ids.len() + ids.len() > ARENA_IDS;
        if full || self.long.is_empty() {
            self.long.clear();
            self.long.resize(LONG_SLOTS, Place::default());
            self.bytes.clear();
            self.ids.clear();
        }
        let hash = hash(text);
        self.long[hash as usize & (LONG_SLOTS - 1)] = Place {
            hash: (hash >> 32) as u32,
            at: self.bytes.len() as u32,
            ids: self.ids.len() as u32,
            length: text.len() as u16,
            count: ids.len() as u16,
        };
        self.bytes.extend_from_slice(text);
        self.ids.extend_from_slice(ids);
    }
}

/// A hash of at least 16 bytes.
#[inline(always)]
fn hash(text: &[u8]) -> u64 {
    let mut hash = text.len() as u64;
    let mut chunks = text.chunks_exact(16);
    for chunk in &mut chunks {
        let [low, high] = words(chunk);
        hash = fold(low ^ hash, high);
    }
    if let Some(tail) = text.len().checked_sub(16).filter(|_| !chunks.remainder().is_empty()) {
        let [low, high] = words(&text[tail..]);
        hash = fold(low ^ hash, high);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_what_was_put() {
        let mut cache = Cache::default();
        let text = b"abcdefghijklmno and more than sixteen bytes of text";
        let mut ids = Vec::new();
        for length in 1..=SHORT {
            let key = short_key(text, 0, length);
            assert_eq!(key, short_key(&text[..length], 0, length));
            assert!(!cache.get_short(key, &mut ids));
            cache.put_short(key, &[length as u32, 7]);
        }
        for length in 1..=SHORT {
            assert!(cache.get_short(short_key(text, 0, length), &mut ids));
            assert_eq!(ids.split_off(0), [length as u32, 7]);
        }
        assert_ne!(short_key(b"a\0", 0, 1), short_key(b"a\0", 0, 2));
        assert!(!cache.get_long(text, &mut ids));
        cache.put_long(text, &[1, 2, 3]);
        assert!(cache.get_long(text, &mut ids));
        assert_eq!(ids, [1, 2, 3]);
        assert!(!cache.get_long(&text[..40], &mut ids));
    }

    #[test]
    fn forgets_rather_than_grows() {
        let mut cache = Cache::default();
        for number in 0..100_000u32 {
            let text = format!("{number:0>64}");
            cache.put_long(text.as_bytes(), &[number]);
            let mut ids = Vec::new();
            assert!(cache.get_long(text.as_bytes(), &mut ids));
            assert_eq!(ids, [number]);
        }
        assert!(cache.bytes.len() <= ARENA_BYTES);
    }
}
