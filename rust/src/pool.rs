//! Our own threads. Never the global pool, and never one from before a fork: the threads of a
//! parent process do not exist in its child.

use std::env;
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rayon::{BroadcastContext, ThreadPool, ThreadPoolBuilder};

use crate::error::Error;

/// The most threads that a caller may ask for. No machine gains from more, and the system would refuse to start them.
pub const MAX_THREADS: usize = 1024;

/// The pool of a process.
struct Kept {
    process: u32,
    threads: usize,
    pool: ThreadPool,
}

/// One pool for batches of all sizes. It grows where a caller asks for more threads than it has.
static POOL: AtomicPtr<Kept> = AtomicPtr::new(ptr::null_mut());

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

/// Runs `task` once on each of `threads` threads, with the thread's number, and returns when all are done. A number is
/// always the same thread.
///
/// # Errors
///
/// [`Error::Internal`] where the system gives no threads.
pub(crate) fn broadcast<T: Send>(threads: usize, task: impl Fn(usize) -> T + Sync) -> Result<Vec<T>, Error> {
    let threads = threads.max(1);
    let run = |context: BroadcastContext<'_>| (context.index() < threads).then(|| task(context.index()));
    Ok(pool(threads)?.broadcast(run).into_iter().flatten().collect())
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
    Ok(pool(1)?.install(task))
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
    let items: Vec<_> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    let next = AtomicUsize::new(0);
    broadcast(threads.min(items.len()), |_| {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(item) = item.lock().unwrap_or_else(PoisonError::into_inner).take() {
                work(item);
            }
        }
    })?;
    Ok(())
}

/// The pool of this process, with at least so many threads.
fn pool(threads: usize) -> Result<&'static ThreadPool, Error> {
    let kept = POOL.load(Ordering::Acquire);
    // SAFETY: what `POOL` points to was leaked by `keep` and is never freed.
    let found = match unsafe { kept.as_ref() } {
        Some(found) if found.process == process::id() && found.threads >= threads => found,
        found => {
            let before = found.filter(|found| found.process == process::id()).map_or(0, |found| found.threads);
            // Twice as many, so that a pool that grows step by step is seldom built anew.
            let size = if before == 0 { threads.max(default_threads()?) } else { threads.max(2 * before) };
            keep(kept, size.min(MAX_THREADS), build(size.min(MAX_THREADS))?)
        }
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

/// Keeps `pool` for the next call. The one before stays where it is: another thread may be using it, or it belongs to
/// the parent process and its threads cannot be joined.
fn keep(before: *mut Kept, threads: usize, pool: ThreadPool) -> &'static Kept {
    let kept: &'static mut Kept = Box::leak(Box::new(Kept { process: process::id(), threads, pool }));
    let pointer: *mut Kept = kept;
    match POOL.compare_exchange(before, pointer, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: just leaked, and never freed.
        Ok(_) => unsafe { &*pointer },
        Err(other) => {
            // SAFETY: another thread of this process was first; its pool is leaked and never freed.
            let winner = unsafe { &*other };
            if winner.threads < threads {
                // SAFETY: leaked above. It is used for this call alone.
                return unsafe { &*pointer };
            }
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

    #[test]
    fn there_is_one_pool_for_all_sizes() {
        let names = |threads| broadcast(threads, |_| thread::current().id()).unwrap();
        // More than any other test asks for.
        let all = names(64);
        for threads in [1, 2, 3, 63, 64] {
            assert_eq!(names(threads), all[..threads]);
        }
    }
}
