//! What the fuzz targets see of this module.

use std::io::Read;
use std::sync::Arc;

use super::split::Splitter;
use super::text::TextReader;

/// The rows of a text with their lines, and whether the text as a whole is wrong after them.
pub type Rows = (Vec<(Vec<u8>, u64)>, bool);

/// Split `text`, of which the splitter is given `size` bytes more at a time.
pub fn split(text: &[u8], size: usize) -> Rows {
    let (mut splitter, mut rows, mut end) = (Splitter::new(), Vec::new(), 0);
    loop {
        end = text.len().min(end + size);
        let outcome = splitter.scan(&text[..end], end == text.len(), &mut rows);
        if outcome.is_err() || end == text.len() {
            let rows = rows.iter().map(|row| (text[row.start..row.end].to_vec(), row.line));
            return (rows.collect(), outcome.is_err());
        }
    }
}

/// Read `text` with a reader that takes `size` bytes at a time, and forgets what it has given away.
pub fn read(text: &[u8], size: usize) -> Rows {
    let source: Box<dyn Read + Send + '_> = Box::new(text);
    let (mut reader, mut rows) = (TextReader::new(source, Arc::from("text"), size), Vec::new());
    loop {
        match reader.next() {
            Ok(None) => return (rows, false),
            Ok(Some(block)) => {
                rows.extend(block.rows.iter().enumerate().map(|(at, row)| (block.row(at).to_vec(), row.line)));
            }
            Err(_) => return (rows, true),
        }
    }
}
