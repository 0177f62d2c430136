//! Encodes rows on every core. Threads take the next few rows when they are done with theirs, so
//! that one long conversation does not leave the others waiting; the result is the same for any
//! number of threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::columns::Columns;
use super::foreign::encode_foreign;
use super::growing::{Growing, Marks, gather};
use crate::encode::{Encoder, Scratch};
use crate::encoded::View;
use crate::error::{Error, RowError, RowErrorKind};
use crate::pool;
use crate::row::{Row, parse_row};
use crate::task::{RowSink, Values};

/// How many rows a thread takes at a time, at most: few enough to share the work out evenly at the end, enough for the
/// counter between them not to matter.
const STRIDE: usize = 16;

/// Into how many strides a thread's share is cut at least, so that one which is done early finds more to do.
const STRIDES_A_THREAD: usize = 4;

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
    pub cancelled: Option<&'c AtomicBool>,
}

/// Rows to encode, wherever they are.
pub trait Rows: Sync {
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `use_row` with row `index`.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where the row cannot be read, or the one that `use_row` gave.
    fn with_row(&self, index: usize, use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>)
    -> Result<(), RowError>;

    /// About how many bytes of text row `index` has, told quickly; it only shares out the work.
    fn size(&self, _index: usize) -> usize {
        1
    }

    /// Calls `use_row` with row `index` as JSON text, where rows can be had so.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where the row cannot be read, or the one that `use_row` gave.
    fn with_json(&self, index: usize, _use_row: &mut dyn FnMut(&str) -> Result<(), RowError>) -> Result<(), RowError> {
        self.with_row(index, &mut |_| {
            Err(RowError::new(RowErrorKind::Internal, "a defect of swiftcore: this row cannot be had as text"))
        })
    }
}

/// Rows that were read already.
pub struct Parsed<'a>(pub Vec<Result<Row<'a>, RowError>>);

impl Rows for Parsed<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        self.0[index].as_ref().map_err(Clone::clone).and_then(use_row)
    }
}

/// Rows as lines of JSON, parsed by the thread that encodes them.
pub struct JsonLines<'a>(pub Vec<&'a [u8]>);

impl Rows for JsonLines<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        use_row(&parse_row(self.0[index])?)
    }
}

/// What one thread did: its columns, and which of its ranges belongs where.
struct Share {
    grown: Growing,
    /// The first row of each stride, and the marks before and after it.
    strides: Vec<(usize, Marks, Marks)>,
}

/// Encodes `rows`. A row that cannot be encoded is set aside in [`Columns::refused`].
///
/// # Errors
///
/// [`Error::Cancelled`] where the caller asked to stop, [`Error::Argument`] for a number of
/// threads that makes no sense.
pub fn encode_batch(encoder: &Encoder, rows: &dyn Rows, options: &BatchOptions<'_>) -> Result<Columns, Error> {
    let threads = match options.num_threads {
        Some(0) => {
            return Err(Error::argument("num_threads", "is 0; give at least 1, or None for one a core"));
        }
        Some(threads) => threads,
        None => pool::default_threads()?,
    };
    if let Some(foreign) = encoder.foreign() {
        return encode_foreign(encoder, foreign, rows, options);
    }
    let stride = (rows.len() / threads.saturating_mul(STRIDES_A_THREAD)).clamp(1, STRIDE);
    let next = AtomicUsize::new(0);
    let share = || run_share(encoder, rows, options, stride, &next);
    let shares = if rows.len() <= 1 { vec![share()] } else { pool::broadcast(threads.min(rows.len()), share)? };
    if is_cancelled(options) {
        return Err(Error::Cancelled);
    }
    let mut pieces: Vec<(usize, usize, Marks, Marks)> = Vec::with_capacity(rows.len().div_ceil(stride));
    let mut grown = Vec::with_capacity(shares.len());
    for (thread, share) in shares.into_iter().enumerate() {
        pieces.extend(share.strides.into_iter().map(|(row, before, after)| (row, thread, before, after)));
        grown.push(share.grown);
    }
    pieces.sort_unstable_by_key(|(row, ..)| *row);
    let pieces: Vec<_> = pieces.into_iter().map(|(_, thread, before, after)| (thread, before, after)).collect();
    Ok(gather(grown, &pieces, encoder.options()))
}

fn is_cancelled(options: &BatchOptions<'_>) -> bool {
    options.cancelled.is_some_and(|cancelled| cancelled.load(Ordering::Relaxed))
}

fn run_share(
    encoder: &Encoder,
    rows: &dyn Rows,
    options: &BatchOptions<'_>,
    stride: usize,
    next: &AtomicUsize,
) -> Share {
    let mut share = Share { grown: Growing::new(encoder.layout(), options.wide_loss_scale), strides: Vec::new() };
    let mut scratch = Scratch::default();
    loop {
        let first = next.fetch_add(stride, Ordering::Relaxed);
        if first >= rows.len() || is_cancelled(options) {
            return share;
        }
        let before = share.grown.marks();
        for index in first..rows.len().min(first + stride) {
            encode_row(encoder, rows, options, index, &mut scratch, &mut share.grown);
        }
        share.strides.push((first, before, share.grown.marks()));
    }
}

fn encode_row(
    encoder: &Encoder,
    rows: &dyn Rows,
    options: &BatchOptions<'_>,
    index: usize,
    scratch: &mut Scratch,
    grown: &mut Growing,
) {
    let number = options.first_row + index as u64;
    let mut filter = Filter::new(grown, number, options.on_untrainable, encoder.options().gives_labels());
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        rows.with_row(index, &mut |row| encoder.encode_row(row, scratch, &mut filter))
    }));
    let error = match outcome {
        Ok(Ok(())) => match filter.refusal.take() {
            None => return,
            Some(error) => error,
        },
        Ok(Err(error)) => error,
        Err(_) => {
            // Whatever the row left half-done is not to be used again.
            *scratch = Scratch::default();
            RowError::new(RowErrorKind::Internal, "a defect of swiftcore, please report this row")
        }
    };
    filter.forget();
    grown.refused.push(error.at_row(number));
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
        if std::mem::take(&mut self.is_untrainable) {
            self.grown.untrainable += 1;
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
}
