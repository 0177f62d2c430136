//! A row's label as the target that its task needs.

use super::{ProblemType, Values};
use crate::error::{RowError, RowErrorKind};
use crate::row::Label;

/// Whether a response is desirable.
///
/// # Errors
///
/// A [`RowError`] for anything but true, false, 0 and 1.
pub(super) fn desirable(label: &Label<'_>) -> Result<bool, RowError> {
    const EXPECTED: &str = "true or false";
    match label {
        Label::Bool(flag) => Ok(*flag),
        Label::Int(flag @ (0 | 1)) => Ok(*flag == 1),
        Label::Float(flag) if *flag == 0.0 || *flag == 1.0 => Ok(*flag == 1.0),
        other => Err(unfit(other, EXPECTED)),
    }
}

/// What a positive text weighs for its anchor; 1 where the row does not say.
///
/// # Errors
///
/// A [`RowError`] for anything but a number.
pub(super) fn similarity(label: &Label<'_>) -> Result<f64, RowError> {
    match label {
        Label::None => Ok(1.0),
        other => number(other),
    }
}

/// Adds what a classifier is to tell; nothing where the row does not say.
///
/// # Errors
///
/// A [`RowError`] for a label that the problem has no use for.
pub(super) fn classes(label: &Label<'_>, problem: ProblemType, values: &mut Values) -> Result<(), RowError> {
    let target = &mut values.target;
    match (problem, label) {
        (_, Label::None) => {}
        (ProblemType::SingleLabel, label) => target.push(f64::from(class(label)?)),
        (ProblemType::Regression, label) => target.push(number(label)?),
        (ProblemType::MultiLabel, Label::Ints(classes)) => {
            for class in classes {
                target.push(f64::from(checked_class(*class).ok_or_else(|| unfit(label, CLASSES))?));
            }
        }
        (ProblemType::MultiLabel, label) => return Err(unfit(label, CLASSES)),
        (ProblemType::Regressions, Label::Floats(numbers)) => target.extend_from_slice(numbers),
        (ProblemType::Regressions, Label::Ints(numbers)) => target.extend(numbers.iter().map(|number| *number as f64)),
        (ProblemType::Regressions, label) => return Err(unfit(label, "a list of numbers")),
    }
    values.has_target = *label != Label::None;
    Ok(())
}

const CLASSES: &str = "a list of classes, integers from 0";

fn class(label: &Label<'_>) -> Result<i32, RowError> {
    let class = match label {
        Label::Bool(flag) => Some(i32::from(*flag)),
        Label::Int(class) => checked_class(*class),
        Label::Float(class) if class.fract() == 0.0 => checked_class(*class as i64),
        Label::Text(text) => crate::text::strip(text).parse().ok().and_then(checked_class),
        _ => None,
    };
    class.ok_or_else(|| unfit(label, "a class, an integer from 0"))
}

fn checked_class(class: i64) -> Option<i32> {
    i32::try_from(class).ok().filter(|class| *class >= 0)
}

fn number(label: &Label<'_>) -> Result<f64, RowError> {
    match label {
        Label::Bool(flag) => Ok(f64::from(u8::from(*flag))),
        Label::Int(number) => Ok(*number as f64),
        Label::Float(number) if number.abs() <= f64::from(f32::MAX) => Ok(*number),
        other => Err(unfit(other, "a finite number")),
    }
}

fn unfit(label: &Label<'_>, expected: &str) -> RowError {
    let (kind, found) = match label {
        Label::None => (RowErrorKind::MissingField, "is missing".to_owned()),
        Label::Bool(flag) => (RowErrorKind::WrongType, format!("is {flag}")),
        Label::Int(number) => (RowErrorKind::WrongValue, format!("is {number}")),
        Label::Float(number) => (RowErrorKind::WrongValue, format!("is {number}")),
        Label::Text(_) => (RowErrorKind::WrongType, "is a string".to_owned()),
        Label::Ints(numbers) => (RowErrorKind::WrongType, format!("is a list of {} numbers", numbers.len())),
        Label::Floats(numbers) => (RowErrorKind::WrongType, format!("is a list of {} numbers", numbers.len())),
        Label::Unfit(name) => (RowErrorKind::WrongType, format!("is {name}")),
    };
    RowError::new(kind, format!("{found}; give {expected}")).at_field("label")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(label: Label<'_>, problem: ProblemType) -> Result<Vec<f64>, String> {
        let mut values = Values::default();
        classes(&label, problem, &mut values).map_err(|error| error.to_string())?;
        assert_eq!(values.has_target, label != Label::None);
        Ok(values.target)
    }

    #[test]
    fn labels_of_each_problem() {
        assert_eq!(told(Label::Int(3), ProblemType::SingleLabel), Ok(vec![3.0]));
        assert_eq!(told(Label::Text(" 2 ".into()), ProblemType::SingleLabel), Ok(vec![2.0]));
        assert_eq!(told(Label::Float(0.5), ProblemType::Regression), Ok(vec![0.5]));
        assert_eq!(told(Label::Ints(vec![0, 4]), ProblemType::MultiLabel), Ok(vec![0.0, 4.0]));
        assert_eq!(told(Label::Ints(vec![1]), ProblemType::Regressions), Ok(vec![1.0]));
        assert_eq!(told(Label::None, ProblemType::SingleLabel), Ok(vec![]));
        assert_eq!(
            told(Label::Float(0.5), ProblemType::SingleLabel),
            Err("field 'label': is 0.5; give a class, an integer from 0".to_owned())
        );
        assert_eq!(
            told(Label::Ints(vec![-1]), ProblemType::MultiLabel),
            Err("field 'label': is a list of 1 numbers; give a list of classes, integers from 0".to_owned())
        );
    }

    #[test]
    fn a_desirable_response_is_true_or_one() {
        assert_eq!(desirable(&Label::Int(0)), Ok(false));
        assert_eq!(desirable(&Label::Float(1.0)), Ok(true));
        assert_eq!(desirable(&Label::Int(-1)).unwrap_err().to_string(), "field 'label': is -1; give true or false");
        assert_eq!(desirable(&Label::None).unwrap_err().kind, RowErrorKind::MissingField);
        assert_eq!(similarity(&Label::None), Ok(1.0));
    }
}
