//! Columns of the input that are copied through to the output.
//!
//! A column's type is settled once, by the first chunk of rows that gives output. From a table it
//! is the column's own. From JSON it is text, integer, float or boolean where every value seen has
//! that type, else JSON text; a later value that does not fit refuses its row.
//!
//! A column that no row has is an error. `*` stands for all columns of the first chunk of rows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, Field};

use super::json;
use crate::error::{Error, RowError, RowErrorKind};
use crate::row::{ArrowCell, Kind, Named, Value, nearest};

/// A value from a line of JSON.
#[derive(Debug, Clone, PartialEq)]
enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A list or an object, as JSON text.
    Json(String),
}

/// The type of a kept column.
#[derive(Debug, Clone, PartialEq)]
enum Settled {
    Bool,
    Int,
    Float,
    Text,
    /// JSON text of whatever there was.
    Json,
    /// As a table has it.
    Table(DataType),
}

/// Stands for all columns.
const ALL: &str = "*";

/// The columns to keep.
#[derive(Debug, Clone)]
pub(super) struct Keep {
    names: Arc<[String]>,
    /// As many as `names` once settled, none before.
    settled: Arc<[Settled]>,
    /// Whether `names` are still to be taken from the first rows.
    takes_all: bool,
    found: Arc<Found>,
}

/// What was found in the rows, by all threads.
#[derive(Debug, Default)]
struct Found {
    /// The names of the output's own columns.
    reserved: Vec<String>,
    /// For each of the names, whether a row has it.
    seen: Box<[AtomicBool]>,
    /// The columns of the first rows.
    columns: OnceLock<Vec<String>>,
}

/// A place for what is kept of each row of a block, filled by the threads that parse them.
pub(super) struct Slots {
    keep: Keep,
    rows: Vec<OnceLock<Box<[Scalar]>>>,
}

impl Keep {
    /// Keeps the columns `names`, none of which may be a column of the output, `reserved`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for a name that is given twice, or is a column of the output.
    pub fn new(names: &[String], reserved: impl Iterator<Item = String>) -> Result<Self, Error> {
        let reserved: Vec<String> = reserved.collect();
        for (index, name) in names.iter().enumerate() {
            if reserved.contains(name) {
                let detail = format!("names '{name}', which is a column of the output; rename it in the input");
                return Err(Error::argument("keep_columns", detail));
            }
            if names[..index].contains(name) {
                return Err(Error::argument("keep_columns", format!("names '{name}' twice")));
            }
        }
        let takes_all = names.iter().any(|name| name == ALL);
        let names: Arc<[String]> = if takes_all { Arc::new([]) } else { names.into() };
        let seen = names.iter().map(|_| AtomicBool::new(false)).collect();
        let found = Found { reserved, seen, columns: OnceLock::new() };
        Ok(Self { names, settled: Arc::new([]), takes_all, found: Arc::new(found) })
    }

    /// Whether [`Keep::see_columns`] still needs the columns of the first rows.
    pub fn wants_columns(&self) -> bool {
        (self.takes_all || !self.names.is_empty()) && self.found.columns.get().is_none()
    }

    /// Takes the columns of the first rows: for messages, and where all are kept as those to keep.
    pub fn see_columns(&mut self, columns: Vec<String>) {
        if columns.is_empty() {
            return;
        }
        if self.takes_all {
            self.names = columns.iter().filter(|name| !self.found.reserved.contains(name)).cloned().collect();
            self.takes_all = false;
        }
        let _ = self.found.columns.set(columns);
    }

    /// Checks that each named column was in a row, or that there was no row.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] that names the most similar column, or lists some.
    pub fn check_found(&self) -> Result<(), Error> {
        let Some(columns) = self.found.columns.get() else { return Ok(()) };
        let is_seen = |index: usize| self.found.seen.get(index).is_none_or(|seen| seen.load(Ordering::Relaxed));
        let Some((_, name)) = self.names.iter().enumerate().find(|(index, _)| !is_seen(*index)) else { return Ok(()) };
        Err(Error::argument("keep_columns", format!("no row has a column '{name}'; {}", advice(name, columns))))
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the types of the columns are settled, so that chunks can be taken in any order.
    pub fn is_settled(&self) -> bool {
        !self.takes_all && self.settled.len() == self.names.len()
    }

    /// The fields of the kept columns; text where nothing was settled.
    pub fn fields(&self) -> Vec<Field> {
        let data_type = |index: usize| self.settled.get(index).map_or(DataType::Utf8, Settled::data_type);
        self.names.iter().enumerate().map(|(index, name)| Field::new(name, data_type(index), true)).collect()
    }

    /// Places for the rows of a block.
    pub fn slots(&self, rows: usize) -> Slots {
        Slots { keep: self.clone(), rows: (0..rows).map(|_| OnceLock::new()).collect() }
    }

    /// The columns of a block: what is kept of `rows`. Settles the types where that is to be done.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] where a table that was read before had a column with a type that JSON
    /// does not know.
    pub fn take_slots(&mut self, slots: &Slots, rows: &[usize]) -> Result<Vec<ArrayRef>, Error> {
        let scalars = |column: usize| -> Vec<&Scalar> {
            rows.iter().map(|row| slots.rows[*row].get().map_or(&Scalar::Null, |row| &row[column])).collect()
        };
        if self.settled.is_empty() {
            self.settled = (0..self.names.len()).map(|column| Settled::of(&scalars(column))).collect();
        }
        let column = |column: usize| {
            let settled = &self.settled[column];
            settled.array(&scalars(column)).map_err(|error| {
                let name = &self.names[column];
                let detail = format!("'{name}' is {} in a table read before: {error}", settled.data_type());
                Error::argument("keep_columns", detail)
            })
        };
        (0..self.names.len()).map(column).collect()
    }

    /// The columns of a table: what is kept of `rows`. Settles the types where that is to be done.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where the table `file` has no such column, or one that does not fit.
    pub fn take_table(&mut self, batch: &RecordBatch, rows: &[usize], file: &str) -> Result<Vec<ArrayRef>, Error> {
        let missing = |name: &str| {
            let columns: Vec<String> = batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect();
            let detail = format!("has no column '{name}' to keep; {}", advice(name, &columns));
            Error::file(file, detail)
        };
        let column = |name: &String| batch.column_by_name(name).ok_or_else(|| missing(name));
        let whole: Vec<&ArrayRef> = self.names.iter().map(column).collect::<Result<_, _>>()?;
        self.found.seen.iter().for_each(|seen| seen.store(true, Ordering::Relaxed));
        if self.settled.is_empty() {
            self.settled = whole.iter().map(|array| Settled::of_table(array.data_type())).collect();
        }
        let all = rows.len() == batch.num_rows() && rows.iter().enumerate().all(|(at, row)| at == *row);
        let indices = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64));
        let kept = |(array, settled): (&&ArrayRef, &Settled)| -> Result<ArrayRef, ArrowError> {
            let taken = if all { ArrayRef::clone(array) } else { arrow_select::take::take(array, &indices, None)? };
            settled.cast(&taken)
        };
        let named = whole.iter().zip(self.settled.iter()).zip(self.names.iter());
        named
            .map(|(column, name)| {
                kept(column).map_err(|error| Error::file(file, format!("column '{name}' cannot be kept: {error}")))
            })
            .collect()
    }
}

/// Says which of `columns` may be meant by `name`.
fn advice(name: &str, columns: &[String]) -> String {
    match nearest(name, columns.iter().map(String::as_str)) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("the columns are {}", columns.join(", ")),
    }
}

impl Slots {
    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.keep.names
    }

    /// Note which of the columns a refused row has.
    pub fn see<'a>(&self, fields: &impl Named<'a>) {
        for (column, name) in self.keep.names.iter().enumerate() {
            if fields.named(name).is_some() {
                self.mark_seen(column);
            }
        }
    }

    fn mark_seen(&self, column: usize) {
        if let Some(seen) = self.keep.found.seen.get(column)
            && !seen.load(Ordering::Relaxed)
        {
            seen.store(true, Ordering::Relaxed);
        }
    }

    /// Keeps what row `row` has in the columns.
    ///
    /// # Errors
    ///
    /// [`RowErrorKind::WrongType`] for a value that does not fit the type of its column.
    pub fn fill<'a, M>(&self, row: usize, fields: &M) -> Result<(), RowError>
    where
        M: Named<'a>,
        M::Value: Value<'a, Map = M>,
    {
        let scalars: Box<[Scalar]> = self
            .keep
            .names
            .iter()
            .enumerate()
            .map(|(column, name)| {
                let Some(value) = fields.named(name) else { return Scalar::Null };
                self.mark_seen(column);
                Scalar::of(&value)
            })
            .collect();
        for (column, settled) in self.keep.settled.iter().enumerate() {
            if !settled.fits(&scalars[column]) {
                let (name, found) = (&self.keep.names[column], scalars[column].name());
                let detail = format!("is {found}, and {} in the rows before; give one type a column", settled.name());
                return Err(RowError::new(RowErrorKind::WrongType, detail).at_field(name));
            }
        }
        // Each row is read once.
        let _ = self.rows[row].set(scalars);
        Ok(())
    }
}

impl Scalar {
    fn of<'a, V>(value: &V) -> Self
    where
        V: Value<'a>,
        V::Map: Named<'a, Value = V>,
    {
        match value.kind() {
            Kind::Null => Self::Null,
            Kind::Bool(value) => Self::Bool(value),
            Kind::Int(value) => Self::Int(value),
            Kind::Float(value) => Self::Float(value),
            Kind::Text(value) => Self::Text(value.into_owned()),
            _ => Self::Json(json::to_string(value)),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "a string",
            Self::Json(_) => "a list or an object",
        }
    }

    fn to_json(&self) -> Option<String> {
        let mut out = Vec::new();
        match self {
            Self::Null => return None,
            Self::Bool(value) => json::write_number(value, &mut out),
            Self::Int(value) => json::write_number(value, &mut out),
            Self::Float(value) => json::write_float(*value, &mut out),
            Self::Text(value) => json::write_text(value, &mut out),
            Self::Json(value) => return Some(value.clone()),
        }
        Some(String::from_utf8_lossy(&out).into_owned())
    }
}

impl Settled {
    fn of(scalars: &[&Scalar]) -> Self {
        let all = |fits: fn(&Scalar) -> bool| scalars.iter().all(|scalar| fits(scalar));
        if all(|scalar| matches!(scalar, Scalar::Null)) {
            return Self::Json;
        }
        let of_type = [Self::Bool, Self::Int, Self::Float, Self::Text];
        of_type.into_iter().find(|settled| scalars.iter().all(|scalar| settled.fits(scalar))).unwrap_or(Self::Json)
    }

    /// A table's own type, of those that stand for the same the one that everybody reads.
    fn of_table(data_type: &DataType) -> Self {
        match data_type {
            DataType::Dictionary(_, values) => Self::of_table(values),
            DataType::Utf8View => Self::Table(DataType::Utf8),
            DataType::BinaryView => Self::Table(DataType::Binary),
            other => Self::Table(other.clone()),
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Text | Self::Json => DataType::Utf8,
            Self::Table(data_type) => data_type.clone(),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Bool => "a boolean".into(),
            Self::Int => "an integer".into(),
            Self::Float => "a number".into(),
            Self::Text => "a string".into(),
            Self::Json => "any value".into(),
            Self::Table(data_type) => data_type.to_string(),
        }
    }

    /// Which values of JSON fit a column like this; `None` where none do.
    fn json_type(&self) -> Option<Self> {
        match self {
            Self::Table(DataType::Boolean) => Some(Self::Bool),
            Self::Table(data_type) if data_type.is_integer() => Some(Self::Int),
            Self::Table(data_type) if data_type.is_floating() => Some(Self::Float),
            Self::Table(DataType::Utf8 | DataType::LargeUtf8) => Some(Self::Text),
            Self::Table(_) => None,
            other => Some(other.clone()),
        }
    }

    fn fits(&self, scalar: &Scalar) -> bool {
        let Some(settled) = self.json_type() else { return matches!(scalar, Scalar::Null) };
        match scalar {
            Scalar::Null => true,
            Scalar::Bool(_) => matches!(settled, Self::Bool | Self::Json),
            Scalar::Int(_) => matches!(settled, Self::Int | Self::Float | Self::Json),
            Scalar::Float(_) => matches!(settled, Self::Float | Self::Json),
            Scalar::Text(_) => matches!(settled, Self::Text | Self::Json),
            Scalar::Json(_) => settled == Self::Json,
        }
    }

    fn array(&self, scalars: &[&Scalar]) -> Result<ArrayRef, ArrowError> {
        let array: ArrayRef = match self.json_type() {
            None => arrow_array::new_null_array(&self.data_type(), scalars.len()),
            Some(Self::Bool) => Arc::new(BooleanArray::from_iter(scalars.iter().map(|scalar| match scalar {
                Scalar::Bool(value) => Some(*value),
                _ => None,
            }))),
            Some(Self::Int) => Arc::new(Int64Array::from_iter(scalars.iter().map(|scalar| match scalar {
                Scalar::Int(value) => Some(*value),
                _ => None,
            }))),
            Some(Self::Float) => Arc::new(Float64Array::from_iter(scalars.iter().map(|scalar| match scalar {
                Scalar::Int(value) => Some(*value as f64),
                Scalar::Float(value) => Some(*value),
                _ => None,
            }))),
            Some(Self::Text) => Arc::new(StringArray::from_iter(scalars.iter().map(|scalar| match scalar {
                Scalar::Text(value) => Some(value.as_str()),
                _ => None,
            }))),
            Some(_) => Arc::new(StringArray::from_iter(scalars.iter().map(|scalar| scalar.to_json()))),
        };
        self.cast(&array)
    }

    /// A column of a table as a column of this type.
    fn cast(&self, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let data_type = self.data_type();
        if *array.data_type() == data_type {
            return Ok(array.clone());
        }
        if *self == Self::Json {
            let cells = (0..array.len()).map(|row| ArrowCell::new(array.as_ref(), row));
            let texts = cells.map(|cell| (!matches!(cell.kind(), Kind::Null)).then(|| json::to_string(&cell)));
            return Ok(Arc::new(StringArray::from_iter(texts)));
        }
        cast_with_options(array, &data_type, &CastOptions { safe: false, ..CastOptions::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::parse_json;

    fn keeping(names: &[String]) -> Keep {
        Keep::new(names, std::iter::empty()).unwrap()
    }

    fn fill(keep: &Keep, lines: &[&str]) -> (Slots, Vec<Option<String>>) {
        let slots = keep.slots(lines.len());
        let outcomes = lines.iter().enumerate().map(|(row, line)| {
            let Kind::Map(fields) = parse_json(line.as_bytes()).unwrap().kind() else { panic!("an object") };
            slots.fill(row, &fields).err().map(|error| error.to_string())
        });
        let outcomes = outcomes.collect();
        (slots, outcomes)
    }

    #[test]
    fn types_settle_with_the_first_block_and_later_values_must_fit() {
        let names: Vec<String> = ["b", "i", "f", "t", "j", "n"].map(String::from).to_vec();
        let mut keep = keeping(&names);
        let lines = [
            r#"{"b": true, "i": 1, "f": 1, "t": "x", "j": [1]}"#,
            r#"{"b": null, "i": 2, "f": 0.5, "t": "y", "j": "text"}"#,
        ];
        let (slots, refused) = fill(&keep, &lines);
        assert_eq!(refused, [None, None]);
        let columns = keep.take_slots(&slots, &[1, 0, 0]).unwrap();
        let types: Vec<_> = columns.iter().map(|column| column.data_type().clone()).collect();
        use DataType::{Boolean, Float64, Int64, Utf8};
        assert_eq!(types, [Boolean, Int64, Float64, Utf8, Utf8, Utf8]);
        assert_eq!(columns[4].as_ref(), &StringArray::from(vec!["\"text\"", "[1]", "[1]"]) as &dyn Array);
        let (_, refused) = fill(&keep, &[r#"{"i": 1.5}"#, r#"{"f": 3, "n": {}}"#, r#"{"t": 1}"#]);
        assert_eq!(
            refused,
            [
                Some("field 'i': is a float, and an integer in the rows before; give one type a column".to_owned()),
                None,
                Some("field 't': is an integer, and a string in the rows before; give one type a column".to_owned()),
            ]
        );
    }

    #[test]
    fn a_table_keeps_its_types_and_a_later_one_is_cast() {
        let table = |array: ArrayRef| RecordBatch::try_from_iter([("x", array)]).unwrap();
        let mut keep = keeping(&["x".to_owned()]);
        let first = table(Arc::new(arrow_array::Int32Array::from(vec![1, 2, 3])));
        let columns = keep.take_table(&first, &[2, 0], "a").unwrap();
        assert_eq!(columns[0].as_ref(), &arrow_array::Int32Array::from(vec![3, 1]) as &dyn Array);
        let wider = table(Arc::new(Int64Array::from(vec![4])));
        let columns = keep.take_table(&wider, &[0], "b").unwrap();
        assert_eq!(columns[0].as_ref(), &arrow_array::Int32Array::from(vec![4]) as &dyn Array);
        let other = table(Arc::new(StringArray::from(vec!["x"])));
        assert!(keep.take_table(&other, &[0], "c").is_err_and(|error| error.to_string().starts_with("c: column 'x'")));
        let mut keep = keeping(&["y".to_owned()]);
        let error = keep.take_table(&first, &[0], "a").unwrap_err().to_string();
        assert_eq!(error, "a: has no column 'y' to keep; the columns are x");
    }
}
