//! What another thread may see of a running job, and how it may stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The size of an input that nobody knows beforehand, such as standard input.
const UNKNOWN: u64 = u64::MAX;

/// Shared between a running job and whoever watches it. Reading and stopping never wait.
#[derive(Debug)]
pub struct Control {
    cancelled: Arc<AtomicBool>,
    pub(super) rows: AtomicU64,
    pub(super) tokens: AtomicU64,
    pub(super) bytes_read: AtomicU64,
    pub(super) refused: AtomicU64,
    bytes_total: AtomicU64,
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows that were encoded or refused.
    pub rows: u64,
    pub tokens: u64,
    /// Bytes taken from the inputs as they are on disk, compressed or not.
    pub bytes_read: u64,
    /// `None` where an input's size cannot be known beforehand.
    pub bytes_total: Option<u64>,
    pub refused: u64,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            cancelled: Arc::default(),
            rows: AtomicU64::new(0),
            tokens: AtomicU64::new(0),
            bytes_read: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            bytes_total: AtomicU64::new(UNKNOWN),
        }
    }
}

impl Control {
    /// Asks the job to stop. It leaves nothing half-written.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked the job to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// How far the job has come.
    pub fn progress(&self) -> Progress {
        let total = self.bytes_total.load(Ordering::Relaxed);
        Progress {
            rows: self.rows.load(Ordering::Relaxed),
            tokens: self.tokens.load(Ordering::Relaxed),
            bytes_read: self.bytes_read.load(Ordering::Relaxed),
            bytes_total: (total != UNKNOWN).then_some(total),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// The flag that a batch looks at.
    pub(super) fn cancelled(&self) -> &Arc<AtomicBool> {
        &self.cancelled
    }

    pub(super) fn set_total(&self, bytes: Option<u64>) {
        self.bytes_total.store(bytes.unwrap_or(UNKNOWN), Ordering::Relaxed);
    }
}

/// Whether a stage of the job should end early: somebody asked for it, or another stage failed.
#[derive(Debug)]
pub(super) struct Stop<'c> {
    pub control: &'c Control,
    failed: AtomicBool,
}

impl<'c> Stop<'c> {
    pub fn new(control: &'c Control) -> Self {
        Self { control, failed: AtomicBool::new(false) }
    }

    pub fn set_if(&self, failed: bool) {
        self.failed.fetch_or(failed, Ordering::Relaxed);
    }

    pub fn is_set(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.control.is_cancelled()
    }
}
