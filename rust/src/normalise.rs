//! From messages as they came to turns: the system text apart, consecutive messages of one role
//! together. encoding.md 1.1, 1.4, 1.7.

use std::borrow::Cow;

use crate::error::{RowError, RowErrorKind};
use crate::row::{Content, MediaCounts, Message, Role, Row, unsupported_tools};

/// One part of a turn: what one message said.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<'a> {
    /// What the template puts before the text (a thinking prefix, media tags).
    pub lead: Cow<'a, str>,
    pub content: PartContent<'a>,
    /// Overrides whether the base strategy trains this part.
    pub loss: Option<bool>,
    /// Replaces the named loss scale where the part is trained.
    pub loss_scale: Option<f64>,
}

/// Text, or ids that are taken as they are.
#[derive(Debug, Clone, PartialEq)]
pub enum PartContent<'a> {
    Text(Cow<'a, str>),
    Ids(Cow<'a, [u32]>),
    WeightedIds(Cow<'a, [u32]>, Cow<'a, [f64]>),
}

/// Who has the turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    User,
    Assistant,
}

/// What one speaker says before the other speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn<'a> {
    pub speaker: Speaker,
    pub parts: Vec<Part<'a>>,
}

/// A row, ready for a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation<'a> {
    /// The row's own system text; `None`: the default applies, empty: there is none.
    pub system: Option<Cow<'a, str>>,
    /// User and assistant in turn. An assistant turn that is still open is not in the list.
    pub turns: Vec<Turn<'a>>,
}

/// Sorts the messages of `row` into turns.
///
/// # Errors
///
/// A [`RowError`] that names the message whose role or content has no place there.
pub fn normalise<'a>(row: &'a Row<'_>) -> Result<Conversation<'a>, RowError> {
    if row.has_tools {
        return Err(unsupported_tools("tools"));
    }
    let (system, messages, first) = match row.messages.split_first() {
        Some((message, rest)) if message.role == Role::System => (system_text(message)?, rest, 1),
        _ => (None, row.messages.as_slice(), 0),
    };
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(messages.len());
    let mut open = false;
    for (index, message) in messages.iter().enumerate() {
        let last = index + 1 == messages.len();
        let place = |error: RowError| error.at_message(index + first);
        let speaker = speaker(message.role).map_err(place)?;
        if message.content == Content::Null && last && opens_turn(speaker, &turns) {
            open = true;
            break;
        }
        let part = part(message, speaker).map_err(place)?;
        match turns.last_mut() {
            Some(turn) if turn.speaker == speaker => turn.parts.push(part),
            _ => turns.push(Turn { speaker, parts: vec![part] }),
        }
    }
    if turns.is_empty() && !open {
        let detail = "holds a system message only; give at least one user or assistant message";
        return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("messages"));
    }
    if !row.media.is_empty() {
        add_default_tags(&mut turns, system.as_deref(), row.media);
    }
    Ok(Conversation { system, turns })
}

/// Whether an assistant message without content is a turn still to be answered.
fn opens_turn(speaker: Speaker, turns: &[Turn<'_>]) -> bool {
    speaker == Speaker::Assistant && turns.last().is_none_or(|turn| turn.speaker == Speaker::User)
}

/// The system text; `null` is as good as none, so that the default applies.
fn system_text<'a>(message: &'a Message<'_>) -> Result<Option<Cow<'a, str>>, RowError> {
    let error = match &message.content {
        Content::Text(text) => return Ok(Some(Cow::Borrowed(text))),
        Content::Null => return Ok(None),
        _ => RowError::new(RowErrorKind::WrongType, "is a list of token ids; give a string").at_field("content"),
    };
    Err(error.at_message(0))
}

fn no_content(expected: &str) -> RowError {
    RowError::new(RowErrorKind::WrongType, format!("is null; give {expected}")).at_field("content")
}

fn speaker(role: Role) -> Result<Speaker, RowError> {
    match role {
        Role::User => Ok(Speaker::User),
        Role::Assistant => Ok(Speaker::Assistant),
        Role::Tool | Role::ToolCall => Err(unsupported_tools("role")),
        Role::System => {
            let detail = "a system message stands behind others; give it as the first message";
            Err(RowError::new(RowErrorKind::RoleOrder, detail).at_field("role"))
        }
    }
}

fn part<'a>(message: &'a Message<'_>, speaker: Speaker) -> Result<Part<'a>, RowError> {
    let content = match (&message.content, speaker) {
        (Content::Text(text), _) => PartContent::Text(Cow::Borrowed(text)),
        (Content::Ids(ids), Speaker::Assistant) => PartContent::Ids(Cow::Borrowed(ids)),
        (Content::WeightedIds(ids, weights), Speaker::Assistant) => {
            PartContent::WeightedIds(Cow::Borrowed(ids), Cow::Borrowed(weights))
        }
        (Content::Ids(_) | Content::WeightedIds(..), Speaker::User) => {
            let detail = "is a list of token ids; give a string (an assistant's content may be ids)";
            return Err(RowError::new(RowErrorKind::WrongType, detail).at_field("content"));
        }
        (Content::Null, Speaker::User) => return Err(no_content("a string")),
        (Content::Null, Speaker::Assistant) => {
            return Err(no_content("a string; only the last message, an assistant's, may be left open"));
        }
    };
    Ok(Part { lead: Cow::Borrowed(""), content, loss: message.loss, loss_scale: message.loss_scale })
}

/// Puts a tag before the first message for each medium that no text names.
fn add_default_tags(turns: &mut [Turn<'_>], system: Option<&str>, media: MediaCounts) {
    let texts = |turns: &[Turn<'_>], tag: &str| -> usize {
        let in_turns = turns.iter().flat_map(|turn| &turn.parts).filter_map(|part| match &part.content {
            PartContent::Text(text) => Some(text.matches(tag).count()),
            _ => None,
        });
        in_turns.sum::<usize>() + system.map_or(0, |text| text.matches(tag).count())
    };
    for (tag, count) in [("<image>", media.images), ("<audio>", media.audios), ("<video>", media.videos)] {
        let missing = count.saturating_sub(texts(turns, tag));
        let Some(first) = turns.first_mut().and_then(|turn| turn.parts.first_mut()) else {
            return;
        };
        if missing > 0 {
            first.lead = Cow::Owned(tag.repeat(missing) + &first.lead);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::parse_row;

    fn refusal(line: &str) -> String {
        normalise(&parse_row(line.as_bytes()).unwrap()).expect_err("must be refused").to_string()
    }

    #[test]
    fn joins_consecutive_messages_of_one_role() {
        let line = r#"{"messages":[{"role":"system","content":""},{"role":"user","content":"a"},
            {"role":"user","content":"b"},{"role":"assistant","content":"c","loss":false},
            {"role":"assistant","content":[1]},{"role":"user","content":"d"},{"role":"assistant","content":null}]}"#;
        let row = parse_row(line.as_bytes()).unwrap();
        let conversation = normalise(&row).unwrap();
        assert_eq!(conversation.system.as_deref(), Some(""));
        let shape: Vec<_> = conversation.turns.iter().map(|turn| (turn.speaker, turn.parts.len())).collect();
        assert_eq!(shape, [(Speaker::User, 2), (Speaker::Assistant, 2), (Speaker::User, 1)]);
        assert_eq!(conversation.turns[1].parts[0].loss, Some(false));
    }

    #[test]
    fn refusals_name_the_message() {
        assert_eq!(
            refusal(r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]}"#),
            "message 1, field 'role': a system message stands behind others; give it as the first message"
        );
        assert_eq!(
            refusal(r#"{"messages":[{"role":"user","content":null},{"role":"assistant","content":"b"}]}"#),
            "message 0, field 'content': is null; give a string"
        );
        assert_eq!(
            refusal(
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null},{"role":"user","content":"b"}]}"#
            ),
            "message 1, field 'content': is null; give a string; only the last message, an assistant's, may be left open"
        );
        assert_eq!(
            refusal(r#"{"messages":[{"role":"system","content":"a"}]}"#),
            "field 'messages': holds a system message only; give at least one user or assistant message"
        );
        assert!(
            refusal(r#"{"messages":[{"role":"tool","content":"a"}]}"#).starts_with("message 0, field 'role': tools")
        );
    }

    #[test]
    fn media_without_a_tag_get_one() {
        let line = r#"{"images":["x","y"],"messages":[{"role":"user","content":"see <image>"},{"role":"assistant","content":"b"}]}"#;
        let row = parse_row(line.as_bytes()).unwrap();
        assert_eq!(normalise(&row).unwrap().turns[0].parts[0].lead, "<image>");
    }
}
