//! From ids to text, id by id: characters as soon as their bytes are there, invalid bytes as U+FFFD, exactly as the
//! tokenizer's own decoder makes them of all ids together. It knows nothing of stops.

use super::chain::Joint;
use super::decoder::Decoder;
use super::passes::Progress;
use super::pending::Pending;
use super::pieces::Pieces;
use super::window::Window;
use crate::error::Error;

/// What stands for invalid bytes.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// The bytes of a character that has begun; a character has four at most.
#[derive(Debug, Clone, Copy, Default)]
struct Begun {
    bytes: [u8; 4],
    count: u8,
}

impl Begun {
    fn get(&self) -> &[u8] {
        &self.bytes[..usize::from(self.count)]
    }

    fn set(&mut self, bytes: &[u8]) {
        self.count = bytes.len().min(4) as u8;
        self.bytes[..usize::from(self.count)].copy_from_slice(&bytes[..usize::from(self.count)]);
    }
}

/// A run of byte tokens, which the byte fallback decoder judges as one.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Where its text begins.
    start: u64,
    bytes: u64,
    /// Whether a byte was invalid, so that each byte of the run is U+FFFD.
    broken: bool,
    /// How far strips and replacements were when it began.
    progress: Progress,
}

/// The end of a token's text, which is another where it is the last: from so many of its bytes on.
#[derive(Debug, Clone, Copy)]
struct Tail {
    id: u32,
    from: usize,
}

/// What the text of an id was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    /// Where the id's own bytes begin; within a character that an earlier id began, just after that place.
    pub own: u64,
    /// From where on the text was written anew.
    pub anew: u64,
}

/// The state of a text between two ids.
#[derive(Debug, Clone)]
pub(super) struct Text {
    started: bool,
    begun: Begun,
    run: Option<Run>,
    tail: Option<Tail>,
    /// The token before, where an equal one writes nothing.
    before: Option<u32>,
    progress: Progress,
    /// Whether all is written as it is, but for how bytes go on.
    simple: bool,
    window: Option<Window>,
}

impl Text {
    pub(super) fn new(pieces: &Pieces) -> Self {
        let window = pieces.joint().is_none().then(Window::default);
        Self {
            started: false,
            begun: Begun::default(),
            run: None,
            tail: None,
            before: None,
            progress: pieces.passes().begin(),
            simple: pieces.are_simple(),
            window,
        }
    }

    /// Whether the next id's text depends on nothing before it, so that whole characters can be taken as they are.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.simple && self.started && self.begun.count == 0 && self.run.is_none() && self.progress.is_over()
    }

    /// From where on the text may still change, where there is such a place.
    #[inline]
    pub(super) fn unsure(&self) -> Option<u64> {
        self.run.filter(|run| !run.broken).map(|run| run.start)
    }

    /// Writes the text of `id`.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where a decoder that was not taken apart refuses it.
    pub(super) fn push(&mut self, decoder: &Decoder, id: u32, pending: &mut Pending) -> Result<Written, Error> {
        let pieces = decoder.pieces();
        if !pieces.is_present(id) {
            return Ok(Written { own: pending.end(), anew: pending.end() });
        }
        if let Some(window) = &mut self.window {
            let before = pending.end();
            pending.push(window.push(decoder.reference()?, id)?.as_bytes());
            return Ok(Written { own: before, anew: before });
        }
        if let Some(same) = pieces.same(id)
            && self.before.replace(same) == Some(same)
        {
            return Ok(Written { own: pending.end(), anew: pending.end() });
        }
        let piece = pieces.get(id, !self.started);
        self.started = true;
        let (before, held) = (pending.end(), pieces.passes().held(&self.progress));
        let mut written = self.piece(decoder, id, piece, pending);
        if written.anew == before {
            // What is held back is of those before it.
            written.own = (written.own + held).min(pending.end().max(written.own));
        }
        Ok(written)
    }

    /// Writes what `id` writes by itself, together with what waits.
    fn piece(&mut self, decoder: &Decoder, id: u32, piece: &[u8], pending: &mut Pending) -> Written {
        let pieces = decoder.pieces();
        match pieces.joint() {
            Some(Joint::Fallback) if pieces.is_byte(id) && decoder.is_eager() => {
                self.eager_byte(pieces, piece, pending)
            }
            Some(Joint::Fallback) if pieces.is_byte(id) => self.run_byte(pieces, piece, pending),
            Some(Joint::Bytes) => self.bytes(pieces, piece, pending),
            _ => {
                let anew = self.close(pieces, pending);
                let own = pending.end();
                let sure = pieces.last(id).map_or(piece.len(), |last| in_common(piece, last));
                self.tail = pieces.last(id).filter(|last| *last != piece).map(|_| Tail { id, from: sure });
                self.write(pieces, &piece[..sure], pending);
                Written { own, anew }
            }
        }
    }

    /// Writes what is left when no more ids come; returns from where on the text was written anew.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where a decoder that was not taken apart refuses it.
    pub(super) fn finish(&mut self, decoder: &Decoder, pending: &mut Pending) -> Result<u64, Error> {
        let pieces = decoder.pieces();
        let before = pending.end();
        let Some(window) = &mut self.window else {
            if let Some((tail, last)) = self.tail.take().and_then(|tail| Some((tail, pieces.last(tail.id)?))) {
                self.write(pieces, &last[tail.from..], pending);
            }
            let anew = self.close(pieces, pending);
            pieces.passes().finish(&mut self.progress, pending);
            return Ok(anew.min(before));
        };
        pending.push(window.finish(decoder.reference()?)?.as_bytes());
        Ok(before)
    }

    /// Bytes that are read together with those before and after them.
    fn bytes(&mut self, pieces: &Pieces, piece: &[u8], pending: &mut Pending) -> Written {
        let (anew, waiting) = (pending.end(), self.begun);
        if waiting.count == 0 {
            self.lossy(pieces, piece, false, pending);
            return Written { own: anew, anew };
        }
        if piece.is_empty() {
            return Written { own: anew + 1, anew };
        }
        let mut joined = [0; 8];
        // Four bytes settle what becomes of those that wait.
        let taken = piece.len().min(4);
        let (begun, held) = (usize::from(waiting.count), usize::from(waiting.count) + taken);
        joined[..begun].copy_from_slice(waiting.get());
        joined[begun..held].copy_from_slice(&piece[..taken]);
        // Bytes that wait begin a valid character: either new ones go on with it, or they are invalid by themselves.
        let completed = match std::str::from_utf8(&joined[..held]) {
            Ok(_) => true,
            Err(error) if error.valid_up_to() > 0 => true,
            Err(error) => error.error_len().is_none_or(|invalid| invalid > begun),
        };
        self.begun = Begun::default();
        if completed {
            let whole = [waiting.get(), piece].concat();
            self.lossy(pieces, &whole, false, pending);
            return Written { own: anew + 1, anew };
        }
        self.write(pieces, REPLACEMENT, pending);
        let own = pending.end();
        self.lossy(pieces, piece, false, pending);
        Written { own, anew }
    }

    /// Writes `bytes` as UTF-8; an invalid sequence becomes one replacement, or one `each` byte; an unfinished end is kept.
    fn lossy(&mut self, pieces: &Pieces, bytes: &[u8], each: bool, pending: &mut Pending) {
        let mut rest = bytes;
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(_) => return self.write(pieces, rest, pending),
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            self.write(pieces, valid, pending);
            let Some(invalid) = error.error_len() else { return self.begun.set(after) };
            self.replace(pieces, if each { invalid as u64 } else { 1 }, pending);
            rest = &after[invalid..];
        }
    }

    /// A byte token whose characters are given out at once. Each invalid byte is one replacement.
    fn eager_byte(&mut self, pieces: &Pieces, piece: &[u8], pending: &mut Pending) -> Written {
        let anew = pending.end();
        let own = if self.begun.count > 0 { anew + 1 } else { anew };
        let whole = [self.begun.get(), piece].concat();
        self.begun = Begun::default();
        self.lossy(pieces, &whole, true, pending);
        Written { own, anew }
    }

    /// A byte token of a run that is judged as one: its characters stand until a byte of the run proves invalid.
    fn run_byte(&mut self, pieces: &Pieces, piece: &[u8], pending: &mut Pending) -> Written {
        let end = pending.end();
        let run = self.run.get_or_insert(Run { start: end, bytes: 0, broken: false, progress: self.progress });
        run.bytes += 1;
        if run.broken {
            self.write(pieces, REPLACEMENT, pending);
            return Written { own: end, anew: end };
        }
        let whole = [self.begun.get(), piece].concat();
        let own = if self.begun.count > 0 { end + 1 } else { end };
        match std::str::from_utf8(&whole) {
            Ok(_) => {
                self.begun = Begun::default();
                self.write(pieces, &whole, pending);
            }
            Err(error) if error.error_len().is_none() => self.begun.set(&whole),
            Err(_) => {
                run.broken = true;
                let run = *run;
                let anew = self.break_run(pieces, run, pending);
                return Written { own: pending.end().saturating_sub(REPLACEMENT.len() as u64).max(anew), anew };
            }
        }
        Written { own, anew: end }
    }

    /// Ends whatever is under way: bytes without an end are invalid.
    fn close(&mut self, pieces: &Pieces, pending: &mut Pending) -> u64 {
        let end = pending.end();
        if let Some(tail) = self.tail.take() {
            self.write(pieces, &pieces.get(tail.id, false)[tail.from..], pending);
        }
        let waiting = u64::from(self.begun.count);
        match self.run.take() {
            Some(run) if !run.broken && waiting > 0 => return self.break_run(pieces, run, pending),
            Some(_) => self.begun = Begun::default(),
            None if waiting > 0 => {
                self.begun = Begun::default();
                // Of byte tokens each is invalid by itself, else the character that they began.
                let marks = if pieces.joint() == Some(Joint::Fallback) { waiting } else { 1 };
                self.replace(pieces, marks, pending);
            }
            None => {}
        }
        end
    }

    /// Writes a run anew whose bytes are invalid.
    fn break_run(&mut self, pieces: &Pieces, run: Run, pending: &mut Pending) -> u64 {
        self.begun = Begun::default();
        self.progress = run.progress;
        pending.truncate(run.start);
        pending.unmark(run.start);
        self.replace(pieces, run.bytes, pending);
        run.start
    }

    fn replace(&mut self, pieces: &Pieces, times: u64, pending: &mut Pending) {
        (0..times).for_each(|_| self.write(pieces, REPLACEMENT, pending));
    }

    /// Writes whole characters, but for those that the decoder strips or replaces.
    fn write(&mut self, pieces: &Pieces, text: &[u8], pending: &mut Pending) {
        pieces.passes().write(&mut self.progress, text, pending);
    }
}

/// How many bytes both begin with that are whole characters.
fn in_common(one: &[u8], other: &[u8]) -> usize {
    let mut count = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    while one.get(count).is_some_and(|byte| byte & 0xc0 == 0x80) {
        count -= 1;
    }
    count
}
