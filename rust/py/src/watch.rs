//! Long work on another thread, while this one looks for Ctrl-C.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use pyo3::prelude::*;
use swiftcore::error::Error;

use crate::errors::raise;

/// How often to look whether the user asked to stop.
const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// Runs `work` without the GIL. Where the user asks to stop, `cancel` is called, and what the user asked is raised when
/// the work has ended. An error or a panic becomes an exception.
pub fn watched<T: Send>(
    py: Python<'_>,
    cancel: impl FnOnce(),
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    let mut interrupted = None;
    let outcome = std::thread::scope(|scope| {
        let (done, mut finished) = channel();
        let working = scope.spawn(move || {
            let outcome = work();
            // Nobody listens any more only where the work was interrupted.
            let _ = done.send(());
            outcome
        });
        while interrupted.is_none() {
            // The receiver moves in and out, because it cannot be shared.
            let (waited, receiver) = py.detach(move || (finished.recv_timeout(SIGNAL_CHECK), finished));
            finished = receiver;
            match waited {
                Err(RecvTimeoutError::Timeout) => interrupted = py.check_signals().err(),
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if interrupted.is_some() {
            cancel();
        }
        py.detach(|| working.join())
    });
    match (interrupted, outcome) {
        (Some(interrupt), _) => Err(interrupt),
        (None, Ok(outcome)) => outcome.map_err(|error| raise(py, &error)),
        (None, Err(_)) => Err(raise(py, &Error::Internal { detail: "a thread panicked".to_owned() })),
    }
}
