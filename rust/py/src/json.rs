//! Python objects as JSON values, and back.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use swiftcore::error::{RowError, RowErrorKind};
use swiftcore::interrupt;
use swiftcore::json::{Json, Style, dumps};
use swiftcore::row::with_article;

/// How deep objects may be nested.
const DEPTH: usize = 200;

/// A Python object as a value.
///
/// # Errors
///
/// A [`RowError`] for an object that JSON cannot say.
pub fn to_json(object: &Bound<'_, PyAny>) -> Result<Json, RowError> {
    convert(object, 0)
}

fn convert(object: &Bound<'_, PyAny>, level: usize) -> Result<Json, RowError> {
    if level > DEPTH {
        return Err(RowError::new(RowErrorKind::WrongValue, format!("is nested more than {DEPTH} levels deep")));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return text.to_str().map(|text| Json::Text(text.to_owned())).map_err(|error| {
            let detail = format!("holds text that is not Unicode ({error}); give text without lone surrogates");
            RowError::new(RowErrorKind::InvalidText, detail)
        });
    }
    if object.is_none() {
        return Ok(Json::Null);
    }
    if let Ok(flag) = object.cast::<PyBool>() {
        return Ok(Json::Bool(flag.is_true()));
    }
    if let Ok(number) = object.cast::<PyInt>() {
        return match number.extract::<i64>() {
            Ok(number) => Ok(Json::Int(number)),
            Err(_) => digits(number).map(Json::BigInt),
        };
    }
    if let Ok(number) = object.cast::<PyFloat>() {
        return Ok(Json::Float(number.value()));
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        return fields(dict.iter(), level);
    }
    if let Ok(list) = object.cast::<PyList>() {
        return items(list.iter(), level).map(Json::List);
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return items(tuple.iter(), level).map(Json::Tuple);
    }
    if let Ok(mapping) = object.cast::<PyMapping>() {
        let items = mapping.items().map_err(|_| unfit(object))?;
        return fields(
            items.iter().filter_map(|item| item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().ok()),
            level,
        );
    }
    Err(unfit(object))
}

fn digits(number: &Bound<'_, PyInt>) -> Result<String, RowError> {
    number.str().map(|text| text.to_string()).map_err(|_| unfit(number.as_any()))
}

fn items<'py>(items: impl Iterator<Item = Bound<'py, PyAny>>, level: usize) -> Result<Vec<Json>, RowError> {
    let convert = |(index, item)| {
        interrupt::check_every::<4096>(index);
        convert(&item, level + 1)
    };
    items.enumerate().map(convert).collect()
}

fn fields<'py>(
    items: impl Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    level: usize,
) -> Result<Json, RowError> {
    let mut fields = Vec::new();
    for (index, (key, value)) in items.enumerate() {
        interrupt::check_every::<4096>(index);
        // A key that is no string is written as JSON would write it.
        let key = match convert(&key, level + 1)? {
            Json::Text(text) => text,
            Json::List(_) | Json::Tuple(_) | Json::Map(_) => return Err(unfit(&key)),
            other => dumps(&other, Style::Plain),
        };
        fields.push((key, convert(&value, level + 1)?));
    }
    Ok(Json::map(fields))
}

fn unfit(object: &Bound<'_, PyAny>) -> RowError {
    let name = object.get_type().name().map_or_else(|_| "Python object".to_owned(), |name| name.to_string());
    let detail =
        format!("holds {}, which JSON cannot say; give strings, numbers, lists and dicts", with_article(&name));
    RowError::new(RowErrorKind::WrongType, detail)
}

/// A value as a Python object.
///
/// # Errors
///
/// Whatever Python raises while the objects are made.
pub fn to_python<'py>(py: Python<'py>, value: &Json) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Json::Null => py.None().into_bound(py),
        Json::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Json::Int(value) => value.into_pyobject(py)?.into_any(),
        Json::BigInt(digits) => py.get_type::<PyInt>().call1((digits.as_str(),))?,
        Json::Float(value) => PyFloat::new(py, *value).into_any(),
        Json::Text(text) => PyString::new(py, text).into_any(),
        Json::List(items) => {
            let items: Vec<_> = items.iter().map(|item| to_python(py, item)).collect::<PyResult<_>>()?;
            PyList::new(py, items)?.into_any()
        }
        Json::Tuple(items) => {
            let items: Vec<_> = items.iter().map(|item| to_python(py, item)).collect::<PyResult<_>>()?;
            PyTuple::new(py, items)?.into_any()
        }
        Json::Map(fields) => {
            let dict = PyDict::new(py);
            for (name, value) in fields {
                dict.set_item(name, to_python(py, value)?)?;
            }
            dict.into_any()
        }
    })
}
