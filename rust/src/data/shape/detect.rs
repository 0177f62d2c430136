//! Which shape a file's rows have, told by the keys of one row. First match counts.

use std::borrow::Cow;

use super::{Form, Shape};
use crate::error::{Error, RowError, RowErrorKind};
use crate::row::Key;

/// A shape by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapeName {
    /// `messages`.
    Messages,
    /// `conversations`.
    Sharegpt,
    /// `instruction`, `input`, `output`.
    Alpaca,
    /// `query`, `response`, or other names for them.
    QueryResponse,
}

impl ShapeName {
    /// The shape named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "messages" => Self::Messages,
            "sharegpt" => Self::Sharegpt,
            "alpaca" => Self::Alpaca,
            "query_response" => Self::QueryResponse,
            _ => {
                let detail = format!("'{name}' is unknown; give one of messages, sharegpt, alpaca, query_response");
                return Err(Error::argument("shape", detail));
            }
        })
    }
}

const QUERY: [&str; 6] = ["query", "prompt", "input", "instruction", "question", "problem"];
const RESPONSE: [&str; 11] = [
    "response",
    "answer",
    "output",
    "targets",
    "target",
    "answer_key",
    "answers",
    "solution",
    "text",
    "completion",
    "content",
];
const SYSTEM: [&str; 2] = ["system", "system_prompt"];

/// The other names that a column may be given for.
const STANDARD: [&str; 8] =
    ["conversations", "system", "instruction", "input", "output", "query", "response", "history"];

/// The fields of a row that a column may be given for.
const ROW_KEYS: [Key; 14] = [
    Key::Messages,
    Key::Tools,
    Key::ChatTemplateKwargs,
    Key::AddEos,
    Key::Images,
    Key::Videos,
    Key::Audios,
    Key::Objects,
    Key::RejectedResponse,
    Key::RejectedMessages,
    Key::PositiveMessages,
    Key::NegativeMessages,
    Key::Label,
    Key::Margin,
];

/// The fields of a message that may have another name.
const MESSAGE_KEYS: [&str; 2] = ["role", "content"];

/// Names for media that ms-swift takes for the standard ones.
const MEDIA: [(Key, &str); 3] = [(Key::Images, "image"), (Key::Videos, "video"), (Key::Audios, "audio")];

/// What the caller says about the shape of the rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShapeChoice {
    /// `None`: told by the keys of each file's first row.
    pub name: Option<ShapeName>,
    /// The standard name of a field, and the column that holds it.
    pub columns: Vec<(String, String)>,
}

/// Two columns may be meant, and nothing says which.
struct Ambiguous {
    standard: &'static str,
    found: Vec<String>,
}

impl ShapeChoice {
    /// # Errors
    ///
    /// [`Error::Argument`] for a column given for a name that no row has.
    pub fn check(&self) -> Result<(), Error> {
        let known = || ROW_KEYS.iter().map(|key| key.as_str()).chain(STANDARD).chain(MESSAGE_KEYS);
        for (standard, _) in &self.columns {
            if known().all(|name| name != standard) {
                let known = known().collect::<Vec<_>>().join(", ");
                let detail = format!("'{standard}' is no standard name; map one of {known} to your column's name");
                return Err(Error::argument("columns", detail));
            }
        }
        Ok(())
    }

    /// The shape of rows that have `keys`.
    ///
    /// # Errors
    ///
    /// A [`RowError`] that lists the shapes and the keys, where it cannot be told.
    pub fn settle(&self, keys: &[Cow<'_, str>]) -> Result<Shape, RowError> {
        let form = match self.name {
            Some(name) => self.forced(name, keys),
            None => self.told(keys),
        };
        let form = form.map_err(|ambiguous| refuse_ambiguous(&ambiguous))?.ok_or_else(|| self.refuse(keys))?;
        let mut shape = Shape::new(form);
        shape.system = self.synonym("system", &SYSTEM, keys).map_err(|ambiguous| refuse_ambiguous(&ambiguous))?;
        shape.renamed = self.renamed(keys);
        for (standard, names) in [("role", &mut shape.role_keys), ("content", &mut shape.content_keys)] {
            if let Some(column) = self.explicit(standard) {
                *names = vec![column.to_owned()];
            }
        }
        Ok(shape)
    }

    fn forced(&self, name: ShapeName, keys: &[Cow<'_, str>]) -> Result<Option<Form>, Ambiguous> {
        let messages = |standard: &str| Form::Messages { messages: self.column_or_name(standard, keys) };
        Ok(Some(match name {
            ShapeName::Messages => messages("messages"),
            ShapeName::Sharegpt => messages("conversations"),
            ShapeName::Alpaca => self.alpaca(keys)?,
            ShapeName::QueryResponse => self.response(keys)?,
        }))
    }

    fn told(&self, keys: &[Cow<'_, str>]) -> Result<Option<Form>, Ambiguous> {
        for standard in ["messages", "conversations"] {
            if let Some(messages) = self.column(standard, keys) {
                return Ok(Some(Form::Messages { messages }));
            }
        }
        if self.column("instruction", keys).is_some() && self.column("input", keys).is_some() {
            return self.alpaca(keys).map(Some);
        }
        Ok(Some(self.response(keys)?)
            .filter(|form| !matches!(form, Form::Response { query: None, response: None, .. })))
    }

    fn alpaca(&self, keys: &[Cow<'_, str>]) -> Result<Form, Ambiguous> {
        let response = match self.column("output", keys) {
            Some(output) => Some(output),
            None => self.synonym("response", &RESPONSE, keys)?,
        };
        Ok(Form::Alpaca {
            instruction: self.column_or_name("instruction", keys),
            input: self.column_or_name("input", keys),
            response,
            history: self.column_or_name("history", keys),
        })
    }

    fn response(&self, keys: &[Cow<'_, str>]) -> Result<Form, Ambiguous> {
        Ok(Form::Response {
            query: self.synonym("query", &QUERY, keys)?,
            response: self.synonym("response", &RESPONSE, keys)?,
            history: self.column_or_name("history", keys),
        })
    }

    fn explicit(&self, standard: &str) -> Option<&str> {
        self.columns.iter().find(|(name, _)| name == standard).map(|(_, column)| column.as_str())
    }

    /// The column for `standard`: the one that the caller named, else the one of that name.
    fn column(&self, standard: &str, keys: &[Cow<'_, str>]) -> Option<String> {
        match self.explicit(standard) {
            Some(column) => keys.iter().find(|key| *key == column).map(|key| key.to_string()),
            None => find(standard, keys),
        }
    }

    fn column_or_name(&self, standard: &str, keys: &[Cow<'_, str>]) -> String {
        let named = || self.explicit(standard).unwrap_or(standard).to_owned();
        self.column(standard, keys).unwrap_or_else(named)
    }

    /// The column for `standard` under any of its names; its own name counts before the others.
    fn synonym(
        &self,
        standard: &'static str,
        names: &[&str],
        keys: &[Cow<'_, str>],
    ) -> Result<Option<String>, Ambiguous> {
        if let Some(column) = self.column(standard, keys) {
            return Ok(Some(column));
        }
        if self.explicit(standard).is_some() {
            return Ok(None);
        }
        let taken = |column: &String| self.columns.iter().any(|(_, given)| given == column);
        let mut found: Vec<_> = names.iter().filter_map(|name| find(name, keys)).filter(|name| !taken(name)).collect();
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(Ambiguous { standard, found }),
        }
    }

    fn renamed(&self, keys: &[Cow<'_, str>]) -> Vec<(Key, String)> {
        let given = ROW_KEYS.iter().filter(|key| **key != Key::Messages);
        let mut renamed: Vec<(Key, String)> =
            given.filter_map(|key| Some((*key, self.explicit(key.as_str())?.to_owned()))).collect();
        for (key, other) in MEDIA {
            if renamed.iter().all(|(renamed, _)| *renamed != key)
                && find(key.as_str(), keys).is_none()
                && let Some(column) = find(other, keys)
            {
                renamed.push((key, column));
            }
        }
        renamed
    }

    fn refuse(&self, keys: &[Cow<'_, str>]) -> RowError {
        let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
        let given: Vec<_> = self.columns.iter().map(|(name, column)| format!("'{column}' for '{name}'")).collect();
        let given = if given.is_empty() { String::new() } else { format!(" (columns named: {})", given.join(", ")) };
        RowError::new(
            RowErrorKind::MissingField,
            format!(
                "has none of the known shapes: its keys are {keys}{given}; give 'messages', 'conversations' (ShareGPT), \
                 'instruction' with 'input' and 'output' (Alpaca) or 'query' with 'response', or name its columns"
            ),
        )
    }
}

fn refuse_ambiguous(ambiguous: &Ambiguous) -> RowError {
    let Ambiguous { standard, found } = ambiguous;
    let found = found.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(" or ");
    RowError::new(RowErrorKind::WrongValue, format!("does not say which field is the {standard}: {found}; name one"))
        .at_field(*standard)
}

/// The key `name`, however its letters are cased.
fn find(name: &str, keys: &[Cow<'_, str>]) -> Option<String> {
    let exact = keys.iter().find(|key| *key == name);
    exact.or_else(|| keys.iter().find(|key| key.eq_ignore_ascii_case(name))).map(|key| key.to_string())
}
