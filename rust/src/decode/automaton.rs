//! Finds the first of many words in a stream of symbols (bytes or token ids): an Aho-Corasick automaton.
//!
//! A state is a number, and says how much of the stream's end may still become a word. It knows nothing of texts,
//! tokens or what a word means. Transitions are sparse, so that words of any length cost memory by their length alone;
//! a symbol costs constant time on average over a stream.

use std::collections::HashMap;

/// No word, no node.
const NONE: u32 = u32::MAX;

/// The state in which nothing is under way.
pub(super) const ROOT: u32 = 0;

#[derive(Debug, Clone, Copy)]
struct Node {
    /// The edges of this node: `edges[first_edge..end_edge]`, ascending by symbol.
    first_edge: u32,
    end_edge: u32,
    /// The node of the longest proper suffix that is in the trie.
    fail: u32,
    depth: u32,
    /// The word that ends here.
    word: u32,
    /// The nearest node, this one or along `fail`, at which a word ends.
    output: u32,
}

/// The automaton of a set of words.
#[derive(Debug, Clone)]
pub(super) struct Automaton {
    nodes: Vec<Node>,
    edges: Vec<(u32, u32)>,
    /// Where each symbol below 256 leads from the root; words of bytes have no others.
    bytes: Box<[u32; 256]>,
}

impl Automaton {
    /// The automaton of `words`, each with the number to report it by. Of equal words the first counts; empty words
    /// are left out. `None` where no word is left.
    pub(super) fn new<'a>(words: impl IntoIterator<Item = (u32, &'a [u32])>) -> Option<Self> {
        let mut trie = Trie::default();
        words.into_iter().filter(|(_, word)| !word.is_empty()).for_each(|(number, word)| trie.add(number, word));
        (trie.nodes.len() > 1).then(|| trie.finish())
    }

    /// The state after `symbol`.
    #[inline]
    pub(super) fn next(&self, mut state: u32, symbol: u32) -> u32 {
        loop {
            if state == ROOT {
                return self.after_root(symbol);
            }
            let node = &self.nodes[state as usize];
            if let Some(child) = self.child(node, symbol) {
                return child;
            }
            state = node.fail;
        }
    }

    /// How many of `bytes`, read from the root, leave nothing under way.
    #[inline]
    pub(super) fn idle(&self, bytes: &[u8]) -> usize {
        bytes.iter().position(|byte| self.bytes[usize::from(*byte)] != ROOT).unwrap_or(bytes.len())
    }

    #[inline]
    fn after_root(&self, symbol: u32) -> u32 {
        match self.bytes.get(symbol as usize) {
            Some(next) => *next,
            None => self.child(&self.nodes[0], symbol).unwrap_or(ROOT),
        }
    }

    #[inline]
    fn child(&self, node: &Node, symbol: u32) -> Option<u32> {
        let edges = &self.edges[node.first_edge as usize..node.end_edge as usize];
        if edges.len() > 8 {
            return edges.binary_search_by_key(&symbol, |edge| edge.0).ok().map(|at| edges[at].1);
        }
        edges.iter().find(|edge| edge.0 == symbol).map(|edge| edge.1)
    }

    /// How many of the last symbols may still become a word.
    #[inline]
    pub(super) fn depth(&self, state: u32) -> usize {
        self.nodes[state as usize].depth as usize
    }

    /// Whether a word ends at `state`.
    #[inline]
    pub(super) fn ends(&self, state: u32) -> bool {
        self.nodes[state as usize].output != NONE
    }

    /// The words that end at `state` with their lengths, the longest first.
    pub(super) fn ending(&self, state: u32) -> impl Iterator<Item = (u32, usize)> + '_ {
        let mut at = self.nodes[state as usize].output;
        std::iter::from_fn(move || {
            let node = self.nodes.get(at as usize)?;
            at = self.nodes[node.fail as usize].output;
            Some((node.word, node.depth as usize))
        })
    }

    /// For each state of this automaton, the one of `other` that has the same symbols under way; the words of this one
    /// must all be in the other.
    pub(super) fn states_in(&self, other: &Self) -> Vec<u32> {
        let mut states = vec![ROOT; self.nodes.len()];
        // A child has a higher number than its parent.
        for (number, node) in self.nodes.iter().enumerate() {
            for (symbol, child) in &self.edges[node.first_edge as usize..node.end_edge as usize] {
                states[*child as usize] = other.next(states[number], *symbol);
            }
        }
        states
    }
}

/// The words while they are collected.
struct Trie {
    nodes: Vec<Node>,
    children: Vec<Vec<(u32, u32)>>,
    /// The child of a node by its symbol.
    known: HashMap<(usize, u32), usize>,
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![Node::at(0)], children: vec![Vec::new()], known: HashMap::new() }
    }
}

impl Node {
    fn at(depth: u32) -> Self {
        Self { first_edge: 0, end_edge: 0, fail: ROOT, depth, word: NONE, output: NONE }
    }
}

impl Trie {
    fn add(&mut self, number: u32, word: &[u32]) {
        let mut at = 0;
        for symbol in word {
            at = *self.known.entry((at, *symbol)).or_insert_with(|| {
                let child = self.nodes.len();
                self.nodes.push(Node::at(self.nodes[at].depth + 1));
                self.children.push(Vec::new());
                self.children[at].push((*symbol, child as u32));
                child
            });
        }
        if self.nodes[at].word == NONE {
            self.nodes[at].word = number;
        }
    }

    fn finish(mut self) -> Automaton {
        let mut edges = Vec::with_capacity(self.nodes.len());
        for (node, children) in self.nodes.iter_mut().zip(&mut self.children) {
            children.sort_unstable();
            node.first_edge = edges.len() as u32;
            edges.extend_from_slice(children);
            node.end_edge = edges.len() as u32;
        }
        let mut automaton = Automaton { nodes: self.nodes, edges, bytes: Box::new([ROOT; 256]) };
        for (symbol, child) in &self.children[0] {
            if let Some(slot) = automaton.bytes.get_mut(*symbol as usize) {
                *slot = *child;
            }
        }
        automaton.link(&self.children);
        automaton
    }
}

impl Automaton {
    /// Sets `fail` and `output` of each node, those of lesser depth first.
    fn link(&mut self, children: &[Vec<(u32, u32)>]) {
        let mut queue = std::collections::VecDeque::from([0u32]);
        while let Some(parent) = queue.pop_front() {
            for (symbol, child) in &children[parent as usize] {
                let fail = match parent {
                    ROOT => ROOT,
                    _ => self.next(self.nodes[parent as usize].fail, *symbol),
                };
                let inherited = self.nodes[fail as usize].output;
                let node = &mut self.nodes[*child as usize];
                node.fail = fail;
                node.output = if node.word == NONE { inherited } else { *child };
                queue.push_back(*child);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(text: &str) -> Vec<u32> {
        text.bytes().map(u32::from).collect()
    }

    fn automaton(words: &[&str]) -> Automaton {
        let words: Vec<Vec<u32>> = words.iter().map(|word| symbols(word)).collect();
        Automaton::new(words.iter().enumerate().map(|(number, word)| (number as u32, word.as_slice()))).unwrap()
    }

    fn found(automaton: &Automaton, text: &str) -> Vec<(usize, u32)> {
        let mut state = ROOT;
        let mut found = Vec::new();
        for (at, symbol) in symbols(text).into_iter().enumerate() {
            state = automaton.next(state, symbol);
            found.extend(automaton.ending(state).map(|(word, _)| (at + 1, word)));
        }
        found
    }

    #[test]
    fn finds_overlapping_words_the_longest_first() {
        let automaton = automaton(&["he", "she", "hers", "his", "he"]);
        assert_eq!(found(&automaton, "ushers"), [(4, 1), (4, 0), (6, 2)]);
        assert_eq!(found(&automaton, "hhis"), [(4, 3)]);
    }

    #[test]
    fn the_depth_is_what_may_still_become_a_word() {
        let automaton = automaton(&["aab", "b"]);
        let depth = |text: &str| {
            automaton.depth(symbols(text).into_iter().fold(ROOT, |state, symbol| automaton.next(state, symbol)))
        };
        assert_eq!(["", "a", "aa", "aaa", "aac", "aab"].map(depth), [0, 1, 2, 2, 0, 3]);
    }

    #[test]
    fn symbols_may_be_any_number() {
        let words: [&[u32]; 2] = [&[5, 70_000], &[70_000]];
        let automaton = Automaton::new(words.into_iter().enumerate().map(|(at, word)| (at as u32, word))).unwrap();
        let state = automaton.next(automaton.next(ROOT, 5), 70_000);
        assert_eq!(automaton.ending(state).collect::<Vec<_>>(), [(0, 2), (1, 1)]);
        assert_eq!(automaton.next(state, 9), ROOT);
    }

    #[test]
    fn states_carry_over_to_an_automaton_of_more_words() {
        let (few, many) = (automaton(&["abc"]), automaton(&["abd", "abc", "b"]));
        let state = few.next(few.next(ROOT, u32::from(b'a')), u32::from(b'b'));
        let carried = few.states_in(&many)[state as usize];
        assert_eq!(many.depth(carried), 2);
    }

    #[test]
    fn no_words_no_automaton() {
        assert!(Automaton::new([(0, &[] as &[u32])]).is_none());
    }
}
