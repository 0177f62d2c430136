//! Ctrl-C in work on the caller's own thread: long loops of the core ask, and what a signal handler raises is raised.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use swiftcore::interrupt;

/// How often to run Python's signal handlers.
const PAUSE: Duration = Duration::from_millis(50);

thread_local! {
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
    /// When the handlers were last run in the work in progress.
    static LAST: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs `work`, with or without the GIL. It is unwound where a signal handler raises; [`raised`] is the exception.
pub fn with_signals<T>(work: impl FnOnce() -> T) -> T {
    LAST.set(None);
    interrupt::with_poll(poll, work)
}

/// The exception of the signal handler that ended work on this thread.
pub fn raised() -> Option<PyErr> {
    RAISED.take()
}

fn poll() -> bool {
    let now = Instant::now();
    match LAST.get() {
        Some(last) if now.duration_since(last) >= PAUSE => LAST.set(Some(now)),
        Some(_) => return false,
        // Most work is over before anyone could ask it to stop.
        None => {
            LAST.set(Some(now));
            return false;
        }
    }
    let error = Python::try_attach(|py| py.check_signals().err()).flatten();
    let is_raised = error.is_some();
    if is_raised {
        RAISED.set(error);
    }
    is_raised
}
