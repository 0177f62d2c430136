//! Encodes rows on every core. Threads take more rows when they are done with theirs, so that none waits for
//! another; the result is the same for any number of threads.

use std::mem::take;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::columns::Columns;
use super::foreign::encode_foreign;
use super::growing::{Growing, Marks};
use super::join::{Part, gather};
use super::plan::Plan;
use super::rows::Rows;
use super::strip::Strip;
use super::whole::{Expected, Placing, Whole};
use crate::encode::{Encoder, Scratch};
use crate::encoded::View;
use crate::error::{Error, RowError, RowErrorKind};
use crate::interrupt;
use crate::pool;
use crate::task::{RowSink, Values};
use crate::warning::RowWarning;

/// After how many rows to look whether the caller wants to stop.
const CANCEL_ROWS: usize = 16;

/// What to do with a row that has no token to train on, in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUntrainable {
    /// Count and keep it.
    #[default]
    Keep,
    /// Count it and leave it out.
    Skip,
    /// Refuse it.
    Error,
}

impl OnUntrainable {
    /// The choice named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "keep" => Ok(Self::Keep),
            "skip" => Ok(Self::Skip),
            "error" => Ok(Self::Error),
            _ => Err(Error::argument("on_untrainable", format!("'{name}' is unknown; give one of keep, skip, error"))),
        }
    }
}

/// How to run a batch.
#[derive(Debug, Clone, Copy, Default)]
pub struct BatchOptions<'c> {
    pub on_untrainable: OnUntrainable,
    /// How many threads; `None` for [`super::default_threads`].
    pub num_threads: Option<usize>,
    /// What the first row counts as.
    pub first_row: u64,
    /// Whether weights come in 64 bits instead of 32.
    pub wide_loss_scale: bool,
    /// Set by whoever wants the batch to stop.
    pub cancelled: Option<&'c Arc<AtomicBool>>,
    /// Whether the caller's thread ends with the batch, and with it would all that it has learned.
    pub is_callers_last: bool,
}

/// Encodes `rows`. A row that cannot be encoded is set aside in [`Columns::refused`].
///
/// One thread is the caller's own, unless it ends with the batch; several are ours.
///
/// # Errors
///
/// [`Error::Cancelled`] where the caller asked to stop, [`Error::Argument`] for a number of
/// threads that makes no sense, [`Error::Row`] for an error that ends the whole batch.
pub fn encode_batch(encoder: &Encoder, rows: &dyn Rows, options: &BatchOptions<'_>) -> Result<Columns, Error> {
    let threads = pool::num_threads(options.num_threads)?;
    if let Some(foreign) = encoder.foreign() {
        return encode_foreign(encoder, foreign, rows, options);
    }
    let threads = threads.min(rows.len()).max(1);
    let plan = Plan::new(rows, threads);
    let whole = Whole::new(plan.strides(), &expected(encoder, rows, options, &plan));
    let ended = AtomicBool::new(false);
    let share = |thread| {
        interrupt::with_flag(options.cancelled, || run_share(encoder, rows, options, &plan, &whole, &ended, thread))
    };
    let shares =
        if threads == 1 && !options.is_callers_last { vec![share(0)] } else { pool::broadcast(threads, share)? };
    if is_cancelled(options) {
        return Err(Error::Cancelled);
    }
    let (mut parts, left): (Vec<Part>, Vec<_>) = shares.into_iter().unzip();
    if ended.into_inner() {
        return Err(final_error(parts.iter_mut().flat_map(|part| take(&mut part.rows.refused))));
    }
    let tokens = whole.finish(left.into_iter().flatten().collect(), threads)?;
    let mut columns = gather(parts, tokens, encoder.options());
    columns.warnings.merge(rows.warnings(options.first_row));
    Ok(columns)
}

fn expected(encoder: &Encoder, rows: &dyn Rows, options: &BatchOptions<'_>, plan: &Plan) -> Expected {
    let asked = encoder.options();
    Expected {
        rows: rows.len(),
        bytes: plan.bytes,
        sides: encoder.layout().sides.len(),
        has_labels: asked.gives_labels(),
        has_loss_scale: asked.gives_loss_scale(),
        is_wide: options.wide_loss_scale,
    }
}

/// The error that ended the batch, of several the one of the first row.
fn final_error(refused: impl Iterator<Item = RowError>) -> Error {
    let first = refused.filter(RowError::is_final).min_by_key(|error| error.row);
    first.map_or_else(|| Error::Internal { detail: "a batch ended early for no reason".to_owned() }, Error::Row)
}

fn is_cancelled(options: &BatchOptions<'_>) -> bool {
    options.cancelled.is_some_and(|cancelled| cancelled.load(Ordering::Relaxed))
}

/// What the thread with this number grew, and the tokens of strides that are not in their places yet.
fn run_share(
    encoder: &Encoder,
    rows: &dyn Rows,
    options: &BatchOptions<'_>,
    plan: &Plan,
    whole: &Whole,
    ended: &AtomicBool,
    thread: usize,
) -> (Part, Vec<(usize, Strip)>) {
    let mut grown = Growing::new(encoder.layout(), options.wide_loss_scale);
    grown.reserve(plan.rows_a_thread());
    let mut strides = Vec::with_capacity(plan.strides_a_thread());
    let mut placing = Placing::new(whole);
    let mut scratch = Scratch::default();
    'all: while let Some((number, stride)) = plan.take(thread) {
        let before = grown.marks();
        for index in stride {
            if index % CANCEL_ROWS == 0 && (is_cancelled(options) || ended.load(Ordering::Relaxed)) {
                break 'all;
            }
            if encode_row(encoder, rows, options, index, &mut scratch, &mut grown).is_break() {
                ended.store(true, Ordering::Relaxed);
                break 'all;
            }
        }
        strides.push((number, before, grown.marks()));
        grown.strip = placing.take(number, take(&mut grown.strip));
    }
    (Part { rows: grown, strides }, placing.left().collect())
}

/// Encodes a row or refuses it. Breaks where its error ends the whole batch.
fn encode_row(
    encoder: &Encoder,
    rows: &dyn Rows,
    options: &BatchOptions<'_>,
    index: usize,
    scratch: &mut Scratch,
    grown: &mut Growing,
) -> ControlFlow<()> {
    let number = options.first_row + index as u64;
    let mut filter = Filter::new(grown, number, options.on_untrainable, encoder.options().gives_labels());
    let outcome = interrupt::catch(|| rows.with_row(index, &mut |row| encoder.encode_row(row, scratch, &mut filter)));
    let error = match outcome {
        Ok(Ok(())) => match filter.refusal.take() {
            None => return ControlFlow::Continue(()),
            Some(error) => error,
        },
        Ok(Err(error)) => error,
        Err(_) => {
            // An interrupt counts as a refusal, too: nobody looks at the rows of a batch that was cancelled.
            // Whatever the row left half-done is not to be used again.
            *scratch = Scratch::default();
            RowError::new(RowErrorKind::Internal, "a defect of swiftcore, please report this row")
        }
    };
    filter.forget();
    let outcome = if error.is_final() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    grown.reject(error, number, encoder.options());
    outcome
}

/// Lets through what comes of one input row, and decides about what has no token to train on.
pub(super) struct Filter<'g> {
    grown: &'g mut Growing,
    number: u64,
    on_untrainable: OnUntrainable,
    /// Whether tokens have labels to look at.
    is_labelled: bool,
    /// Where the input row began, and where the row that is open did.
    begin: Marks,
    open: Marks,
    is_untrainable: bool,
    pub(super) refusal: Option<RowError>,
}

impl<'g> Filter<'g> {
    pub(super) fn new(grown: &'g mut Growing, number: u64, on_untrainable: OnUntrainable, is_labelled: bool) -> Self {
        let begin = grown.marks();
        let (open, is_untrainable, refusal) = (begin, false, None);
        Self { grown, number, on_untrainable, is_labelled, begin, open, is_untrainable, refusal }
    }

    /// Takes everything of this input row back.
    pub(super) fn forget(&mut self) {
        self.grown.truncate(&self.begin);
    }
}

impl RowSink for Filter<'_> {
    fn sequence(&mut self, side: usize, sequence: View<'_>) {
        // A pair teaches nothing where one of its sides has nothing to learn from.
        self.is_untrainable |= self.is_labelled && !sequence.is_trainable();
        self.grown.sequence(side, sequence);
    }

    fn end(&mut self, values: &Values) {
        if take(&mut self.is_untrainable) {
            // A row that is refused counts once, whatever the number of its parts.
            self.grown.untrainable += u64::from(self.refusal.is_none());
            match self.on_untrainable {
                OnUntrainable::Keep => {}
                OnUntrainable::Skip => return self.grown.truncate(&self.open),
                OnUntrainable::Error => {
                    let detail = "has no token to train on; give it a trained assistant message within max_length";
                    self.refusal = Some(RowError::new(RowErrorKind::Untrainable, detail));
                    return;
                }
            }
        }
        self.grown.end(values, self.number);
        self.open = self.grown.marks();
    }

    fn warn(&mut self, warning: &RowWarning) {
        self.grown.warnings.add(warning, self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::data::testing::encoder;
    use crate::row::{Row, parse_row};

    /// Rows of which one panics, or the question how long they are.
    struct Defective {
        row: Option<usize>,
        bytes_at: Option<usize>,
    }

    impl Rows for Defective {
        fn len(&self) -> usize {
            200
        }

        fn with_row(
            &self,
            index: usize,
            use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
        ) -> Result<(), RowError> {
            assert_ne!(Some(index), self.row, "a defect in a row");
            use_row(&parse_row(br#"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}"#)?)
        }

        fn bytes(&self, rows: Range<usize>) -> usize {
            assert_ne!(Some(rows.start), self.bytes_at, "a defect outside of rows");
            1
        }
    }

    #[test]
    fn a_panic_in_a_row_refuses_that_row_alone() {
        let encoder = encoder();
        for threads in [1, 2, 4] {
            let options = BatchOptions { num_threads: Some(threads), ..BatchOptions::default() };
            let columns = encode_batch(&encoder, &Defective { row: Some(77), bytes_at: None }, &options).unwrap();
            assert_eq!(columns.len(), 199);
            let refused: Vec<_> = columns.refused.iter().map(|error| (error.row, error.kind)).collect();
            assert_eq!(refused, [(Some(77), RowErrorKind::Internal)]);
            // Any other panic ends the call, and nothing else.
            let call = || encode_batch(&encoder, &Defective { row: None, bytes_at: Some(0) }, &options);
            assert!(interrupt::catch(call).is_err());
        }
    }
}
