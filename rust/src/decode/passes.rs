//! What a decoder does to the text of all tokens together, done as the text comes: strips at its ends, and replacements.
//!
//! Of each, all that is kept is a number: what it holds back is the start of the text that it looks for, or that text
//! some times over.

use tokenizers::decoders::strip::Strip;

use super::pending::Pending;

/// No decoder has more of them.
const MOST: usize = 4;

/// One thing done to the whole text.
#[derive(Debug, Clone, PartialEq)]
enum Pass {
    /// As often as this stands at the start, up to so many times, it is left out.
    StripStart(Vec<u8>, u32),
    /// As often as this stands at the end, up to so many times, it is left out.
    StripEnd(Vec<u8>, u32),
    /// The one in place of the other, wherever that stands.
    Replace(Replacement),
}

/// Looks for a text by the algorithm of Knuth, Morris and Pratt: its state is how many bytes of the text have come.
#[derive(Debug, Clone, PartialEq)]
struct Replacement {
    from: Vec<u8>,
    to: Vec<u8>,
    /// For each count of bytes that have come, the next smaller one that they also end with.
    shorter: Vec<usize>,
}

impl Replacement {
    fn new(from: &str, to: &str) -> Self {
        let from = from.as_bytes().to_vec();
        let mut shorter = vec![0; from.len() + 1];
        let mut state = 0;
        for at in 1..from.len() {
            while state > 0 && from[state] != from[at] {
                state = shorter[state];
            }
            state += usize::from(from[state] == from[at]);
            shorter[at + 1] = state;
        }
        Self { from, to: to.as_bytes().to_vec(), shorter }
    }

    /// Follows `text` from `state`, and calls `emit` with the text that is sure, in whole characters. Returns the new
    /// state.
    fn run(&self, mut state: usize, text: &[u8], mut emit: impl FnMut(&[u8])) -> usize {
        let mut sure = Vec::with_capacity(state + text.len());
        let mut at = 0;
        while at < text.len() {
            if state == 0 {
                let rest = &text[at..];
                let idle = memchr::memchr(self.from[0], rest).unwrap_or(rest.len());
                sure.extend_from_slice(&rest[..idle]);
                at += idle;
                if idle == rest.len() {
                    break;
                }
            }
            if self.from[state] == text[at] {
                (state, at) = (state + 1, at + 1);
                if state == self.from.len() {
                    emit(&sure);
                    emit(&self.to);
                    sure.clear();
                    state = 0;
                }
                continue;
            }
            let next = self.shorter[state];
            sure.extend_from_slice(&self.from[..state - next]);
            state = next;
        }
        emit(&sure);
        state
    }
}

/// What is done to the whole text, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Passes(Vec<Pass>);

/// How far each of them is in one text: how many are still to be stripped at the start, how many are held back as they
/// may be the end, how many bytes are held back as they may go on to be replaced.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress([u32; MOST]);

impl Progress {
    /// Whether nothing is still to be stripped and nothing held back.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.0 == [0; MOST]
    }
}

impl Passes {
    /// Adds a strip; `None` where there are too many.
    pub(super) fn strip(&mut self, strip: &Strip) -> Option<()> {
        let content = || strip.content.to_string().into_bytes();
        if strip.start > 0 {
            self.add(Pass::StripStart(content(), u32::try_from(strip.start).ok()?))?;
        }
        if strip.stop > 0 {
            self.add(Pass::StripEnd(content(), u32::try_from(strip.stop).ok()?))?;
        }
        Some(())
    }

    /// Adds a replacement; `None` where there are too many, or nothing is to be replaced.
    pub(super) fn replace(&mut self, from: &str, to: &str) -> Option<()> {
        if from.is_empty() {
            return None;
        }
        self.add(Pass::Replace(Replacement::new(from, to)))
    }

    fn add(&mut self, pass: Pass) -> Option<()> {
        (self.0.len() < MOST).then(|| self.0.push(pass))
    }

    /// Whether no more than the start of a text is changed.
    pub(super) fn are_at_start(&self) -> bool {
        self.0.iter().all(|pass| matches!(pass, Pass::StripStart(..)))
    }

    /// Where they are before a text.
    pub(super) fn begin(&self) -> Progress {
        let mut progress = Progress::default();
        for (number, pass) in progress.0.iter_mut().zip(&self.0) {
            if let Pass::StripStart(_, count) = pass {
                *number = *count;
            }
        }
        progress
    }

    /// How many bytes are held back.
    pub(super) fn held(&self, progress: &Progress) -> u64 {
        let held = self.0.iter().zip(progress.0).map(|(pass, number)| match pass {
            Pass::StripStart(..) => 0,
            Pass::StripEnd(content, _) => content.len() as u64 * u64::from(number),
            Pass::Replace(..) => u64::from(number),
        });
        held.sum()
    }

    /// Writes whole characters to `out`, but for what is left out or held back.
    #[inline]
    pub(super) fn write(&self, progress: &mut Progress, text: &[u8], out: &mut Pending) {
        if self.0.is_empty() {
            out.push(text);
        } else {
            self.write_from(0, progress, text, out);
        }
    }

    /// Writes what was held back and is not left out, as no more text comes.
    pub(super) fn finish(&self, progress: &mut Progress, out: &mut Pending) {
        for (at, pass) in self.0.iter().enumerate() {
            let held = std::mem::take(&mut progress.0[at]);
            if let Pass::Replace(replacement) = pass {
                self.write_from(at + 1, progress, &replacement.from[..held as usize], out);
            }
        }
    }

    fn write_from(&self, at: usize, progress: &mut Progress, mut text: &[u8], out: &mut Pending) {
        let Some(pass) = self.0.get(at) else { return out.push(text) };
        match pass {
            Pass::StripStart(content, _) => {
                while progress.0[at] > 0 {
                    match text.strip_prefix(content.as_slice()) {
                        Some(rest) => (text, progress.0[at]) = (rest, progress.0[at] - 1),
                        None if text.is_empty() => return,
                        None => progress.0[at] = 0,
                    }
                }
                self.write_from(at + 1, progress, text, out);
            }
            Pass::StripEnd(content, count) => {
                let (mut rest, mut ending) = (text, 0);
                while ending < *count
                    && let Some(before) = rest.strip_suffix(content.as_slice())
                {
                    (rest, ending) = (before, ending + 1);
                }
                let held = std::mem::replace(&mut progress.0[at], ending);
                // What was held is the end still, where only more of it came.
                let surely = if rest.is_empty() { (held + ending).saturating_sub(*count) } else { held };
                progress.0[at] += held - surely;
                for _ in 0..surely {
                    self.write_from(at + 1, progress, content, out);
                }
                self.write_from(at + 1, progress, rest, out);
            }
            Pass::Replace(replacement) => {
                let held = std::mem::take(&mut progress.0[at]) as usize;
                let held = replacement.run(held, text, |part| self.write_from(at + 1, progress, part, out));
                progress.0[at] = held as u32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of `parts`, and after how many bytes of it each of them was written.
    fn run(passes: &Passes, parts: &[&str]) -> (String, Vec<u64>) {
        let (mut progress, mut out) = (passes.begin(), Pending::default());
        let mut ends = Vec::new();
        for part in parts {
            passes.write(&mut progress, part.as_bytes(), &mut out);
            ends.push(out.end());
        }
        passes.finish(&mut progress, &mut out);
        (String::from_utf8(out.from(0).to_vec()).unwrap(), ends)
    }

    #[test]
    fn what_may_be_the_end_is_held_and_no_more() {
        let mut passes = Passes::default();
        passes.strip(&Strip::new('x', 1, 2)).unwrap();
        assert_eq!(run(&passes, &["x", "xa", "x", "xx", "b", "x"]), ("xaxxxb".to_owned(), vec![0, 2, 2, 3, 6, 6]));
        assert_eq!(run(&passes, &["xxxxxx"]).0, "xxx");
        assert_eq!(run(&passes, &["x"]).0, "");
    }

    #[test]
    fn replaces_across_parts() {
        let mut passes = Passes::default();
        passes.replace("aab", "é").unwrap();
        assert_eq!(run(&passes, &["a", "a", "a", "b", "aa"]), ("aéaa".to_owned(), vec![0, 0, 1, 3, 3]));
        assert_eq!(passes.replace("", "x"), None);
        for (from, text) in [("aabaac", "aabaabaacaabaaac"), ("éa", "éèéaé"), ("aa", "aaaaa"), ("abab", "abababab")]
        {
            let mut passes = Passes::default();
            passes.replace(from, "<>").unwrap();
            passes.strip(&Strip::new('è', 1, 1)).unwrap();
            let expected = text.replace(from, "<>");
            let parts: Vec<_> = text.chars().map(String::from).collect();
            assert_eq!(run(&passes, &parts.iter().map(String::as_str).collect::<Vec<_>>()).0, expected);
            assert_eq!(run(&passes, &[text]).0, expected);
        }
    }

    #[test]
    fn one_passes_its_text_on_to_the_next() {
        let mut passes = Passes::default();
        passes.replace("▁", " ").unwrap();
        passes.strip(&Strip::new(' ', 1, 1)).unwrap();
        assert_eq!(run(&passes, &["▁a", "▁", "–b▁▁"]).0, "a –b ");
        assert!(!passes.are_at_start());
    }
}
