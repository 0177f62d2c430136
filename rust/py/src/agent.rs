//! Agent formats: the built-in ones by name, and formats of the user's own.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use swiftcore::agent::{
    Answers, Calls, Declared, EachTool, Joint, Keywords, Needs, Parser, SharedAgent, Standalone, ToolList, agent_format,
};
use swiftcore_py_macros::guarded;

use crate::errors::{detached, raise_row};
use crate::json::{to_json, to_python};
use crate::python_agent::PythonAgent;

/// A format in which tools and their calls are written.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Agent(pub SharedAgent);

#[guarded]
#[pymethods]
impl Agent {
    /// The built-in format named `name`, or None.
    #[staticmethod]
    fn built_in(name: &str) -> Option<Self> {
        agent_format(name).cloned().map(Self)
    }

    /// A format of the user's own as data; a text that is not given is the ReAct format's, or none.
    #[staticmethod]
    #[pyo3(signature = (name, *, tool, tools, tool_sep, around_system, in_first_message, call, calls, call_sep,
        argument, argument_sep, before_calls, answer, answers, answer_sep, before_answers, after_answers))]
    #[allow(clippy::too_many_arguments)]
    fn declared(
        name: String,
        tool: String,
        tools: String,
        tool_sep: String,
        around_system: (String, String),
        in_first_message: bool,
        call: String,
        calls: String,
        call_sep: String,
        argument: String,
        argument_sep: String,
        before_calls: String,
        answer: String,
        answers: String,
        answer_sep: String,
        before_answers: Option<String>,
        after_answers: String,
    ) -> Self {
        let parser = match call.split_once("{{CALL}}") {
            Some((open, close)) if !open.is_empty() && !close.is_empty() => {
                Parser::tagged(open.trim().to_owned(), close.trim().to_owned())
            }
            _ => Parser::React(Keywords::REACT),
        };
        let mut list = ToolList::new("", "", "");
        list.each = EachTool::Text(tool.into());
        (list.between, list.whole, list.in_first_message) = (tool_sep.into(), tools.into(), in_first_message);
        list.around_system = (around_system.0.into(), around_system.1.into());
        let needs = if call.contains("{{ARGUMENTS_LIST}}") { Needs::Map } else { Needs::Anything };
        let mut written = Calls::new("", "", "");
        written.each = call.replace("{{ARGUMENTS_LIST}}", "{{FIELDS}}").into();
        (written.between, written.whole, written.needs) = (call_sep.into(), calls.into(), needs);
        (written.field.each, written.field.between) = (argument.into(), argument_sep.into());
        written.joint = Joint::BehindText(before_calls.into());
        let (each, between) = (answer.into(), answer_sep.into());
        let answered = match before_answers {
            None => Answers::AsQuery { each, between, whole: answers.into(), rename: None, separator_optional: false },
            Some(before) => {
                let around = answers.split_once("{{ANSWERS}}").unwrap_or(("", ""));
                let around = (around.0.to_owned().into(), around.1.to_owned().into());
                let (before, after) = (before.into(), after_answers.into());
                Answers::AsTexts { before, each, between, after, joined: true, around }
            }
        };
        let unasked =
            if matches!(answered, Answers::AsQuery { .. }) { Standalone::AsQuery } else { Standalone::Refused };
        Self(Arc::new(Declared {
            name: name.into(),
            tools: list,
            calls: written,
            answers: answered,
            unasked,
            keywords: Some(Keywords::REACT),
            looks_at_last: false,
            parser,
        }))
    }

    /// A format that is a Python object, called under the GIL.
    #[staticmethod]
    fn of_python(name: String, object: Py<PyAny>) -> Self {
        Self(Arc::new(PythonAgent { name, object }))
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
        let calls = match detached(py, || Ok(self.0.try_parse(text, &tools)))? {
            Ok(calls) => calls,
            // Text that a parser of the user cannot read holds no call, as with every format.
            Err(error) if !error.is_final() => Vec::new(),
            Err(error) => return Err(raise_row(py, &error)),
        };
        let found = PyList::empty(py);
        for (index, call) in calls.into_iter().enumerate() {
            if index % 1024 == 1023 {
                py.check_signals()?;
            }
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
#[guarded]
#[pyfunction]
pub fn agent_formats() -> Vec<&'static str> {
    swiftcore::agent::agent_formats().iter().map(|format| format.name()).collect()
}
