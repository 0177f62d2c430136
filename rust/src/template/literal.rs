//! Text that a template writes, and the parts of it whose ids are known however a row goes on.
//!
//! An added token cuts a text in two where nothing that stands around it can change that it is found there, and where
//! what is on one side of it is encoded as if nothing were on the other: the engine says which ones do. So what stands
//! between two such tokens is tokenized once, when the template is compiled. What stands before the first or behind the
//! last is known only where the run of text begins or ends there, or where another such token is next to it.

use std::ops::Deref;

use crate::error::Error;
use crate::tokenizer::Tokenizer;

/// Text that a template writes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Literal {
    text: String,
    known: Vec<Known>,
}

/// A part of a text whose ids are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Where it begins and ends, in bytes.
    pub start: usize,
    pub end: usize,
    pub ids: Vec<u32>,
    /// Whether its ids are these only where the text is cut before it, or behind it.
    pub is_open_before: bool,
    pub is_open_behind: bool,
}

/// A text, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Text<'t> {
    pub text: &'t str,
    pub known: &'t [Known],
}

impl<'t> From<&'t str> for Text<'t> {
    fn from(text: &'t str) -> Self {
        Self { text, known: &[] }
    }
}

impl<'t> From<&'t Literal> for Text<'t> {
    fn from(literal: &'t Literal) -> Self {
        Self { text: &literal.text, known: &literal.known }
    }
}

impl Deref for Literal {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl Literal {
    /// A text of which nothing is known.
    pub fn unknown(text: &str) -> Self {
        Self { text: text.to_owned(), known: Vec::new() }
    }

    /// A text, and what `tokenizer` makes of it whatever stands around it.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where the tokenizer refuses the text.
    pub fn new(text: &str, tokenizer: &Tokenizer) -> Result<Self, Error> {
        let mut literal = Self::unknown(text);
        let Some(cuts) = tokenizer.cuts(text) else {
            return Ok(literal);
        };
        let Some((first, last)) = cuts.first().zip(cuts.last()) else {
            literal.learn_open(tokenizer, 0, text.len(), true, true)?;
            return Ok(literal);
        };
        literal.learn_open(tokenizer, 0, first.start, true, false)?;
        let mut ids = Vec::new();
        let mut end = first.start;
        for cut in &cuts {
            tokenizer.encode_behind_into(&text[end..cut.start], &mut ids)?;
            ids.push(cut.id);
            end = cut.end;
        }
        literal.known.push(Known { start: first.start, end, ids, is_open_before: false, is_open_behind: false });
        literal.learn_open(tokenizer, last.end, text.len(), false, true)?;
        Ok(literal)
    }

    fn learn_open(
        &mut self,
        tokenizer: &Tokenizer,
        start: usize,
        end: usize,
        is_open_before: bool,
        is_open_behind: bool,
    ) -> Result<(), Error> {
        let text = &self.text[start..end];
        if text.is_empty() {
            return Ok(());
        }
        let (mut ids, mut at_start) = (Vec::new(), Vec::new());
        tokenizer.encode_behind_into(text, &mut ids)?;
        tokenizer.encode_into(text, &mut at_start)?;
        // Some tokenizers write a mark where a text begins: then this depends on what is before.
        if !is_open_before || ids == at_start {
            self.known.push(Known { start, end, ids, is_open_before, is_open_behind });
        }
        Ok(())
    }
}
