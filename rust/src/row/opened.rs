//! Values of which some were JSON text: a conversation that a table keeps as a string is opened,
//! and reads like any other from there on.

use std::borrow::Cow;

use jiter::JsonValue;

use super::json::parse_cell;
use super::{JsonFields, JsonItems, Key, Kind, List, Map, Named, Value};
use crate::error::RowError;
use crate::json::Json;

/// A value as it came, or one that was opened.
#[derive(Clone)]
pub(crate) enum Opened<'a, V> {
    Plain(V),
    Json(JsonValue<'a>),
    /// A cell of a column of JSON: its text, and what it says.
    Cell(Cow<'a, str>, JsonValue<'a>),
}

pub(crate) enum OpenedItems<'a, V: Value<'a>> {
    Plain(V::List),
    Json(JsonItems<'a>),
}

pub(crate) enum OpenedFields<'a, V: Value<'a>> {
    Plain(V::Map),
    Json(JsonFields<'a>),
}

/// The same kind of value, seen as `W`.
pub(crate) fn seen_as<'a, V: Value<'a>, W: Value<'a>>(
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
    /// [`RowErrorKind::WrongValue`](crate::error::RowErrorKind::WrongValue) for text that is not JSON.
    pub fn open(self) -> Result<Self, RowError> {
        let Kind::Text(text) = self.kind() else { return Ok(self) };
        parse_cell(text, "a list").map(Self::Json)
    }

    /// A cell of a table, opened where the table says that its text is JSON. What is not, is text.
    pub fn of_cell(value: V) -> Self {
        if value.is_json()
            && let Kind::Text(text) = value.kind()
            && let Ok(opened) = parse_cell(text.clone(), "")
        {
            return Self::Cell(text, opened);
        }
        Self::Plain(value)
    }
}

impl<'a, V: Value<'a>> Value<'a> for Opened<'a, V> {
    type List = OpenedItems<'a, V>;
    type Map = OpenedFields<'a, V>;

    fn kind(&self) -> Kind<'a, Self> {
        match self {
            Self::Plain(value) => seen_as(value.kind(), OpenedItems::Plain, OpenedFields::Plain),
            Self::Json(value) | Self::Cell(_, value) => seen_as(value.kind(), OpenedItems::Json, OpenedFields::Json),
        }
    }

    fn is_cell(&self) -> bool {
        matches!(self, Self::Plain(value) if value.is_cell())
    }

    fn json(&self) -> Result<Json, RowError> {
        match self {
            Self::Plain(value) => value.json(),
            Self::Json(value) | Self::Cell(_, value) => value.json(),
        }
    }

    fn json_text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Cell(text, _) => Some(text.clone()),
            _ => None,
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
            Self::Plain(items) => Opened::of_cell(items.at(index)),
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
            Self::Plain(fields) => fields.get(key).map(Opened::of_cell),
            Self::Json(fields) => fields.get(key).map(Opened::Json),
        }
    }

    fn each_unknown(&self, is_known: fn(&str) -> bool, found: &mut dyn FnMut(Cow<'a, str>)) {
        match self {
            Self::Plain(fields) => fields.each_unknown(is_known, found),
            Self::Json(fields) => fields.each_unknown(is_known, found),
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
            Self::Plain(fields) => fields.named(name).map(Opened::of_cell),
            Self::Json(fields) => fields.named(name).map(Opened::Json),
        }
    }

    fn names(&self) -> Vec<Cow<'a, str>> {
        match self {
            Self::Plain(fields) => fields.names(),
            Self::Json(fields) => fields.names(),
        }
    }

    fn each_field(
        &self,
        is_wanted: &mut dyn FnMut(&str) -> bool,
        use_field: &mut dyn FnMut(Cow<'a, str>, Opened<'a, V>),
    ) {
        match self {
            Self::Plain(fields) => {
                fields.each_field(is_wanted, &mut |name, value| use_field(name, Opened::of_cell(value)));
            }
            Self::Json(fields) => {
                fields.each_field(is_wanted, &mut |name, value| use_field(name, Opened::Json(value)));
            }
        }
    }

    fn any_name(&self, is_it: &mut dyn FnMut(&str) -> bool) -> bool {
        match self {
            Self::Plain(fields) => fields.any_name(is_it),
            Self::Json(fields) => fields.any_name(is_it),
        }
    }
}
