//! Rows that are longer than they may be. encoding.md 6.

use std::ops::Range;

use crate::encoded::{Encoded, View, clear_first};
use crate::error::{RowError, RowErrorKind};
use crate::template::{Options, Truncation};

/// Cuts `encoded` to the limit and hands each resulting row to `emit`. The ids `placeholders` are
/// never cut off, even where they alone are more than the limit. A row that holds more than `encoded`
/// may not be split.
///
/// # Errors
///
/// [`RowErrorKind::TooLong`] under [`Truncation::Raise`] and [`Truncation::Delete`], and where it may not be split.
pub fn apply(
    encoded: &mut Encoded,
    options: &Options,
    may_split: bool,
    placeholders: &[i32],
    mut emit: impl FnMut(View<'_>),
) -> Result<(), RowError> {
    let length = encoded.input_ids.len();
    let limit = match options.max_length {
        Some(limit) if length > limit => limit,
        _ => {
            emit(view(encoded, 0..length));
            return Ok(());
        }
    };
    match options.truncation_strategy {
        Truncation::Raise | Truncation::Delete => {
            let detail = format!(
                "encodes to {length} tokens, more than max_length {limit}; shorten it, raise max_length, or give \
                 truncation_strategy 'left', 'right', 'split' or 'delete'"
            );
            return Err(RowError::new(RowErrorKind::TooLong, detail).with_lengths(length, limit));
        }
        Truncation::Split if !may_split => {
            let detail = format!(
                "encodes to {length} tokens, more than max_length {limit}, and cannot be split, because it is not the \
                 whole row; shorten it, raise max_length, or give truncation_strategy 'left', 'right' or \
                 'delete'"
            );
            return Err(RowError::new(RowErrorKind::TooLong, detail).with_lengths(length, limit));
        }
        Truncation::Left | Truncation::Right => {
            let from_left = options.truncation_strategy == Truncation::Left;
            let kept = if encoded.input_ids.iter().any(|id| placeholders.contains(id)) {
                keep_placeholders(encoded, limit, from_left, placeholders)
            } else if from_left {
                length - limit..length
            } else {
                0..limit
            };
            emit(cut(encoded, kept));
        }
        Truncation::Split => {
            for start in (0..length).step_by(limit) {
                let range = start..length.min(start + limit);
                clear_at(encoded, start);
                emit(view(encoded, range));
            }
        }
    }
    Ok(())
}

/// Moves what is kept to the front: every placeholder, and of the rest as many of the last (or
/// first) as the limit leaves room for.
fn keep_placeholders(encoded: &mut Encoded, limit: usize, from_left: bool, placeholders: &[i32]) -> Range<usize> {
    let protected: Vec<bool> = encoded.input_ids.iter().map(|id| placeholders.contains(id)).collect();
    let others = protected.iter().filter(|protected| !**protected).count();
    let room = limit.saturating_sub(protected.len() - others).min(others);
    let kept_others = if from_left { others - room..others } else { 0..room };
    let (mut other, mut kept) = (0, 0);
    for (at, protected) in protected.iter().enumerate() {
        let keep = *protected || kept_others.contains(&other);
        other += usize::from(!*protected);
        if keep {
            encoded.input_ids[kept] = encoded.input_ids[at];
            if let Some(label) = encoded.labels.get(at).copied() {
                encoded.labels[kept] = label;
            }
            if let Some(weight) = encoded.loss_scale.get(at).copied() {
                encoded.loss_scale[kept] = weight;
            }
            kept += 1;
        }
    }
    0..kept
}

/// The range as a row of its own. The peer passes its weights through float32 here, and so do we.
fn cut(encoded: &mut Encoded, range: Range<usize>) -> View<'_> {
    encoded.loss_scale.iter_mut().for_each(|weight| *weight = f64::from(*weight as f32));
    clear_at(encoded, range.start);
    view(encoded, range)
}

fn clear_at(encoded: &mut Encoded, start: usize) {
    let Encoded { labels, loss_scale, .. } = encoded;
    let labels = labels.get_mut(start..).unwrap_or_default();
    clear_first(labels, loss_scale.get_mut(start..).unwrap_or_default());
}

fn view(encoded: &Encoded, range: Range<usize>) -> View<'_> {
    View {
        input_ids: &encoded.input_ids[range.clone()],
        is_cut: range.len() < encoded.input_ids.len(),
        labels: encoded.labels.get(range.clone()).unwrap_or_default(),
        loss_scale: encoded.loss_scale.get(range).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IGNORE_INDEX;
    use crate::template::Mode;

    fn cut_with(strategy: Truncation, limit: usize, placeholders: &[i32]) -> Result<Vec<Encoded>, RowError> {
        let mut encoded = Encoded {
            input_ids: vec![1, 2, 3, 4, 5],
            labels: vec![IGNORE_INDEX, 2, 3, 4, 5],
            loss_scale: vec![0.0, 1.0, 1.0, 0.1, 1.0],
        };
        let options =
            Options { mode: Mode::Train, max_length: Some(limit), truncation_strategy: strategy, ..Options::default() };
        let mut rows = Vec::new();
        apply(&mut encoded, &options, true, placeholders, |row| rows.push(row.to_encoded()))?;
        Ok(rows)
    }

    #[test]
    fn each_strategy_at_the_limit_and_past_it() {
        for strategy in [Truncation::Raise, Truncation::Left, Truncation::Right, Truncation::Split] {
            for limit in [5, 6] {
                let rows = cut_with(strategy, limit, &[]).unwrap();
                assert_eq!((rows.len(), rows[0].input_ids.len()), (1, 5));
                assert_eq!(rows[0].loss_scale[3], 0.1);
            }
        }
        let error = cut_with(Truncation::Raise, 4, &[]).unwrap_err();
        assert_eq!(error.kind, RowErrorKind::TooLong);
        let left = &cut_with(Truncation::Left, 3, &[]).unwrap()[0];
        assert_eq!((&left.input_ids[..], &left.labels[..]), (&[3, 4, 5][..], &[IGNORE_INDEX, 4, 5][..]));
        assert_eq!(left.loss_scale, [0.0, f64::from(0.1f32), 1.0]);
        let right = &cut_with(Truncation::Right, 2, &[]).unwrap()[0];
        assert_eq!((&right.input_ids[..], &right.labels[..]), (&[1, 2][..], &[IGNORE_INDEX, 2][..]));
        let split = cut_with(Truncation::Split, 2, &[]).unwrap();
        assert_eq!(split.len(), 3);
        assert_eq!((&split[1].labels[..], &split[2].labels[..]), (&[IGNORE_INDEX, 4][..], &[IGNORE_INDEX][..]));
        assert_eq!(split[1].loss_scale, [0.0, 0.1]);
    }

    #[test]
    fn placeholders_are_kept_in_any_case() {
        let ids = |strategy, limit| cut_with(strategy, limit, &[2, 5]).unwrap().remove(0).input_ids;
        assert_eq!(ids(Truncation::Left, 3), [2, 4, 5]);
        assert_eq!(ids(Truncation::Right, 3), [1, 2, 5]);
        assert_eq!(ids(Truncation::Right, 1), [2, 5]);
        let left = cut_with(Truncation::Left, 4, &[2, 5]).unwrap().remove(0);
        assert_eq!((left.labels, left.loss_scale[2]), (vec![IGNORE_INDEX, 3, 4, 5], f64::from(0.1f32)));
    }
}
