//! Keeps a built engine in the cache folder, so that a tokenizer seen before starts without being read and built.
//!
//! The content of a file is sections: a head in JSON, then the tables as little-endian words. The folder is bounded over
//! all versions by deleting the least recently used files. All files are safe to delete at any time.

use std::collections::HashMap;
use std::path::PathBuf;

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

const KIND: &str = "bpe-tables";
/// How many bytes the folder holds at most.
const MOST_BYTES: u64 = 256 << 20;

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
    cache::dir().map(|dir| dir.join("compiled"))
}

/// The engine kept for the tokenizer with this hash.
pub fn load(hash: &str) -> Option<BpeEngine> {
    read(&cache::load(&folder()?.join(cache::VERSION).join(hash), KIND, hash)?)
}

/// Keeps `engine` for the tokenizer with this hash. What cannot be kept costs time only.
pub fn store(engine: &BpeEngine, hash: &str) {
    let (Some(folder), Some(bytes)) = (folder(), write(engine)) else { return };
    let path = folder.join(cache::VERSION).join(hash);
    if cache::store(&path, KIND, hash, &bytes).is_ok() {
        cache::bound(&folder, &path, MOST_BYTES);
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
    let mut bytes = Vec::new();
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
    Some(bytes)
}

fn read(bytes: &[u8]) -> Option<BpeEngine> {
    let mut rest = bytes;
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
