//! Stops work in the middle of a row, so that a huge row does not delay Ctrl-C.
//!
//! Long loops call [`check`] now and then. Whoever started the work says beforehand how to find out whether somebody
//! asked it to stop ([`with_flag`], [`with_poll`]). Where that is so, `check` unwinds the stack with [`Interrupted`] as
//! salsa and rust-analyzer do, which needs no error path in the loops; [`catch`] ends the unwinding. No panic hook runs.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The payload of the unwinding.
#[derive(Debug)]
pub struct Interrupted;

/// How a thread finds out whether to stop.
#[derive(Clone)]
enum Source {
    Flag(Arc<AtomicBool>),
    Poll(fn() -> bool),
}

thread_local! {
    static SOURCE: RefCell<Option<Source>> = const { RefCell::new(None) };
}

/// Runs `work`, in which [`check`] looks at `flag`.
pub fn with_flag<T>(flag: Option<&Arc<AtomicBool>>, work: impl FnOnce() -> T) -> T {
    with(flag.map(|flag| Source::Flag(Arc::clone(flag))), work)
}

/// Runs `work`, in which [`check`] calls `poll`. It returns whether to stop, and should be quick.
pub fn with_poll<T>(poll: fn() -> bool, work: impl FnOnce() -> T) -> T {
    with(Some(Source::Poll(poll)), work)
}

fn with<T>(source: Option<Source>, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<Source>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let before = self.0.take();
            let _ = SOURCE.try_with(|current| *current.borrow_mut() = before);
        }
    }
    let _restore = Restore(SOURCE.with(|current| current.replace(source)));
    work()
}

/// Unwinds with [`Interrupted`] where the work should stop. Cheap, but not free: call it every few microseconds.
#[inline]
pub fn check() {
    if is_asked() {
        resume_unwind(Box::new(Interrupted));
    }
}

/// [`check`] once in `EVERY` calls with rising `index`, which is a power of two.
#[inline]
pub fn check_every<const EVERY: usize>(index: usize) {
    const { assert!(EVERY.is_power_of_two()) };
    if index & (EVERY - 1) == EVERY - 1 {
        check();
    }
}

fn is_asked() -> bool {
    let poll = SOURCE.with(|source| match &*source.borrow() {
        None => Err(false),
        Some(Source::Flag(flag)) => Err(flag.load(Ordering::Relaxed)),
        // Called without the borrow: it may run anything, work with another source included.
        Some(Source::Poll(poll)) => Ok(*poll),
    });
    poll.map_or_else(|asked| asked, |poll| poll())
}

/// Runs `work`, and returns what it panicked with where it did.
///
/// # Errors
///
/// The payload; [`is_interrupt`] tells [`check`] from a defect.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    catch_unwind(AssertUnwindSafe(work))
}

/// Whether a panic's payload comes from [`check`].
pub fn is_interrupt(payload: &(dyn Any + Send)) -> bool {
    payload.is::<Interrupted>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_stops_at_a_check_where_its_flag_is_set() {
        let flag = Arc::new(AtomicBool::new(false));
        let run = || catch(|| with_flag(Some(&flag), || (0..10).for_each(check_every::<4>)));
        assert!(run().is_ok());
        flag.store(true, Ordering::Relaxed);
        assert!(run().is_err_and(|payload| is_interrupt(&*payload)));
        // Outside nobody asked, nor in work that has no flag.
        check();
        with_flag(Some(&flag), || with_flag(None, check));
        let defect = catch(|| std::panic::resume_unwind(Box::new("a defect")));
        assert!(defect.is_err_and(|payload| !is_interrupt(&*payload)));
    }

    #[test]
    fn a_poll_may_run_work_of_its_own() {
        fn poll() -> bool {
            with_flag(None, check);
            true
        }
        assert!(catch(|| with_poll(poll, check)).is_err_and(|payload| is_interrupt(&*payload)));
    }
}
