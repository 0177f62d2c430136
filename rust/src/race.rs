//! Values that are made at first use, without a lock. A process may fork while another thread is making one, and a lock
//! that is held at that moment stays locked in the child for ever. So whoever finds nothing makes the value, and what
//! is kept is that of the first to have done so.

use std::fmt;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::time::Duration;
use std::{process, thread};

/// A place for a value that is put there once.
pub struct Once<T: Send + Sync>(AtomicPtr<T>);

impl<T: Send + Sync> Once<T> {
    /// A place with nothing in it.
    pub const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// What is there.
    #[inline(always)]
    pub fn get(&self) -> Option<&T> {
        // SAFETY: null, or put there by `put` out of a box that lives as long as `self`.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// What is there, else what `make` makes; it may be called by several threads at once.
    pub fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(value) => value,
            None => self.put(make()),
        }
    }

    /// What is there, else what `make` makes, called by one thread at a time; others wait for it. After a fork a child
    /// does not wait for a thread of its parent.
    pub fn get_or_make_alone(&self, maker: &Maker, make: impl FnOnce() -> T) -> &T {
        struct Leave<'m>(&'m Maker);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.0.store(0, Ordering::Release);
            }
        }
        loop {
            if let Some(value) = self.get() {
                return value;
            }
            let current = maker.0.load(Ordering::Acquire);
            let is_busy = current == process::id();
            if is_busy || maker.0.compare_exchange(current, process::id(), Ordering::AcqRel, Ordering::Acquire).is_err()
            {
                thread::sleep(Duration::from_millis(1));
                continue;
            }
            let _leave = Leave(maker);
            return match self.get() {
                Some(value) => value,
                None => self.put(make()),
            };
        }
    }

    /// Puts `value` there, unless there is one already; gives the one that is there then.
    pub fn put(&self, value: T) -> &T {
        let ours = Box::into_raw(Box::new(value));
        match self.0.compare_exchange(ptr::null_mut(), ours, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: out of a box that is dropped with `self`.
            Ok(_) => unsafe { &*ours },
            Err(theirs) => {
                // SAFETY: ours was never shared.
                drop(unsafe { Box::from_raw(ours) });
                // SAFETY: out of a box that is dropped with `self`.
                unsafe { &*theirs }
            }
        }
    }
}

/// Which process is making a value of a [`Once`] right now; 0 for none.
#[derive(Debug, Default)]
pub struct Maker(AtomicU32);

impl<T: Send + Sync> Default for Once<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send + Sync> Drop for Once<T> {
    fn drop(&mut self) {
        let value = *self.0.get_mut();
        if !value.is_null() {
            // SAFETY: out of a box, and nobody else has `self` now.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}

impl<T: Send + Sync + fmt::Debug> fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Once").field(&self.get()).finish()
    }
}

/// A value and how it is made at first use.
pub struct Lazy<T: Send + Sync> {
    value: Once<T>,
    make: fn() -> T,
}

impl<T: Send + Sync> Lazy<T> {
    /// The value that `make` makes.
    pub const fn new(make: fn() -> T) -> Self {
        Self { value: Once::new(), make }
    }
}

impl<T: Send + Sync> Deref for Lazy<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        self.value.get_or_make(self.make)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn all_threads_see_the_value_of_the_first() {
        let place = &Once::new();
        let seen: Vec<usize> = thread::scope(|scope| {
            let threads = (0..8).map(|number| scope.spawn(move || *place.get_or_make(|| number)));
            let threads: Vec<_> = threads.collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(seen.iter().all(|value| Some(value) == place.get()));
    }

    #[test]
    fn a_large_value_is_made_once() {
        let (place, maker, made) = (&Once::new(), &Maker::default(), &AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(move || {
                    place.get_or_make_alone(maker, || {
                        thread::sleep(Duration::from_millis(20));
                        made.fetch_add(1, Ordering::Relaxed)
                    });
                });
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
        // A maker that panics leaves the place to others.
        let (place, maker) = (Once::new(), Maker::default());
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            place.get_or_make_alone(&maker, || panic!("no value"));
        }));
        assert!(failed.is_err());
        assert_eq!(*place.get_or_make_alone(&maker, || 7), 7);
        // One that was busy in the parent of a fork is not waited for.
        let (place, maker) = (Once::new(), Maker(AtomicU32::new(process::id() + 1)));
        assert_eq!(*place.get_or_make_alone(&maker, || 7), 7);
    }

    #[test]
    fn a_value_is_dropped_once_and_with_its_place() {
        let value = Arc::new(());
        let place = Once::new();
        place.put(value.clone());
        place.put(value.clone());
        assert_eq!(Arc::strong_count(&value), 2);
        drop(place);
        assert_eq!(Arc::strong_count(&value), 1);
        drop(Once::<Arc<()>>::new());
    }

    #[test]
    fn a_lazy_value_is_made_at_first_use() {
        static VALUE: Lazy<String> = Lazy::new(|| "made".to_owned());
        assert_eq!(VALUE.as_str(), "made");
        assert!(ptr::eq(VALUE.as_str(), VALUE.as_str()));
    }
}
