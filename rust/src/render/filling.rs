//! A template's placeholders, filled in one pass. encoding.md 4.17.

use super::contexts::join_into;
use crate::normalise::{Part, PartContent};
use crate::template::{Piece, Slot, Text};

/// What a template's placeholders stand for in one place.
pub(super) struct Filling<'f, 'a> {
    pub system: Option<&'f str>,
    pub query: Option<&'f [Part<'a>]>,
    pub round: Option<usize>,
    /// A word of the template's own text, and what is written in its place.
    pub rename: Option<(&'static str, &'static str)>,
}

impl Filling<'_, '_> {
    /// The text of `piece`, where it is one.
    pub(super) fn text_of(&self, piece: Option<&Piece>) -> Option<String> {
        let mut whole = String::new();
        match piece {
            Some(Piece::Text(slots)) => self.with_texts(slots, |texts| join_into(texts, &mut whole)),
            _ => return None,
        }
        Some(whole)
    }

    /// Calls `emit` with the texts of `slots`. What nothing fills stays as it is written.
    pub(super) fn with_texts(&self, slots: &[Slot], emit: impl FnOnce(&[Text<'_>])) {
        let round0 = self.round.map(|round| round.to_string());
        let round1 = self.round.map(|round| (round + 1).to_string());
        let mut texts: Vec<Text<'_>> = Vec::with_capacity(slots.len() + 2);
        let renamed: Vec<String> = match self.rename {
            Some((from, to)) => slots.iter().map(|slot| renamed(slot, from, to)).collect(),
            None => Vec::new(),
        };
        for (index, slot) in slots.iter().enumerate() {
            match slot {
                Slot::Literal(_) if self.rename.is_some() => texts.push(renamed[index].as_str().into()),
                Slot::Literal(text) => texts.push(text.into()),
                Slot::System => texts.push(self.system.unwrap_or("{{SYSTEM}}").into()),
                Slot::Round0 => texts.push(round0.as_deref().unwrap_or("{{ROUND0}}").into()),
                Slot::Round1 => texts.push(round1.as_deref().unwrap_or("{{ROUND1}}").into()),
                Slot::Query => match self.query {
                    None => texts.push("{{QUERY}}".into()),
                    Some(parts) => {
                        for part in parts {
                            if let PartContent::Text(text) = &part.content {
                                texts.push((&*part.lead).into());
                                texts.push((&**text).into());
                            }
                        }
                    }
                },
            }
        }
        emit(&texts);
    }
}

fn renamed(slot: &Slot, from: &str, to: &str) -> String {
    match slot {
        Slot::Literal(text) => text.replace(from, to),
        _ => String::new(),
    }
}
