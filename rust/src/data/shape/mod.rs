//! The shapes that people keep conversations in, and how each becomes `messages`.
//!
//! A shape is settled once a file, from the keys of a row; after that a row is read through a view
//! that puts `messages` together from its fields, without copying texts. What ms-swift's
//! preprocessors make of the same rows, these make of them.

mod build;
mod detect;
mod named;
mod view;

use std::rc::Rc;

pub use detect::{ShapeChoice, ShapeName};

use self::view::{RowParts, Shaped};
use crate::error::RowError;
use crate::row::{Key, Kind, Named, Opened, Row, Value, read_row};

/// The shape of a file's rows: which of its columns mean what.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    form: Form,
    /// The column with a system text beside the conversation.
    system: Option<String>,
    /// Columns that hold a field of a row under another name.
    renamed: Vec<(Key, String)>,
    role_keys: Vec<String>,
    content_keys: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// A column with a list of messages, or with rounds such as `{"human": …, "assistant": …}`.
    Messages { messages: String },
    /// A query in two parts.
    Alpaca { instruction: String, input: String, response: Option<String>, history: String },
    /// One column with what was asked, one with what was answered.
    Response { query: Option<String>, response: Option<String>, history: String },
}

impl Default for Shape {
    /// Rows as [`read_row`] expects them.
    fn default() -> Self {
        Self::new(Form::Messages { messages: Key::Messages.as_str().to_owned() })
    }
}

impl Shape {
    fn new(form: Form) -> Self {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        Self {
            form,
            system: None,
            renamed: Vec::new(),
            role_keys: names(["role", "from"]),
            content_keys: names(["content", "value"]),
        }
    }

    /// Reads one row of this shape.
    ///
    /// # Errors
    ///
    /// A [`RowError`] that names the message and the field that cannot be read.
    pub fn read<'a, V>(&self, value: &V) -> Result<Row<'a>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let value = Opened::Plain(value.clone());
        let Kind::Map(source) = value.kind() else { return read_row(&value) };
        let messages = self.messages(&source)?;
        read_row(&Shaped::Row(Rc::new(RowParts { source, messages, shape: self }))).map_err(|error| self.name(error))
    }

    /// Names the column that the user wrote, where `messages` is another name for it.
    fn name(&self, mut error: RowError) -> RowError {
        if let Form::Messages { messages } = &self.form
            && error.message.is_none()
            && error.field.as_deref() == Some(Key::Messages.as_str())
        {
            error.field = Some(messages.clone());
        }
        error
    }

    /// The column that holds `key`.
    fn column(&self, key: Key) -> Option<&str> {
        self.renamed.iter().find(|(renamed, _)| *renamed == key).map(|(_, column)| column.as_str())
    }
}

/// The role that `name` means in any of the shapes; `name` itself where it is none of the others'.
fn standard_role(name: &str) -> Option<&'static str> {
    Some(match name {
        "human" | "user" => "user",
        "gpt" | "assistant" | "bot" | "model" | "chatgpt" | "bing" | "bard" => "assistant",
        "function_call" | "function-call" | "tool_call" => "tool_call",
        "observation" | "observations" | "tool" | "tool_response" | "function_response" | "function-response" => "tool",
        "system" => "system",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
