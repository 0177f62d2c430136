//! The `fastokens` crate behind the engine trait: byte-level and SentencePiece-style BPE.
//! It is used only where it was seen to agree with the reference.

use std::sync::Once;
use std::thread;

use fastokens::{AddedTokenPolicy, Tokenizer};

use super::Engine;
use crate::error::Error;
use crate::pool;

/// From this many bytes on the engine spreads one text over threads. It does so on those of the thread pool that it is
/// called from, which must then be ours: the global pool does not survive a fork.
const SPREADS_FROM: usize = 32 * 1024;

/// The fast engine.
pub struct FastEngine(Tokenizer);

impl FastEngine {
    /// The name of this engine in the names of verdicts.
    pub const NAME: &str = "fastokens";

    /// Reads a `tokenizer.json`. Its truncation and padding are left aside, as in the reference.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] for a tokenizer of a kind that this engine does not know.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        keep_no_threads();
        let value = serde_json::from_slice(json).map_err(Error::tokenizer)?;
        let mut tokenizer = Tokenizer::from_json(value).map_err(Error::tokenizer)?;
        tokenizer.set_padding(None);
        tokenizer.set_truncation(None);
        Ok(Self(tokenizer))
    }
}

/// Has the fast engine decide, once per process, to keep no threads of its own. Long texts are spread over our thread
/// pool. The engine's own threads share locks that a fork can leave locked forever in the child.
///
/// The engine keeps as many threads as the calling thread has CPUs, and decides that at the first call. So the first
/// call is made by a thread with one CPU. Its environment variable would do the same, but changing the environment is
/// undefined while another thread reads it.
fn keep_no_threads() {
    static DECIDED: Once = Once::new();
    DECIDED.call_once(|| {
        let decide = || {
            pin_to_one_cpu();
            fastokens::fanout::threads()
        };
        // A thread that cannot be started leaves the engine as it is: it is slower after a fork, not wrong.
        let _ = thread::Builder::new().name("swiftcore-settle".into()).spawn(decide).map(thread::JoinHandle::join);
    });
}

/// Restricts the calling thread to one of its CPUs. Whether that is possible depends on the system.
#[cfg(target_os = "linux")]
fn pin_to_one_cpu() -> bool {
    let size = size_of::<libc::cpu_set_t>();
    // SAFETY: zero bytes are a valid, empty `cpu_set_t`.
    let (mut allowed, mut one): (libc::cpu_set_t, libc::cpu_set_t) = unsafe { std::mem::zeroed() };
    // SAFETY: `allowed` is a `cpu_set_t` of `size` bytes that the call may write to; 0 is the calling thread.
    if unsafe { libc::sched_getaffinity(0, size, &raw mut allowed) } != 0 {
        return false;
    }
    // SAFETY: every index is below `CPU_SETSIZE`, so it lies within the sets.
    unsafe {
        let first = (0..libc::CPU_SETSIZE as usize).find(|cpu| libc::CPU_ISSET(*cpu, &allowed));
        let Some(first) = first else { return false };
        libc::CPU_SET(first, &mut one);
    }
    // SAFETY: `one` is a `cpu_set_t` of `size` bytes; 0 is the calling thread.
    unsafe { libc::sched_setaffinity(0, size, &raw const one) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn pin_to_one_cpu() -> bool {
    false
}

impl Engine for FastEngine {
    fn encode_into(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        let encode = || self.0.encode_with_policy(text, false, AddedTokenPolicy::All);
        let encoded = if text.len() < SPREADS_FROM { encode() } else { pool::install(encode)? };
        ids.extend_from_slice(&encoded.map_err(Error::tokenizer)?);
        Ok(())
    }

    fn encode_with_special_tokens(&self, text: &str) -> Result<Vec<u32>, Error> {
        let encode = || self.0.encode_with_special_tokens(text, true);
        let encoded = if text.len() < SPREADS_FROM { encode() } else { pool::install(encode)? };
        encoded.map_err(Error::tokenizer)
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.0.token_to_id(token)
    }

    fn name(&self) -> &'static str {
        "fast"
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_engine_keeps_no_threads() {
        keep_no_threads();
        assert_eq!(fastokens::fanout::threads(), 1);
    }
}
