//! What stands around the texts of a row: its opening, prompts, what tools answered, and what an open row ends with.

use std::borrow::Cow;

use super::filling::Filling;
use super::{Place, Renderer, Round};
use crate::agent::ToolPiece;
use crate::error::{RowError, RowErrorKind};
use crate::normalise::{Conversation, Part, PartContent};
use crate::template::{Piece, RawId, RawPiece};
use crate::thinking::Thinking;

impl Renderer<'_> {
    pub(super) fn opening(&mut self, system: Option<&str>, thinking: &Thinking<'_>, has_tools: bool) {
        let template = self.template;
        let with_system = template.system_prompt.is_none() && system.is_some_and(|text| !text.is_empty());
        let pieces = match with_system {
            true if system == template.default_system.as_deref() => &template.default_opening,
            true => &template.system_prefix,
            false => &template.prefix,
        };
        let filling = Filling { system, query: None, round: None, rename: None };
        if let (Some(note), Some(level)) = (&template.rules.opening, thinking.level()) {
            let written = note.at(level);
            let first = if has_tools && template.bos.is_empty() { filling.text_of(pieces.first()) } else { None };
            if let Some((first, at)) = first.and_then(|text| note.place_in(&text).map(|at| (text, at))) {
                self.context(&[first[..at].into(), (&*written).into(), first[at..].into()], Place::Other, None);
                self.pieces(&pieces[1..], &filling);
                return;
            }
            self.weighed_context(&[(&*written).into()], 0.0);
        }
        self.ids(&template.bos, Place::Other);
        self.pieces(pieces, &filling);
    }

    /// What an open last turn ends with.
    pub(super) fn response_prefix(&mut self, prefix: &str) {
        if prefix.is_empty() {
            return;
        }
        self.context(&[self.written(prefix)], Place::Other, None);
    }

    /// What an open row ends with where there is no budget for thinking.
    pub(super) fn budget_opening(&mut self, conversation: &Conversation<'_>) -> Result<(), RowError> {
        let (Some(budget), Some((last, weight))) = (&self.template.rules.budget, self.segments.last_text()) else {
            return Ok(());
        };
        if let Some(opening) = budget.opening(last, conversation, self.tokenizer)? {
            self.segments.push_ids(&[], weight); // so that it is tokenized apart
            self.segments.push_text(&opening, weight);
        }
        Ok(())
    }

    pub(super) fn prompt(
        &mut self,
        round: &Round<'_, '_>,
        index: usize,
        is_last: bool,
        system: Option<&str>,
    ) -> Result<(), RowError> {
        let template = self.template;
        if let Some(pieces) = round.tool {
            return self.tool_pieces(pieces, index, system);
        }
        let pieces = match &template.system_prompt {
            Some(pieces) if is_last => pieces,
            _ => &template.prompt,
        };
        self.pieces(pieces, &Filling { system, query: Some(round.query), round: Some(index), rename: None });
        Ok(())
    }

    /// What tools answered, in place of a prompt.
    pub(super) fn tool_pieces(
        &mut self,
        pieces: &[ToolPiece],
        index: usize,
        system: Option<&str>,
    ) -> Result<(), RowError> {
        let template = self.template;
        for piece in pieces {
            match piece {
                ToolPiece::Text(text) => self.context(&[text.as_str().into()], Place::Other, None),
                ToolPiece::Raw(RawPiece::Text(text)) => self.context(&[text.as_str().into()], Place::Other, None),
                ToolPiece::Raw(RawPiece::Ids(ids)) => self.ids(&self.resolve(ids)?, Place::Other),
                ToolPiece::Separator => self.closing(template.chat_sep.as_ref(), Place::Other),
                ToolPiece::Prompt { query, rename } => {
                    let content = PartContent::Text(Cow::Borrowed(query));
                    let query = [Part::new(content, None, None)];
                    let filling = Filling { system, query: Some(&query), round: Some(index), rename: *rename };
                    self.pieces(&template.prompt, &filling);
                }
            }
        }
        Ok(())
    }

    pub(super) fn resolve(&self, ids: &[RawId]) -> Result<Vec<u32>, RowError> {
        let one = |id: &RawId| match id {
            RawId::Id(id) => Ok(*id),
            RawId::Attribute(name) => self.tokenizer.attribute_id(name).ok_or_else(|| {
                RowError::new(RowErrorKind::Unsupported, format!("asks for the tokenizer's {name}, and it has none"))
            }),
        };
        ids.iter().map(one).collect()
    }

    pub(super) fn pieces(&mut self, pieces: &[Piece], filling: &Filling<'_, '_>) {
        for piece in pieces {
            match piece {
                Piece::Ids(ids) => self.ids(ids, Place::Other),
                Piece::Text(slots) => filling.with_texts(slots, |texts| {
                    if texts.iter().any(|text| !text.text.is_empty()) {
                        self.context(texts, Place::Other, None);
                    }
                }),
            }
        }
    }
}
