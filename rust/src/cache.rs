//! The folder for what is worth keeping between runs. Everything in it is safe to delete.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// `$SWIFTCORE_CACHE`, else `$XDG_CACHE_HOME/swiftcore`, else `~/.cache/swiftcore`.
pub fn dir() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("SWIFTCORE_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("swiftcore")))
        .or_else(|| env::home_dir().map(|home| home.join(".cache").join("swiftcore")))
}

/// Writes a file that is whole or absent, whoever else writes it at the same time.
///
/// # Errors
///
/// Whatever the file system says.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let unique = format!(".{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let beside = parent.join(unique);
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
