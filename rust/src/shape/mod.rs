//! Row shapes: how people keep conversations in rows, and how each becomes `messages`. One reader for all ways in, rows
//! of files, tables and Python objects. docs/shapes.md says what it reads.
//!
//! A row is of one of three kinds ([`RowKind`]). The kind is settled once for a file or a table, and a row of another kind
//! is refused; a row that comes alone settles it for itself. Within the kind, each row is read by its own columns, so that
//! nothing depends on which rows were read before. A row with `messages` and nothing that changes them is read
//! directly; any other through a view that puts `messages` together without copying texts.
//!
//! What ms-swift's preprocessors make of the same rows, this makes of them; COMPATIBILITY.md lists the exceptions.

mod build;
mod choice;
mod columns;
mod error;
mod named;
mod names;
mod open;
mod pair;
mod turns;
mod view;

use std::rc::Rc;

pub(crate) use choice::check_not_wrapped;
pub use choice::{ShapeChoice, ShapeName};
pub(crate) use names::{is_key, matters_beside_messages};

use self::view::{RowParts, Shaped};
use crate::error::RowError;
use crate::row::{Key, Kind, Label, Map, Named, Opened, OpenedFields, Row, Sides, Value, read_row};

/// What kind of row holds a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A list of messages, or of rounds such as `{"human": …, "assistant": …}`.
    Messages,
    /// Columns for what was asked and what was answered.
    Fields,
    /// A text and nothing else.
    Text,
}

/// What settled the kind of the rows, for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The caller, or nothing: each row by itself.
    Choice,
    /// The first rows of the file.
    Sample,
    /// The columns of the table.
    Table,
}

/// How the rows of one file, of one table or of one list are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    choice: ShapeChoice,
    /// `None`: each row says so itself.
    kind: Option<RowKind>,
    /// Whether rows have an instruction and an input, even where one of them is null.
    is_alpaca: bool,
    source: Source,
    /// Columns that hold a field of a row under another name.
    renamed: Vec<(Key, String)>,
    role_keys: Vec<String>,
    content_keys: Vec<String>,
}

impl Default for Shape {
    /// Rows of any shape, each read by its own columns.
    fn default() -> Self {
        ShapeChoice::default().of_any_row()
    }
}

impl Shape {
    fn new(choice: &ShapeChoice, kind: Option<RowKind>, is_alpaca: bool, source: Source) -> Self {
        let keys = |standard: &str, other: &str| match choice.explicit(standard) {
            Some(key) => vec![key.to_owned()],
            None => vec![standard.to_owned(), other.to_owned()],
        };
        Self {
            choice: choice.clone(),
            kind,
            is_alpaca,
            source,
            renamed: choice.renamed(),
            role_keys: keys("role", "from"),
            content_keys: keys("content", "value"),
        }
    }

    /// Whether the caller named the column `name` for something.
    pub(crate) fn names_column(&self, name: &str) -> bool {
        self.choice.names_column(name)
    }

    /// The kind of all rows, where it is settled.
    pub fn kind(&self) -> Option<RowKind> {
        self.kind
    }

    /// Reads one row.
    ///
    /// # Errors
    ///
    /// A [`RowError`] that names the message and the field that cannot be read.
    pub fn read<'a, V>(&self, value: &V) -> Result<Row<'a>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        if self.may_be_plain()
            && is_plain(value)
            && let Ok(row) = read_row(value)
            && are_sides_read(&row)
        {
            return Ok(row);
        }
        self.read_shaped(Opened::Plain(value.clone()))
    }

    /// [`Shape::read`] for a table some of whose texts are JSON by their type.
    ///
    /// # Errors
    ///
    /// A [`RowError`] that names the message and the field that cannot be read.
    pub fn read_opened<'a, V>(&self, value: &V) -> Result<Row<'a>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let value = Opened::Plain(value.clone());
        if self.may_be_plain()
            && is_plain(&value)
            && let Ok(row) = read_row(&value)
            && are_sides_read(&row)
        {
            return Ok(row);
        }
        self.read_shaped(value)
    }

    /// Whether rows may have messages as [`read_row`] expects them.
    pub(crate) fn may_be_plain(&self) -> bool {
        self.choice.columns.is_empty()
            && matches!(self.choice.name, None | Some(ShapeName::Messages))
            && matches!(self.kind, None | Some(RowKind::Messages))
    }

    fn read_shaped<'a, V>(&self, value: Opened<'a, V>) -> Result<Row<'a>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let Kind::Map(source) = value.kind() else { return read_row(&value) };
        let built = self.build(&source)?;
        let parts = Rc::new(RowParts { source, built, shape: self });
        let mut row = read_row(&Shaped::Row(Rc::clone(&parts))).map_err(|error| parts.built.place(error))?;
        row.is_text = parts.built.is_text;
        if let Some(sides) = &mut row.sides
            && let Err(error) = &mut sides.rejected
        {
            *error = parts.built.place_rejected(error.clone());
        }
        if let Some(error) = &parts.built.not_a_pair {
            let sides = row.sides.get_or_insert_with(|| {
                let (positive, negative) = (Ok(Vec::new()), Ok(Vec::new()));
                Box::new(Sides { rejected: Ok(None), positive, negative, margin: Ok(None), label: Label::None })
            });
            sides.rejected = Err(error.clone());
        }
        Ok(row)
    }

    /// The column that the caller named for `key`.
    fn column(&self, key: Key) -> Option<&str> {
        self.renamed.iter().find(|(renamed, _)| *renamed == key).map(|(_, column)| column.as_str())
    }
}

/// Whether rows of some shape are read from a column of this name.
pub(crate) fn is_read(name: &str) -> bool {
    names::field_of(name).is_some() || name == "role"
}

/// Whether a row has `messages`, and nothing that changes how these are read.
fn is_plain<'a, V>(value: &V) -> bool
where
    V: Value<'a>,
    V::Map: Named<'a, Value = V>,
{
    let Kind::Map(row) = value.kind() else { return true };
    if row.at_most() <= 1 {
        return row.get(Key::Messages).is_some();
    }
    let mut has_messages = false;
    let is_other = row.any_name(&mut |name| {
        has_messages |= name == Key::Messages.as_str();
        matters_beside_messages(name)
    });
    has_messages && !is_other
}

/// Whether the other sides of a row, where it has some, are as [`read_row`] expects them.
fn are_sides_read(row: &Row<'_>) -> bool {
    row.sides.as_ref().is_none_or(|sides| sides.rejected.is_ok() && sides.positive.is_ok() && sides.negative.is_ok())
}

/// The role that `name` means in any of the shapes; `None` where it is not one of theirs.
fn standard_role(name: &str) -> Option<&'static str> {
    Some(match name {
        "human" | "user" => "user",
        "gpt" | "assistant" | "bot" | "model" | "chatgpt" | "bing" | "bard" => "assistant",
        "function_call" | "function-call" | "tool_call" => "tool_call",
        "observation" | "observations" | "tool" | "tool_response" | "function" | "function_response"
        | "function-response" => "tool",
        "system" | "developer" => "system",
        _ => return None,
    })
}

/// The value of `column`, unless it is null.
fn present<'a, V>(source: &OpenedFields<'a, V>, column: &str) -> Option<Opened<'a, V>>
where
    V: Value<'a>,
    V::Map: Named<'a, Value = V>,
{
    source.named(column).filter(|value| !matches!(value.kind(), Kind::Null))
}

#[cfg(test)]
mod tests;
