//! What an encoder is for, and which columns come of it. encoding.md 7.
//!
//! A row encodes to one or several sequences of tokens, its sides, and perhaps to a target and a
//! margin beside them. [`Layout`] says which; batches, files and single rows all follow it.

mod encode;
mod target;

use crate::error::Error;
use crate::template::{Mode, Options};

pub use encode::{EncodedRow, RowSink, Values};
pub(crate) use encode::{Kept, encode_row, sides_of};

/// What a model is trained for; ms-swift's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskType {
    /// The next token.
    #[default]
    CausalLm,
    /// A class, several classes or a number for a whole row.
    SeqCls(ProblemType),
    /// Vectors that are near where texts go together.
    Embedding,
    /// How well a text goes with a query.
    Reranker,
    /// The same, told by the next token.
    GenerativeReranker,
    /// A reward for each step of a response.
    Prm,
}

/// What a sequence classifier tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProblemType {
    /// Which class.
    #[default]
    SingleLabel,
    /// Which classes, by a list of them.
    MultiLabel,
    /// One number.
    Regression,
    /// Several numbers.
    Regressions,
}

impl TaskType {
    /// The names that [`TaskType::from_names`] takes.
    pub const NAMES: [&str; 6] = ["causal_lm", "seq_cls", "embedding", "reranker", "generative_reranker", "prm"];

    /// The task named `name`. A classifier needs to know its `problem_type`, or how many labels it
    /// has: one means a number, several mean a class.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name, and for a classifier of which nothing is known.
    pub fn from_names(name: &str, problem_type: Option<&str>, num_labels: Option<u32>) -> Result<Self, Error> {
        Ok(match name {
            "causal_lm" => Self::CausalLm,
            "seq_cls" => Self::SeqCls(ProblemType::from_names(problem_type, num_labels)?),
            "embedding" => Self::Embedding,
            "reranker" => Self::Reranker,
            "generative_reranker" => Self::GenerativeReranker,
            "prm" => Self::Prm,
            _ => {
                let known = Self::NAMES.join(", ");
                return Err(Error::argument("task_type", format!("'{name}' is no task; give one of {known}")));
            }
        })
    }

    /// Whether tokens are what is trained.
    pub fn trains_tokens(self) -> bool {
        matches!(self, Self::CausalLm | Self::Prm)
    }
}

impl ProblemType {
    fn from_names(name: Option<&str>, num_labels: Option<u32>) -> Result<Self, Error> {
        let several = num_labels.is_some_and(|labels| labels > 1);
        match (name, num_labels) {
            (Some("single_label_classification"), _) => Ok(Self::SingleLabel),
            (Some("multi_label_classification"), _) => Ok(Self::MultiLabel),
            (Some("regression"), _) if several => Ok(Self::Regressions),
            (Some("regression"), _) => Ok(Self::Regression),
            (Some(name), _) => {
                let detail = format!(
                    "'{name}' is unknown; give one of single_label_classification, multi_label_classification, \
                     regression"
                );
                Err(Error::argument("problem_type", detail))
            }
            (None, Some(_)) => Ok(if several { Self::SingleLabel } else { Self::Regression }),
            (None, None) => {
                let detail = "is missing; task_type 'seq_cls' needs the number of labels (1 for a number), or a \
                              problem_type";
                Err(Error::argument("num_labels", detail))
            }
        }
    }
}

/// How many sequences of a side a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    One,
    /// One or none.
    Optional,
    /// Any number.
    Many,
}

/// One side of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SideLayout {
    /// What stands before the names of its columns.
    pub prefix: &'static str,
    pub count: Count,
}

/// What a row tells beside its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub name: &'static str,
    pub kind: TargetKind,
    /// Whether rows may have none.
    pub is_optional: bool,
}

/// Of which type a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    Bool,
    Int,
    Float,
    Ints,
    Floats,
}

/// Which columns come of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub sides: &'static [SideLayout],
    pub margin: bool,
    pub target: Option<Target>,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The row's conversation; several rows of it under `split`.
    Plain,
    Classified(ProblemType),
    Pair {
        needs_rejected: bool,
    },
    Anchored,
    Ranked,
}

const fn side(prefix: &'static str, count: Count) -> SideLayout {
    SideLayout { prefix, count }
}

const ONE: &[SideLayout] = &[side("", Count::One)];
const PAIR: &[SideLayout] = &[side("chosen_", Count::One), side("rejected_", Count::One)];
const MAYBE_PAIR: &[SideLayout] = &[side("chosen_", Count::One), side("rejected_", Count::Optional)];
const ANCHORED: &[SideLayout] =
    &[side("anchor_", Count::One), side("positive_", Count::One), side("negative_", Count::Many)];
const MANY: &[SideLayout] = &[side("", Count::Many)];

/// The most sides that a layout has.
pub(crate) const MOST_SIDES: usize = 3;

impl Layout {
    /// What comes of rows under `options`.
    pub fn of(options: &Options) -> Self {
        let plain = Self { sides: ONE, margin: false, target: None, shape: Shape::Plain };
        let labels = |kind, is_optional| Some(Target { name: "labels", kind, is_optional });
        let pair = Self { sides: PAIR, margin: true, target: None, shape: Shape::Pair { needs_rejected: true } };
        match (options.task_type, options.mode) {
            (TaskType::CausalLm | TaskType::SeqCls(_), Mode::Rlhf) => pair,
            (TaskType::CausalLm, Mode::Kto) => Self {
                sides: MAYBE_PAIR,
                target: Some(Target { name: "label", kind: TargetKind::Bool, is_optional: false }),
                shape: Shape::Pair { needs_rejected: false },
                ..pair
            },
            (TaskType::SeqCls(problem), _) => {
                Self { target: labels(problem.target(), true), shape: Shape::Classified(problem), ..plain }
            }
            (TaskType::Embedding, mode) if mode.is_training() => {
                Self { sides: ANCHORED, target: labels(TargetKind::Floats, false), shape: Shape::Anchored, ..plain }
            }
            (TaskType::Reranker | TaskType::GenerativeReranker, mode) if mode.is_training() => {
                Self { sides: MANY, target: labels(TargetKind::Ints, false), shape: Shape::Ranked, ..plain }
            }
            _ => plain,
        }
    }

    /// Whether a row is one sequence and nothing else, so that it may become several.
    pub(crate) fn may_split(&self) -> bool {
        self.shape == Shape::Plain
    }
}

impl ProblemType {
    fn target(self) -> TargetKind {
        match self {
            Self::SingleLabel => TargetKind::Int,
            Self::MultiLabel => TargetKind::Ints,
            Self::Regression => TargetKind::Float,
            Self::Regressions => TargetKind::Floats,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_by_name() {
        for name in TaskType::NAMES {
            assert!(TaskType::from_names(name, None, Some(2)).is_ok());
        }
        let task = |problem, labels| TaskType::from_names("seq_cls", problem, labels).unwrap();
        assert_eq!(task(None, Some(1)), TaskType::SeqCls(ProblemType::Regression));
        assert_eq!(task(None, Some(3)), TaskType::SeqCls(ProblemType::SingleLabel));
        assert_eq!(task(Some("regression"), Some(3)), TaskType::SeqCls(ProblemType::Regressions));
        assert_eq!(task(Some("multi_label_classification"), None), TaskType::SeqCls(ProblemType::MultiLabel));
        assert!(TaskType::from_names("seq_cls", None, None).is_err());
        assert!(TaskType::from_names("seq_cls", Some("ranking"), None).is_err());
        assert!(TaskType::from_names("decision", None, None).is_err());
    }

    #[test]
    fn no_layout_has_more_sides_than_are_counted() {
        for sides in [ONE, PAIR, MAYBE_PAIR, ANCHORED, MANY] {
            assert!(sides.len() <= MOST_SIDES);
        }
    }
}
