//! The rows of an Arrow table, chunk by chunk, read in place.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, FieldRef};

use super::rows::Rows;
use crate::error::{Error, RowError};
use crate::row::{ArrowCell, Key, Opened, PlainRows, Row, is_row_key, read_row};
use crate::shape::{RowKind, Shape, ShapeChoice, is_key, is_read, matters_beside_messages};
use crate::warning::{RowWarning, WarningCounts, WarningKind};

/// A table of rows of any shape. The names of its columns settle which.
///
/// Where a dict has a list or an object, a table may have one as text: `messages` as a whole, or each message of
/// a list, `tools`, `chat_template_kwargs`. Nulls that only fill a struct's fields are not there.
#[derive(Debug, Clone)]
pub struct Table {
    chunks: Vec<Chunk>,
    /// The index of each chunk's first row, and at the end the number of rows.
    starts: Vec<usize>,
    /// The columns that no row is read from: the name, how many rows have a value there, and the first of them.
    unused: Vec<(String, u64, Option<u64>)>,
}

#[derive(Debug, Clone)]
struct Chunk {
    /// The columns that rows are read from.
    rows: StructArray,
    /// All columns.
    all: StructArray,
    /// `None`: rows have `messages`, and nothing else is read as such.
    shape: Option<Arc<Shape>>,
    /// Whether some of its texts are JSON by their type, wherever they are.
    holds_json: bool,
    /// The same rows, where nearly all of them are plain.
    plain: Option<PlainRows>,
}

impl Table {
    /// The table of `chunks`, each an array of structs, whose shape is as `choice` says.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for arrays of anything else.
    pub fn new(chunks: impl IntoIterator<Item = ArrayRef>, choice: &ShapeChoice) -> Result<Self, Error> {
        let mut shape = None;
        // All chunks have the columns of the first.
        Self::of_chunks(chunks, |rows| {
            Some(Arc::clone(shape.get_or_insert_with(|| Arc::new(choice.of_table(rows.fields())))))
        })
    }

    /// The table of `chunks` whose rows have `messages`, and no other shape.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for arrays of anything else than structs.
    pub fn of_messages(chunks: impl IntoIterator<Item = ArrayRef>) -> Result<Self, Error> {
        Self::of_chunks(chunks, |_| None)
    }

    fn of_chunks(
        chunks: impl IntoIterator<Item = ArrayRef>,
        mut shape_of: impl FnMut(&StructArray) -> Option<Arc<Shape>>,
    ) -> Result<Self, Error> {
        let mut table = Self { chunks: Vec::new(), starts: vec![0], unused: Vec::new() };
        for chunk in chunks {
            let Some(rows) = chunk.as_struct_opt() else {
                let detail =
                    format!("is an Arrow array of {}; give a table with a column `messages`", chunk.data_type());
                return Err(Error::argument("rows", detail));
            };
            let shape = shape_of(rows);
            table.push(rows.clone(), shape)?;
        }
        Ok(table)
    }

    /// The rows of `batch`, which have the shape `shape`.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] for a defect of ours.
    pub(crate) fn of_shape(batch: RecordBatch, shape: Arc<Shape>) -> Result<Self, Error> {
        let mut table = Self { chunks: Vec::new(), starts: vec![0], unused: Vec::new() };
        table.push(batch.into(), Some(shape))?;
        Ok(table)
    }

    fn push(&mut self, all: StructArray, shape: Option<Arc<Shape>>) -> Result<(), Error> {
        let rows = of_shape(&all, shape.as_deref())?;
        self.note_unused(&all, &rows);
        self.starts.push(self.len() + all.len());
        let holds_json = rows.fields().iter().any(holds_json);
        let may_be_plain = !holds_json && shape.as_ref().is_none_or(|shape| shape.may_be_plain());
        let plain = if may_be_plain { PlainRows::of(&rows) } else { None };
        self.chunks.push(Chunk { rows, all, shape, holds_json, plain });
        Ok(())
    }

    /// Notes which columns of the next chunk are not among those that rows are read from.
    fn note_unused(&mut self, all: &StructArray, read: &StructArray) {
        for (field, column) in all.fields().iter().zip(all.columns()) {
            let given = column.len() - column.logical_null_count();
            if given == 0 || is_row_key(field.name()) || names(read).any(|name| name == field.name()) {
                continue;
            }
            let nulls = column.logical_nulls();
            let first = (0..column.len()).find(|row| !nulls.as_ref().is_some_and(|nulls| nulls.is_null(*row)));
            let first = first.map(|row| (self.len() + row) as u64);
            self.unused.push((field.name().clone(), given as u64, first));
        }
    }

    /// The chunk that holds row `index`, and where in it.
    fn find(&self, index: usize) -> (&Chunk, usize) {
        let at = self.starts.partition_point(|start| *start <= index) - 1;
        (&self.chunks[at], index - self.starts[at])
    }
}

fn names(rows: &StructArray) -> impl Iterator<Item = &str> {
    rows.fields().iter().map(|field| field.name().as_str())
}

/// The columns that rows of a shape are read from, so that none of the others is looked at.
fn of_shape(rows: &StructArray, shape: Option<&Shape>) -> Result<StructArray, Error> {
    let has_messages = names(rows).any(|name| name == Key::Messages.as_str());
    let is_part = |name: &str| match shape {
        None => false,
        // All are refused, and their columns named.
        Some(shape) if shape.kind().is_none() => true,
        // Next to messages, few columns mean something.
        Some(shape) if has_messages && shape.may_be_plain() && shape.kind() == Some(RowKind::Messages) => {
            matters_beside_messages(name)
        }
        Some(shape) => is_read(name) || shape.names_column(name),
    };
    let read = rows.fields().iter().zip(rows.columns());
    let read = read.filter(|(field, _): &(&FieldRef, &ArrayRef)| is_key(field.name()) || is_part(field.name()));
    let (fields, columns): (Vec<_>, Vec<_>) =
        read.map(|(field, column)| (Arc::clone(field), Arc::clone(column))).unzip();
    StructArray::try_new_with_length(fields.into(), columns, rows.nulls().cloned(), rows.len())
        .map_err(|error| Error::Internal { detail: error.to_string() })
}

/// Whether a field, or one inside it, is JSON by its type.
fn holds_json(field: &FieldRef) -> bool {
    let is_json = |field: &Field| field.extension_type_name() == Some("arrow.json");
    is_json(field)
        || match field.data_type() {
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => holds_json(item),
            DataType::Struct(fields) => fields.iter().any(holds_json),
            _ => false,
        }
}

impl Rows for Table {
    fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let (chunk, index) = self.find(index);
        if let Some(row) = chunk.plain.as_ref().and_then(|plain| plain.row(index)) {
            return use_row(&row);
        }
        let cell = ArrowCell::new(&chunk.rows, index);
        let row = match (&chunk.shape, chunk.holds_json) {
            (Some(shape), true) => shape.read_opened(&cell),
            (Some(shape), false) => shape.read(&cell),
            (None, true) => read_row(&Opened::Plain(cell)),
            (None, false) => read_row(&cell),
        };
        use_row(&row?)
    }

    fn with_json(&self, index: usize, use_row: &mut dyn FnMut(&str) -> Result<(), RowError>) -> Result<(), RowError> {
        let (chunk, index) = self.find(index);
        let cell = ArrowCell::new(&chunk.all, index);
        use_row(&chunk.shape.as_deref().unwrap_or(&Shape::default()).to_json(&cell)?)
    }

    fn warnings(&self, first_row: u64) -> WarningCounts {
        let mut counts = WarningCounts::default();
        for (name, rows, first) in &self.unused {
            let warning = RowWarning::new(WarningKind::UnusedColumn, name.as_str());
            counts.add_rows(&warning, *rows, first.map(|row| row + first_row));
        }
        counts
    }

    fn bytes(&self, rows: Range<usize>) -> usize {
        let (mut total, mut from) = (0, rows.start);
        // A stride is of one chunk nearly always.
        while from < rows.end {
            let (chunk, index) = self.find(from);
            let count = (chunk.rows.len() - index).min(rows.end - from);
            total += text_bytes(&chunk.rows, index..index + count);
            from += count;
        }
        total
    }
}

/// How many bytes of text there are in `range` of `array`, as far as that is told without looking at each value.
fn text_bytes(array: &dyn Array, range: Range<usize>) -> usize {
    match array.data_type() {
        DataType::Utf8 => spanned(array.as_string::<i32>().value_offsets(), &range).len(),
        DataType::LargeUtf8 => spanned(array.as_string::<i64>().value_offsets(), &range).len(),
        DataType::Utf8View => array.as_string_view().views()[range].iter().map(|view| *view as u32 as usize).sum(),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            text_bytes(list.values(), spanned(list.value_offsets(), &range))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            text_bytes(list.values(), spanned(list.value_offsets(), &range))
        }
        DataType::Struct(_) => array.as_struct().columns().iter().map(|column| text_bytes(column, range.clone())).sum(),
        _ => range.len(),
    }
}

/// What the lists in `range` span together.
fn spanned<O: OffsetSizeTrait>(offsets: &[O], range: &Range<usize>) -> Range<usize> {
    offsets[range.start].as_usize()..offsets[range.end].as_usize()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arrow_array::{ArrayRef, Int32Array, ListArray, StringArray};
    use arrow_buffer::OffsetBuffer;

    use super::*;
    use crate::row::{Content, Role};

    fn texts(texts: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from(texts.to_vec()))
    }

    fn rows(field: Field, column: ArrayRef) -> ArrayRef {
        let other: ArrayRef = Arc::new(Int32Array::from(vec![7; column.len()]));
        let id = Arc::new(Field::new("id", DataType::Int32, false));
        Arc::new(StructArray::from(vec![(id, other), (Arc::new(field), column)]))
    }

    /// What the last message of a row says, or why there is none.
    fn last(table: &Table, index: usize) -> String {
        let mut found = String::new();
        let read = table.with_row(index, &mut |row| {
            let message = row.messages.last().expect("rows have messages");
            assert_eq!(message.role, Role::User);
            found = format!("{:?}", message.content);
            Ok(())
        });
        read.map_or_else(|error| error.to_string(), |()| found)
    }

    fn says(text: &str) -> String {
        format!("{:?}", Content::Text(text.into()))
    }

    #[test]
    fn rows_are_counted_across_chunks() {
        let field = || Field::new("messages", DataType::Utf8, true);
        let chunk = |all: &[&str]| rows(field(), texts(all));
        let message = r#"[{"role": "user", "content": "a\n"}]"#;
        let table =
            Table::new([chunk(&["{"]), chunk(&[]), chunk(&[message, "[]"]).slice(0, 2)], &ShapeChoice::default())
                .unwrap();
        assert_eq!(table.len(), 3);
        assert!(last(&table, 0).starts_with("field 'messages': is a string that is not JSON; give a list"));
        assert_eq!(last(&table, 1), says("a\n"));
        assert!(last(&table, 2).starts_with("field 'messages': is empty"));
        assert_eq!((table.bytes(0..3), table.bytes(1..2)), (message.len() + 3, message.len()));
        assert!(
            Table::new([texts(&["a"])], &ShapeChoice::default())
                .unwrap_err()
                .to_string()
                .contains("is an Arrow array of Utf8")
        );
    }

    #[test]
    fn texts_of_the_json_type_are_opened_wherever_they_are() {
        let json = HashMap::from([("ARROW:extension:name".to_owned(), "arrow.json".to_owned())]);
        let content = |is_json: bool| {
            let field = Field::new("content", DataType::Utf8, true);
            Arc::new(if is_json { field.with_metadata(json.clone()) } else { field })
        };
        let message = |is_json| -> ArrayRef {
            let role = Arc::new(Field::new("role", DataType::Utf8, false));
            let fields = vec![(role, texts(&["user"])), (content(is_json), texts(&[r#""a""#]))];
            let messages: ArrayRef = Arc::new(StructArray::from(fields));
            let item = Arc::new(Field::new_list_field(messages.data_type().clone(), true));
            Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([1]), messages, None))
        };
        for (is_json, expected) in [(true, "a"), (false, r#""a""#)] {
            let lists = message(is_json);
            let table = Table::new(
                [rows(Field::new("messages", lists.data_type().clone(), true), lists)],
                &ShapeChoice::default(),
            )
            .unwrap();
            assert_eq!(last(&table, 0), says(expected));
            assert_eq!(table.bytes(0..1), "user".len() + 3);
        }
    }
}
