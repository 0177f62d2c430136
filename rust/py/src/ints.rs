//! Python ints of token ids, made once. Rows that each had ints of their own would spend more time on making and
//! freeing them, and more memory on keeping them, than on all else that they are.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList};

/// Ids below this have a place; few vocabularies have others.
const PLACES: usize = 1 << 18;

/// How many ints are read ahead; more might push the first out of the cache again.
const AHEAD: usize = 1024;

/// Ints, each in the place of its id. Held with the GIL only, so that no process forks meanwhile.
static MADE: Mutex<Vec<Option<Py<PyInt>>>> = Mutex::new(Vec::new());

/// A list of ids.
pub fn id_list<'py>(py: Python<'py>, ids: &[i32]) -> PyResult<Bound<'py, PyList>> {
    match MADE.try_lock() {
        Ok(mut made) => {
            look_ahead(py, ids, &made);
            PyList::new(py, ids.iter().map(|id| int(py, *id, &mut made)))
        }
        // Python code that a collection of garbage runs while they are in use does without.
        Err(_) => PyList::new(py, ids),
    }
}

/// Reads where the ints are, all at once: one after the other, each would wait for memory.
fn look_ahead(py: Python<'_>, ids: &[i32], made: &[Option<Py<PyInt>>]) {
    let start = |id: &i32| made.get(*id as usize)?.as_ref().map(|int| int.bind(py).get_type_ptr() as usize);
    std::hint::black_box(ids.iter().take(AHEAD).fold(0, |seen, id| seen ^ start(id).unwrap_or(0)));
}

#[inline]
fn int<'py>(py: Python<'py>, id: i32, made: &mut Vec<Option<Py<PyInt>>>) -> Bound<'py, PyInt> {
    match made.get(id as usize) {
        Some(Some(int)) => int.bind(py).clone(),
        _ => make(py, id, made),
    }
}

#[cold]
fn make<'py>(py: Python<'py>, id: i32, made: &mut Vec<Option<Py<PyInt>>>) -> Bound<'py, PyInt> {
    let Ok(int) = id.into_pyobject(py);
    let place = id as usize;
    if place < PLACES {
        if place >= made.len() {
            made.resize_with(place + 1, || None);
        }
        made[place] = Some(int.clone().unbind());
    }
    int
}
