//! The one place where the core's errors become Python's exceptions.

use std::any::Any;
use std::sync::Arc;

use pyo3::exceptions::{PyException, PyKeyboardInterrupt, PyMemoryError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use swiftcore::error::{Error, Raised, RowError, RowErrorKind};
use swiftcore::interrupt;

use crate::signals;

const MODULE: &str = "swiftcore.errors";

/// The exception for a refused row.
pub fn row_error<'py>(py: Python<'py>, error: &RowError) -> PyResult<Bound<'py, PyAny>> {
    let details = PyDict::new(py);
    let class = match (error.kind, error.lengths()) {
        (RowErrorKind::TooLong, lengths) => {
            let (length, max_length) = lengths.unzip();
            details.set_item("length", length)?;
            details.set_item("max_length", max_length)?;
            "MaxLengthError"
        }
        _ => "RowError",
    };
    details.set_item("kind", error.kind.as_str())?;
    details.set_item("row", error.row)?;
    details.set_item("message", error.message)?;
    details.set_item("field", error.field.as_deref())?;
    details.set_item("detail", &error.detail)?;
    let made = py.import(MODULE)?.getattr(class)?.call((error.to_string(),), Some(&details))?;
    if let Some(cause) = raised(error) {
        PyErr::from_value(made.clone()).set_cause(py, Some(cause.clone_ref(py)));
    }
    Ok(made)
}

/// Raises a refused row; where a callback raised what ends the whole call, that.
pub fn raise_row(py: Python<'_>, error: &RowError) -> PyErr {
    if let Some(raised) = raised(error).filter(|_| error.is_final()) {
        return raised.clone_ref(py);
    }
    row_error(py, error).map_or_else(|failure| failure, PyErr::from_value)
}

fn raised(error: &RowError) -> Option<&PyErr> {
    error.raised()?.exception.downcast_ref()
}

/// What a callback of the user raised, for the error of its row. An interrupt, an exit or lack of memory ends the whole
/// call.
pub fn keep_raised(py: Python<'_>, exception: PyErr) -> Raised {
    let is_final = !exception.is_instance_of::<PyException>(py) || exception.is_instance_of::<PyMemoryError>(py);
    Raised { exception: Arc::new(exception), is_final }
}

/// Raises an error of the core.
pub fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let details = PyDict::new(py);
    let (class, filled) = match error {
        Error::Row(row) => return raise_row(py, row),
        Error::Cancelled => return signals::raised().unwrap_or_else(|| PyKeyboardInterrupt::new_err(())),
        Error::Template { template, field, .. } => {
            let filled = details.set_item("template_type", template).and_then(|()| details.set_item("field", field));
            ("TemplateError", filled)
        }
        Error::Argument { argument, .. } => ("ArgumentError", details.set_item("argument", argument)),
        Error::Tokenizer { .. } => ("TokenizerError", Ok(())),
        Error::File { path, .. } => ("DataError", details.set_item("path", path)),
        _ => ("InternalError", Ok(())),
    };
    let exception = filled
        .and_then(|()| py.import(MODULE))
        .and_then(|module| module.getattr(class))
        .and_then(|class| class.call((error.to_string(),), Some(&details)));
    exception.map_or_else(|failure| failure, PyErr::from_value)
}

/// Runs `work` without the GIL; an error, a panic or a signal becomes an exception.
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    py.detach(|| interruptible(work)).map_err(|error| raise(py, &error))
}

/// [`attached`] for work that may take long: where a signal handler raises, this is [`Error::Cancelled`].
pub fn interruptible<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    attached(|| signals::with_signals(work))
}

/// Runs `work` with the GIL; a panic becomes an error. For work that is over sooner than the GIL would come back.
pub fn attached<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    interrupt::catch(work).unwrap_or_else(|panic| match interrupt::is_interrupt(&*panic) {
        true => Err(Error::Cancelled),
        false => Err(Error::Internal { detail: panic_text(&*panic) }),
    })
}

/// Run what Python calls; a panic becomes an exception. `#[guarded]` puts it around each function of the binding.
pub fn guard<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    interrupt::catch(work).unwrap_or_else(|panic| {
        let error = match interrupt::is_interrupt(&*panic) {
            true => Error::Cancelled,
            false => Error::Internal { detail: panic_text(&*panic) },
        };
        Python::attach(|py| Err(raise(py, &error)))
    })
}

/// [`guard`] for work that cannot fail otherwise.
pub fn guard_value<T>(work: impl FnOnce() -> T) -> PyResult<T> {
    guard(|| Ok(work()))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
