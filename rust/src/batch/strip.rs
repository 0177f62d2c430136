//! The tokens of a stride of rows while they grow, on one thread: few enough to stay near it until they are copied to
//! where they belong.

use std::iter::zip;
use std::mem::MaybeUninit;

use super::labels::{Labels, Reach};
use crate::encoded::View;
use crate::pages::{Pages, copy};
use crate::task::MOST_SIDES;

/// See above.
#[derive(Debug, Default)]
pub(super) struct Strip {
    sides: [StripSide; MOST_SIDES],
}

/// The tokens of one side.
#[derive(Debug, Default)]
struct StripSide {
    input_ids: Pages<i32>,
    labels: Labels,
    loss_scale: Pages<f32>,
    /// In place of `loss_scale`, where weights are kept in 64 bits.
    wide_loss_scale: Pages<f64>,
}

/// The values of one side's tokens, of all rows.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub input_ids: Pages<i32>,
    pub labels: Pages<i32>,
    pub loss_scale: Pages<f32>,
    pub wide_loss_scale: Pages<f64>,
}

/// How far one side reaches.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StripMark {
    tokens: usize,
    labels: Reach,
}

/// How many values the columns of one side have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct SideExtent {
    pub input_ids: usize,
    pub labels: usize,
    pub loss_scale: usize,
    pub wide_loss_scale: usize,
}

/// How many values there are in all columns of all sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Extent(pub [SideExtent; MOST_SIDES]);

impl Extent {
    /// Return the sum of both. It saturates, so that it is never less than one of them.
    pub fn plus(&self, other: &Self) -> Self {
        let mut sum = *self;
        for (side, other) in zip(&mut sum.0, &other.0) {
            side.input_ids = side.input_ids.saturating_add(other.input_ids);
            side.labels = side.labels.saturating_add(other.labels);
            side.loss_scale = side.loss_scale.saturating_add(other.loss_scale);
            side.wide_loss_scale = side.wide_loss_scale.saturating_add(other.wide_loss_scale);
        }
        sum
    }
}

/// Room for the values of one side of a strip, in columns that last.
pub(super) struct Place<'p> {
    pub input_ids: &'p mut [MaybeUninit<i32>],
    pub labels: &'p mut [MaybeUninit<i32>],
    pub loss_scale: &'p mut [MaybeUninit<f32>],
    pub wide_loss_scale: &'p mut [MaybeUninit<f64>],
}

impl Strip {
    /// Adds a sequence to a side, with weights in 64 bits if they are wide.
    pub fn push(&mut self, side: usize, sequence: View<'_>, is_wide: bool) {
        let side = &mut self.sides[side];
        side.labels.push(sequence.labels, sequence.input_ids, side.input_ids.len());
        side.input_ids.extend_from_slice(sequence.input_ids);
        if is_wide {
            side.wide_loss_scale.extend_from_slice(sequence.loss_scale);
        } else {
            side.loss_scale.extend(sequence.loss_scale.iter().map(|weight| *weight as f32));
        }
    }

    /// How far each side reaches.
    pub fn marks(&self) -> [StripMark; MOST_SIDES] {
        self.sides.each_ref().map(|side| StripMark { tokens: side.input_ids.len(), labels: side.labels.reach() })
    }

    /// Forgets everything behind `marks`.
    pub fn truncate(&mut self, marks: &[StripMark; MOST_SIDES]) {
        for (side, mark) in zip(&mut self.sides, marks) {
            side.input_ids.truncate(mark.tokens);
            side.labels.truncate(&mark.labels);
            side.loss_scale.truncate(mark.tokens);
            side.wide_loss_scale.truncate(mark.tokens);
        }
    }

    /// How many values there are.
    pub fn extent(&self) -> Extent {
        Extent(self.sides.each_ref().map(|side| SideExtent {
            input_ids: side.input_ids.len(),
            labels: side.labels.len(),
            loss_scale: side.loss_scale.len(),
            wide_loss_scale: side.wide_loss_scale.len(),
        }))
    }

    /// Write the values of a side into `place`, and initialise every element of it.
    ///
    /// # Panics
    ///
    /// If `place` is not as large as this side.
    pub fn write(&self, side: usize, place: Place<'_>) {
        let side = &self.sides[side];
        copy(place.input_ids, &side.input_ids);
        side.labels.write(&side.input_ids, place.labels);
        copy(place.loss_scale, &side.loss_scale);
        copy(place.wide_loss_scale, &side.wide_loss_scale);
    }

    /// The values of each side, where this is all there is.
    pub fn into_tokens(self) -> impl Iterator<Item = Tokens> {
        self.sides.into_iter().map(|side| {
            let labels = side.labels.whole(&side.input_ids);
            let StripSide { input_ids, loss_scale, wide_loss_scale, .. } = side;
            Tokens { input_ids, labels, loss_scale, wide_loss_scale }
        })
    }
}
