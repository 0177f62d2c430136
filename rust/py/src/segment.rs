//! Rendered segments.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use swiftcore::error::Error;
use swiftcore::segment::{self as core, SegmentContent, Segments};
use swiftcore_py_macros::guarded;

use crate::errors::raise;

/// One rendered run: text still to be tokenized, or ids taken as they are, with a weight.
///
/// >>> import swiftcore
/// >>> swiftcore.Segment(text="Hi", weight=1.0), swiftcore.Segment(ids=[1])
/// (Segment(text="Hi", weight=1), Segment(ids=[1], weight=0))
#[pyclass(frozen, eq, module = "swiftcore._native")]
#[derive(Clone, PartialEq)]
pub struct Segment {
    #[pyo3(get)]
    text: Option<String>,
    #[pyo3(get)]
    ids: Option<Vec<u32>>,
    #[pyo3(get)]
    weight: f64,
}

#[guarded]
#[pymethods]
impl Segment {
    #[new]
    #[pyo3(signature = (*, text=None, ids=None, weight=0.0))]
    fn new(
        py: Python<'_>,
        text: Option<&Bound<'_, PyAny>>,
        ids: Option<&Bound<'_, PyAny>>,
        weight: f64,
    ) -> PyResult<Self> {
        if text.is_some() == ids.is_some() {
            return Err(PyTypeError::new_err("give a segment either text or ids"));
        }
        let text = extracted::<String>(py, "text", "Unicode text", text)?;
        let ids = extracted::<Vec<u32>>(py, "ids", "a list of token ids", ids)?;
        // Ids leave in columns of int32.
        if let Some(id) = ids.iter().flatten().find(|id| **id > i32::MAX as u32) {
            let detail = format!("{id} is no token id; give integers from 0 to {}", i32::MAX);
            return Err(raise(py, &Error::argument("ids", detail)));
        }
        if !weight.is_finite() {
            return Err(raise(py, &Error::argument("weight", format!("is {weight}; give a finite number"))));
        }
        Ok(Self { text, ids, weight })
    }

    fn __repr__(&self) -> String {
        match (&self.text, &self.ids) {
            (Some(text), _) => format!("Segment(text={text:?}, weight={})", self.weight),
            (_, ids) => format!("Segment(ids={:?}, weight={})", ids.as_deref().unwrap_or_default(), self.weight),
        }
    }
}

/// Returns an argument as `T`.
///
/// # Errors
///
/// `TypeError` where it is of another type, `ArgumentError` for a value that is out of range.
fn extracted<'py, T: for<'a> FromPyObject<'a, 'py>>(
    py: Python<'py>,
    name: &'static str,
    expected: &str,
    value: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<T>> {
    let Some(value) = value else { return Ok(None) };
    match value.extract::<T>().map_err(Into::<PyErr>::into) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => Err(error),
        Err(_) => Err(raise(py, &Error::argument(name, format!("expected {expected}, got {}", value.repr()?)))),
    }
}

impl From<core::Segment<'_>> for Segment {
    fn from(segment: core::Segment<'_>) -> Self {
        let (text, ids) = match segment.content {
            SegmentContent::Text(text) => (Some(text.to_owned()), None),
            SegmentContent::Ids(ids) => (None, Some(ids.to_vec())),
        };
        Self { text, ids, weight: segment.weight }
    }
}

/// Python's segments as the core takes them.
pub fn to_core(segments: &[PyRef<'_, Segment>]) -> Segments {
    let mut out = Segments::default();
    for segment in segments {
        match (&segment.text, &segment.ids) {
            (Some(text), _) => out.push_text(text, segment.weight),
            (_, ids) => out.push_ids(ids.as_deref().unwrap_or_default(), segment.weight),
        }
    }
    out
}
