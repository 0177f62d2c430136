//! Remembers, by a tokenizer's hash, whether the fast engine is exact for it, so that a known
//! tokenizer starts at once. A verdict that cannot be kept is simply made anew.

use std::path::PathBuf;

use crate::cache;

/// What probing the fast engine came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It agreed with the reference on every text.
    Exact,
    /// It cannot be used, and why.
    Refused(String),
}

const KIND: &str = "engine-verdict";
/// How many bytes the folder holds at most.
const MOST_BYTES: u64 = 16 << 20;
const EXACT: &str = "exact";
const REFUSED: &str = "refused: ";

impl Verdict {
    /// The verdict kept for an engine and the tokenizer with this hash.
    pub fn load(engine: &str, hash: &str) -> Option<Self> {
        let content = cache::load(&file(engine, hash)?, KIND, &key(engine, hash))?;
        match std::str::from_utf8(&content).ok()? {
            EXACT => Some(Self::Exact),
            other => other.strip_prefix(REFUSED).map(|reason| Self::Refused(reason.to_owned())),
        }
    }

    /// Keeps the verdict for an engine and the tokenizer with this hash.
    pub fn store(&self, engine: &str, hash: &str) {
        let text = match self {
            Self::Exact => EXACT.to_owned(),
            Self::Refused(reason) => format!("{REFUSED}{reason}"),
        };
        let (Some(folder), Some(path)) = (folder(), file(engine, hash)) else { return };
        // A cache that cannot be written costs time only.
        if cache::store(&path, KIND, &key(engine, hash), text.as_bytes()).is_ok() {
            cache::bound(&folder, &path, MOST_BYTES);
        }
    }
}

fn key(engine: &str, hash: &str) -> String {
    format!("{engine} {hash}")
}

fn folder() -> Option<PathBuf> {
    cache::dir().map(|dir| dir.join("engine"))
}

fn file(engine: &str, hash: &str) -> Option<PathBuf> {
    // The version covers the engines, the reference and the probe, so a change of any repeats the probe.
    folder().map(|folder| folder.join(format!("{engine}-{}", cache::VERSION)).join(hash))
}
