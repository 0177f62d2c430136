//! A batch of encoded rows as named columns: flat values and offsets, shared without copying with
//! whoever reads Arrow, NumPy or torch.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, GenericListArray, Int32Array, Int64Array, OffsetSizeTrait,
    RecordBatch,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::IGNORE_INDEX;
use crate::error::{Error, RowError};
use crate::task::{Count, SideLayout, TargetKind};
use crate::template::Options;
use crate::warning::WarningCounts;

pub const INPUT_IDS: &str = "input_ids";
pub const LABELS: &str = "labels";
pub const LOSS_SCALE: &str = "loss_scale";
pub const LENGTH: &str = "length";
pub const MARGIN: &str = "margin";
pub const ROW_INDEX: &str = "row_index";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Ids,
    /// A label a token.
    Labels,
    /// A weight a token.
    Weights,
    /// Another value a token, see [`TokenColumn`](crate::template::TokenColumn).
    Token,
    /// How many tokens a sequence has.
    Length,
    Margin,
    /// What a row tells beside its tokens.
    Target,
}

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    Int32,
    Float32,
    Float64,
    Bool,
}

/// How a column's values belong to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One value a row.
    Scalar,
    /// A list of values a row.
    List,
    /// A list of sequences a row, each a list of values.
    Lists,
}

/// What a column is, before there are rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    pub name: String,
    pub role: Role,
    pub item: Item,
    pub nesting: Nesting,
    /// Whether rows may have none.
    pub nullable: bool,
}

impl ColumnSpec {
    fn of_side(side: &SideLayout, name: &str, role: Role, item: Item, nesting: Nesting) -> Self {
        let nullable = side.count == Count::Optional;
        Self { name: format!("{}{name}", side.prefix), role, item, nesting, nullable }
    }

    /// The columns of rows under `options`, but for [`ROW_INDEX`].
    pub fn all(options: &Options) -> Vec<Self> {
        let layout = options.layout();
        let mut specs = Vec::new();
        for side in layout.sides {
            let (inner, outer) = match side.count {
                Count::Many => (Nesting::Lists, Nesting::List),
                Count::One | Count::Optional => (Nesting::List, Nesting::Scalar),
            };
            specs.push(Self::of_side(side, INPUT_IDS, Role::Ids, Item::Int32, inner));
            if options.gives_labels() {
                specs.push(Self::of_side(side, LABELS, Role::Labels, Item::Int32, inner));
            }
            if options.gives_loss_scale() {
                specs.push(Self::of_side(side, LOSS_SCALE, Role::Weights, Item::Float32, inner));
            }
            if let Some(column) = options.token_column {
                specs.push(Self::of_side(side, column.as_str(), Role::Token, Item::Int32, inner));
            }
            specs.push(Self::of_side(side, LENGTH, Role::Length, Item::Int32, outer));
        }
        let beside =
            |name: &str, role, (item, nesting), nullable| Self { name: name.to_owned(), role, item, nesting, nullable };
        if layout.margin {
            specs.push(beside(MARGIN, Role::Margin, (Item::Float32, Nesting::Scalar), true));
        }
        if let Some(target) = layout.target {
            specs.push(beside(target.name, Role::Target, shape_of(target.kind), target.is_optional));
        }
        specs
    }

    /// The column as Arrow describes it; lists are `LargeList` with `O` of 64 bits.
    pub fn field<O: OffsetSizeTrait>(&self, nullable: bool) -> Field {
        let list = |item: DataType| {
            let item = Arc::new(Field::new_list_field(item, nullable));
            if O::IS_LARGE { DataType::LargeList(item) } else { DataType::List(item) }
        };
        let item = match self.item {
            Item::Int32 => DataType::Int32,
            Item::Float32 => DataType::Float32,
            Item::Float64 => DataType::Float64,
            Item::Bool => DataType::Boolean,
        };
        let data_type = match self.nesting {
            Nesting::Scalar => item,
            Nesting::List => list(item),
            Nesting::Lists => list(list(item)),
        };
        Field::new(&self.name, data_type, nullable || self.nullable)
    }
}

fn shape_of(kind: TargetKind) -> (Item, Nesting) {
    match kind {
        TargetKind::Bool => (Item::Bool, Nesting::Scalar),
        TargetKind::Int => (Item::Int32, Nesting::Scalar),
        TargetKind::Float => (Item::Float32, Nesting::Scalar),
        TargetKind::Ints => (Item::Int32, Nesting::List),
        TargetKind::Floats => (Item::Float32, Nesting::List),
    }
}

/// The values of a column, flat.
#[derive(Debug, Clone)]
pub enum Values {
    Int32(ScalarBuffer<i32>),
    Float32(ScalarBuffer<f32>),
    Float64(ScalarBuffer<f64>),
    /// 0 or 1 a value.
    Bool(ScalarBuffer<u8>),
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Self::Int32(values) => values.len(),
            Self::Float32(values) => values.len(),
            Self::Float64(values) => values.len(),
            Self::Bool(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column {
    pub spec: ColumnSpec,
    pub values: Values,
    /// Where each list of values begins, and the last one ends; none for scalars.
    pub offsets: Option<OffsetBuffer<i64>>,
    /// Which lists belong to which row, where a row has several.
    pub row_offsets: Option<OffsetBuffer<i64>>,
    /// Which rows have a value, where some have none.
    pub nulls: Option<NullBuffer>,
}

impl Column {
    /// The values, where they are integers.
    pub fn ints(&self) -> &[i32] {
        if let Values::Int32(values) = &self.values { values } else { &[] }
    }

    /// The values, where they are floats of 32 bits.
    pub fn floats(&self) -> &[f32] {
        if let Values::Float32(values) = &self.values { values } else { &[] }
    }

    /// Which lists belong to row `row`; the row's own number where it has one.
    pub fn lists(&self, row: usize) -> std::ops::Range<usize> {
        match &self.row_offsets {
            Some(rows) => rows[row] as usize..rows[row + 1] as usize,
            None => row..row + 1,
        }
    }

    /// Where the values of list `list` begin and end.
    pub fn range(&self, list: usize) -> std::ops::Range<usize> {
        match &self.offsets {
            Some(offsets) => offsets[list] as usize..offsets[list + 1] as usize,
            None => list..list + 1,
        }
    }

    /// Whether row `row` has no value.
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// The column for Arrow, with offsets of `O`; those of 64 bits are shared.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] where there are more values than `O` counts, or the parts do not fit.
    pub fn array<O: OffsetSizeTrait>(&self, nullable: bool) -> Result<ArrayRef, Error> {
        let lists = |offsets: &OffsetBuffer<i64>, values: ArrayRef, nulls| -> Result<ArrayRef, Error> {
            let item = Arc::new(Field::new_list_field(values.data_type().clone(), nullable));
            let array = GenericListArray::<O>::try_new(item, offsets_as(offsets)?, values, nulls).map_err(internal)?;
            Ok(Arc::new(array))
        };
        let own_nulls = if self.offsets.is_none() { self.nulls.clone() } else { None };
        let values: ArrayRef = match &self.values {
            Values::Int32(values) => Arc::new(Int32Array::try_new(values.clone(), own_nulls).map_err(internal)?),
            Values::Float32(values) => Arc::new(Float32Array::try_new(values.clone(), own_nulls).map_err(internal)?),
            Values::Float64(values) => Arc::new(Float64Array::try_new(values.clone(), own_nulls).map_err(internal)?),
            Values::Bool(values) => {
                Arc::new(BooleanArray::new(values.iter().map(|value| *value != 0).collect(), own_nulls))
            }
        };
        match (&self.offsets, &self.row_offsets) {
            (None, _) => Ok(values),
            (Some(offsets), None) => lists(offsets, values, self.nulls.clone()),
            (Some(offsets), Some(rows)) => lists(rows, lists(offsets, values, None)?, self.nulls.clone()),
        }
    }
}

/// The same offsets in another width.
fn offsets_as<O: OffsetSizeTrait>(offsets: &OffsetBuffer<i64>) -> Result<OffsetBuffer<O>, Error> {
    if O::IS_LARGE {
        let shared = ScalarBuffer::new(offsets.inner().inner().clone(), 0, offsets.len());
        return Ok(OffsetBuffer::new(shared));
    }
    let narrow = |offset: &i64| O::from_usize(*offset as usize).filter(|_| i32::try_from(*offset).is_ok());
    let offsets: Option<Vec<O>> = offsets.iter().map(narrow).collect();
    // A chunk of text is of bounded size, and has fewer tokens than bytes.
    offsets.map(|offsets| OffsetBuffer::new(offsets.into())).ok_or_else(|| internal("too many values for one table"))
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal { detail: error.to_string() }
}

/// Encoded rows.
#[derive(Debug, Clone)]
pub struct Columns {
    pub columns: Vec<Column>,
    /// Which input row each row came from; `split` makes several of one.
    pub row_index: ScalarBuffer<i64>,
    /// The rows that were refused, in order, and why.
    pub refused: Vec<RowError>,
    /// How many rows had no token to train on, whether they were kept or not; under `split` each part counts.
    pub untrainable: u64,
    /// How many rows are a part of a longer one.
    pub truncated: u64,
    /// How many rows were left out because they are too long, under [`Truncation::Delete`](crate::template::Truncation).
    pub deleted: u64,
    /// What was found in rows that were encoded all the same.
    pub warnings: WarningCounts,
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

    /// The column named `name`.
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.spec.name == name)
    }

    fn of_role(&self, role: Role) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.spec.role == role)
    }

    /// How many tokens there are, on all sides of all rows.
    pub fn tokens(&self) -> usize {
        self.of_role(Role::Ids).map(|column| column.values.len()).sum()
    }

    /// How many tokens have a label.
    pub fn trained_tokens(&self) -> u64 {
        let trained = |column: &Column| column.ints().iter().filter(|label| **label != IGNORE_INDEX).count() as u64;
        self.of_role(Role::Labels).map(trained).sum()
    }

    /// How many tokens each row has, on all its sides.
    pub fn lengths(&self) -> Vec<u64> {
        let mut lengths = vec![0; self.len()];
        for column in self.of_role(Role::Length) {
            for (row, length) in lengths.iter_mut().enumerate() {
                *length +=
                    column.ints()[column.range(row)].iter().map(|length| u64::from(length.unsigned_abs())).sum::<u64>();
            }
        }
        lengths
    }

    /// The columns as one Arrow record batch, lists as `LargeList`.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] where the columns do not fit together, a defect.
    pub fn record_batch(&self) -> Result<RecordBatch, Error> {
        let mut fields: Vec<Field> = self.columns.iter().map(|column| column.spec.field::<i64>(false)).collect();
        let mut arrays =
            self.columns.iter().map(|column| column.array::<i64>(false)).collect::<Result<Vec<_>, Error>>()?;
        fields.push(Field::new(ROW_INDEX, DataType::Int64, false));
        arrays.push(Arc::new(Int64Array::new(self.row_index.clone(), None)));
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(internal)
    }

    /// The schema of [`Columns::record_batch`] under `options`.
    pub fn schema(options: &Options) -> SchemaRef {
        let specs = ColumnSpec::all(options);
        let fields = specs.iter().map(|spec| spec.field::<i64>(false));
        let row_index = Field::new(ROW_INDEX, DataType::Int64, false);
        Arc::new(Schema::new(fields.chain([row_index]).collect::<Vec<_>>()))
    }
}
