//! From a normalized text to ids: cut into pre-tokens, each from the cache or from the tables.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::cache::{LONG, SHORT, short_key};
use super::config::Config;
use super::scan::Split;
use super::state::State;
use super::tables::{Source, Tables};

/// See above.
#[derive(Debug, Clone)]
pub struct Model {
    pub tables: Tables,
    pub ignore_merges: bool,
    pub kind: Kind,
}

/// What text becomes before it is merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Kind {
    /// Bytes, each a symbol, in the pre-tokens of a pattern.
    Bytes { split: Split },
    /// Characters, and bytes where a character is unknown.
    Characters { cuts: Option<Cuts>, fallback: Vec<u32> },
}

/// Where a text of characters can be cut: before each mark, unless the byte before it is one of `glued`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cuts {
    pub mark: String,
    pub glued: [u64; 4],
}

impl Kind {
    /// Whether nothing is missing in it.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Bytes { .. } => true,
            Self::Characters { cuts, fallback } => {
                fallback.len() == 256 && cuts.as_ref().is_none_or(|cuts| !cuts.mark.is_empty())
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
        let ids: std::collections::HashSet<_> = config.vocab.values().collect();
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
        Ok((Self { tables, ignore_merges: config.ignore_merges, kind }, odd))
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
        let splits = config.metaspace.as_ref().is_some_and(|metaspace| metaspace.split);
        let cuts = mark.map(|mark| {
            let glued = if splits { [0; 4] } else { glued(&tables, &vocab, mark.as_bytes()) };
            Cuts { mark, glued }
        });
        let kind = Kind::Characters { cuts, fallback };
        Ok((Self { tables, ignore_merges: config.ignore_merges, kind }, HashMap::new()))
    }

    /// Appends the ids of `text`.
    #[inline(always)]
    pub fn encode(&self, text: &str, ids: &mut Vec<u32>, state: &mut State) {
        match &self.kind {
            Kind::Bytes { split } => {
                split.each(text, |start, end| self.encode_pre_token(text.as_bytes(), start, end, ids, state));
            }
            Kind::Characters { cuts, .. } => {
                let bytes = text.as_bytes();
                let mut start = 0;
                if let Some(Cuts { mark, glued }) = cuts {
                    for at in memchr::memmem::find_iter(bytes, mark.as_bytes()) {
                        if at > start && !is_in(glued, bytes[at - 1]) {
                            self.encode_pre_token(bytes, start, at, ids, state);
                            start = at;
                        }
                    }
                }
                if start < bytes.len() {
                    self.encode_pre_token(bytes, start, bytes.len(), ids, state);
                }
            }
        }
    }

    #[inline(always)]
    fn encode_pre_token(&self, text: &[u8], start: usize, end: usize, ids: &mut Vec<u32>, state: &mut State) {
        let length = end - start;
        if length <= SHORT {
            let key = short_key(text, start, end);
            if !state.cache.get_short(key, ids) {
                let first = ids.len();
                self.merge(&text[start..end], ids, state);
                state.cache.put_short(key, &ids[first..]);
            }
            return;
        }
        let text = &text[start..end];
        if length > LONG {
            self.merge(text, ids, state);
        } else if !state.cache.get_long(text, ids) {
            let first = ids.len();
            self.merge(text, ids, state);
            state.cache.put_long(text, &ids[first..]);
        }
    }

    fn merge(&self, text: &[u8], ids: &mut Vec<u32>, state: &mut State) {
        if self.ignore_merges
            && let Some(id) = self.tables.trie.whole(text)
        {
            ids.push(id);
            return;
        }
        let mut at = self.tables.encode(text, ids, &mut state.workspace);
        if let Kind::Characters { fallback, .. } = &self.kind {
            while at < text.len() {
                // No token begins with this character: it goes byte by byte, and nothing merges with these.
                let length = 1 + text[at + 1..].iter().take_while(|byte| **byte & 0xc0 == 0x80).count();
                ids.extend(text[at..at + length].iter().map(|byte| fallback[usize::from(*byte)]));
                at += length;
                at += self.tables.encode(&text[at..], ids, &mut state.workspace);
            }
        }
    }

    /// The id of a token, by its text.
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        match &self.kind {
            Kind::Characters { .. } => self.tables.trie.whole(token.as_bytes()),
            Kind::Bytes { .. } => {
                let bytes = byte_of_character();
                let token: Option<Vec<u8>> = token.chars().map(|character| bytes.get(&character).copied()).collect();
                self.tables.trie.whole(&token?)
            }
        }
    }
}

fn is_in(set: &[u64; 4], byte: u8) -> bool {
    set[usize::from(byte) / 64] >> (byte % 64) & 1 == 1
}

/// The bytes that stand before a mark inside a token that can come out: where none does, no merge crosses.
fn glued(tables: &Tables, vocab: &[(Vec<u8>, u32)], mark: &[u8]) -> [u64; 4] {
    let mut set = [0u64; 4];
    for (bytes, id) in vocab {
        if tables.tokens[*id as usize].length > 0 {
            for at in memchr::memmem::find_iter(bytes, mark).filter(|at| *at > 0) {
                let byte = bytes[at - 1];
                set[usize::from(byte) / 64] |= 1 << (byte % 64);
            }
        }
    }
    set
}

/// The byte that each character of a byte-level vocabulary stands for.
fn byte_of_character() -> HashMap<char, u8> {
    let plain = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let others = (0..=255u8).filter(|byte| !plain(byte)).zip((0x100..).filter_map(char::from_u32));
    let others = others.map(|(byte, character)| (character, byte));
    (0..=255u8).filter(plain).map(|byte| (char::from(byte), byte)).chain(others).collect()
}
