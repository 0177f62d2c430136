//! Warnings about rows, for Python.

use pyo3::prelude::*;
use pyo3::types::PyList;
use swiftcore::warning::{RowWarning, WarningCounts, WarningKind};
use swiftcore_py_macros::guarded;

const MODULE: &str = "swiftcore.row_warnings";

/// A warning: its kind, field, number of rows, first row and hint.
pub type Listed = (String, String, u64, Option<u64>, Option<String>);

/// The warnings as Python takes them.
pub fn listed(counts: &WarningCounts) -> Vec<Listed> {
    let all = counts.list().into_iter();
    all.map(|(kind, field, count)| {
        let hint = count.hint.map(|hint| hint.into_owned());
        (kind.as_str().to_owned(), field, count.rows, count.first_row, hint)
    })
    .collect()
}

/// The warnings that [`listed`] listed. Those of a kind that is not known are left out.
pub fn counted(listed: Vec<Listed>) -> WarningCounts {
    let mut counts = WarningCounts::default();
    for (kind, field, rows, first_row, _) in listed {
        if let Some(kind) = WarningKind::from_name(&kind) {
            counts.add_rows(&RowWarning::new(kind, field), rows, first_row);
        }
    }
    counts
}

/// The warnings as a list of `swiftcore.RowWarning`.
pub fn row_warnings<'py>(py: Python<'py>, counts: &WarningCounts) -> PyResult<Bound<'py, PyList>> {
    if counts.is_empty() {
        return Ok(PyList::empty(py));
    }
    let class = py.import(MODULE)?.getattr("RowWarning")?;
    let all = listed(counts).into_iter().map(|one| class.call1(one)).collect::<PyResult<Vec<_>>>()?;
    PyList::new(py, all)
}

/// Issues the Python warnings for one row.
pub fn warn(py: Python<'_>, counts: &WarningCounts) -> PyResult<()> {
    py.import(MODULE)?.call_method1("warn_of_row", (row_warnings(py, counts)?,))?;
    Ok(())
}

/// The keys of a row, and those of a message, that mean something.
#[guarded]
#[pyfunction]
pub fn known_keys() -> (Vec<&'static str>, Vec<&'static str>) {
    swiftcore::row::known_keys()
}
