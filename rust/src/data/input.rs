//! Which files are read, and what each of them holds. Nothing is opened here.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;

/// The name that stands for standard input.
pub const STDIN: &str = "-";

/// What an input holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFormat {
    /// JSON, one object a line or one list of objects; compressed or not.
    Json,
    Parquet,
}

impl InputFormat {
    /// The format named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "jsonl" | "json" => Ok(Self::Json),
            "parquet" => Ok(Self::Parquet),
            _ => Err(Error::argument("input_format", format!("'{name}' is unknown; give one of jsonl, json, parquet"))),
        }
    }

    /// What the suffix of a file says, before `.gz` or `.zst`.
    fn from_suffix(path: &Path) -> Option<Self> {
        let (suffix, compressed) = suffixes(path);
        match suffix.as_str() {
            "jsonl" | "json" | "ndjson" => Some(Self::Json),
            "parquet" if compressed.is_none() => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    fn from_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "gz" | "gzip" => Some(Self::Gzip),
            "zst" | "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What the first bytes of a file say.
    pub fn from_magic(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // A frame to be skipped may come first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "Zstandard",
        }
    }
}

/// The suffix of `path` before `.gz` or `.zst`, in lower case, and what it is compressed with.
pub(super) fn suffixes(path: &Path) -> (String, Option<Compression>) {
    let suffix = |path: &Path| path.extension().map_or(String::new(), |end| end.to_string_lossy().to_lowercase());
    let last = suffix(path);
    match Compression::from_suffix(&last) {
        Some(compression) => (suffix(&path.with_extension("")), Some(compression)),
        None => (last, None),
    }
}

/// One input.
#[derive(Debug, Clone)]
pub(super) struct Input {
    /// What to call it in reports: the path as it was given.
    pub name: Arc<str>,
    /// `None` for standard input.
    pub path: Option<PathBuf>,
    pub format: InputFormat,
    /// How its suffix says that it is compressed.
    pub compression: Option<Compression>,
    /// Its size, where it is a regular file.
    pub bytes: Option<u64>,
}

/// The inputs at `paths`, in order; a folder stands for the data files in it, sorted.
///
/// # Errors
///
/// [`Error::File`] for a file that is not there or whose name does not say what it holds,
/// [`Error::Argument`] where there are none.
pub(super) fn expand(paths: &[PathBuf], format: Option<InputFormat>) -> Result<Vec<Input>, Error> {
    if paths.is_empty() {
        return Err(Error::argument("inputs", "is empty; give at least one file, folder or '-'"));
    }
    let mut inputs = Vec::with_capacity(paths.len());
    for path in paths {
        if path == Path::new(STDIN) {
            inputs.push(standard_input(format)?);
            continue;
        }
        let metadata = fs::metadata(path).map_err(|error| Error::file(path.display(), error))?;
        if metadata.is_dir() {
            inputs.extend(folder(path, format)?);
        } else {
            let bytes = metadata.is_file().then_some(metadata.len());
            inputs.push(file(path, format, bytes)?);
        }
    }
    if inputs.iter().filter(|input| input.path.is_none()).count() > 1 {
        return Err(Error::argument("inputs", "names '-' twice; standard input can be read once"));
    }
    Ok(inputs)
}

fn standard_input(format: Option<InputFormat>) -> Result<Input, Error> {
    if format == Some(InputFormat::Parquet) {
        return Err(Error::argument("inputs", "Parquet cannot be read from standard input; give a file"));
    }
    let name = "<stdin>".into();
    Ok(Input { name, path: None, format: InputFormat::Json, compression: None, bytes: None })
}

fn file(path: &Path, format: Option<InputFormat>, bytes: Option<u64>) -> Result<Input, Error> {
    let Some(format) = format.or_else(|| InputFormat::from_suffix(path)) else {
        let detail = "its name does not say what it holds; name it .jsonl, .json or .parquet (.gz or .zst behind the \
                      former two), or give input_format";
        return Err(Error::file(path.display(), detail));
    };
    let name = path.display().to_string().into();
    Ok(Input { name, path: Some(path.to_owned()), format, compression: suffixes(path).1, bytes })
}

fn folder(path: &Path, format: Option<InputFormat>) -> Result<Vec<Input>, Error> {
    let failed = |error| Error::file(path.display(), error);
    let mut inputs = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        let metadata = fs::metadata(&entry).map_err(|error| Error::file(entry.display(), error))?;
        if metadata.is_file() && is_data(&entry) {
            inputs.push(file(&entry, format, Some(metadata.len()))?);
        }
    }
    if inputs.is_empty() {
        let detail = "holds no data files; give a folder of .jsonl, .json or .parquet files (.gz or .zst behind the \
                      former two)";
        return Err(Error::file(path.display(), detail));
    }
    inputs.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(inputs)
}

/// Whether a file found in a folder holds rows: not one that describes others, nor rows that an
/// earlier run refused.
fn is_data(path: &Path) -> bool {
    let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    let describes = ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"];
    InputFormat::from_suffix(path).is_some()
        && !name.starts_with(['.', '_'])
        && !describes.contains(&name.as_str())
        && !name.ends_with(".refused.jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_say_what_a_file_holds() {
        let format = |name: &str| InputFormat::from_suffix(Path::new(name));
        assert_eq!(format("a.jsonl"), Some(InputFormat::Json));
        assert_eq!(format("a.b.JSON.gz"), Some(InputFormat::Json));
        assert_eq!(format("a.jsonl.zst"), Some(InputFormat::Json));
        assert_eq!(format("a.parquet"), Some(InputFormat::Parquet));
        assert_eq!(format("a.parquet.gz"), None);
        assert_eq!(format("a.gz"), None);
        assert_eq!(format("a"), None);
    }

    #[test]
    fn a_folder_stands_for_its_data_files_sorted() {
        let folder = crate::data::testing::folder("input-folder");
        for name in ["b.jsonl", "a.parquet", "c.json.gz", "state.json", ".hidden.jsonl", "x.refused.jsonl", "notes.md"]
        {
            fs::write(folder.join(name), "").unwrap();
        }
        let inputs = expand(std::slice::from_ref(&folder), None).unwrap();
        let names: Vec<_> = inputs.iter().map(|input| input.path.as_ref().unwrap().file_name().unwrap()).collect();
        assert_eq!(names, ["a.parquet", "b.jsonl", "c.json.gz"]);
        assert!(expand(&[folder.join("none.jsonl")], None).is_err());
        assert!(expand(&[folder.join("notes.md")], None).is_err());
        assert!(expand(&[folder.join("notes.md")], Some(InputFormat::Json)).is_ok());
        assert!(expand(&["-".into(), "-".into()], None).is_err());
    }
}
