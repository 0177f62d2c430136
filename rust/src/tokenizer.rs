//! A tokenizer: its `tokenizer.json`, the tokens its configuration names, and an engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::control::{AddedToken, added_tokens};
use crate::decode::Pieces;
use crate::engine::{Cut, Engine, EngineChoice, ReferenceEngine, load_fast};
use crate::error::Error;
use crate::race::{Maker, Once};

/// The tokens that a tokenizer's configuration names, by text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpecialTokens {
    pub bos_token: Option<String>,
    pub eos_token: Option<String>,
    pub pad_token: Option<String>,
    pub unk_token: Option<String>,
    pub sep_token: Option<String>,
    pub cls_token: Option<String>,
    pub mask_token: Option<String>,
    /// The tokens that stand for media; truncation never drops them.
    pub placeholders: Vec<String>,
}

impl SpecialTokens {
    /// The token behind an attribute such as `eos_token_id`.
    fn attribute(&self, name: &str) -> Option<&str> {
        match name {
            "bos_token_id" => self.bos_token.as_deref(),
            "eos_token_id" => self.eos_token.as_deref(),
            "pad_token_id" => self.pad_token.as_deref(),
            "unk_token_id" => self.unk_token.as_deref(),
            "sep_token_id" => self.sep_token.as_deref(),
            "cls_token_id" => self.cls_token.as_deref(),
            "mask_token_id" => self.mask_token.as_deref(),
            _ => None,
        }
    }
}

/// Where a tokenizer's JSON is kept.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file, read again when needed; it must not have changed then.
    File(PathBuf),
    /// Bytes in memory.
    Memory(Arc<[u8]>),
}

/// A tokenizer, immutable and shared between threads.
pub struct Tokenizer {
    source: Source,
    hash: String,
    special_tokens: SpecialTokens,
    added_tokens: Vec<AddedToken>,
    fast: Option<Box<dyn Engine>>,
    /// The reference: loaded at once where it encodes, else when first needed.
    reference: Once<Result<ReferenceEngine, Error>>,
    reference_maker: Maker,
    /// See [`Tokenizer::id_limit`].
    id_limit: Once<u32>,
    /// What each token writes, made when text is first streamed.
    pieces: Once<Arc<Pieces>>,
    /// Why the fast engine is not used although it might have been.
    warning: Option<String>,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer").field("hash", &self.hash).field("engine", &self.engine_name()).finish()
    }
}

impl Tokenizer {
    /// Reads a `tokenizer.json` file.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where it cannot be read; else as [`Tokenizer::from_json`].
    pub fn from_file(path: &Path, special_tokens: SpecialTokens, choice: EngineChoice) -> Result<Self, Error> {
        let json = fs::read(path).map_err(|error| Error::file(path.display(), error))?;
        let path = std::path::absolute(path).map_err(|error| Error::file(path.display(), error))?;
        Self::load(&json, Source::File(path), special_tokens, choice)
    }

    /// Reads the text of a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where no engine can read it, or where [`EngineChoice::Fast`] was asked
    /// for and the fast engine cannot be used.
    pub fn from_json(json: &[u8], special_tokens: SpecialTokens, choice: EngineChoice) -> Result<Self, Error> {
        Self::load(json, Source::Memory(json.into()), special_tokens, choice)
    }

    fn load(json: &[u8], source: Source, special_tokens: SpecialTokens, choice: EngineChoice) -> Result<Self, Error> {
        let hash = blake3::hash(json).to_hex().to_string();
        let mut tokenizer = Self {
            source,
            hash,
            special_tokens,
            added_tokens: added_tokens(json),
            fast: None,
            reference: Once::new(),
            reference_maker: Maker::default(),
            id_limit: Once::new(),
            pieces: Once::new(),
            warning: None,
        };
        if choice != EngineChoice::Reference {
            match load_fast(json, &tokenizer.hash, || tokenizer.reference_from(json)) {
                Ok(fast) => tokenizer.fast = Some(fast),
                Err(reason) if choice == EngineChoice::Fast => {
                    return Err(Error::tokenizer(format!("the fast engine cannot be used: {reason}")));
                }
                Err(reason) => {
                    tokenizer.warning = Some(format!(
                        "the fast engine cannot be used for this tokenizer, the slower reference is: {reason}"
                    ));
                }
            }
        }
        if tokenizer.fast.is_none() {
            tokenizer.reference_from(json)?;
        }
        Ok(tokenizer)
    }

    fn reference_from(&self, json: &[u8]) -> Result<&ReferenceEngine, Error> {
        let made = self.reference.get_or_make_alone(&self.reference_maker, || ReferenceEngine::from_json(json));
        made.as_ref().map_err(Clone::clone)
    }

    /// The reference engine.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where it cannot read this tokenizer, [`Error::File`] where the file is
    /// gone or has changed.
    pub fn reference(&self) -> Result<&ReferenceEngine, Error> {
        match self.reference.get() {
            Some(loaded) => loaded.as_ref().map_err(Clone::clone),
            None => self.reference_from(&self.json()?),
        }
    }

    fn engine(&self) -> Result<&dyn Engine, Error> {
        match &self.fast {
            Some(fast) => Ok(fast.as_ref()),
            None => Ok(self.reference()?),
        }
    }

    /// Appends the ids of `text`, without the ids that the tokenizer itself would put around it.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    pub fn encode_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        self.engine()?.encode_into(text, ids)
    }

    /// Where any text that `text` is part of can be cut: [`Engine::cuts`].
    pub(crate) fn cuts(&self, text: &str) -> Option<Vec<Cut>> {
        self.fast.as_ref()?.cuts(text)
    }

    /// [`Tokenizer::encode_into`] for text that stands behind a cut.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    pub(crate) fn encode_behind_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        self.engine()?.encode_behind_into(text, ids)
    }

    /// [`Tokenizer::encode_into`], or for text behind a cut. Returns whether an added token may be among the ids.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    pub(crate) fn encode_and_find(&self, text: &str, is_behind: bool, ids: &mut Vec<u32>) -> Result<bool, Error> {
        self.engine()?.encode_and_find(text, is_behind, ids)
    }

    /// The ids of `text` with those that the tokenizer itself puts around it.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    pub fn encode_with_special_tokens(&self, text: &str) -> Result<Vec<u32>, Error> {
        self.engine()?.encode_with_special_tokens(text)
    }

    /// The text of `ids`; ids that no token has are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the decoder refuses them.
    pub fn decode(&self, ids: &[u32], skip_special_tokens: bool) -> Result<String, Error> {
        self.reference()?.decode(ids, skip_special_tokens)
    }

    /// What each token writes.
    ///
    /// # Errors
    ///
    /// As [`Tokenizer::reference`], and [`Error::Tokenizer`] where an id is too large for a table.
    pub fn pieces(&self) -> Result<Arc<Pieces>, Error> {
        if let Some(made) = self.pieces.get() {
            return Ok(made.clone());
        }
        Ok(self.pieces.put(Pieces::new(self.reference()?)?).clone())
    }

    /// Ids of tokens are below this.
    ///
    /// # Errors
    ///
    /// As [`Tokenizer::reference`].
    pub fn id_limit(&self) -> Result<u32, Error> {
        match self.id_limit.get() {
            Some(limit) => Ok(*limit),
            None => Ok(*self.id_limit.put(self.reference()?.id_limit())),
        }
    }

    /// The id of a token, by its text.
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        self.engine().ok()?.token_to_id(token)
    }

    /// The id behind an attribute such as `eos_token_id`.
    pub fn attribute_id(&self, name: &str) -> Option<u32> {
        self.token_to_id(self.special_tokens.attribute(name)?)
    }

    /// The token behind an attribute such as `eos_token_id`.
    pub fn attribute_token(&self, name: &str) -> Option<String> {
        self.special_tokens.attribute(name).map(str::to_owned)
    }

    /// The tokens that the configuration names.
    pub fn special_tokens(&self) -> &SpecialTokens {
        &self.special_tokens
    }

    /// The tokens that are looked for in text before it is tokenized.
    pub fn added_tokens(&self) -> &[AddedToken] {
        &self.added_tokens
    }

    /// The name of the engine in use.
    pub fn engine_name(&self) -> &'static str {
        if self.fast.is_some() { "fast" } else { "reference" }
    }

    /// Why the fast engine is not used, where `auto` would have used it.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The BLAKE3 hash of the JSON, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Where the JSON is kept.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The JSON.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where the file is gone or has changed since it was read.
    pub fn json(&self) -> Result<Arc<[u8]>, Error> {
        match &self.source {
            Source::Memory(json) => Ok(json.clone()),
            Source::File(path) => {
                let json = fs::read(path).map_err(|error| Error::file(path.display(), error))?;
                if blake3::hash(&json).to_hex().as_str() != self.hash {
                    return Err(Error::file(path.display(), "has changed since it was read; load the tokenizer anew"));
                }
                Ok(json.into())
            }
        }
    }
}
