//! Values of which some were JSON text: a conversation that a table keeps as a string is opened,
//! and reads like any other from there on.

use std::borrow::Cow;

use jiter::JsonValue;

use crate::error::{RowError, RowErrorKind};
use crate::json::Json;
use crate::row::{JsonFields, JsonItems, Key, Kind, List, Map, Named, Value, parse_json};

/// A value as it came, or one that was opened.
#[derive(Clone)]
pub(super) enum Opened<'a, V> {
    Plain(V),
    Json(JsonValue<'a>),
}

pub(super) enum OpenedItems<'a, V: Value<'a>> {
    Plain(V::List),
    Json(JsonItems<'a>),
}

pub(super) enum OpenedFields<'a, V: Value<'a>> {
    Plain(V::Map),
    Json(JsonFields<'a>),
}

/// The same kind of value, seen as `W`.
pub(super) fn seen_as<'a, V: Value<'a>, W: Value<'a>>(
    kind: Kind<'a, V>,
    list: impl FnOnce(V::List) -> W::List,
    map: impl FnOnce(V::Map) -> W::Map,
) -> Kind<'a, W> {
    match kind {
        Kind::Null => Kind::Null,
        Kind::Bool(value) => Kind::Bool(value),
        Kind::Int(value) => Kind::Int(value),
        Kind::Float(value) => Kind::Float(value),
        Kind::Text(value) => Kind::Text(value),
        Kind::BadText(value) => Kind::BadText(value),
        Kind::List(value) => Kind::List(list(value)),
        Kind::Map(value) => Kind::Map(map(value)),
        Kind::Other(value) => Kind::Other(value),
    }
}

impl<'a, V: Value<'a>> Opened<'a, V> {
    /// Opens a value that is JSON text; any other is left as it is.
    ///
    /// # Errors
    ///
    /// [`RowErrorKind::WrongValue`] for text that is not JSON.
    pub fn open(self) -> Result<Self, RowError> {
        let Kind::Text(text) = self.kind() else { return Ok(self) };
        let parsed = match &text {
            Cow::Borrowed(text) => parse_json(text.as_bytes()),
            Cow::Owned(text) => parse_json(text.as_bytes()).map(JsonValue::into_static),
        };
        parsed.map(Self::Json).map_err(|_| {
            RowError::new(RowErrorKind::WrongValue, "is a string that is not JSON; give a list, or one as JSON text")
        })
    }
}

impl<'a, V: Value<'a>> Value<'a> for Opened<'a, V> {
    type List = OpenedItems<'a, V>;
    type Map = OpenedFields<'a, V>;

    const PADS: bool = V::PADS;

    fn kind(&self) -> Kind<'a, Self> {
        match self {
            Self::Plain(value) => seen_as(value.kind(), OpenedItems::Plain, OpenedFields::Plain),
            Self::Json(value) => seen_as(value.kind(), OpenedItems::Json, OpenedFields::Json),
        }
    }

    fn json(&self) -> Result<Json, RowError> {
        match self {
            Self::Plain(value) => value.json(),
            Self::Json(value) => value.json(),
        }
    }
}

impl<'a, V: Value<'a>> List<'a> for OpenedItems<'a, V> {
    type Value = Opened<'a, V>;

    fn len(&self) -> usize {
        match self {
            Self::Plain(items) => items.len(),
            Self::Json(items) => items.len(),
        }
    }

    fn at(&self, index: usize) -> Opened<'a, V> {
        match self {
            Self::Plain(items) => Opened::Plain(items.at(index)),
            Self::Json(items) => Opened::Json(items.at(index)),
        }
    }
}

impl<'a, V: Value<'a>> Map<'a> for OpenedFields<'a, V> {
    type Value = Opened<'a, V>;

    fn is_empty(&self) -> bool {
        match self {
            Self::Plain(fields) => fields.is_empty(),
            Self::Json(fields) => fields.is_empty(),
        }
    }

    fn at_most(&self) -> usize {
        match self {
            Self::Plain(fields) => fields.at_most(),
            Self::Json(fields) => fields.at_most(),
        }
    }

    fn get(&self, key: Key) -> Option<Opened<'a, V>> {
        match self {
            Self::Plain(fields) => fields.get(key).map(Opened::Plain),
            Self::Json(fields) => fields.get(key).map(Opened::Json),
        }
    }
}

impl<'a, V> Named<'a> for OpenedFields<'a, V>
where
    V: Value<'a>,
    V::Map: Named<'a>,
{
    fn named(&self, name: &str) -> Option<Opened<'a, V>> {
        match self {
            Self::Plain(fields) => fields.named(name).map(Opened::Plain),
            Self::Json(fields) => fields.named(name).map(Opened::Json),
        }
    }

    fn names(&self) -> Vec<Cow<'a, str>> {
        match self {
            Self::Plain(fields) => fields.names(),
            Self::Json(fields) => fields.names(),
        }
    }
}
