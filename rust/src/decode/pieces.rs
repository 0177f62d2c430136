//! What each token of a vocabulary writes: a table of bytes by id, made once for a tokenizer.
//!
//! It says nothing of what comes before or after a token, other than whether it is the first or the last.

use std::collections::HashMap;
use std::sync::Arc;

use tokenizers::Model;

use super::chain::{Chain, Joint, byte_level_bytes, fallback_byte};
use super::passes::Passes;
use crate::engine::ReferenceEngine;
use crate::error::Error;

/// A token has this id.
const PRESENT: u8 = 1;
/// The token is special: `skip_special_tokens` leaves it out.
const SPECIAL: u8 = 2;
/// The token stands for a byte of a run that is judged as one.
const BYTE: u8 = 4;
/// There is such a token, and its bytes are whole characters wherever it stands.
const WHOLE: u8 = 8;

/// Beyond this many ids a table would not pay: no vocabulary is that large.
const MOST_IDS: usize = 1 << 24;

/// What the tokens of a vocabulary write.
#[derive(Debug)]
pub struct Pieces {
    rest: Table,
    /// Where the first token of a text writes something else.
    first: Option<Table>,
    /// Where the last token of a text writes something else.
    last: Option<Table>,
    /// Where a token that is as the one before it writes nothing: the first id of each token.
    same: Option<Vec<u32>>,
    joint: Option<Joint>,
    passes: Passes,
}

/// Up to this many bytes stand in the entry itself; nearly all tokens are that short.
const INLINE: usize = 13;

/// What one token writes, and what it is. An entry lies in one cache line: a token costs one look into memory.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(16))]
struct Entry {
    flags: u8,
    /// How many bytes, where they stand in the entry; else [`Entry::LONG`].
    length: u8,
    /// How many characters, where the bytes stand in the entry.
    characters: u8,
    /// The bytes; of a long token where its bytes begin among the long ones, and how many they are.
    inline: [u8; INLINE],
}

impl Entry {
    const LONG: u8 = u8::MAX;

    fn new(flags: u8, piece: &[u8], long: &mut Vec<u8>) -> Self {
        let mut entry = Self { flags, length: piece.len() as u8, characters: 0, inline: [0; INLINE] };
        if piece.len() <= INLINE {
            entry.characters = characters(piece) as u8;
            entry.inline[..piece.len()].copy_from_slice(piece);
        } else {
            entry.length = Self::LONG;
            entry.inline[..4].copy_from_slice(&(long.len() as u32).to_le_bytes());
            entry.inline[4..8].copy_from_slice(&(piece.len() as u32).to_le_bytes());
            long.extend_from_slice(piece);
        }
        entry
    }

    fn place(&self) -> std::ops::Range<usize> {
        let [a, b, c, d, e, f, g, h, ..] = self.inline;
        let start = u32::from_le_bytes([a, b, c, d]) as usize;
        start..start + u32::from_le_bytes([e, f, g, h]) as usize
    }
}

/// Entries by id.
#[derive(Debug, Default)]
struct Table {
    entries: Vec<Entry>,
    long: Vec<u8>,
}

impl Table {
    fn new(flags: &[u8], pieces: &[Vec<u8>]) -> Self {
        let mut long = Vec::new();
        let entries = flags.iter().zip(pieces).map(|(flags, piece)| Entry::new(*flags, piece, &mut long)).collect();
        Self { entries, long }
    }

    #[inline]
    fn get(&self, id: u32) -> &[u8] {
        self.bytes(&self.entries[id as usize])
    }

    #[inline]
    fn bytes<'a>(&'a self, entry: &'a Entry) -> &'a [u8] {
        match entry.inline.get(..usize::from(entry.length)) {
            Some(bytes) => bytes,
            None => &self.long[entry.place()],
        }
    }
}

impl Pieces {
    /// The pieces of the vocabulary of `engine`.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where its ids are too large for a table.
    pub fn new(engine: &ReferenceEngine) -> Result<Arc<Self>, Error> {
        let inner = engine.inner();
        let added = inner.get_added_vocabulary();
        let ids = inner.get_model().get_vocab().into_values().chain(added.get_vocab().values().copied());
        let size = ids.max().map_or(0, |id| id as usize + 1);
        if size > MOST_IDS {
            return Err(Error::tokenizer(format!("has an id of {}; decoding takes ids below {MOST_IDS}", size - 1)));
        }
        let mut flags = vec![0; size];
        let tokens: Vec<String> = (0..size)
            .map(|id| {
                let token = inner.id_to_token(id as u32);
                if let Some(token) = &token {
                    flags[id] = PRESENT | if added.is_special_token(token) { SPECIAL } else { 0 };
                }
                token.unwrap_or_default()
            })
            .collect();
        let taken_apart = Chain::of(inner.get_decoder()).and_then(|chain| Self::apart(&chain, &tokens, &mut flags));
        Ok(Arc::new(taken_apart.unwrap_or_else(|| Self::whole(tokens, &flags))))
    }

    fn apart(chain: &Chain<'_>, tokens: &[String], flags: &mut [u8]) -> Option<Self> {
        let bytes = byte_level_bytes();
        let written = |text: String| match chain.joint {
            Joint::Bytes => byte_level(&text, &bytes),
            Joint::Fallback => fallback_byte(&text).map_or(text.into_bytes(), |byte| vec![byte]),
            Joint::Text => text.into_bytes(),
        };
        let rest = chain.rest(tokens)?;
        let first = if chain.first_differs() { Some(chain.first(tokens)?) } else { None };
        let last = if chain.last_differs { Some(chain.last(tokens)?) } else { None };
        if chain.joint == Joint::Fallback {
            let marks = flags.iter_mut().zip(&rest).filter(|(_, text)| fallback_byte(text).is_some());
            marks.for_each(|(flags, _)| *flags |= BYTE);
            // Which token is a byte must not depend on where it stands.
            let mut pairs = first.iter().flatten().zip(&rest);
            if pairs.any(|(first, rest)| fallback_byte(first) != fallback_byte(rest)) {
                return None;
            }
        }
        let all = |texts: Vec<String>| texts.into_iter().map(written).collect::<Vec<_>>();
        let (rest, first, last) = (all(rest), first.map(all), last.map(all));
        for (id, flags) in flags.iter_mut().enumerate() {
            let whole = |pieces: &Vec<Vec<u8>>| std::str::from_utf8(&pieces[id]).is_ok();
            if *flags & (PRESENT | BYTE) == PRESENT && whole(&rest) && first.as_ref().is_none_or(whole) {
                *flags |= WHOLE;
            }
        }
        Some(Self {
            rest: Table::new(flags, &rest),
            first: first.map(|first| Table::new(flags, &first)),
            last: last.map(|last| Table::new(flags, &last)),
            same: chain.merges.then(|| first_of_each(tokens)),
            joint: Some(chain.joint),
            passes: chain.passes.clone(),
        })
    }

    /// The pieces for a decoder that cannot be taken apart: only what the tokens are called.
    fn whole(tokens: Vec<String>, flags: &[u8]) -> Self {
        let pieces: Vec<Vec<u8>> = tokens.into_iter().map(String::into_bytes).collect();
        let passes = Passes::default();
        Self { rest: Table::new(flags, &pieces), first: None, last: None, same: None, joint: None, passes }
    }

    /// How many ids there are: all are below this.
    pub fn len(&self) -> usize {
        self.rest.entries.len()
    }

    /// Whether there is no id at all.
    pub fn is_empty(&self) -> bool {
        self.rest.entries.is_empty()
    }

    /// What becomes of the tokens together; `None` where only the decoder itself can say.
    pub(super) fn joint(&self) -> Option<Joint> {
        self.joint
    }

    pub(super) fn passes(&self) -> &Passes {
        &self.passes
    }

    /// Whether all that a token writes depends on, but for the text's start, is how bytes go on.
    pub(super) fn are_simple(&self) -> bool {
        self.joint.is_some() && self.last.is_none() && self.same.is_none() && self.passes.are_at_start()
    }

    /// What the token writes where it is the last, where that differs.
    pub(super) fn last(&self, id: u32) -> Option<&[u8]> {
        self.last.as_ref().map(|table| table.get(id))
    }

    /// An id that is the same for equal tokens, where it matters that they are.
    pub(super) fn same(&self, id: u32) -> Option<u32> {
        self.same.as_ref().map(|same| same[id as usize])
    }

    /// What the token writes.
    #[inline]
    pub(super) fn get(&self, id: u32, first: bool) -> &[u8] {
        match &self.first {
            Some(table) if first => table.get(id),
            _ => self.rest.get(id),
        }
    }

    /// What the token writes wherever it stands between whole characters, and how many characters that is; `None` where
    /// that depends on others, or the token is left out.
    #[inline]
    pub(super) fn plain(&self, id: u32, skip_special_tokens: bool) -> Option<(&[u8], u64)> {
        let entry = self.rest.entries.get(id as usize)?;
        if entry.flags & WHOLE == 0 || (skip_special_tokens && entry.flags & SPECIAL != 0) {
            return None;
        }
        let bytes = self.rest.bytes(entry);
        let count = if entry.length == Entry::LONG { characters(bytes) } else { u64::from(entry.characters) };
        Some((bytes, count))
    }

    /// Reads the entry of a token, so that it is near when it is needed.
    #[inline]
    pub(super) fn touch(&self, id: u32) -> u8 {
        self.rest.entries.get(id as usize).map_or(0, |entry| entry.flags)
    }

    #[inline]
    pub(super) fn is_present(&self, id: u32) -> bool {
        self.has(id, PRESENT)
    }

    #[inline]
    pub(super) fn is_special(&self, id: u32) -> bool {
        self.has(id, SPECIAL)
    }

    #[inline]
    pub(super) fn is_byte(&self, id: u32) -> bool {
        self.has(id, BYTE)
    }

    #[inline]
    fn has(&self, id: u32, flag: u8) -> bool {
        self.rest.entries.get(id as usize).is_some_and(|entry| entry.flags & flag != 0)
    }

    /// What the special tokens write, by id.
    pub(super) fn specials(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len() as u32).filter(|id| self.is_special(*id)).map(|id| self.rest.get(id))
    }
}

/// For each token the id of the first one that is equal.
fn first_of_each(tokens: &[String]) -> Vec<u32> {
    let mut firsts = HashMap::new();
    (0u32..).zip(tokens).map(|(id, token)| *firsts.entry(token.as_str()).or_insert(id)).collect()
}

/// How many characters `text` has, which is whole UTF-8.
#[inline]
pub(super) fn characters(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64
}

/// The bytes of a token in a byte-level vocabulary: of its characters, or its own where one of them stands for none.
fn byte_level(token: &str, bytes: &[Option<u8>]) -> Vec<u8> {
    let mapped = token.chars().map(|character| bytes.get(character as usize).copied().flatten());
    mapped.collect::<Option<Vec<u8>>>().unwrap_or_else(|| token.as_bytes().to_vec())
}
