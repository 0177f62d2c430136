//! A batch of encoded rows.

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList, PyTuple, PyType};
use pyo3_arrow::ffi::{ArrayIterator, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule};
use swiftcore::batch::Columns;

use crate::buffer::Buffer;
use crate::errors::{raise, row_error};
use crate::pickle::Parts;

/// Encoded rows as flat columns.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Batch(pub Columns);

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

    /// The names of the ragged columns.
    #[getter]
    fn ragged(&self) -> Vec<&'static str> {
        let mut names = vec![swiftcore::batch::INPUT_IDS];
        names.extend(self.0.labels.as_ref().map(|_| swiftcore::batch::LABELS));
        names.extend(self.0.loss_scale.as_ref().map(|_| swiftcore::batch::LOSS_SCALE));
        names
    }

    /// The values of a column, flat.
    fn values(&self, name: &str) -> PyResult<Buffer> {
        let found = match name {
            swiftcore::batch::INPUT_IDS => Some(Buffer::int32(&self.0.input_ids)),
            swiftcore::batch::LABELS => self.0.labels.as_ref().map(Buffer::int32),
            swiftcore::batch::LOSS_SCALE => self.0.loss_scale.as_ref().map(Buffer::float32),
            swiftcore::batch::LENGTH => Some(Buffer::int32(&self.0.length)),
            swiftcore::batch::ROW_INDEX => Some(Buffer::int64(&self.0.row_index)),
            _ => None,
        };
        found.ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }

    /// Where each row of the ragged columns begins, and the last one ends.
    fn offsets(&self) -> Buffer {
        Buffer::int64(self.0.offsets.inner())
    }

    /// One row as lists.
    fn row<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyDict>> {
        if index >= self.0.len() {
            return Err(pyo3::exceptions::PyIndexError::new_err("row out of range"));
        }
        let range = self.0.range(index);
        let row = PyDict::new(py);
        row.set_item("input_ids", PyList::new(py, &self.0.input_ids[range.clone()])?)?;
        if let Some(labels) = &self.0.labels {
            row.set_item("labels", PyList::new(py, &labels[range.clone()])?)?;
        }
        if let Some(weights) = &self.0.loss_scale {
            row.set_item("loss_scale", PyList::new(py, weights[range].iter().map(|weight| f64::from(*weight)))?)?;
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

    /// One column through the Arrow interface.
    #[pyo3(signature = (name, requested_schema=None))]
    fn arrow_column<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let column = self.0.arrays().into_iter().find(|(column, _)| *column == name);
        let (_, array) = column.ok_or_else(|| PyKeyError::new_err(name.to_owned()))?;
        let field = arrow_schema::Field::new(name, array.data_type().clone(), false);
        Ok(to_array_pycapsules(py, field.into(), &array, requested_schema)?)
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
