//! Keeps a built engine in the cache folder, so that a tokenizer seen before starts without being read and built.
//!
//! A file is a line that names the format, a BLAKE3 checksum of the rest, and sections: a head in JSON, then the tables
//! as little-endian words. One that is damaged or of another version is not used. The folder is bounded: what was used
//! longest ago goes first. All of it is safe to delete at any time.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::BpeEngine;
use super::added::{Added, AddedToken};
use super::model::{Kind, Model};
use super::normal::{Metaspace, Normal};
use super::pages::Table;
use super::pairs::Pairs;
use super::seams::Seams;
use super::state::Owner;
use super::tables::Tables;
use super::trie::Trie;
use crate::cache;

const FORMAT: &[u8] = b"swiftcore bpe tables\n";
const CHECKSUM: usize = 32;
/// How many bytes the folder holds at most.
const MOST_BYTES: u64 = 256 << 20;
/// A file's time is set anew where it is older than this, so that it counts as used.
const FRESH: Duration = Duration::from_secs(3600);

#[derive(Serialize, Deserialize)]
struct Head {
    normal: Normal,
    metaspace: Option<Metaspace>,
    kind: Kind,
    ignore_merges: bool,
    plain: Vec<AddedToken>,
    normalized: Vec<AddedToken>,
    named: HashMap<String, u32>,
    before: Vec<u32>,
    after: Vec<u32>,
}

/// Where the tables of tokenizers are kept.
fn folder() -> Option<PathBuf> {
    cache::dir().map(|dir| dir.join("compiled").join(BpeEngine::VERSION))
}

/// The engine kept for the tokenizer with this hash.
pub fn load(hash: &str) -> Option<BpeEngine> {
    let path = folder()?.join(hash);
    let bytes = fs::read(&path).ok()?;
    let engine = read(&bytes)?;
    touch(&path);
    Some(engine)
}

/// Keeps `engine` for the tokenizer with this hash. What cannot be kept costs time only.
pub fn store(engine: &BpeEngine, hash: &str) {
    if let (Some(folder), Some(bytes)) = (folder(), write(engine))
        && cache::write(&folder.join(hash), &bytes).is_ok()
    {
        bound(&folder, hash);
    }
}

fn write(engine: &BpeEngine) -> Option<Vec<u8>> {
    let head = Head {
        normal: engine.normal.clone(),
        metaspace: engine.metaspace.clone(),
        kind: engine.model.kind.clone(),
        ignore_merges: engine.model.ignore_merges,
        plain: engine.plain.tokens().to_vec(),
        normalized: engine.normalized.tokens().to_vec(),
        named: engine.named.clone(),
        before: engine.before.clone(),
        after: engine.after.clone(),
    };
    let tables = &engine.model.tables;
    let mut bytes = FORMAT.to_vec();
    bytes.resize(FORMAT.len() + CHECKSUM, 0);
    let mut section = |content: &[u8]| {
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(content);
    };
    section(&serde_json::to_vec(&head).ok()?);
    section(&tables.trie.words().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
    section(&tables.pairs.words().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
    section(&engine.model.seams.words().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
    section(&tables.token_words().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
    for words in [&tables.unruly, &tables.results] {
        section(&words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
    }
    let (head, rest) = bytes.split_at_mut(FORMAT.len() + CHECKSUM);
    head[FORMAT.len()..].copy_from_slice(blake3::hash(rest).as_bytes());
    Some(bytes)
}

fn read(bytes: &[u8]) -> Option<BpeEngine> {
    let (checksum, mut rest) = bytes.strip_prefix(FORMAT)?.split_at_checked(CHECKSUM)?;
    if blake3::hash(rest).as_bytes() != checksum {
        return None;
    }
    let mut section = || {
        let (length, content) = rest.split_first_chunk::<8>()?;
        let (content, behind) = content.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        rest = behind;
        Some(content)
    };
    let head: Head = serde_json::from_slice(section()?).ok()?;
    let trie = Trie::from_words(table(section()?))?;
    let pairs = Pairs::from_words(table(section()?))?;
    let seams = Seams::from_words(&words(section()?, u64::from_le_bytes))?;
    let tokens = Tables::tokens_from_words(&words(section()?, u32::from_le_bytes))?;
    let (unruly, results) = (words(section()?, u32::from_le_bytes), words(section()?, u32::from_le_bytes));
    let tables = Tables { trie, pairs, tokens, unruly, results };
    if !tables.is_whole() || !head.kind.is_whole() {
        return None;
    }
    Some(BpeEngine {
        model: Model { tables, seams, ignore_merges: head.ignore_merges, kind: head.kind },
        normal: head.normal,
        metaspace: head.metaspace,
        plain: Added::new(head.plain)?,
        normalized: Added::new(head.normalized)?,
        named: head.named,
        before: head.before,
        after: head.after,
        owner: Owner::default(),
    })
}

fn table(bytes: &[u8]) -> Table<u64> {
    let chunks = bytes.as_chunks().0;
    Table::collect(chunks.len(), chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)))
}

fn words<const N: usize, W>(bytes: &[u8], word: impl Fn([u8; N]) -> W) -> Vec<W> {
    let mut buffer = [0; N];
    let chunks = bytes.chunks_exact(N).map(|chunk| {
        buffer.copy_from_slice(chunk);
        word(buffer)
    });
    chunks.collect()
}

fn touch(path: &Path) {
    let age = fs::metadata(path).and_then(|about| about.modified()).ok().and_then(|time| time.elapsed().ok());
    if age.is_none_or(|age| age > FRESH) {
        let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
    }
}

/// Deletes what was used longest ago until the rest is within bounds; never `newest`.
fn bound(folder: &Path, newest: &str) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            Some((about.modified().ok()?, about.len(), entry.path()))
        })
        .collect();
    files.sort_by_key(|(modified, ..)| *modified);
    let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if total <= MOST_BYTES {
            return;
        }
        if !path.ends_with(newest) && fs::remove_file(&path).is_ok() {
            total -= length;
        }
    }
}
