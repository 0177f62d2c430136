//! What each token of a vocabulary writes: a table of bytes by id, made once for a tokenizer.
//!
//! It says nothing of what comes before or after a token, other than whether it is the first.

use std::sync::Arc;

use tokenizers::Model;

use super::chain::{Chain, Joint, StripStart, byte_level_bytes, fallback_byte};
use crate::engine::ReferenceEngine;
use crate::error::Error;

/// A token has this id.
const PRESENT: u8 = 1;
/// The token is special: `skip_special_tokens` leaves it out.
const SPECIAL: u8 = 2;
/// The token stands for a byte of a run that is judged as one.
const BYTE: u8 = 4;
/// The token's bytes are whole characters.
const WHOLE: u8 = 8;

/// Beyond this many ids a table would not pay: no vocabulary is that large.
const MOST_IDS: usize = 1 << 24;

/// What the tokens of a vocabulary write.
#[derive(Debug)]
pub struct Pieces {
    flags: Vec<u8>,
    rest: Table,
    /// Where the first token of a text writes something else.
    first: Option<Table>,
    joint: Option<Joint>,
    strip: Option<StripStart>,
}

/// Bytes by id.
#[derive(Debug, Default)]
struct Table {
    bytes: Vec<u8>,
    /// Where the bytes of each id end, after a leading 0.
    ends: Vec<u32>,
}

impl Table {
    fn new(pieces: impl Iterator<Item = Vec<u8>>) -> Self {
        let mut table = Self { bytes: Vec::new(), ends: vec![0] };
        for piece in pieces {
            table.bytes.extend_from_slice(&piece);
            table.ends.push(table.bytes.len() as u32);
        }
        table
    }

    #[inline]
    fn get(&self, id: u32) -> &[u8] {
        let at = id as usize;
        &self.bytes[self.ends[at] as usize..self.ends[at + 1] as usize]
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
        Ok(Arc::new(taken_apart.unwrap_or_else(|| Self::whole(&tokens, flags))))
    }

    fn apart(chain: &Chain<'_>, tokens: &[String], flags: &mut [u8]) -> Option<Self> {
        let bytes = byte_level_bytes();
        let written = |text: String| match chain.joint {
            Joint::Bytes => byte_level(&text, &bytes),
            Joint::Fallback => fallback_byte(&text).map_or(text.into_bytes(), |byte| vec![byte]),
            Joint::Text => text.into_bytes(),
        };
        let rest = chain.rest(tokens)?;
        if chain.joint == Joint::Fallback {
            let marks = flags.iter_mut().zip(&rest).filter(|(_, text)| fallback_byte(text).is_some());
            marks.for_each(|(flags, _)| *flags |= BYTE);
        }
        let first = if chain.first_differs() { Some(chain.first(tokens)?) } else { None };
        // Which token is a byte must not depend on where it stands.
        if let (Some(first), Joint::Fallback) = (&first, chain.joint) {
            if first.iter().zip(&rest).any(|(first, rest)| fallback_byte(first) != fallback_byte(rest)) {
                return None;
            }
        }
        let (rest, first) =
            (Table::new(rest.into_iter().map(written)), first.map(|first| Table::new(first.into_iter().map(written))));
        for (id, flags) in flags.iter_mut().enumerate() {
            let whole = |table: &Table| std::str::from_utf8(table.get(id as u32)).is_ok();
            if *flags & BYTE == 0 && whole(&rest) && first.as_ref().is_none_or(whole) {
                *flags |= WHOLE;
            }
        }
        Some(Self { flags: flags.to_vec(), rest, first, joint: Some(chain.joint), strip: chain.strip })
    }

    /// The pieces for a decoder that cannot be taken apart: only what the tokens are called.
    fn whole(tokens: &[String], flags: Vec<u8>) -> Self {
        let rest = Table::new(tokens.iter().map(|token| token.clone().into_bytes()));
        Self { flags, rest, first: None, joint: None, strip: None }
    }

    /// How many ids there are: all are below this.
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether there is no id at all.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// What becomes of the tokens together; `None` where only the decoder itself can say.
    pub(super) fn joint(&self) -> Option<Joint> {
        self.joint
    }

    pub(super) fn strip(&self) -> Option<StripStart> {
        self.strip
    }

    /// What the token writes.
    #[inline]
    pub(super) fn get(&self, id: u32, first: bool) -> &[u8] {
        match &self.first {
            Some(table) if first => table.get(id),
            _ => self.rest.get(id),
        }
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
    pub(super) fn is_whole(&self, id: u32) -> bool {
        self.has(id, WHOLE)
    }

    #[inline]
    fn has(&self, id: u32, flag: u8) -> bool {
        self.flags.get(id as usize).is_some_and(|flags| flags & flag != 0)
    }

    /// What the special tokens write, by id.
    pub(super) fn specials(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len() as u32).filter(|id| self.is_special(*id)).map(|id| self.rest.get(id))
    }
}

/// The bytes of a token in a byte-level vocabulary: of its characters, or its own where one of them stands for none.
fn byte_level(token: &str, bytes: &[Option<u8>]) -> Vec<u8> {
    let mapped = token.chars().map(|character| bytes.get(character as usize).copied().flatten());
    mapped.collect::<Option<Vec<u8>>>().unwrap_or_else(|| token.as_bytes().to_vec())
}
