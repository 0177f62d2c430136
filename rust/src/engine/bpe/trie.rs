//! A double-array trie over byte strings: the longest key at a place, in one load a byte.
//!
//! A node is one word: `base` (24 bits), the key that ends here (24 bits), its flags, and the byte that leads here. The
//! child under byte `b` is the node at `base ^ b`, if that node's byte is `b`; no two nodes have the same base, so that
//! a byte tells whose child a node is.

use std::ops::Range;

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
        Builder::new(&keys).build()
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
        let (mut last, mut length) = (0, 0);
        for (at, byte) in text.iter().enumerate() {
            let Some(child) = self.child(node, *byte) else {
                break;
            };
            node = child;
            if node & PREFIX != 0 {
                (last, length) = (node, at + 1);
            }
        }
        (length > 0).then_some(((last >> KEY_SHIFT) as u32 & 0xff_ffff, length))
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

/// Places nodes, level by level, but those that follow one another without a choice at once and side
/// by side: a walk along them then waits for memory once a cache line, not once a byte.
struct Builder<'k> {
    keys: &'k [Key<'k>],
    nodes: Vec<u64>,
    /// The free places, as a list in both directions; place 0 is the root's.
    free: Vec<(u32, u32)>,
    first_free: u32,
    /// Which bases are taken.
    bases: Vec<bool>,
    /// Lines with at least so many free places, as they were when they were written down.
    roomy: [Vec<u32>; LINE + 1],
}

/// After how many free places that do not fit a block is added.
const TRIES: usize = 48;

/// How many nodes lie in a cache line.
const LINE: usize = 8;

/// A node that was placed: where it is, which keys go through it, and how many bytes they have in common.
#[derive(Debug, Clone)]
struct Open {
    place: usize,
    keys: Range<usize>,
    depth: usize,
}

impl<'k> Builder<'k> {
    fn new(keys: &'k [Key<'k>]) -> Self {
        let (nodes, free, bases) = (Vec::new(), Vec::new(), Vec::new());
        Self { keys, nodes, free, first_free: NONE, bases, roomy: std::array::from_fn(|_| Vec::new()) }
    }

    fn build(mut self) -> Option<Trie> {
        self.add_block()?;
        self.take(0);
        // The root is nobody's child: its byte is 255, and no node has base 255. Nor has one base 0, which stands for
        // having no children.
        self.nodes[0] = USED | 0xff << BYTE_SHIFT;
        self.bases[0] = true;
        self.bases[0xff] = true;
        let mut level = vec![Open { place: 0, keys: 0..self.keys.len(), depth: 0 }];
        while !level.is_empty() {
            let mut next = Vec::new();
            for mut node in level {
                let mut children = self.children(&mut node);
                // A chain goes on where it is, or in a line that has room for all of it.
                while let [(byte, keys)] = children.as_slice() {
                    let (byte, keys) = (*byte, keys.clone());
                    let place = self.place_one(&node, byte, &keys)?;
                    node = self.put(&node, place, byte, keys);
                    children = self.children(&mut node);
                }
                if children.is_empty() {
                    continue;
                }
                let base = self.place(&children)?;
                for (byte, keys) in children {
                    next.push(self.put(&node, (base ^ u32::from(byte)) as usize, byte, keys));
                }
            }
            level = next;
        }
        Some(Trie { nodes: self.nodes.into() })
    }

    /// Marks a key that ends at `node`; gives the bytes that lead on, and the keys behind each.
    fn children(&mut self, node: &mut Open) -> Vec<(u8, Range<usize>)> {
        let depth = node.depth;
        if let Some(key) =
            self.keys.get(node.keys.start).filter(|key| key.bytes.len() == depth && !node.keys.is_empty())
        {
            let prefix = if key.as_prefix { PREFIX } else { 0 };
            self.nodes[node.place] |= u64::from(key.value) << KEY_SHIFT | ENDS | prefix;
            node.keys.start += 1;
        }
        let mut children: Vec<(u8, Range<usize>)> = Vec::new();
        for index in node.keys.clone() {
            let byte = self.keys[index].bytes[depth];
            match children.last_mut() {
                Some((last, keys)) if *last == byte => keys.end = index + 1,
                _ => children.push((byte, index..index + 1)),
            }
        }
        children
    }

    /// Writes the child of `parent` under `byte` to `place`.
    fn put(&mut self, parent: &Open, place: usize, byte: u8, keys: Range<usize>) -> Open {
        let base = place ^ usize::from(byte);
        self.bases[base] = true;
        self.nodes[parent.place] |= base as u64;
        self.take(place as u32);
        self.nodes[place] = USED | u64::from(byte) << BYTE_SHIFT;
        Open { place, keys, depth: parent.depth + 1 }
    }

    /// A place for the only child of `node`: in its line, if there is one.
    fn place_one(&mut self, node: &Open, byte: u8, keys: &Range<usize>) -> Option<usize> {
        if let Some(place) = self.free_in_line(node.place / LINE, byte) {
            return Some(place);
        }
        let wanted = self.chain(keys, node.depth + 1).min(LINE);
        for room in wanted..=LINE {
            while let Some(line) = self.roomy[room].pop() {
                if self.room(line as usize) < room {
                    continue;
                }
                if let Some(place) = self.free_in_line(line as usize, byte) {
                    self.note(line as usize, 1);
                    return Some(place);
                }
            }
        }
        self.add_block()?;
        self.place_one(node, byte, keys)
    }

    /// How many nodes there are from the one at `depth` on, up to the first that leads on to more than one.
    fn chain(&self, keys: &Range<usize>, depth: usize) -> usize {
        let (Some(first), Some(last)) = (self.keys.get(keys.start), self.keys.get(keys.end.wrapping_sub(1))) else {
            return 1;
        };
        let common = first.bytes.iter().zip(last.bytes).skip(depth).take_while(|(left, right)| left == right);
        1 + common.take(LINE).count()
    }

    fn free_in_line(&self, line: usize, byte: u8) -> Option<usize> {
        let fits = |place: &usize| self.nodes[*place] & USED == 0 && !self.bases[*place ^ usize::from(byte)];
        (line * LINE..(line + 1) * LINE).find(fits)
    }

    fn room(&self, line: usize) -> usize {
        self.nodes[line * LINE..(line + 1) * LINE].iter().filter(|node| **node & USED == 0).count()
    }

    /// Writes down a line of which `taken` places are about to be taken.
    fn note(&mut self, line: usize, taken: usize) {
        let room = self.room(line).saturating_sub(taken);
        if room > 0 {
            self.roomy[room].push(line as u32);
        }
    }

    /// A base whose places for `children` are free.
    fn place(&mut self, children: &[(u8, Range<usize>)]) -> Option<u32> {
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
                return Some(base);
            }
            place = self.free[place as usize].1;
        }
        self.add_block()
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
        let first = start as usize / LINE;
        (first..first + 256 / LINE).for_each(|line| self.note(line, 0));
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
