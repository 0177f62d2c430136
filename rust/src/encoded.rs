//! An encoded row: ids, and what is trained of them.

use crate::IGNORE_INDEX;

/// One encoded row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Encoded {
    pub input_ids: Vec<i32>,
    /// One a token in training, empty otherwise; [`IGNORE_INDEX`] where it is not trained.
    pub labels: Vec<i32>,
    /// One a token where the settings give weights, empty otherwise.
    pub loss_scale: Vec<f64>,
}

impl Encoded {
    /// All of it, seen without copying it.
    pub fn view(&self) -> View<'_> {
        let Self { input_ids, labels, loss_scale } = self;
        View { input_ids, labels, loss_scale, is_cut: false }
    }

    pub(crate) fn clear(&mut self) {
        self.input_ids.clear();
        self.labels.clear();
        self.loss_scale.clear();
    }
}

/// A row that may be a part of a longer one, seen without copying it.
#[derive(Debug, Clone, Copy)]
pub struct View<'e> {
    pub input_ids: &'e [i32],
    /// Empty outside training.
    pub labels: &'e [i32],
    /// Empty where the settings give no weights.
    pub loss_scale: &'e [f64],
    /// Whether the row was longer than this.
    pub is_cut: bool,
}

impl View<'_> {
    /// Whether some token is trained.
    pub fn is_trainable(&self) -> bool {
        self.labels.iter().any(|label| *label != IGNORE_INDEX)
    }

    /// A copy of what is seen.
    pub fn to_encoded(self) -> Encoded {
        Encoded {
            input_ids: self.input_ids.to_vec(),
            labels: self.labels.to_vec(),
            loss_scale: self.loss_scale.to_vec(),
        }
    }
}

/// The first label and the first weight are never trained (encoding.md 5.23).
pub(crate) fn clear_first(labels: &mut [i32], loss_scale: &mut [f64]) {
    if let Some(label) = labels.first_mut() {
        *label = IGNORE_INDEX;
    }
    if let Some(weight) = loss_scale.first_mut() {
        *weight = 0.0;
    }
}
