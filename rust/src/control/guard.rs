//! Guards: two characters that no text of the row holds. One stands behind each character that a control token could
//! begin with, the other before a text that a control token could span into. So a row goes through rules, agent formats
//! and the template like any other, and what came of it still tells its texts from what was written around them.

use std::collections::HashSet;

use super::scan::Structure;
use super::texts::{Place, each_text};
use super::{ContentPolicy, ControlTokens};
use crate::error::{RowError, RowErrorKind};
use crate::row::{Role, Row};
use crate::template::Compiled;

/// Where guards are looked for: assigned letters, which every writer of JSON and of Python literals leaves as they are.
const CANDIDATES: [std::ops::RangeInclusive<char>; 2] = ['\u{a000}'..='\u{a48c}', '\u{ac00}'..='\u{d7a3}'];

/// Words of tool definitions that formats look for; alone, they span into nothing.
const SCHEMA: [&str; 28] = [
    "type",
    "function",
    "name",
    "description",
    "parameters",
    "properties",
    "required",
    "object",
    "string",
    "integer",
    "number",
    "boolean",
    "array",
    "null",
    "items",
    "enum",
    "default",
    "anyOf",
    "oneOf",
    "allOf",
    "title",
    "format",
    "nullable",
    "examples",
    "additionalProperties",
    "arguments",
    "code",
    "strict",
];

/// The two guards of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guards {
    /// Stands behind a character: no control token begins with it.
    stop: char,
    /// Stands before a text: no control token spans this place.
    border: char,
}

/// A text without its guards.
#[derive(Debug, Default)]
pub(super) struct Cleaned {
    pub text: String,
    /// Where characters begin that no control token begins with.
    stops: Vec<usize>,
    /// Places that no control token spans.
    borders: Vec<usize>,
}

impl Cleaned {
    /// Whether a control token from `start` to `end` would come of the texts of the row.
    pub fn forbids(&self, start: usize, end: usize) -> bool {
        let holds = |places: &[usize], from: usize| {
            let first = places.partition_point(|place| *place < from);
            places.get(first).is_some_and(|place| *place < end)
        };
        holds(&self.stops, start) || holds(&self.borders, start + 1)
    }
}

impl Guards {
    /// `row` with guards in its texts; `None` where no text needs any.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a row that holds every character that could be a guard.
    pub fn put_into<'a>(
        control: &ControlTokens,
        row: &Row<'a>,
        template: &Compiled,
        policy: ContentPolicy,
    ) -> Result<Option<(Self, Row<'a>)>, RowError> {
        let mut guarded = row.clone();
        let mut used = HashSet::new();
        each_text(&mut guarded, &mut |_, text| {
            used.extend(text.chars().filter(|c| CANDIDATES.iter().any(|range| range.contains(c))));
            None
        });
        let mut free = CANDIDATES.into_iter().flatten().filter(|c| !used.contains(c));
        let (Some(stop), Some(border)) = (free.next(), free.next()) else {
            let detail = "holds a control token and all of some 12,000 letters, two of which must be free to encode it as \
                          ordinary text; remove the token";
            return Err(RowError::new(RowErrorKind::ControlToken, detail));
        };
        let guards = Self { stop, border };
        let mut structure = Structure::new(row, template);
        let mut any = false;
        each_text(&mut guarded, &mut |place, text| {
            let parts = structure.parts(place, text);
            if !policy.covers(place.role) {
                return None;
            }
            let written =
                guards.guard(control, place, text, |at| parts.binary_search_by_key(&at, |part| part.start).is_ok());
            any |= written.is_some();
            written
        });
        Ok(any.then_some((guards, guarded)))
    }

    /// `text` with guards; `None` where it needs none.
    fn guard(
        self,
        control: &ControlTokens,
        place: Place<'_>,
        text: &str,
        is_structure: impl Fn(usize) -> bool,
    ) -> Option<String> {
        let mut written = String::with_capacity(text.len() + 8);
        let lead = text.len() - text.trim_start().len();
        let is_schema = place.role == Role::Tool && SCHEMA.contains(&text);
        let spans = !is_schema && !is_structure(lead) && control.may_span_into(&text[lead..]);
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            if spans && at == lead {
                written.push(self.border);
            }
            let escape = if c == '\\' { escape_length(&text[at..]) } else { 0 };
            let end = at + escape.max(c.len_utf8());
            written.push_str(&text[at..end]);
            if escape > 2 || (control.opens(c) && !is_structure(at)) {
                written.push(self.stop);
            }
            at = end;
        }
        (written.len() > text.len()).then_some(written)
    }

    /// Whether `text` holds a guard.
    pub fn are_in(self, text: &str) -> bool {
        text.contains([self.stop, self.border])
    }

    /// `text` without guards.
    pub fn without(self, text: &str) -> String {
        text.replace([self.stop, self.border], "")
    }

    /// The parts of `guarded` that are `parts` without guards.
    pub fn put_back<'t>(self, guarded: &'t str, parts: &[(&str, f64)]) -> Vec<(&'t str, f64)> {
        let mut rest = guarded;
        let mut found = Vec::with_capacity(parts.len());
        for (part, weight) in parts {
            let mut left = part.len();
            let end = rest.char_indices().find(|(_, c)| {
                let is_guard = *c == self.stop || *c == self.border;
                let is_end = left == 0 && !is_guard;
                left -= if is_guard || is_end { 0 } else { c.len_utf8().min(left) };
                is_end
            });
            let (inside, behind) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            found.push((inside, *weight));
            rest = behind;
        }
        found
    }

    /// `text` without guards, and where they stood.
    pub(super) fn clean(self, text: &str) -> Cleaned {
        let mut cleaned = Cleaned::default();
        let mut last = 0;
        for c in text.chars() {
            if c == self.stop {
                cleaned.stops.push(last);
            } else if c == self.border {
                cleaned.borders.push(cleaned.text.len());
            } else {
                last = cleaned.text.len();
                cleaned.text.push(c);
            }
        }
        cleaned
    }
}

/// The length of the escape that `text` begins with: 2 for a backslash and any character, more where it stands for a
/// character by its number.
fn escape_length(text: &str) -> usize {
    let digits = match text.as_bytes().get(1) {
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b'x') => 2,
        // Python's octal escapes have one to three digits.
        Some(b'0'..=b'7') => {
            return 1 + text[1..].bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
        }
        Some(b'\\') => return 2,
        _ => return 1,
    };
    let is_number = text.as_bytes().get(2..2 + digits).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    if is_number { 2 + digits } else { 1 }
}
