//! A column's memory through Python's buffer protocol: read-only, shared, never copied.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use arrow_buffer::ScalarBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use swiftcore_py_macros::guarded;

/// The values or offsets of a column.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Buffer {
    memory: arrow_buffer::Buffer,
    length: isize,
    item_size: isize,
    format: &'static CStr,
}

impl Buffer {
    pub fn int32(values: &ScalarBuffer<i32>) -> Self {
        Self { memory: values.inner().clone(), length: values.len() as isize, item_size: 4, format: c"i" }
    }

    pub fn int64(values: &ScalarBuffer<i64>) -> Self {
        Self { memory: values.inner().clone(), length: values.len() as isize, item_size: 8, format: c"q" }
    }

    pub fn bool(values: &ScalarBuffer<u8>) -> Self {
        Self { memory: values.inner().clone(), length: values.len() as isize, item_size: 1, format: c"?" }
    }

    pub fn float32(values: &ScalarBuffer<f32>) -> Self {
        Self { memory: values.inner().clone(), length: values.len() as isize, item_size: 4, format: c"f" }
    }

    pub fn float64(values: &ScalarBuffer<f64>) -> Self {
        Self { memory: values.inner().clone(), length: values.len() as isize, item_size: 8, format: c"d" }
    }
}

#[guarded]
#[pymethods]
impl Buffer {
    fn __len__(&self) -> usize {
        self.length as usize
    }

    /// # Safety
    ///
    /// Called by Python with a view to fill.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no view to fill"));
        }
        if flags & ffi::PyBUF_WRITABLE == ffi::PyBUF_WRITABLE {
            // SAFETY: Python gave a valid view; on error its object must be null.
            unsafe { (*view).obj = ptr::null_mut() };
            return Err(PyBufferError::new_err("columns are read-only; copy them to write"));
        }
        let this = slf.get();
        // SAFETY: `this` is frozen and kept alive by the reference in `obj`, so that its length,
        // item size and memory outlive the view; the format is a static string.
        unsafe {
            let wants = |flag: c_int| flags & flag == flag;
            (*view).buf = this.memory.as_ptr() as *mut c_void;
            (*view).len = this.length * this.item_size;
            (*view).readonly = 1;
            (*view).itemsize = this.item_size;
            (*view).format = if wants(ffi::PyBUF_FORMAT) { this.format.as_ptr().cast_mut() } else { ptr::null_mut() };
            (*view).ndim = 1;
            (*view).shape = if wants(ffi::PyBUF_ND) { (&raw const this.length).cast_mut() } else { ptr::null_mut() };
            (*view).strides =
                if wants(ffi::PyBUF_STRIDES) { (&raw const this.item_size).cast_mut() } else { ptr::null_mut() };
            (*view).suboffsets = ptr::null_mut();
            (*view).internal = ptr::null_mut();
            (*view).obj = slf.into_any().into_ptr();
        }
        Ok(())
    }
}
