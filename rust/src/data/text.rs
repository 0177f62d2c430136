//! A text file as blocks of whole rows, of bounded size whatever the size of the file.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use super::split::{LONGEST_ROW, Span, Splitter};
use crate::error::Error;

/// Some rows of a text, and the bytes that hold them.
#[derive(Debug)]
pub(super) struct Block {
    pub bytes: Vec<u8>,
    pub rows: Vec<Span>,
    /// Where its memory goes when it is done.
    spare: Spare,
}

impl Drop for Block {
    fn drop(&mut self) {
        self.spare.give(std::mem::take(&mut self.bytes));
    }
}

/// Memory of blocks that are done, for those to come: what comes and goes in such sizes frays the heap.
#[derive(Debug, Clone, Default)]
struct Spare(Arc<Mutex<Vec<Vec<u8>>>>);

/// How many blocks' memory is kept.
const SPARE_BLOCKS: usize = 4;

impl Spare {
    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, mut bytes: Vec<u8>) {
        bytes.clear();
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE_BLOCKS {
            spare.push(bytes);
        }
    }
}

impl Block {
    /// The bytes of row `index`.
    pub fn row(&self, index: usize) -> &[u8] {
        let Span { start, end, .. } = self.rows[index];
        &self.bytes[start..end]
    }
}

/// How many bytes to read at a time up to the first row. The first block settles the shape of all rows, and is thus the
/// same whatever the size of the others.
const FIRST_BYTES: usize = 64 << 10;

/// Reads a text block by block.
pub(super) struct TextReader<'c> {
    source: Box<dyn Read + Send + 'c>,
    name: Arc<str>,
    splitter: Splitter,
    /// The beginning of the row that the last block broke off at.
    carry: Vec<u8>,
    /// How many bytes to read at a time.
    target: usize,
    /// The same up to the first row.
    first_target: usize,
    spare: Spare,
    ended: bool,
    /// What went wrong behind the rows of the last block.
    failed: Option<Error>,
}

impl<'c> TextReader<'c> {
    pub fn new(source: Box<dyn Read + Send + 'c>, name: Arc<str>, target: usize) -> Self {
        let splitter = Splitter::new();
        let (spare, first_target) = (Spare::default(), target.min(FIRST_BYTES));
        Self { source, name, splitter, carry: Vec::new(), target, first_target, spare, ended: false, failed: None }
    }

    /// The next block; it has at least one row.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where the file cannot be read on. The rows before that came out already.
    pub fn next(&mut self) -> Result<Option<Block>, Error> {
        let mut bytes = self.spare.take();
        if bytes.capacity() > 4 * self.target {
            // One long row does not hold memory for all the others.
            bytes = Vec::new();
        }
        bytes.reserve(self.carry.len() + self.target);
        bytes.append(&mut self.carry);
        let mut rows = Vec::new();
        while rows.is_empty() && !self.ended && self.failed.is_none() {
            self.read_on(&mut bytes, &mut rows);
        }
        if rows.is_empty() {
            return self.failed.take().map_or(Ok(None), Err);
        }
        Ok(Some(Block { bytes, rows, spare: self.spare.clone() }))
    }

    /// Reads once more, and keeps what is no whole row for the next block.
    fn read_on(&mut self, bytes: &mut Vec<u8>, rows: &mut Vec<Span>) {
        let target = self.first_target;
        let read = self.source.by_ref().take(target as u64).read_to_end(bytes);
        match read {
            Ok(count) => self.ended = count < target,
            Err(error) => self.failed = Some(Error::file(&self.name, error)),
        }
        if let Err(detail) = self.splitter.scan(bytes, self.ended, rows) {
            self.failed = Some(Error::file(&self.name, detail));
        }
        if !rows.is_empty() {
            self.first_target = self.target;
        }
        let needed = self.splitter.needed();
        if rows.is_empty() {
            bytes.drain(..needed);
        } else {
            self.carry = bytes.split_off(needed);
        }
        self.splitter.rebase(needed);
        if rows.is_empty() && bytes.len() > LONGEST_ROW {
            let detail = format!("holds a row of more than {LONGEST_ROW} bytes; give one JSON object a line");
            self.failed = Some(Error::file(&self.name, detail));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn texts(source: impl Read + Send + 'static, target: usize) -> (Vec<String>, Option<Error>) {
        let mut reader = TextReader::new(Box::new(source), "test".into(), target);
        let mut found = Vec::new();
        loop {
            match reader.next() {
                Ok(Some(block)) => {
                    found.extend((0..block.rows.len()).map(|row| String::from_utf8_lossy(block.row(row)).into_owned()));
                }
                Ok(None) => return (found, None),
                Err(error) => return (found, Some(error)),
            }
        }
    }

    #[test]
    fn blocks_of_any_size_hold_the_same_rows() {
        let long = "x".repeat(1000);
        let text = format!("a\n{long}\n\n\n\n\n\nb\r\nc");
        for target in [1, 2, 3, 7, 100, 5000] {
            assert_eq!(
                texts(io::Cursor::new(text.clone()), target),
                (vec!["a".into(), long.clone(), "b".into(), "c".into()], None)
            );
        }
        for target in 1..20 {
            let (found, error) = texts(io::Cursor::new("[{\"a\": \"b\"},\n {}, 3]"), target);
            assert_eq!((found, error), (vec!["{\"a\": \"b\"}".into(), "{}".into(), "3".into()], None));
        }
    }

    #[test]
    fn what_was_read_before_a_failure_comes_out() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("no more"))
            }
        }
        for target in 1..10 {
            let (found, error) = texts(io::Cursor::new("a\nb\nhalf").chain(Failing), target);
            assert_eq!(found, ["a", "b"]);
            assert_eq!(error.unwrap().to_string(), "test: no more");
        }
    }
}
