//! The stop words of a template: its own, what its suffix ends with, and the tokenizer's eos (encoding.md 8.28).

use super::stops::{StopWord, Word};
use crate::template::{RawId, RawPiece, TemplateSpec};
use crate::text::strip;
use crate::tokenizer::Tokenizer;

/// The stop words of `spec` with `tokenizer`, each once: its own ones stay in the text that they end, the suffix and eos
/// do not. Words that would be empty, and ids that the tokenizer lacks, are left out.
pub fn template_stops(spec: &TemplateSpec, tokenizer: &Tokenizer) -> Vec<StopWord> {
    let closing: Vec<Word> = [spec.suffix.last().and_then(|piece| word(piece, tokenizer, true)), eos(tokenizer)]
        .into_iter()
        .flatten()
        .collect();
    let eos_id = tokenizer.attribute_id("eos_token_id");
    let own = spec.stop_words.iter().filter_map(|piece| word(piece, tokenizer, false));
    let mut stops: Vec<StopWord> = Vec::new();
    for word in own.chain(closing.iter().cloned()) {
        if !stops.iter().any(|known| known.word == word) {
            let is_eos = matches!((&word, eos_id), (Word::Ids(ids), Some(id)) if ids.as_slice() == [id]);
            let closes = is_eos || closing.contains(&word);
            stops.push(StopWord { word, include: !closes, after_marker: false });
        }
    }
    stops
}

fn eos(tokenizer: &Tokenizer) -> Option<Word> {
    tokenizer.attribute_token("eos_token_id").filter(|token| !token.is_empty()).map(Word::Text)
}

fn word(piece: &RawPiece, tokenizer: &Tokenizer, trimmed: bool) -> Option<Word> {
    match piece {
        RawPiece::Text(text) => {
            let text = if trimmed { strip(text) } else { text };
            (!text.is_empty()).then(|| Word::Text(text.to_owned()))
        }
        RawPiece::Ids(ids) => {
            let ids = ids.iter().map(|id| match id {
                RawId::Id(id) => Some(*id),
                RawId::Attribute(name) => tokenizer.attribute_id(name),
            });
            ids.collect::<Option<Vec<_>>>().filter(|ids| !ids.is_empty()).map(Word::Ids)
        }
    }
}
