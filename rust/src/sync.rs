//! What lock-free structures are built of: the standard library's, or loom's where a model of them is checked
//! (`make loom`).

#[cfg(not(loom))]
pub use std::sync::{OnceLock, atomic};

#[cfg(loom)]
pub use self::model::{OnceLock, atomic};

#[cfg(loom)]
mod model {
    pub use loom::sync::atomic;

    use loom::cell::UnsafeCell;
    use loom::sync::Mutex;
    use loom::sync::atomic::{AtomicBool, Ordering};

    /// `std::sync::OnceLock` for loom, which has none. As with that one, [`OnceLock::set`] waits for another thread that
    /// is setting the value at this moment.
    #[derive(Debug)]
    pub struct OnceLock<T> {
        setter: Mutex<()>,
        is_set: AtomicBool,
        value: UnsafeCell<Option<T>>,
    }

    // SAFETY: the value is written once, by a thread that holds `setter`, and read after `is_set` was seen to be true,
    // which that thread stores after the write.
    unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}

    impl<T> Default for OnceLock<T> {
        fn default() -> Self {
            Self { setter: Mutex::new(()), is_set: AtomicBool::new(false), value: UnsafeCell::new(None) }
        }
    }

    impl<T> From<T> for OnceLock<T> {
        fn from(value: T) -> Self {
            let once = Self::default();
            let _ = once.set(value);
            once
        }
    }

    impl<T> OnceLock<T> {
        pub fn get(&self) -> Option<&T> {
            if !self.is_set.load(Ordering::Acquire) {
                return None;
            }
            // SAFETY: nobody writes the value any more.
            self.value.with(|value| unsafe { (*value).as_ref() })
        }

        pub fn set(&self, value: T) -> Result<(), T> {
            let _setter = self.setter.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if self.is_set.load(Ordering::Acquire) {
                return Err(value);
            }
            // SAFETY: this thread alone holds `setter`, and nobody reads the value before `is_set`.
            self.value.with_mut(|place| unsafe { *place = Some(value) });
            self.is_set.store(true, Ordering::Release);
            Ok(())
        }
    }
}
