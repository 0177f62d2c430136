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

/// Where the run that begins at `from` ends: of labels that are trained, or of such as are not.
pub fn run_end(labels: &[i32], from: usize) -> usize {
    let Some(rest) = labels.get(from..).filter(|rest| !rest.is_empty()) else { return labels.len() };
    let is_ignored = rest[0] == IGNORE_INDEX;
    let goes_on = |label: &&i32| (**label == IGNORE_INDEX) == is_ignored;
    // Whole blocks first, without a way out in the middle of one: so they are compared many labels at once.
    let (blocks, _) = rest.as_chunks::<16>();
    let whole = 16 * blocks.iter().take_while(|block| block.iter().filter(goes_on).count() == 16).count();
    from + whole + rest[whole..].iter().take_while(goes_on).count()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_where_the_next_begins() {
        for (before, length, behind) in [(0, 1, 0), (1, 15, 1), (0, 16, 3), (5, 17, 40), (16, 31, 0), (3, 100, 1)] {
            for (inside, outside) in [(IGNORE_INDEX, 7), (7, IGNORE_INDEX)] {
                let labels = [vec![outside; before], vec![inside; length], vec![outside; behind]].concat();
                assert_eq!(run_end(&labels, before), before + length);
                assert_eq!(run_end(&labels, before + length - 1), before + length);
            }
        }
        assert_eq!(run_end(&[1, 2, 3], 3), 3);
        assert_eq!(run_end(&[], 0), 0);
    }
}
