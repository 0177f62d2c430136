//! The messages of a row that are put together from its columns, each with the place that it came from.

use std::borrow::Cow;

use super::names::{Field, field_of};
use super::{Shape, standard_role};
use crate::error::{RowError, RowErrorKind};
use crate::row::{Kind, List, Named, Opened, OpenedItems, Value};

/// What a message that was put together says.
pub(super) enum What<'a, V: Value<'a>> {
    Value(Opened<'a, V>),
    Text(Cow<'a, str>),
}

/// One message.
pub(super) enum Said<'a, V: Value<'a>> {
    /// Put together from a value; without one it has no content.
    Content(&'static str, Option<What<'a, V>>),
    /// As it stands in a list.
    Message(Opened<'a, V>),
}

/// One message, and the place that it came from.
#[derive(Clone)]
pub(super) struct Turn<'a, V: Value<'a>> {
    pub said: Said<'a, V>,
    pub column: Cow<'a, str>,
    /// Where it stands in the list that the column holds.
    pub index: Option<usize>,
}

impl<'a, V: Value<'a> + Clone> Clone for What<'a, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Value(value) => Self::Value(value.clone()),
            Self::Text(text) => Self::Text(text.clone()),
        }
    }
}

impl<'a, V: Value<'a> + Clone> Clone for Said<'a, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Content(role, what) => Self::Content(role, what.clone()),
            Self::Message(message) => Self::Message(message.clone()),
        }
    }
}

impl<'a, V: Value<'a> + Clone> Turn<'a, V> {
    /// What `column` holds, said by `role`.
    pub fn of_value(role: &'static str, value: Opened<'a, V>, column: &Cow<'a, str>) -> Self {
        Self { said: Said::Content(role, Some(What::Value(value))), column: column.clone(), index: None }
    }

    /// A text from `column`, said by `role`.
    pub fn of_text(role: &'static str, text: Cow<'a, str>, column: &Cow<'a, str>) -> Self {
        Self { said: Said::Content(role, Some(What::Text(text))), column: column.clone(), index: None }
    }

    /// The error of this message, placed where the message came from.
    pub fn place(&self, mut error: RowError) -> RowError {
        error.message = None;
        match (&self.said, self.index) {
            (Said::Message(_), index) => {
                error.message = index;
                // The messages of a row are named without their column.
                let is_conversation =
                    matches!(field_of(&self.column), Some((_, Field::Messages | Field::Conversation)));
                if is_conversation && index.is_some() { error } else { error.inside(&self.column) }
            }
            (Said::Content(..), None) => RowError { field: Some(self.column.to_string()), ..error },
            (Said::Content(..), Some(index)) => RowError { field: Some(format!("{}[{index}]", self.column)), ..error },
        }
    }
}

/// A message of a list, which a table may keep as JSON text.
pub(super) fn message<'a, V: Value<'a> + Clone>(items: &OpenedItems<'a, V>, index: usize) -> Opened<'a, V> {
    let item = items.at(index);
    if !item.is_cell() || !matches!(item.kind(), Kind::Text(_)) {
        return item;
    }
    match item.clone().open() {
        Ok(opened) if matches!(opened.kind(), Kind::Map(_)) => opened,
        // What is wrong with it is said where it is read.
        _ => item,
    }
}

impl Shape {
    /// Messages of a list that `column` holds.
    pub(super) fn of_list<'a, V>(&self, items: &OpenedItems<'a, V>, column: &Cow<'a, str>) -> Vec<Turn<'a, V>>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let turn =
            |index| Turn { said: Said::Message(message(items, index)), column: column.clone(), index: Some(index) };
        (0..items.len()).map(turn).collect()
    }

    /// What `role` says in `value`: a text, one message, or a list of messages.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for an object that is not a message.
    pub(super) fn said<'a, V>(
        &self,
        role: &'static str,
        value: Opened<'a, V>,
        column: &Cow<'a, str>,
    ) -> Result<Vec<Turn<'a, V>>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        match value.kind() {
            Kind::List(items) if !items.is_empty() && self.is_message(&items.at(0)) => Ok(self.of_list(&items, column)),
            Kind::List(items) if items.is_empty() => {
                let detail = "is an empty list; give a string, or at least one message";
                Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(column.to_string()))
            }
            Kind::Map(_) if self.is_message(&value) => {
                Ok(vec![Turn { said: Said::Message(value), column: column.clone(), index: None }])
            }
            Kind::Map(_) => {
                let detail = "is an object without a role; give a string, a message or a list of messages";
                Err(RowError::new(RowErrorKind::WrongType, detail).at_field(column.to_string()))
            }
            _ => Ok(vec![Turn::of_value(role, value, column)]),
        }
    }

    /// Whether a value is an object with a role.
    pub(super) fn is_message<'a, V>(&self, value: &Opened<'a, V>) -> bool
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        self.role_of(value).is_some()
    }

    /// The role of a message, under its standard name.
    pub(super) fn role_of<'a, V>(&self, message: &Opened<'a, V>) -> Option<Cow<'a, str>>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let Kind::Map(fields) = message.kind() else { return None };
        match first(&fields, &self.role_keys)?.kind() {
            Kind::Text(name) => Some(standard_role(&name).map_or(name, Cow::Borrowed)),
            _ => None,
        }
    }

    /// The role of a message that was put together.
    pub(super) fn role_of_turn<'a, V>(&self, turn: &Turn<'a, V>) -> Option<Cow<'a, str>>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        match &turn.said {
            Said::Content(role, _) => Some(Cow::Borrowed(role)),
            Said::Message(message) => self.role_of(message),
        }
    }
}

/// The value of the first of `keys` that there is; a null counts only where there is no other.
pub(super) fn first<'a, V>(fields: &crate::row::OpenedFields<'a, V>, keys: &[String]) -> Option<Opened<'a, V>>
where
    V: Value<'a>,
    V::Map: Named<'a, Value = V>,
{
    let mut null = None;
    for key in keys {
        match fields.named(key) {
            Some(value) if matches!(value.kind(), Kind::Null) => null = Some(value),
            Some(value) => return Some(value),
            None => {}
        }
    }
    null
}
