//! Where each row of a text begins and ends: lines, or the elements of one JSON list. Works on a
//! buffer that grows, and looks at every byte once. Whether a row is JSON is not known here.

use memchr::{memchr_iter, memchr3};

/// One row in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    /// The line that it begins on, from 1.
    pub line: u64,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Finds the rows of a text.
#[derive(Debug)]
pub(super) struct Splitter {
    mode: Mode,
    /// Up to where the buffer was looked at.
    seen: usize,
    /// The line that `seen` is on, from 1.
    line: u64,
    /// Where the row begins that is not complete yet, and its line.
    open: Option<(usize, u64)>,
}

#[derive(Debug)]
enum Mode {
    /// Nothing but white space was seen.
    Unknown,
    Lines,
    List(Nesting),
    /// The list is closed.
    Closed,
}

#[derive(Debug, Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// A comma was the last thing seen, so that an element must follow.
    after_comma: bool,
}

impl Splitter {
    pub fn new() -> Self {
        Self { mode: Mode::Unknown, seen: 0, line: 1, open: None }
    }

    /// Appends the rows that are complete in `buffer`, of which earlier calls saw the beginning.
    /// `ended` says that nothing will follow.
    ///
    /// # Errors
    ///
    /// What is wrong with the text as a whole; `rows` holds the rows before that.
    pub fn scan(&mut self, buffer: &[u8], ended: bool, rows: &mut Vec<Span>) -> Result<(), String> {
        if matches!(self.mode, Mode::Unknown) {
            self.begin(buffer, ended);
        }
        match &mut self.mode {
            Mode::Unknown => return Ok(()),
            Mode::Lines => self.scan_lines(buffer, ended, rows),
            Mode::List(_) => self.scan_list(buffer, rows),
            Mode::Closed => {}
        }
        match self.mode {
            Mode::Closed => self.scan_rest(buffer),
            Mode::List(_) if ended => Err("ends inside its list; the file is cut off, or a ']' is missing".into()),
            _ => Ok(()),
        }
    }

    /// From where on the buffer is still needed.
    pub fn needed(&self) -> usize {
        self.open.map_or(self.seen, |(start, _)| start)
    }

    /// Counts from the byte that was at `offset`, because what was before it is gone.
    pub fn rebase(&mut self, offset: usize) {
        self.seen -= offset;
        if let Some((start, _)) = &mut self.open {
            *start -= offset;
        }
    }

    /// A text that begins with `[` is one list; anything else is lines.
    fn begin(&mut self, buffer: &[u8], ended: bool) {
        if buffer.len() < BOM.len() && !ended {
            return;
        }
        let at = if buffer.starts_with(BOM) { BOM.len() } else { 0 };
        let first = buffer[at..].iter().position(|byte| !byte.is_ascii_whitespace());
        match first {
            None if !ended => {}
            Some(first) if buffer[at + first] == b'[' => {
                self.line += memchr_iter(b'\n', &buffer[at..at + first]).count() as u64;
                self.seen = at + first + 1;
                self.mode = Mode::List(Nesting::default());
            }
            _ => {
                self.seen = at;
                self.open = Some((at, 1));
                self.mode = Mode::Lines;
            }
        }
    }

    fn scan_lines(&mut self, buffer: &[u8], ended: bool, rows: &mut Vec<Span>) {
        let (mut start, _) = self.open.unwrap_or((self.seen, self.line));
        let mut line = self.line;
        let mut push = |start: usize, end: usize, line: u64| {
            if !buffer[start..end].trim_ascii().is_empty() {
                rows.push(Span { start, end, line });
            }
        };
        for newline in memchr_iter(b'\n', &buffer[self.seen..]) {
            let end = self.seen + newline;
            let is_crlf = end > start && buffer[end - 1] == b'\r';
            push(start, end - usize::from(is_crlf), line);
            line += 1;
            start = end + 1;
        }
        if ended {
            push(start, buffer.len(), line);
            start = buffer.len();
        }
        self.line = line;
        self.seen = buffer.len();
        self.open = Some((start, line));
    }

    fn scan_list(&mut self, buffer: &[u8], rows: &mut Vec<Span>) {
        let Mode::List(nesting) = &mut self.mode else { return };
        let (mut at, mut line, mut open) = (self.seen, self.line, self.open);
        let mut closed = false;
        while at < buffer.len() && !closed {
            if nesting.in_string {
                at = skip_string(buffer, at, nesting, &mut line);
                continue;
            }
            let byte = buffer[at];
            match byte {
                b'\n' => line += 1,
                b' ' | b'\t' | b'\r' => {}
                b',' | b']' if nesting.depth == 0 => {
                    closed = byte == b']';
                    match open.take() {
                        Some((start, line)) => rows.push(span(buffer, start, at, line)),
                        // Nothing before a comma, or between a comma and the end, is no JSON.
                        None if !closed || nesting.after_comma => rows.push(Span { start: at, end: at, line }),
                        None => {}
                    }
                    nesting.after_comma = true;
                }
                _ => {
                    open.get_or_insert((at, line));
                    match byte {
                        b'"' => nesting.in_string = true,
                        b'{' | b'[' => nesting.depth += 1,
                        b'}' | b']' => nesting.depth = nesting.depth.saturating_sub(1),
                        _ => {}
                    }
                }
            }
            at += 1;
        }
        (self.seen, self.line, self.open) = (at, line, open);
        if closed {
            self.mode = Mode::Closed;
        }
    }

    fn scan_rest(&mut self, buffer: &[u8]) -> Result<(), String> {
        let rest = &buffer[self.seen..];
        self.seen = buffer.len();
        if rest.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        Err("holds something behind its list; give one list, or one object a line".into())
    }
}

/// The element at `start..end` without the white space behind it.
fn span(buffer: &[u8], start: usize, end: usize, line: u64) -> Span {
    Span { start, end: start + buffer[start..end].trim_ascii_end().len(), line }
}

/// Goes on inside a string, to behind its end or to the end of the buffer.
fn skip_string(buffer: &[u8], mut at: usize, nesting: &mut Nesting, line: &mut u64) -> usize {
    if nesting.escaped {
        nesting.escaped = false;
        at += 1;
    }
    while let Some(found) = memchr3(b'"', b'\\', b'\n', buffer.get(at..).unwrap_or_default()) {
        at += found + 1;
        match buffer[at - 1] {
            b'"' => {
                nesting.in_string = false;
                return at;
            }
            b'\\' if at == buffer.len() => nesting.escaped = true,
            b'\\' => at += 1,
            // No JSON, but the lines behind it are to be counted right.
            _ => *line += 1,
        }
    }
    buffer.len()
}

/// How many bytes a text may take without a row's end, so that a file that is no text at all does
/// not fill the memory.
pub(super) const LONGEST_ROW: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits `text` given in pieces of `size` bytes.
    fn split(text: &[u8], size: usize) -> (Vec<(String, u64)>, Result<(), String>) {
        let (mut splitter, mut rows) = (Splitter::new(), Vec::new());
        let mut end = 0;
        loop {
            end = text.len().min(end + size);
            let outcome = splitter.scan(&text[..end], end == text.len(), &mut rows);
            if outcome.is_err() || end == text.len() {
                let rows =
                    rows.iter().map(|row| (String::from_utf8_lossy(&text[row.start..row.end]).into_owned(), row.line));
                return (rows.collect(), outcome);
            }
        }
    }

    fn every_size(text: &str) -> (Vec<(String, u64)>, Result<(), String>) {
        let whole = split(text.as_bytes(), text.len().max(1));
        for size in 1..text.len() {
            assert_eq!(split(text.as_bytes(), size), whole, "in pieces of {size}");
        }
        whole
    }

    fn rows(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
        expected.iter().map(|(row, line)| ((*row).to_owned(), *line)).collect()
    }

    #[test]
    fn lines_end_as_they_like_and_blank_ones_count() {
        assert_eq!(
            every_size("{\"a\":1}\r\n\n  \r\n{}\nlast"),
            (rows(&[("{\"a\":1}", 1), ("{}", 4), ("last", 5)]), Ok(()))
        );
        assert_eq!(every_size("\u{feff}{}\n"), (rows(&[("{}", 1)]), Ok(())));
        assert_eq!(every_size("\n\n{}"), (rows(&[("{}", 3)]), Ok(())));
        assert_eq!(every_size(""), (rows(&[]), Ok(())));
        assert_eq!(every_size("\u{feff}"), (rows(&[]), Ok(())));
    }

    #[test]
    fn elements_of_a_list_begin_on_their_lines() {
        let text = "\u{feff}\n[\n {\"a\": \"],\\\"\", \"b\": [1, {}]},\n\n {\"c\":\n 2} , 3 ]\n";
        let expected = rows(&[("{\"a\": \"],\\\"\", \"b\": [1, {}]}", 3), ("{\"c\":\n 2}", 5), ("3", 6)]);
        assert_eq!(every_size(text), (expected, Ok(())));
        assert_eq!(every_size("[]"), (rows(&[]), Ok(())));
        assert_eq!(every_size("[1,]"), (rows(&[("1", 1), ("", 1)]), Ok(())));
    }

    #[test]
    fn a_list_that_is_cut_off_or_goes_on_is_an_error_after_its_rows() {
        let (found, outcome) = every_size("[{\"a\":1},\n{\"b\"");
        assert_eq!(found, rows(&[("{\"a\":1}", 1)]));
        assert!(outcome.is_err_and(|error| error.contains("cut off")));
        let (found, outcome) = every_size("[1]\nx");
        assert_eq!(found, rows(&[("1", 1)]));
        assert!(outcome.is_err_and(|error| error.contains("behind its list")));
    }
}
