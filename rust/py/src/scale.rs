//! Loss scales of the user's own: tables that run in the core, and classes that run under the GIL.

use std::fmt;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use swiftcore::error::{RowError, RowErrorKind};
use swiftcore::loss::{Named, Scale};
use swiftcore_py_macros::guarded;

use crate::errors::{keep_raised, raise};
use crate::names::{Name, name};

/// A table of patterns or delimiters with their weights.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct LossScaleTable(Arc<Named>);

#[guarded]
#[pymethods]
impl LossScaleTable {
    #[new]
    fn new(py: Python<'_>, name: &str, response: Vec<(String, Vec<f64>)>, query: Vec<(String, f64)>) -> PyResult<Self> {
        let named = Named::declared(name, &response, query).map_err(|error| raise(py, &error))?;
        Ok(Self(Arc::new(named)))
    }

    #[getter]
    fn is_binary(&self) -> bool {
        self.0.is_binary()
    }
}

/// A scale of the user's own.
#[derive(FromPyObject)]
pub enum Own {
    Table(Py<LossScaleTable>),
    Object(Py<PyAny>),
}

impl Own {
    pub fn into_scale(self) -> Arc<dyn Scale> {
        match self {
            Self::Table(table) => table.get().0.clone(),
            Self::Object(object) => {
                let is_binary = Python::attach(|py| is_binary(object.bind(py)));
                Arc::new(Class { object, is_binary })
            }
        }
    }
}

fn is_binary(object: &Bound<'_, PyAny>) -> bool {
    ["is_binary_loss_scale", "is_binary"]
        .iter()
        .find_map(|name| object.getattr(*name).ok()?.extract::<Option<bool>>().ok()?)
        .unwrap_or(true)
}

/// An object with `get_loss_scale`, called under the GIL, one text at a time.
struct Class {
    object: Py<PyAny>,
    is_binary: bool,
}

impl fmt::Debug for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Class").field("is_binary", &self.is_binary).finish_non_exhaustive()
    }
}

impl Scale for Class {
    fn is_binary(&self) -> bool {
        self.is_binary
    }

    fn reads_query(&self) -> bool {
        true
    }

    fn split<'t>(&self, text: &'t str, query: Option<&str>, parts: &mut Vec<(&'t str, f64)>) -> Result<(), RowError> {
        let failed = |detail: String| RowError::new(RowErrorKind::WrongValue, detail).at_field("loss_scale");
        let (texts, weights) = Python::attach(|py| {
            self.call(py, text, query).map_err(|error| {
                let detail = format!("the registered loss scale failed: {error}");
                failed(detail).with_raised(keep_raised(py, error))
            })
        })?;
        if texts.concat() != text || texts.len() != weights.len() {
            let detail = "the registered loss scale changed the text; give parts of it that follow each other, and a \
                          weight each";
            return Err(failed(detail.to_owned()));
        }
        if let Some(weight) = weights.iter().find(|weight| !(0.0..=f64::from(f32::MAX)).contains(*weight)) {
            return Err(failed(format!(
                "the registered loss scale gave the weight {weight}; give finite numbers from 0"
            )));
        }
        let mut from = 0;
        for (part, weight) in texts.iter().zip(weights) {
            parts.push((&text[from..from + part.len()], weight));
            from += part.len();
        }
        Ok(())
    }
}

impl Class {
    fn call(&self, py: Python<'_>, text: &str, query: Option<&str>) -> PyResult<(Vec<String>, Vec<f64>)> {
        let keywords = PyDict::new(py);
        keywords.set_item(name(py, Name::Query), query)?;
        let result = self.object.bind(py).call_method(name(py, Name::GetLossScale), (text,), Some(&keywords))?;
        let (texts, weights): (Bound<'_, PyList>, Bound<'_, PyList>) = result.extract()?;
        Ok((texts.extract()?, weights.extract()?))
    }
}
