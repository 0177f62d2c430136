//! What to say of a value that does not fit, and numbers, which may be unfit in several ways.

use std::borrow::Cow;

use super::{Key, Kind, Value};
use crate::error::{RowError, RowErrorKind};

pub(super) fn wrong_type(found: Cow<'_, str>, expected: &str) -> RowError {
    RowError::new(RowErrorKind::WrongType, format!("is {found}; give {expected}"))
}

/// The error for a value of a kind that has no place there.
pub(super) fn unfit<'a, V: Value<'a>>(found: &Kind<'a, V>, expected: &str) -> RowError {
    match found {
        Kind::BadText(reason) => RowError::new(RowErrorKind::InvalidText, reason.clone()),
        other => wrong_type(other.name(), expected),
    }
}

pub(super) fn missing(field: Key, expected: &str) -> RowError {
    RowError::new(RowErrorKind::MissingField, format!("is missing; give {expected}")).at_field(field.as_str())
}

pub(super) fn read_number<'a, V: Value<'a>>(kind: &Kind<'a, V>) -> Result<f64, RowError> {
    match kind {
        Kind::Int(number) => Ok(*number as f64),
        // Numbers leave in columns of float32.
        Kind::Float(number) if number.abs() <= f64::from(f32::MAX) => Ok(*number),
        Kind::Float(number) if number.is_finite() => {
            let detail = format!("is {number:e}; give a number between {:e} and {:e}", f32::MIN, f32::MAX);
            Err(RowError::new(RowErrorKind::WrongValue, detail))
        }
        Kind::Float(number) => {
            Err(RowError::new(RowErrorKind::WrongValue, format!("is {number}; give a finite number")))
        }
        other => Err(unfit(other, "a number")),
    }
}
