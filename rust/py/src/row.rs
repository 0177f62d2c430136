//! Python objects as the JSON-like values that a row is read from. Texts are borrowed from the
//! strings themselves, so that the rows can be used without the GIL.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use crate::json::to_json;
use crate::names;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use swiftcore::error::{RowError, RowErrorKind};
use swiftcore::json::Json;
use swiftcore::row::{Key, Kind, List, Map, Named, Row, Value, read_row, with_article};
use swiftcore::shape::Shape;

/// As the core says it of JSON.
const NOT_UNICODE: &str =
    "is not Unicode text (it has a lone surrogate such as \\ud83d); give text without lone surrogates";

/// Keeps alive the strings that rows borrow their texts from.
#[derive(Default)]
pub struct Keeper {
    strings: RefCell<Vec<Py<PyString>>>,
    bytes: Cell<usize>,
}

impl Keeper {
    /// The text of `string`, kept alive for as long as this keeper is borrowed.
    fn borrow<'a>(&'a self, string: &Bound<'_, PyString>) -> PyResult<&'a str> {
        let text = string.to_str()?;
        self.bytes.set(self.bytes.get() + text.len());
        let text: *const str = text;
        self.strings.borrow_mut().push(string.clone().unbind());
        // SAFETY: a `str` never changes, its UTF-8 form lives as long as it does, and this keeper
        // holds a reference to it that is only given back when the keeper itself is dropped.
        Ok(unsafe { &*text })
    }

    /// How much text is kept.
    pub fn bytes(&self) -> usize {
        self.bytes.get()
    }
}

/// Reads one row of any shape; without `shape`, one that has `messages`.
pub fn read<'a>(object: &Bound<'_, PyAny>, keeper: &'a Keeper, shape: Option<&Shape>) -> Result<Row<'a>, RowError> {
    let value = PyValue { object: object.clone(), keeper };
    match shape {
        Some(shape) => shape.read(&value),
        None => read_row(&value),
    }
}

/// A row of any shape as JSON text, under the standard names.
pub fn standard_json(object: &Bound<'_, PyAny>, shape: &Shape) -> Result<String, RowError> {
    shape.to_json(&PyValue { object: object.clone(), keeper: &Keeper::default() })
}

/// A Python object as a value.
#[derive(Clone)]
struct PyValue<'a, 'py> {
    object: Bound<'py, PyAny>,
    keeper: &'a Keeper,
}

enum PyItems<'a, 'py> {
    List(Bound<'py, PyList>, &'a Keeper),
    Tuple(Bound<'py, PyTuple>, &'a Keeper),
}

enum PyFields<'a, 'py> {
    Dict(Bound<'py, PyDict>, &'a Keeper),
    Mapping(Bound<'py, PyMapping>, &'a Keeper),
}

impl<'a, 'py> Value<'a> for PyValue<'a, 'py> {
    type List = PyItems<'a, 'py>;
    type Map = PyFields<'a, 'py>;

    fn kind(&self) -> Kind<'a, Self> {
        let (object, keeper) = (&self.object, self.keeper);
        if let Ok(text) = object.cast::<PyString>() {
            return match keeper.borrow(text) {
                Ok(text) => Kind::Text(Cow::Borrowed(text)),
                Err(_) => Kind::BadText(NOT_UNICODE.to_owned()),
            };
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            return Kind::Map(PyFields::Dict(dict.clone(), keeper));
        }
        if let Ok(list) = object.cast::<PyList>() {
            return Kind::List(PyItems::List(list.clone(), keeper));
        }
        if object.is_none() {
            return Kind::Null;
        }
        // A bool is an int in Python, so it is asked first.
        if let Ok(flag) = object.cast::<PyBool>() {
            return Kind::Bool(flag.is_true());
        }
        if let Ok(number) = object.cast::<PyInt>() {
            let float = || number.extract::<f64>().unwrap_or(f64::INFINITY);
            return number.extract::<i64>().map_or_else(|_| Kind::Float(float()), Kind::Int);
        }
        if let Ok(number) = object.cast::<PyFloat>() {
            return Kind::Float(number.value());
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return Kind::List(PyItems::Tuple(tuple.clone(), keeper));
        }
        if let Ok(mapping) = object.cast::<PyMapping>() {
            return Kind::Map(PyFields::Mapping(mapping.clone(), keeper));
        }
        let name = object.get_type().name().map_or_else(|_| "Python object".to_owned(), |name| name.to_string());
        Kind::Other(name)
    }

    fn json(&self) -> Result<Json, RowError> {
        to_json(&self.object)
    }
}

impl<'a, 'py> List<'a> for PyItems<'a, 'py> {
    type Value = PyValue<'a, 'py>;

    fn len(&self) -> usize {
        match self {
            Self::List(list, _) => list.len(),
            Self::Tuple(tuple, _) => tuple.len(),
        }
    }

    fn at(&self, index: usize) -> PyValue<'a, 'py> {
        let (object, keeper, py) = match self {
            Self::List(list, keeper) => (list.get_item(index), *keeper, list.py()),
            Self::Tuple(tuple, keeper) => (tuple.get_item(index), *keeper, tuple.py()),
        };
        // A list that shrank while it is read has None where it had something.
        PyValue { object: object.unwrap_or_else(|_| py.None().into_bound(py)), keeper }
    }
}

impl<'a, 'py> Map<'a> for PyFields<'a, 'py> {
    type Value = PyValue<'a, 'py>;

    fn is_empty(&self) -> bool {
        match self {
            Self::Dict(dict, _) => dict.is_empty(),
            Self::Mapping(mapping, _) => mapping.len().unwrap_or(0) == 0,
        }
    }

    fn at_most(&self) -> usize {
        match self {
            Self::Dict(dict, _) => dict.len(),
            Self::Mapping(mapping, _) => mapping.len().unwrap_or(usize::MAX),
        }
    }

    fn get(&self, key: Key) -> Option<PyValue<'a, 'py>> {
        match self {
            Self::Dict(dict, keeper) => {
                let object = dict.get_item(names::key(dict.py(), key)).ok().flatten()?;
                Some(PyValue { object, keeper })
            }
            Self::Mapping(mapping, keeper) => {
                let object = mapping.get_item(names::key(mapping.py(), key)).ok()?;
                Some(PyValue { object, keeper })
            }
        }
    }

    fn each_unknown(&self, is_known: fn(&str) -> bool, found: &mut dyn FnMut(Cow<'a, str>)) {
        let mut look = |name: &Bound<'py, PyAny>, is_null: &dyn Fn() -> bool| {
            // A key that is not text cannot be one that is known, or be named.
            if let Ok(name) = name.cast::<PyString>()
                && let Ok(name) = name.to_str()
                && !is_known(name)
                && !is_null()
            {
                found(Cow::Owned(name.to_owned()));
            }
        };
        match self {
            Self::Dict(dict, _) => dict.iter().for_each(|(name, value)| look(&name, &|| value.is_none())),
            Self::Mapping(mapping, _) => {
                let names = mapping.keys().map(|names| names.iter().collect::<Vec<_>>()).unwrap_or_default();
                for name in names {
                    look(&name, &|| mapping.get_item(&name).is_ok_and(|value| value.is_none()));
                }
            }
        }
    }
}

impl<'a, 'py> Named<'a> for PyFields<'a, 'py> {
    fn named(&self, name: &str) -> Option<PyValue<'a, 'py>> {
        let (object, keeper) = match self {
            Self::Dict(dict, keeper) => (dict.get_item(name).ok().flatten()?, *keeper),
            Self::Mapping(mapping, keeper) => (mapping.get_item(name).ok()?, *keeper),
        };
        Some(PyValue { object, keeper })
    }

    fn names(&self) -> Vec<Cow<'a, str>> {
        let mut names = Vec::new();
        self.each_name(&mut |key, _, keeper| {
            names.extend(keeper.borrow(key).ok().map(Cow::Borrowed));
            false
        });
        names
    }

    fn each_field(
        &self,
        is_wanted: &mut dyn FnMut(&str) -> bool,
        use_field: &mut dyn FnMut(Cow<'a, str>, PyValue<'a, 'py>),
    ) {
        self.each_name(&mut |key, value, keeper| {
            if key.to_str().is_ok_and(&mut *is_wanted)
                && let Ok(name) = keeper.borrow(key)
                && let Some(value) =
                    value.map_or_else(|| self.named(name), |value| Some(PyValue { object: value.clone(), keeper }))
            {
                use_field(Cow::Borrowed(name), value);
            }
            false
        });
    }

    fn any_name(&self, is_it: &mut dyn FnMut(&str) -> bool) -> bool {
        self.each_name(&mut |key, value, _| {
            key.to_str().is_ok_and(&mut *is_it) && value.is_none_or(|one| !one.is_none())
        })
    }
}

/// What [`PyFields::each_name`] calls with a key, and with its value where that is at hand.
type UseKey<'u, 'a, 'py> = dyn FnMut(&Bound<'py, PyString>, Option<&Bound<'py, PyAny>>, &'a Keeper) -> bool + 'u;

impl<'a, 'py> PyFields<'a, 'py> {
    /// Calls `use_key` with each key that is a string, and with its value where that is at hand, until it says true.
    fn each_name(&self, use_key: &mut UseKey<'_, 'a, 'py>) -> bool {
        match self {
            Self::Dict(dict, keeper) => dict.iter().any(|(key, value)| match key.cast::<PyString>() {
                Ok(key) => use_key(key, Some(&value), keeper),
                Err(_) => false,
            }),
            Self::Mapping(mapping, keeper) => {
                let keys = mapping.keys().and_then(|keys| keys.try_iter());
                let used = |key: PyResult<Bound<'py, PyAny>>| match key.as_ref().map(|key| key.cast::<PyString>()) {
                    Ok(Ok(key)) => use_key(key, None, keeper),
                    _ => false,
                };
                keys.is_ok_and(|mut keys| keys.any(used))
            }
        }
    }
}

/// The error for something in a batch that is no row.
pub fn not_rows(found: &Bound<'_, PyAny>) -> RowError {
    let name = found.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
    RowError::new(
        RowErrorKind::WrongType,
        format!("is {}; give an iterable of rows, each a dict with `messages`", with_article(&name)),
    )
    .at_field("rows")
}
