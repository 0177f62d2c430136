//! Rows while they grow, one set a thread: what they have beside their tokens, and the tokens of the stride that is
//! open.

use std::mem::take;

use arrow_buffer::{NullBuffer, OffsetBuffer};

use super::columns::{Column, ColumnSpec, Columns, Item, Nesting, Role, Values};
use super::strip::{Strip, StripMark, Tokens};
use crate::encoded::View;
use crate::error::{RowError, RowErrorKind};
use crate::task::{Count, Layout, MOST_SIDES, SideLayout, TargetKind, Values as RowValues};
use crate::template::{Options, TokenColumn, Truncation};
use crate::warning::WarningCounts;

/// Rows while they grow, on one thread.
#[derive(Debug)]
pub(super) struct Growing {
    layout: Layout,
    sides: Vec<GrowingSide>,
    /// Not a number where a row has none.
    margin: Vec<f32>,
    target: Vec<f64>,
    /// How many numbers of `target` each row has; -1 where it has no target.
    target_counts: Vec<i32>,
    row_index: Vec<i64>,
    /// Whether a sequence of the open row is a part of a longer one.
    is_cut: bool,
    pub refused: Vec<RowError>,
    pub untrainable: u64,
    pub truncated: u64,
    /// How many rows were left out because they are too long.
    pub deleted: u64,
    pub warnings: WarningCounts,
    /// Whether weights are kept in 64 bits.
    is_wide: bool,
    /// The tokens of the stride that is open.
    pub strip: Strip,
}

/// The sequences of one side.
#[derive(Debug, Default)]
struct GrowingSide {
    /// How many tokens each sequence has.
    lengths: Vec<i32>,
    /// How many sequences each row has, where that is not one.
    counts: Vec<i32>,
    /// How many sequences belong to rows that are whole.
    sealed: usize,
}

/// How far rows reach.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks {
    rows: usize,
    refused: usize,
    target: usize,
    /// How many sequences each side has.
    sequences: [usize; MOST_SIDES],
    strip: [StripMark; MOST_SIDES],
}

impl Growing {
    pub fn new(layout: &Layout, is_wide: bool) -> Self {
        Self {
            layout: *layout,
            sides: layout.sides.iter().map(|_| GrowingSide::default()).collect(),
            margin: Vec::new(),
            target: Vec::new(),
            target_counts: Vec::new(),
            row_index: Vec::new(),
            is_cut: false,
            refused: Vec::new(),
            untrainable: 0,
            truncated: 0,
            deleted: 0,
            warnings: WarningCounts::default(),
            is_wide,
            strip: Strip::default(),
        }
    }

    /// Without rows, and otherwise the same.
    pub fn like(&self) -> Self {
        Self::new(&self.layout, self.is_wide)
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.row_index.len()
    }

    /// Makes room for so many rows with a sequence each, on the first side, and nothing beside it.
    pub fn reserve(&mut self, rows: usize) {
        self.row_index.reserve(rows);
        if let Some(side) = self.sides.first_mut() {
            side.lengths.reserve(rows);
        }
    }

    /// Adds a sequence of the row that is open.
    pub fn sequence(&mut self, side: usize, sequence: View<'_>) {
        self.strip.push(side, sequence, self.is_wide);
        self.sides[side].lengths.push(sequence.input_ids.len() as i32);
        self.is_cut |= sequence.is_cut;
    }

    /// The row that is open is whole; it came from the input row `index`.
    pub fn end(&mut self, values: &RowValues, index: u64) {
        for (side, layout) in self.sides.iter_mut().zip(self.layout.sides) {
            if layout.count != Count::One {
                side.counts.push((side.lengths.len() - side.sealed) as i32);
                side.sealed = side.lengths.len();
            }
        }
        if self.layout.margin {
            self.margin.push(values.margin.map_or(f32::NAN, |margin| margin as f32));
        }
        if self.layout.target.is_some() {
            self.target.extend_from_slice(&values.target);
            self.target_counts.push(if values.has_target { values.target.len() as i32 } else { -1 });
        }
        self.row_index.push(index as i64);
        self.truncated += u64::from(take(&mut self.is_cut));
    }

    /// Records that row `index` cannot be encoded: as deleted where `options` delete rows that are too long, else as
    /// refused.
    pub fn reject(&mut self, error: RowError, index: u64, options: &Options) {
        if error.kind == RowErrorKind::TooLong && options.truncation_strategy == Truncation::Delete {
            self.deleted += 1;
        } else {
            self.refused.push(error.at_row(index));
        }
    }

    /// How far each column reaches.
    pub fn marks(&self) -> Marks {
        let mut sequences = [0; MOST_SIDES];
        for (mark, side) in sequences.iter_mut().zip(&self.sides) {
            *mark = side.lengths.len();
        }
        Marks {
            rows: self.row_index.len(),
            refused: self.refused.len(),
            target: self.target.len(),
            sequences,
            strip: self.strip.marks(),
        }
    }

    /// Forgets everything behind `marks`, which are of the stride that is open, but for the refused rows and the counts
    /// of rows.
    pub fn truncate(&mut self, marks: &Marks) {
        for (sequences, side) in marks.sequences.iter().zip(&mut self.sides) {
            side.lengths.truncate(*sequences);
            side.counts.truncate(marks.rows);
            side.sealed = *sequences;
        }
        self.strip.truncate(&marks.strip);
        self.margin.truncate(marks.rows);
        self.target.truncate(marks.target);
        self.target_counts.truncate(marks.rows);
        self.row_index.truncate(marks.rows);
        self.is_cut = false;
    }

    /// Appends the rows of `part` between `from` and `to`, but for their tokens.
    pub fn append(&mut self, part: &Self, from: &Marks, to: &Marks) {
        for (index, (side, other)) in self.sides.iter_mut().zip(&part.sides).enumerate() {
            let sequences = from.sequences[index]..to.sequences[index];
            side.lengths.extend_from_slice(&other.lengths[sequences]);
            side.counts.extend_from_slice(other.counts.get(from.rows..to.rows).unwrap_or_default());
        }
        self.margin.extend_from_slice(part.margin.get(from.rows..to.rows).unwrap_or_default());
        self.target.extend_from_slice(&part.target[from.target..to.target]);
        self.target_counts.extend_from_slice(part.target_counts.get(from.rows..to.rows).unwrap_or_default());
        self.row_index.extend_from_slice(&part.row_index[from.rows..to.rows]);
        self.refused.extend_from_slice(&part.refused[from.refused..to.refused]);
    }
}

/// Gives what grew, whose sides have these `tokens`, its names, in the order of [`ColumnSpec::all`].
pub(super) fn finish(
    whole: Growing,
    tokens: Vec<Tokens>,
    options: &Options,
    untrainable: u64,
    truncated: u64,
    deleted: u64,
    warnings: WarningCounts,
) -> Columns {
    let Growing { layout, sides, margin, target, target_counts, row_index, refused, is_wide, .. } = whole;
    let mut columns = Vec::new();
    for ((side, tokens), described) in sides.into_iter().zip(tokens).zip(layout.sides) {
        side.finish(tokens, described, is_wide, options.token_column, &mut columns);
    }
    if layout.margin {
        let missing = nulls(margin.iter().map(|margin| !margin.is_nan()));
        let values = Values::Float32(margin.into());
        columns.push(Parts { nulls: missing, ..Parts::of(Role::Margin, values) });
    }
    if let Some(described) = layout.target {
        columns.push(finish_target(described.kind, &target, &target_counts));
    }
    let mut parts = columns.into_iter();
    // A side gives labels and weights whatever the options say; those that nobody asked for are left out.
    let columns = ColumnSpec::all(options)
        .into_iter()
        .filter_map(|mut spec| {
            let part = parts.find(|part| part.role == spec.role)?;
            if let Values::Float64(_) = part.values {
                spec.item = Item::Float64;
            }
            let row_offsets = if spec.nesting == Nesting::Lists { part.row_offsets } else { None };
            Some(Column { spec, values: part.values, offsets: part.offsets, row_offsets, nulls: part.nulls })
        })
        .collect();
    Columns { columns, row_index: row_index.into(), refused, untrainable, truncated, deleted, warnings }
}

/// A column without its name.
struct Parts {
    role: Role,
    values: Values,
    offsets: Option<OffsetBuffer<i64>>,
    row_offsets: Option<OffsetBuffer<i64>>,
    nulls: Option<NullBuffer>,
}

impl Parts {
    fn of(role: Role, values: Values) -> Self {
        Self { role, values, offsets: None, row_offsets: None, nulls: None }
    }
}

impl GrowingSide {
    fn finish(
        self,
        tokens: Tokens,
        described: &SideLayout,
        is_wide: bool,
        token_column: Option<TokenColumn>,
        columns: &mut Vec<Parts>,
    ) {
        let token_values: Option<Vec<i32>> =
            token_column.map(|column| self.lengths.iter().flat_map(|length| column.values(*length as usize)).collect());
        let sequences = offsets_of(&self.lengths);
        let (offsets, row_offsets, missing, lengths) = match described.count {
            Count::One => (sequences, None, None, self.lengths),
            Count::Many => (sequences, Some(offsets_of(&self.counts)), None, self.lengths),
            Count::Optional => {
                // A row without a sequence has an empty one, and is null.
                let mut given = self.lengths.iter();
                let lengths: Vec<i32> = self
                    .counts
                    .iter()
                    .map(|count| if *count > 0 { given.next().copied().unwrap_or(0) } else { 0 })
                    .collect();
                (offsets_of(&lengths), None, nulls(self.counts.iter().map(|count| *count > 0)), lengths)
            }
        };
        let list = |role, values| Parts {
            offsets: Some(offsets.clone()),
            row_offsets: row_offsets.clone(),
            nulls: missing.clone(),
            ..Parts::of(role, values)
        };
        columns.push(list(Role::Ids, Values::Int32(tokens.input_ids.into())));
        columns.push(list(Role::Labels, Values::Int32(tokens.labels.into())));
        let weights = if is_wide {
            Values::Float64(tokens.wide_loss_scale.into())
        } else {
            Values::Float32(tokens.loss_scale.into())
        };
        columns.push(list(Role::Weights, weights));
        columns.extend(token_values.map(|values| list(Role::Token, Values::Int32(values.into()))));
        columns.push(Parts {
            offsets: row_offsets.clone(),
            nulls: missing.clone(),
            ..Parts::of(Role::Length, Values::Int32(lengths.into()))
        });
    }
}

fn finish_target(kind: TargetKind, target: &[f64], counts: &[i32]) -> Parts {
    let missing = nulls(counts.iter().map(|count| *count >= 0));
    let lists: Vec<i32> = counts.iter().map(|count| (*count).max(0)).collect();
    // A row without a number has a place in a column of numbers all the same.
    let mut given = target.iter();
    let each = counts.iter().map(|count| if *count > 0 { given.next().copied().unwrap_or(0.0) } else { 0.0 });
    let (values, offsets) = match kind {
        TargetKind::Bool => (Values::Bool(each.map(|flag| u8::from(flag != 0.0)).collect()), None),
        TargetKind::Int => (Values::Int32(each.map(|number| number as i32).collect()), None),
        TargetKind::Float => (Values::Float32(each.map(|number| number as f32).collect()), None),
        TargetKind::Ints => {
            (Values::Int32(target.iter().map(|number| *number as i32).collect()), Some(offsets_of(&lists)))
        }
        TargetKind::Floats => {
            (Values::Float32(target.iter().map(|number| *number as f32).collect()), Some(offsets_of(&lists)))
        }
    };
    Parts { offsets, nulls: missing, ..Parts::of(Role::Target, values) }
}

/// Which rows have a value; `None` where all have.
fn nulls(valid: impl Iterator<Item = bool>) -> Option<NullBuffer> {
    let nulls: NullBuffer = valid.collect();
    (nulls.null_count() > 0).then_some(nulls)
}

/// Where lists of these lengths begin, and the last one ends.
fn offsets_of(lengths: &[i32]) -> OffsetBuffer<i64> {
    let mut offsets = Vec::with_capacity(lengths.len() + 1);
    let mut end = 0i64;
    offsets.push(end);
    offsets.extend(lengths.iter().map(|length| {
        end += i64::from(*length);
        end
    }));
    OffsetBuffer::new(offsets.into())
}
