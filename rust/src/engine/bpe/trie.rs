//! A double-array trie over byte strings: the longest key at a place, in one load a byte.
//!
//! A node is one word: `base` (24 bits), the key that ends here (24 bits), its flags, and the byte that leads here. The
//! child under byte `b` is the node at `base ^ b`, if that node's byte is `b`; no two nodes have the same base, so that
//! a byte tells whose child a node is.

use super::pages::Table;

/// No key, or no node.
pub const NONE: u32 = 0xff_ffff;
/// How many keys and nodes there can be.
const LIMIT: usize = NONE as usize;

const KEY_SHIFT: u32 = 24;
const BYTE_SHIFT: u32 = 48;
/// A key ends at this node.
const ENDS: u64 = 1 << 56;
/// And it may be found as the longest at a place; others are only found whole.
const PREFIX: u64 = 1 << 57;
/// The node is in use.
const USED: u64 = 1 << 58;
const BYTE_AND_USED: u64 = USED | 0xff << BYTE_SHIFT;

/// The trie; see above.
#[derive(Debug, Clone, Default)]
pub struct Trie {
    nodes: Table<u64>,
}

/// A key to build a trie of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key<'k> {
    pub bytes: &'k [u8],
    pub value: u32,
    /// Whether [`Trie::longest`] finds it.
    pub as_prefix: bool,
}

impl Trie {
    /// Builds the trie of `keys`, none of them empty or twice there; `None` where they are too many.
    pub fn build(mut keys: Vec<Key<'_>>) -> Option<Self> {
        keys.sort_unstable();
        keys.dedup_by_key(|key| key.bytes);
        if keys.iter().any(|key| key.value >= NONE) {
            return None;
        }
        Builder::new().build(&keys)
    }

    /// The trie that [`Trie::words`] gave.
    pub fn from_words(nodes: Table<u64>) -> Option<Self> {
        // Any node may lead to any within its block of 256.
        let bound = nodes.len() as u64;
        let inside = nodes.iter().all(|node| node & USED == 0 || node & 0xff_ffff < bound);
        (inside && nodes.len().is_multiple_of(256) && nodes.len() < LIMIT).then_some(Self { nodes })
    }

    /// The trie as plain words, to be kept.
    pub fn words(&self) -> &[u64] {
        &self.nodes
    }

    /// The highest value of a key.
    pub fn most(&self) -> Option<u32> {
        let ends = self.nodes.iter().filter(|node| **node & ENDS != 0);
        ends.map(|node| (node >> KEY_SHIFT) as u32 & 0xff_ffff).max()
    }

    #[inline(always)]
    fn child(&self, node: u64, byte: u8) -> Option<u64> {
        let place = (node as u32 & 0xff_ffff) ^ u32::from(byte);
        let child = *self.nodes.get(place as usize)?;
        (child & BYTE_AND_USED == USED | u64::from(byte) << BYTE_SHIFT).then_some(child)
    }

    /// The longest key that `text` begins with, and its length.
    #[inline(always)]
    pub fn longest(&self, text: &[u8]) -> Option<(u32, usize)> {
        let mut node = *self.nodes.first()?;
        let mut found = None;
        for (at, byte) in text.iter().enumerate() {
            let Some(child) = self.child(node, *byte) else {
                break;
            };
            node = child;
            if node & PREFIX != 0 {
                found = Some(((node >> KEY_SHIFT) as u32 & 0xff_ffff, at + 1));
            }
        }
        found
    }

    /// The key that is `text`.
    pub fn whole(&self, text: &[u8]) -> Option<u32> {
        let mut node = *self.nodes.first()?;
        for byte in text {
            node = self.child(node, *byte)?;
        }
        (node & ENDS != 0).then_some((node >> KEY_SHIFT) as u32 & 0xff_ffff)
    }
}

/// Places nodes, level by level.
struct Builder {
    nodes: Vec<u64>,
    /// The free places, as a list in both directions; place 0 is the root's.
    free: Vec<(u32, u32)>,
    first_free: u32,
    /// Which bases are taken.
    bases: Vec<bool>,
}

/// After how many free places that do not fit a block is added.
const TRIES: usize = 48;

impl Builder {
    fn new() -> Self {
        Self { nodes: Vec::new(), free: Vec::new(), first_free: NONE, bases: Vec::new() }
    }

    fn build(mut self, keys: &[Key<'_>]) -> Option<Trie> {
        self.add_block()?;
        self.take(0);
        // The root is nobody's child: its byte is 255, and no node has base 255. Nor has one base 0, which stands for
        // having no children.
        self.nodes[0] = USED | 0xff << BYTE_SHIFT;
        self.bases[0] = true;
        self.bases[0xff] = true;
        // (the node, its keys, its depth)
        let mut level = vec![(0usize, 0..keys.len())];
        let mut depth = 0;
        while !level.is_empty() {
            let mut next = Vec::new();
            for (node, mut range) in level {
                if let Some(key) = keys.get(range.start).filter(|key| key.bytes.len() == depth && !range.is_empty()) {
                    let prefix = if key.as_prefix { PREFIX } else { 0 };
                    self.nodes[node] |= u64::from(key.value) << KEY_SHIFT | ENDS | prefix;
                    range.start += 1;
                }
                let mut children: Vec<(u8, std::ops::Range<usize>)> = Vec::new();
                for (index, key) in
                    keys[range.clone()].iter().enumerate().map(|(index, key)| (index + range.start, key))
                {
                    match children.last_mut() {
                        Some((byte, range)) if *byte == key.bytes[depth] => range.end = index + 1,
                        _ => children.push((key.bytes[depth], index..index + 1)),
                    }
                }
                if children.is_empty() {
                    continue;
                }
                let base = self.place(&children)?;
                self.nodes[node] |= u64::from(base);
                for (byte, range) in children {
                    let place = (base ^ u32::from(byte)) as usize;
                    self.take(place as u32);
                    self.nodes[place] = USED | u64::from(byte) << BYTE_SHIFT;
                    next.push((place, range));
                }
            }
            level = next;
            depth += 1;
        }
        Some(Trie { nodes: self.nodes.into() })
    }

    /// A base whose places for `children` are free.
    fn place(&mut self, children: &[(u8, std::ops::Range<usize>)]) -> Option<u32> {
        let first = u32::from(children.first()?.0);
        let mut place = self.first_free;
        for _ in 0..TRIES {
            if place == NONE {
                break;
            }
            let base = place ^ first;
            if !self.bases[base as usize]
                && children.iter().all(|(byte, _)| self.nodes[(base ^ u32::from(*byte)) as usize] & USED == 0)
            {
                self.bases[base as usize] = true;
                return Some(base);
            }
            place = self.free[place as usize].1;
        }
        let base = self.add_block()?;
        self.bases[base as usize] = true;
        Some(base)
    }

    /// Adds 256 free places, and says where they begin.
    fn add_block(&mut self) -> Option<u32> {
        let start = self.nodes.len() as u32;
        if self.nodes.len() + 256 >= LIMIT {
            return None;
        }
        self.nodes.resize(self.nodes.len() + 256, 0);
        self.bases.resize(self.nodes.len(), false);
        self.free.resize(self.nodes.len(), (NONE, NONE));
        // The newest block goes to the front: the older ones are nearly full.
        for place in (start..start + 256).rev() {
            self.free[place as usize] = (NONE, self.first_free);
            if self.first_free != NONE {
                self.free[self.first_free as usize].0 = place;
            }
            self.first_free = place;
        }
        Some(start)
    }

    fn take(&mut self, place: u32) {
        let (before, after) = self.free[place as usize];
        if before == NONE {
            self.first_free = after;
        } else {
            self.free[before as usize].1 = after;
        }
        if after != NONE {
            self.free[after as usize].0 = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, value: u32) -> Key<'_> {
        Key { bytes: text.as_bytes(), value, as_prefix: true }
    }

    #[test]
    fn finds_the_longest_and_the_whole() {
        let mut keys = vec![key("a", 1), key("ab", 2), key("abcd", 3), key("b", 4), key("\u{0}", 5), key("é", 6)];
        keys.push(Key { as_prefix: false, ..key("abc", 7) });
        let trie = Trie::build(keys).unwrap();
        assert_eq!(trie.longest(b"abcx"), Some((2, 2)));
        assert_eq!(trie.longest(b"abcdx"), Some((3, 4)));
        assert_eq!(trie.longest(b"bb"), Some((4, 1)));
        assert_eq!(trie.longest(b"\0\0"), Some((5, 1)));
        assert_eq!(trie.longest("é".as_bytes()), Some((6, 2)));
        assert_eq!(trie.longest(b"x"), None);
        assert_eq!(trie.longest(b""), None);
        assert_eq!(trie.whole(b"abc"), Some(7));
        assert_eq!(trie.whole(b"abcdx"), None);
        let again = Trie::from_words(trie.words().to_vec().into()).unwrap();
        assert_eq!(again.longest(b"abcdx"), Some((3, 4)));
    }

    #[test]
    fn holds_every_key_of_many() {
        let texts: Vec<String> =
            (0..40_000u32).map(|number| format!("{:x}", number.wrapping_mul(2_654_435_761))).collect();
        let keys = texts.iter().enumerate().map(|(index, text)| key(text, index as u32)).collect();
        let trie = Trie::build(keys).unwrap();
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(trie.whole(text.as_bytes()), Some(index as u32));
        }
    }
}
