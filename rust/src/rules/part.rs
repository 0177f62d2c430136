//! What rules ask of the parts of a turn.

use std::borrow::Cow;

use crate::normalise::{Part, PartContent, Turn};

impl<'a> Part<'a> {
    /// All of the text, what stands before it included; `None` for token ids.
    pub fn whole(&self) -> Option<Cow<'_, str>> {
        match &self.content {
            PartContent::Text(text) if self.lead.is_empty() => Some(Cow::Borrowed(text)),
            PartContent::Text(text) => Some(Cow::Owned(format!("{}{text}", self.lead))),
            _ => None,
        }
    }

    /// Replaces all of the text.
    pub fn rewrite(&mut self, text: String) {
        self.lead = Cow::Borrowed("");
        self.content = PartContent::Text(Cow::Owned(text));
    }

    /// Puts `prefix` before all of the text.
    pub fn put_before(&mut self, prefix: &'a str) {
        self.lead =
            if self.lead.is_empty() { Cow::Borrowed(prefix) } else { Cow::Owned(format!("{prefix}{}", self.lead)) };
    }
}

impl<'a> Turn<'a> {
    /// The part of a turn that one message of text made.
    pub fn single(&mut self) -> Option<&mut Part<'a>> {
        match self.parts.as_mut_slice() {
            [part @ Part { content: PartContent::Text(_), .. }] => Some(part),
            _ => None,
        }
    }
}
