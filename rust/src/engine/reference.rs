//! The `tokenizers` crate behind the engine trait: slow, complete, and by definition right.

use tokenizers::Tokenizer;

use super::Engine;
use crate::error::Error;

/// The reference engine.
pub struct ReferenceEngine(Tokenizer);

impl ReferenceEngine {
    /// Reads a `tokenizer.json`. Its truncation and padding are left aside: rows are cut by rules
    /// of their own.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where it cannot be read.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(Error::tokenizer)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(Error::tokenizer)?;
        Ok(Self(tokenizer))
    }

    /// The tokenizer itself, for what it says of its vocabulary and decoder.
    pub(crate) fn inner(&self) -> &Tokenizer {
        &self.0
    }

    /// The text of `ids`; ids that no token has are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the decoder refuses them.
    pub fn decode(&self, ids: &[u32], skip_special_tokens: bool) -> Result<String, Error> {
        self.0.decode(ids, skip_special_tokens).map_err(Error::tokenizer)
    }

    /// The ids of many texts, on the threads of the reference itself: what to compare with.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses a text.
    pub fn encode_batch(&self, texts: &[String]) -> Result<Vec<Vec<u32>>, Error> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let encodings = self.0.encode_batch_fast(texts, false).map_err(Error::tokenizer)?;
        Ok(encodings.into_iter().map(|encoding| encoding.get_ids().to_vec()).collect())
    }

    /// The token of an id.
    pub fn id_to_token(&self, id: u32) -> Option<String> {
        self.0.id_to_token(id)
    }

    /// How many tokens there are, the added ones among them.
    pub fn vocab_size(&self) -> usize {
        self.0.get_vocab_size(true)
    }

    /// Ids of tokens are below this.
    pub fn id_limit(&self) -> u32 {
        self.0.get_vocab(true).into_values().max().map_or(0, |last| last.saturating_add(1))
    }

    /// The texts of the added tokens, by id.
    pub fn added_tokens(&self) -> Vec<String> {
        let mut tokens: Vec<_> = self.0.get_added_tokens_decoder().into_iter().collect();
        tokens.sort_by_key(|(id, _)| *id);
        tokens.into_iter().map(|(_, token)| token.content).collect()
    }
}

impl Engine for ReferenceEngine {
    fn encode_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        let encoding = self.0.encode_fast(text, false).map_err(Error::tokenizer)?;
        ids.extend_from_slice(encoding.get_ids());
        Ok(())
    }

    fn encode_with_special_tokens(&self, text: &str) -> Result<Vec<u32>, Error> {
        let encoding = self.0.encode_fast(text, true).map_err(Error::tokenizer)?;
        Ok(encoding.get_ids().to_vec())
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.0.token_to_id(token)
    }

    fn name(&self) -> &'static str {
        "reference"
    }
}
