//! What is wrong with a row that does not have the shape that it is read as.

use std::borrow::Cow;

use super::choice::ShapeChoice;
use super::names::Field;
use super::{RowKind, Source};
use crate::error::{RowError, RowErrorKind};

/// What is wrong with a row without messages.
pub(super) const MESSAGES: &str = "is missing; give a list of messages with `role` and `content`";

/// The error for a value of a type that has no place there.
pub(super) fn wrong_type(found: Cow<'_, str>, expected: &str, field: &str) -> RowError {
    RowError::new(RowErrorKind::WrongType, format!("is {found}; give {expected}")).at_field(field.to_owned())
}

/// The error for a row of the kind `found` among rows of the kind `kind`.
pub(super) fn not_of_the_kind(kind: RowKind, found: Option<RowKind>, of: Source, names: &[String]) -> RowError {
    let all = match of {
        Source::Table => "the table has",
        Source::Sample | Source::Choice => "the first rows of the file have",
    };
    let (all, names) = (format!("{all} {}", describe(kind)), listed(names));
    let detail = match found {
        None if kind == RowKind::Messages => MESSAGES.to_owned(),
        None => format!("is missing; {all}, and the keys of this row are {names}"),
        Some(found) => format!(
            "is missing; {all}, but this row has {} (its keys are {names}): rows of one file have one shape; \
             put this row into another file, or name the shape",
            describe(found)
        ),
    };
    RowError::new(RowErrorKind::MissingField, detail).at_field(field(kind).standard())
}

/// The error for a row without anything to read, in a shape that is settled.
pub(super) fn no_query(choice: &ShapeChoice, field: Field, names: &[String]) -> RowError {
    let field = choice.explicit(field.standard()).unwrap_or(match (field, choice.name) {
        (Field::Messages, Some(name)) if name.as_str() == "sharegpt" => Field::Conversation.standard(),
        (field, _) => field.standard(),
    });
    let shape = match choice.name {
        Some(name) => format!("shape '{}' needs it", name.as_str()),
        None => "give it a value".to_owned(),
    };
    let detail = format!("is missing; {shape}, and the keys of this row are {}", listed(names));
    RowError::new(RowErrorKind::MissingField, detail).at_field(field.to_owned())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn describe(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Messages => "a list of messages",
        RowKind::Fields => "a query and a response in columns of their own",
        RowKind::Text => "a text without a query",
    }
}

fn field(kind: RowKind) -> Field {
    match kind {
        RowKind::Messages => Field::Messages,
        RowKind::Fields => Field::Query,
        RowKind::Text => Field::Text,
    }
}
