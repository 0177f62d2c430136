//! A turn's terminator is trained in every turn. encoding.md 5.22.

use crate::IGNORE_INDEX;
use crate::encoded::run_end;

/// Labels the suffix's ids where they open an unlabelled run that follows a labelled one.
/// `weights`, where there are any, become 1 there if they were all 0.
///
/// Linear in the number of tokens.
pub fn label_terminators(ids: &[i32], labels: &mut [i32], weights: Option<&mut [f64]>, suffix: &[u32]) {
    if suffix.is_empty() {
        return;
    }
    let mut weights = weights;
    let mut at = 0;
    while at < labels.len() {
        let Some(run) = next_run(labels, at) else {
            return;
        };
        let (start, end) = run;
        at = end;
        if end - start < suffix.len() || !is_suffix(&ids[start..start + suffix.len()], suffix) {
            continue;
        }
        labels[start..start + suffix.len()].copy_from_slice(&ids[start..start + suffix.len()]);
        if let Some(weights) = weights.as_deref_mut() {
            let there = &mut weights[start..start + suffix.len()];
            if there.iter().all(|weight| *weight == 0.0) {
                there.fill(1.0);
            }
        }
    }
}

fn is_suffix(ids: &[i32], suffix: &[u32]) -> bool {
    ids.iter().zip(suffix).all(|(id, expected)| *id as u32 == *expected)
}

/// The first unlabelled run at or after `from` that has a labelled token right before it.
fn next_run(labels: &[i32], from: usize) -> Option<(usize, usize)> {
    let is_labelled = *labels.get(from)? != IGNORE_INDEX;
    let labelled = if is_labelled { from } else { run_end(labels, from) };
    let start = run_end(labels, labelled);
    (start < labels.len()).then(|| (start, run_end(labels, start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO: i32 = IGNORE_INDEX;

    #[test]
    fn labels_the_suffix_after_each_trained_run() {
        let ids = [7, 1, 9, 9, 5, 2, 9, 9];
        let mut labels = [NO, 1, NO, NO, NO, 2, NO, NO];
        let mut weights = [0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.5];
        label_terminators(&ids, &mut labels, Some(&mut weights), &[9, 9]);
        assert_eq!(labels, [NO, 1, 9, 9, NO, 2, 9, 9]);
        assert_eq!(weights, [0.0, 1.0, 1.0, 1.0, 0.0, 2.0, 0.0, 0.5]);
    }

    #[test]
    fn leaves_other_runs_alone() {
        let ids = [9, 9, 1, 3, 9, 2, 9];
        let mut labels = [NO, NO, 1, NO, NO, 2, NO];
        label_terminators(&ids, &mut labels, None, &[9, 9]);
        assert_eq!(labels, [NO, NO, 1, NO, NO, 2, NO]);
        label_terminators(&[], &mut [], None, &[9]);
        label_terminators(&ids, &mut labels, None, &[]);
        assert_eq!(labels, [NO, NO, 1, NO, NO, 2, NO]);
    }
}
