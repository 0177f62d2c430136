//! The bytes of an input: a file or a pipe, decompressed, counted as they are read.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;

use super::control::Stop;
use super::input::{Compression, Input};
use crate::error::Error;

/// What is read from a file or a pipe at a time.
const BLOCK: usize = 256 * 1024;

/// How often a job that waits for a pipe looks whether it should stop.
const STOP_CHECK: Duration = Duration::from_millis(50);

/// Opens the text of `input`. Compression is told by the first bytes.
///
/// # Errors
///
/// [`Error::File`] where it cannot be opened, or is not compressed as its name says.
pub(super) fn open<'c>(input: &Input, stop: &'c Stop<'c>) -> Result<Box<dyn Read + Send + 'c>, Error> {
    let failed = |error: io::Error| Error::file(&input.name, error);
    let raw: Box<dyn Read + Send + 'c> = match (&input.path, input.bytes) {
        (Some(path), Some(_)) => Box::new(File::open(path).map_err(failed)?),
        (path, _) => Box::new(Piped::open(path.clone(), stop).map_err(failed)?),
    };
    let mut counted = Counted { raw, stop, count: 0, expected: input.bytes.unwrap_or(0) };
    let mut head = Vec::with_capacity(4);
    counted.by_ref().take(4).read_to_end(&mut head).map_err(failed)?;
    let compression = Compression::from_magic(&head);
    if input.compression.is_some() && compression != input.compression {
        let expected = input.compression.map_or("", Compression::name);
        return Err(Error::file(&input.name, format!("is not {expected}, as its name says; rename or compress it")));
    }
    let bytes = Cursor::new(head).chain(counted);
    Ok(match compression {
        None => Box::new(bytes),
        Some(Compression::Gzip) => Box::new(MultiGzDecoder::new(BufReader::with_capacity(BLOCK, bytes))),
        Some(Compression::Zstd) => {
            let buffered = BufReader::with_capacity(BLOCK, bytes);
            Box::new(zstd::stream::read::Decoder::with_buffer(buffered).map_err(failed)?)
        }
    })
}

/// Counts the bytes that are read, for the progress of the job, and to notice a file that shrinks.
struct Counted<'c> {
    raw: Box<dyn Read + Send + 'c>,
    stop: &'c Stop<'c>,
    count: u64,
    /// The size of a regular file when the job began.
    expected: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_set() {
            return Err(stopped());
        }
        let count = self.raw.read(buffer)?;
        self.count += count as u64;
        if count == 0 && !buffer.is_empty() && self.count < self.expected {
            return Err(io::Error::other(format!(
                "ends after {} of its {} bytes: something shortened it while it was read",
                self.count, self.expected
            )));
        }
        self.stop.control.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

fn stopped() -> io::Error {
    io::Error::other("stopped on request")
}

/// Standard input or a named pipe, read by a thread of its own: a read that waits for a writer
/// cannot be called back, so that a job that should stop leaves that thread to itself.
struct Piped<'c> {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Cursor<Vec<u8>>,
    stop: &'c Stop<'c>,
}

impl<'c> Piped<'c> {
    fn open(path: Option<PathBuf>, stop: &'c Stop<'c>) -> io::Result<Self> {
        let (sender, blocks) = sync_channel(2);
        thread::Builder::new().name("swiftcore-pipe".into()).spawn(move || forward(path, &sender))?;
        Ok(Self { blocks, block: Cursor::default(), stop })
    }
}

/// Reads to the end, or until nobody listens any more.
fn forward(path: Option<PathBuf>, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut pipe: Box<dyn Read> = match path.map(File::open) {
        None => Box::new(io::stdin().lock()),
        Some(Ok(file)) => Box::new(file),
        Some(Err(error)) => {
            let _ = sender.send(Err(error));
            return;
        }
    };
    loop {
        let mut block = vec![0; BLOCK];
        let read = match pipe.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(0) => return,
            Ok(count) => {
                block.truncate(count);
                Ok(block)
            }
            Err(error) => Err(error),
        };
        let last = read.is_err();
        if sender.send(read).is_err() || last {
            return;
        }
    }
}

impl Read for Piped<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.block.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.blocks.recv_timeout(STOP_CHECK) {
                Ok(block) => self.block = Cursor::new(block?),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) if self.stop.is_set() => return Err(stopped()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::data::control::Control;
    use crate::data::input::expand;
    use crate::data::testing::folder;

    #[test]
    fn a_file_that_shrinks_while_it_is_read_is_an_error() {
        let path = folder("source-shrinks").join("a.jsonl");
        let control = Control::default();
        let stop = Stop::new(&control);
        for kept in [0, 2_000_000, 3_999_999, 4_000_000] {
            fs::write(&path, vec![b'x'; 4_000_000]).unwrap();
            let inputs = expand(std::slice::from_ref(&path), None).unwrap();
            let mut source = open(&inputs[0], &stop).unwrap();
            source.read_exact(&mut [0; 1000]).unwrap();
            File::options().write(true).open(&path).unwrap().set_len(kept).unwrap();
            let read = source.read_to_end(&mut Vec::new());
            match kept {
                4_000_000 => assert_eq!(read.unwrap(), 4_000_000 - 1000),
                _ => assert!(read.unwrap_err().to_string().contains("of its 4000000 bytes")),
            }
        }
    }
}
