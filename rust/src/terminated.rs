//! Weights of terminators in rendered segments, equal to those of their labels.
//!
//! Labels find terminators in the token ids, after rendering (encoding.md 5.22). So a segment without weight may begin
//! with tokens that have labels. Such a segment is split there: into texts if they encode to the same ids, else into ids.

use crate::encode::Encoder;
use crate::error::{RowError, RowErrorKind};
use crate::segment::{Segment, SegmentContent, Segments};

/// The form of the parts of a split segment.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Parts {
    /// Texts, joined with neighbours of the same weight.
    Joined,
    /// Texts, kept apart from their neighbours by a segment without ids.
    Apart,
    Ids,
}

impl Encoder {
    /// Return `segments` with weight 1 for the terminators that have labels. They encode to the same ids.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where the tokenizer refuses a text.
    pub fn weigh_terminators(&self, segments: Segments) -> Result<Segments, RowError> {
        let suffix = self.template().suffix_ids.as_slice();
        if !self.options().gives_labels() || suffix.is_empty() {
            return Ok(segments);
        }
        let runs: Vec<Run<'_>> = segments.iter().map(|segment| Run { segment, trained: 0 }).collect();
        let runs = self.find(runs, suffix)?;
        if runs.iter().all(|run| run.trained == 0) {
            return Ok(segments);
        }
        let ids = self.ids_of(&segments)?;
        for parts in [Parts::Joined, Parts::Apart] {
            let divided = self.divide(&runs, suffix, parts)?;
            if self.ids_of(&divided)? == ids {
                return Ok(divided);
            }
        }
        self.divide(&runs, suffix, Parts::Ids)
    }

    /// Counts, for each segment without weight, the tokens at its start that belong to a terminator.
    fn find<'s>(&self, mut runs: Vec<Run<'s>>, suffix: &[u32]) -> Result<Vec<Run<'s>>, RowError> {
        let mut at = 1;
        while at < runs.len() {
            let before = runs[..at].iter().rev().find(|run| !run.is_empty());
            if runs[at].is_trained() || !before.is_some_and(Run::is_trained) {
                at += 1;
                continue;
            }
            let end = (at..runs.len()).find(|index| runs[*index].is_trained()).unwrap_or(runs.len());
            let mut lengths = Vec::new();
            let mut ids = Vec::new();
            for run in &runs[at..end] {
                if ids.len() >= suffix.len() {
                    break;
                }
                let before = ids.len();
                self.append_ids(run.segment.content, &mut ids)?;
                lengths.push(ids.len() - before);
            }
            if ids.starts_with(suffix) {
                let mut left = suffix.len();
                for (run, length) in runs[at..end].iter_mut().zip(lengths) {
                    run.trained = left.min(length);
                    left -= run.trained;
                }
            }
            at = end;
        }
        Ok(runs)
    }

    fn divide(&self, runs: &[Run<'_>], suffix: &[u32], parts: Parts) -> Result<Segments, RowError> {
        let text = self.template().suffix_text(self.tokenizer());
        let terminator = Some(text.as_str()).filter(|text| !text.is_empty());
        let mut divided = Segments::default();
        for run in runs {
            let Run { segment, trained } = *run;
            if trained == 0 {
                push(&mut divided, segment);
                continue;
            }
            let mut ids = Vec::new();
            self.append_ids(segment.content, &mut ids)?;
            let (opening, rest) = ids.split_at(trained.min(ids.len()));
            match (parts, segment.content, terminator.filter(|_| opening.len() == suffix.len())) {
                (Parts::Joined | Parts::Apart, SegmentContent::Text(text), Some(terminator))
                    if text.starts_with(terminator) =>
                {
                    if parts == Parts::Apart {
                        divided.push_ids(&[], 1.0);
                    }
                    divided.push_text(terminator, 1.0);
                    divided.push_text(&text[terminator.len()..], segment.weight);
                }
                _ => {
                    divided.push_ids(opening, 1.0);
                    if !rest.is_empty() {
                        divided.push_ids(rest, segment.weight);
                    }
                }
            }
        }
        Ok(divided)
    }

    fn append_ids(&self, content: SegmentContent<'_>, ids: &mut Vec<u32>) -> Result<(), RowError> {
        match content {
            SegmentContent::Ids(own) => ids.extend_from_slice(own),
            SegmentContent::Text(text) => self
                .tokenizer()
                .encode_into(text, ids)
                .map_err(|error| RowError::new(RowErrorKind::Tokenizer, error.to_string()))?,
        }
        Ok(())
    }

    fn ids_of(&self, segments: &Segments) -> Result<Vec<u32>, RowError> {
        let mut ids = Vec::new();
        segments.iter().try_for_each(|segment| self.append_ids(segment.content, &mut ids))?;
        Ok(ids)
    }
}

/// A segment, and how many tokens at its start labels train although it has no weight.
#[derive(Debug, Clone, Copy)]
struct Run<'s> {
    segment: Segment<'s>,
    trained: usize,
}

impl Run<'_> {
    fn is_trained(&self) -> bool {
        self.segment.weight > 0.0 && !self.is_empty()
    }

    fn is_empty(&self) -> bool {
        match self.segment.content {
            SegmentContent::Text(text) => text.is_empty(),
            SegmentContent::Ids(ids) => ids.is_empty(),
        }
    }
}

fn push(segments: &mut Segments, segment: Segment<'_>) {
    match segment.content {
        SegmentContent::Text(text) => segments.push_text(text, segment.weight),
        SegmentContent::Ids(ids) => segments.push_ids(ids, segment.weight),
    }
}
