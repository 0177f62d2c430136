//! Token ids as callers have them: a number, a list, an array, a tensor, of one dimension or two.

use pyo3::buffer::{Element, PyBuffer};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList};
use swiftcore::error::Error;

use crate::errors::raise;

/// Ids in rows.
pub struct Ids {
    pub flat: Vec<i64>,
    shape: Shape,
}

enum Shape {
    /// All rows are this wide.
    Even(usize),
    /// Where each row ends.
    Ragged(Vec<usize>),
}

impl Ids {
    pub fn rows(&self) -> usize {
        match &self.shape {
            Shape::Even(width) => self.flat.len().checked_div(*width).unwrap_or(0),
            Shape::Ragged(ends) => ends.len(),
        }
    }

    pub fn row(&self, row: usize) -> &[i64] {
        match &self.shape {
            Shape::Even(width) => &self.flat[row * width..(row + 1) * width],
            Shape::Ragged(ends) => &self.flat[row.checked_sub(1).map_or(0, |before| ends[before])..ends[row]],
        }
    }
}

/// Ids from an array, a tensor, a sequence, or a single number.
pub fn read_ids(ids: &Bound<'_, PyAny>) -> PyResult<Ids> {
    let listed = ids.is_instance_of::<PyList>();
    if !listed && let Some(ids) = from_buffers(ids) {
        return ids;
    }
    // A tensor, wherever it is.
    if !listed
        && let Ok(listed) = ids.call_method0(intern!(ids.py(), "tolist"))
        && (listed.is_instance_of::<PyList>() || listed.is_instance_of::<PyInt>())
    {
        return read_ids(&listed);
    }
    if let Ok(flat) = ids.extract::<Vec<i64>>() {
        return Ok(Ids { flat, shape: Shape::Even(1) });
    }
    if let Ok(rows) = ids.extract::<Vec<Vec<i64>>>() {
        let ends = rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        });
        return Ok(Ids { shape: Shape::Ragged(ends.collect()), flat: rows.concat() });
    }
    if let Ok(id) = ids.extract::<i64>() {
        return Ok(Ids { flat: vec![id], shape: Shape::Even(1) });
    }
    let found = ids.get_type().name()?;
    let error = Error::argument("ids", format!("is a {found}; give an id, or a list, array or tensor of ids"));
    Err(raise(ids.py(), &error))
}

/// Ids from an array of any integers; `None` for anything that is no such array.
fn from_buffers(ids: &Bound<'_, PyAny>) -> Option<PyResult<Ids>> {
    from_buffer::<i64>(ids)
        .or_else(|| from_buffer::<i32>(ids))
        .or_else(|| from_buffer::<u32>(ids))
        .or_else(|| from_buffer::<u64>(ids))
}

/// Ids from an array of one or two dimensions; `None` for anything that is no array of this type.
fn from_buffer<T>(ids: &Bound<'_, PyAny>) -> Option<PyResult<Ids>>
where
    T: Element + Copy + TryInto<i64>,
{
    let buffer = PyBuffer::<T>::get(ids).ok()?;
    let width = match buffer.shape() {
        [] | [_] => 1,
        [_, width] => *width,
        _ => return None,
    };
    let values = buffer.to_vec(ids.py());
    let wide = |value: T| value.try_into().unwrap_or(i64::MAX);
    Some(values.map(|values| Ids { flat: values.into_iter().map(wide).collect(), shape: Shape::Even(width) }))
}
