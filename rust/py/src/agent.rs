//! Agent formats: the built-in ones by name, and formats of the user's own.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use swiftcore::agent::{SharedAgent, agent_format};

use crate::json::{to_json, to_python};

/// A format in which tools and their calls are written.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Agent(pub SharedAgent);

#[pymethods]
impl Agent {
    /// The built-in format named `name`, or None.
    #[staticmethod]
    fn built_in(name: &str) -> Option<Self> {
        agent_format(name).cloned().map(Self)
    }

    /// The name that it is known by.
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// The calls in `text`, each a dict with `name` and `arguments`.
    #[pyo3(signature = (text, tools=None))]
    fn parse<'py>(
        &self,
        py: Python<'py>,
        text: &str,
        tools: Option<&Bound<'py, PyList>>,
    ) -> PyResult<Bound<'py, PyList>> {
        // What is no tool says nothing of types.
        let tools: Vec<_> =
            tools.iter().flat_map(|tools| tools.iter()).filter_map(|tool| to_json(&tool).ok()).collect();
        let calls = py.detach(|| self.0.parse(text, &tools));
        let found = PyList::empty(py);
        for call in calls {
            let dict = PyDict::new(py);
            dict.set_item("name", call.name)?;
            dict.set_item("arguments", to_python(py, &call.arguments)?)?;
            found.append(dict)?;
        }
        Ok(found)
    }

    fn __repr__(&self) -> String {
        format!("Agent(name={:?})", self.0.name())
    }
}

/// The names of the built-in formats.
#[pyfunction]
pub fn agent_formats() -> Vec<&'static str> {
    swiftcore::agent::agent_formats().iter().map(|format| format.name()).collect()
}
