//! What a caller says about the shape of rows, and the shape that follows for a file, a table or a single row.

use std::cmp::Reverse;

use arrow_schema::{DataType, Fields};

use super::columns::Columns;
use super::error::MESSAGES;
use super::names::Field;
use super::{RowKind, Shape, Source};
use crate::error::{Error, RowError, RowErrorKind};
use crate::row::{ArrowCell, Key, Named, OpenedFields, Value};

/// A shape by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapeName {
    /// `messages`.
    Messages,
    /// `conversations`, or `conversation`.
    Sharegpt,
    /// `instruction`, `input`, `output`.
    Alpaca,
    /// `query`, `response`, or other names for them; `prompt` with `completion`, or with `chosen` and `rejected`.
    QueryResponse,
    /// `text`, for pre-training.
    Text,
}

impl ShapeName {
    const ALL: [Self; 5] = [Self::Messages, Self::Sharegpt, Self::Alpaca, Self::QueryResponse, Self::Text];

    /// The shape named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|shape| shape.as_str() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Error::argument("shape", format!("'{name}' is unknown; give one of {known}"))
        })
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Sharegpt => "sharegpt",
            Self::Alpaca => "alpaca",
            Self::QueryResponse => "query_response",
            Self::Text => "text",
        }
    }

    pub(super) fn kind(self) -> RowKind {
        match self {
            Self::Messages | Self::Sharegpt => RowKind::Messages,
            Self::Alpaca | Self::QueryResponse => RowKind::Fields,
            Self::Text => RowKind::Text,
        }
    }
}

/// The fields of a row that a column may be named for, in addition to those of a shape.
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

/// The fields of a shape that a column may be named for.
const SHAPE_FIELDS: [Field; 11] = [
    Field::Conversation,
    Field::System,
    Field::Instruction,
    Field::Input,
    Field::Output,
    Field::Query,
    Field::Response,
    Field::History,
    Field::Text,
    Field::Chosen,
    Field::Rejected,
];

/// The fields of a message that may have another name.
const MESSAGE_KEYS: [&str; 2] = ["role", "content"];

/// What the caller says about the shape of the rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShapeChoice {
    /// `None`: found from the names of the columns.
    pub name: Option<ShapeName>,
    /// The standard name of a field, and the column that holds it.
    pub columns: Vec<(String, String)>,
}

impl ShapeChoice {
    /// Checks the names of fields.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for a column that is named for an unknown field.
    pub fn check(&self) -> Result<(), Error> {
        let of_row = ROW_KEYS.iter().map(|key| key.as_str());
        let known: Vec<_> = of_row.chain(SHAPE_FIELDS.map(Field::standard)).chain(MESSAGE_KEYS).collect();
        match self.columns.iter().find(|(standard, _)| !known.contains(&standard.as_str())) {
            Some((standard, _)) => {
                let detail = format!(
                    "'{standard}' is not a standard name; map one of {} to your column's name",
                    known.join(", ")
                );
                Err(Error::argument("columns", detail))
            }
            None => Ok(()),
        }
    }

    /// The shape of rows that are read one by one, each by the names of its own columns.
    pub fn of_any_row(&self) -> Shape {
        Shape::new(self, self.name.map(ShapeName::kind), false, Source::Choice)
    }

    /// The shape of the rows of a table with columns `fields`. A column of nothing but nulls is as good as none.
    pub fn of_table(&self, fields: &Fields) -> Shape {
        let fields = fields.iter().filter(|field| *field.data_type() != DataType::Null);
        let columns = Columns::<ArrowCell<'_>>::of_names(self, fields.map(|field| field.name().as_str()));
        let kind = self.name.map(ShapeName::kind).or_else(|| columns.row_kind());
        let source = if self.name.is_some() { Source::Choice } else { Source::Table };
        Shape::new(self, kind, columns.are_alpaca(), source)
    }

    /// The kind of a row with the fields `row`, by its own columns.
    pub(crate) fn kind_of<'a, V>(&self, row: &OpenedFields<'a, V>) -> Option<RowKind>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        Columns::of_row(self, row).row_kind()
    }

    /// The shape of the rows of a file, settled by a sample of them: the kind that most have, the first of several.
    pub(crate) fn of_sample(&self, kinds: &[RowKind]) -> Shape {
        if self.name.is_some() {
            return self.of_any_row();
        }
        let votes = |kind: RowKind| kinds.iter().filter(|other| **other == kind).count();
        let first = |kind: RowKind| kinds.iter().position(|other| *other == kind);
        let known = [RowKind::Messages, RowKind::Fields, RowKind::Text].into_iter();
        let kind = known.filter(|kind| kinds.contains(kind)).min_by_key(|kind| (Reverse(votes(*kind)), first(*kind)));
        Shape::new(self, kind, false, Source::Sample)
    }

    /// Whether the caller named the column `name` for something.
    pub(super) fn names_column(&self, name: &str) -> bool {
        self.columns.iter().any(|(_, column)| column == name)
    }

    /// The column that the caller named for `standard`.
    pub(super) fn explicit(&self, standard: &str) -> Option<&str> {
        self.columns.iter().find(|(name, _)| name == standard).map(|(_, column)| column.as_str())
    }

    /// The columns that hold a field of a row under another name.
    pub(super) fn renamed(&self) -> Vec<(Key, String)> {
        let keys = ROW_KEYS.iter().filter(|key| **key != Key::Messages);
        keys.filter_map(|key| Some((*key, self.explicit(key.as_str())?.to_owned()))).collect()
    }

    /// What the caller said, for errors.
    pub(super) fn describe(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|(name, column)| format!("'{column}' for '{name}'")).collect();
        if columns.is_empty() { String::new() } else { format!(" (columns named: {})", columns.join(", ")) }
    }
}

/// Checks that a file's first row does not hold all rows of the file.
///
/// # Errors
///
/// What to do about an object such as `{"data": [{…}, …]}`.
pub(crate) fn check_not_wrapped<'a, V>(choice: &ShapeChoice, row: &OpenedFields<'a, V>) -> Result<(), String>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    use crate::row::{Kind, List};

    for name in row.names() {
        if let Some(Kind::List(items)) = row.named(&name).map(|value| value.kind())
            && !items.is_empty()
            && let Kind::Map(first) = items.at(0).kind()
            && choice.kind_of(&first).is_some()
        {
            return Err(format!(
                "is one object that holds its rows in '{name}'; expected rows: write that list alone into the file, \
                 for example with: jq -c '.{name}[]'"
            ));
        }
    }
    Ok(())
}

/// The error for a row that has no column of a known shape.
pub(super) fn no_shape(choice: &ShapeChoice, names: &[String]) -> RowError {
    let messages = Key::Messages.as_str();
    let has_messages = choice.columns.is_empty() && names.iter().any(|name| name == messages);
    if names.is_empty() || has_messages {
        return RowError::new(RowErrorKind::MissingField, MESSAGES).at_field(messages);
    }
    let detail = format!(
        "has none of the known shapes: its keys are {}{}; give 'messages', 'conversations' (ShareGPT), 'instruction' \
         with 'input' and 'output' (Alpaca), 'query' with 'response', 'prompt' with 'completion' or with 'chosen' and \
         'rejected' (TRL), or 'text', or name its columns",
        names.join(", "),
        choice.describe()
    );
    RowError::new(RowErrorKind::MissingField, detail)
}
