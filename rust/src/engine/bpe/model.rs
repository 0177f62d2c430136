//! From a normalized text to ids: cut into pre-tokens, each from the cache or from the tables.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::cache::{IDS, Key, SHORT};
use super::classes::decode;
use super::config::Config;
use super::scan::Split;
use super::seams::Seams;
use super::state::State;
use super::tables::{Source, Tables};
use crate::interrupt;

/// See above.
#[derive(Debug, Clone)]
pub struct Model {
    pub tables: Tables,
    pub seams: Seams,
    pub ignore_merges: bool,
    pub kind: Kind,
}

/// What text becomes before it is merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Kind {
    /// Bytes, each a symbol, in the pre-tokens of a pattern.
    Bytes { split: Split },
    /// Characters, and bytes where a character is unknown.
    Characters(Characters),
}

/// See [`Kind::Characters`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Characters {
    /// What stands for a space.
    pub mark: String,
    /// Whether each mark begins a pre-token.
    pub splits: bool,
    /// Whether spaces are left as they are in the text that is cut, and stand for marks.
    pub spaced: bool,
    /// The ids of bytes.
    pub fallback: Vec<u32>,
}

impl Kind {
    /// Whether nothing is missing in it.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Bytes { .. } => true,
            Self::Characters(characters) => {
                let marked = !characters.splits || characters.mark.chars().count() == 1;
                characters.fallback.len() == 256 && marked && !(characters.spaced && characters.mark.is_empty())
            }
        }
    }
}

impl Model {
    /// Builds the model, and the tokens that no text can hold.
    ///
    /// # Errors
    ///
    /// Why this engine cannot be used, in words.
    pub fn build(config: &Config) -> Result<(Self, HashMap<String, u32>), String> {
        let id = |token: &String| config.vocab.get(token).copied();
        let merges = config.merges.iter().map(|(left, right)| {
            let parts = id(left).zip(id(right)).zip(id(&format!("{left}{right}")));
            parts.map(|((left, right), whole)| (left, right, whole)).ok_or("one of its merges is of unknown tokens")
        });
        let merges = merges.collect::<Result<Vec<_>, _>>()?;
        let ids: HashSet<_> = config.vocab.values().collect();
        if ids.len() != config.vocab.len() {
            return Err("two of its tokens have the same id".to_owned());
        }
        if config.byte_level { Self::of_bytes(config, &merges) } else { Self::of_characters(config, &merges) }
    }

    fn of_bytes(config: &Config, merges: &[(u32, u32, u32)]) -> Result<(Self, HashMap<String, u32>), String> {
        let bytes = byte_of_character();
        let mut odd = HashMap::new();
        let mut vocab = Vec::with_capacity(config.vocab.len());
        for (token, id) in &config.vocab {
            match token.chars().map(|character| bytes.get(&character).copied()).collect::<Option<Vec<u8>>>() {
                Some(bytes) => vocab.push((bytes, *id)),
                None => _ = odd.insert(token.clone(), *id),
            }
        }
        let mut symbols = [None; 256];
        for (bytes, id) in &vocab {
            if let [byte] = bytes.as_slice() {
                symbols[usize::from(*byte)] = Some(*id);
            }
        }
        if symbols.iter().any(Option::is_none) {
            return Err("its vocabulary lacks bytes".to_owned());
        }
        let symbols = |text: &[u8]| text.iter().map(|byte| symbols[usize::from(*byte)]).collect();
        let tables = Tables::build(&Source { vocab: &vocab, symbols: &symbols, merges })?;
        let kind = Kind::Bytes { split: config.split };
        let tokens = vocab.iter().filter(|(_, id)| config.ignore_merges || tables.comes_out(*id));
        let seams = Seams::of(tokens.map(|(bytes, _)| bytes));
        Ok((Self { tables, seams, ignore_merges: config.ignore_merges, kind }, odd))
    }

    fn of_characters(config: &Config, merges: &[(u32, u32, u32)]) -> Result<(Self, HashMap<String, u32>), String> {
        let mut fallback = vec![0; 256];
        for (byte, id) in fallback.iter_mut().enumerate() {
            *id = *config.vocab.get(&format!("<0x{byte:02X}>")).ok_or("its vocabulary lacks bytes to fall back to")?;
        }
        if merges.iter().any(|(left, right, _)| fallback.contains(left) || fallback.contains(right)) {
            return Err("it merges bytes that it falls back to".to_owned());
        }
        let vocab: Vec<_> = config.vocab.iter().map(|(token, id)| (token.clone().into_bytes(), *id)).collect();
        let symbols = |text: &[u8]| {
            let text = std::str::from_utf8(text).ok()?;
            let mut buffer = [0; 4];
            text.chars().map(|character| config.vocab.get(&*character.encode_utf8(&mut buffer)).copied()).collect()
        };
        let tables = Tables::build(&Source { vocab: &vocab, symbols: &symbols, merges })?;
        let mark = config.metaspace.as_ref().map(|metaspace| metaspace.mark.clone()).or_else(|| config.normal.mark());
        let mark = mark.unwrap_or_default();
        let splits = config.metaspace.as_ref().is_some_and(|metaspace| metaspace.split);
        let tokens = vocab.iter().filter(|(_, id)| tables.comes_out(*id));
        let seams = Seams::of(as_written(tokens.map(|(bytes, _)| bytes.as_slice()), mark.as_bytes()).iter());
        let spaced = config.leaves_spaces();
        let kind = Kind::Characters(Characters { mark, splits, spaced, fallback });
        Ok((Self { tables, seams, ignore_merges: config.ignore_merges, kind }, HashMap::new()))
    }

    /// Whether text is given with spaces that stand for marks.
    #[inline(always)]
    pub fn is_spaced(&self) -> bool {
        matches!(&self.kind, Kind::Characters(characters) if characters.spaced)
    }

    /// Appends the ids of `text`. Where spaces stand for marks, `leads` says that there is one before it.
    #[inline(always)]
    pub fn encode(&self, text: &str, leads: bool, ids: &mut Vec<u32>, state: &mut State) {
        let text = text.as_bytes();
        state.ahead.begin(0);
        match &self.kind {
            Kind::Bytes { split } => split.each(text, |start, end| {
                if end - start <= SHORT {
                    self.push(text, end, false, ids, state);
                } else {
                    self.push_pieces(text, start, end, ids, state);
                }
            }),
            Kind::Characters(characters) => {
                let mut leads = leads;
                self.each_piece(characters, text, |end| {
                    if leads {
                        self.encode_first(&text[..end], ids, state);
                        state.ahead.begin(end);
                        leads = false;
                    } else {
                        self.push(text, end, false, ids, state);
                    }
                });
            }
        }
        self.look_up(text, ids, state);
    }

    /// Calls `emit` with the end of each piece of `text`, in order; together they are all of it.
    #[inline(always)]
    fn each_piece(&self, characters: &Characters, text: &[u8], mut emit: impl FnMut(usize)) {
        if text.is_empty() {
            return;
        }
        let mark = characters.mark.chars().next().filter(|_| characters.splits).map(u32::from);
        let (mut left, mut at) = decode(text, 0);
        while at < text.len() {
            let first = text[at];
            let (right, length) = decode(text, at);
            let may_cut = || match left | right {
                0..0x80 => self.seams.cuts_ascii(left as u8, first),
                _ => self.seams.cuts(left, text[at - 1], right, first),
            };
            let must_cut = || mark.is_some_and(|mark| right == mark || first == b' ' && characters.spaced);
            if !self.ignore_merges && may_cut() || must_cut() {
                emit(at);
            }
            left = right;
            at += length;
        }
        emit(text.len());
    }

    /// A piece with a space before it that is not in the text.
    fn encode_first(&self, text: &[u8], ids: &mut Vec<u32>, state: &mut State) {
        let mut piece = std::mem::take(&mut state.piece);
        piece.clear();
        piece.push(b' ');
        piece.extend_from_slice(text);
        state.ahead.begin(0);
        self.push(&piece, piece.len(), false, ids, state);
        self.look_up(&piece, ids, state);
        state.piece = piece;
    }

    /// Puts a pre-token, or a piece of one, to those that are to be looked up.
    #[inline(always)]
    fn push(&self, text: &[u8], end: usize, is_piece: bool, ids: &mut Vec<u32>, state: &mut State) {
        if state.ahead.push(end, is_piece) {
            interrupt::check();
            self.look_up(text, ids, state);
            state.ahead.begin(end);
        }
    }

    /// Puts a longer pre-token in the pieces that it can be cut into.
    #[inline(never)]
    fn push_pieces(&self, text: &[u8], start: usize, end: usize, ids: &mut Vec<u32>, state: &mut State) {
        let (mut left, length) = decode(text, start);
        let mut left_is_wild = self.seams.is_wild(left);
        let mut at = start + length;
        let mut is_piece = false;
        while at < end {
            let (right, length) = decode(text, at);
            let is_wild = self.seams.is_wild(right);
            if !left_is_wild && !is_wild && self.seams.cuts_tame(left, text[at - 1], right, text[at]) {
                is_piece = self.ignore_merges;
                self.push(text, at, is_piece, ids, state);
            }
            (left, left_is_wild) = (right, is_wild);
            at += length;
        }
        self.push(text, end, is_piece, ids, state);
    }

    /// Appends the ids of what is to be looked up.
    #[inline(never)]
    fn look_up(&self, text: &[u8], ids: &mut Vec<u32>, state: &mut State) {
        state.ahead.fetch(text, &state.cache);
        let count = state.ahead.count();
        let mut index = 0;
        loop {
            let at = ids.len();
            ids.resize(at + (count - index) * IDS, 0);
            let (known, length) = state.cache.get_all(&state.ahead.keys()[index..], &mut ids[at..]);
            ids.truncate(at + length);
            index += known;
            if index == count {
                return;
            }
            let (key, start, end) = state.ahead.get(index);
            self.merge_found(&text[start..end], key, ids, state);
            index += 1;
        }
    }

    /// Appends the ids of what the table does not remember.
    #[inline(never)]
    fn merge_found(&self, text: &[u8], key: Key, ids: &mut Vec<u32>, state: &mut State) {
        if state.cache.get_long(key, text, ids) {
            return;
        }
        let first = ids.len();
        self.merge(text, key.is_piece(), ids, state);
        state.cache.put(key, text, &ids[first..]);
    }

    fn merge(&self, text: &[u8], is_piece: bool, ids: &mut Vec<u32>, state: &mut State) {
        if self.ignore_merges
            && !is_piece
            && let Some(id) = self.tables.trie.whole(text)
        {
            ids.push(id);
            return;
        }
        match &self.kind {
            Kind::Bytes { .. } => _ = self.tables.encode(text, ids, &mut state.workspace),
            Kind::Characters(characters) if characters.spaced && text.contains(&b' ') => {
                let mut marked = std::mem::take(&mut state.marked);
                marked.clear();
                for byte in text {
                    let one = [*byte];
                    marked.extend_from_slice(if *byte == b' ' { characters.mark.as_bytes() } else { &one });
                }
                self.merge_characters(&marked, &characters.fallback, ids, state);
                state.marked = marked;
            }
            Kind::Characters(characters) => self.merge_characters(text, &characters.fallback, ids, state),
        }
    }

    fn merge_characters(&self, text: &[u8], fallback: &[u32], ids: &mut Vec<u32>, state: &mut State) {
        let mut at = self.tables.encode(text, ids, &mut state.workspace);
        while at < text.len() {
            // No token begins with this character: it goes byte by byte, and nothing merges with these.
            let length = 1 + text[at + 1..].iter().take_while(|byte| **byte & 0xc0 == 0x80).count();
            ids.extend(text[at..at + length].iter().map(|byte| fallback[usize::from(*byte)]));
            at += length;
            at += self.tables.encode(&text[at..], ids, &mut state.workspace);
        }
    }

    /// The id of a token, by its text.
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        match &self.kind {
            Kind::Characters(_) => self.tables.trie.whole(token.as_bytes()),
            Kind::Bytes { .. } => {
                let bytes = byte_of_character();
                let token: Option<Vec<u8>> = token.chars().map(|character| bytes.get(&character).copied()).collect();
                self.tables.trie.whole(&token?)
            }
        }
    }
}

/// Tokens as they may stand in a text where a space may be written for a mark.
fn as_written<'t>(tokens: impl Iterator<Item = &'t [u8]>, mark: &[u8]) -> Vec<Vec<u8>> {
    let finder = memchr::memmem::Finder::new(mark);
    let mut written = Vec::new();
    for token in tokens {
        written.push(token.to_vec());
        let marks: Vec<usize> = finder.find_iter(token).collect();
        if marks.is_empty() || mark.is_empty() {
            continue;
        }
        // All of them, and every other one: each two neighbours come in every way.
        for spaces in [[true, true], [true, false], [false, true]] {
            let mut text = Vec::with_capacity(token.len());
            let mut from = 0;
            for (index, at) in marks.iter().enumerate() {
                text.extend_from_slice(&token[from..*at]);
                text.extend_from_slice(if spaces[index % 2] { b" " } else { mark });
                from = at + mark.len();
            }
            text.extend_from_slice(&token[from..]);
            written.push(text);
        }
    }
    written
}

/// The byte that each character of a byte-level vocabulary stands for.
fn byte_of_character() -> HashMap<char, u8> {
    let plain = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let others = (0..=255u8).filter(|byte| !plain(byte)).zip((0x100..).filter_map(char::from_u32));
    let others = others.map(|(byte, character)| (character, byte));
    (0..=255u8).filter(plain).map(|byte| (char::from(byte), byte)).chain(others).collect()
}
