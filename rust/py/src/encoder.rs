//! The encoder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use swiftcore::batch::{BatchOptions, ColumnSpec, OnUntrainable, Parsed, Rows, Table, collect, encode_batch};
use swiftcore::encode as core;
use swiftcore::error::{Error, RowError};
use swiftcore::interrupt;
use swiftcore::shape::{Shape, ShapeChoice};
use swiftcore_py_macros::guarded;

use crate::batch::Batch;
use crate::dicts::{Dicts, to_dict};
use crate::errors::{detached, interruptible, raise, raise_row};
use crate::foreign::{Given, Hook};
use crate::import::Exported;
use crate::row::{Keeper, not_rows, read, standard_json};
use crate::segment::{Segment, to_core};
use crate::spec::{Options, TemplateSpec};
use crate::tokenizer::Tokenizer;
use crate::warnings::{listed, warn};
use crate::watch::watched;

/// A batch of fewer rows and less text is over before anyone could ask it to stop.
const WATCHED_ROWS: usize = 2048;
const WATCHED_BYTES: usize = 8 << 20;

/// A row with less text than this is encoded sooner than the GIL would come back.
const DETACHED_BYTES: usize = 4096;

/// A template, a tokenizer and the options of a call. Immutable.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Encoder {
    core: core::Encoder,
    /// How rows are read; without one, rows must have `messages` as ms-swift's templates take them.
    shape: Option<Arc<Shape>>,
}

#[guarded]
#[pymethods]
impl Encoder {
    #[new]
    fn new(py: Python<'_>, tokenizer: &Tokenizer, template: &TemplateSpec, options: &Options) -> PyResult<Self> {
        let (tokenizer, options) = (tokenizer.0.clone(), options.0.clone());
        let core = detached(py, || core::Encoder::new(tokenizer, &template.0, options))?;
        Ok(Self { core, shape: Some(Arc::default()) })
    }

    fn with_options(&self, py: Python<'_>, options: &Options) -> PyResult<Self> {
        let core = self.core.with_options(options.0.clone()).map_err(|error| raise(py, &error))?;
        Ok(Self { core, shape: self.shape.clone() })
    }

    /// The same encoder for rows that have `messages`, and no other shape.
    fn without_shapes(&self) -> Self {
        Self { core: self.core.clone(), shape: None }
    }

    /// A row of any shape as JSON text, under the standard names.
    fn standard_row(&self, py: Python<'_>, row: &Bound<'_, PyAny>) -> PyResult<String> {
        standard_json(row, self.shape.as_deref().unwrap_or(&Shape::default())).map_err(|error| raise_row(py, &error))
    }

    /// The same encoder, but that files have their rows encoded by `function`, given as JSON text.
    fn with_hook(&self, function: Py<PyAny>) -> Self {
        let core = self.core.with_foreign(Arc::new(Hook { function, layout: *self.core.layout() }));
        Self { core, shape: self.shape.clone() }
    }

    /// The names of the columns of a batch, but for `row_index`.
    #[getter]
    fn columns(&self) -> Vec<String> {
        ColumnSpec::all(self.core.options()).into_iter().map(|spec| spec.name).collect()
    }

    /// The markers of turns that are plain text, where no control token marks them.
    #[getter]
    fn plain_markers(&self) -> Vec<String> {
        self.core.plain_markers()
    }

    /// The control tokens of the template with its tokenizer, and their ids.
    #[getter]
    fn control_tokens(&self) -> std::collections::BTreeMap<String, u32> {
        self.core.control_tokens().iter().cloned().collect()
    }

    /// Makes a batch of what rows became elsewhere.
    #[pyo3(signature = (rows, *, on_untrainable="keep", wide_loss_scale=false))]
    fn collect(
        &self,
        py: Python<'_>,
        rows: Vec<Given<'_>>,
        on_untrainable: &str,
        wide_loss_scale: bool,
    ) -> PyResult<Batch> {
        let on_untrainable = OnUntrainable::from_name(on_untrainable).map_err(|error| raise(py, &error))?;
        let options = BatchOptions { on_untrainable, wide_loss_scale, ..BatchOptions::default() };
        let rows = rows.into_iter().map(|row| row.read(self.core.layout()));
        collect(&self.core, rows, &options).map(Batch).map_err(|error| raise(py, &error))
    }

    /// Renders one row.
    fn render(&self, py: Python<'_>, row: &Bound<'_, PyAny>) -> PyResult<Vec<Segment>> {
        let keeper = Keeper::default();
        let row = read_one(row, &keeper, self.shape())?;
        let segments = detached(py, || self.core.render(&row).map_err(Error::from))?;
        Ok(segments.iter().map(Segment::from).collect())
    }

    /// The warnings about a row that hooks encode: the kind and the field of each. None for a row that cannot be read.
    fn row_warnings(&self, row: &Bound<'_, PyAny>) -> Vec<(String, String)> {
        let keeper = Keeper::default();
        let Ok(row) = read_one(row, &keeper, self.shape()) else { return Vec::new() };
        listed(&self.core.row_warnings(&row)).into_iter().map(|(kind, field, ..)| (kind, field)).collect()
    }

    /// Gives terminators of turns in rendered segments the weight that labels give them.
    fn weigh_terminators(&self, py: Python<'_>, segments: Vec<PyRef<'_, Segment>>) -> PyResult<Vec<Segment>> {
        let segments = to_core(&segments);
        let weighed = detached(py, || self.core.weigh_terminators(segments).map_err(Error::from))?;
        Ok(weighed.iter().map(Segment::from).collect())
    }

    /// What the prompt of a row ends with where its last turn is open.
    fn response_prefix(&self, py: Python<'_>, row: &Bound<'_, PyAny>) -> PyResult<String> {
        let keeper = Keeper::default();
        let row = read_one(row, &keeper, self.shape())?;
        self.core.response_prefix(&row).map_err(|error| raise_row(py, &error))
    }

    /// Encodes rendered segments.
    fn encode_segments<'py>(
        &self,
        py: Python<'py>,
        segments: Vec<PyRef<'py, Segment>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let segments = to_core(&segments);
        let encoded = detached(py, || self.core.encode_segments(&segments).map_err(Error::from))?;
        to_dict(py, encoded.view())
    }

    /// Encodes one row: a list of the rows it became.
    fn encode<'py>(&self, py: Python<'py>, row: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let keeper = Keeper::default();
        let row = read_one(row, &keeper, self.shape())?;
        let mut dicts = Dicts::new(py, self.core.layout(), self.core.options().token_column);
        if keeper.bytes() < DETACHED_BYTES {
            let encoded = interruptible(|| self.core.encode_to(&row, &mut dicts).map_err(Error::from));
            encoded.map_err(|error| raise(py, &error))?;
        } else {
            let (encoded, warnings) = detached(py, || self.core.encode_and_warn(&row).map_err(Error::from))?;
            encoded.iter().for_each(|row| row.give(&mut dicts));
            dicts.warnings = warnings;
        }
        if !dicts.warnings.is_empty() {
            warn(py, &dicts.warnings)?;
        }
        dicts.finish()
    }

    /// Encodes many rows.
    #[pyo3(signature = (rows, *, on_untrainable="keep", num_threads=None, wide_loss_scale=false))]
    fn encode_batch(
        &self,
        py: Python<'_>,
        rows: &Bound<'_, PyAny>,
        on_untrainable: &str,
        num_threads: Option<usize>,
        wide_loss_scale: bool,
    ) -> PyResult<Batch> {
        let on_untrainable = OnUntrainable::from_name(on_untrainable).map_err(|error| raise(py, &error))?;
        let options = BatchOptions { on_untrainable, num_threads, wide_loss_scale, ..BatchOptions::default() };
        let keeper = Keeper::default();
        let rows = Parsed(read_rows(rows, &keeper, self.shape())?);
        run(py, &self.core, &rows, options).map(Batch)
    }

    /// Encodes the rows of whatever exports a table through the Arrow interface.
    #[pyo3(signature = (rows, *, on_untrainable="keep", num_threads=None, wide_loss_scale=false))]
    fn encode_table(
        &self,
        py: Python<'_>,
        rows: &Bound<'_, PyAny>,
        on_untrainable: &str,
        num_threads: Option<usize>,
        wide_loss_scale: bool,
    ) -> PyResult<Batch> {
        let on_untrainable = OnUntrainable::from_name(on_untrainable).map_err(|error| raise(py, &error))?;
        let options = BatchOptions { on_untrainable, num_threads, wide_loss_scale, ..BatchOptions::default() };
        let table = read_table(py, rows, self.shape.is_some())?;
        run(py, &self.core, &table, options).map(Batch)
    }
}

impl Encoder {
    /// The core's encoder.
    pub fn core(&self) -> &core::Encoder {
        &self.core
    }

    fn shape(&self) -> Option<&Shape> {
        self.shape.as_deref()
    }
}

fn read_one<'a>(
    row: &Bound<'_, PyAny>,
    keeper: &'a Keeper,
    shape: Option<&Shape>,
) -> PyResult<swiftcore::row::Row<'a>> {
    interruptible(|| read(row, keeper, shape).map_err(Error::from)).map_err(|error| raise(row.py(), &error))
}

fn read_rows<'a>(
    rows: &Bound<'_, PyAny>,
    keeper: &'a Keeper,
    shape: Option<&Shape>,
) -> PyResult<Vec<Result<swiftcore::row::Row<'a>, RowError>>> {
    let py = rows.py();
    interruptible(|| Ok(read_all(rows, keeper, shape))).map_err(|error| raise(py, &error))?
}

fn read_all<'a>(
    rows: &Bound<'_, PyAny>,
    keeper: &'a Keeper,
    shape: Option<&Shape>,
) -> PyResult<Vec<Result<swiftcore::row::Row<'a>, RowError>>> {
    let py = rows.py();
    let read = |(index, row): (usize, Bound<'_, PyAny>)| {
        interrupt::check_every::<64>(index);
        read(&row, keeper, shape)
    };
    if let Ok(list) = rows.cast::<PyList>() {
        return Ok(list.iter().enumerate().map(read).collect());
    }
    // A single row or a string is iterable too, and never what was meant.
    if rows.is_instance_of::<PyDict>() || rows.is_instance_of::<PyString>() {
        return Err(raise_row(py, &not_rows(rows)));
    }
    let iterator = rows.try_iter().map_err(|_| raise_row(py, &not_rows(rows)))?;
    iterator.enumerate().map(|(index, row)| Ok(read((index, row?)))).collect()
}

/// The table that `rows` exports. Whoever makes it on the way, a query or a generator, does so without our GIL.
fn read_table(py: Python<'_>, rows: &Bound<'_, PyAny>, has_shapes: bool) -> PyResult<Table> {
    let exported = Exported::of(rows)?;
    detached(py, || {
        let chunks = exported.arrays();
        let chunks = chunks.map_err(|error| Error::argument("rows", format!("cannot be read as Arrow: {error}")))?;
        if has_shapes { Table::new(chunks, &ShapeChoice::default()) } else { Table::of_messages(chunks) }
    })
}

/// Runs a batch without the GIL, and looks for Ctrl-C now and then.
fn run(
    py: Python<'_>,
    encoder: &core::Encoder,
    rows: &dyn Rows,
    options: BatchOptions<'_>,
) -> PyResult<swiftcore::batch::Columns> {
    if rows.len() < WATCHED_ROWS && rows.bytes(0..rows.len()) < WATCHED_BYTES {
        return detached(py, || encode_batch(encoder, rows, &options));
    }
    let cancelled = Arc::new(AtomicBool::new(false));
    let options = BatchOptions { cancelled: Some(&cancelled), is_callers_last: true, ..options };
    watched(py, || cancelled.store(true, Ordering::Relaxed), || encode_batch(encoder, rows, &options))
}
