//! Rows of an Arrow table that have messages with a role and a text and nothing else, as nearly all tables have them.
//! What each column is, is found once a table and not once a message.
//!
//! Whatever is not as plain as that is left to [`read_row`](super::read_row), which gives the same for these rows, too.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, LargeListArray, LargeStringArray, ListArray, StringArray, StringViewArray, StructArray,
};
use arrow_schema::DataType;

use super::text::{bytes_at, checked, view_at};
use super::{Key, Message, Role, Row};

/// See above.
#[derive(Debug, Clone)]
pub(crate) struct PlainRows {
    lists: Lists,
    roles: Texts,
    contents: Texts,
}

/// Which messages a row has.
#[derive(Debug, Clone)]
enum Lists {
    Small(ListArray),
    Large(LargeListArray),
}

#[derive(Debug, Clone)]
enum Texts {
    Small(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
}

impl PlainRows {
    /// The rows of a table that are such, without one null. None of its texts is JSON by its type.
    pub fn of(rows: &StructArray) -> Option<Self> {
        let ([field], [column]) = (rows.fields().as_ref(), rows.columns()) else { return None };
        if field.name() != Key::Messages.as_str() || rows.null_count() + column.null_count() > 0 {
            return None;
        }
        let (lists, messages) = match column.data_type() {
            DataType::List(_) => (Lists::Small(column.as_list().clone()), column.as_list::<i32>().values()),
            DataType::LargeList(_) => (Lists::Large(column.as_list().clone()), column.as_list::<i64>().values()),
            _ => return None,
        };
        let messages = messages.as_struct_opt().filter(|messages| messages.null_count() == 0)?;
        if messages.num_columns() != 2 {
            return None;
        }
        let texts = |key: Key| messages.column_by_name(key.as_str()).and_then(Texts::of);
        Some(Self { lists, roles: texts(Key::Role)?, contents: texts(Key::Content)? })
    }

    /// The row at `index`; `None` where it has a message that is not so plain.
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let range = match &self.lists {
            Lists::Small(lists) => lists.value_offsets()[index] as usize..lists.value_offsets()[index + 1] as usize,
            Lists::Large(lists) => lists.value_offsets()[index] as usize..lists.value_offsets()[index + 1] as usize,
        };
        if range.is_empty() {
            return None;
        }
        let mut messages = Vec::with_capacity(range.len());
        for at in range {
            let role = Role::from_name(self.roles.at(at)?)?;
            if !matches!(role, Role::System | Role::User | Role::Assistant) {
                return None;
            }
            messages.push(Message::of_text(role, Cow::Borrowed(self.contents.at(at)?)));
        }
        Some(Row { messages, ..Row::default() })
    }
}

impl Texts {
    fn of(array: &ArrayRef) -> Option<Self> {
        if array.null_count() > 0 {
            return None;
        }
        match array.data_type() {
            DataType::Utf8 => Some(Self::Small(array.as_string().clone())),
            DataType::LargeUtf8 => Some(Self::Large(array.as_string().clone())),
            DataType::Utf8View => Some(Self::View(array.as_string_view().clone())),
            _ => None,
        }
    }

    /// The text at `index`; `None` where it is not text.
    #[inline(always)]
    fn at(&self, index: usize) -> Option<&str> {
        let bytes = match self {
            Self::Small(texts) => bytes_at(texts, index),
            Self::Large(texts) => bytes_at(texts, index),
            Self::View(texts) => view_at(texts, index),
        };
        checked(bytes?).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int32Array, new_null_array};
    use arrow_buffer::{NullBuffer, OffsetBuffer};
    use arrow_cast::cast;
    use arrow_schema::Field;

    use super::*;
    use crate::row::{ArrowCell, read_row};

    const MESSAGES: [(&str, &str); 6] =
        [("system", ""), ("user", "é"), ("assistant", "b"), ("user", "c"), ("tool", "d"), ("nobody", "e")];

    fn structs(fields: Vec<(&str, ArrayRef)>) -> ArrayRef {
        let field =
            |(name, array): (&str, ArrayRef)| (Arc::new(Field::new(name, array.data_type().clone(), true)), array);
        Arc::new(StructArray::from(fields.into_iter().map(field).collect::<Vec<_>>()))
    }

    /// Messages with roles and contents of a type.
    fn messages(of: &DataType) -> Vec<(&'static str, ArrayRef)> {
        let (roles, contents): (Vec<_>, Vec<_>) = MESSAGES.into_iter().unzip();
        let texts = |texts: Vec<&str>| cast(&StringArray::from(texts), of).unwrap();
        vec![("content", texts(contents)), ("role", texts(roles))]
    }

    /// Rows of none, of one and of several messages.
    fn rows(messages: ArrayRef, nulls: Option<NullBuffer>) -> StructArray {
        let item = Arc::new(Field::new_list_field(messages.data_type().clone(), true));
        let lists = ListArray::new(item, OffsetBuffer::from_lengths([0, 3, 1, 1, 1]), messages, nulls);
        structs(vec![("messages", Arc::new(lists))]).as_struct().clone()
    }

    #[test]
    fn plain_rows_are_what_is_read_of_them() {
        for of in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View] {
            let small = rows(structs(messages(&of)), None);
            let item = DataType::LargeList(match small.column(0).data_type() {
                DataType::List(item) => Arc::clone(item),
                _ => unreachable!(),
            });
            let large = structs(vec![("messages", cast(small.column(0), &item).unwrap())]).as_struct().clone();
            for rows in [small.clone(), small.slice(1, 4), large] {
                let plain = PlainRows::of(&rows).unwrap();
                for index in 0..rows.len() {
                    let read = read_row(&ArrowCell::new(&rows, index));
                    match plain.row(index) {
                        Some(row) => assert_eq!(row, read.unwrap()),
                        None => assert!(read.map_or(true, |row| row.messages.len() == 1)),
                    }
                }
                let found: Vec<bool> = (0..rows.len()).map(|index| plain.row(index).is_some()).collect();
                assert_eq!(found, [false, true, true, false, false][5 - rows.len()..]);
            }
        }
    }

    #[test]
    fn what_is_not_plain_is_left_alone() {
        let of = DataType::Utf8;
        let number: ArrayRef = Arc::new(Int32Array::from(vec![1; MESSAGES.len()]));
        let mut more = messages(&of);
        more.push(("loss", number.clone()));
        let mut other = messages(&of);
        other[0].0 = "value";
        let mut ids = messages(&of);
        ids[0].1 = number;
        let mut empty = messages(&of);
        empty[0].1 = new_null_array(&of, MESSAGES.len());
        for fields in [more, other, ids, empty] {
            assert!(PlainRows::of(&rows(structs(fields), None)).is_none());
        }
        let null = NullBuffer::from(vec![true, true, false, true, true]);
        assert!(PlainRows::of(&rows(structs(messages(&of)), Some(null))).is_none());
        let plain = rows(structs(messages(&of)), None);
        let column = || Arc::clone(plain.column(0));
        let two = structs(vec![("messages", column()), ("tools", column())]);
        assert!(PlainRows::of(two.as_struct()).is_none());
        assert!(PlainRows::of(structs(vec![("rounds", column())]).as_struct()).is_none());
        assert!(PlainRows::of(&plain).is_some());
    }
}
