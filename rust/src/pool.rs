//! Our own threads. Never the global pool, and never one from before a fork: the threads of a
//! parent process do not exist in its child.

use std::env;
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::thread;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;

/// The most threads that a caller may ask for. No machine gains from more, and the system would refuse to start them.
pub const MAX_THREADS: usize = 1024;

/// Beyond this many threads a pool is built for the call alone.
const KEPT_SIZES: usize = 256;

struct Kept {
    process: u32,
    pool: ThreadPool,
}

static POOLS: [AtomicPtr<Kept>; KEPT_SIZES + 1] = [const { AtomicPtr::new(ptr::null_mut()) }; KEPT_SIZES + 1];

/// How many threads to use where nobody says: `SWIFTCORE_NUM_THREADS`, else one a core that this
/// process may run on.
///
/// # Errors
///
/// [`Error::Argument`] where the variable is no positive number.
pub fn default_threads() -> Result<usize, Error> {
    match env::var("SWIFTCORE_NUM_THREADS") {
        Ok(value) if !value.trim().is_empty() => {
            value.trim().parse().ok().filter(|threads| (1..=MAX_THREADS).contains(threads)).ok_or_else(|| {
                let detail = format!("'{value}' is not a number of threads; give an integer from 1 to {MAX_THREADS}");
                Error::argument("SWIFTCORE_NUM_THREADS", detail)
            })
        }
        _ => Ok(thread::available_parallelism().map_or(1, usize::from)),
    }
}

/// Returns the number of threads that a caller asks for, or the default.
///
/// # Errors
///
/// [`Error::Argument`] where it is not from 1 to [`MAX_THREADS`].
pub fn num_threads(asked: Option<usize>) -> Result<usize, Error> {
    match asked {
        None => default_threads(),
        Some(threads) if (1..=MAX_THREADS).contains(&threads) => Ok(threads),
        Some(threads) => {
            let detail = format!("is {threads}; give an integer from 1 to {MAX_THREADS}, or None for one a core");
            Err(Error::argument("num_threads", detail))
        }
    }
}

/// Runs `task` once on each of `threads` threads, with the thread's number, and returns when all are done. For as many
/// threads, a number is always the same thread.
///
/// # Errors
///
/// [`Error::Internal`] where the system gives no threads.
pub(crate) fn broadcast<T: Send>(threads: usize, task: impl Fn(usize) -> T + Sync) -> Result<Vec<T>, Error> {
    let threads = threads.max(1);
    if threads > KEPT_SIZES {
        return Ok(build(threads)?.broadcast(|context| task(context.index())));
    }
    Ok(pool(threads)?.broadcast(|context| task(context.index())))
}

/// Runs `task` on one of our threads, so that whatever it does in parallel stays on them.
///
/// # Errors
///
/// [`Error::Internal`] where the system gives no threads, [`Error::Argument`] where the variable for their number is
/// no number.
pub(crate) fn install<T: Send>(task: impl FnOnce() -> T + Send) -> Result<T, Error> {
    if rayon::current_thread_index().is_some() {
        return Ok(task());
    }
    Ok(pool(default_threads()?.min(KEPT_SIZES))?.install(task))
}

/// Does `work` with each of `items`, on so many threads.
///
/// # Errors
///
/// [`Error::Internal`] where the system gives no threads.
pub(crate) fn each<T: Send>(threads: usize, items: Vec<T>, work: impl Fn(T) + Sync + Send) -> Result<(), Error> {
    if threads <= 1 || items.len() <= 1 {
        items.into_iter().for_each(work);
        return Ok(());
    }
    pool(threads.min(KEPT_SIZES))?.install(|| items.into_par_iter().for_each(work));
    Ok(())
}

/// The pool of this process with so many threads.
fn pool(threads: usize) -> Result<&'static ThreadPool, Error> {
    let slot = &POOLS[threads];
    let kept = slot.load(Ordering::Acquire);
    // SAFETY: what a slot points to was leaked by `keep` and is never freed.
    let found = match unsafe { kept.as_ref() } {
        Some(kept) if kept.process == process::id() => kept,
        _ => keep(slot, kept, build(threads)?),
    };
    Ok(&found.pool)
}

fn build(threads: usize) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("swiftcore-{index}"))
        .build()
        .map_err(|error| Error::Internal { detail: error.to_string() })
}

/// Keeps `pool` for the next call. What was there before stays where it is: another thread may be
/// using it, or it belongs to the parent process and its threads cannot be joined.
fn keep(slot: &AtomicPtr<Kept>, before: *mut Kept, pool: ThreadPool) -> &'static Kept {
    let kept: &'static mut Kept = Box::leak(Box::new(Kept { process: process::id(), pool }));
    let pointer: *mut Kept = kept;
    match slot.compare_exchange(before, pointer, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: just leaked, and never freed.
        Ok(_) => unsafe { &*pointer },
        Err(other) => {
            // SAFETY: another thread of this process was first; its pool is leaked and never freed.
            let winner = unsafe { &*other };
            // SAFETY: ours was never published, so nobody else can hold it.
            drop(unsafe { Box::from_raw(pointer) });
            winner
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_runs_on_a_thread_of_ours() {
        assert!(install(|| rayon::current_thread_index().is_some()).unwrap());
        assert!(rayon::current_thread_index().is_none());
    }

    #[test]
    fn each_item_is_worked_on_once() {
        for threads in [1, 2, 3] {
            let sum = std::sync::atomic::AtomicUsize::new(0);
            each(threads, (0..100).collect(), |item| {
                sum.fetch_add(item, Ordering::Relaxed);
            })
            .unwrap();
            assert_eq!(sum.into_inner(), 4950);
        }
    }

    #[test]
    fn every_thread_runs_the_task_once() {
        for threads in [1, 2, 3, 3] {
            assert_eq!(broadcast(threads, |_| 7).unwrap(), vec![7; threads]);
        }
    }
}
