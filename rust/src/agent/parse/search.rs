//! What keeps parsing linear on any text: marks that are searched for once, and a limit on failed attempts.

use memchr::memmem::Finder;

use crate::interrupt;
use crate::json::{Json, parse_prefix};

/// A mark in a text. Remembers the last place where it was found, so that asking again from there on, or after it was
/// found not to follow at all, does not search again.
pub(super) struct Mark<'m, 't> {
    text: &'t str,
    finder: Finder<'m>,
    /// From where the mark was last searched for. `usize::MAX` at first.
    from: usize,
    found: Option<usize>,
}

impl<'m, 't> Mark<'m, 't> {
    pub fn new(text: &'t str, mark: &'m str) -> Self {
        Self { text, finder: Finder::new(mark), from: usize::MAX, found: None }
    }

    /// The first place at or after `at` where the mark begins.
    pub fn find(&mut self, at: usize) -> Option<usize> {
        let is_known = self.from <= at && self.found.is_none_or(|found| at <= found);
        if !is_known {
            interrupt::check();
            self.found = self.finder.find(self.text.as_bytes().get(at..)?).map(|found| at + found);
            self.from = at;
        }
        self.found
    }

    /// The first place at or after `at` where the mark ends.
    pub fn find_end(&mut self, at: usize) -> Option<usize> {
        self.find(at).map(|found| found + self.finder.needle().len())
    }

    /// The text from `at` to the mark, and the place after it.
    pub fn split(&mut self, at: usize) -> Option<(&'t str, usize)> {
        let found = self.find(at)?;
        Some((&self.text[at..found], found + self.finder.needle().len()))
    }
}

/// How much may be read more than once: this many times the text, and a constant for short texts. JSON can be nested
/// 200 levels deep and be tried at each of them; no answer of a model comes near the limit.
const REREAD: usize = 64;
const REREAD_AT_LEAST: usize = 1 << 16;

/// Limits what is read in vain. A call that turns out to be cut off is tried again at the next opening, so that a text
/// of unclosed openings would take quadratic time.
pub(super) struct Attempts {
    left: usize,
}

impl Attempts {
    pub fn new(text: &str) -> Self {
        Self { left: text.len().saturating_mul(REREAD).saturating_add(REREAD_AT_LEAST) }
    }

    /// Counts an attempt that read `bytes` and led to no call.
    pub fn failed(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }

    /// Whether there were too many failed attempts, so that the rest of the text is not looked at.
    pub fn are_used_up(&self) -> bool {
        self.left == 0
    }

    /// Reads the JSON or Python literal that `text` begins with, and returns it with its length. A value that `accept`
    /// does not want counts as failed.
    pub fn read<T>(&mut self, text: &str, accept: impl FnOnce(Json, usize) -> Option<T>) -> Option<(T, usize)> {
        if self.are_used_up() {
            return None;
        }
        interrupt::check();
        match parse_prefix(text) {
            Ok((value, length)) => match accept(value, length) {
                Some(accepted) => return Some((accepted, length)),
                None => self.failed(length),
            },
            Err(read) => self.failed(read),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_from_any_place() {
        let text = "a<b>c<b>é<b>";
        for mark in ["<b>", "x", "", "é"] {
            // Forwards, backwards and jumping about.
            let orders: [fn(usize, usize) -> usize; 3] = [|at, _| at, |at, end| end - at, |at, end| at * 7 % (end + 1)];
            for order in orders {
                let mut searched = Mark::new(text, mark);
                for at in (0..=text.len()).map(|at| order(at, text.len())).filter(|at| text.is_char_boundary(*at)) {
                    let expected = text[at..].find(mark).map(|found| at + found);
                    assert_eq!(searched.find(at), expected, "{mark} from {at}");
                    assert_eq!(searched.split(at).map(|(before, _)| before.len() + at), expected);
                }
            }
        }
        assert_eq!(Mark::new(text, "").find(text.len() + 1), None);
    }

    #[test]
    fn attempts_are_used_up() {
        let text = "[1, 2";
        let mut attempts = Attempts::new(text);
        let mut count = 0;
        while !attempts.are_used_up() {
            assert!(attempts.read(text, |value, _| Some(value)).is_none());
            count += 1;
        }
        assert!(count < REREAD_AT_LEAST, "{count} attempts");
        assert!(attempts.read("[1]", |value, _| Some(value)).is_none());
    }
}
