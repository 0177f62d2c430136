//! The names of columns that hold a conversation, and what a column of each name may hold.

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

/// Every name, in lower case.
const NAMES: [(&str, Field); 32] = [
    ("messages", Field::Messages),
    ("conversations", Field::Conversation),
    ("conversation", Field::Conversation),
    ("system", Field::System),
    ("system_prompt", Field::System),
    ("query", Field::Query),
    ("prompt", Field::Query),
    ("question", Field::Query),
    ("problem", Field::Query),
    ("instruction", Field::Instruction),
    ("input", Field::Input),
    ("response", Field::Response),
    ("answer", Field::Response),
    ("targets", Field::Response),
    ("target", Field::Response),
    ("answer_key", Field::Response),
    ("answers", Field::Response),
    ("solution", Field::Response),
    ("completion", Field::Response),
    ("output", Field::Output),
    ("text", Field::Text),
    ("content", Field::Text),
    ("history", Field::History),
    ("chosen", Field::Chosen),
    ("rejected", Field::Rejected),
    ("image", Field::Images),
    ("video", Field::Videos),
    ("audio", Field::Audios),
    ("kto_tag", Field::Label),
    ("images", Field::Images),
    ("videos", Field::Videos),
    ("audios", Field::Audios),
];

/// The name `name` in lower case, and what a column of that name may hold, however its letters are cased.
pub(super) fn field_of(name: &str) -> Option<(&'static str, Field)> {
    NAMES.iter().copied().find(|(known, _)| known.eq_ignore_ascii_case(name))
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
    fn names_are_distinct_and_lower_case() {
        for (index, (name, _)) in NAMES.iter().enumerate() {
            assert_eq!(*name, name.to_lowercase());
            assert!(NAMES[..index].iter().all(|(other, _)| other != name));
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
