//! The folder for what is worth keeping between runs. Everything in it is safe to delete.
//!
//! Files are sealed: the first line names what a file is, the code that wrote it, and the tokenizer it belongs to. A
//! checksum covers that line and the content. A file is ignored and written again if it is damaged, from another version,
//! or copied from the name of another tokenizer.

use std::env;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The version of the code that writes the files: a hash of its sources, computed at build time.
pub const VERSION: &str = env!("SWIFTCORE_CACHE_VERSION");

const CHECKSUM: usize = 32;
const ATTEMPTS: usize = 16;
/// Temporary files older than this are taken to be left by a killed process.
const ABANDONED: Duration = Duration::from_secs(3600);
/// The modification time of a file is updated when it is used, at most once in this time.
const FRESH: Duration = Duration::from_secs(3600);
/// The least size that is counted for a file, in bytes.
const BLOCK: u64 = 4096;

/// The folder, if it may be used: see [`usable_dir`].
pub fn dir() -> Option<PathBuf> {
    usable_dir().ok()
}

/// The folder, or why it is used neither for reading nor for writing: files that another user may write are not
/// trusted.
///
/// # Errors
///
/// What is wrong with the folder, in words.
pub fn usable_dir() -> Result<PathBuf, String> {
    let dir = location().ok_or("there is no home folder for a cache")?;
    match fs::metadata(&dir).ok().and_then(|about| distrust(&about)) {
        Some(reason) => Err(format!("cache folder {}: {reason}", dir.display())),
        None => Ok(dir),
    }
}

/// `$SWIFTCORE_CACHE`, else `$XDG_CACHE_HOME/swiftcore`, else `~/.cache/swiftcore`.
fn location() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("SWIFTCORE_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("swiftcore")))
        .or_else(|| env::home_dir().map(|home| home.join(".cache").join("swiftcore")))
}

fn label(kind: &str, key: &str) -> String {
    format!("swiftcore {kind} {VERSION} {key}\n")
}

/// The content of the file at `path`, if it is one of this kind, version and key. Marks the file as used.
pub fn load(path: &Path, kind: &str, key: &str) -> Option<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe in the place of a file is not waited for.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let mut file = options.open(path).ok()?;
    let about = file.metadata().ok()?;
    if !about.is_file() || distrust(&about).is_some() {
        return None;
    }
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut file, &mut bytes).ok()?;
    let label = label(kind, key);
    let (checksum, content) = bytes.strip_prefix(label.as_bytes())?.split_at_checked(CHECKSUM)?;
    if checksum_of(&label, content).as_bytes() != checksum {
        return None;
    }
    touch(path, &file);
    bytes.drain(..label.len() + CHECKSUM);
    Some(bytes)
}

/// Writes a file for [`load`].
///
/// # Errors
///
/// Whatever the file system says.
pub fn store(path: &Path, kind: &str, key: &str, content: &[u8]) -> io::Result<()> {
    let label = label(kind, key);
    let checksum = checksum_of(&label, content);
    write(path, &[label.as_bytes(), checksum.as_bytes(), content])
}

fn checksum_of(label: &str, content: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(label.as_bytes()).update(content);
    hasher.finalize()
}

/// Writes a file that is whole or absent, whoever else writes it at the same time.
///
/// # Errors
///
/// Whatever the file system says.
fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    create_folder(parent)?;
    let (beside, mut file) = create_temporary(parent)?;
    let written = parts
        .iter()
        .try_for_each(|part| file.write_all(part))
        .and_then(|()| file.sync_data())
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Creates a file with a random name that was not there. Other processes, in other containers too, choose others.
fn create_temporary(folder: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    let mut attempt = 0;
    loop {
        let random = RandomState::new().hash_one(attempt);
        let path = folder.join(format!(".{random:016x}.tmp"));
        attempt += 1;
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder.create(folder)
}

/// Why a file or folder may hold what another user wrote, in words; `None` if only this user and root may write to it.
#[cfg(unix)]
fn distrust(about: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;

    // SAFETY: the call has no arguments and cannot fail.
    let user = unsafe { libc::geteuid() };
    let owner = about.uid();
    if owner != user && owner != 0 {
        return Some(format!("it belongs to another user (uid {owner}, this process has {user})"));
    }
    (about.mode() & 0o002 != 0).then(|| "every user may write to it".to_owned())
}

#[cfg(not(unix))]
fn distrust(_: &Metadata) -> Option<String> {
    None
}

fn touch(path: &Path, file: &File) {
    let age = file.metadata().and_then(|about| about.modified()).ok().and_then(|time| time.elapsed().ok());
    if age.is_none_or(|age| age > FRESH) {
        let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
    }
}

/// Delete the least recently used files of the folders in `folder` until they hold at most `most` bytes. `newest` is
/// never deleted, abandoned temporary files always are.
pub fn bound(folder: &Path, newest: &Path, most: u64) {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in entries(folder).flat_map(|version| entries(&version.path()).collect::<Vec<_>>()) {
        let Some((about, time)) = entry.metadata().ok().and_then(|about| Some((about.clone(), about.modified().ok()?)))
        else {
            continue;
        };
        let is_temporary = entry.file_name().as_encoded_bytes().starts_with(b".");
        if is_temporary && time.elapsed().is_ok_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(entry.path());
        } else if !is_temporary && about.is_file() {
            files.push((time, about.len().max(BLOCK), entry.path()));
        }
    }
    files.sort();
    let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if total <= most {
            return;
        }
        if path != newest && fs::remove_file(&path).is_ok() {
            total -= length;
            // A folder of an older version goes with its last file.
            let _ = path.parent().map(fs::remove_dir);
        }
    }
}

#[cfg(test)]
#[allow(dead_code, reason = "its main function is called by cargo")]
#[path = "../../build.rs"]
mod build;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::testing::folder;

    #[test]
    fn a_file_is_loaded_only_as_what_it_was_stored_as() {
        let folder = folder("sealed");
        let (path, other) = (folder.join("v").join("a"), folder.join("v").join("b"));
        store(&path, "kind", "a", b"content").unwrap();
        assert_eq!(load(&path, "kind", "a").as_deref(), Some(b"content".as_slice()));
        assert_eq!(load(&path, "other", "a"), None);
        fs::copy(&path, &other).unwrap();
        assert_eq!(load(&other, "kind", "b"), None);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(load(&path, "kind", "a"), None, "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(load(&path, "kind", "a"), None, "length {at}");
        }
        // The label names the key: a file that was made for another one does not pass by its new name.
        let forged = [label("kind", "b").as_bytes(), &whole[label("kind", "a").len()..]].concat();
        fs::write(&other, forged).unwrap();
        assert_eq!(load(&other, "kind", "b"), None);
        assert_eq!(fs::read_dir(folder.join("v")).unwrap().count(), 2, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_write() {
        use std::os::unix::fs::PermissionsExt;

        let folder = folder("modes");
        let path = folder.join("new").join("a");
        store(&path, "kind", "a", b"content").unwrap();
        for place in [&path, &folder.join("new")] {
            assert_eq!(fs::metadata(place).unwrap().permissions().mode() & 0o022, 0, "{}", place.display());
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(load(&path, "kind", "a"), None);
    }

    #[test]
    fn the_version_covers_all_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(build::version(root).unwrap(), VERSION);
        let folder = folder("version");
        let sources = ["Cargo.toml", "Cargo.lock", "build.rs", "rust/src/a.rs", "rust/src/deep/er/b.rs"];
        for source in sources {
            fs::create_dir_all(folder.join(source).parent().unwrap()).unwrap();
            fs::write(folder.join(source), "old").unwrap();
        }
        let mut seen = vec![build::version(&folder).unwrap()];
        for source in sources {
            fs::write(folder.join(source), "new").unwrap();
            seen.push(build::version(&folder).unwrap());
        }
        fs::write(folder.join("rust/src/deep/c.rs"), "").unwrap();
        seen.push(build::version(&folder).unwrap());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), sources.len() + 2, "each change of a source changes the version");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_a_file_is_not_read() {
        let folder = folder("pipe");
        let path = folder.join("a");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(load(&path, "kind", "a"), None);
        }
        store(&path, "kind", "a", b"content").unwrap();
        assert!(load(&path, "kind", "a").is_some());
        // A link out of the folder is replaced, and what it points to stays as it is.
        let (victim, link) = (folder.join("victim"), folder.join("link"));
        fs::write(&victim, "victim").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        assert_eq!(load(&link, "kind", "a"), None);
        store(&link, "kind", "a", b"content").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"victim");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }

    #[test]
    fn folders_are_bounded_over_all_versions() {
        let folder = folder("bounded");
        let newest = folder.join("new").join("newest");
        for (index, path) in ["old/a", "old/b", "new/c"].iter().enumerate() {
            store(&folder.join(path), "kind", path, &[0; 5000]).unwrap();
            let time = SystemTime::now() - Duration::from_secs(1000 - index as u64);
            File::options().append(true).open(folder.join(path)).unwrap().set_modified(time).unwrap();
        }
        store(&newest, "kind", "newest", &[0; 5000]).unwrap();
        let left = folder.join("new").join(".0123456789abcdef.tmp");
        fs::write(&left, "x").unwrap();
        let time = SystemTime::now() - 2 * ABANDONED;
        File::options().append(true).open(&left).unwrap().set_modified(time).unwrap();
        bound(&folder, &newest, 11_000);
        let exists = |path: &str| folder.join(path).exists();
        assert_eq!(["old", "new/c", "new/newest"].map(exists), [false, true, true]);
        assert!(!left.exists());
        bound(&folder, &newest, 0);
        assert!(newest.exists());
    }
}
