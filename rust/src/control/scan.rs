//! Which control tokens the texts of a row hold, and which of them are the row's own structure.

use std::ops::Range;

use super::texts::{Place, each_text};
use super::{ContentPolicy, ControlTokens};
use crate::error::{RowError, RowErrorKind};
use crate::row::{MediaCounts, Role, Row};
use crate::template::Compiled;
use crate::warning::{RowWarning, WarningKind};

/// What in the texts of a row is structure: the tags of its media, and the markers around an assistant's thinking.
pub(super) struct Structure<'t> {
    media: MediaCounts,
    thinking: [(&'t str, &'t str); 2],
}

impl<'t> Structure<'t> {
    pub fn new(row: &Row<'_>, template: &'t Compiled) -> Self {
        let rules = &template.rules.thinking;
        Self { media: row.media, thinking: [(&rules.opening, &rules.closing), ("<think>", "</think>")] }
    }

    /// The parts of a text that are structure, in order.
    pub fn parts(&mut self, place: Place<'_>, text: &str) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let is_said = place.field == "content" && matches!(place.role, Role::System | Role::User | Role::Assistant);
        if place.role == Role::Assistant && is_said {
            let lead = text.len() - text.trim_start().len();
            let opens = |(opening, _): &&(&str, &str)| !opening.is_empty() && text[lead..].starts_with(opening);
            if let Some((opening, closing)) = self.thinking.iter().find(opens) {
                let inside = lead + opening.len();
                // Thinking that does not end is text.
                if let Some(at) = text[inside..].find(closing).filter(|_| !closing.is_empty()) {
                    parts.extend([lead..inside, inside + at..inside + at + closing.len()]);
                }
            }
        }
        if !self.media.is_empty() && is_said {
            let MediaCounts { images, videos, audios } = &mut self.media;
            for (tag, left) in [("<image>", images), ("<video>", videos), ("<audio>", audios)] {
                for (at, _) in text.match_indices(tag).take(*left) {
                    *left -= 1;
                    parts.push(at..at + tag.len());
                }
            }
        }
        parts.sort_by_key(|part| part.start);
        parts
    }
}

impl ControlTokens {
    /// Calls `visit` with each control token in the texts of `row` that `policy` covers, and where it stands.
    fn each_in(
        &self,
        row: &Row<'_>,
        template: &Compiled,
        policy: ContentPolicy,
        mut visit: impl FnMut(Place<'_>, &str),
    ) {
        let mut structure = Structure::new(row, template);
        each_text(&mut row.clone(), &mut |place, text| {
            let parts = structure.parts(place, text);
            let mut from = 0;
            while let Some(found) = self.next(text, from).filter(|_| policy.covers(place.role)) {
                from = found.end;
                let before = parts.partition_point(|part| part.start <= found.start);
                let part = before.checked_sub(1).and_then(|index| parts.get(index));
                if part.is_none_or(|part| found.end > part.end) {
                    visit(place, self.text(found.token));
                }
            }
            None
        });
    }

    /// Adds a warning for each control token in the texts of `row`.
    pub(crate) fn warn_of(&self, row: &Row<'_>, template: &Compiled, warnings: &mut Vec<RowWarning>) {
        self.each_in(row, template, ContentPolicy::Parity, |_, token| {
            let warning = RowWarning::new(WarningKind::ControlToken, token);
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        });
    }

    /// Refuses a row with a control token in its texts.
    ///
    /// # Errors
    ///
    /// A [`RowError`] that names the message, the field and the token.
    pub(crate) fn refuse(&self, row: &Row<'_>, template: &Compiled) -> Result<(), RowError> {
        let mut first = None;
        self.each_in(row, template, ContentPolicy::Error, |place, token| {
            first.get_or_insert_with(|| refusal(place.message, Some(place.field), token));
        });
        first.map_or(Ok(()), |error| Err(RowError { message: error.message.map(|at| row.place(at)), ..error }))
    }
}

/// The refusal of a row whose text holds a control token.
pub(super) fn refusal(message: Option<usize>, field: Option<&str>, token: &str) -> RowError {
    let detail = format!(
        "holds the control token {token:?}; remove it, or give content_policy='literal' to encode it as ordinary text"
    );
    let error = RowError { message, ..RowError::new(RowErrorKind::ControlToken, detail) };
    match field {
        Some(field) => error.at_field(field),
        None => error,
    }
}
