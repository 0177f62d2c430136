//! The labels of a strip while it grows. Nearly every label is the id of its token or says that it is not trained, in
//! runs of many; so runs are kept, and labels are written once, where they stay.

use std::mem::MaybeUninit;

use crate::IGNORE_INDEX;
use crate::encoded::run_end;
use crate::pages::{Pages, copy};

/// How many bits say what a run is of; the others say how long it is.
const KIND_BITS: u32 = 2;

/// How long a run is at most.
const MOST: usize = (u32::MAX >> KIND_BITS) as usize;

/// Labels as runs.
#[derive(Debug, Default)]
pub(super) struct Labels {
    runs: Vec<Run>,
    /// The labels of runs that are neither ignored nor ids, one behind the other.
    own: Vec<i32>,
    /// How many labels there are.
    length: usize,
}

/// How many labels, and of which kind.
#[derive(Debug, Clone, Copy)]
struct Run(u32);

impl Run {
    fn new(length: usize, kind: Kind) -> Self {
        Self((length as u32) << KIND_BITS | kind as u32)
    }

    fn length(self) -> usize {
        (self.0 >> KIND_BITS) as usize
    }

    fn kind(self) -> Kind {
        match self.0 & ((1 << KIND_BITS) - 1) {
            0 => Kind::Ignored,
            1 => Kind::Ids,
            _ => Kind::Own,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// [`IGNORE_INDEX`] all through.
    Ignored = 0,
    /// What the ids are.
    Ids = 1,
    /// Some other labels, such as a user's hook may give.
    Own = 2,
}

/// How far labels reach.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    runs: usize,
    own: usize,
    length: usize,
}

impl Labels {
    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Adds the labels of a sequence, whose ids are `ids` and come behind `before` others.
    pub fn push(&mut self, labels: &[i32], ids: &[i32], before: usize) {
        // Where some sequence has no labels, those of the next ones do not stand where their ids do.
        let ids = if before == self.length { ids } else { &[] };
        let mut from = 0;
        while from < labels.len() {
            let end = run_end(labels, from).min(from + MOST);
            let run = &labels[from..end];
            let kind = if run[0] == IGNORE_INDEX {
                Kind::Ignored
            } else if ids.get(from..end) == Some(run) {
                Kind::Ids
            } else {
                self.own.extend_from_slice(run);
                Kind::Own
            };
            self.runs.push(Run::new(run.len(), kind));
            from = end;
        }
        self.length += labels.len();
    }

    /// How far they reach now.
    pub fn reach(&self) -> Reach {
        Reach { runs: self.runs.len(), own: self.own.len(), length: self.length }
    }

    /// Forgets those behind `reach`.
    pub fn truncate(&mut self, reach: &Reach) {
        self.runs.truncate(reach.runs);
        self.own.truncate(reach.own);
        self.length = self.length.min(reach.length);
    }

    /// Writes the labels into `place`, which has room for just them; `ids` are all that the sequences have.
    pub fn write(&self, ids: &[i32], place: &mut [MaybeUninit<i32>]) {
        let (mut at, mut own, mut rest) = (0, 0, place);
        for run in &self.runs {
            let length = run.length();
            let (slots, behind) = rest.split_at_mut(length.min(rest.len()));
            match run.kind() {
                Kind::Ignored => slots.fill(MaybeUninit::new(IGNORE_INDEX)),
                Kind::Ids => copy(slots, &ids[at..at + length]),
                Kind::Own => {
                    copy(slots, &self.own[own..own + length]);
                    own += length;
                }
            }
            at += length;
            rest = behind;
        }
        assert!(rest.is_empty(), "the runs are as long as the labels");
    }

    /// All of them, by themselves; `ids` as above.
    pub fn whole(&self, ids: &[i32]) -> Pages<i32> {
        let mut pages = Pages::with_capacity(self.length);
        self.write(ids, &mut pages.spare()[..self.length]);
        // SAFETY: `write` initialises every element of the slice that it is given, or panics.
        unsafe { pages.set_length(self.length) };
        pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO: i32 = IGNORE_INDEX;

    /// Labels and ids as they grow, and what was put in.
    #[derive(Default)]
    struct Grown {
        labels: Labels,
        ids: Vec<i32>,
        expected: Vec<i32>,
    }

    impl Grown {
        fn push(&mut self, labels: &[i32], ids: &[i32]) {
            self.labels.push(labels, ids, self.ids.len());
            self.ids.extend_from_slice(ids);
            self.expected.extend_from_slice(labels);
        }

        fn written(&self) -> Vec<i32> {
            self.labels.whole(&self.ids).to_vec()
        }

        fn kinds(&self) -> Vec<(usize, Kind)> {
            self.labels.runs.iter().map(|run| (run.length(), run.kind())).collect()
        }
    }

    #[test]
    fn labels_come_back_from_runs() {
        let mut grown = Grown::default();
        grown.push(&[NO, NO, 3, 4], &[1, 2, 3, 4]);
        grown.push(&[], &[]);
        grown.push(&[NO, 6, 8, NO, 9], &[5, 6, 7, 8, 9]);
        let first = [(2, Kind::Ignored), (2, Kind::Ids)];
        let second = [(1, Kind::Ignored), (2, Kind::Own), (1, Kind::Ignored), (1, Kind::Ids)];
        assert_eq!(grown.kinds(), [&first[..], &second].concat());
        assert_eq!(grown.written(), grown.expected);
        assert_eq!(grown.labels.len(), 9);
    }

    #[test]
    fn what_is_taken_back_is_gone() {
        let mut grown = Grown::default();
        grown.push(&[NO, 2], &[1, 2]);
        let reach = grown.labels.reach();
        grown.push(&[7, NO], &[3, 4]);
        grown.labels.truncate(&reach);
        grown.ids.truncate(2);
        grown.expected.truncate(2);
        grown.push(&[8, 6], &[5, 6]);
        assert_eq!(grown.written(), grown.expected);
        assert_eq!(grown.labels.own, [8, 6]);
    }

    #[test]
    fn labels_that_do_not_stand_beside_their_ids_are_kept() {
        let mut grown = Grown::default();
        grown.push(&[], &[1, 2]);
        grown.push(&[NO, 4, 4], &[3, 4]);
        grown.push(&[5, NO], &[5, 6]);
        assert!(grown.kinds().iter().all(|(_, kind)| *kind != Kind::Ids));
        assert_eq!(grown.written(), grown.expected);
    }
}
