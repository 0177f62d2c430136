//! What a row became, as dicts of lists under ms-swift's keys.

use pyo3::IntoPyObjectExt;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use swiftcore::IGNORE_INDEX;
use swiftcore::encoded::{View, run_end};
use swiftcore::task::{Count, Layout, RowSink, TargetKind, Values};
use swiftcore::template::TokenColumn;
use swiftcore::warning::{RowWarning, WarningCounts};

use crate::ints::id_list;
use crate::names::{Name, name};

/// Makes a dict of each row that it is handed.
pub struct Dicts<'py> {
    py: Python<'py>,
    layout: Layout,
    token_column: Option<TokenColumn>,
    rows: Vec<Bound<'py, PyDict>>,
    /// The row whose sequences are coming in.
    open: Option<Bound<'py, PyDict>>,
    /// What went wrong first.
    failure: Option<PyErr>,
    pub warnings: WarningCounts,
}

impl<'py> Dicts<'py> {
    /// For the rows of an encoder with this layout.
    pub fn new(py: Python<'py>, layout: &Layout, token_column: Option<TokenColumn>) -> Self {
        Self {
            py,
            layout: *layout,
            token_column,
            rows: Vec::with_capacity(1),
            open: None,
            failure: None,
            warnings: WarningCounts::default(),
        }
    }

    /// The dicts.
    pub fn finish(self) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.failure.map_or(Ok(self.rows), Err)
    }

    fn add(&mut self, side: usize, sequence: View<'_>) -> PyResult<()> {
        let (py, side) = (self.py, &self.layout.sides[side]);
        let one = to_dict(py, sequence)?;
        if let Some(column) = self.token_column {
            let values: Vec<i32> = column.values(sequence.input_ids.len()).collect();
            one.set_item(column.as_str(), values)?;
        }
        if self.layout.sides.len() == 1 && side.count == Count::One {
            self.open = Some(one);
            return Ok(());
        }
        if !side.prefix.is_empty() {
            one.set_item(name(py, Name::Length), sequence.input_ids.len())?;
        }
        let row = self.open.get_or_insert_with(|| PyDict::new(py));
        for (name, value) in one {
            let name = format!("{}{}", side.prefix, name.cast::<PyString>()?.to_str()?);
            if side.count != Count::Many {
                row.set_item(name, value)?;
            } else if let Some(several) = row.get_item(&name)? {
                several.cast::<PyList>()?.append(value)?;
            } else {
                row.set_item(name, PyList::new(py, [value])?)?;
            }
        }
        Ok(())
    }

    fn close(&mut self, values: &Values) -> PyResult<()> {
        let py = self.py;
        let row = self.open.take().unwrap_or_else(|| PyDict::new(py));
        if let Some(margin) = values.margin {
            row.set_item(name(py, Name::Margin), margin)?;
        }
        if let Some(target) = self.layout.target
            && values.has_target
        {
            row.set_item(target.name, target_to_py(py, target.kind, &values.target)?)?;
        }
        self.rows.push(row);
        Ok(())
    }
}

impl RowSink for Dicts<'_> {
    fn sequence(&mut self, side: usize, sequence: View<'_>) {
        if self.failure.is_none() {
            self.failure = self.add(side, sequence).err();
        }
    }

    fn end(&mut self, values: &Values) {
        if self.failure.is_none() {
            self.failure = self.close(values).err();
        }
    }

    fn warn(&mut self, warning: &RowWarning) {
        self.warnings.add(warning, 0);
    }
}

fn target_to_py<'py>(py: Python<'py>, kind: TargetKind, target: &[f64]) -> PyResult<Bound<'py, PyAny>> {
    let first = target.first().copied().unwrap_or_default();
    match kind {
        TargetKind::Bool => (first != 0.0).into_bound_py_any(py),
        TargetKind::Int => (first as i64).into_bound_py_any(py),
        TargetKind::Float => first.into_bound_py_any(py),
        TargetKind::Ints => Ok(PyList::new(py, target.iter().map(|number| *number as i64))?.into_any()),
        TargetKind::Floats => Ok(PyList::new(py, target)?.into_any()),
    }
}

/// One sequence as a dict.
pub fn to_dict<'py>(py: Python<'py>, sequence: View<'_>) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    let input_ids = id_list(py, sequence.input_ids)?;
    row.set_item(name(py, Name::InputIds), &input_ids)?;
    if !sequence.labels.is_empty() {
        let labels = labels(py, sequence.labels, &input_ids)?;
        row.set_item(name(py, Name::Labels), &labels)?;
        uncollected(&labels);
    }
    if !sequence.loss_scale.is_empty() {
        let loss_scale = PyList::new(py, sequence.loss_scale)?;
        row.set_item(name(py, Name::LossScale), &loss_scale)?;
        uncollected(&loss_scale);
    }
    uncollected(&input_ids);
    Ok(row)
}

/// The labels, put together from runs: a label is the id or -100.
fn labels<'py>(py: Python<'py>, labels: &[i32], input_ids: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyList>> {
    let ignored = PyList::new(py, [IGNORE_INDEX])?;
    let ignored = |count| Ok::<_, PyErr>(ignored.as_sequence().repeat(count)?.cast_into::<PyList>()?);
    // The fewer are put among the more.
    let trained = labels.iter().filter(|label| **label != IGNORE_INDEX).count();
    let are_mostly_trained = trained > labels.len() / 2;
    let list = if are_mostly_trained { input_ids.get_slice(0, labels.len()) } else { ignored(labels.len())? };
    let mut start = 0;
    while let Some(first) = labels.get(start) {
        let (is_trained, end) = (*first != IGNORE_INDEX, run_end(labels, start));
        if is_trained != are_mostly_trained {
            let run = if is_trained { input_ids.get_slice(start, end) } else { ignored(end - start)? };
            list.set_slice(start, end, &run)?;
        }
        start = end;
    }
    Ok(list)
}

/// Has collections of garbage pass over a list of numbers. They would look at each number of each row that is kept,
/// over and over; in a loop over many rows that is a sixth of the time. A list can be a part of garbage only where
/// something other than numbers is put into it.
fn uncollected(list: &Bound<'_, PyList>) {
    // SAFETY: the list is alive, and a list need not be tracked: whatever frees or changes one asks whether it is.
    unsafe { ffi::PyObject_GC_UnTrack(list.as_ptr().cast()) }
}
