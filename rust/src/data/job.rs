//! A job: inputs to an output, in three stages that overlap: one thread reads, several encode, one writes. Rows keep
//! their order, memory is bounded, and the output is whole or absent.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use super::control::{Control, Stop};
use super::encode::{EncodeStage, Encoded, Turn};
use super::fruitless::Fruitless;
use super::input::{self, Input, InputFormat};
use super::keep::Keep;
use super::order::Order;
use super::output::{self, Output, OutputFormat, schema};
use super::read;
use super::refused::RefusedLog;
use super::summary::Summary;
use super::write::{WriteStage, Written};
use crate::batch::{ColumnSpec, OnUntrainable};
use crate::encode::Encoder;
use crate::error::Error;
use crate::pool;
use crate::shape::ShapeChoice;

/// How many chunks that were read wait for a thread that encodes them.
const WAITING: usize = 2;

/// Bounds for the text that a chunk holds, whatever the size of the input: some hundred rows, so that the threads are
/// done at nearly the same time, and little memory is in use at a time.
const FEWEST_BYTES: u64 = 64 << 10;
const MOST_BYTES: u64 = 512 << 10;

/// Into how many chunks an input is cut, within these bounds. Not a matter of threads: an output is the same for any
/// number of them.
const CHUNKS: u64 = 64;

/// What to do at a refused row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// Set it aside and go on.
    #[default]
    Skip,
    /// Stop, and leave no output.
    Raise,
}

impl OnError {
    /// The choice named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "skip" => Ok(Self::Skip),
            "raise" => Ok(Self::Raise),
            _ => Err(Error::argument("on_error", format!("'{name}' is unknown; give one of skip, raise"))),
        }
    }
}

/// What a job reads and writes.
#[derive(Debug, Clone, Default)]
pub struct JobOptions {
    /// Files, folders of files, or `-` for standard input.
    pub inputs: Vec<PathBuf>,
    /// `None`: rows are encoded and counted only.
    pub output: Option<PathBuf>,
    /// `None`: as the name of the output says.
    pub format: Option<OutputFormat>,
    /// `None`: as the name of each input says.
    pub input_format: Option<InputFormat>,
    pub shape: ShapeChoice,
    /// Columns of the inputs that the output has, too.
    pub keep_columns: Vec<String>,
    /// How many rows to read at most.
    pub limit: Option<u64>,
    pub on_error: OnError,
    pub on_untrainable: OnUntrainable,
    /// `None`: one a core.
    pub num_threads: Option<usize>,
    pub overwrite: bool,
    /// Where refused rows are written down; `None`: beside the output.
    pub refused_path: Option<PathBuf>,
}

/// Runs a job to its end.
///
/// # Errors
///
/// [`Error::Argument`] or [`Error::File`] for what cannot be begun, read or written;
/// [`Error::Cancelled`] where somebody asked to stop; [`Error::Row`] for the first refused row
/// under [`OnError::Raise`]. There is no output then.
pub fn run(encoder: &Encoder, options: &JobOptions, control: &Control) -> Result<Summary, Error> {
    let begun = Instant::now();
    options.shape.check()?;
    let keep =
        Keep::new(&options.keep_columns, ColumnSpec::all(encoder.options()).iter().map(|spec| spec.name.clone()))?;
    let num_threads = pool::num_threads(options.num_threads)?;
    let inputs = input::expand(&options.inputs, options.input_format)?;
    control.set_total(inputs.iter().map(|input| input.bytes).sum());
    let refused = RefusedLog::new(refused_path(options)?);
    for path in [options.output.as_deref(), refused.path()].into_iter().flatten() {
        check_not_input(path, &inputs)?;
    }
    let prepare = |path: &PathBuf| Output::prepare(path, options.format, options.overwrite);
    let output = options.output.as_ref().map(prepare).transpose()?;
    let stop = Stop::new(control);
    // A user's hooks see one row after the other.
    let num_threads = if encoder.foreign().is_some() { 1 } else { num_threads };
    let job = Job { encoder, options, inputs: &inputs, keep: &keep, num_threads, stop: &stop };
    let written = job.run(WriteStage::new(output, refused, num_threads))?;
    if control.is_cancelled() {
        return Err(Error::Cancelled);
    }
    keep.check_found()?;
    let mut summary = written.commit()?;
    summary.seconds = begun.elapsed().as_secs_f64();
    summary.bytes_read = control.bytes_read.load(Ordering::Relaxed);
    Ok(summary)
}

/// Where refused rows go. A file that the user names is theirs, and is not replaced unasked.
fn refused_path(options: &JobOptions) -> Result<Option<PathBuf>, Error> {
    match (&options.refused_path, &options.output) {
        (Some(path), _) if path.exists() && !options.overwrite && !output::is_stream(path)? => {
            Err(Error::file(path.display(), "is there already; give another refused_path, or overwrite"))
        }
        (Some(path), _) => Ok(Some(path.clone())),
        // There is no place next to a stream.
        (None, Some(path)) if output::is_stream(path)? => Ok(None),
        (None, output) => Ok(output.as_deref().map(output::refused_path)),
    }
}

fn check_not_input(path: &Path, inputs: &[Input]) -> Result<(), Error> {
    let Ok(path) = fs::canonicalize(path) else { return Ok(()) };
    let is_read = |input: &Input| {
        let input = input.path.as_deref().and_then(|input| fs::canonicalize(input).ok());
        input.is_some_and(|input| input.starts_with(&path))
    };
    if inputs.iter().any(is_read) {
        return Err(Error::file(path.display(), "is read by the same job; give another output"));
    }
    Ok(())
}

/// A job that is ready to run.
struct Job<'j> {
    encoder: &'j Encoder,
    options: &'j JobOptions,
    inputs: &'j [Input],
    keep: &'j Keep,
    num_threads: usize,
    stop: &'j Stop<'j>,
}

impl Job<'_> {
    /// Runs the stages side by side until the inputs are read, or one of the stages ends early.
    fn run(&self, write: WriteStage) -> Result<Written, Error> {
        let Self { stop, inputs, options, .. } = *self;
        let (to_encode, chunks) = sync_channel(WAITING);
        let keep = self.keep.clone();
        let empty = schema(self.encoder.options(), keep.fields());
        let stage = EncodeStage {
            encoder: self.encoder,
            inputs,
            on_untrainable: options.on_untrainable,
            stop,
            turn: Mutex::new(Turn::new(chunks, keep)),
        };
        let order = Order::new(self.num_threads + 1);
        let (stage, order) = (&stage, &order);
        thread::scope(|scope| {
            let read = move || {
                let read = {
                    let send = |chunk| to_encode.send(chunk).is_ok();
                    read::read(inputs, &options.shape, self.chunk_bytes(), options.limit, stop, send)
                };
                if stop.is_set() { Ok(()) } else { read }
            };
            let reading = spawn("read", scope, read)?;
            let writing = spawn("write", scope, move || {
                let _close = order.close_on_panic();
                let written = write_all(write, order, options.on_error, empty);
                stop.set_if(written.is_err());
                order.close();
                written
            });
            let encode = || {
                let _close = order.close_on_panic();
                while let Some((number, encoded)) = stage.next()
                    && order.put(number, encoded)
                {}
                Ok(())
            };
            let encoding: Vec<_> = (0..self.num_threads).map(|_| spawn("encode", scope, encode)).collect();
            stop.set_if(writing.is_err() || encoding.iter().any(Result::is_err));
            let encoded: Result<Vec<()>, Error> = encoding.into_iter().map(|thread| join(thread?)).collect();
            // Whoever still reads is not needed any more, and may be waiting for a pipe.
            stop.set_if(encoded.is_err());
            stage.close();
            order.end();
            let read = join(reading);
            let written = join(writing?);
            if stop.control.is_cancelled() {
                return Err(Error::Cancelled);
            }
            encoded?;
            // The first error in the order of the rows: what was encoded comes before what was read.
            let written = written?;
            read?;
            Ok(written)
        })
    }

    fn chunk_bytes(&self) -> usize {
        let total: Option<u64> = self.inputs.iter().map(|input| input.bytes).sum();
        total.map_or(MOST_BYTES, |total| (total / CHUNKS).clamp(FEWEST_BYTES, MOST_BYTES)) as usize
    }
}

fn spawn<'s, T: Send + 's>(
    name: &str,
    scope: &'s thread::Scope<'s, '_>,
    work: impl FnOnce() -> Result<T, Error> + Send + 's,
) -> Result<ScopedJoinHandle<'s, Result<T, Error>>, Error> {
    let builder = thread::Builder::new().name(format!("swiftcore-{name}"));
    builder.spawn_scoped(scope, work).map_err(|error| Error::Internal { detail: error.to_string() })
}

fn join<T>(thread: ScopedJoinHandle<'_, Result<T, Error>>) -> Result<T, Error> {
    thread.join().unwrap_or_else(|_| Err(Error::Internal { detail: "a stage of the job panicked".into() }))
}

/// Writes what came of the chunks, up to the first error.
fn write_all(
    mut stage: WriteStage,
    order: &Order<Result<Encoded, Error>>,
    on_error: OnError,
    empty: arrow_schema::SchemaRef,
) -> Result<Written, Error> {
    let mut fruitless = Fruitless::default();
    while let Some(encoded) = order.take() {
        let mut encoded = encoded?;
        if on_error == OnError::Raise && !encoded.refused.is_empty() {
            return Err(encoded.refused.swap_remove(0).into_error());
        }
        fruitless.see(&encoded)?;
        stage.run(encoded)?;
    }
    stage.finish(empty)
}

#[cfg(test)]
mod tests;
