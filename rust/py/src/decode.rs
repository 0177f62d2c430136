//! Streams of decoded text, and their stops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyMemoryView, PyString};
use swiftcore::decode::{self as core, StopWord, Texts};
use swiftcore::error::Error;
use swiftcore_py_macros::guarded;

use crate::buffer::Buffer;
use crate::errors::{attached, detached, raise};
use crate::ids::{Ids, read_ids};
use crate::spec::TemplateSpec;
use crate::strings::Strings;
use crate::tokenizer::Tokenizer;

/// A step of no more ids keeps the GIL: it takes some microseconds, and a GIL that was given away may take thousands to
/// come back.
const SHORT_STEP: usize = 1024;

/// Memory for the text of a token that is used again, unless a token came with more.
const KEPT_BYTES: usize = 4096;

/// A text or ids to look for.
#[derive(FromPyObject, IntoPyObject, Clone)]
pub enum Word {
    Text(String),
    Ids(Vec<u32>),
}

impl From<Word> for core::Word {
    fn from(word: Word) -> Self {
        match word {
            Word::Text(text) => Self::Text(text),
            Word::Ids(ids) => Self::Ids(ids),
        }
    }
}

impl From<&core::Word> for Word {
    fn from(word: &core::Word) -> Self {
        match word {
            core::Word::Text(text) => Self::Text(text.clone()),
            core::Word::Ids(ids) => Self::Ids(ids.clone()),
        }
    }
}

/// The stop words of a template, each with whether it stays in the text.
#[guarded]
#[pyfunction]
pub fn template_stops(py: Python<'_>, tokenizer: &Tokenizer, template: &TemplateSpec) -> PyResult<Vec<(Word, bool)>> {
    let stops = detached(py, || Ok(core::template_stops(&template.0, &tokenizer.0)))?;
    Ok(stops.iter().map(|stop| (Word::from(&stop.word), stop.include)).collect())
}

/// What many streams share: a vocabulary's pieces, stops and options. Immutable.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Decoder(Arc<core::Decoder>, Arc<Strings>);

#[guarded]
#[pymethods]
impl Decoder {
    #[new]
    #[pyo3(signature = (tokenizer, *, skip_special_tokens=false, eager=false, stops=Vec::new(), stop_after=None))]
    fn new(
        py: Python<'_>,
        tokenizer: &Tokenizer,
        skip_special_tokens: bool,
        eager: bool,
        stops: Vec<(Word, bool, bool)>,
        stop_after: Option<Word>,
    ) -> PyResult<Self> {
        let stops = stops.into_iter().map(|(word, include, after_marker)| StopWord {
            word: word.into(),
            include,
            after_marker,
        });
        let options = core::DecodeOptions {
            skip_special_tokens,
            eager,
            stops: stops.collect(),
            stop_after: stop_after.map(Into::into),
        };
        let (tokenizer, strings) = (tokenizer.0.clone(), tokenizer.1.clone());
        detached(py, || core::Decoder::new(tokenizer, options)).map(|decoder| Self(Arc::new(decoder), strings))
    }

    fn stream(&self) -> DecodeStream {
        let stream = core::DecodeStream::new(self.0.clone());
        DecodeStream(Mutex::new(Stream { stream, text: Vec::new() }), self.1.clone())
    }

    fn batch(&self, count: usize) -> DecodeBatch {
        let batch = core::DecodeBatch::new(self.0.clone(), count);
        DecodeBatch(Mutex::new(Batch { batch, texts: Texts::default(), mask: None }), self.1.clone())
    }

    /// How many ids there are.
    #[getter]
    fn ids(&self) -> usize {
        self.0.ids()
    }
}

/// The stop that ended a text: `stop` is the word, a text or a list of ids; `text_offset` where it begins in the text, in
/// characters; `id_offset` the index of the id in which it begins; `kept_ids` how many ids to keep, the fewest
/// whose text holds all that was given out; `seen_ids` how many had come; `included` whether it is part of the text.
///
/// >>> import swiftcore
/// >>> tokenizer = swiftcore.Tokenizer.from_pretrained("deepseek")
/// >>> stream = tokenizer.decode_stream(stop=["!"], include_stop=False)
/// >>> stream.step(tokenizer.encode("Hello!"))
/// 'Hello'
/// >>> stream.stop
/// Stop(stop='!', text_offset=5, id_offset=1, kept_ids=1, seen_ids=2, included=False)
#[pyclass(frozen, eq, module = "swiftcore._native")]
#[derive(PartialEq)]
pub struct Stop {
    word: core::Word,
    stop: core::Stop,
}

impl Stop {
    fn new(decoder: &core::Decoder, stop: &core::Stop) -> Option<Self> {
        decoder.stop_words().get(stop.word).map(|word| Self { word: word.word.clone(), stop: *stop })
    }
}

#[guarded]
#[pymethods]
impl Stop {
    #[getter]
    fn stop(&self) -> Word {
        Word::from(&self.word)
    }

    #[getter]
    fn text_offset(&self) -> u64 {
        self.stop.text_offset
    }

    #[getter]
    fn id_offset(&self) -> u64 {
        self.stop.id_offset
    }

    #[getter]
    fn kept_ids(&self) -> u64 {
        self.stop.kept_ids
    }

    #[getter]
    fn seen_ids(&self) -> u64 {
        self.stop.seen_ids
    }

    #[getter]
    fn included(&self) -> bool {
        self.stop.included
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let word = Word::from(&self.word).into_pyobject(py)?.repr()?;
        let core::Stop { text_offset, id_offset, kept_ids, seen_ids, included, .. } = self.stop;
        let included = if included { "True" } else { "False" };
        Ok(format!(
            "Stop(stop={word}, text_offset={text_offset}, id_offset={id_offset}, kept_ids={kept_ids}, \
             seen_ids={seen_ids}, included={included})"
        ))
    }
}

/// One text as it is generated: ids go in, text comes out as soon as it is sure and can no longer become a stop. Made by
/// `Template.decode_stream` or `Tokenizer.decode_stream`.
///
/// >>> import swiftcore
/// >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
/// >>> stream = template.decode_stream()
/// >>> ids = template.tokenizer.encode("Hello 🪐!<｜end▁of▁sentence｜>")
/// >>> [stream.step(id) for id in ids]
/// ['Hello', ' ', '', '🪐', '!', '']
/// >>> stream.finished, stream.stop.stop, stream.stop.kept_ids
/// (True, '<｜end▁of▁sentence｜>', 5)
#[pyclass(frozen, module = "swiftcore._native")]
pub struct DecodeStream(Mutex<Stream>, Arc<Strings>);

struct Stream {
    stream: core::DecodeStream,
    /// Memory for the text of a step.
    text: Vec<u8>,
}

impl Stream {
    /// The text that one id makes sure, and the id where it writes just this by itself.
    fn step_one(&mut self, id: i64) -> Result<(&[u8], Option<u32>), Error> {
        not_ended(&self.stream)?;
        let id = narrow(&self.stream, id)?;
        self.text.clear();
        self.text.shrink_to(KEPT_BYTES);
        let alone = self.stream.step_one(id, &mut self.text)?;
        Ok((&self.text, alone.then_some(id)))
    }
}

/// Refuses ids for a text that `finish` has ended; what comes after a stop is left aside.
fn not_ended(stream: &core::DecodeStream) -> Result<(), Error> {
    if stream.is_finished() && stream.stop().is_none() {
        let detail = "finish() has ended this text; call reset() to begin another one";
        return Err(Error::argument("ids", detail));
    }
    Ok(())
}

/// The value behind `mutex`, whatever became of a thread that held it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[guarded]
#[pymethods]
impl DecodeStream {
    /// Takes the next id, or a list or array of ids, and gives the text that they make sure. Ids after a stop are left
    /// aside.
    ///
    /// Raises ArgumentError for an id that is out of range: nothing was taken in then, and the stream goes on. Raises it
    /// after `finish` too, until `reset` begins another text.
    fn step<'py>(&self, py: Python<'py>, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
        if ids.is_exact_instance_of::<PyInt>() {
            let id = ids.extract::<i64>().unwrap_or(i64::MAX);
            let mut stream = lock(&self.0);
            // Making a string runs no Python code, anything else might: it waits until the lock is given back.
            let outcome = attached(|| {
                self.1.with(py, |strings| {
                    strings.look_ahead(std::iter::once(id as u32));
                    let (text, token) = stream.step_one(id)?;
                    Ok(strings.string(text, token))
                })
            });
            drop(stream);
            return outcome.map_err(|error| raise(py, &error))?;
        }
        let ids = read_ids(ids)?.flat;
        let step = || {
            let mut text = Vec::new();
            let stream = &mut lock(&self.0).stream;
            not_ended(stream)?;
            let ids = ids.iter().map(|id| narrow(stream, *id)).collect::<Result<Vec<u32>, Error>>()?;
            stream.step_into(&ids, &mut text)?;
            Ok(text)
        };
        let text = if ids.len() <= SHORT_STEP {
            attached(step).map_err(|error| raise(py, &error))?
        } else {
            detached(py, step)?
        };
        PyString::from_bytes(py, &text)
    }

    /// Gives the text that was still held back; the stream is finished then.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let outcome = attached(|| lock(&self.0).stream.finish());
        Ok(PyString::new(py, &outcome.map_err(|error| raise(py, &error))?))
    }

    /// Begins a new text.
    fn reset(&self) {
        lock(&self.0).stream.reset();
    }

    /// Whether a stop came, or `finish` was called.
    #[getter]
    fn finished(&self) -> bool {
        lock(&self.0).stream.is_finished()
    }

    /// The stop that ended the text, or None.
    #[getter]
    fn stop(&self) -> Option<Stop> {
        let stream = &lock(&self.0).stream;
        stream.stop().and_then(|stop| Stop::new(stream.decoder(), stop))
    }

    /// How many ids were taken in; those after a stop are not.
    #[getter]
    fn seen_ids(&self) -> u64 {
        lock(&self.0).stream.seen_ids()
    }
}

fn narrow(stream: &core::DecodeStream, id: i64) -> Result<u32, Error> {
    u32::try_from(id).map_err(|_| stream.decoder().out_of_range(id))
}

/// Many texts that are generated in step. Made by `Template.decode_batch` or `Tokenizer.decode_batch`.
///
/// >>> import swiftcore
/// >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
/// >>> batch = template.decode_batch(2)
/// >>> texts, finished = batch.step([19923, 1])
/// >>> texts, list(finished)
/// (['Hello', ''], [False, True])
/// >>> batch.finish()
/// ['', '']
#[pyclass(frozen, module = "swiftcore._native")]
pub struct DecodeBatch(Mutex<Batch>, Arc<Strings>);

struct Batch {
    batch: core::DecodeBatch,
    /// Memory for the texts of a step.
    texts: Texts,
    /// Which texts are finished, after so many changes.
    mask: Option<(u64, Py<Buffer>)>,
}

/// What a step gave, before it is Python's.
struct Given {
    texts: Texts,
    /// How many changes there were, and which texts are finished where that was not yet made into a buffer.
    changes: u64,
    mask: Result<Py<Buffer>, Vec<u8>>,
}

impl Batch {
    fn step(&mut self, ids: &Ids) -> Result<(), Error> {
        let (rows, texts) = (ids.rows(), self.batch.len());
        if rows != texts {
            let detail = format!("has {rows} rows; give one for each of the {texts} texts");
            return Err(Error::argument("ids", detail));
        }
        self.batch.step(|row| ids.row(row), &mut self.texts);
        Ok(())
    }

    /// What the last step gave; `kept` gives the buffer that was made of the mask, where it is still right.
    fn give(&mut self, kept: impl FnOnce(&Py<Buffer>) -> Option<Py<Buffer>>) -> Given {
        let changes = self.batch.changes();
        let mask = self.mask.as_ref().filter(|(made, _)| *made == changes).and_then(|(_, mask)| kept(mask));
        let mask = mask.ok_or_else(|| self.batch.finished().map(u8::from).collect());
        Given { texts: std::mem::take(&mut self.texts), changes, mask }
    }
}

impl DecodeBatch {
    /// Makes Python's objects of what a step gave. Holds no lock while it does: they may run Python code.
    fn made<'py>(&self, py: Python<'py>, given: Given) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyMemoryView>)> {
        let texts = strings(py, &given.texts, &self.1)?;
        let (mask, changes) = match given.mask {
            Ok(mask) => (mask, None),
            Err(mask) => (Py::new(py, Buffer::bool(&mask.into()))?, Some(given.changes)),
        };
        let view = PyMemoryView::from(mask.bind(py))?;
        if let Ok(mut batch) = self.0.try_lock() {
            batch.texts = given.texts;
            if let Some(changes) = changes {
                batch.mask = Some((changes, mask));
            }
        }
        Ok((texts, view))
    }
}

#[guarded]
#[pymethods]
impl DecodeBatch {
    fn __len__(&self) -> usize {
        lock(&self.0).batch.len()
    }

    /// Takes the next ids of all texts, and gives the new texts and which ones are finished, as a memoryview of bools
    /// that NumPy and torch read without a copy. `ids` is a column of one id a text, or a matrix or list of rows of
    /// several. Finished texts are left aside. An id that is out of range ends its text alone, see `errors`.
    ///
    /// Raises ArgumentError where there are not as many rows as texts.
    fn step<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyMemoryView>)> {
        let ids = read_ids(ids)?;
        let given = match self.0.try_lock() {
            Ok(mut batch) if ids.flat.len() <= SHORT_STEP => {
                let outcome = attached(|| {
                    batch.step(&ids)?;
                    Ok(batch.give(|mask| Some(mask.clone_ref(py))))
                });
                drop(batch);
                outcome.map_err(|error| raise(py, &error))?
            }
            tried => {
                drop(tried);
                detached(py, || {
                    let mut batch = lock(&self.0);
                    batch.step(&ids)?;
                    Ok(batch.give(|_| None))
                })?
            }
        };
        self.made(py, given)
    }

    /// Ends all texts, and gives what was held back of each.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let texts = detached(py, || {
            let mut texts = Texts::default();
            lock(&self.0).batch.finish(&mut texts);
            Ok(texts)
        })?;
        strings(py, &texts, &self.1)
    }

    /// Begins a new text in the place of the one at `row`.
    fn reset(&self, py: Python<'_>, row: &Bound<'_, PyAny>) -> PyResult<()> {
        let index = row.extract::<usize>().ok();
        let (reset, count) = {
            let batch = &mut lock(&self.0).batch;
            (index.is_some_and(|index| batch.reset(index)), batch.len())
        };
        if reset {
            return Ok(());
        }
        let detail = format!("expected the index of one of {count} texts, got {}", row.repr()?);
        Err(raise(py, &Error::argument("row", detail)))
    }

    /// Which texts are finished, as a memoryview of bools.
    #[getter]
    fn finished<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMemoryView>> {
        let finished: Vec<u8> = lock(&self.0).batch.finished().map(u8::from).collect();
        let finished = Bound::new(py, Buffer::bool(&finished.into()))?;
        PyMemoryView::from(&finished)
    }

    /// The stop that ended each text, or None.
    #[getter]
    fn stops(&self) -> Vec<Option<Stop>> {
        let batch = &lock(&self.0).batch;
        batch.stops().map(|stop| stop.and_then(|stop| Stop::new(batch.decoder(), stop))).collect()
    }

    /// What went wrong with each text, as an exception, or None.
    #[getter]
    fn errors<'py>(&self, py: Python<'py>) -> Vec<Option<Bound<'py, PyAny>>> {
        let errors: Vec<Option<Error>> = lock(&self.0).batch.errors().map(|error| error.cloned()).collect();
        let value = |error: Error| raise(py, &error).into_value(py).into_bound(py).into_any();
        errors.into_iter().map(|error| error.map(value)).collect()
    }

    /// How many ids of each text were taken in.
    #[getter]
    fn seen_ids(&self) -> Vec<u64> {
        lock(&self.0).batch.seen_ids().collect()
    }
}

fn strings<'py>(py: Python<'py>, texts: &Texts, kept: &Strings) -> PyResult<Bound<'py, PyList>> {
    let made = kept.with(py, |kept| {
        kept.look_ahead(texts.with_tokens().filter_map(|(_, token)| token));
        let mut made = Vec::with_capacity(texts.len());
        for (text, token) in texts.with_tokens() {
            made.push(kept.string(text, token)?);
        }
        PyResult::Ok(made)
    })?;
    PyList::new(py, made)
}
