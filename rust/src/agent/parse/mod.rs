//! Calls out of what a model answered. Nothing here fails: what is malformed is no call, and where a
//! format finds none of its own, ReAct is looked for.

mod gemma;
mod harmony;
mod markup;
mod objects;
mod react;
mod schema;
mod search;
mod tags;

use std::borrow::Cow;

use super::{Call, Keywords};
use crate::json::Json;
pub(super) use harmony::messages;
use schema::Schemas;
pub use schema::Untyped;
pub use tags::{Dsml, Fields};

/// How calls are told in a text.
#[derive(Debug, Clone)]
pub enum Parser {
    /// An action, then its input.
    React(Keywords),
    /// JSON with `name` and `arguments` between two tags.
    Tagged { open: Cow<'static, str>, close: Cow<'static, str> },
    /// JSON with `name` and `parameters`, anywhere.
    Bare,
    /// A name, a separator and JSON between two tags.
    Separated { open: &'static str, separator: &'static str, close: &'static str },
    /// Arguments one by one, their text between tags.
    Fields(Fields),
    /// A list of JSON objects behind a mark.
    Listed { open: &'static str },
    /// A name on a line, JSON or a Python dict below it.
    NamedLines { separator: &'static str, end: &'static str },
    /// Tags in tags, each behind a mark.
    Nested { mark: &'static str },
    /// Gemma's notation.
    Gemma,
    /// Kimi K2.5: an id that holds the name, then JSON.
    Kimi,
    /// Kimi K3: arguments with their types.
    KimiMarkup,
    /// As `Fields`, with a mark that tells text from JSON.
    Dsml(Dsml),
}

impl Parser {
    /// JSON between two tags.
    pub fn tagged(open: impl Into<Cow<'static, str>>, close: impl Into<Cow<'static, str>>) -> Self {
        Self::Tagged { open: open.into(), close: close.into() }
    }

    pub(super) fn parse(&self, text: &str, tools: &[Json]) -> Vec<Call> {
        let schemas = Schemas::new(tools);
        let calls = match self {
            Self::React(keywords) => react::parse(keywords, text),
            Self::Tagged { open, close } => objects::tagged(open, close, text),
            Self::Bare => objects::bare(text),
            Self::Separated { open, separator, close } => objects::separated(open, separator, close, text),
            Self::Fields(fields) => fields.parse(text, &schemas),
            Self::Dsml(dsml) => dsml.parse(text),
            Self::Listed { open } => objects::listed(open, text),
            Self::NamedLines { separator, end } => objects::named_lines(separator, end, text),
            Self::Nested { mark } => markup::nested(mark, text, &schemas),
            Self::Gemma => gemma::parse(text),
            Self::Kimi => markup::kimi(text),
            Self::KimiMarkup => markup::kimi_markup(text),
        };
        or_react(calls, text)
    }
}

/// The calls in a text in Harmony.
pub(super) fn harmony(text: &str) -> Vec<Call> {
    or_react(harmony::parse(text), text)
}

fn or_react(calls: Vec<Call>, text: &str) -> Vec<Call> {
    if calls.is_empty() { react::parse(&Keywords::REACT, text) } else { calls }
}

/// Whether nothing but white space stands between two tags. Anything else is left of a tag that is damaged.
fn is_space(text: &str) -> bool {
    text.trim_start().is_empty()
}

/// The first text between `open` and `close`, and what is behind it.
pub(super) fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, &'t str)> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close)
}
