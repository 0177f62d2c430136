//! Rules for turns: what stands around answers, and the system text before defaults apply.

use std::borrow::Cow;

use super::notes::with_level;
use crate::error::{RowError, RowErrorKind};
use crate::normalise::{Conversation, Speaker, Turn};

/// Answers begin and end without these characters.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct StripAnswers {
    pub characters: String,
}

/// Answers begin with `prefix`, unless they begin with `unless` already.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct OpenAnswers {
    pub prefix: String,
    pub unless: String,
}

/// The system text stands in a frame, unless it begins with `unless`; a row without one gets `unset`.
/// `{{LEVEL}}` in these texts is the level of thinking.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct FrameSystem {
    pub unset: String,
    pub before: String,
    pub after: String,
    pub unless: String,
}

/// The turns of the assistant.
pub fn answers<'t, 'a>(turns: &'t mut [Turn<'a>]) -> impl Iterator<Item = &'t mut Turn<'a>> {
    turns.iter_mut().filter(|turn| turn.speaker == Speaker::Assistant)
}

impl StripAnswers {
    pub(super) fn apply(&self, conversation: &mut Conversation<'_>) {
        let unwanted = |c: char| self.characters.contains(c);
        for part in answers(&mut conversation.turns).filter_map(Turn::single) {
            let stripped = part.whole().and_then(|text| {
                let stripped = text.trim_matches(unwanted);
                (stripped.len() != text.len()).then(|| stripped.to_owned())
            });
            if let Some(stripped) = stripped {
                part.rewrite(stripped);
            }
        }
    }
}

impl OpenAnswers {
    pub(super) fn apply<'a>(&'a self, conversation: &mut Conversation<'a>) {
        for part in answers(&mut conversation.turns).filter_map(Turn::single) {
            if part.whole().is_some_and(|text| !text.starts_with(&self.unless)) {
                part.put_before(&self.prefix);
            }
        }
    }
}

impl FrameSystem {
    /// The frame at a level of thinking.
    fn at(&self, level: &str) -> Self {
        let [unset, before] = [&self.unset, &self.before].map(|text| with_level(text, level).into_owned());
        Self { unset, before, ..self.clone() }
    }

    /// What becomes of a system text; `None` where it stays.
    fn framed(&self, system: Option<&str>) -> Option<Cow<'_, str>> {
        match system {
            None => Some(Cow::Borrowed(&self.unset)),
            Some(system) if system.starts_with(&self.unless) => None,
            Some(system) => Some(Cow::Owned(format!("{}{system}{}", self.before, self.after))),
        }
    }
}

/// A frame, and the same at the level of rows that name none.
#[derive(Debug, Clone)]
pub(super) struct LevelledFrame {
    frame: FrameSystem,
    level: Option<String>,
    at_level: FrameSystem,
}

impl LevelledFrame {
    pub fn new(frame: FrameSystem, level: Option<&str>) -> Self {
        let at_level = frame.at(level.unwrap_or_default());
        Self { frame, level: level.map(str::to_owned), at_level }
    }

    pub fn has_level(&self) -> bool {
        self.frame.unset.contains("{{LEVEL}}")
    }

    pub fn apply<'a>(&'a self, conversation: &mut Conversation<'a>, level: Option<&str>) {
        let system = conversation.system.as_deref();
        let framed = if level == self.level.as_deref() {
            self.at_level.framed(system)
        } else {
            let frame = self.frame.at(level.unwrap_or_default());
            frame.framed(system).map(|framed| Cow::Owned(framed.into_owned()))
        };
        conversation.system = framed.or_else(|| conversation.system.take());
    }
}

/// Puts the answer behind thinking between `<response>` and `</response>`.
///
/// # Errors
///
/// [`RowErrorKind::Unsupported`] for an answer that is no single text.
pub fn tag_responses(conversation: &mut Conversation<'_>) -> Result<(), RowError> {
    for turn in answers(&mut conversation.turns) {
        let Some(part) = turn.single() else {
            let detail = "an answer of several messages, or of token ids, cannot be put between <response> and \
                          </response>; give each answer as one message of text";
            return Err(RowError::new(RowErrorKind::Unsupported, detail).at_field("messages"));
        };
        let tagged = part.whole().filter(|text| !text.contains("<response>")).map(|text| tag_response(&text));
        if let Some(tagged) = tagged {
            part.rewrite(tagged);
        }
    }
    Ok(())
}

fn tag_response(text: &str) -> String {
    if !text.contains("</think>") {
        return format!("<response>\n{text}\n</response>\n");
    }
    let tagged = text.replace("</think>", "</think>\n\n<response>\n") + "\n</response>";
    if tagged.contains("<think>\n") { tagged } else { tagged.replace("<think>", "<think>\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_stand_between_tags() {
        assert_eq!(tag_response("a"), "<response>\na\n</response>\n");
        assert_eq!(tag_response("<think>t</think>a"), "<think>\nt</think>\n\n<response>\na\n</response>");
        assert_eq!(tag_response("<think>\nt</think>a"), "<think>\nt</think>\n\n<response>\na\n</response>");
    }
}
