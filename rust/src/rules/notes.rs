//! Notes in the system text: on thinking, on its level, or a marker that always stands there.

use std::borrow::Cow;

/// Where a note stands.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Before,
    After,
    /// Behind each place where the system text holds this text.
    Behind(String),
}

/// Which rows get a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wherever {
    /// All, with a system text or without.
    Any,
    /// Those with a system text, even an empty one.
    Set,
    /// Those with a system text that is not empty.
    Filled,
}

/// A note in the system text.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct SystemNote {
    /// The note. `{{LEVEL}}` is the level of thinking, `{{Level}}` the same with a capital.
    pub text: String,
    /// Notes of some levels, in place of `text`; an empty one is none.
    pub levels: Vec<(String, String)>,
    pub place: Place,
    /// What stands between the note and a system text that is not empty.
    pub separator: String,
    pub wherever: Wherever,
    /// A system text that holds one of these gets no note.
    pub unless: Vec<String>,
    /// Only with thinking, or only without.
    pub thinking: Option<bool>,
    /// Only with tools, or only without.
    pub tools: Option<bool>,
}

/// What a row is like, as far as notes go by it.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'c> {
    pub thinks: bool,
    pub has_tools: bool,
    pub level: Option<&'c str>,
}

impl SystemNote {
    /// The system text with the note in it.
    pub fn write<'s>(&self, system: Option<Cow<'s, str>>, row: Circumstances<'_>) -> Option<Cow<'s, str>> {
        if !self.applies(system.as_deref(), row) {
            return system;
        }
        let note = self.note(row.level);
        if note.is_empty() {
            return system;
        }
        let text = system.as_deref().unwrap_or_default();
        let separator = if text.is_empty() { "" } else { self.separator.as_str() };
        Some(Cow::Owned(match &self.place {
            Place::Before => format!("{note}{separator}{text}"),
            Place::After => format!("{text}{separator}{note}"),
            Place::Behind(anchor) => text.replace(anchor.as_str(), &format!("{anchor}{note}")),
        }))
    }

    fn applies(&self, system: Option<&str>, row: Circumstances<'_>) -> bool {
        let there = match self.wherever {
            Wherever::Any => true,
            Wherever::Set => system.is_some(),
            Wherever::Filled => system.is_some_and(|text| !text.is_empty()),
        };
        let text = system.unwrap_or_default();
        there
            && self.thinking.is_none_or(|wanted| wanted == row.thinks)
            && self.tools.is_none_or(|wanted| wanted == row.has_tools)
            && !self.unless.iter().any(|held| text.contains(held.as_str()))
    }

    fn note(&self, level: Option<&str>) -> Cow<'_, str> {
        let level = level.unwrap_or_default();
        let text = self.levels.iter().find(|(name, _)| name == level).map_or(&self.text, |(_, text)| text);
        with_level(text, level)
    }
}

/// `text` with the level of thinking filled in.
pub fn with_level<'t>(text: &'t str, level: &str) -> Cow<'t, str> {
    if !text.contains("{{LEVEL}}") && !text.contains("{{Level}}") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("{{Level}}", &capitalised(level)).replace("{{LEVEL}}", level))
}

/// `text` with a capital first and small letters after it.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters.as_str().to_lowercase().chars()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> SystemNote {
        SystemNote {
            text: text.to_owned(),
            levels: Vec::new(),
            place: Place::Before,
            separator: "|".to_owned(),
            wherever: Wherever::Any,
            unless: vec!["stop".to_owned()],
            thinking: None,
            tools: None,
        }
    }

    fn written(note: &SystemNote, system: Option<&str>, level: Option<&str>) -> Option<String> {
        let row = Circumstances { thinks: true, has_tools: false, level };
        note.write(system.map(Cow::Borrowed), row).map(Cow::into_owned)
    }

    #[test]
    fn a_note_stands_before_after_or_behind() {
        let mut before = note("effort {{Level}}");
        assert_eq!(written(&before, Some("s"), Some("mAX")).unwrap(), "effort Max|s");
        assert_eq!(written(&before, None, Some("max")).unwrap(), "effort Max");
        assert_eq!(written(&before, Some("stop"), None).unwrap(), "stop");
        before.place = Place::After;
        assert_eq!(written(&before, Some(""), Some("low")).unwrap(), "effort Low");
        before.place = Place::Behind("s".to_owned());
        before.text = "{{LEVEL}}".to_owned();
        assert_eq!(written(&before, Some("sos"), Some("x")).unwrap(), "sxosx");
    }

    #[test]
    fn a_note_keeps_to_its_rows() {
        let mut note = note("n");
        note.wherever = Wherever::Filled;
        assert_eq!(written(&note, Some(""), None).unwrap(), "");
        note.wherever = Wherever::Set;
        assert_eq!(written(&note, Some(""), None).unwrap(), "n");
        assert_eq!(written(&note, None, None), None);
        note.thinking = Some(false);
        assert_eq!(written(&note, Some("s"), None).unwrap(), "s");
        note.thinking = None;
        note.levels = vec![("high".to_owned(), String::new())];
        assert_eq!(written(&note, Some("s"), Some("high")).unwrap(), "s");
    }
}
