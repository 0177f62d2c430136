//! A batch of encoded rows.

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyIndexError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyFloat, PyList, PyTuple, PyType};
use pyo3_arrow::ffi::{ArrayIterator, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule};
use swiftcore::batch::{Column, Columns, LENGTH, Nesting, ROW_INDEX, Role, Values};
use swiftcore_py_macros::guarded;

use crate::buffer::Buffer;
use crate::errors::{raise, row_error};
use crate::pickle::Parts;
use crate::warnings::row_warnings;

/// Encoded rows as flat columns.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Batch(pub Columns);

impl Batch {
    fn column(&self, name: &str) -> PyResult<&Column> {
        self.0.get(name).ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }

    /// `None` for `row_index`, which is no column of the core's.
    fn column_or_index(&self, name: &str) -> PyResult<Option<&Column>> {
        if name == ROW_INDEX { Ok(None) } else { self.column(name).map(Some) }
    }
}

#[guarded]
#[pymethods]
impl Batch {
    /// The batch that `__reduce__` took apart.
    #[new]
    fn new(parts: Parts) -> PyResult<Self> {
        Columns::try_from(parts).map(Self)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (Parts,)) {
        (py.get_type::<Self>(), (Parts::from(&self.0),))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// The names of the columns, but for `row_index`.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.0.columns.iter().map(|column| column.spec.name.as_str()).collect()
    }

    /// How a column belongs to rows: 0 a value, 1 a list, 2 a list of lists.
    fn depth(&self, name: &str) -> PyResult<u8> {
        Ok(match self.column_or_index(name)?.map(|column| column.spec.nesting) {
            None | Some(Nesting::Scalar) => 0,
            Some(Nesting::List) => 1,
            Some(Nesting::Lists) => 2,
        })
    }

    /// The values of a column, flat.
    fn values(&self, name: &str) -> PyResult<Buffer> {
        let Some(column) = self.column_or_index(name)? else { return Ok(Buffer::int64(&self.0.row_index)) };
        Ok(match &column.values {
            Values::Int32(values) => Buffer::int32(values),
            Values::Float32(values) => Buffer::float32(values),
            Values::Float64(values) => Buffer::float64(values),
            Values::Bool(values) => Buffer::bool(values),
        })
    }

    /// Where each list of a column begins, and the last one ends.
    fn offsets(&self, name: &str) -> PyResult<Option<Buffer>> {
        let offsets = self.column_or_index(name)?.and_then(|column| column.offsets.as_ref());
        Ok(offsets.map(|offsets| Buffer::int64(offsets.inner())))
    }

    /// Which lists of a column belong to which row, where a row has several.
    fn row_offsets(&self, name: &str) -> PyResult<Option<Buffer>> {
        let offsets = self.column_or_index(name)?.and_then(|column| column.row_offsets.as_ref());
        Ok(offsets.map(|offsets| Buffer::int64(offsets.inner())))
    }

    /// Whether each row has a value in a column; None where all have.
    fn validity(&self, name: &str) -> PyResult<Option<Buffer>> {
        let nulls = self.column_or_index(name)?.and_then(|column| column.nulls.as_ref());
        Ok(nulls.map(|nulls| Buffer::bool(&nulls.iter().map(u8::from).collect())))
    }

    /// How many tokens each row has, on all its sides.
    fn lengths(&self) -> Buffer {
        match self.0.get(LENGTH) {
            Some(Column { values: Values::Int32(lengths), offsets: None, .. }) => Buffer::int32(lengths),
            // A row of more tokens than int32 counts does not fit into memory.
            _ => Buffer::int32(&self.0.lengths().into_iter().map(|length| length as i32).collect()),
        }
    }

    /// One row as lists.
    fn row<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyDict>> {
        if index >= self.0.len() {
            return Err(PyIndexError::new_err("row out of range"));
        }
        let row = PyDict::new(py);
        for column in &self.0.columns {
            // As in `Template.encode`, a row does not name the length of its only side.
            if column.spec.name != LENGTH
                && !column.is_null(index)
                && let Some(value) = cell(py, column, index)?
            {
                row.set_item(&column.spec.name, value)?;
            }
        }
        Ok(row)
    }

    /// The refused rows, in order, as exceptions.
    fn refused<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let errors = self.0.refused.iter().map(|error| row_error(py, error)).collect::<PyResult<Vec<_>>>()?;
        PyList::new(py, errors)
    }

    #[getter]
    fn refused_count(&self) -> usize {
        self.0.refused.len()
    }

    #[getter]
    fn untrainable(&self) -> u64 {
        self.0.untrainable
    }

    #[getter]
    fn deleted(&self) -> u64 {
        self.0.deleted
    }

    /// What was found in rows that were encoded all the same.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        row_warnings(py, &self.0.warnings)
    }

    /// One column through the Arrow interface.
    #[pyo3(signature = (name, requested_schema=None))]
    fn arrow_column<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let Some(column) = self.column_or_index(name)? else {
            let array = arrow_array::Int64Array::new(self.0.row_index.clone(), None);
            let field = arrow_schema::Field::new(name, arrow_schema::DataType::Int64, false);
            return Ok(to_array_pycapsules(py, field.into(), &array, requested_schema)?);
        };
        let array = column.array::<i64>(false).map_err(|error| raise(py, &error))?;
        Ok(to_array_pycapsules(py, column.spec.field::<i64>(false).into(), &array, requested_schema)?)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let batch = self.0.record_batch().map_err(|error| raise(py, &error))?;
        Ok(to_schema_pycapsule(py, batch.schema().as_ref())?)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let batch = self.0.record_batch().map_err(|error| raise(py, &error))?;
        let field = arrow_schema::Field::new_struct("", batch.schema().fields().clone(), false);
        let array = arrow_array::StructArray::from(batch);
        Ok(to_array_pycapsules(py, field.into(), &array, requested_schema)?)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let batch = self.0.record_batch().map_err(|error| raise(py, &error))?;
        let field = arrow_schema::Field::new_struct("", batch.schema().fields().clone(), false);
        let array: arrow_array::ArrayRef = std::sync::Arc::new(arrow_array::StructArray::from(batch));
        let reader = Box::new(ArrayIterator::new(std::iter::once(Ok(array)), field.into()));
        Ok(to_stream_pycapsule(py, reader, requested_schema)?)
    }
}

/// What a row has in a column; `None` for a list of sequences without any.
fn cell<'py>(py: Python<'py>, column: &Column, row: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
    let list = |list: usize| values(py, &column.values, column.range(list));
    Ok(Some(match column.spec.nesting {
        Nesting::Scalar => scalar(py, &column.values, row)?,
        // A row without sequences of a side does not name their lengths either.
        Nesting::List if column.spec.role == Role::Length && column.range(row).is_empty() => return Ok(None),
        Nesting::List => list(row)?.into_any(),
        Nesting::Lists => {
            let lists = column.lists(row);
            if lists.is_empty() {
                return Ok(None);
            }
            PyList::new(py, lists.map(list).collect::<PyResult<Vec<_>>>()?)?.into_any()
        }
    }))
}

fn scalar<'py>(py: Python<'py>, values: &Values, index: usize) -> PyResult<Bound<'py, PyAny>> {
    match values {
        Values::Int32(values) => values[index].into_bound_py_any(py),
        Values::Float32(values) => Ok(PyFloat::new(py, f64::from(values[index])).into_any()),
        Values::Float64(values) => Ok(PyFloat::new(py, values[index]).into_any()),
        Values::Bool(values) => (values[index] != 0).into_bound_py_any(py),
    }
}

fn values<'py>(py: Python<'py>, values: &Values, range: std::ops::Range<usize>) -> PyResult<Bound<'py, PyList>> {
    match values {
        Values::Int32(values) => PyList::new(py, &values[range]),
        Values::Float32(values) => PyList::new(py, values[range].iter().map(|value| f64::from(*value))),
        Values::Float64(values) => PyList::new(py, &values[range]),
        Values::Bool(values) => PyList::new(py, values[range].iter().map(|value| *value != 0)),
    }
}
