//! Streams of decoded text, and their stops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::buffer::{Element, PyBuffer};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyMemoryView, PyString};
use swiftcore::decode::{self as core, StopWord, Texts};
use swiftcore::error::Error;

use crate::buffer::Buffer;
use crate::errors::{detached, raise};
use crate::spec::TemplateSpec;
use crate::tokenizer::Tokenizer;

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
#[pyfunction]
pub fn template_stops(py: Python<'_>, tokenizer: &Tokenizer, template: &TemplateSpec) -> PyResult<Vec<(Word, bool)>> {
    let stops = detached(py, || Ok(core::template_stops(&template.0, &tokenizer.0)))?;
    Ok(stops.iter().map(|stop| (Word::from(&stop.word), stop.include)).collect())
}

/// What many streams share: a vocabulary's pieces, stops and options. Immutable.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Decoder(Arc<core::Decoder>);

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
        let tokenizer = tokenizer.0.clone();
        detached(py, || core::Decoder::new(tokenizer, options)).map(|decoder| Self(Arc::new(decoder)))
    }

    fn stream(&self) -> DecodeStream {
        DecodeStream(Mutex::new(core::DecodeStream::new(self.0.clone())))
    }

    fn batch(&self, count: usize) -> DecodeBatch {
        DecodeBatch(Mutex::new(core::DecodeBatch::new(self.0.clone(), count)))
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
        let word = self.stop().into_pyobject(py)?.repr()?;
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
pub struct DecodeStream(Mutex<core::DecodeStream>);

/// The value behind `mutex`, whatever became of a thread that held it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[pymethods]
impl DecodeStream {
    /// Takes the next id, or a list or array of ids, and gives the text that they make sure. Ids after a stop are left
    /// aside.
    ///
    /// Raises ArgumentError for an id that is out of range: nothing was taken in then, and the stream goes on.
    fn step<'py>(&self, py: Python<'py>, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
        let mut out = Vec::new();
        // The lock is given back before Python runs anything.
        let outcome = if ids.is_exact_instance_of::<PyInt>() {
            let id = ids.extract::<i64>().unwrap_or(i64::MAX);
            let mut stream = lock(&self.0);
            narrow(&stream, id).and_then(|id| stream.step_into(&[id], &mut out))
        } else {
            let ids = read_ids(ids)?.flat;
            let mut stream = lock(&self.0);
            let ids: Result<Vec<u32>, Error> = ids.iter().map(|id| narrow(&stream, *id)).collect();
            ids.and_then(|ids| stream.step_into(&ids, &mut out))
        };
        outcome.map_err(|error| raise(py, &error))?;
        PyString::from_bytes(py, &out)
    }

    /// Gives the text that was still held back; the stream is finished then.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let outcome = lock(&self.0).finish();
        Ok(PyString::new(py, &outcome.map_err(|error| raise(py, &error))?))
    }

    /// Begins a new text.
    fn reset(&self) {
        lock(&self.0).reset();
    }

    /// Whether a stop came, or `finish` was called.
    #[getter]
    fn finished(&self) -> bool {
        lock(&self.0).is_finished()
    }

    /// The stop that ended the text, or None.
    #[getter]
    fn stop(&self) -> Option<Stop> {
        let stream = lock(&self.0);
        stream.stop().and_then(|stop| Stop::new(stream.decoder(), stop))
    }

    /// How many ids were taken in; those after a stop are not.
    #[getter]
    fn seen_ids(&self) -> u64 {
        lock(&self.0).seen_ids()
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
pub struct DecodeBatch(Mutex<core::DecodeBatch>);

#[pymethods]
impl DecodeBatch {
    fn __len__(&self) -> usize {
        lock(&self.0).len()
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
        let (texts, finished) = detached(py, || {
            let mut batch = lock(&self.0);
            if ids.rows() != batch.len() {
                let detail = format!("has {} rows; give one for each of the {} texts", ids.rows(), batch.len());
                return Err(Error::argument("ids", detail));
            }
            let mut texts = Texts::default();
            batch.step(|row| ids.row(row), &mut texts);
            Ok((texts, batch.finished().map(u8::from).collect::<Vec<_>>()))
        })?;
        let finished = Bound::new(py, Buffer::bool(&finished.into()))?;
        Ok((strings(py, &texts)?, PyMemoryView::from(&finished)?))
    }

    /// Ends all texts, and gives what was held back of each.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let texts = detached(py, || {
            let mut texts = Texts::default();
            lock(&self.0).finish(&mut texts);
            Ok(texts)
        })?;
        strings(py, &texts)
    }

    /// Begins a new text in the place of the one at `row`.
    fn reset(&self, py: Python<'_>, row: usize) -> PyResult<()> {
        let (reset, count) = {
            let mut batch = lock(&self.0);
            (batch.reset(row), batch.len())
        };
        if reset {
            return Ok(());
        }
        Err(raise(py, &Error::argument("row", format!("{row} is no row; there are {count}"))))
    }

    /// Which texts are finished, as a memoryview of bools.
    #[getter]
    fn finished<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMemoryView>> {
        let finished: Vec<u8> = lock(&self.0).finished().map(u8::from).collect();
        let finished = Bound::new(py, Buffer::bool(&finished.into()))?;
        PyMemoryView::from(&finished)
    }

    /// The stop that ended each text, or None.
    #[getter]
    fn stops(&self) -> Vec<Option<Stop>> {
        let batch = lock(&self.0);
        batch.stops().map(|stop| stop.and_then(|stop| Stop::new(batch.decoder(), stop))).collect()
    }

    /// What went wrong with each text, as an exception, or None.
    #[getter]
    fn errors<'py>(&self, py: Python<'py>) -> Vec<Option<Bound<'py, PyAny>>> {
        let errors: Vec<Option<Error>> = lock(&self.0).errors().map(|error| error.cloned()).collect();
        let value = |error: Error| raise(py, &error).into_value(py).into_bound(py).into_any();
        errors.into_iter().map(|error| error.map(value)).collect()
    }

    /// How many ids of each text were taken in.
    #[getter]
    fn seen_ids(&self) -> Vec<u64> {
        lock(&self.0).seen_ids().collect()
    }
}

fn strings<'py>(py: Python<'py>, texts: &Texts) -> PyResult<Bound<'py, PyList>> {
    let mut strings = Vec::with_capacity(texts.len());
    for text in texts.iter() {
        strings.push(PyString::from_bytes(py, text)?);
    }
    PyList::new(py, strings)
}

/// Ids in rows.
struct Ids {
    flat: Vec<i64>,
    shape: Shape,
}

enum Shape {
    /// All rows are this wide.
    Even(usize),
    /// Where each row ends.
    Ragged(Vec<usize>),
}

impl Ids {
    fn rows(&self) -> usize {
        match &self.shape {
            Shape::Even(width) => self.flat.len().checked_div(*width).unwrap_or(0),
            Shape::Ragged(ends) => ends.len(),
        }
    }

    fn row(&self, row: usize) -> &[i64] {
        match &self.shape {
            Shape::Even(width) => &self.flat[row * width..(row + 1) * width],
            Shape::Ragged(ends) => &self.flat[row.checked_sub(1).map_or(0, |before| ends[before])..ends[row]],
        }
    }
}

/// Ids from an array, a tensor, a sequence, or a single number.
fn read_ids(ids: &Bound<'_, PyAny>) -> PyResult<Ids> {
    if let Some(ids) = from_buffer::<i64>(ids)
        .or_else(|| from_buffer::<i32>(ids))
        .or_else(|| from_buffer::<u32>(ids))
        .or_else(|| from_buffer::<u64>(ids))
    {
        return ids;
    }
    if let Ok(flat) = ids.extract::<Vec<i64>>() {
        return Ok(Ids { flat, shape: Shape::Even(1) });
    }
    if let Ok(rows) = ids.extract::<Vec<Vec<i64>>>() {
        let ends = rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        });
        return Ok(Ids { shape: Shape::Ragged(ends.collect()), flat: rows.concat() });
    }
    if let Ok(id) = ids.extract::<i64>() {
        return Ok(Ids { flat: vec![id], shape: Shape::Even(1) });
    }
    // A tensor, wherever it is.
    if let Ok(listed) = ids.call_method0("tolist") {
        if !listed.is(ids) && (listed.is_instance_of::<PyList>() || listed.is_instance_of::<PyInt>()) {
            return read_ids(&listed);
        }
    }
    let found = ids.get_type().name()?;
    let error = Error::argument("ids", format!("is a {found}; give an id, or a list, array or tensor of ids"));
    Err(raise(ids.py(), &error))
}

/// Ids from an array of one or two dimensions; `None` for anything that is no array of this type.
fn from_buffer<T>(ids: &Bound<'_, PyAny>) -> Option<PyResult<Ids>>
where
    T: Element + Copy + TryInto<i64>,
{
    let buffer = PyBuffer::<T>::get(ids).ok()?;
    let width = match buffer.shape() {
        [] | [_] => 1,
        [_, width] => *width,
        _ => return None,
    };
    let values = buffer.to_vec(ids.py());
    let wide = |value: T| value.try_into().unwrap_or(i64::MAX);
    Some(values.map(|values| Ids { flat: values.into_iter().map(wide).collect(), shape: Shape::Even(width) }))
}
