//! Our own byte-pair encoding: byte-level, and SentencePiece-style with bytes to fall back to. It gives exactly what the
//! reference gives for the kinds of tokenizers that `config.rs` reads, and refuses all others.

mod added;
mod ahead;
mod cache;
mod class_ranges;
mod classes;
mod config;
mod encode;
mod model;
mod normal;
mod pages;
mod pairs;
mod scan;
mod seams;
mod state;
mod store;
mod tables;
mod trie;

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Cut, Engine};
use crate::error::Error;
use crate::interrupt;
use added::{Added, Part};
use config::Config;
use model::Model;
use normal::{Metaspace, Normal};
use state::{Owner, State};

/// The engine.
pub struct BpeEngine {
    model: Model,
    normal: Normal,
    metaspace: Option<Metaspace>,
    plain: Added,
    normalized: Added,
    /// Added tokens as they are written, and tokens that no text can hold.
    named: HashMap<String, u32>,
    before: Vec<u32>,
    after: Vec<u32>,
    owner: Owner,
}

impl BpeEngine {
    /// The name of this engine in the names of verdicts.
    pub const NAME: &str = "bpe";

    /// Reads a `tokenizer.json`. Its truncation and padding are left aside, as in the reference.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] for a tokenizer of a kind that this engine does not know.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let config = Config::read(json).map_err(Error::tokenizer)?;
        Self::from_config(config).map_err(Error::tokenizer)
    }

    /// The engine that was kept for the tokenizer with this hash.
    pub fn load(hash: &str) -> Option<Self> {
        store::load(hash)
    }

    fn from_config(config: Config) -> Result<Self, String> {
        let too_many = "it has too many added tokens";
        let (model, odd) = Model::build(&config)?;
        let mut named = odd;
        named.extend(config.added);
        Ok(Self {
            model,
            normal: config.normal,
            metaspace: config.metaspace,
            plain: Added::new(config.plain_tokens).ok_or(too_many)?,
            normalized: Added::new(config.normalized_tokens).ok_or(too_many)?,
            named,
            before: config.before,
            after: config.after,
            owner: Owner::default(),
        })
    }

    /// Returns whether an added token was found.
    #[inline(always)]
    fn encode_text(&self, text: &str, is_first: bool, ids: &mut Vec<u32>) -> bool {
        let mut any = false;
        self.owner.with_state(|state| {
            self.plain.split(text, |part| match part {
                Part::Token(id) => {
                    interrupt::check_every::<4096>(ids.len());
                    ids.push(id);
                    any = true;
                }
                Part::Text(at, text) => any |= self.encode_run(text, is_first && at == 0, ids, state),
            });
        });
        any
    }

    /// A run of text between added tokens that are found as they are written. Returns whether one was found that is
    /// looked for in normalized text.
    #[inline(always)]
    fn encode_run(&self, text: &str, first: bool, ids: &mut Vec<u32>, state: &mut State) -> bool {
        if self.model.is_spaced() {
            let leads = match &self.metaspace {
                Some(metaspace) => metaspace.leads(text, first),
                None => self.normal.prepends(),
            };
            self.model.encode(text, leads, ids, state);
            return false;
        }
        let text = self.normal.apply(text);
        if self.normalized.is_empty() {
            self.encode_piece(text, first, ids, state);
            return false;
        }
        let mut any = false;
        self.normalized.split(&text, |part| match part {
            Part::Token(id) => {
                ids.push(id);
                any = true;
            }
            Part::Text(at, text) => self.encode_piece(Cow::Borrowed(text), first && at == 0, ids, state),
        });
        any
    }

    #[inline(always)]
    fn encode_piece(&self, mut text: Cow<'_, str>, first: bool, ids: &mut Vec<u32>, state: &mut State) {
        if text.is_empty() {
            return;
        }
        if let Some(metaspace) = &self.metaspace {
            metaspace.apply(&mut text, first);
        }
        self.model.encode(&text, false, ids, state);
    }
}

impl Engine for BpeEngine {
    fn encode_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        self.encode_text(text, true, ids);
        Ok(())
    }

    fn cuts(&self, text: &str) -> Option<Vec<Cut>> {
        Some(self.plain.cuts(text))
    }

    fn encode_behind_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        self.encode_text(text, false, ids);
        Ok(())
    }

    fn encode_and_find(&self, text: &str, is_behind: bool, ids: &mut Vec<u32>) -> Result<bool, Error> {
        Ok(self.encode_text(text, !is_behind, ids))
    }

    fn encode_with_special_tokens(&self, text: &str) -> Result<Vec<u32>, Error> {
        let mut ids = self.before.clone();
        self.encode_into(text, &mut ids)?;
        ids.extend_from_slice(&self.after);
        Ok(ids)
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.named.get(token).copied().or_else(|| self.model.token_to_id(token))
    }

    fn keep(&self, hash: &str) {
        store::store(self, hash);
    }

    fn name(&self) -> &'static str {
        "fast"
    }
}
