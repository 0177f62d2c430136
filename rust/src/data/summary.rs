//! What a job did, in numbers.

use std::collections::BTreeMap;

use crate::warning::WarningCounts;

/// What a job did.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Summary {
    pub rows_read: u64,
    pub rows_written: u64,
    pub tokens: u64,
    /// Tokens with a label; 0 outside training.
    pub trained_tokens: u64,
    /// Rows without a token to train on, whether they were written or not; under `split` each part counts.
    pub untrainable: u64,
    /// Written rows that are a part of a longer one.
    pub truncated: u64,
    /// Written rows that are plain texts, encoded without a template and trained as a whole.
    pub texts: u64,
    /// Rows left out because they are too long, under `truncation_strategy="delete"`.
    pub deleted: u64,
    pub refused: u64,
    pub refused_by_kind: BTreeMap<&'static str, u64>,
    /// The first refused rows, each as `file:line: why`.
    pub examples: Vec<String>,
    /// Where all refused rows were written down, where some were.
    pub refused_path: Option<std::path::PathBuf>,
    /// What was found in rows that were written all the same.
    pub warnings: WarningCounts,
    pub lengths: Lengths,
    pub seconds: f64,
    pub bytes_read: u64,
}

/// How long the rows are, exactly; a percentile is the length of the row that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Lengths {
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub max: u64,
    pub mean: f64,
}

/// Lengths below this are counted in a table, longer ones in a map.
const TABLE: usize = 1 << 15;

/// How many rows have which length. Its size is bounded by the longest row, not by their number.
#[derive(Debug)]
pub(super) struct Histogram {
    short: Vec<u64>,
    long: BTreeMap<u64, u64>,
    rows: u64,
    tokens: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { short: vec![0; TABLE], long: BTreeMap::new(), rows: 0, tokens: 0 }
    }
}

impl Histogram {
    pub fn push(&mut self, length: u64) {
        self.rows += 1;
        self.tokens += length;
        match usize::try_from(length).ok().and_then(|length| self.short.get_mut(length)) {
            Some(count) => *count += 1,
            None => *self.long.entry(length).or_default() += 1,
        }
    }

    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    pub fn lengths(&self) -> Lengths {
        if self.rows == 0 {
            return Lengths::default();
        }
        let at = |percent: u64| self.at(self.rows.saturating_mul(percent).div_ceil(100).max(1));
        Lengths {
            p50: at(50),
            p90: at(90),
            p99: at(99),
            max: self.at(self.rows),
            mean: self.tokens as f64 / self.rows as f64,
        }
    }

    /// The length of the row that stands at `rank`, from 1, when they are sorted.
    fn at(&self, rank: u64) -> u64 {
        let short = self.short.iter().enumerate().map(|(length, count)| (length as u64, *count));
        let long = self.long.iter().map(|(length, count)| (*length, *count));
        let mut before = 0;
        short
            .chain(long)
            .find(|(_, count)| {
                before += count;
                before >= rank
            })
            .map_or(0, |(length, _)| length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_exact() {
        let mut histogram = Histogram::default();
        for length in (1..=100).rev() {
            histogram.push(length * 1000);
        }
        let expected = Lengths { p50: 50_000, p90: 90_000, p99: 99_000, max: 100_000, mean: 50_500.0 };
        assert_eq!(histogram.lengths(), expected);
        assert_eq!(Histogram::default().lengths(), Lengths::default());
        let mut single = Histogram::default();
        single.push(7);
        assert_eq!(single.lengths(), Lengths { p50: 7, p90: 7, p99: 7, max: 7, mean: 7.0 });
    }
}
