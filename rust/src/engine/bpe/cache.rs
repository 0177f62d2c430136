//! Pre-tokens that were met before, with their ids: one such cache a thread, so that no thread waits for another.
//!
//! Short pre-tokens (up to 15 bytes, up to 4 ids) lie in the table itself: a hit is one cache line. Longer ones lie in
//! an arena. Both are bounded: a pre-token has its place in one of two buckets of two entries, and where these are full
//! the first forgets what it used longest ago; the arena starts anew when it is full. Nothing longer than a pre-token is
//! kept.

use super::pages::Table;

/// How many buckets of two short pre-tokens there are; a power of two. 64 bytes each.
const BUCKETS: usize = 1 << 16;
/// The longest pre-token that lies in the table.
pub const SHORT: usize = 15;
/// How many ids an entry of the table holds.
pub const IDS: usize = 4;
/// An id; above it, the first of an entry's ids has their number.
const ID: u32 = 0xff_ffff;

/// How many longer pre-tokens are remembered; a power of two.
const LONG_SLOTS: usize = 1 << 14;
/// The longest pre-token that is remembered, in bytes.
const LONG: usize = 512;
/// How much of the arena one generation may fill: bytes of pre-tokens, and ids.
const ARENA_BYTES: usize = 1 << 20;
const ARENA_IDS: usize = 1 << 18;

/// What a pre-token is looked up by: of a short one its bytes, behind which its length and [`PIECE`] are the last
/// byte; of a longer one its hash, and [`LONGER`]. Then the hash that says where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Key {
    words: [u64; 2],
    hash: u64,
}

/// The last byte of a longer one's key.
const LONGER: u64 = 0x40 << 56;
/// Marks what is only a piece of a pre-token, where that can make a difference.
const PIECE: u64 = 0x80 << 56;

/// The cache of one thread for one engine.
#[derive(Debug)]
pub struct Cache {
    /// The buckets.
    short: Table<u64>,
    long: Vec<Place>,
    bytes: Vec<u8>,
    ids: Vec<u32>,
}

/// Two entries: a key of two words and four ids each.
type Bucket = [u64; 8];

/// Where a longer pre-token lies; `length` is 0 where none is.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    hash: u64,
    at: u32,
    ids: u32,
    length: u16,
    count: u16,
    is_piece: bool,
}

impl Default for Cache {
    fn default() -> Self {
        Self { short: Table::zeroes(BUCKETS * 8), long: Vec::new(), bytes: Vec::new(), ids: Vec::new() }
    }
}

impl Key {
    /// The key of `text[start..end]`, which is not empty; `is_piece` where it is a piece that may mean something else
    /// than the whole.
    #[inline(always)]
    pub fn of(text: &[u8], start: usize, end: usize, is_piece: bool) -> Self {
        let piece = if is_piece { PIECE } else { 0 };
        let length = end - start;
        if length > SHORT {
            let hash = hash(&text[start..end]);
            return Self { words: [hash, LONGER | piece], hash };
        }
        let [low, high] = match text.get(start..).and_then(|text| text.first_chunk()) {
            Some(bytes) => words(bytes),
            None => {
                let mut bytes = [0; 16];
                bytes[..length].copy_from_slice(&text[start..end]);
                words(&bytes)
            }
        };
        let keep = KEEP[length];
        let words = [low & keep[0], high & keep[1] | (length as u64) << 56 | piece];
        Self { words, hash: fold(words[0], words[1]) }
    }

    /// Whether it is too long for the table.
    #[inline(always)]
    fn is_longer(self) -> bool {
        self.words[1] & LONGER != 0
    }

    /// Whether it is marked as a piece.
    pub fn is_piece(self) -> bool {
        self.words[1] & PIECE != 0
    }
}

/// Masks that keep the first bytes of two words, by how many.
const KEEP: [[u64; 2]; 16] = {
    let mut keep = [[0; 2]; 16];
    let mut length = 1;
    while length < 16 {
        keep[length] = if length < 8 { [(1 << (8 * length)) - 1, 0] } else { [!0, (1 << (8 * (length - 8))) - 1] };
        length += 1;
    }
    keep
};

#[inline(always)]
fn words(bytes: &[u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(*bytes);
    [both as u64, (both >> 64) as u64]
}

#[inline(always)]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left ^ 0x9e37_79b9_7f4a_7c15) * u128::from(right ^ 0xc2b2_ae3d_27d4_eb4f);
    product as u64 ^ (product >> 64) as u64
}

/// Has a cache line fetched.
#[inline(always)]
fn fetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch of a place that is there; it changes nothing that can be seen.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

impl Cache {
    /// The bucket of a key that is looked at first, and the one that is looked at then.
    #[inline(always)]
    fn places(hash: u64) -> [usize; 2] {
        [hash as usize % BUCKETS, (hash >> 32) as usize % BUCKETS]
    }

    /// All buckets. That they are so many spares a check whenever one is looked at.
    #[inline(always)]
    fn buckets(&mut self) -> Option<&mut [Bucket; BUCKETS]> {
        self.short.as_chunks_mut().0.try_into().ok()
    }

    /// Has what `key` is looked up in fetched.
    #[inline(always)]
    pub fn fetch(&self, key: Key) {
        if key.is_longer() {
            self.long.get(key.hash as usize & (LONG_SLOTS - 1)).inspect(|place| fetch(*place));
        } else {
            self.short.get(Self::places(key.hash)[0] * 8).inspect(|bucket| fetch(*bucket));
        }
    }

    /// Writes the ids of `keys` one behind the other into `ids`, which has room for all, up to the first that is not
    /// remembered or not short; gives how many keys and how many ids that were.
    #[inline(always)]
    pub fn get_all(&mut self, keys: &[Key], ids: &mut [u32]) -> (usize, usize) {
        let mut at = 0;
        let Some(buckets) = self.buckets() else {
            return (0, 0);
        };
        for (index, key) in keys.iter().enumerate() {
            let [first, second] = Self::places(key.hash);
            let found = find(&mut buckets[first], *key).or_else(|| find(&mut buckets[second], *key));
            let (Some([low, high]), Some(place)) = (found, ids.get_mut(at..).and_then(<[u32]>::first_chunk_mut)) else {
                return (index, at);
            };
            *place = [low as u32 & ID, (low >> 32) as u32, high as u32, (high >> 32) as u32];
            at += (low >> 24) as usize & 0xff;
        }
        (keys.len(), at)
    }

    /// The two places of a longer pre-token.
    #[inline(always)]
    fn long_places(hash: u64) -> [usize; 2] {
        let place = hash as usize & (LONG_SLOTS - 1);
        [place, place ^ 1]
    }

    /// Appends the ids of a pre-token that the table has no room for, if it is remembered.
    #[inline(always)]
    pub fn get_long(&self, key: Key, text: &[u8], ids: &mut Vec<u32>) -> bool {
        let is_it = |place: &&Place| {
            let at = place.at as usize;
            place.hash == key.hash
                && place.is_piece == key.is_piece()
                && self.bytes.get(at..at + place.length as usize) == Some(text)
        };
        let mut places = Self::long_places(key.hash).into_iter().filter_map(|place| self.long.get(place));
        let Some(place) = places.find(is_it) else {
            return false;
        };
        let from = place.ids as usize;
        ids.extend_from_slice(&self.ids[from..from + place.count as usize]);
        true
    }

    /// Remembers a pre-token, if it fits.
    pub fn put(&mut self, key: Key, text: &[u8], ids: &[u32]) {
        if key.is_longer() {
            return self.put_long(key, text, ids);
        }
        if ids.is_empty() || ids.len() > IDS || ids.iter().any(|id| *id > ID) {
            return self.put_long(key, text, ids);
        }
        let id = |at: usize| u64::from(ids.get(at).copied().unwrap_or(0));
        let entry = [key.words[0], key.words[1], id(0) | (ids.len() as u64) << 24 | id(1) << 32, id(2) | id(3) << 32];
        // Where there is room, else in the first bucket.
        let [first, second] = Self::places(key.hash);
        let Some(buckets) = self.buckets() else {
            return;
        };
        let is_full = |place: usize| buckets[place][5] != 0;
        let bucket = &mut buckets[if is_full(first) && !is_full(second) { second } else { first }];
        bucket.copy_within(0..4, 4);
        bucket[..4].copy_from_slice(&entry);
    }

    fn put_long(&mut self, key: Key, text: &[u8], ids: &[u32]) {
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
        let [first, second] = Self::long_places(key.hash);
        let place = if self.long[first].length > 0 && self.long[second].length == 0 { second } else { first };
        self.long[place] = Place {
            hash: key.hash,
            at: self.bytes.len() as u32,
            ids: self.ids.len() as u32,
            length: text.len() as u16,
            count: ids.len() as u16,
            is_piece: key.is_piece(),
        };
        self.bytes.extend_from_slice(text);
        self.ids.extend_from_slice(ids);
    }
}

/// The words with the ids that `key` has in a bucket. What was used last comes first.
#[inline(always)]
fn find(bucket: &mut Bucket, key: Key) -> Option<[u64; 2]> {
    if bucket[0] != key.words[0] || bucket[1] != key.words[1] {
        if bucket[4] != key.words[0] || bucket[5] != key.words[1] {
            return None;
        }
        bucket.rotate_left(4);
    }
    Some([bucket[2], bucket[3]])
}

/// A hash of at least 16 bytes.
#[inline(always)]
fn hash(text: &[u8]) -> u64 {
    let mut hash = text.len() as u64;
    let (chunks, _) = text.as_chunks();
    for chunk in chunks {
        let [low, high] = words(chunk);
        hash = fold(low ^ hash, high);
    }
    if let Some(tail) = text.last_chunk() {
        let [low, high] = words(tail);
        hash = fold(low ^ hash, high);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &[u8]) -> Key {
        Key::of(text, 0, text.len(), false)
    }

    fn get(cache: &mut Cache, key: Key) -> Option<Vec<u32>> {
        let mut ids = [0; IDS];
        let (known, count) = cache.get_all(&[key], &mut ids);
        (known == 1).then(|| ids[..count].to_vec())
    }

    #[test]
    fn remembers_what_was_put() {
        let mut cache = Cache::default();
        let text = b"abcdefghijklmno and more than sixteen bytes of text";
        for length in 1..=SHORT {
            let key = Key::of(text, 0, length, false);
            assert_eq!(key, self::key(&text[..length]));
            assert_eq!(get(&mut cache, key), None);
            cache.put(key, &text[..length], &[length as u32, 7][..1 + length % 2]);
        }
        for length in 1..=SHORT {
            let expected = &[length as u32, 7][..1 + length % 2];
            assert_eq!(get(&mut cache, key(&text[..length])).as_deref(), Some(expected));
            assert_eq!(get(&mut cache, Key::of(text, 0, length, true)), None);
        }
        assert_ne!(key(b"a"), key(b"a\0"));
        let mut ids = Vec::new();
        assert!(!cache.get_long(key(text), text, &mut ids));
        cache.put(key(text), text, &[1, 2, 3]);
        assert!(cache.get_long(key(text), text, &mut ids));
        assert_eq!(ids, [1, 2, 3]);
        assert!(!cache.get_long(Key::of(text, 0, text.len(), true), text, &mut ids));
        assert!(!cache.get_long(key(&text[..40]), &text[..40], &mut ids));
    }

    #[test]
    fn forgets_what_was_used_longest_ago() {
        let mut cache = Cache::default();
        let used = key(b"used");
        cache.put(used, b"used", &[1]);
        for number in 0..500_000u32 {
            let text = number.to_le_bytes();
            cache.put(key(&text), &text, &[number & ID]);
            assert_eq!(get(&mut cache, key(&text)), Some(vec![number & ID]));
            assert_eq!(get(&mut cache, used), Some(vec![1]));
        }
    }

    #[test]
    fn forgets_rather_than_grows() {
        let mut cache = Cache::default();
        for number in 0..100_000u32 {
            let text = format!("{number:0>64}");
            cache.put(key(text.as_bytes()), text.as_bytes(), &[number]);
            let mut ids = Vec::new();
            assert!(cache.get_long(key(text.as_bytes()), text.as_bytes(), &mut ids));
            assert_eq!(ids, [number]);
        }
        assert!(cache.bytes.len() <= ARENA_BYTES);
    }
}
