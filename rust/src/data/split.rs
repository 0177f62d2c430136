//! Finds where each row of a text begins and ends: one line each, the elements of one JSON array, or JSON objects of
//! several lines each. Works on a buffer that grows. Looks at every byte once, at those of the first line twice. Does
//! not check that a row is JSON.

use memchr::{memchr_iter, memchr3};

use super::encoding::foreign_encoding;

/// One row in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    /// The line that it begins on, from 1.
    pub line: u64,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// How many bytes tell how a text is encoded.
const HEAD: usize = 6;

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
    /// No byte was seen.
    New,
    /// Nothing but white space was seen.
    Blank,
    /// The text begins with `{`. Whether it is one object a line is known at the end of the first line.
    FirstLine(FirstLine),
    Lines,
    /// The elements of one array.
    List(Nesting),
    /// Objects of several lines each, one after the other.
    Objects(Nesting),
    /// The array is closed.
    Closed,
}

/// The first line of a text that begins with `{`.
#[derive(Debug)]
struct FirstLine {
    start: usize,
    line: u64,
    nesting: Nesting,
    /// The position after the line's end, where the line left brackets open.
    end: Option<usize>,
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
        Self { mode: Mode::New, seen: 0, line: 1, open: None }
    }

    /// Appends the rows that are complete in `buffer`, of which earlier calls saw the beginning.
    /// `ended` says that nothing will follow.
    ///
    /// # Errors
    ///
    /// What is wrong with the text as a whole; `rows` holds the rows before that.
    pub fn scan(&mut self, buffer: &[u8], ended: bool, rows: &mut Vec<Span>) -> Result<(), String> {
        if let Mode::New = self.mode {
            self.skip_bom(buffer, ended)?;
        }
        if let Mode::Blank = self.mode {
            self.skip_blank(buffer, ended);
        }
        if let Mode::FirstLine(_) = self.mode {
            self.scan_first_line(buffer, ended);
        }
        match &mut self.mode {
            Mode::New | Mode::Blank | Mode::FirstLine(_) => return Ok(()),
            Mode::Lines => self.scan_lines(buffer, ended, rows),
            Mode::List(_) => self.scan_list(buffer, rows),
            Mode::Objects(_) => self.scan_objects(buffer, ended, rows),
            Mode::Closed => {}
        }
        match self.mode {
            Mode::Closed => self.scan_rest(buffer),
            Mode::List(_) if ended => Err("ends inside its list; the file is cut off, or a ']' is missing".into()),
            Mode::Objects(_) if ended => match self.open {
                Some((_, line)) => Err(format!(
                    "ends inside the object that begins on line {line}; the file is cut off, or a bracket is missing"
                )),
                None => Ok(()),
            },
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
        if let Mode::FirstLine(first) = &mut self.mode {
            first.start -= offset;
            first.end = first.end.map(|end| end - offset);
        }
        if let Some((start, _)) = &mut self.open {
            *start -= offset;
        }
    }

    /// Skips the byte order mark of UTF-8, and refuses what is not UTF-8 text.
    fn skip_bom(&mut self, buffer: &[u8], ended: bool) -> Result<(), String> {
        if buffer.len() < HEAD && !ended {
            return Ok(());
        }
        if let Some(detail) = foreign_encoding(buffer) {
            return Err(detail);
        }
        self.seen = if buffer.starts_with(BOM) { BOM.len() } else { 0 };
        self.mode = Mode::Blank;
        Ok(())
    }

    /// Skips white space. The first other byte says how the text is divided.
    fn skip_blank(&mut self, buffer: &[u8], ended: bool) {
        let rest = &buffer[self.seen..];
        let blank = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
        self.line += memchr_iter(b'\n', &rest[..blank]).count() as u64;
        self.seen += blank;
        match buffer.get(self.seen) {
            None if !ended => {}
            Some(b'[') => {
                self.seen += 1;
                self.mode = Mode::List(Nesting::default());
            }
            Some(b'{') => {
                let (start, line) = (self.seen, self.line);
                self.open = Some((start, line));
                self.mode = Mode::FirstLine(FirstLine { start, line, nesting: Nesting::default(), end: None });
            }
            _ => {
                self.open = Some((self.seen, self.line));
                self.mode = Mode::Lines;
            }
        }
    }

    /// Settles whether a text that begins with `{` has one object a line. An object of several lines leaves brackets
    /// open on the first one, and no other object begins at the start of the next.
    fn scan_first_line(&mut self, buffer: &[u8], ended: bool) {
        let Mode::FirstLine(first) = &mut self.mode else { return };
        let mut at = self.seen;
        while first.end.is_none() && at < buffer.len() {
            if first.nesting.in_string {
                at = skip_string(buffer, at, &mut first.nesting, &mut 0);
                continue;
            }
            match buffer[at] {
                b'\n' if first.nesting.depth > 0 => first.end = Some(at + 1),
                b'\n' => return self.restart(false),
                byte => first.nesting.step(byte),
            }
            at += 1;
        }
        self.seen = at;
        let Some(end) = first.end else {
            if ended {
                self.restart(false);
            }
            return;
        };
        let blank = buffer[at..].iter().position(|byte| !byte.is_ascii_whitespace());
        match blank {
            Some(blank) => {
                let next = at + blank;
                let begins_line = next == end || buffer[next - 1] == b'\n';
                self.restart(!(buffer[next] == b'{' && begins_line));
            }
            None if ended => self.restart(false),
            None => self.seen = buffer.len(),
        }
    }

    /// Starts again at the first row, now that it is known how the text is divided.
    fn restart(&mut self, spans_lines: bool) {
        let Mode::FirstLine(FirstLine { start, line, .. }) = self.mode else { return };
        (self.seen, self.line) = (start, line);
        (self.mode, self.open) =
            if spans_lines { (Mode::Objects(Nesting::default()), None) } else { (Mode::Lines, Some((start, line))) };
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
                    nesting.step(byte);
                }
            }
            at += 1;
        }
        (self.seen, self.line, self.open) = (at, line, open);
        if closed {
            self.mode = Mode::Closed;
        }
    }

    /// Objects of several lines end with their last bracket. Anything else between them is a row up to the line's end.
    fn scan_objects(&mut self, buffer: &[u8], ended: bool, rows: &mut Vec<Span>) {
        let Mode::Objects(nesting) = &mut self.mode else { return };
        let (mut at, mut line, mut open) = (self.seen, self.line, self.open);
        while at < buffer.len() {
            if nesting.in_string {
                at = skip_string(buffer, at, nesting, &mut line);
                continue;
            }
            let byte = buffer[at];
            match byte {
                b'\n' => {
                    if nesting.depth == 0
                        && let Some((start, line)) = open.take()
                    {
                        rows.push(span(buffer, start, at, line));
                    }
                    line += 1;
                }
                b' ' | b'\t' | b'\r' => {}
                b',' if open.is_none() => {}
                _ => {
                    open.get_or_insert((at, line));
                    nesting.step(byte);
                    if nesting.depth == 0
                        && matches!(byte, b'}' | b']')
                        && let Some((start, line)) = open.take()
                    {
                        rows.push(span(buffer, start, at + 1, line));
                    }
                }
            }
            at += 1;
        }
        if ended
            && nesting.depth == 0
            && !nesting.in_string
            && let Some((start, line)) = open.take()
        {
            rows.push(span(buffer, start, at, line));
        }
        (self.seen, self.line, self.open) = (at, line, open);
    }

    fn scan_rest(&mut self, buffer: &[u8]) -> Result<(), String> {
        let rest = &buffer[self.seen..];
        self.seen = buffer.len();
        if rest.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        Err("holds something after its list; give one list, or one object a line".into())
    }
}

impl Nesting {
    /// Goes past a byte that is not in a string.
    fn step(&mut self, byte: u8) {
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
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
    fn objects_of_several_lines_are_rows() {
        let text = "\n{\n  \"a\": \"}\\\"\",\n  \"b\": [1,\n {}]\n}\n\n{\"c\":\n 2} {},\n{\n}\nx y\n{}";
        let expected = rows(&[
            ("{\n  \"a\": \"}\\\"\",\n  \"b\": [1,\n {}]\n}", 2),
            ("{\"c\":\n 2}", 8),
            ("{}", 9),
            ("{\n}", 10),
            ("x y", 12),
            ("{}", 13),
        ]);
        assert_eq!(every_size(text), (expected, Ok(())));
        let (found, outcome) = every_size("{\n \"a\": 1\n}\n{\n \"a\": \"x\n}\n");
        assert_eq!(found, rows(&[("{\n \"a\": 1\n}", 1)]));
        assert!(outcome.is_err_and(|error| error.contains("object that begins on line 4")));
    }

    #[test]
    fn a_broken_first_line_leaves_the_others_whole() {
        for broken in ["{\"a\": [", "{\"a\": \"b", "{\"a\": [{\"b\"", "{"] {
            let text = format!("{broken}\n{{\"a\": 1}}\n");
            assert_eq!(every_size(&text), (rows(&[(broken, 1), ("{\"a\": 1}", 2)]), Ok(())));
            assert_eq!(every_size(broken), (rows(&[(broken, 1)]), Ok(())));
        }
    }

    #[test]
    fn other_encodings_are_one_error() {
        for text in [&b"\xff\xfe{\0}\0\n\0"[..], b"\0{\0}"] {
            for size in 1..=text.len() {
                let (found, outcome) = split(text, size);
                assert!(found.is_empty() && outcome.is_err_and(|error| error.contains("is UTF-16")), "{size}");
            }
        }
    }

    #[test]
    fn a_list_that_is_cut_off_or_goes_on_is_an_error_after_its_rows() {
        let (found, outcome) = every_size("[{\"a\":1},\n{\"b\"");
        assert_eq!(found, rows(&[("{\"a\":1}", 1)]));
        assert!(outcome.is_err_and(|error| error.contains("cut off")));
        let (found, outcome) = every_size("[1]\nx");
        assert_eq!(found, rows(&[("1", 1)]));
        assert!(outcome.is_err_and(|error| error.contains("after its list")));
    }
}
