//! Rules for what was rendered: a newline that goes, and a note that stands before all else.

use super::notes::with_level;

/// A context that ends with one of `after` loses its last newline where it is the last, or where
/// the next one holds `before`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct TrimNewline {
    pub after: Vec<String>,
    pub before: String,
}

impl TrimNewline {
    /// `text` without a last newline that may have to go, or `None` where none may.
    pub fn held<'t>(&self, text: &'t str) -> Option<&'t str> {
        let ends = self.after.iter().any(|ending| text.ends_with(ending.as_str()));
        if ends { text.strip_suffix('\n') } else { None }
    }
}

/// A note on the level of thinking that stands before the whole row; where the first text declares
/// tools (it holds `declaration`), it stands there, behind `behind`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct OpeningNote {
    /// The note. `{{LEVEL}}` is the level of thinking.
    pub text: String,
    pub declaration: String,
    pub behind: String,
}

impl OpeningNote {
    /// The note at `level`.
    pub fn at(&self, level: &str) -> String {
        with_level(&self.text, level).into_owned()
    }

    /// Where in `text` the note stands, where `text` declares tools.
    pub fn place_in(&self, text: &str) -> Option<usize> {
        let declares = text.contains(self.declaration.as_str());
        let at = text.find(self.behind.as_str()).filter(|_| declares);
        at.map(|at| at + self.behind.len())
    }
}
