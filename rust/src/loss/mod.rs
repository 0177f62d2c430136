//! Which tokens are trained, and with what weight. encoding.md 5.

mod named;
mod terminator;

use std::fmt::Debug;
use std::sync::Arc;

pub use named::{Named, SCALE_NAMES};
pub use terminator::label_terminators;

use crate::error::{Error, RowError};

/// Splits trained text and weighs its parts.
pub trait Scale: Debug + Send + Sync {
    /// Whether every weight is 0 or 1.
    fn is_binary(&self) -> bool;

    /// Whether the query can settle the weight.
    fn reads_query(&self) -> bool;

    /// Appends the parts of `text`, which follow each other, with their weights.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where a scale of the user's own fails.
    fn split<'t>(&self, text: &'t str, query: Option<&str>, parts: &mut Vec<(&'t str, f64)>) -> Result<(), RowError>;
}

/// Scales of the user's own, by name; they count before those that are built in.
pub type OwnScales = [(String, Arc<dyn Scale>)];

/// What is trained where a message does not say so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BaseStrategy {
    /// Responses and the suffix.
    #[default]
    Default,
    /// The response after the last user or tool message, and the suffix.
    LastRound,
    /// Everything.
    All,
}

/// A base strategy, and named scales that split trained text and weigh its parts.
#[derive(Debug, Clone, Default)]
pub struct LossScale {
    base: BaseStrategy,
    chain: Vec<Arc<dyn Scale>>,
}

impl LossScale {
    /// Reads `default`, `last_round+hermes`, `hermes+ignore_empty_think` and the like.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for a name that is unknown, with those that are known.
    pub fn parse(setting: &str) -> Result<Self, Error> {
        Self::parse_with(setting, &[])
    }

    /// [`LossScale::parse`] where there are scales of the user's own.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for a name that is unknown, with those that are known.
    pub fn parse_with(setting: &str, own: &OwnScales) -> Result<Self, Error> {
        let mut names = setting.split('+');
        let first = names.next().unwrap_or_default();
        let mut scale = Self::default();
        match first {
            "default" => {}
            "last_round" => scale.base = BaseStrategy::LastRound,
            "all" => scale.base = BaseStrategy::All,
            name => scale.add(name, own)?,
        }
        for name in names {
            scale.add(name, own)?;
        }
        Ok(scale)
    }

    fn add(&mut self, name: &str, own: &OwnScales) -> Result<(), Error> {
        if let Some((_, scale)) = own.iter().find(|(known, _)| known == name) {
            self.chain.push(scale.clone());
            return Ok(());
        }
        if name == "base" {
            return Ok(());
        }
        let named = Named::get(name).ok_or_else(|| {
            let own = own.iter().map(|(name, _)| name.as_str());
            let known = SCALE_NAMES.into_iter().chain(own).collect::<Vec<_>>().join(", ");
            Error::argument(
                "loss_scale",
                format!("'{name}' is no loss scale; join with '+' a base strategy (default, last_round, all) and any of {known}"),
            )
        })?;
        self.chain.push(named);
        Ok(())
    }

    /// What is trained where a message does not say so itself.
    pub fn base(&self) -> BaseStrategy {
        self.base
    }

    /// Whether no named scale applies, so that trained text weighs 1.
    pub fn is_plain(&self) -> bool {
        self.chain.is_empty()
    }

    /// Whether every weight of the named scales is 0 or 1.
    pub fn is_binary(&self) -> bool {
        self.chain.iter().all(|named| named.is_binary())
    }

    /// Whether a round's query can settle a weight.
    pub fn reads_query(&self) -> bool {
        self.chain.iter().any(|named| named.reads_query())
    }

    /// Splits trained text into parts with weights; the parts follow each other in `text`.
    /// `query` is the round's query where `text` is a response.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where a scale of the user's own fails.
    pub fn split<'t>(&self, text: &'t str, query: Option<&str>) -> Result<Vec<(&'t str, f64)>, RowError> {
        let mut parts = vec![(text, 1.0)];
        for scale in &self.chain {
            let mut finer = Vec::with_capacity(parts.len());
            for (part, weight) in parts {
                let from = finer.len();
                scale.split(part, query, &mut finer)?;
                finer[from..].iter_mut().for_each(|(_, own)| *own *= weight);
            }
            parts = finer;
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_strategies_and_chains() {
        assert_eq!(LossScale::parse("last_round").unwrap().base(), BaseStrategy::LastRound);
        let chained = LossScale::parse("all+hermes+ignore_empty_think").unwrap();
        assert_eq!(chained.base(), BaseStrategy::All);
        assert!(!chained.is_binary() && !chained.is_plain());
        assert!(LossScale::parse("default+base").unwrap().is_plain());
        let error = LossScale::parse("hermess").unwrap_err().to_string();
        assert!(error.starts_with("argument 'loss_scale': 'hermess' is no loss scale"), "{error}");
        assert!(LossScale::parse("").is_err());
    }

    #[test]
    fn chained_weights_multiply() {
        let scale = LossScale::parse("hermes+ignore_empty_think").unwrap();
        let text = "<think>\n\n</think>\n\nok<tool_call>{}</tool_call>.";
        assert_eq!(
            scale.split(text, None).unwrap(),
            [("<think>\n\n</think>\n\n", 0.0), ("ok", 1.0), ("<tool_call>{}</tool_call>", 2.0), (".", 1.0)]
        );
    }
}
