//! Arrow arrays from whatever exports them through the PyCapsule interface.
//!
//! `arrow-array` itself makes arrays of what is imported, but it panics at a list of fixed size whose items are structs
//! and which is a slice. So lists and structs around such a list are put together here.

use std::ffi::{CStr, c_int};
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, StructArray, make_array,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, FieldRef};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// What was exported, taken over from Python.
pub enum Exported {
    Array(FFI_ArrowArray, DataType),
    Stream(Stream),
}

/// A stream of arrays.
pub struct Stream(FFI_ArrowArrayStream);

// SAFETY: the C stream interface allows calls from any thread, one after the other; a stream has one owner.
unsafe impl Send for Stream {}

impl Exported {
    /// What `object` exports.
    ///
    /// # Errors
    ///
    /// What its methods raise, or a `TypeError` where it has none of them.
    pub fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = object.py();
        if object.hasattr(intern!(py, "__arrow_c_stream__"))? {
            let capsule = object.call_method0(intern!(py, "__arrow_c_stream__"))?.cast_into::<PyCapsule>()?;
            let stream = capsule.pointer_checked(Some(STREAM))?.cast::<FFI_ArrowArrayStream>();
            // SAFETY: a capsule of this name holds such a stream, and `from_raw` leaves a released one behind.
            return Ok(Self::Stream(Stream(unsafe { FFI_ArrowArrayStream::from_raw(stream.as_ptr()) })));
        }
        if !object.hasattr(intern!(py, "__arrow_c_array__"))? {
            return Err(PyTypeError::new_err("expected an object with the Arrow PyCapsule interface"));
        }
        let pair = object.call_method0(intern!(py, "__arrow_c_array__"))?.cast_into::<PyTuple>()?;
        let (schema, array) =
            (pair.get_item(0)?.cast_into::<PyCapsule>()?, pair.get_item(1)?.cast_into::<PyCapsule>()?);
        let schema = schema.pointer_checked(Some(SCHEMA))?.cast::<FFI_ArrowSchema>();
        let array = array.pointer_checked(Some(ARRAY))?.cast::<FFI_ArrowArray>();
        // SAFETY: capsules of these names hold such a schema and such an array. The schema stays with its capsule, which
        // lives until the end of this function; `from_raw` leaves a released array behind.
        let (of, array) = unsafe { (DataType::try_from(schema.as_ref()), FFI_ArrowArray::from_raw(array.as_ptr())) };
        Ok(Self::Array(array, of.map_err(|error| PyTypeError::new_err(error.to_string()))?))
    }

    /// All arrays. Whoever makes them, a query or a generator, does so now.
    ///
    /// # Errors
    ///
    /// What the exporter says, or what is wrong with an array.
    pub fn arrays(self) -> Result<Vec<ArrayRef>, ArrowError> {
        match self {
            Self::Array(array, of) => Ok(vec![import(array, of)?]),
            Self::Stream(mut stream) => stream.arrays(),
        }
    }
}

impl Stream {
    fn arrays(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        let of = self.data_type()?;
        let mut arrays = Vec::new();
        loop {
            let mut array = FFI_ArrowArray::empty();
            let next = self.0.get_next.ok_or_else(|| failed("has no get_next"))?;
            // SAFETY: the stream is not released, and `array` is a place for an array.
            let code = unsafe { next(&raw mut self.0, &raw mut array) };
            self.check(code)?;
            if array.is_released() {
                return Ok(arrays);
            }
            arrays.push(import(array, of.clone())?);
        }
    }

    fn data_type(&mut self) -> Result<DataType, ArrowError> {
        let mut schema = FFI_ArrowSchema::empty();
        if self.0.release.is_none() {
            return Err(failed("was read already"));
        }
        let get = self.0.get_schema.ok_or_else(|| failed("has no get_schema"))?;
        // SAFETY: the stream is not released, and `schema` is a place for a schema.
        let code = unsafe { get(&raw mut self.0, &raw mut schema) };
        self.check(code)?;
        DataType::try_from(&schema)
    }

    fn check(&mut self, code: c_int) -> Result<(), ArrowError> {
        if code == 0 {
            return Ok(());
        }
        let Some(last_error) = self.0.get_last_error else { return Err(failed(&format!("failed with code {code}"))) };
        // SAFETY: the stream is not released, and its last call failed.
        let text = unsafe { last_error(&raw mut self.0) };
        if text.is_null() {
            return Err(failed(&format!("failed with code {code}")));
        }
        // SAFETY: the text ends with a zero byte and lives until the next call.
        Err(failed(&unsafe { CStr::from_ptr(text) }.to_string_lossy()))
    }
}

fn failed(detail: &str) -> ArrowError {
    ArrowError::CDataInterface(detail.to_owned())
}

fn import(array: FFI_ArrowArray, of: DataType) -> Result<ArrayRef, ArrowError> {
    // SAFETY: whoever exports an array says that it has this type.
    array_of(unsafe { from_ffi_and_data_type(array, of) }?)
}

/// The array of `data`.
fn array_of(data: ArrayData) -> Result<ArrayRef, ArrowError> {
    if !has_sliced_structs(&data) {
        return Ok(make_array(data));
    }
    let (of, offset, len, nulls) = (data.data_type().clone(), data.offset(), data.len(), data.nulls().cloned());
    Ok(match &of {
        DataType::Struct(fields) => {
            let children: Vec<_> = data.child_data().iter().cloned().map(array_of).collect::<Result<_, _>>()?;
            let children = children.iter().map(|child| child.slice(offset, len)).collect();
            Arc::new(StructArray::try_new_with_length(fields.clone(), children, nulls, len)?)
        }
        DataType::FixedSizeList(item, size) => {
            let count = usize::try_from(*size).unwrap_or_default();
            let values = only_child(&data)?.slice(offset * count, len * count);
            Arc::new(FixedSizeListArray::try_new(item.clone(), *size, values, nulls)?)
        }
        DataType::List(item) => list_of::<i32>(&data, item)?,
        DataType::LargeList(item) => list_of::<i64>(&data, item)?,
        DataType::Map(entries, is_sorted) => {
            let values = only_child(&data)?;
            let entries_of =
                values.as_any().downcast_ref::<StructArray>().ok_or_else(|| failed("has a map of no entries"))?;
            let offsets = offsets_of::<i32>(&data)?;
            Arc::new(MapArray::try_new(entries.clone(), offsets, entries_of.clone(), nulls, *is_sorted)?)
        }
        _ => make_array(data),
    })
}

fn list_of<O: OffsetSizeTrait>(data: &ArrayData, item: &FieldRef) -> Result<ArrayRef, ArrowError> {
    let offsets = offsets_of::<O>(data)?;
    let list = GenericListArray::<O>::try_new(item.clone(), offsets, only_child(data)?, data.nulls().cloned())?;
    Ok(Arc::new(list))
}

fn offsets_of<O: OffsetSizeTrait>(data: &ArrayData) -> Result<OffsetBuffer<O>, ArrowError> {
    if data.is_empty() {
        return Ok(OffsetBuffer::new_empty());
    }
    let buffer = data.buffers().first().cloned().ok_or_else(|| failed("has a list without offsets"))?;
    Ok(OffsetBuffer::new(ScalarBuffer::new(buffer, data.offset(), data.len() + 1)))
}

fn only_child(data: &ArrayData) -> Result<ArrayRef, ArrowError> {
    array_of(data.child_data().first().cloned().ok_or_else(|| failed("has a list without items"))?)
}

/// Whether there is a list of fixed size whose items hold structs.
fn has_sliced_structs(data: &ArrayData) -> bool {
    fn holds_struct(data: &ArrayData) -> bool {
        matches!(data.data_type(), DataType::Struct(_)) || data.child_data().iter().any(holds_struct)
    }
    matches!(data.data_type(), DataType::FixedSizeList(..)) && data.child_data().iter().any(holds_struct)
        || data.child_data().iter().any(has_sliced_structs)
}
