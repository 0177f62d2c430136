//! Which tokens are trained, and with what weight. encoding.md 5.

mod named;
mod terminator;

pub use named::{Named, SCALE_NAMES};
pub use terminator::label_terminators;

use crate::error::Error;

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
    chain: Vec<&'static Named>,
}

impl LossScale {
    /// Reads `default`, `last_round+hermes`, `hermes+ignore_empty_think` and the like.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for a name that is unknown, with those that are known.
    pub fn parse(setting: &str) -> Result<Self, Error> {
        let mut names = setting.split('+');
        let first = names.next().unwrap_or_default();
        let mut scale = Self::default();
        match first {
            "default" => {}
            "last_round" => scale.base = BaseStrategy::LastRound,
            "all" => scale.base = BaseStrategy::All,
            name => scale.add(name)?,
        }
        for name in names {
            scale.add(name)?;
        }
        Ok(scale)
    }

    fn add(&mut self, name: &str) -> Result<(), Error> {
        if name == "base" {
            return Ok(());
        }
        let named = Named::get(name).ok_or_else(|| {
            let known = SCALE_NAMES.join(", ");
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
    pub fn split<'t>(&self, text: &'t str, query: Option<&str>) -> Vec<(&'t str, f64)> {
        let mut parts = vec![(text, 1.0)];
        for named in &self.chain {
            let mut finer = Vec::with_capacity(parts.len());
            for (part, weight) in parts {
                let from = finer.len();
                named.split(part, query, &mut finer);
                finer[from..].iter_mut().for_each(|(_, own)| *own *= weight);
            }
            parts = finer;
        }
        parts
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
            scale.split(text, None),
            [("<think>\n\n</think>\n\n", 0.0), ("ok", 1.0), ("<tool_call>{}</tool_call>", 2.0), (".", 1.0)]
        );
    }
}
