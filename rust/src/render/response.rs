//! A response and what closes it. encoding.md 4.16 and 5.19.

use std::borrow::Cow;

use super::{Place, Renderer};
use crate::error::{RowError, RowErrorKind};
use crate::normalise::{Part, PartContent};
use crate::row::AddEos;
use crate::template::{Closing, Fixed, Text};

/// How many of a response's last ids are looked at for a stop word at its end.
const STOP_WINDOW: usize = 20;

impl Renderer<'_> {
    pub(super) fn response(&mut self, parts: &[Part<'_>], query: &[Part<'_>], is_last: bool) {
        let place = Place::Response { is_last };
        let query = if self.options.loss_scale.reads_query() { Some(joined(query)) } else { None };
        for (index, part) in parts.iter().enumerate() {
            self.apart = is_last && index + 1 == parts.len() && self.sets_answer_apart();
            let trained = part.loss.unwrap_or_else(|| self.trains(place));
            let weight = if trained { part.loss_scale.unwrap_or(1.0) } else { 0.0 };
            let split = trained && part.loss_scale.is_none() && !self.options.loss_scale.is_plain();
            match &part.content {
                PartContent::Text(text) => {
                    let texts = [self.written(&part.lead), (&**text).into()];
                    if split {
                        self.split_context(&texts, query.as_deref());
                    } else {
                        self.weighed_context(&texts, weight);
                    }
                }
                PartContent::Ids(ids) => self.push_ids(ids, weight),
                PartContent::WeightedIds(ids, weights) => {
                    for (id, weight) in ids.iter().zip(weights.iter()) {
                        self.push_ids(&[*id], *weight);
                    }
                }
            }
            self.apart = false;
        }
    }

    /// Text put before a response: often the template's own.
    pub(super) fn written<'t>(&self, text: &'t str) -> Text<'t>
    where
        Self: 't,
    {
        let own = &self.template.non_thinking_prefix;
        if !text.is_empty() && text == &**own { own.into() } else { text.into() }
    }

    pub(super) fn sets_answer_apart(&self) -> bool {
        self.template.rules.answer_apart && self.options.is_training()
    }

    /// What stands after a response: the separator, or the suffix after the last (encoding.md 4.16).
    pub(super) fn closing_of(&mut self, parts: &[Part<'_>], add_eos: AddEos, is_last: bool) -> Result<(), RowError> {
        let template = self.template;
        let (closing, place) = if !is_last && parts.last().is_some_and(|part| part.closes) {
            return Ok(());
        } else if !is_last {
            (template.chat_sep.as_ref(), Place::Other)
        } else if self.adds_suffix(parts, add_eos)? {
            (Some(&template.suffix), Place::Suffix)
        } else {
            (None, Place::Suffix)
        };
        let Some(closing) = closing else {
            return Ok(());
        };
        if let Some(rest) = rest_of_closing(parts, closing) {
            self.ids(rest, place);
            return Ok(());
        }
        self.closing(Some(closing), place);
        Ok(())
    }

    pub(super) fn closing(&mut self, closing: Option<&Closing>, place: Place) {
        for piece in closing.iter().flat_map(|closing| &closing.pieces) {
            match piece {
                Fixed::Text(text) => self.context(&[text.into()], place, None),
                Fixed::Ids(ids) => self.ids(ids, place),
            }
        }
    }

    pub(super) fn adds_suffix(&self, parts: &[Part<'_>], add_eos: AddEos) -> Result<bool, RowError> {
        let wanted = match add_eos {
            AddEos::Always => return Ok(true),
            AddEos::Never => return Ok(false),
            AddEos::Auto => true,
            AddEos::Unset => self.options.closes_response(),
        };
        let closes = parts.last().is_some_and(|part| part.closes);
        Ok(wanted && !closes && self.template.eos.is_empty() && !self.ends_with_stop(parts)?)
    }

    pub(super) fn ends_with_stop(&self, parts: &[Part<'_>]) -> Result<bool, RowError> {
        let (lead, text): (&str, Cow<'_, str>) = match parts.last() {
            None => return Ok(false),
            Some(part) => match &part.content {
                PartContent::Text(text) => (&part.lead, Cow::Borrowed(text)),
                PartContent::Ids(ids) | PartContent::WeightedIds(ids, _) => {
                    let tail = &ids[ids.len().saturating_sub(STOP_WINDOW)..];
                    let decoded = self.tokenizer.decode(tail, false);
                    let decoded = decoded.map_err(|error| RowError::new(RowErrorKind::Tokenizer, error.to_string()))?;
                    ("", Cow::Owned(decoded))
                }
            },
        };
        Ok(self.template.stop_texts.iter().any(|stop| ends_with(lead, &text, stop)))
    }
}

/// Whether `lead` and `text` behind it end with `stop`.
fn ends_with(lead: &str, text: &str, stop: &str) -> bool {
    text.ends_with(stop) || stop.strip_suffix(text).is_some_and(|before| lead.ends_with(before))
}

/// What a response of ids leaves of the closing that follows it, where it ends with its first ids.
fn rest_of_closing<'c>(parts: &[Part<'_>], closing: &'c Closing) -> Option<&'c [u32]> {
    let ids = match parts {
        [Part { content: PartContent::Ids(ids) | PartContent::WeightedIds(ids, _), .. }] => ids,
        _ => return None,
    };
    let closing = closing.text_ids.as_deref()?;
    let longest = ids.len().min(closing.len());
    (1..=longest).rev().find(|overlap| ids.ends_with(&closing[..*overlap])).map(|overlap| &closing[overlap..])
}

fn joined<'c>(query: &'c [Part<'_>]) -> Cow<'c, str> {
    let mut texts = query.iter().flat_map(|part| match &part.content {
        PartContent::Text(text) => [part.lead.as_ref(), text.as_ref()],
        _ => ["", ""],
    });
    match query {
        [Part { lead, content: PartContent::Text(text), .. }] if lead.is_empty() => Cow::Borrowed(text),
        _ => Cow::Owned(texts.by_ref().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::ends_with;

    #[test]
    fn a_stop_may_begin_in_what_leads() {
        for (lead, text, expected) in [
            ("", "ab<end>", true),
            ("ab<e", "nd>", true),
            ("ab<end>", "", true),
            ("<end>", "ab", false),
            ("b<", "nd>", false),
            ("", "end>", false),
            ("", "", false),
        ] {
            assert_eq!(ends_with(lead, text, "<end>"), expected, "{lead:?} {text:?}");
            assert_eq!(format!("{lead}{text}").ends_with("<end>"), expected);
        }
    }
}
