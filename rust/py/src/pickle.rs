//! A batch as plain data and back, so that worker processes can hand batches over.

use arrow_buffer::{ArrowNativeType, MutableBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use swiftcore::batch::{Column, ColumnSpec, Columns, Item, Nesting, Role, Values};
use swiftcore::error::{RowError, RowErrorKind};

use crate::warnings::{Listed, counted, listed};

/// A refused row: kind, row, message, field, detail, and of one that is too long its length and the limit.
pub type Refused = (String, Option<u64>, Option<usize>, Option<String>, String, Option<(usize, usize)>);

/// The columns, `row_index`, the refused rows, the counts of rows, and the warnings, in the order of [`Columns`]'
/// fields.
#[derive(FromPyObject, IntoPyObject)]
pub struct Parts(pub Vec<ColumnParts>, pub Vec<u8>, pub Vec<Refused>, pub u64, pub u64, pub u64, pub Vec<Listed>);

/// A column: its name, role, type, nesting and whether it may be null; its values, offsets, row
/// offsets, and which rows have a value.
#[derive(FromPyObject, IntoPyObject)]
pub struct ColumnParts(
    pub String,
    pub (u8, u8, u8, bool),
    pub Vec<u8>,
    pub Option<Vec<u8>>,
    pub Option<Vec<u8>>,
    pub Option<Vec<bool>>,
);

const ROLES: [Role; 7] =
    [Role::Ids, Role::Labels, Role::Weights, Role::Length, Role::Margin, Role::Target, Role::Token];
const ITEMS: [Item; 4] = [Item::Int32, Item::Float32, Item::Bool, Item::Float64];
const NESTINGS: [Nesting; 3] = [Nesting::Scalar, Nesting::List, Nesting::Lists];

fn code<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|other| other == one).unwrap_or(0) as u8
}

impl From<&Columns> for Parts {
    fn from(columns: &Columns) -> Self {
        let refused = columns.refused.iter().map(|error| {
            let (kind, detail) = (error.kind.as_str().to_owned(), error.detail.clone());
            (kind, error.row, error.message, error.field.clone(), detail, error.lengths())
        });
        Self(
            columns.columns.iter().map(ColumnParts::from).collect(),
            bytes(&columns.row_index),
            refused.collect(),
            columns.untrainable,
            columns.truncated,
            columns.deleted,
            listed(&columns.warnings),
        )
    }
}

impl From<&Column> for ColumnParts {
    fn from(column: &Column) -> Self {
        let spec = &column.spec;
        Self(
            spec.name.clone(),
            (code(&ROLES, &spec.role), code(&ITEMS, &spec.item), code(&NESTINGS, &spec.nesting), spec.nullable),
            match &column.values {
                Values::Int32(values) => bytes(values),
                Values::Float32(values) => bytes(values),
                Values::Float64(values) => bytes(values),
                Values::Bool(values) => bytes(values),
            },
            column.offsets.as_ref().map(|offsets| bytes(offsets.inner())),
            column.row_offsets.as_ref().map(|offsets| bytes(offsets.inner())),
            column.nulls.as_ref().map(|nulls| nulls.iter().collect()),
        )
    }
}

impl TryFrom<Parts> for Columns {
    type Error = PyErr;

    fn try_from(parts: Parts) -> PyResult<Self> {
        let Parts(columns, row_index, refused, untrainable, truncated, deleted, warnings) = parts;
        let row_index: ScalarBuffer<i64> = values(&row_index);
        Ok(Self {
            columns: columns.into_iter().map(|column| read_column(column, row_index.len())).collect::<PyResult<_>>()?,
            row_index,
            refused: refused.into_iter().map(row_error).collect::<PyResult<_>>()?,
            untrainable,
            truncated,
            deleted,
            warnings: counted(warnings),
        })
    }
}

fn misfit() -> PyErr {
    PyValueError::new_err("the columns of this batch do not fit together")
}

fn read_column(parts: ColumnParts, rows: usize) -> PyResult<Column> {
    let ColumnParts(name, (role, item, nesting, nullable), memory, offsets, row_offsets, nulls) = parts;
    let spec = ColumnSpec {
        name,
        role: *ROLES.get(usize::from(role)).ok_or_else(misfit)?,
        item: *ITEMS.get(usize::from(item)).ok_or_else(misfit)?,
        nesting: *NESTINGS.get(usize::from(nesting)).ok_or_else(misfit)?,
        nullable,
    };
    let values = match spec.item {
        Item::Int32 => Values::Int32(values(&memory)),
        Item::Float32 => Values::Float32(values(&memory)),
        Item::Float64 => Values::Float64(values(&memory)),
        Item::Bool => Values::Bool(values(&memory)),
    };
    let offsets = offsets.as_deref().map(read_offsets).transpose()?;
    let row_offsets = row_offsets.as_deref().map(read_offsets).transpose()?;
    let nulls: Option<NullBuffer> = nulls.map(NullBuffer::from);
    // What a row's own offsets count: values, or lists of them.
    let counted = match (spec.nesting, &offsets, &row_offsets) {
        (Nesting::Scalar, None, None) => values.len() == rows,
        (Nesting::List, Some(offsets), None) => fits(offsets, rows, values.len()),
        (Nesting::Lists, Some(offsets), Some(row_offsets)) => {
            fits(row_offsets, rows, offsets.len() - 1) && fits(offsets, offsets.len() - 1, values.len())
        }
        _ => false,
    };
    if !counted || nulls.as_ref().is_some_and(|nulls| nulls.len() != rows) {
        return Err(misfit());
    }
    Ok(Column { spec, values, offsets, row_offsets, nulls })
}

/// Whether there are offsets for that many lists, of that many values.
fn fits(offsets: &OffsetBuffer<i64>, lists: usize, values: usize) -> bool {
    offsets.len() == lists + 1 && offsets.last().is_some_and(|end| *end as usize == values)
}

fn read_offsets(bytes: &[u8]) -> PyResult<OffsetBuffer<i64>> {
    let offsets: ScalarBuffer<i64> = values(bytes);
    let rises = offsets.windows(2).all(|pair| pair[0] <= pair[1]);
    if offsets.first() != Some(&0) || !rises {
        return Err(misfit());
    }
    Ok(OffsetBuffer::new(offsets))
}

/// The refusal that such parts describe; one of no known kind is a hook's.
pub fn refused_row(parts: Refused) -> RowError {
    let kind = RowErrorKind::from_name(&parts.0).unwrap_or(RowErrorKind::Hook);
    with_parts(kind, parts)
}

fn row_error(parts: Refused) -> PyResult<RowError> {
    let kind = RowErrorKind::from_name(&parts.0)
        .ok_or_else(|| PyValueError::new_err(format!("'{}' is no kind of refusal", parts.0)))?;
    Ok(with_parts(kind, parts))
}

fn with_parts(kind: RowErrorKind, (_, row, message, field, detail, lengths): Refused) -> RowError {
    let error = RowError { row, message, field, ..RowError::new(kind, detail) };
    match lengths {
        Some((length, max_length)) => error.with_lengths(length, max_length),
        None => error,
    }
}

fn bytes<T: ArrowNativeType>(values: &ScalarBuffer<T>) -> Vec<u8> {
    values.inner().as_slice().to_vec()
}

/// The values that `bytes` wrote, in memory of their own, aligned.
fn values<T: ArrowNativeType>(bytes: &[u8]) -> ScalarBuffer<T> {
    let whole = bytes.len() - bytes.len() % size_of::<T>();
    let mut memory = MutableBuffer::with_capacity(whole);
    memory.extend_from_slice(&bytes[..whole]);
    memory.into()
}
