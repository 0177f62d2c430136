//! What ends a text: words as text or as ids, made into automata once. It does not follow any stream.

use super::automaton::{Automaton, ROOT};
use super::pieces::Pieces;
use crate::error::Error;

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Text(String),
    Ids(Vec<u32>),
}

impl Word {
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Ids(ids) => ids.is_empty(),
        }
    }
}

/// A word that ends a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopWord {
    pub word: Word,
    /// Whether it stays in the text that it ends.
    pub include: bool,
    /// Whether it counts only after the marker, where there is one.
    pub after_marker: bool,
}

/// An automaton of those words that count at a time.
#[derive(Debug)]
pub(super) struct Matcher {
    all: Automaton,
    /// Where some words count only after the marker: those that count before it, and how their states carry over.
    early: Option<(Option<Automaton>, Vec<u32>)>,
}

impl Matcher {
    fn new(words: &[(u32, Vec<u32>, bool)]) -> Option<Self> {
        let of = |late: bool| {
            let counted = words.iter().filter(move |(_, _, limited)| late || !limited);
            Automaton::new(counted.map(|(number, word, _)| (*number, word.as_slice())))
        };
        let all = of(true)?;
        let early = words.iter().any(|(_, _, limited)| *limited).then(|| {
            let early = of(false);
            let states = early.as_ref().map(|early| early.states_in(&all)).unwrap_or_default();
            (early, states)
        });
        Some(Self { all, early })
    }

    /// The automaton to follow, before or after the marker.
    #[inline]
    pub(super) fn current(&self, armed: bool) -> Option<&Automaton> {
        match &self.early {
            Some((early, _)) if !armed => early.as_ref(),
            _ => Some(&self.all),
        }
    }

    /// The state after the marker that `state` becomes.
    pub(super) fn arm(&self, state: u32) -> u32 {
        match &self.early {
            Some((_, states)) => states.get(state as usize).copied().unwrap_or(ROOT),
            None => state,
        }
    }
}

/// The text or ids after which limited stops count.
#[derive(Debug)]
pub(super) struct Marker {
    pub text: Option<Automaton>,
    /// Whether the text is looked for among special tokens that are left out of the text.
    pub raw: bool,
    pub ids: Option<Automaton>,
}

/// The stops of a decoder.
#[derive(Debug)]
pub(super) struct Stops {
    pub words: Vec<StopWord>,
    /// The texts, looked for in the text that is given out.
    pub text: Option<Matcher>,
    /// Those texts that hold a special token, where special tokens are left out of the text.
    pub raw: Option<Matcher>,
    pub ids: Option<Matcher>,
    pub marker: Option<Marker>,
    /// The bytes with which a text or the marker begins.
    begins: Box<[bool; 256]>,
}

impl Stops {
    /// Compiles `words`; those with `after_marker` count only after `marker`, where there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for a word without content, or an id that no token has.
    pub(super) fn new(
        mut words: Vec<StopWord>,
        marker: Option<Word>,
        pieces: &Pieces,
        skip_special_tokens: bool,
    ) -> Result<Self, Error> {
        for (at, stop) in words.iter().enumerate() {
            check("stop", &format!("item {at} "), &stop.word, pieces)?;
        }
        match &marker {
            Some(marker) => check("stop_after", "", marker, pieces)?,
            None => words.iter_mut().for_each(|stop| stop.after_marker = false),
        }
        let specials: Vec<&[u8]> = if skip_special_tokens { pieces.specials().collect() } else { Vec::new() };
        let holds_special = |text: &str| {
            let holds =
                |special: &&[u8]| !special.is_empty() && memchr::memmem::find(text.as_bytes(), special).is_some();
            specials.iter().any(holds)
        };
        let matcher = |chosen: &dyn Fn(&Word) -> Option<Vec<u32>>| {
            let chosen: Vec<_> = (0u32..)
                .zip(&words)
                .filter_map(|(number, stop)| Some((number, chosen(&stop.word)?, stop.after_marker)))
                .collect();
            Matcher::new(&chosen)
        };
        let text = matcher(&|word| text_of(word).map(symbols));
        let raw = matcher(&|word| text_of(word).filter(|text| holds_special(text)).map(symbols));
        let ids = matcher(&|word| if let Word::Ids(ids) = word { Some(ids.clone()) } else { None });
        let marker = marker.map(|word| match word {
            Word::Text(text) => Marker { raw: holds_special(&text), text: single(&symbols(&text)), ids: None },
            Word::Ids(ids) => Marker { raw: false, text: None, ids: single(&ids) },
        });
        let texts = [text.as_ref().map(|text| &text.all), marker.as_ref().and_then(|marker| marker.text.as_ref())];
        let begins = |byte: usize| texts.iter().flatten().any(|it| it.next(ROOT, byte as u32) != ROOT);
        let begins = Box::new(std::array::from_fn(begins));
        Ok(Self { words, text, raw, ids, marker, begins })
    }

    /// Whether an id and its text, seen while nothing is under way, surely leave nothing under way.
    #[inline]
    pub(super) fn are_quiet(&self, id: u32, text: &[u8]) -> bool {
        let stays = |ids: &Automaton| ids.next(ROOT, id) == ROOT;
        self.ids.as_ref().is_none_or(|ids| stays(&ids.all))
            && self.marker.as_ref().and_then(|marker| marker.ids.as_ref()).is_none_or(stays)
            && !text.iter().any(|byte| self.begins[usize::from(*byte)])
    }
}

fn check(argument: &str, item: &str, word: &Word, pieces: &Pieces) -> Result<(), Error> {
    if word.is_empty() {
        return Err(Error::argument(argument, format!("{item}is empty; give a text or ids, or leave it out")));
    }
    if let Word::Ids(ids) = word
        && let Some(id) = ids.iter().find(|id| **id as usize >= pieces.len())
    {
        let last = pieces.len().saturating_sub(1);
        return Err(Error::argument(
            argument,
            format!("{item}has the id {id}; the last id of this tokenizer is {last}"),
        ));
    }
    Ok(())
}

fn text_of(word: &Word) -> Option<&str> {
    if let Word::Text(text) = word { Some(text) } else { None }
}

fn symbols(text: &str) -> Vec<u32> {
    text.bytes().map(u32::from).collect()
}

fn single(word: &[u32]) -> Option<Automaton> {
    Automaton::new([(0, word)])
}
