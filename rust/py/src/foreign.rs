//! Rows that a template's hooks encode, in Python, one by one.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use swiftcore::batch::{Foreign, ForeignRow};
use swiftcore::encoded::Encoded;
use swiftcore::error::{RowError, RowErrorKind};
use swiftcore::task::{Count, EncodedRow, Layout, SideLayout, TargetKind, Values};
use swiftcore::warning::{RowWarning, WarningKind};

use crate::errors::keep_raised;
use crate::pickle::{Refused, refused_row};

/// The key that says of a row that it was longer.
const IS_CUT: &str = "_is_cut";

/// The key of the warnings about a row, each a kind and a field.
const WARNINGS: &str = "_warnings";

/// What came of a row in Python: rows, or why it was refused.
#[derive(FromPyObject)]
pub enum Given<'py> {
    Rows(Vec<Bound<'py, PyDict>>),
    Refused(Refused),
}

impl Given<'_> {
    /// The rows as columns take them.
    pub fn read(self, layout: &Layout) -> Result<Vec<ForeignRow>, RowError> {
        match self {
            Self::Rows(rows) => rows.iter().map(|row| read(row, layout)).collect(),
            Self::Refused(refused) => Err(refused_row(refused)),
        }
    }
}

/// A Python function that encodes a row, given as JSON text.
#[derive(Debug)]
pub struct Hook {
    pub function: Py<PyAny>,
    pub layout: Layout,
}

impl Foreign for Hook {
    fn encode(&self, row: &str) -> Result<Vec<ForeignRow>, RowError> {
        Python::attach(|py| {
            let given = self.function.bind(py).call1((row,)).and_then(|given| given.extract::<Given>());
            // The function itself gives refusals; what it raises is a defect, or Ctrl-C.
            given.map_err(|error| misfit(&error.to_string()).with_raised(keep_raised(py, error)))?.read(&self.layout)
        })
    }
}

fn misfit(detail: &str) -> RowError {
    RowError::new(RowErrorKind::Hook, detail)
}

fn read(row: &Bound<'_, PyDict>, layout: &Layout) -> Result<ForeignRow, RowError> {
    let mut sequences = Vec::new();
    for (index, side) in layout.sides.iter().enumerate() {
        read_side(row, side, index, &mut sequences)?;
    }
    let values = Values {
        margin: if layout.margin { field(row, "margin")? } else { None },
        ..match layout.target {
            Some(target) => read_target(row, target.name, target.kind)?,
            None => Values::default(),
        }
    };
    let warnings: Vec<(String, String)> = field(row, WARNINGS)?.unwrap_or_default();
    let warnings =
        warnings.into_iter().filter_map(|(kind, field)| Some(RowWarning::new(WarningKind::from_name(&kind)?, field)));
    Ok(ForeignRow {
        row: EncodedRow { sequences, values },
        is_cut: row.contains(IS_CUT).unwrap_or(false),
        warnings: warnings.collect(),
    })
}

fn read_side(
    row: &Bound<'_, PyDict>,
    side: &SideLayout,
    index: usize,
    sequences: &mut Vec<(usize, Encoded)>,
) -> Result<(), RowError> {
    let name = |column: &str| format!("{}{column}", side.prefix);
    let ids = name("input_ids");
    if side.count == Count::Many {
        let all: Vec<Vec<i32>> = field(row, &ids)?.unwrap_or_default();
        let labels: Vec<Option<Vec<i32>>> = field(row, &name("labels")).ok().flatten().unwrap_or_default();
        for (at, input_ids) in all.into_iter().enumerate() {
            let labels = labels.get(at).cloned().flatten().unwrap_or_default();
            sequences.push((index, Encoded { input_ids, labels, loss_scale: Vec::new() }));
        }
        return Ok(());
    }
    match field(row, &ids)? {
        Some(input_ids) => {
            let labels = if side.prefix.is_empty() || row.contains(name("labels")).unwrap_or(false) {
                read_labels(row, &name("labels"))?
            } else {
                Vec::new()
            };
            let loss_scale = field(row, &name("loss_scale"))?.unwrap_or_default();
            sequences.push((index, Encoded { input_ids, labels, loss_scale }));
            Ok(())
        }
        None if side.count == Count::Optional => Ok(()),
        None => Err(misfit(&format!("the template's class gave no {ids}; a batch is made of them"))),
    }
}

/// Labels of tokens; those of a classifier are no list, and are its target.
fn read_labels(row: &Bound<'_, PyDict>, name: &str) -> Result<Vec<i32>, RowError> {
    let labels = row.get_item(name).ok().flatten();
    match labels {
        Some(labels) if labels.is_instance_of::<PyList>() => {
            labels.extract().map_err(|error| misfit(&format!("{name}: {error}")))
        }
        _ => Ok(Vec::new()),
    }
}

fn read_target(row: &Bound<'_, PyDict>, name: &str, kind: TargetKind) -> Result<Values, RowError> {
    let target: Option<Vec<f64>> = match kind {
        TargetKind::Bool => field::<bool>(row, name)?.map(|flag| vec![f64::from(u8::from(flag))]),
        TargetKind::Int | TargetKind::Float => field::<f64>(row, name)?.map(|number| vec![number]),
        TargetKind::Ints | TargetKind::Floats => field(row, name)?,
    };
    Ok(Values { has_target: target.is_some(), target: target.unwrap_or_default(), margin: None })
}

/// The value under `name`; `None` where there is none.
fn field<'py, T>(row: &Bound<'py, PyDict>, name: &str) -> Result<Option<T>, RowError>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    let found = row.get_item(name).map_err(|error| misfit(&error.to_string()))?;
    match found {
        None => Ok(None),
        Some(value) if value.is_none() => Ok(None),
        Some(value) => match value.extract::<T>() {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let error: PyErr = error.into();
                Err(misfit(&format!("{name}: {error}")))
            }
        },
    }
}
