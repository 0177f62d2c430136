//! What a thread keeps for an engine between texts: its cache of pre-tokens and its workspace.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::ahead::Ahead;
use super::cache::Cache;
use super::encode::Workspace;

/// How many engines a thread keeps state for; of more, the one used longest ago gives way.
const KEPT: usize = 4;

/// See above.
#[derive(Debug, Default)]
pub struct State {
    pub cache: Cache,
    pub ahead: Ahead,
    pub workspace: Workspace,
    /// A piece of text with a space before it.
    pub piece: Vec<u8>,
    /// A piece of text with marks for spaces.
    pub marked: Vec<u8>,
}

/// An engine's claim to its state in every thread.
#[derive(Debug)]
pub struct Owner(Arc<u64>);

struct Kept {
    owner: Weak<u64>,
    number: u64,
    /// None while it is in use.
    state: Option<Box<State>>,
}

thread_local! {
    static KEPT_STATES: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

impl Default for Owner {
    fn default() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Self(Arc::new(NUMBER.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Owner {
    /// Calls `work` with this thread's state for the engine.
    #[inline(always)]
    pub fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // Taken out while in use: a panic in `work` then loses a cache and breaks nothing.
        let mut state = self.take();
        let result = work(&mut state);
        self.give_back(state);
        result
    }

    #[inline(always)]
    fn take(&self) -> Box<State> {
        let kept = KEPT_STATES.try_with(|states| {
            let mut states = states.borrow_mut();
            let at = states.iter().rposition(|kept| kept.number == *self.0)?;
            // What was used last is the last.
            states[at..].rotate_left(1);
            states.last_mut()?.state.take()
        });
        kept.ok().flatten().unwrap_or_default()
    }

    #[inline(always)]
    fn give_back(&self, state: Box<State>) {
        // Where the thread is ending there is nothing to keep it for.
        let _ = KEPT_STATES.try_with(|states| {
            let mut states = states.borrow_mut();
            match states.iter_mut().rfind(|kept| kept.number == *self.0) {
                Some(kept) => kept.state = Some(state),
                None => self.keep(&mut states, state),
            }
        });
    }

    #[cold]
    fn keep(&self, states: &mut Vec<Kept>, state: Box<State>) {
        if states.len() >= KEPT {
            states.retain(|kept| kept.owner.strong_count() > 0);
            if states.len() >= KEPT {
                states.remove(0);
            }
        }
        states.push(Kept { owner: Arc::downgrade(&self.0), number: *self.0, state: Some(state) });
    }
}
