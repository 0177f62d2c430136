//! Files in, files out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use swiftcore::batch::OnUntrainable;
use swiftcore::data::{self as core, Control, InputFormat, JobOptions, OnError, OutputFormat};
use swiftcore::encode::Encoder as CoreEncoder;
use swiftcore::error::Error;
use swiftcore::shape::{ShapeChoice, ShapeName};
use swiftcore_py_macros::guarded;

use crate::encoder::Encoder;
use crate::errors::raise;
use crate::warnings::row_warnings;
use crate::watch::watched;

/// Encodes files into a file.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct EncodeJob {
    encoder: CoreEncoder,
    options: JobOptions,
    /// Of the run in progress, or of the next one.
    control: Mutex<Arc<Control>>,
    running: AtomicBool,
}

#[guarded]
#[pymethods]
impl EncodeJob {
    #[new]
    #[pyo3(signature = (encoder, inputs, output=None, *, format=None, input_format=None, shape=None, columns=None,
        keep_columns=Vec::new(), limit=None, on_error="skip", on_untrainable="keep", num_threads=None,
        overwrite=false, refused_path=None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        encoder: &Encoder,
        inputs: Vec<PathBuf>,
        output: Option<PathBuf>,
        format: Option<&str>,
        input_format: Option<&str>,
        shape: Option<&str>,
        columns: Option<BTreeMap<String, String>>,
        keep_columns: Vec<String>,
        limit: Option<u64>,
        on_error: &str,
        on_untrainable: &str,
        num_threads: Option<usize>,
        overwrite: bool,
        refused_path: Option<PathBuf>,
    ) -> PyResult<Self> {
        let options = || -> Result<JobOptions, Error> {
            let name = shape.map(ShapeName::from_name).transpose()?;
            let shape = ShapeChoice { name, columns: columns.unwrap_or_default().into_iter().collect() };
            shape.check()?;
            Ok(JobOptions {
                inputs,
                output,
                format: format.map(OutputFormat::from_name).transpose()?,
                input_format: input_format.map(InputFormat::from_name).transpose()?,
                shape,
                keep_columns,
                limit,
                on_error: OnError::from_name(on_error)?,
                on_untrainable: OnUntrainable::from_name(on_untrainable)?,
                num_threads,
                overwrite,
                refused_path,
            })
        };
        let options = options().map_err(|error| raise(py, &error))?;
        let (control, running) = (Mutex::default(), AtomicBool::new(false));
        Ok(Self { encoder: encoder.core().clone(), options, control, running })
    }

    /// Runs the job to its end, without the GIL.
    fn run(&self, py: Python<'_>) -> PyResult<Summary> {
        if self.running.swap(true, Ordering::AcqRel) {
            return Err(PyRuntimeError::new_err("this job is running already; make another one"));
        }
        let control = self.control();
        let summary = watched(py, || control.cancel(), || core::run(&self.encoder, &self.options, &control));
        // A job that is over can be run again, and is not cancelled beforehand.
        *self.control.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Control::default());
        self.running.store(false, Ordering::Release);
        summary.map(Summary)
    }

    /// Asks the run in progress to stop.
    fn cancel(&self) {
        self.control().cancel();
    }

    /// How far the run has come: rows, tokens, bytes read, bytes there are, refused rows.
    fn progress(&self) -> (u64, u64, u64, Option<u64>, u64) {
        let core::Progress { rows, tokens, bytes_read, bytes_total, refused } = self.control().progress();
        (rows, tokens, bytes_read, bytes_total, refused)
    }
}

impl EncodeJob {
    fn control(&self) -> Arc<Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a job did.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Summary(core::Summary);

#[guarded]
#[pymethods]
impl Summary {
    #[getter]
    fn rows_read(&self) -> u64 {
        self.0.rows_read
    }

    #[getter]
    fn rows_written(&self) -> u64 {
        self.0.rows_written
    }

    #[getter]
    fn tokens(&self) -> u64 {
        self.0.tokens
    }

    #[getter]
    fn trained_tokens(&self) -> u64 {
        self.0.trained_tokens
    }

    #[getter]
    fn untrainable(&self) -> u64 {
        self.0.untrainable
    }

    #[getter]
    fn truncated(&self) -> u64 {
        self.0.truncated
    }

    #[getter]
    fn texts(&self) -> u64 {
        self.0.texts
    }

    #[getter]
    fn deleted(&self) -> u64 {
        self.0.deleted
    }

    #[getter]
    fn refused(&self) -> u64 {
        self.0.refused
    }

    #[getter]
    fn refused_by_kind(&self) -> BTreeMap<&'static str, u64> {
        self.0.refused_by_kind.clone()
    }

    /// The first refused rows, each as `file:line: why`.
    #[getter]
    fn examples(&self) -> Vec<String> {
        self.0.examples.clone()
    }

    #[getter]
    fn refused_path(&self) -> Option<PathBuf> {
        self.0.refused_path.clone()
    }

    /// What was found in rows that were written all the same.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        row_warnings(py, &self.0.warnings)
    }

    #[getter]
    fn length_p50(&self) -> u64 {
        self.0.lengths.p50
    }

    #[getter]
    fn length_p90(&self) -> u64 {
        self.0.lengths.p90
    }

    #[getter]
    fn length_p99(&self) -> u64 {
        self.0.lengths.p99
    }

    #[getter]
    fn length_max(&self) -> u64 {
        self.0.lengths.max
    }

    #[getter]
    fn length_mean(&self) -> f64 {
        self.0.lengths.mean
    }

    #[getter]
    fn seconds(&self) -> f64 {
        self.0.seconds
    }

    #[getter]
    fn bytes_read(&self) -> u64 {
        self.0.bytes_read
    }

    fn __repr__(&self) -> String {
        let core::Summary { rows_read, rows_written, tokens, refused, seconds, .. } = &self.0;
        format!(
            "Summary(rows_read={rows_read}, rows_written={rows_written}, tokens={tokens}, refused={refused}, \
             seconds={seconds:.3})"
        )
    }
}
