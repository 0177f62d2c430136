//! Remembers, by a tokenizer's hash, whether the fast engine is exact for it, so that a known
//! tokenizer starts at once. A verdict that cannot be kept is simply made anew.

use std::fs;
use std::path::PathBuf;

use super::PROBE_VERSION;
use crate::cache;

/// What probing the fast engine came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It agreed with the reference on every text.
    Exact,
    /// It cannot be used, and why.
    Refused(String),
}

const EXACT: &str = "exact";
const REFUSED: &str = "refused: ";

impl Verdict {
    /// The verdict kept for this version of an engine and the tokenizer with this hash.
    pub fn load(version: &str, hash: &str) -> Option<Self> {
        let text = fs::read_to_string(file(version, hash)?).ok()?;
        match text.trim_end() {
            EXACT => Some(Self::Exact),
            other => other.strip_prefix(REFUSED).map(|reason| Self::Refused(reason.to_owned())),
        }
    }

    /// Keeps the verdict for this version of an engine and the tokenizer with this hash.
    pub fn store(&self, version: &str, hash: &str) {
        let text = match self {
            Self::Exact => EXACT.to_owned(),
            Self::Refused(reason) => format!("{REFUSED}{}", reason.replace('\n', " ")),
        };
        if let Some(path) = file(version, hash) {
            // A cache that cannot be written costs time only.
            let _ = cache::write(&path, text.as_bytes());
        }
    }
}

fn file(version: &str, hash: &str) -> Option<PathBuf> {
    // The versions are part of the name: a new engine, reference or probe is tried anew.
    let versions = format!("{version}-tokenizers-0.23.2-probe-{PROBE_VERSION}");
    cache::dir().map(|dir| dir.join("engine").join(versions).join(hash))
}
