//! Which tokens are control tokens: the tokenizer's special ones, and the markers of the template and its agent format.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::literal::LiteralTokenizer;
use super::markers::{texts_of_agent, texts_of_template};
use crate::agent::Agent;
use crate::error::Error;
use crate::template::{Compiled, TemplateSpec};
use crate::tokenizer::Tokenizer;

/// The most runs of neighbouring ids that ids are compared with.
const MAX_RANGES: usize = 4;

/// The control tokens of a template with a tokenizer.
#[derive(Debug, Default)]
pub struct ControlTokens {
    tokens: Vec<(String, u32)>,
    /// Their ids, sorted.
    ids: Vec<u32>,
    /// Finds the longest token from the left; `None` where there is none at all.
    finder: Option<AhoCorasick>,
    /// Runs of ids that hold all control tokens, and few others: the first id, and how many follow it.
    ranges: Vec<(u32, u32)>,
    /// The characters that control tokens begin with.
    openings: Vec<char>,
    literal: OnceLock<Result<LiteralTokenizer, Error>>,
}

/// A control token in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Its index among the control tokens.
    pub token: usize,
    pub start: usize,
    pub end: usize,
}

impl ControlTokens {
    /// The control tokens of `template`, compiled from `spec`, whose tools `agent` writes.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] where there are too many to search for.
    pub fn new(
        spec: &TemplateSpec,
        template: &Compiled,
        agent: Option<&dyn Agent>,
        tokenizer: &Tokenizer,
    ) -> Result<Self, Error> {
        let added = tokenizer.added_tokens();
        let mut texts = texts_of_template(spec, template);
        texts.extend(agent.iter().flat_map(|agent| texts_of_agent(*agent, template)));
        let mut is_control: Vec<bool> = added.iter().map(|token| token.special).collect();
        let finder = finder(added.iter().map(|token| token.content.as_str()))?;
        for text in &texts {
            finder.iter().flat_map(|finder| finder.find_iter(text)).for_each(|found| {
                is_control[found.pattern().as_usize()] |= is_marker(&added[found.pattern().as_usize()].content);
            });
        }
        let control = added.iter().zip(is_control).filter(|(_, is_control)| *is_control).map(|(token, _)| token);
        // What is white space alone, or a plain word, separates nothing.
        let control = control.filter(|token| !token.content.trim().is_empty());
        let tokens: Vec<_> =
            control.filter_map(|token| Some((token.content.clone(), tokenizer.token_to_id(&token.content)?))).collect();
        let finder = self::finder(tokens.iter().map(|(content, _)| content.as_str()))?;
        let mut openings: Vec<char> = tokens.iter().filter_map(|(content, _)| content.chars().next()).collect();
        openings.sort_unstable();
        openings.dedup();
        let mut ids: Vec<u32> = tokens.iter().map(|(_, id)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let ranges = ranges(&ids);
        Ok(Self { tokens, ids, finder, ranges, openings, literal: OnceLock::new() })
    }

    /// Whether there may be a control token among `ids`.
    #[inline]
    pub fn may_be_in(&self, ids: &[u32]) -> bool {
        // Without a branch per id, so that many are compared at once.
        self.ranges
            .iter()
            .any(|(first, more)| ids.iter().fold(false, |any, id| any | (id.wrapping_sub(*first) <= *more)))
    }

    /// Whether `text` holds a control token.
    pub fn is_in(&self, text: &str) -> bool {
        self.finder.as_ref().is_some_and(|finder| finder.is_match(text))
    }

    /// The first control token in `text` at or after the byte `from`.
    pub(super) fn next(&self, text: &str, from: usize) -> Option<Found> {
        let found = self.finder.as_ref()?.find(Input::new(text).range(from..))?;
        Some(Found { token: found.pattern().as_usize(), start: found.start(), end: found.end() })
    }

    /// The text of a control token.
    pub(super) fn text(&self, token: usize) -> &str {
        self.tokens.get(token).map_or("", |(text, _)| text)
    }

    /// The id of a control token.
    pub(super) fn id(&self, token: usize) -> u32 {
        self.tokens.get(token).map_or(u32::MAX, |(_, id)| *id)
    }

    /// Whether `id` is that of a control token.
    pub(super) fn has_id(&self, id: u32) -> bool {
        self.ids.binary_search(&id).is_ok()
    }

    /// The texts and ids of all control tokens.
    pub fn all(&self) -> &[(String, u32)] {
        &self.tokens
    }

    /// Whether a control token begins with `c`.
    pub(super) fn opens(&self, c: char) -> bool {
        self.openings.binary_search(&c).is_ok()
    }

    /// Whether a control token that began before `text` could end in it, or go on behind it.
    pub(super) fn may_span_into(&self, text: &str) -> bool {
        let spans = |rest: &str| text.starts_with(rest) || rest.starts_with(text);
        let inner = |token: &str| token.char_indices().skip(1).any(|(at, _)| spans(&token[at..]));
        !text.is_empty() && self.tokens.iter().any(|(token, _)| inner(token))
    }

    /// The tokenizer that takes control tokens for ordinary text; made for the first row that needs it.
    pub(super) fn literal(&self, tokenizer: &Tokenizer) -> Result<&LiteralTokenizer, Error> {
        self.literal.get_or_init(|| LiteralTokenizer::new(self, tokenizer)).as_ref().map_err(Clone::clone)
    }
}

fn finder<'t>(tokens: impl ExactSizeIterator<Item = &'t str>) -> Result<Option<AhoCorasick>, Error> {
    if tokens.len() == 0 {
        return Ok(None);
    }
    let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(tokens);
    finder.map(Some).map_err(Error::tokenizer)
}

/// Whether an added token that a template writes is a marker, and not a word or white space.
fn is_marker(content: &str) -> bool {
    content.chars().any(|c| !c.is_alphanumeric() && !c.is_whitespace() && c != '▁')
}

/// Sorted ids as a few runs; runs that are near each other are joined where there are too many.
fn ranges(ids: &[u32]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for id in ids.iter().copied() {
        match runs.last_mut() {
            Some((first, more)) if *first + *more + 1 == id => *more += 1,
            _ => runs.push((id, 0)),
        }
    }
    while runs.len() > MAX_RANGES {
        let gap = |at: usize| runs[at + 1].0 - (runs[at].0 + runs[at].1);
        let Some(narrowest) = (0..runs.len() - 1).min_by_key(|at| gap(*at)) else { break };
        let (next, more) = runs.remove(narrowest + 1);
        runs[narrowest].1 = next + more - runs[narrowest].0;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_a_few_runs() {
        assert_eq!(ranges(&[3, 4, 5, 9]), [(3, 2), (9, 0)]);
        assert_eq!(ranges(&[0, 2, 100, 200, 300, 1000]), [(0, 100), (200, 0), (300, 0), (1000, 0)]);
        assert_eq!(ranges(&[0, 2, 100, 200, 1000]), [(0, 2), (100, 0), (200, 0), (1000, 0)]);
    }

    #[test]
    fn words_and_white_space_are_no_markers() {
        for (content, expected) in
            [("\n\n", false), ("▁▁", false), ("user", false), ("<think>", true), ("[INST]", true)]
        {
            assert_eq!(is_marker(content), expected, "{content:?}");
        }
    }
}
