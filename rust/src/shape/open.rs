//! Conversations that are kept as text: JSON, or a Python literal as `str` of a list writes it.

use jiter::JsonValue;

use crate::error::{RowError, RowErrorKind};
use crate::json::{Style, dumps, parse_text};
use crate::row::{Kind, Opened, Value};

/// The value that a text says; any other value, and text that says none, as it is.
pub(super) fn opened_or_text<'a, V: Value<'a> + Clone>(value: Opened<'a, V>) -> Opened<'a, V> {
    opened(value.clone()).unwrap_or(value)
}

/// The value that a text says; any other value as it is.
///
/// # Errors
///
/// [`RowErrorKind::WrongValue`] for text that is neither JSON nor a Python literal.
pub(super) fn opened<'a, V: Value<'a>>(value: Opened<'a, V>) -> Result<Opened<'a, V>, RowError> {
    let Kind::Text(text) = value.kind() else { return Ok(value) };
    if let Ok(json) = value.open() {
        return Ok(json);
    }
    let literal = parse_text(&text).map(|literal| dumps(&literal, Style::Plain));
    match literal.as_deref().map(|json| JsonValue::parse(json.as_bytes(), true).map(JsonValue::into_static)) {
        Some(Ok(json)) => Ok(Opened::Json(json)),
        _ => {
            let detail = "is a string that is neither JSON nor a Python literal; give a list, or one as such a text";
            Err(RowError::new(RowErrorKind::WrongValue, detail))
        }
    }
}
