//! Warnings about rows that are encoded all the same: what was found, counted by kind and field.
//!
//! Reading, rendering and encoding hand each [`RowWarning`] to the sink of the row. Each thread keeps its own
//! [`WarningCounts`]; merged, they are the same for any number of threads.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::row::nearest_key;

/// How many fields of one kind are counted by their names.
const MAX_FIELDS: usize = 64;

/// How many warnings a row keeps; a row with more is hostile.
const MAX_ROW_WARNINGS: usize = 256;

/// The field of a warning that counts all fields beyond the first [`MAX_FIELDS`].
pub const OTHER_FIELDS: &str = "(others)";

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// A key that is not understood; its value is ignored.
    UnknownKey,
    /// A column or a key of a row that is not used, and is not similar to one that would be.
    UnusedColumn,
    /// Reasoning given to a template that has no place for it.
    UnusedReasoning,
    /// A control token in the text of a message.
    ControlToken,
    /// Right truncation removed the token that ends the turn.
    LostTerminator,
    /// Content of a column of JSON that may have been a text.
    AmbiguousContent,
}

impl WarningKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::UnknownKey,
        Self::UnusedColumn,
        Self::UnusedReasoning,
        Self::ControlToken,
        Self::LostTerminator,
        Self::AmbiguousContent,
    ];

    /// The name that users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown_key",
            Self::UnusedColumn => "unused_column",
            Self::UnusedReasoning => "unused_reasoning",
            Self::ControlToken => "control_token",
            Self::LostTerminator => "lost_terminator",
            Self::AmbiguousContent => "ambiguous_content",
        }
    }

    /// The kind named `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One thing found in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowWarning {
    pub kind: WarningKind,
    /// The key with its place, as in `messages[].wieght`, or the text of a token.
    pub field: String,
}

impl RowWarning {
    /// A warning of this kind about `field`.
    pub fn new(kind: WarningKind, field: impl Into<String>) -> Self {
        Self { kind, field: field.into() }
    }
}

/// The warnings of one row, each once. Empty for nearly every row, and without an allocation then.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowWarnings(Vec<RowWarning>);

impl RowWarnings {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The warnings in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &RowWarning> {
        self.0.iter()
    }

    /// Adds a warning unless it is there already.
    pub fn push(&mut self, kind: WarningKind, field: &str) {
        if self.0.len() < MAX_ROW_WARNINGS && !self.iter().any(|known| known.kind == kind && known.field == field) {
            self.0.push(RowWarning::new(kind, field));
        }
    }

    /// Adds a warning about the key `name` of the objects at `place`, unless it is there already.
    pub fn push_key(&mut self, place: &str, name: &str) {
        let is_known = |known: &RowWarning| {
            known.kind == WarningKind::UnknownKey
                && known.field.strip_prefix(place).and_then(|rest| rest.strip_prefix('.')) == Some(name)
        };
        if self.0.len() < MAX_ROW_WARNINGS && !self.iter().any(is_known) {
            self.0.push(RowWarning::new(WarningKind::UnknownKey, format!("{place}.{name}")));
        }
    }

    /// Adds the warnings of another part of the row.
    pub fn append(&mut self, other: Self) {
        for RowWarning { kind, field } in other.0 {
            self.push(kind, &field);
        }
    }
}

/// How many rows have a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningCount {
    /// How many rows have it.
    pub rows: u64,
    /// The index of the first of them.
    pub first_row: Option<u64>,
    /// The known key that is most similar to the field's.
    pub hint: Option<Cow<'static, str>>,
}

/// The warnings of many rows.
///
/// Of each kind, the [`MAX_FIELDS`] fields that sort first are counted by their names. A field that is among them in
/// the end was among them at all times and on every thread, so its count is exact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WarningCounts {
    kinds: BTreeMap<WarningKind, KindCounts>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct KindCounts {
    fields: BTreeMap<String, FieldCount>,
    /// The counts of all other fields together; a row counts once for each of its fields.
    others: Option<FieldCount>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct FieldCount {
    rows: u64,
    first_row: Option<u64>,
    /// The row that was counted last, so that a row counts once.
    last_row: Option<u64>,
}

impl FieldCount {
    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.first_row = match (self.first_row, other.first_row) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        self.last_row = self.last_row.max(other.last_row);
    }
}

impl KindCounts {
    fn add(&mut self, field: &str, count: FieldCount) {
        if let Some(known) = self.fields.get_mut(field) {
            return known.merge(count);
        }
        self.fields.insert(field.to_owned(), count);
        if self.fields.len() > MAX_FIELDS
            && let Some((_, last)) = self.fields.pop_last()
        {
            self.add_other(last);
        }
    }

    fn add_other(&mut self, count: FieldCount) {
        match &mut self.others {
            Some(others) => others.merge(count),
            None => self.others = Some(count),
        }
    }
}

impl WarningCounts {
    /// Whether there is no warning.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Counts a warning of row `row`, once for each row.
    pub fn add(&mut self, warning: &RowWarning, row: u64) {
        let kind = self.kinds.entry(warning.kind).or_default();
        match kind.fields.get_mut(&warning.field) {
            Some(known) if known.last_row == Some(row) => {}
            _ => kind.add(&warning.field, FieldCount { rows: 1, first_row: Some(row), last_row: Some(row) }),
        }
    }

    /// Counts a warning that is known of `rows` rows, of which `first_row` is the first.
    pub fn add_rows(&mut self, warning: &RowWarning, rows: u64, first_row: Option<u64>) {
        if rows > 0 {
            let count = FieldCount { rows, first_row, last_row: None };
            let kind = self.kinds.entry(warning.kind).or_default();
            if warning.field == OTHER_FIELDS { kind.add_other(count) } else { kind.add(&warning.field, count) }
        }
    }

    /// Drops what was counted of columns with these names, which are used in another way.
    pub fn forget_columns(&mut self, names: &[String]) {
        if let Some(kind) = self.kinds.get_mut(&WarningKind::UnusedColumn) {
            kind.fields.retain(|field, _| !names.contains(field));
            if kind.fields.is_empty() && kind.others.is_none() {
                self.kinds.remove(&WarningKind::UnusedColumn);
            }
        }
    }

    /// Adds the warnings of other rows.
    pub fn merge(&mut self, other: Self) {
        for (kind, counts) in other.kinds {
            let known = self.kinds.entry(kind).or_default();
            for (field, count) in counts.fields {
                known.add(&field, count);
            }
            if let Some(others) = counts.others {
                known.add_other(others);
            }
        }
    }

    /// The warnings by kind and field. A column that is similar to a known key counts as an unknown key.
    pub fn list(&self) -> Vec<(WarningKind, String, WarningCount)> {
        let mut all = Vec::new();
        for (kind, counts) in &self.kinds {
            for (field, count) in &counts.fields {
                let hint = match kind {
                    WarningKind::UnknownKey | WarningKind::UnusedColumn => nearest_key(field),
                    _ => None,
                };
                let kind = if hint.is_some() { WarningKind::UnknownKey } else { *kind };
                let FieldCount { rows, first_row, .. } = *count;
                let count = WarningCount { rows, first_row, hint: hint.map(Cow::Borrowed) };
                all.push((kind, field.clone(), count));
            }
            if let Some(FieldCount { rows, first_row, .. }) = counts.others {
                all.push((*kind, OTHER_FIELDS.to_owned(), WarningCount { rows, first_row, hint: None }));
            }
        }
        all.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(field: &str) -> RowWarning {
        RowWarning::new(WarningKind::UnknownKey, field)
    }

    #[test]
    fn a_row_counts_once_and_the_first_is_named() {
        let mut counts = WarningCounts::default();
        for row in [7, 7, 3, 9] {
            counts.add(&unknown("messages[].wieght"), row);
        }
        let expected = WarningCount { rows: 3, first_row: Some(3), hint: Some("weight".into()) };
        assert_eq!(counts.list(), [(WarningKind::UnknownKey, "messages[].wieght".into(), expected)]);
    }

    #[test]
    fn counts_are_bounded_and_the_same_however_rows_are_shared_out() {
        let fields: Vec<String> = (0..200).map(|index| format!("messages[].k{:03}", index * 37 % 200)).collect();
        let counted = |threads: usize| {
            let mut shares = vec![WarningCounts::default(); threads];
            for (row, field) in fields.iter().cycle().take(600).enumerate() {
                shares[row % threads].add(&unknown(field), row as u64);
            }
            let mut all = WarningCounts::default();
            shares.into_iter().rev().for_each(|share| all.merge(share));
            all.list()
        };
        let alone = counted(1);
        assert_eq!(alone.len(), MAX_FIELDS + 1);
        assert_eq!(alone.iter().map(|(_, _, count)| count.rows).sum::<u64>(), 600);
        assert!(alone.iter().any(|(_, field, count)| field == OTHER_FIELDS && count.rows == 3 * (200 - 64)));
        for threads in [2, 3, 7] {
            assert_eq!(counted(threads), alone);
        }
    }

    #[test]
    fn a_row_keeps_each_warning_once() {
        let mut warnings = RowWarnings::default();
        for index in 0..1000 {
            warnings.push_key("messages[]", if index % 2 == 0 { "a" } else { "b" });
        }
        assert_eq!(
            warnings.iter().map(|warning| warning.field.as_str()).collect::<Vec<_>>(),
            ["messages[].a", "messages[].b"]
        );
    }

    #[test]
    fn a_column_like_a_known_key_is_an_unknown_key() {
        let mut counts = WarningCounts::default();
        for column in ["mesages", "source"] {
            counts.add(&RowWarning::new(WarningKind::UnusedColumn, column), 0);
        }
        let kinds: Vec<_> = counts.list().iter().map(|(kind, field, _)| (*kind, field.to_string())).collect();
        assert_eq!(
            kinds,
            [(WarningKind::UnknownKey, "mesages".to_owned()), (WarningKind::UnusedColumn, "source".to_owned())]
        );
    }
}
