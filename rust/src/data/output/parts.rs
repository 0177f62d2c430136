//! The names of outputs that are not complete: `.NAME.RANDOM.part`, next to the output.
//!
//! A random name cannot be that of another process, even in a container with the same process ids. The process that
//! writes a part holds a lock on it. A part that nobody holds was abandoned, by a process that was killed.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".part";
/// The hexadecimal digits of a random name.
const DIGITS: usize = 16;
const ATTEMPTS: usize = 16;

/// Creates an empty part of the output `name`, a file or a folder, and returns its path.
///
/// # Errors
///
/// Where nothing can be created in `folder`.
pub(super) fn create(folder: &Path, name: &OsStr, is_folder: bool) -> io::Result<PathBuf> {
    let mut attempt = 0;
    loop {
        let random = RandomState::new().hash_one(std::process::id());
        let mut part = prefix(name);
        part.push(format!("{random:0DIGITS$x}{SUFFIX}"));
        let path = folder.join(part);
        let created = if is_folder { fs::create_dir(&path) } else { File::create_new(&path).map(drop) };
        attempt += 1;
        match created {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => {}
            created => return created.map(|()| path),
        }
    }
}

/// Locks a part for this process. `None` where the file system has no locks.
pub(super) fn lock(part: &Path) -> Option<File> {
    let file = File::open(part).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

/// Removes the parts of the output `name` that no process holds. Where that fails they stay.
pub(super) fn remove_abandoned(folder: &Path, name: &OsStr) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if is_part(&entry.file_name(), name) && is_abandoned(&entry.path()) {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

fn is_part(entry: &OsStr, name: &OsStr) -> bool {
    let (entry, prefix) = (entry.as_encoded_bytes(), prefix(name));
    entry
        .strip_prefix(prefix.as_encoded_bytes())
        .and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()))
        .is_some_and(|random| random.len() == DIGITS && random.iter().all(u8::is_ascii_hexdigit))
}

fn is_abandoned(part: &Path) -> bool {
    let Ok(file) = File::open(part) else { return false };
    match file.try_lock() {
        // Between its creation and its lock a part looks abandoned.
        Ok(()) => file
            .metadata()
            .and_then(|about| about.modified())
            .is_ok_and(|time| time.elapsed().is_ok_and(|age| age.as_millis() > 500)),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::testing::folder;

    #[test]
    fn only_parts_that_nobody_holds_are_removed() {
        let folder = folder("parts");
        let name = OsStr::new("out.jsonl");
        let paths: Vec<PathBuf> =
            [false, false, true].map(|is_folder| create(&folder, name, is_folder).unwrap()).to_vec();
        let other = create(&folder, OsStr::new("other.jsonl"), false).unwrap();
        fs::write(folder.join(".out.jsonl.mine.part"), "").unwrap();
        let held = lock(&paths[0]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(600));
        remove_abandoned(&folder, name);
        assert_eq!(paths.iter().map(|path| path.exists()).collect::<Vec<_>>(), [true, false, false]);
        assert!(other.exists() && folder.join(".out.jsonl.mine.part").exists());
        drop(held);
        remove_abandoned(&folder, name);
        assert!(!paths[0].exists());
    }
}
