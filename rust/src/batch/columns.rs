//! A batch of encoded rows as flat columns: values and offsets, shared without copying with
//! whoever reads Arrow, NumPy or torch.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Int32Array, Int64Array, LargeListArray, RecordBatch};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::encoded::View;
use crate::error::{Error, RowError};
use crate::template::Options;

pub const INPUT_IDS: &str = "input_ids";
pub const LABELS: &str = "labels";
pub const LOSS_SCALE: &str = "loss_scale";
pub const LENGTH: &str = "length";
pub const ROW_INDEX: &str = "row_index";

/// Encoded rows. The ragged columns share one vector of offsets: row `i` is
/// `offsets[i]..offsets[i + 1]` of each.
#[derive(Debug, Clone)]
pub struct Columns {
    pub input_ids: ScalarBuffer<i32>,
    /// `None` outside training.
    pub labels: Option<ScalarBuffer<i32>>,
    /// `None` where the settings give no weights.
    pub loss_scale: Option<ScalarBuffer<f32>>,
    pub offsets: OffsetBuffer<i64>,
    /// Which input row each row came from; `split` makes several of one.
    pub row_index: ScalarBuffer<i64>,
    /// The number of tokens of each row.
    pub length: ScalarBuffer<i32>,
    /// The rows that were refused, in order, and why.
    pub refused: Vec<RowError>,
    /// How many rows had no token to train on, whether they were kept or not.
    pub untrainable: u64,
    /// How many rows are a part of a longer one.
    pub truncated: u64,
}

impl Columns {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.row_index.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.row_index.is_empty()
    }

    /// Where row `row` begins and ends in the ragged columns.
    pub fn range(&self, row: usize) -> std::ops::Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    /// The columns by name, the ragged ones as `LargeList`.
    pub fn arrays(&self) -> Vec<(&'static str, ArrayRef)> {
        let ragged = |values: ArrayRef| -> ArrayRef {
            let item = Arc::new(Field::new_list_field(values.data_type().clone(), false));
            Arc::new(LargeListArray::new(item, self.offsets.clone(), values, None))
        };
        let ints = |values: &ScalarBuffer<i32>| Arc::new(Int32Array::new(values.clone(), None));
        let mut arrays: Vec<(&'static str, ArrayRef)> = vec![(INPUT_IDS, ragged(ints(&self.input_ids)))];
        if let Some(labels) = &self.labels {
            arrays.push((LABELS, ragged(ints(labels))));
        }
        if let Some(weights) = &self.loss_scale {
            arrays.push((LOSS_SCALE, ragged(Arc::new(Float32Array::new(weights.clone(), None)))));
        }
        arrays.push((LENGTH, ints(&self.length)));
        arrays.push((ROW_INDEX, Arc::new(Int64Array::new(self.row_index.clone(), None))));
        arrays
    }

    /// The columns as one Arrow record batch.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] where the columns do not fit together, a defect.
    pub fn record_batch(&self) -> Result<RecordBatch, Error> {
        let (names, arrays): (Vec<_>, Vec<_>) = self.arrays().into_iter().unzip();
        let fields: Vec<Field> = names
            .iter()
            .zip(&arrays)
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), false))
            .collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .map_err(|error| Error::Internal { detail: error.to_string() })
    }

    /// The schema of [`Columns::record_batch`] under `options`.
    pub fn schema(options: &Options) -> SchemaRef {
        let ragged =
            |name: &str, item: DataType| Field::new_large_list(name, Field::new_list_field(item, false), false);
        let mut fields = vec![ragged(INPUT_IDS, DataType::Int32)];
        if options.is_training() {
            fields.push(ragged(LABELS, DataType::Int32));
        }
        if options.gives_loss_scale() {
            fields.push(ragged(LOSS_SCALE, DataType::Float32));
        }
        fields.push(Field::new(LENGTH, DataType::Int32, false));
        fields.push(Field::new(ROW_INDEX, DataType::Int64, false));
        Arc::new(Schema::new(fields))
    }
}

/// Columns while they grow, on one thread.
#[derive(Debug, Default)]
pub(super) struct Growing {
    pub input_ids: Vec<i32>,
    pub labels: Vec<i32>,
    pub loss_scale: Vec<f32>,
    pub length: Vec<i32>,
    pub row_index: Vec<i64>,
    pub refused: Vec<RowError>,
    pub untrainable: u64,
    pub truncated: u64,
}

impl Growing {
    pub fn push(&mut self, row: View<'_>, index: u64) {
        self.input_ids.extend_from_slice(row.input_ids);
        self.labels.extend_from_slice(row.labels);
        self.loss_scale.extend(row.loss_scale.iter().map(|weight| *weight as f32));
        self.length.push(row.input_ids.len() as i32);
        self.row_index.push(index as i64);
        self.truncated += u64::from(row.is_cut);
    }

    /// How far each column reaches: [rows, tokens, refused].
    pub fn marks(&self) -> [usize; 3] {
        [self.row_index.len(), self.input_ids.len(), self.refused.len()]
    }
}

/// Gathers what the threads grew. `pieces` are ranges of `grown`, in the order of the rows: the
/// thread, and its marks before and after.
pub(super) fn gather(grown: Vec<Growing>, pieces: &[(usize, [usize; 3], [usize; 3])], options: &Options) -> Columns {
    let untrainable = grown.iter().map(|part| part.untrainable).sum();
    let truncated = grown.iter().map(|part| part.truncated).sum();
    let whole = match <[Growing; 1]>::try_from(grown) {
        // A single thread grew the columns in order already.
        Ok([only]) => only,
        Err(grown) => join(&grown, pieces),
    };
    let offsets = offsets_of(&whole.length);
    Columns {
        input_ids: whole.input_ids.into(),
        labels: options.is_training().then(|| whole.labels.into()),
        loss_scale: options.gives_loss_scale().then(|| whole.loss_scale.into()),
        offsets,
        row_index: whole.row_index.into(),
        length: whole.length.into(),
        refused: whole.refused,
        untrainable,
        truncated,
    }
}

/// Where rows of these lengths begin, and the last one ends.
pub fn offsets_of(lengths: &[i32]) -> OffsetBuffer<i64> {
    let mut offsets = Vec::with_capacity(lengths.len() + 1);
    let mut end = 0i64;
    offsets.push(end);
    offsets.extend(lengths.iter().map(|length| {
        end += i64::from(*length);
        end
    }));
    OffsetBuffer::new(offsets.into())
}

fn join(grown: &[Growing], pieces: &[(usize, [usize; 3], [usize; 3])]) -> Growing {
    let mut whole = Growing::default();
    whole.input_ids.reserve_exact(grown.iter().map(|part| part.input_ids.len()).sum());
    whole.labels.reserve_exact(grown.iter().map(|part| part.labels.len()).sum());
    whole.loss_scale.reserve_exact(grown.iter().map(|part| part.loss_scale.len()).sum());
    for (thread, [row, token, refused], [row_end, token_end, refused_end]) in pieces {
        let part = &grown[*thread];
        whole.input_ids.extend_from_slice(&part.input_ids[*token..*token_end]);
        whole.labels.extend_from_slice(part.labels.get(*token..*token_end).unwrap_or_default());
        whole.loss_scale.extend_from_slice(part.loss_scale.get(*token..*token_end).unwrap_or_default());
        whole.length.extend_from_slice(&part.length[*row..*row_end]);
        whole.row_index.extend_from_slice(&part.row_index[*row..*row_end]);
        whole.refused.extend_from_slice(&part.refused[*refused..*refused_end]);
    }
    whole
}
