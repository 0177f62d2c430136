//! Encodes text in which some control tokens are ordinary text.

use std::collections::{HashMap, HashSet};

use super::ControlTokens;
use super::guard::{Cleaned, Guards};
use crate::engine::{Engine, ReferenceEngine};
use crate::error::{Error, RowError, RowErrorKind};
use crate::tokenizer::Tokenizer;

/// Stands around each control token that is meant as one.
const MARK: char = '\u{fdd0}';

/// The same tokenizer, in which control tokens are found only between marks.
pub(super) struct LiteralTokenizer {
    engine: ReferenceEngine,
    /// From its ids of added tokens to those of the tokenizer.
    ids: HashMap<u32, u32>,
}

impl std::fmt::Debug for LiteralTokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiteralTokenizer").finish_non_exhaustive()
    }
}

impl LiteralTokenizer {
    pub fn new(control: &ControlTokens, tokenizer: &Tokenizer) -> Result<Self, Error> {
        let mut file: serde_json::Value = serde_json::from_slice(&tokenizer.json()?).map_err(Error::tokenizer)?;
        let mut names = Vec::new();
        let names_of_control: HashSet<&str> = control.all().iter().map(|(text, _)| text.as_str()).collect();
        for token in file["added_tokens"].as_array_mut().into_iter().flatten() {
            let Some(content) = token["content"].as_str().map(str::to_owned) else { continue };
            let is_control = names_of_control.contains(content.as_str());
            let name = if is_control { marked(&content) } else { content.clone() };
            token["content"] = name.as_str().into();
            names.push((content, name));
        }
        // What a tokenizer puts around texts is not asked for here, and may name tokens that have other names now.
        file["post_processor"] = serde_json::Value::Null;
        let engine = ReferenceEngine::from_json(&serde_json::to_vec(&file).map_err(Error::tokenizer)?)?;
        let id =
            |(content, name): (String, String)| Some((engine.token_to_id(&name)?, tokenizer.token_to_id(&content)?));
        let ids = names.into_iter().filter_map(id).collect();
        Ok(Self { engine, ids })
    }

    fn encode_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        let from = ids.len();
        self.engine.encode_into(text, ids)?;
        ids[from..].iter_mut().for_each(|id| *id = self.ids.get(id).copied().unwrap_or(*id));
        Ok(())
    }
}

fn marked(content: &str) -> String {
    format!("{MARK}{content}{MARK}")
}

/// The control tokens in a text, in order: those that are meant, and those that its rows spell.
#[derive(Default)]
struct Occurrences {
    meant: Vec<(usize, usize, u32)>,
    spelled: Vec<(usize, usize, usize)>,
}

impl Occurrences {
    fn of(control: &ControlTokens, cleaned: &Cleaned) -> Self {
        let (mut all, mut from) = (Self::default(), 0);
        let text = cleaned.text.as_str();
        while let Some(found) = control.next(text, from) {
            if cleaned.forbids(found.start, found.end) {
                all.spelled.push((found.start, found.end, found.token));
                from = found.start + text[found.start..].chars().next().map_or(1, char::len_utf8);
            } else {
                all.meant.push((found.start, found.end, control.id(found.token)));
                from = found.end;
            }
        }
        all
    }
}

impl ControlTokens {
    /// Appends the ids of a run of text with guards in it: control tokens that the row's texts spell are ordinary text.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where the tokenizer has no other way to write such a text.
    pub(crate) fn encode_literally(
        &self,
        tokenizer: &Tokenizer,
        guards: Guards,
        text: &str,
        ids: &mut Vec<u32>,
    ) -> Result<(), RowError> {
        let failed = |error: Error| RowError::new(RowErrorKind::Tokenizer, error.to_string());
        if !guards.are_in(text) {
            return tokenizer.encode_into(text, ids).map_err(failed);
        }
        let cleaned = guards.clean(text);
        let found = Occurrences::of(self, &cleaned);
        let Some((_, _, spelled)) = found.spelled.first() else {
            return tokenizer.encode_into(&cleaned.text, ids).map_err(failed);
        };
        let from = ids.len();
        let meant = |ids: &[u32]| {
            let control = ids.iter().filter(|id| self.has_id(**id));
            control.eq(found.meant.iter().map(|(_, _, id)| id))
        };
        if !cleaned.text.contains(MARK) {
            self.literal(tokenizer)
                .and_then(|literal| literal.encode_into(&with_marks(&cleaned.text, &found), ids))
                .map_err(failed)?;
            if meant(&ids[from..]) {
                return Ok(());
            }
            ids.truncate(from);
        }
        encode_apart(tokenizer, &cleaned.text, &found, ids).map_err(failed)?;
        if meant(&ids[from..]) {
            return Ok(());
        }
        let detail = format!(
            "holds the control token {:?}, and this tokenizer cannot encode it as ordinary text; remove it",
            self.text(*spelled)
        );
        Err(RowError::new(RowErrorKind::ControlToken, detail))
    }

    /// The first control token that the texts of a row spell in a run with guards, also where only together with what
    /// stands around them.
    ///
    /// # Errors
    ///
    /// A [`RowError`] that names the token.
    pub(crate) fn refuse_spelled(&self, guards: Guards, text: &str) -> Result<(), RowError> {
        match Occurrences::of(self, &guards.clean(text)).spelled.first() {
            Some((_, _, token)) => Err(super::scan::refusal(None, None, self.text(*token))),
            None => Ok(()),
        }
    }
}

fn with_marks(text: &str, found: &Occurrences) -> String {
    let mut whole = String::with_capacity(text.len() + 8);
    let mut at = 0;
    for (start, end, _) in &found.meant {
        whole.push_str(&text[at..*start]);
        whole.push_str(&marked(&text[*start..*end]));
        at = *end;
    }
    whole.push_str(&text[at..]);
    whole
}

/// Encodes the text in parts that are cut within each spelled token, behind its first character.
fn encode_apart(tokenizer: &Tokenizer, text: &str, found: &Occurrences, ids: &mut Vec<u32>) -> Result<(), Error> {
    let mut at = 0;
    for (start, _, _) in &found.spelled {
        let cut = start + text[*start..].chars().next().map_or(1, char::len_utf8);
        encode_part(tokenizer, text, at, cut, ids)?;
        at = cut;
    }
    encode_part(tokenizer, text, at, text.len(), ids)
}

fn encode_part(tokenizer: &Tokenizer, text: &str, from: usize, to: usize, ids: &mut Vec<u32>) -> Result<(), Error> {
    match (&text[from..to], from) {
        ("", _) => Ok(()),
        (part, 0) => tokenizer.encode_into(part, ids),
        (part, _) => tokenizer.encode_behind_into(part, ids),
    }
}
