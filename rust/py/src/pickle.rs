//! A batch as plain data and back, so that worker processes can hand batches over.

use arrow_buffer::{ArrowNativeType, MutableBuffer, ScalarBuffer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use swiftcore::batch::{Columns, offsets_of};
use swiftcore::error::{RowError, RowErrorKind};

/// A refused row: kind, row, message, field, detail.
type Refused = (String, Option<u64>, Option<usize>, Option<String>, String);

/// The columns' memory and the refused rows, in the order of [`Columns`]' fields.
#[derive(FromPyObject, IntoPyObject)]
pub struct Parts(
    pub Vec<u8>,
    pub Option<Vec<u8>>,
    pub Option<Vec<u8>>,
    pub Vec<u8>,
    pub Vec<u8>,
    pub Vec<Refused>,
    pub u64,
    pub u64,
);

impl From<&Columns> for Parts {
    fn from(columns: &Columns) -> Self {
        let refused = columns.refused.iter().map(|error| {
            (error.kind.as_str().to_owned(), error.row, error.message, error.field.clone(), error.detail.clone())
        });
        Self(
            bytes(&columns.input_ids),
            columns.labels.as_ref().map(bytes),
            columns.loss_scale.as_ref().map(bytes),
            bytes(&columns.row_index),
            bytes(&columns.length),
            refused.collect(),
            columns.untrainable,
            columns.truncated,
        )
    }
}

impl TryFrom<Parts> for Columns {
    type Error = PyErr;

    fn try_from(parts: Parts) -> PyResult<Self> {
        let Parts(input_ids, labels, loss_scale, row_index, length, refused, untrainable, truncated) = parts;
        let columns = Self {
            input_ids: values(&input_ids),
            labels: labels.as_deref().map(values),
            loss_scale: loss_scale.as_deref().map(values),
            row_index: values(&row_index),
            offsets: offsets_of(&values::<i32>(&length)),
            length: values(&length),
            refused: refused.into_iter().map(row_error).collect::<PyResult<_>>()?,
            untrainable,
            truncated,
        };
        let tokens = columns.offsets.last().map_or(0, |end| *end as usize);
        let fits = |length: Option<usize>| length.is_none_or(|length| length == tokens);
        let ragged = fits(Some(columns.input_ids.len()))
            && fits(columns.labels.as_ref().map(|labels| labels.len()))
            && fits(columns.loss_scale.as_ref().map(|weights| weights.len()));
        if !ragged || columns.length.iter().any(|length| *length < 0) || columns.length.len() != columns.len() {
            return Err(PyValueError::new_err("the columns of this batch do not fit together"));
        }
        Ok(columns)
    }
}

fn row_error((kind, row, message, field, detail): Refused) -> PyResult<RowError> {
    let kind = RowErrorKind::from_name(&kind)
        .ok_or_else(|| PyValueError::new_err(format!("'{kind}' is no kind of refusal")))?;
    Ok(RowError { kind, row, message, field, detail })
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
