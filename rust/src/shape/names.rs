//! The names of columns that hold a conversation, and what a column of each name may hold.

use std::sync::LazyLock;

use crate::row::Key;

/// What a column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Messages,
    /// Messages under a name of ShareGPT's.
    Conversation,
    System,
    Query,
    Instruction,
    Input,
    Response,
    Output,
    /// A response, or a text of its own.
    Text,
    History,
    Chosen,
    Rejected,
    Images,
    Videos,
    Audios,
    Label,
}

impl Field {
    /// The standard name, by which a caller names a column for the field.
    pub fn standard(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Conversation => "conversations",
            Self::System => "system",
            Self::Query => "query",
            Self::Instruction => "instruction",
            Self::Input => "input",
            Self::Response => "response",
            Self::Output => "output",
            Self::Text => "text",
            Self::History => "history",
            Self::Chosen => "chosen",
            Self::Rejected => "rejected",
            Self::Images => "images",
            Self::Videos => "videos",
            Self::Audios => "audios",
            Self::Label => "label",
        }
    }

    /// The field whose standard name is `name`, but for media and labels, which are fields of rows of every shape.
    pub fn of_standard(name: &str) -> Option<Self> {
        const NAMED: [Field; 12] = [
            Field::Messages,
            Field::Conversation,
            Field::System,
            Field::Query,
            Field::Instruction,
            Field::Input,
            Field::Response,
            Field::Output,
            Field::Text,
            Field::History,
            Field::Chosen,
            Field::Rejected,
        ];
        NAMED.into_iter().find(|field| field.standard() == name)
    }
}

/// The length of the longest name.
const LONGEST: usize = 13;

/// The name `name` in lower case, and what a column of that name may hold, however its letters are cased.
pub(super) fn field_of(name: &str) -> Option<(&'static str, Field)> {
    let mut buffer = [0; LONGEST];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"messages" => ("messages", Field::Messages),
        b"conversations" => ("conversations", Field::Conversation),
        b"conversation" => ("conversation", Field::Conversation),
        b"system" => ("system", Field::System),
        b"system_prompt" => ("system_prompt", Field::System),
        b"query" => ("query", Field::Query),
        b"prompt" => ("prompt", Field::Query),
        b"question" => ("question", Field::Query),
        b"problem" => ("problem", Field::Query),
        b"instruction" => ("instruction", Field::Instruction),
        b"input" => ("input", Field::Input),
        b"response" => ("response", Field::Response),
        b"answer" => ("answer", Field::Response),
        b"targets" => ("targets", Field::Response),
        b"target" => ("target", Field::Response),
        b"answer_key" => ("answer_key", Field::Response),
        b"answers" => ("answers", Field::Response),
        b"solution" => ("solution", Field::Response),
        b"completion" => ("completion", Field::Response),
        b"output" => ("output", Field::Output),
        b"text" => ("text", Field::Text),
        b"content" => ("content", Field::Text),
        b"history" => ("history", Field::History),
        b"chosen" => ("chosen", Field::Chosen),
        b"rejected" => ("rejected", Field::Rejected),
        b"image" => ("image", Field::Images),
        b"images" => ("images", Field::Images),
        b"video" => ("video", Field::Videos),
        b"videos" => ("videos", Field::Videos),
        b"audio" => ("audio", Field::Audios),
        b"audios" => ("audios", Field::Audios),
        b"kto_tag" => ("kto_tag", Field::Label),
        _ => return None,
    })
}

/// The names that a field of a row may have, by their length.
static KEYS: LazyLock<Vec<Vec<&'static str>>> = LazyLock::new(|| {
    let names = || Key::ALL.iter().filter(|key| key.is_of_row()).map(|key| key.as_str());
    let longest = names().map(str::len).max().unwrap_or(0);
    (0..=longest).map(|length| names().filter(|name| name.len() == length).collect()).collect()
});

/// Whether a column of this name may be a field of a row of any shape.
pub(crate) fn is_key(name: &str) -> bool {
    KEYS.get(name.len()).is_some_and(|keys| keys.contains(&name))
}

/// Whether a column of this name changes how a row that has `messages` is read.
pub(crate) fn matters_beside_messages(name: &str) -> bool {
    match field_of(name) {
        Some((_, Field::System | Field::Chosen | Field::Rejected | Field::Label)) => true,
        // A row is read by the standard name, written as it is.
        Some((_, field @ (Field::Images | Field::Videos | Field::Audios | Field::Messages))) => {
            name != field.standard()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(field_of("System_Prompt"), Some(("system_prompt", Field::System)));
        assert_eq!(field_of("query"), Some(("query", Field::Query)));
        for name in ["", "quer", "queries", "conversations_", "\u{0130}mage", "id"] {
            assert_eq!(field_of(name), None, "{name}");
        }
    }

    #[test]
    fn a_row_with_messages_is_looked_at_where_something_else_matters() {
        for name in ["system", "System", "system_prompt", "chosen", "image", "kto_tag", "Messages", "Images"] {
            assert!(matters_beside_messages(name), "{name}");
        }
        for name in ["messages", "images", "label", "id", "prompt", "conversations", "tools", "source"] {
            assert!(!matters_beside_messages(name), "{name}");
        }
    }
}
