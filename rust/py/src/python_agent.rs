//! An agent format that is a Python object with the methods of `swiftcore.BaseAgentTemplate`. Each call
//! takes the GIL; the messages that it sees are dicts with `role` and `content`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use swiftcore::agent::{Agent, Answer, Before, Call, Ending, Joined, Said, ToolPiece, WrittenAnswers, WrittenTools};
use swiftcore::error::{RowError, RowErrorKind};
use swiftcore::json::{Json, Style, dumps, parse_text};
use swiftcore::template::{Compiled, RawId, RawPiece};

use crate::errors::keep_raised;
use crate::json::{to_json, to_python};
use crate::spec::Piece;

/// A format that is a Python object.
#[derive(Debug)]
pub struct PythonAgent {
    pub name: String,
    pub object: Py<PyAny>,
}

impl PythonAgent {
    /// Runs `call` under the GIL; what Python raises is why the row is refused.
    fn attached<T>(&self, call: impl FnOnce(Python<'_>, &Bound<'_, PyAny>) -> PyResult<T>) -> Result<T, RowError> {
        Python::attach(|py| {
            call(py, self.object.bind(py)).map_err(|error| {
                let detail = format!("agent format '{}' raised {error}", self.name);
                RowError::new(RowErrorKind::Unsupported, detail).with_raised(keep_raised(py, error))
            })
        })
    }
}

fn message<'py>(py: Python<'py>, role: &str, content: &str) -> PyResult<Bound<'py, PyDict>> {
    let message = PyDict::new(py);
    message.set_item("role", role)?;
    message.set_item("content", content)?;
    Ok(message)
}

fn content_of(message: &Bound<'_, PyDict>) -> PyResult<Option<String>> {
    message.get_item("content")?.map(|content| content.extract()).transpose()
}

fn answers<'py>(py: Python<'py>, answers: &[Answer<'_>]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for answer in answers {
        let message = message(py, "tool", answer.content)?;
        for (key, value) in [("name", answer.name), ("tool", answer.tool)] {
            if let Some(value) = value {
                message.set_item(key, value)?;
            }
        }
        if let Some(id) = answer.call_id {
            message.set_item("tool_call_id", to_python(py, id)?)?;
        }
        list.append(message)?;
    }
    Ok(list)
}

fn piece(piece: Piece) -> ToolPiece {
    match piece {
        Piece::Text(text) => ToolPiece::Text(text),
        Piece::Ids(ids) => {
            let ids = ids.into_iter().map(RawId::from).collect();
            ToolPiece::Raw(RawPiece::Ids(ids))
        }
    }
}

impl Agent for PythonAgent {
    fn name(&self) -> &str {
        &self.name
    }

    fn write_tools(&self, tools: &[Json], system: Option<&str>, first: &str) -> Result<WrittenTools, RowError> {
        self.attached(|py, object| {
            let list = PyList::empty(py);
            for tool in tools {
                list.append(to_python(py, tool)?)?;
            }
            let message = message(py, "user", first)?;
            let system = object.call_method1("_format_tools", (list, system, &message))?;
            let first = content_of(&message)?.filter(|content| content != first);
            Ok(WrittenTools { system: system.extract::<Option<String>>()?.unwrap_or_default(), first })
        })
    }

    fn write_calls(&self, calls: &[Call]) -> Result<String, RowError> {
        self.attached(|py, object| {
            let list = PyList::empty(py);
            for call in calls {
                let fields = [("name", Json::Text(call.name.clone())), ("arguments", call.arguments.clone())];
                let json = Json::Map(fields.map(|(name, value)| (name.to_owned(), value)).into());
                list.append(message(py, "tool_call", &dumps(&json, Style::Plain))?)?;
            }
            object.call_method1("_format_tool_calls", (list,))?.extract()
        })
    }

    fn join(&self, before: Before<'_>, calls: String) -> Result<Joined, RowError> {
        self.attached(|py, object| {
            let message = match before {
                Before::Text(text) => Some(message(py, "assistant", text)?),
                Before::NoAssistant | Before::Ids => None,
            };
            let calls = object.call_method1("_add_tool_call_prefix", (calls, &message))?.extract()?;
            let before = message.as_ref().map(content_of).transpose()?.flatten();
            Ok(Joined { before, calls })
        })
    }

    fn write_answers(
        &self,
        said: &[Said<'_>],
        given: &[Answer<'_>],
        _template: &Compiled,
    ) -> Result<WrittenAnswers, RowError> {
        self.attached(|py, object| {
            let content = match said {
                [Some(text)] => PyString::new(py, text).into_any(),
                parts => {
                    let ids = || PyList::empty(py).into_any();
                    let parts =
                        parts.iter().map(|part| part.map_or_else(ids, |text| PyString::new(py, text).into_any()));
                    PyList::new(py, parts.collect::<Vec<_>>())?.into_any()
                }
            };
            let written = object.call_method1("_format_tool_responses", (content, answers(py, given)?))?;
            let (content, pieces): (Bound<'_, PyAny>, Vec<Piece>) = written.extract()?;
            let last = match content.cast::<PyList>() {
                Ok(parts) if !parts.is_empty() => parts.get_item(parts.len() - 1)?,
                _ => content,
            };
            let last: Option<String> = last.extract().ok();
            let ending = match (last, said.last().copied().flatten()) {
                (Some(text), Some(before)) if text != before => Ending::Text(text),
                _ => Ending::Same,
            };
            Ok(WrittenAnswers { ending, pieces: pieces.into_iter().map(piece).collect() })
        })
    }

    fn write_unasked(&self, given: &[Answer<'_>], _template: &Compiled, _round: usize) -> Result<String, RowError> {
        self.attached(|py, object| {
            let pieces = object.call_method1("_format_standalone_tool_responses", (answers(py, given)?,))?;
            Ok(pieces.extract::<Vec<String>>()?.concat())
        })
    }

    fn parse(&self, text: &str, tools: &[Json]) -> Vec<Call> {
        self.try_parse(text, tools).unwrap_or_default()
    }

    fn try_parse(&self, text: &str, tools: &[Json]) -> Result<Vec<Call>, RowError> {
        let read = |py: Python<'_>, object: &Bound<'_, PyAny>| {
            let list = PyList::empty(py);
            for tool in tools {
                list.append(to_python(py, tool)?)?;
            }
            let found = object.call_method1("get_toolcall", (text, list))?;
            let mut calls = Vec::new();
            for call in found.try_iter()? {
                calls.extend(parsed(&call?)?);
            }
            Ok(calls)
        };
        self.attached(read)
    }
}

/// A call as a dict or an object with `name` and `arguments`.
fn parsed(call: &Bound<'_, PyAny>) -> PyResult<Option<Call>> {
    let field = |name: &str| if call.is_instance_of::<PyDict>() { call.get_item(name) } else { call.getattr(name) };
    let name: String = field("name")?.extract()?;
    Ok(to_json(&field("arguments")?).ok().map(|arguments| {
        let read = arguments.as_str().and_then(parse_text);
        Call { name, arguments: read.unwrap_or(arguments) }
    }))
}
