//! Encoded columns as the table that is written: `List` where memory has `LargeList`, because
//! every reader knows it.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Int32Array, ListArray, RecordBatch};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::batch::{Columns, INPUT_IDS, LABELS, LENGTH, LOSS_SCALE};
use crate::error::Error;
use crate::template::Options;

/// The schema of an output with the columns `kept` of its input. Everything may be null as far as
/// the schema is concerned, as in files that `datasets` writes.
pub(in crate::data) fn schema(options: &Options, kept: Vec<Field>) -> SchemaRef {
    let ragged = |name: &str, item: DataType| Field::new_list(name, Field::new_list_field(item, true), true);
    let mut fields = vec![ragged(INPUT_IDS, DataType::Int32)];
    if options.is_training() {
        fields.push(ragged(LABELS, DataType::Int32));
    }
    if options.gives_loss_scale() {
        fields.push(ragged(LOSS_SCALE, DataType::Float32));
    }
    fields.push(Field::new(LENGTH, DataType::Int32, true));
    fields.extend(kept);
    Arc::new(Schema::new(fields))
}

/// The table of `columns`, which are not copied, and the columns `kept` of their input.
///
/// # Errors
///
/// [`Error::Internal`] where the columns do not fit together, a defect.
pub(in crate::data) fn table(columns: &Columns, kept: Vec<ArrayRef>, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let internal = |error: &dyn std::fmt::Display| Error::Internal { detail: error.to_string() };
    let offsets: Result<Vec<i32>, _> = columns.offsets.iter().map(|offset| i32::try_from(*offset)).collect();
    // A chunk of text is of bounded size, and has fewer tokens than bytes.
    let offsets = OffsetBuffer::new(offsets.map_err(|error| internal(&error))?.into());
    let ragged = |values: ArrayRef| -> ArrayRef {
        let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        Arc::new(ListArray::new(item, offsets.clone(), values, None))
    };
    let ints = |values: &ScalarBuffer<i32>| Arc::new(Int32Array::new(values.clone(), None));
    let mut arrays: Vec<ArrayRef> = vec![ragged(ints(&columns.input_ids))];
    arrays.extend(columns.labels.as_ref().map(|labels| ragged(ints(labels))));
    let weights = |weights: &ScalarBuffer<f32>| ragged(Arc::new(Float32Array::new(weights.clone(), None)));
    arrays.extend(columns.loss_scale.as_ref().map(weights));
    arrays.push(ints(&columns.length));
    arrays.extend(kept);
    RecordBatch::try_new(schema.clone(), arrays).map_err(|error| internal(&error))
}
