//! A job: inputs to an output, in three stages that overlap. Rows keep their order, memory is
//! bounded, and the output is whole or absent.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use super::control::{Control, Stop};
use super::encode::{EncodeStage, Encoded};
use super::input::{self, Input, InputFormat};
use super::keep::Keep;
use super::output::{self, Output, OutputFormat, schema};
use super::read::{self, Chunk};
use super::refused::RefusedLog;
use super::shape::ShapeChoice;
use super::summary::Summary;
use super::write::{WriteStage, Written};
use crate::batch::{INPUT_IDS, LABELS, LENGTH, LOSS_SCALE, OnUntrainable, default_threads};
use crate::encode::Encoder;
use crate::error::Error;

/// How many chunks wait between two stages: enough for a stage to go on while another is late.
const WAITING: usize = 2;

/// How much text a chunk holds for each thread that encodes it: some thousand rows, so that the
/// threads are rarely done at different times, and little enough for a cache to be of use.
const THREAD_BYTES: usize = 1 << 20;

/// Bounds for a chunk, whatever the number of threads.
const FEWEST_BYTES: usize = 2 << 20;
const MOST_BYTES: usize = 32 << 20;

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
    pub inputs: Vec<String>,
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
    check_kept(&options.keep_columns)?;
    let num_threads = match options.num_threads {
        Some(0) => return Err(Error::argument("num_threads", "is 0; give at least 1, or None for one a core")),
        Some(threads) => threads,
        None => default_threads()?,
    };
    let inputs = input::expand(&options.inputs, options.input_format)?;
    control.set_total(inputs.iter().map(|input| input.bytes).sum());
    let refused = RefusedLog::new(refused_path(options)?);
    for path in [options.output.as_deref(), refused.path()].into_iter().flatten() {
        check_not_input(path, &inputs)?;
    }
    let prepare = |path: &PathBuf| Output::prepare(path, options.format, options.overwrite);
    let output = options.output.as_ref().map(prepare).transpose()?;
    let stop = Stop::new(control);
    let stage = EncodeStage {
        encoder,
        inputs: &inputs,
        choice: &options.shape,
        on_untrainable: options.on_untrainable,
        num_threads,
        stop: &stop,
        keep: Keep::new(&options.keep_columns),
        shape: None,
    };
    let written = run_stages(stage, WriteStage::new(output, refused), options)?;
    if control.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let mut summary = written.commit()?;
    summary.seconds = begun.elapsed().as_secs_f64();
    summary.bytes_read = control.bytes_read.load(Ordering::Relaxed);
    Ok(summary)
}

fn check_kept(names: &[String]) -> Result<(), Error> {
    for (index, name) in names.iter().enumerate() {
        if [INPUT_IDS, LABELS, LOSS_SCALE, LENGTH].contains(&name.as_str()) {
            let detail = format!("names '{name}', which is a column of the output; rename it in the input");
            return Err(Error::argument("keep_columns", detail));
        }
        if names[..index].contains(name) {
            return Err(Error::argument("keep_columns", format!("names '{name}' twice")));
        }
    }
    Ok(())
}

/// Where refused rows go. A file that the user names is theirs, and is not replaced unasked.
fn refused_path(options: &JobOptions) -> Result<Option<PathBuf>, Error> {
    match (&options.refused_path, &options.output) {
        (Some(path), _) if path.exists() && !options.overwrite => {
            Err(Error::file(path.display(), "is there already; give another refused_path, or overwrite"))
        }
        (Some(path), _) => Ok(Some(path.clone())),
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

/// Runs the stages side by side until the inputs are read, or one of the stages ends early.
fn run_stages(mut encode: EncodeStage<'_>, write: WriteStage, options: &JobOptions) -> Result<Written, Error> {
    let (stop, inputs) = (encode.stop, encode.inputs);
    let empty = schema(encode.encoder.options(), encode.keep.fields());
    let target = encode.num_threads.saturating_mul(THREAD_BYTES).clamp(FEWEST_BYTES, MOST_BYTES);
    thread::scope(|scope| {
        let (to_encode, chunks) = sync_channel(WAITING);
        let (to_write, encoded) = sync_channel(WAITING);
        let read = move || {
            let read = read::read(inputs, target, options.limit, stop, |chunk| to_encode.send(chunk).is_ok());
            if stop.is_set() { Ok(()) } else { read }
        };
        let reading = spawn("read", scope, read)?;
        let writing = spawn("write", scope, move || write_all(write, &encoded, empty))?;
        let encoded = encode_all(&mut encode, chunks, to_write, options.on_error);
        // Whoever still reads is not needed any more, and may be waiting for a pipe.
        stop.set_if(!matches!(encoded, Ok(Ended::WithInputs)));
        let read = join(reading);
        let written = join(writing);
        // The first error in the order of the rows: what was encoded comes before what was read.
        if stop.control.is_cancelled() {
            return Err(Error::Cancelled);
        }
        encoded?;
        let written = written?;
        read?;
        Ok(written)
    })
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

/// Why a stage ended.
enum Ended {
    WithInputs,
    Early,
}

/// Encodes chunks until there are no more, or nobody wants what comes of them.
fn encode_all(
    stage: &mut EncodeStage<'_>,
    chunks: Receiver<Chunk>,
    to_write: SyncSender<Encoded>,
    on_error: OnError,
) -> Result<Ended, Error> {
    for chunk in chunks {
        if stage.stop.is_set() {
            return Ok(Ended::Early);
        }
        let mut encoded = stage.run(&chunk)?;
        if on_error == OnError::Raise && !encoded.refused.is_empty() {
            return Err(encoded.refused.swap_remove(0).into_error());
        }
        if to_write.send(encoded).is_err() {
            return Ok(Ended::Early);
        }
    }
    Ok(Ended::WithInputs)
}

fn write_all(
    mut stage: WriteStage,
    encoded: &Receiver<Encoded>,
    empty: arrow_schema::SchemaRef,
) -> Result<Written, Error> {
    for encoded in encoded {
        stage.run(encoded)?;
    }
    stage.finish(empty)
}

#[cfg(test)]
mod tests;
