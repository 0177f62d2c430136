//! A row of any shape, seen as a row with `messages`.

use std::borrow::Cow;
use std::rc::Rc;

use super::build::{Built, Messages};
use super::names::{Field, field_of};
use super::open::opened_or_text;
use super::turns::{Said, Turn, What, first, message};
use super::{Shape, standard_role};
use crate::error::{RowError, RowErrorKind};
use crate::json::Json;
use crate::row::{Key, Kind, List, Map, Named, Opened, OpenedFields, OpenedItems, Value, seen_as};

/// A row and what it holds, as [`crate::row::read_row`] expects them.
pub(super) enum Shaped<'a, 's, V: Value<'a>> {
    /// As it came.
    Plain(Opened<'a, V>),
    Text(Cow<'a, str>),
    Row(Rc<RowParts<'a, 's, V>>),
    /// A list of messages under any of their names.
    List(Opened<'a, V>, &'s Shape),
    /// A list of such lists.
    Lists(Opened<'a, V>, &'s Shape),
    /// Messages put together from several columns.
    Turns(Rc<Vec<Turn<'a, V>>>, &'s Shape),
    /// One message.
    Message(Opened<'a, V>, &'s Shape),
    /// One message that was put together: its role, and what it says.
    Said(&'static str, Option<What<'a, V>>),
}

/// A row's own fields, and its messages.
pub(super) struct RowParts<'a, 's, V: Value<'a>> {
    pub source: OpenedFields<'a, V>,
    pub built: Built<'a, V>,
    pub shape: &'s Shape,
}

impl<'a, V: Value<'a> + Clone> Clone for Shaped<'a, '_, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Plain(value) => Self::Plain(value.clone()),
            Self::Text(text) => Self::Text(text.clone()),
            Self::Row(parts) => Self::Row(parts.clone()),
            Self::List(list, shape) => Self::List(list.clone(), shape),
            Self::Lists(lists, shape) => Self::Lists(lists.clone(), shape),
            Self::Turns(turns, shape) => Self::Turns(turns.clone(), shape),
            Self::Message(message, shape) => Self::Message(message.clone(), shape),
            Self::Said(role, what) => Self::Said(role, what.clone()),
        }
    }
}

pub(super) enum ShapedItems<'a, 's, V: Value<'a>> {
    Plain(OpenedItems<'a, V>),
    Messages(OpenedItems<'a, V>, &'s Shape),
    Lists(OpenedItems<'a, V>, &'s Shape),
    Turns(Rc<Vec<Turn<'a, V>>>, &'s Shape),
}

pub(super) enum ShapedFields<'a, 's, V: Value<'a>> {
    Plain(OpenedFields<'a, V>),
    Row(Rc<RowParts<'a, 's, V>>),
    Message(OpenedFields<'a, V>, &'s Shape),
    Said(&'static str, Option<What<'a, V>>),
}

impl<'a, 's, V> Value<'a> for Shaped<'a, 's, V>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    type List = ShapedItems<'a, 's, V>;
    type Map = ShapedFields<'a, 's, V>;

    fn kind(&self) -> Kind<'a, Self> {
        match self {
            Self::Plain(value) => seen_as(value.kind(), ShapedItems::Plain, ShapedFields::Plain),
            Self::Text(text) => Kind::Text(text.clone()),
            Self::Row(parts) => Kind::Map(ShapedFields::Row(parts.clone())),
            Self::List(list, shape) => {
                seen_as(list.kind(), |items| ShapedItems::Messages(items, shape), ShapedFields::Plain)
            }
            Self::Lists(lists, shape) => {
                seen_as(lists.kind(), |items| ShapedItems::Lists(items, shape), ShapedFields::Plain)
            }
            Self::Turns(turns, shape) => Kind::List(ShapedItems::Turns(turns.clone(), shape)),
            Self::Message(message, shape) => {
                seen_as(message.kind(), ShapedItems::Plain, |fields| ShapedFields::Message(fields, shape))
            }
            Self::Said(role, what) => Kind::Map(ShapedFields::Said(role, what.clone())),
        }
    }

    fn is_cell(&self) -> bool {
        matches!(self, Self::Plain(value) | Self::List(value, _) | Self::Lists(value, _) | Self::Message(value, _) if value.is_cell())
    }

    fn json_text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Plain(value) => value.json_text(),
            _ => None,
        }
    }

    fn json(&self) -> Result<Json, RowError> {
        match self {
            Self::Plain(value) | Self::Message(value, _) => value.json(),
            Self::Text(text) => Ok(Json::Text(text.as_ref().to_owned())),
            // What was put together is a row or a message, and these are read field by field.
            _ => Err(RowError::new(RowErrorKind::WrongType, "is not a value of its own")),
        }
    }
}

impl<'a, 's, V> List<'a> for ShapedItems<'a, 's, V>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    type Value = Shaped<'a, 's, V>;

    fn len(&self) -> usize {
        match self {
            Self::Plain(items) | Self::Messages(items, _) | Self::Lists(items, _) => items.len(),
            Self::Turns(turns, _) => turns.len(),
        }
    }

    fn at(&self, index: usize) -> Shaped<'a, 's, V> {
        match self {
            Self::Plain(items) => Shaped::Plain(items.at(index)),
            Self::Messages(items, shape) => Shaped::Message(message(items, index), shape),
            Self::Lists(items, shape) => Shaped::List(opened_or_text(items.at(index)), shape),
            Self::Turns(turns, shape) => match &turns[index].said {
                Said::Content(role, what) => Shaped::Said(role, what.clone()),
                Said::Message(message) => Shaped::Message(message.clone(), shape),
            },
        }
    }
}

impl<'a, 's, V> Map<'a> for ShapedFields<'a, 's, V>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    type Value = Shaped<'a, 's, V>;

    fn is_empty(&self) -> bool {
        match self {
            Self::Plain(fields) | Self::Message(fields, _) => fields.is_empty(),
            Self::Row(_) | Self::Said(..) => false,
        }
    }

    fn at_most(&self) -> usize {
        match self {
            Self::Plain(fields) | Self::Message(fields, _) => fields.at_most(),
            Self::Said(..) => 2,
            Self::Row(_) => usize::MAX,
        }
    }

    fn get(&self, key: Key) -> Option<Shaped<'a, 's, V>> {
        match self {
            Self::Plain(fields) => fields.get(key).map(Shaped::Plain),
            Self::Row(parts) => parts.get(key),
            Self::Message(fields, shape) => match key {
                Key::Role => first(fields, &shape.role_keys).map(with_standard_role),
                Key::Content => first(fields, &shape.content_keys).map(Shaped::Plain),
                _ => fields.get(key).map(Shaped::Plain),
            },
            Self::Said(role, what) => match key {
                Key::Role => Some(Shaped::Text(Cow::Borrowed(role))),
                Key::Content => what.clone().map(|content| match content {
                    What::Value(value) => Shaped::Plain(value),
                    What::Text(text) => Shaped::Text(text),
                }),
                _ => None,
            },
        }
    }

    fn each_unknown(&self, is_known: fn(&str) -> bool, found: &mut dyn FnMut(Cow<'a, str>)) {
        match self {
            Self::Plain(fields) => fields.each_unknown(is_known, found),
            Self::Message(fields, shape) => fields.each_unknown(is_known, &mut |name| {
                if !shape.role_keys.iter().chain(&shape.content_keys).any(|key| *key == name) {
                    found(name);
                }
            }),
            Self::Row(parts) => parts.source.each_unknown(is_known, &mut |name| {
                if !parts.uses(&name) {
                    found(name);
                }
            }),
            Self::Said(..) => {}
        }
    }
}

impl<'a, 's, V> RowParts<'a, 's, V>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    /// Whether the row is read from the column `name`.
    fn uses(&self, name: &str) -> bool {
        let built = &self.built;
        let of_messages = match &built.messages {
            Messages::List { column, .. } => column == name,
            Messages::Turns(turns) => {
                let rejected = built.rejected.iter().flat_map(|turns| turns.iter());
                turns.iter().chain(rejected).any(|turn| turn.column == name)
            }
        };
        of_messages
            || built.columns.iter().any(|(_, column)| column == name)
            || self.shape.names_column(name)
            || matches!(field_of(name), Some((_, Field::Input | Field::History | Field::System)))
    }

    fn get(&self, key: Key) -> Option<Shaped<'a, 's, V>> {
        if key == Key::Messages {
            return Some(match &self.built.messages {
                Messages::List { list, .. } => Shaped::List(list.clone(), self.shape),
                Messages::Turns(turns) => Shaped::Turns(turns.clone(), self.shape),
            });
        }
        if key == Key::RejectedMessages
            && let Some(turns) = &self.built.rejected
        {
            return Some(Shaped::Turns(turns.clone(), self.shape));
        }
        if !self.built.has_fields {
            return None;
        }
        let value = self.field(key)?;
        // A table may keep these as JSON text; what is not JSON is refused where it is read.
        match key {
            Key::ChatTemplateKwargs => Some(Shaped::Plain(value.clone().open().unwrap_or(value))),
            Key::PositiveMessages | Key::NegativeMessages => Some(Shaped::Lists(opened_or_text(value), self.shape)),
            Key::RejectedMessages => Some(Shaped::List(opened_or_text(value), self.shape)),
            _ => Some(Shaped::Plain(value)),
        }
    }

    /// The value of a field of the row, under any of its names.
    fn field(&self, key: Key) -> Option<Opened<'a, V>> {
        let other = || self.built.columns.iter().find(|(other, _)| *other == key);
        let value = match (self.shape.column(key), other()) {
            (Some(column), _) => self.source.named(column),
            (None, Some((_, column))) => self.source.named(column),
            (None, None) => self.source.get(key),
        };
        match of_both_sides(key) {
            // The answers of a pair are to one prompt, so that what the row says of it counts for both.
            Some(shared) if value.is_none() && self.built.rejected.is_some() => self.field(shared),
            _ => value,
        }
    }
}

/// The chosen side's key for a key of the rejected side.
fn of_both_sides(key: Key) -> Option<Key> {
    Some(match key {
        Key::RejectedTools => Key::Tools,
        Key::RejectedImages => Key::Images,
        Key::RejectedVideos => Key::Videos,
        Key::RejectedAudios => Key::Audios,
        Key::RejectedObjects => Key::Objects,
        Key::RejectedChatTemplateKwargs => Key::ChatTemplateKwargs,
        Key::RejectedAddEos => Key::AddEos,
        _ => return None,
    })
}

fn with_standard_role<'a, 's, V: Value<'a>>(role: Opened<'a, V>) -> Shaped<'a, 's, V> {
    if let Kind::Text(name) = role.kind()
        && let Some(standard) = standard_role(&name)
    {
        return Shaped::Text(Cow::Borrowed(standard));
    }
    Shaped::Plain(role)
}
