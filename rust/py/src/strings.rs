//! Python strings of tokens, made once: most of what a stream gives out is the text of one token, and a few
//! thousand tokens make up nearly all text.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyString;

/// A string has one place, by its id; one that needs the place of another takes it.
const PLACES: usize = 16384;

/// Tokens and their strings, each in its place.
type Places = Vec<Option<(u32, Py<PyString>)>>;

/// The strings of the tokens of one tokenizer that were given out last.
#[derive(Default)]
pub struct Strings(Mutex<Places>);

impl Strings {
    /// Runs `work` with what gives the string of a text, and of the token that writes just this by itself.
    ///
    /// `work` must run no Python code, which could come back here.
    pub fn with<'py, T>(&self, py: Python<'py>, work: impl FnOnce(&mut Maker<'_, 'py>) -> T) -> T {
        // Whoever finds it in use does without.
        let mut kept = self.0.try_lock().ok();
        work(&mut Maker { py, kept: kept.as_deref_mut() })
    }
}

/// Gives strings of texts.
pub struct Maker<'a, 'py> {
    py: Python<'py>,
    kept: Option<&'a mut Places>,
}

impl<'py> Maker<'_, 'py> {
    /// Reads where the strings of `tokens` are, all at once: one after the other, each would wait for memory.
    #[inline]
    pub fn look_ahead(&self, tokens: impl Iterator<Item = u32>) {
        let Some(kept) = &self.kept else { return };
        let place = |token: u32| kept.get(token as usize % PLACES)?.as_ref();
        let start = |token| place(token).map_or(0, |(_, string)| string.bind(self.py).get_type_ptr() as usize);
        std::hint::black_box(tokens.fold(0, |seen, token| seen ^ start(token)));
    }

    /// The string of `text`, which `token` writes by itself where it is given.
    #[inline]
    pub fn string(&mut self, text: &[u8], token: Option<u32>) -> PyResult<Bound<'py, PyString>> {
        let (Some(token), Some(kept)) = (token, &mut self.kept) else { return PyString::from_bytes(self.py, text) };
        if let Some(Some((of, string))) = kept.get(token as usize % PLACES)
            && *of == token
        {
            return Ok(string.bind(self.py).clone());
        }
        let string = PyString::from_bytes(self.py, text)?;
        if kept.is_empty() {
            kept.resize_with(PLACES, || None);
        }
        kept[token as usize % PLACES] = Some((token, string.clone().unbind()));
        Ok(string)
    }
}
