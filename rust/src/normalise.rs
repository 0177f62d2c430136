//! From messages as they came to turns: the system text apart, consecutive messages of one role
//! together. encoding.md 1.1, 1.4, 1.7. What tools are asked and answer is sorted in [`crate::rounds`].

use std::borrow::Cow;

use crate::agent::ToolPiece;
use crate::error::{RowError, RowErrorKind};
use crate::interrupt;
use crate::json::{Json, Style, dumps};
use crate::rounds::{Run, Sorter, ToolWriter};
use crate::row::{Content, Message, Role, Row};

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
    /// Whether the part is a run of tool calls.
    pub is_calls: bool,
    /// Whether the part ends its turn itself, so that nothing closes it.
    pub closes: bool,
}

impl<'a> Part<'a> {
    /// A part with nothing before it.
    pub fn new(content: PartContent<'a>, loss: Option<bool>, loss_scale: Option<f64>) -> Self {
        Self { lead: Cow::Borrowed(""), content, loss, loss_scale, is_calls: false, closes: false }
    }
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
    /// Tools that answered the assistant before them; a round of their own opens with what they said.
    Tool,
}

/// What one speaker says before the other speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn<'a> {
    pub speaker: Speaker,
    pub parts: Vec<Part<'a>>,
    /// What stands in place of the next prompt where tools answered; empty for others.
    pub pieces: Vec<ToolPiece>,
}

impl<'a> Turn<'a> {
    /// A turn of a user or an assistant.
    pub fn new(speaker: Speaker, part: Part<'a>) -> Self {
        Self { speaker, parts: vec![part], pieces: Vec::new() }
    }
}

/// A row, ready for a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation<'a> {
    /// The row's own system text; `None`: the default applies, empty: there is none.
    pub system: Option<Cow<'a, str>>,
    /// User (or tools) and assistant in turn. An assistant turn that is still open is not in the list.
    pub turns: Vec<Turn<'a>>,
    /// The tools of the row.
    pub tools: &'a [Json],
}

/// Sorts the messages of `row` into turns; `tools` writes what tools are asked and answer.
///
/// # Errors
///
/// A [`RowError`] that names the message whose role or content has no place there.
pub fn normalise<'a>(row: &'a Row<'_>, tools: ToolWriter<'_>) -> Result<Conversation<'a>, RowError> {
    let (system, messages, first) = match row.messages.split_first() {
        Some((message, rest)) if message.role == Role::System => (system_text(message)?, rest, 1),
        _ => (None, row.messages.as_slice(), 0),
    };
    let mut sorter = Sorter { turns: Vec::with_capacity(messages.len()), calls: Run::default(), tools };
    let (mut open, mut index) = (false, 0);
    while let Some(message) = messages.get(index) {
        interrupt::check_every::<256>(index);
        let last = index + 1 == messages.len();
        let place = |error: RowError| error.at_message(index + first);
        if message.content == Content::Null && last && sorter.opens_turn(message) {
            sorter.flush(first)?;
            open = true;
            break;
        }
        index = match message.role {
            Role::User | Role::Assistant | Role::ToolCall => {
                sorter.message(message, index, first).map_err(place)?;
                index + 1
            }
            Role::Tool => {
                sorter.flush(first)?;
                sorter.answers(messages, index).map_err(place)?
            }
            Role::System => return Err(place(late_system())),
        };
    }
    sorter.flush(first)?;
    let mut turns = sorter.turns;
    if turns.is_empty() && !open {
        let detail = "holds a system message only; give at least one user or assistant message";
        return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("messages"));
    }
    if !row.media.is_empty() {
        add_default_tags(&mut turns, row);
    }
    Ok(Conversation { system, turns, tools: &row.tools })
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

pub(crate) fn late_system() -> RowError {
    let detail = "a system message stands behind others; give it as the first message";
    RowError::new(RowErrorKind::RoleOrder, detail).at_field("role")
}

pub(crate) fn part<'a>(message: &'a Message<'_>, speaker: Speaker) -> Result<Part<'a>, RowError> {
    let content = match (&message.content, speaker) {
        (Content::Text(text), _) => PartContent::Text(Cow::Borrowed(text)),
        (Content::Ids(ids), Speaker::Assistant) => PartContent::Ids(Cow::Borrowed(ids)),
        (Content::WeightedIds(ids, weights), Speaker::Assistant) => {
            PartContent::WeightedIds(Cow::Borrowed(ids), Cow::Borrowed(weights))
        }
        (Content::Ids(_) | Content::WeightedIds(..), Speaker::User | Speaker::Tool) => {
            let detail = "is a list of token ids; give a string (an assistant's content may be ids)";
            return Err(RowError::new(RowErrorKind::WrongType, detail).at_field("content"));
        }
        (Content::Null, Speaker::User | Speaker::Tool) => return Err(no_content("a string")),
        (Content::Call(_), _) => return Err(no_content("a string")),
        (Content::Null, Speaker::Assistant) => {
            return Err(no_content("a string; only the last message, an assistant's, may be left open"));
        }
    };
    Ok(Part::new(content, message.loss, message.loss_scale))
}

/// Puts a tag before the first message for each medium that no text names.
fn add_default_tags(turns: &mut [Turn<'_>], row: &Row<'_>) {
    let media = row.media;
    let count = |tag: &str| -> usize {
        let said = row.messages.iter().map(|message| match &message.content {
            Content::Text(text) => text.matches(tag).count(),
            Content::Call(call) => dumps(call, Style::Plain).matches(tag).count(),
            _ => 0,
        });
        said.sum()
    };
    for (tag, given) in [("<image>", media.images), ("<audio>", media.audios), ("<video>", media.videos)] {
        let missing = given.saturating_sub(count(tag));
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
        normalise(&parse_row(line.as_bytes()).unwrap(), ToolWriter::None).expect_err("must be refused").to_string()
    }

    #[test]
    fn joins_consecutive_messages_of_one_role() {
        let line = r#"{"messages":[{"role":"system","content":""},{"role":"user","content":"a"},
            {"role":"user","content":"b"},{"role":"assistant","content":"c","loss":false},
            {"role":"assistant","content":[1]},{"role":"user","content":"d"},{"role":"assistant","content":null}]}"#;
        let row = parse_row(line.as_bytes()).unwrap();
        let conversation = normalise(&row, ToolWriter::None).unwrap();
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
        assert_eq!(
            refusal(r#"{"messages":[{"role":"tool","content":"a"}]}"#),
            "message 0, field 'role': a tool's message stands before any other; give the call that it answers before it"
        );
    }

    #[test]
    fn media_without_a_tag_get_one() {
        let line = r#"{"images":["x","y"],"messages":[{"role":"user","content":"see <image>"},{"role":"assistant","content":"b"}]}"#;
        let row = parse_row(line.as_bytes()).unwrap();
        assert_eq!(normalise(&row, ToolWriter::None).unwrap().turns[0].parts[0].lead, "<image>");
    }
}
