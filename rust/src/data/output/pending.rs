//! An output that is whole or absent: written beside its place under a hidden name, and moved
//! there when it is complete. What is not committed is removed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::parts;
use super::stream::{self, is_stream};
use crate::error::Error;

/// An output that is not in its place yet.
#[derive(Debug)]
pub(crate) struct Pending {
    target: PathBuf,
    /// Where it is written meanwhile.
    beside: PathBuf,
    overwrite: bool,
    is_folder: bool,
    /// Whether it is written through, and has no place to be moved to.
    is_stream: bool,
    /// Folders that had to be made for it.
    made: Vec<PathBuf>,
    /// Held while the output is written, by which other processes tell that it is not abandoned.
    lock: Option<File>,
    committed: bool,
}

/// What marks a folder as written by us, or by `datasets`, so that it may be replaced.
const MARKS: [&str; 2] = ["state.json", "dataset_info.json"];

impl Pending {
    /// Prepares to write the file `target`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where it is there already and may not be overwritten, or where nothing can
    /// be written beside it.
    pub fn file(target: &Path, overwrite: bool) -> Result<Self, Error> {
        Self::new(target, overwrite, false)
    }

    /// Prepares to write the folder `target`.
    ///
    /// # Errors
    ///
    /// As [`Pending::file`]; also where it is a folder of something else.
    pub fn folder(target: &Path, overwrite: bool) -> Result<Self, Error> {
        Self::new(target, overwrite, true)
    }

    fn new(target: &Path, overwrite: bool, is_folder: bool) -> Result<Self, Error> {
        if is_stream(target)? {
            if is_folder {
                return Err(Error::file(
                    target.display(),
                    "is not a place for a folder; give another output, or a format of one file",
                ));
            }
            let (target, beside) = (target.to_owned(), PathBuf::new());
            return Ok(Self {
                target,
                beside,
                overwrite,
                is_folder,
                is_stream: true,
                made: Vec::new(),
                lock: None,
                committed: false,
            });
        }
        let target = std::path::absolute(target).map_err(|error| Error::file(target.display(), error))?;
        let failed = |error: io::Error| Error::file(target.display(), error);
        check(&target, overwrite, is_folder)?;
        let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(Error::file(target.display(), "is no name for an output; give a file or a folder to be made"));
        };
        let missing = folder.ancestors().take_while(|folder| !folder.exists());
        let mut made: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        made.reverse();
        let beside = fs::create_dir_all(folder)
            .and_then(|()| {
                parts::remove_abandoned(folder, name);
                parts::create(folder, name, is_folder)
            })
            .map_err(|error| {
                remove_folders(&made);
                failed(error)
            })?;
        let lock = parts::lock(&beside);
        Ok(Self { target, beside, overwrite, is_folder, is_stream: false, made, lock, committed: false })
    }

    /// Where to write meanwhile.
    pub fn path(&self) -> &Path {
        &self.beside
    }

    /// The file to write meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where it cannot be opened.
    pub fn open(&self) -> Result<File, Error> {
        let file = if self.is_stream { stream::open(&self.target) } else { File::create(&self.beside) };
        file.map_err(|error| self.failed(error))
    }

    /// An error about the output, by the name that the user knows.
    pub fn failed(&self, error: impl std::fmt::Display) -> Error {
        Error::file(self.target.display(), format!("cannot be written: {error}"))
    }

    /// Makes the output durable and moves it into place.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where that fails, or where something came to be in its place meanwhile; the
    /// output is absent then.
    pub fn commit(mut self) -> Result<(), Error> {
        if self.is_stream {
            self.committed = true;
            return Ok(());
        }
        self.sync().and_then(|()| self.publish()).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => exists(&self.target),
            _ => self.failed(error),
        })?;
        self.committed = true;
        // The new name is on disk once its folder is; not every file system can say so.
        if let Some(folder) = self.target.parent() {
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        if self.is_folder {
            for entry in fs::read_dir(&self.beside)? {
                File::open(entry?.path())?.sync_all()?;
            }
        }
        File::open(&self.beside)?.sync_all()
    }

    fn publish(&self) -> io::Result<()> {
        match (self.is_folder, self.overwrite) {
            (false, true) => fs::rename(&self.beside, &self.target),
            // A link, unlike a move, never replaces what another process put there meanwhile.
            (false, false) => match fs::hard_link(&self.beside, &self.target) {
                Ok(()) => fs::remove_file(&self.beside),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
                // A file system without links.
                Err(_) => fs::rename(&self.beside, &self.target),
            },
            (true, true) if self.target.exists() => {
                let old = self.beside.with_extension("old");
                fs::rename(&self.target, &old)?;
                let moved = fs::rename(&self.beside, &self.target);
                match &moved {
                    Ok(()) => drop(fs::remove_dir_all(&old)),
                    Err(_) => drop(fs::rename(&old, &self.target)),
                }
                moved
            }
            (true, _) => fs::rename(&self.beside, &self.target),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.committed || self.is_stream {
            return;
        }
        // Nobody is left to be told where this fails.
        let _ = if self.is_folder { fs::remove_dir_all(&self.beside) } else { fs::remove_file(&self.beside) };
        self.lock = None;
        remove_folders(&self.made);
    }
}

/// Removes folders that were made for an output, unless something else is in them now.
fn remove_folders(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}

fn exists(target: &Path) -> Error {
    Error::file(target.display(), "is there already; give another output, or overwrite")
}

/// Whether `target` may be written.
fn check(target: &Path, overwrite: bool, is_folder: bool) -> Result<(), Error> {
    let Ok(metadata) = fs::symlink_metadata(target) else { return Ok(()) };
    let is = |detail: &str| Err(Error::file(target.display(), detail));
    match (metadata.is_dir(), is_folder) {
        (true, false) => is("is a folder; give the name of a file"),
        (false, true) => is("is a file; give the name of a folder"),
        (true, true) => {
            let mut entries = fs::read_dir(target).map_err(|error| Error::file(target.display(), error))?;
            if entries.next().is_none() {
                return Ok(());
            }
            if !overwrite {
                return Err(exists(target));
            }
            if MARKS.iter().any(|mark| target.join(mark).is_file()) {
                return Ok(());
            }
            is("holds something that is no dataset; give another output, or empty it yourself")
        }
        (false, false) if overwrite => Ok(()),
        (false, false) => Err(exists(target)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::testing::folder;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_whole_or_absent() {
        let folder = folder("pending-file");
        let target = folder.join("a/b/out.jsonl");
        let pending = Pending::file(&target, false).unwrap();
        assert_eq!(names(&folder), ["a"]);
        drop(pending);
        assert!(names(&folder).is_empty());
        let pending = Pending::file(&target, false).unwrap();
        fs::write(pending.path(), "new").unwrap();
        assert!(!target.exists());
        pending.commit().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(names(target.parent().unwrap()), ["out.jsonl"]);
        let error = Pending::file(&target, false).unwrap_err().to_string();
        assert!(error.ends_with("is there already; give another output, or overwrite"), "{error}");
        Pending::file(&target, true).unwrap().commit().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "");
    }

    #[test]
    fn whoever_is_first_stays() {
        let folder = folder("pending-race");
        let target = folder.join("out");
        for make in [Pending::file, Pending::folder] {
            let late = make(&target, false).unwrap();
            fs::create_dir(&target).unwrap();
            fs::write(target.join("file"), "").unwrap();
            assert!(late.commit().is_err());
            assert_eq!(names(&folder), ["out"]);
            fs::remove_dir_all(&target).unwrap();
        }
    }

    #[test]
    fn only_a_dataset_is_overwritten() {
        let folder = folder("pending-folder");
        let target = folder.join("set");
        Pending::folder(&target, false).unwrap().commit().unwrap();
        fs::write(target.join("thesis.txt"), "").unwrap();
        assert!(Pending::folder(&target, true).unwrap_err().to_string().contains("no dataset"));
        fs::write(target.join("state.json"), "").unwrap();
        Pending::folder(&target, true).unwrap().commit().unwrap();
        assert!(names(&target).is_empty());
        assert_eq!(names(&folder), ["set"]);
    }
}
