//! Things that are done in any order, taken in the order of their numbers. Whoever is too far ahead of the others waits,
//! so that what is done but not taken is bounded.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A queue that puts what comes into it in order.
#[derive(Debug)]
pub(super) struct Order<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// How many numbers ahead of the one to be taken next may wait here.
    window: u64,
}

#[derive(Debug)]
struct State<T> {
    next: u64,
    done: BTreeMap<u64, T>,
    /// Nothing more comes.
    ended: bool,
    /// Nothing more is taken.
    closed: bool,
}

impl<T> Order<T> {
    pub fn new(window: usize) -> Self {
        let state = State { next: 0, done: BTreeMap::new(), ended: false, closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), window: window.max(1) as u64 }
    }

    /// Puts `item` into its place, once its turn is near. Whether anybody wants more.
    pub fn put(&self, number: u64, item: T) -> bool {
        let mut state = self.lock();
        while !state.closed && number >= state.next + self.window {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let wanted = !state.closed;
        if wanted {
            state.done.insert(number, item);
            self.changed.notify_all();
        }
        wanted
    }

    /// The next item; none where nothing more comes.
    pub fn take(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            let next = state.next;
            if let Some(item) = state.done.remove(&next) {
                state.next += 1;
                self.changed.notify_all();
                return Some(item);
            }
            if state.ended || state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Everything was put that will be.
    pub fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Nobody takes any more.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.done.clear();
        self.changed.notify_all();
    }

    /// Close the queue if this thread panics before the result is dropped, so that no other thread waits for it.
    pub fn close_on_panic(&self) -> CloseOnPanic<'_, T> {
        CloseOnPanic(self)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Order::close_on_panic`].
pub(super) struct CloseOnPanic<'o, T>(&'o Order<T>);

impl<T> Drop for CloseOnPanic<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn nobody_waits_for_a_thread_that_panicked() {
        let order = Order::new(1);
        thread::scope(|scope| {
            let taking = scope.spawn(|| {
                let _close = order.close_on_panic();
                assert_eq!(order.take(), Some(0), "the only number that is taken");
                panic!("a defect of whoever takes");
            });
            assert!(order.put(0, 0));
            // The second one waits for the first to be taken, the third in vain.
            while order.put(1, 1) && order.put(2, 2) {}
            assert!(taking.join().is_err());
        });
        assert_eq!(order.take(), None);
    }

    #[test]
    fn what_is_done_in_any_order_is_taken_in_order() {
        let (order, turn, ahead) = (Order::new(3), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            let work = || {
                loop {
                    let number = turn.fetch_add(1, Ordering::Relaxed);
                    if number >= 1000 {
                        return;
                    }
                    // Odd ones are slow.
                    (0..number % 2 * 500).for_each(|_| std::hint::spin_loop());
                    assert!(order.put(number, number));
                }
            };
            let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            let taken = scope.spawn(|| {
                std::iter::from_fn(|| {
                    ahead.fetch_max(order.lock().done.len() as u64, Ordering::Relaxed);
                    order.take()
                })
                .collect::<Vec<_>>()
            });
            workers.into_iter().for_each(|worker| worker.join().unwrap());
            order.end();
            assert_eq!(taken.join().unwrap(), (0..1000).collect::<Vec<_>>());
        });
        assert!(ahead.into_inner() <= 3);
    }

    #[test]
    fn whoever_waits_is_let_go_when_nobody_takes_any_more() {
        let order = Order::new(1);
        thread::scope(|scope| {
            let early = scope.spawn(|| order.put(5, ()));
            order.close();
            assert!(!early.join().unwrap());
        });
        assert!(order.take().is_none());
    }
}
