//! What a row renders to: runs of text and of token ids, each with a weight.

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
}

#[derive(Debug, Clone, Copy)]
struct Run {
    is_text: bool,
    /// Where the run ends in `text` or in `ids`; it begins where the one before it of its kind ends.
    end: usize,
    weight: f64,
}

impl Segments {
    /// Forgets the runs and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ids.clear();
        self.runs.clear();
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_texts_of_equal_weight_only() {
        let mut segments = Segments::default();
        segments.push_text("a", 0.0);
        segments.push_text("", 1.0);
        segments.push_text("b", 0.0);
        segments.push_text("c", 1.0);
        segments.push_text("d", 1.0);
        segments.push_ids(&[5, 6], 1.0);
        segments.push_text("e", 1.0);
        segments.push_ids(&[], 1.0);
        segments.push_text("f", 1.0);
        let got: Vec<_> = segments.iter().map(|segment| (segment.content, segment.weight)).collect();
        assert_eq!(
            got,
            [
                (SegmentContent::Text("ab"), 0.0),
                (SegmentContent::Text("cd"), 1.0),
                (SegmentContent::Ids(&[5, 6]), 1.0),
                (SegmentContent::Text("e"), 1.0),
                (SegmentContent::Ids(&[]), 1.0),
                (SegmentContent::Text("f"), 1.0),
            ]
        );
        segments.clear();
        assert_eq!(segments.iter().count(), 0);
    }
}
