//! A row of any shape, seen as a row with `messages`.

use std::borrow::Cow;
use std::rc::Rc;

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
    /// A list of messages under any of their names, behind a system text where there is one.
    Messages {
        system: Option<Opened<'a, V>>,
        list: Opened<'a, V>,
        shape: &'s Shape,
    },
    /// A list of rounds such as `{"human": …, "assistant": …}`.
    Rounds {
        system: Option<Opened<'a, V>>,
        list: Opened<'a, V>,
    },
    /// Messages put together from other fields.
    Built(Rc<Vec<Said<'a, V>>>),
    /// One message of a list of messages.
    Message(Opened<'a, V>, &'s Shape),
    /// One message that was put together.
    Said(Said<'a, V>),
}

/// A row's own fields, and its messages.
pub(super) struct RowParts<'a, 's, V: Value<'a>> {
    pub source: OpenedFields<'a, V>,
    pub messages: Option<Shaped<'a, 's, V>>,
    pub shape: &'s Shape,
}

/// A message that was put together.
pub(super) struct Said<'a, V: Value<'a>> {
    pub role: &'static str,
    pub content: Option<What<'a, V>>,
}

/// What a message that was put together says.
pub(super) enum What<'a, V: Value<'a>> {
    Value(Opened<'a, V>),
    Text(Cow<'a, str>),
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
        Self { role: self.role, content: self.content.clone() }
    }
}

impl<'a, V: Value<'a> + Clone> Clone for Shaped<'a, '_, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Plain(value) => Self::Plain(value.clone()),
            Self::Text(text) => Self::Text(text.clone()),
            Self::Row(parts) => Self::Row(parts.clone()),
            Self::Messages { system, list, shape } => {
                Self::Messages { system: system.clone(), list: list.clone(), shape }
            }
            Self::Rounds { system, list } => Self::Rounds { system: system.clone(), list: list.clone() },
            Self::Built(messages) => Self::Built(messages.clone()),
            Self::Message(message, shape) => Self::Message(message.clone(), shape),
            Self::Said(said) => Self::Said(said.clone()),
        }
    }
}

pub(super) enum ShapedItems<'a, 's, V: Value<'a>> {
    Plain(OpenedItems<'a, V>),
    Messages { system: Option<Opened<'a, V>>, items: OpenedItems<'a, V>, shape: &'s Shape },
    Rounds { system: Option<Opened<'a, V>>, items: OpenedItems<'a, V> },
    Built(Rc<Vec<Said<'a, V>>>),
}

pub(super) enum ShapedFields<'a, 's, V: Value<'a>> {
    Plain(OpenedFields<'a, V>),
    Row(Rc<RowParts<'a, 's, V>>),
    Message(OpenedFields<'a, V>, &'s Shape),
    Said(Said<'a, V>),
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
            Self::Messages { system, list, shape } => {
                let items = |items| ShapedItems::Messages { system: system.clone(), items, shape };
                seen_as(list.kind(), items, ShapedFields::Plain)
            }
            Self::Rounds { system, list } => {
                let items = |items| ShapedItems::Rounds { system: system.clone(), items };
                seen_as(list.kind(), items, ShapedFields::Plain)
            }
            Self::Built(messages) => Kind::List(ShapedItems::Built(messages.clone())),
            Self::Message(message, shape) => {
                seen_as(message.kind(), ShapedItems::Plain, |fields| ShapedFields::Message(fields, shape))
            }
            Self::Said(said) => Kind::Map(ShapedFields::Said(said.clone())),
        }
    }

    fn is_cell(&self) -> bool {
        matches!(self, Self::Plain(value) | Self::Message(value, _) if value.is_cell())
    }

    fn json(&self) -> Result<Json, RowError> {
        match self {
            Self::Plain(value) | Self::Message(value, _) => value.json(),
            Self::Text(text) => Ok(Json::Text(text.as_ref().to_owned())),
            // What was put together is a row or a message, and these are read field by field.
            _ => Err(RowError::new(RowErrorKind::WrongType, "is no value of its own")),
        }
    }
}

fn system_message<'a, 's, V: Value<'a>>(text: Opened<'a, V>) -> Shaped<'a, 's, V> {
    Shaped::Said(Said { role: "system", content: Some(What::Value(text)) })
}

impl<'a, 's, V> List<'a> for ShapedItems<'a, 's, V>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    type Value = Shaped<'a, 's, V>;

    fn len(&self) -> usize {
        match self {
            Self::Plain(items) => items.len(),
            Self::Messages { system, items, .. } => items.len() + usize::from(system.is_some()),
            Self::Rounds { system, items } => 2 * items.len() + usize::from(system.is_some()),
            Self::Built(messages) => messages.len(),
        }
    }

    fn at(&self, index: usize) -> Shaped<'a, 's, V> {
        match self {
            Self::Plain(items) => Shaped::Plain(items.at(index)),
            Self::Messages { system: Some(text), .. } | Self::Rounds { system: Some(text), .. } if index == 0 => {
                system_message(text.clone())
            }
            Self::Messages { system, items, shape } => {
                Shaped::Message(items.at(index - usize::from(system.is_some())), shape)
            }
            Self::Rounds { system, items } => {
                let index = index - usize::from(system.is_some());
                let (role, keys) =
                    if index.is_multiple_of(2) { ("user", USER_KEYS) } else { ("assistant", ASSISTANT_KEYS) };
                let content = match items.at(index / 2).kind() {
                    Kind::Map(round) => keys.iter().find_map(|key| round.named(key)).map(What::Value),
                    _ => None,
                };
                Shaped::Said(Said { role, content })
            }
            Self::Built(messages) => Shaped::Said(messages[index].clone()),
        }
    }
}

/// The names of a round's two sides.
pub(super) const USER_KEYS: &[&str] = &["user", "human"];
pub(super) const ASSISTANT_KEYS: &[&str] = &["assistant", "gpt", "bot"];

impl<'a, 's, V> Map<'a> for ShapedFields<'a, 's, V>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    type Value = Shaped<'a, 's, V>;

    fn is_empty(&self) -> bool {
        match self {
            Self::Plain(fields) | Self::Message(fields, _) => fields.is_empty(),
            Self::Row(_) | Self::Said(_) => false,
        }
    }

    fn at_most(&self) -> usize {
        match self {
            Self::Plain(fields) | Self::Message(fields, _) => fields.at_most(),
            Self::Said(_) => 2,
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
            Self::Said(said) => match key {
                Key::Role => Some(Shaped::Text(Cow::Borrowed(said.role))),
                Key::Content => said.content.clone().map(|content| match content {
                    What::Value(value) => Shaped::Plain(value),
                    What::Text(text) => Shaped::Text(text),
                }),
                _ => None,
            },
        }
    }
}

impl<'a, 's, V> RowParts<'a, 's, V>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    fn get(&self, key: Key) -> Option<Shaped<'a, 's, V>> {
        if key == Key::Messages {
            return self.messages.clone();
        }
        let value = match self.shape.column(key) {
            Some(column) => self.source.named(column)?,
            None => self.source.get(key)?,
        };
        // A table may keep these as JSON text; what is not JSON is refused where it is read.
        match key {
            Key::ChatTemplateKwargs | Key::PositiveMessages | Key::NegativeMessages => {
                Some(Shaped::Plain(value.clone().open().unwrap_or(value)))
            }
            Key::RejectedMessages => {
                let list = value.clone().open().unwrap_or(value);
                Some(self.shape.listed(list.clone(), None).unwrap_or(Shaped::Plain(list)))
            }
            _ => Some(Shaped::Plain(value)),
        }
    }
}

/// The value of the first of `keys` that there is; a null counts only where there is no other.
pub(super) fn first<'a, V>(fields: &OpenedFields<'a, V>, keys: &[String]) -> Option<Opened<'a, V>>
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

fn with_standard_role<'a, 's, V: Value<'a>>(role: Opened<'a, V>) -> Shaped<'a, 's, V> {
    if let Kind::Text(name) = role.kind()
        && let Some(standard) = standard_role(&name)
    {
        return Shaped::Text(Cow::Borrowed(standard));
    }
    Shaped::Plain(role)
}
