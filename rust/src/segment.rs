//! What a row renders to: runs of text and of token ids, each with a weight.

use crate::control::Guards;
use crate::template::Text;

/// One rendered run, as [`Segments::iter`] gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment<'s> {
    pub content: SegmentContent<'s>,
    /// What its tokens weigh in the loss; trained where above 0.
    pub weight: f64,
}

/// Text still to be tokenized, or ids to be taken as they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SegmentContent<'s> {
    Text(&'s str),
    Ids(&'s [u32]),
}

/// Rendered runs, one after the other. Neighbouring texts of equal weight are one run, because
/// they are tokenized as one (encoding.md 5.21). Reusable: [`Segments::clear`] keeps the memory.
#[derive(Debug, Default, Clone)]
pub struct Segments {
    text: String,
    ids: Vec<u32>,
    runs: Vec<Run>,
    /// The parts of `text` whose ids are known, in order.
    known: Vec<KnownPart>,
    known_ids: Vec<u32>,
    /// Which compiled template knows them; 0 for none.
    knower: u64,
    /// The guards in the texts of the row, where it has any.
    pub(crate) guards: Option<Guards>,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    is_text: bool,
    /// Where the run ends in `text` or in `ids`; it begins where the one before it of its kind ends.
    end: usize,
    weight: f64,
}

/// As [`crate::template::Known`], with places in `text` and `known_ids`.
#[derive(Debug, Clone, Copy)]
struct KnownPart {
    start: usize,
    end: usize,
    ids_start: usize,
    ids_end: usize,
    is_open_before: bool,
    is_open_behind: bool,
}

/// What is left to do for a part of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Part<'s> {
    /// Text that begins a run.
    Text(&'s str),
    /// Text behind an added token.
    TextBehind(&'s str),
    Ids(&'s [u32]),
}

impl Segments {
    /// Forgets the runs and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ids.clear();
        self.runs.clear();
        self.known.clear();
        self.known_ids.clear();
        self.knower = 0;
    }

    /// Forgets the runs; what is known of those to come, the compiled template with this number knows.
    pub(crate) fn clear_for(&mut self, knower: u64) {
        self.clear();
        self.knower = knower;
    }

    /// Appends text. Empty text leaves no trace.
    pub fn push_text(&mut self, text: &str, weight: f64) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let end = self.text.len();
        match self.runs.last_mut() {
            Some(run) if run.is_text && run.weight == weight => run.end = end,
            _ => self.runs.push(Run { is_text: true, end, weight }),
        }
    }

    /// [`Segments::push_text`], with what is known of the text.
    pub(crate) fn push_known(&mut self, text: Text<'_>, weight: f64) {
        let offset = self.text.len();
        self.push_text(text.text, weight);
        for known in text.known {
            let ids_start = self.known_ids.len();
            self.known_ids.extend_from_slice(&known.ids);
            self.known.push(KnownPart {
                start: offset + known.start,
                end: offset + known.end,
                ids_start,
                ids_end: self.known_ids.len(),
                is_open_before: known.is_open_before,
                is_open_behind: known.is_open_behind,
            });
        }
    }

    /// Appends ids, which texts on either side are never joined across, not even where there are none.
    pub fn push_ids(&mut self, ids: &[u32], weight: f64) {
        self.ids.extend_from_slice(ids);
        self.runs.push(Run { is_text: false, end: self.ids.len(), weight });
    }

    /// The text of the last run and its weight, where it is text.
    pub fn last_text(&self) -> Option<(&str, f64)> {
        let (last, before) = self.runs.split_last()?;
        if !last.is_text {
            return None;
        }
        let from = before.iter().rev().find(|run| run.is_text).map_or(0, |run| run.end);
        Some((&self.text[from..last.end], last.weight))
    }

    /// The runs, in order.
    pub fn iter(&self) -> impl Iterator<Item = Segment<'_>> {
        let (mut text_from, mut ids_from) = (0, 0);
        self.runs.iter().map(move |run| {
            let content = if run.is_text {
                let text = &self.text[text_from..run.end];
                text_from = run.end;
                SegmentContent::Text(text)
            } else {
                let ids = &self.ids[ids_from..run.end];
                ids_from = run.end;
                SegmentContent::Ids(ids)
            };
            Segment { content, weight: run.weight }
        })
    }

    /// Calls `visit` with each part of each run and its weight: ids where they are known to the compiled template with
    /// the number `knower`, text where they are not. An error of `visit` ends it.
    pub(crate) fn each_part<E>(
        &self,
        knower: u64,
        mut visit: impl FnMut(Part<'_>, f64) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut text_from, mut ids_from) = (0, 0);
        let mut known = if knower == self.knower { self.known.as_slice() } else { &[] };
        for run in &self.runs {
            if run.is_text {
                let inside = known.partition_point(|part| part.start < run.end);
                let (of_run, rest) = known.split_at(inside);
                known = rest;
                self.each_part_of(text_from, run.end, of_run, |part| visit(part, run.weight))?;
                text_from = run.end;
            } else {
                visit(Part::Ids(&self.ids[ids_from..run.end]), run.weight)?;
                ids_from = run.end;
            }
        }
        Ok(())
    }

    fn each_part_of<E>(
        &self,
        start: usize,
        end: usize,
        known: &[KnownPart],
        mut visit: impl FnMut(Part<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = start;
        let text = |from: usize, to: usize| match &self.text[from..to] {
            text if from == start => Part::Text(text),
            text => Part::TextBehind(text),
        };
        for (index, part) in known.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| known.get(index));
            let is_cut_before = !part.is_open_before
                || part.start == start
                || before.is_some_and(|before| before.end == part.start && !before.is_open_behind);
            let is_cut_behind = !part.is_open_behind
                || part.end == end
                || known.get(index + 1).is_some_and(|next| next.start == part.end && !next.is_open_before);
            if !is_cut_before || !is_cut_behind {
                continue;
            }
            if at < part.start {
                visit(text(at, part.start))?;
            }
            visit(Part::Ids(&self.known_ids[part.ids_start..part.ids_end]))?;
            at = part.end;
        }
        if at < end {
            visit(text(at, end))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
