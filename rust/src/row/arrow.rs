//! A row from the cells of an Arrow table, its texts borrowed from the table's own memory.
//!
//! An Arrow struct has the fields of its schema in every row, so that a field that a message never
//! had is there as a null. Such nulls read as absent; only a null `content` (or `value`, its other
//! name) reads as null, because there it means a turn still to be answered.
//!
//! Texts of Arrow's JSON extension type are texts here; whoever looks through [`Opened`](super::Opened) sees what
//! they say.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, StructArray};
use arrow_schema::{DataType, Field, FieldRef};

use super::text::text_at;
use super::unfit::unfit;
use super::{Key, Kind, List, Map, Named, Value};
use crate::error::RowError;
use crate::json::Json;

/// One cell of a column.
#[derive(Clone, Copy)]
pub struct ArrowCell<'a> {
    array: &'a dyn Array,
    index: usize,
    is_json: bool,
}

/// The elements of a list cell: a run of the list's values.
#[derive(Clone, Copy)]
pub struct ArrowItems<'a> {
    values: &'a dyn Array,
    start: usize,
    len: usize,
    is_json: bool,
}

/// The fields of a struct cell, or of an entry list (Arrow's own map type).
#[derive(Clone, Copy)]
pub enum ArrowFields<'a> {
    Struct { array: &'a StructArray, index: usize },
    Entries { entries: &'a StructArray, start: usize, len: usize },
}

/// Where a cell of a dictionary points.
enum Entry<'a> {
    Inside(ArrowCell<'a>),
    /// The index, and how many values there are.
    Outside(usize, usize),
}

impl<'a> ArrowCell<'a> {
    /// The cell `index` of `array`, which is below its length.
    pub fn new(array: &'a dyn Array, index: usize) -> Self {
        Self { array, index, is_json: false }
    }

    /// The same cell, described by `field`.
    pub fn of(self, field: &Field) -> Self {
        Self { is_json: is_json(field), ..self }
    }

    fn number<T: ArrowPrimitiveType>(self) -> T::Native {
        self.array.as_primitive::<T>().value(self.index)
    }

    fn list<O: OffsetSizeTrait>(self, item: &Field) -> ArrowItems<'a> {
        let list = self.array.as_list::<O>();
        let offsets = list.value_offsets();
        let (start, end) = (offsets[self.index].as_usize(), offsets[self.index + 1].as_usize());
        ArrowItems { values: list.values().as_ref(), start, len: end - start, is_json: is_json(item) }
    }

    fn list_view<O: OffsetSizeTrait>(self, item: &Field) -> ArrowItems<'a> {
        let list = self.array.as_list_view::<O>();
        let (start, len) = (list.value_offset(self.index).as_usize(), list.value_size(self.index).as_usize());
        ArrowItems { values: list.values().as_ref(), start, len, is_json: is_json(item) }
    }

    /// The value that a dictionary cell stands for.
    fn entry<K: ArrowDictionaryKeyType>(self) -> Option<Entry<'a>> {
        let dictionary = self.array.as_dictionary::<K>();
        let (array, index) = (dictionary.values().as_ref(), dictionary.key(self.index)?);
        // Whoever made the array may not have looked.
        let is_inside = index < array.len();
        Some(if is_inside { Entry::Inside(Self { array, index, ..self }) } else { Entry::Outside(index, array.len()) })
    }

    fn dictionary(self, keys: &DataType) -> Option<Entry<'a>> {
        match keys {
            DataType::Int8 => self.entry::<Int8Type>(),
            DataType::Int16 => self.entry::<Int16Type>(),
            DataType::Int32 => self.entry::<Int32Type>(),
            DataType::Int64 => self.entry::<Int64Type>(),
            DataType::UInt8 => self.entry::<UInt8Type>(),
            DataType::UInt16 => self.entry::<UInt16Type>(),
            DataType::UInt32 => self.entry::<UInt32Type>(),
            DataType::UInt64 => self.entry::<UInt64Type>(),
            _ => None,
        }
    }

    fn is_null(self) -> bool {
        match self.array.data_type() {
            DataType::Null => true,
            // A null may be one of the dictionary's values, too.
            DataType::Dictionary(keys, _) => match self.dictionary(keys) {
                Some(Entry::Inside(entry)) => entry.is_null(),
                Some(Entry::Outside(..)) => false,
                None => true,
            },
            _ => self.array.is_null(self.index),
        }
    }

    /// A field that is null only because a struct has all its fields reads as absent.
    fn unless_padding(self, name: &str) -> Option<Self> {
        (!self.is_null() || matches!(name, "content" | "value")).then_some(self)
    }
}

impl<'a> Value<'a> for ArrowCell<'a> {
    type List = ArrowItems<'a>;
    type Map = ArrowFields<'a>;

    fn is_cell(&self) -> bool {
        true
    }

    fn is_json(&self) -> bool {
        self.is_json
    }

    fn kind(&self) -> Kind<'a, Self> {
        let (array, index) = (self.array, self.index);
        if self.is_null() {
            return Kind::Null;
        }
        match array.data_type() {
            DataType::Boolean => Kind::Bool(array.as_boolean().value(index)),
            DataType::Int8 => Kind::Int(self.number::<Int8Type>().into()),
            DataType::Int16 => Kind::Int(self.number::<Int16Type>().into()),
            DataType::Int32 => Kind::Int(self.number::<Int32Type>().into()),
            DataType::Int64 => Kind::Int(self.number::<Int64Type>()),
            DataType::UInt8 => Kind::Int(self.number::<UInt8Type>().into()),
            DataType::UInt16 => Kind::Int(self.number::<UInt16Type>().into()),
            DataType::UInt32 => Kind::Int(self.number::<UInt32Type>().into()),
            DataType::UInt64 => {
                let number = self.number::<UInt64Type>();
                i64::try_from(number).map_or(Kind::Float(number as f64), Kind::Int)
            }
            DataType::Float16 => Kind::Float(self.number::<Float16Type>().into()),
            DataType::Float32 => Kind::Float(self.number::<Float32Type>().into()),
            DataType::Float64 => Kind::Float(self.number::<Float64Type>()),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => match text_at(array, index) {
                Ok(text) => Kind::Text(Cow::Borrowed(text)),
                Err(reason) => Kind::BadText(reason),
            },
            DataType::List(item) => Kind::List(self.list::<i32>(item)),
            DataType::LargeList(item) => Kind::List(self.list::<i64>(item)),
            DataType::ListView(item) => Kind::List(self.list_view::<i32>(item)),
            DataType::LargeListView(item) => Kind::List(self.list_view::<i64>(item)),
            DataType::FixedSizeList(item, _) => {
                let list = array.as_fixed_size_list();
                let (start, len) = (list.value_offset(index) as usize, list.value_length() as usize);
                Kind::List(ArrowItems { values: list.values().as_ref(), start, len, is_json: is_json(item) })
            }
            DataType::Struct(_) => Kind::Map(ArrowFields::Struct { array: array.as_struct(), index }),
            DataType::Map(..) => {
                let map = array.as_map();
                let (start, end) = (map.value_offsets()[index] as usize, map.value_offsets()[index + 1] as usize);
                Kind::Map(ArrowFields::Entries { entries: map.entries(), start, len: end - start })
            }
            DataType::Dictionary(keys, _) => match self.dictionary(keys) {
                Some(Entry::Inside(entry)) => entry.kind(),
                Some(Entry::Outside(entry, count)) => {
                    Kind::BadText(format!("is entry {entry} of a dictionary of {count}; write the table again"))
                }
                None => Kind::Null,
            },
            other => Kind::Other(format!("cell of type {other}")),
        }
    }

    fn json(&self) -> Result<Json, RowError> {
        Ok(match self.kind() {
            Kind::Null => Json::Null,
            Kind::Bool(value) => Json::Bool(value),
            Kind::Int(value) => Json::Int(value),
            Kind::Float(_) if *self.array.data_type() == DataType::UInt64 => {
                Json::BigInt(self.number::<UInt64Type>().to_string())
            }
            Kind::Float(value) => Json::Float(value),
            Kind::Text(text) => Json::Text(text.into_owned()),
            Kind::List(items) => {
                Json::List((0..items.len()).map(|index| items.at(index).json()).collect::<Result<_, _>>()?)
            }
            Kind::Map(fields) => {
                let read = |(name, cell): (Cow<'_, str>, ArrowCell<'_>)| Ok((name.into_owned(), cell.json()?));
                Json::map(fields.all().into_iter().map(read).collect::<Result<Vec<_>, RowError>>()?)
            }
            other => return Err(unfit(&other, "what JSON can say")),
        })
    }
}

impl<'a> ArrowFields<'a> {
    /// Every field with its name, the null ones too.
    fn all(self) -> Vec<(Cow<'a, str>, ArrowCell<'a>)> {
        match self {
            Self::Struct { array, index } => {
                let named = array.fields().iter().zip(array.columns());
                let cell = |(field, column): (&'a FieldRef, &'a ArrayRef)| {
                    (Cow::Borrowed(field.name().as_str()), ArrowCell::new(column.as_ref(), index).of(field))
                };
                named.map(cell).collect()
            }
            Self::Entries { entries, start, len } => {
                let value = |entry| {
                    Some(ArrowCell::new(entries.columns().get(1)?.as_ref(), entry).of(entries.fields().get(1)?))
                };
                let named = (start..start + len).map(|entry| Some((entry_name(entries, entry)?, value(entry)?)));
                named.flatten().collect()
            }
        }
    }
}

impl<'a> List<'a> for ArrowItems<'a> {
    type Value = ArrowCell<'a>;

    fn len(&self) -> usize {
        self.len
    }

    fn at(&self, index: usize) -> ArrowCell<'a> {
        ArrowCell { array: self.values, index: self.start + index, is_json: self.is_json }
    }
}

impl<'a> Map<'a> for ArrowFields<'a> {
    type Value = ArrowCell<'a>;

    fn is_empty(&self) -> bool {
        match self {
            Self::Struct { array, index } => {
                array.columns().iter().all(|column| ArrowCell::new(column.as_ref(), *index).is_null())
            }
            Self::Entries { len, .. } => *len == 0,
        }
    }

    fn at_most(&self) -> usize {
        match self {
            Self::Struct { array, .. } => array.num_columns(),
            Self::Entries { len, .. } => *len,
        }
    }

    fn get(&self, key: Key) -> Option<ArrowCell<'a>> {
        self.named(key.as_str())
    }

    fn each_unknown(&self, is_known: fn(&str) -> bool, found: &mut dyn FnMut(Cow<'a, str>)) {
        match *self {
            Self::Struct { array, index } => {
                for (field, column) in array.fields().iter().zip(array.columns()) {
                    if !is_known(field.name()) && !ArrowCell::new(column.as_ref(), index).is_null() {
                        found(Cow::Borrowed(field.name()));
                    }
                }
            }
            Self::Entries { .. } => {
                let unknown = self.all().into_iter().filter(|(name, cell)| !is_known(name) && !cell.is_null());
                unknown.for_each(|(name, _)| found(name));
            }
        }
    }
}

impl<'a> Named<'a> for ArrowFields<'a> {
    fn named(&self, name: &str) -> Option<ArrowCell<'a>> {
        match *self {
            Self::Struct { array, index } => {
                // The last of several equal names counts, as in a dict.
                let (at, field) = array.fields().iter().enumerate().rfind(|(_, field)| field.name() == name)?;
                ArrowCell::new(array.column(at).as_ref(), index).of(field).unless_padding(name)
            }
            Self::Entries { entries, start, len } => (start..start + len)
                .rev()
                .find(|entry| matches!(entry_name(entries, *entry), Some(found) if found == name))
                .and_then(|entry| {
                    Some(ArrowCell::new(entries.columns().get(1)?.as_ref(), entry).of(entries.fields().get(1)?))
                }),
        }
    }

    fn names(&self) -> Vec<Cow<'a, str>> {
        match *self {
            Self::Struct { array, index } => {
                let named = array.fields().iter().zip(array.columns());
                let present = named.filter(|(field, column)| {
                    ArrowCell::new(column.as_ref(), index).unless_padding(field.name()).is_some()
                });
                present.map(|(field, _)| Cow::Borrowed(field.name().as_str())).collect()
            }
            Self::Entries { entries, start, len } => {
                (start..start + len).filter_map(|entry| entry_name(entries, entry)).collect()
            }
        }
    }

    fn any_name(&self, is_it: &mut dyn FnMut(&str) -> bool) -> bool {
        match *self {
            Self::Struct { array, index } => {
                let mut named = array.fields().iter().zip(array.columns());
                named.any(|(field, column)| is_it(field.name()) && !ArrowCell::new(column.as_ref(), index).is_null())
            }
            Self::Entries { .. } => self.names().iter().any(|name| is_it(name)),
        }
    }
}

fn entry_name(entries: &StructArray, entry: usize) -> Option<Cow<'_, str>> {
    match ArrowCell::new(entries.columns().first()?.as_ref(), entry).kind() {
        Kind::Text(name) => Some(name),
        _ => None,
    }
}

/// Whether a field's texts are JSON.
fn is_json(field: &Field) -> bool {
    field.extension_type_name() == Some("arrow.json")
}
