//! Encoded columns as the table that is written: `List` where memory has `LargeList`, because
//! every reader knows it.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};

use crate::batch::{ColumnSpec, Columns};
use crate::error::Error;
use crate::template::Options;

/// The schema of an output with the columns `kept` of its input. Everything may be null as far as
/// the schema is concerned, as in files that `datasets` writes.
pub(in crate::data) fn schema(options: &Options, kept: Vec<Field>) -> SchemaRef {
    let mut fields: Vec<Field> = ColumnSpec::all(options).iter().map(|spec| spec.field::<i32>(true)).collect();
    fields.extend(kept);
    Arc::new(Schema::new(fields))
}

/// The table of `columns`, whose values are not copied, and the columns `kept` of their input.
///
/// # Errors
///
/// [`Error::Internal`] where the columns do not fit together, a defect.
pub(in crate::data) fn table(columns: &Columns, kept: Vec<ArrayRef>, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let mut arrays = columns.columns.iter().map(|column| column.array::<i32>(true)).collect::<Result<Vec<_>, _>>()?;
    arrays.extend(kept);
    RecordBatch::try_new(schema.clone(), arrays).map_err(|error| Error::Internal { detail: error.to_string() })
}
