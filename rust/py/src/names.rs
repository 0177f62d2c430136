//! Names of keys and methods as Python strings, made when the module is imported. Were they made at first use, another
//! thread could be at it when the process forks, and the child would wait for that thread for ever.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use swiftcore::row::Key;

/// A name that results have, or that is called.
#[derive(Clone, Copy)]
pub enum Name {
    InputIds,
    Labels,
    LossScale,
    Length,
    Margin,
    Query,
    GetLossScale,
}

/// In the order of [`Name`].
const NAMES: [&str; 7] = ["input_ids", "labels", "loss_scale", "length", "margin", "query", "get_loss_scale"];

struct Made {
    names: Vec<Py<PyString>>,
    keys: Vec<Py<PyString>>,
}

fn made(py: Python<'_>) -> &Made {
    static MADE: PyOnceLock<Made> = PyOnceLock::new();
    MADE.get_or_init(py, || {
        let intern = |text: &str| PyString::intern(py, text).unbind();
        Made {
            names: NAMES.iter().map(|name| intern(name)).collect(),
            keys: Key::ALL.iter().map(|key| intern(key.as_str())).collect(),
        }
    })
}

/// Makes all names.
pub fn prepare(py: Python<'_>) {
    made(py);
}

pub fn name(py: Python<'_>, name: Name) -> &Bound<'_, PyString> {
    made(py).names[name as usize].bind(py)
}

/// The key of a row.
pub fn key(py: Python<'_>, key: Key) -> &Bound<'_, PyString> {
    made(py).keys[key as usize].bind(py)
}
