//! The columns of a row that a shape is made of: which there are, what kind of row they make, and which is meant where
//! several could be.

use std::borrow::Cow;

use super::RowKind;
use super::choice::{ShapeChoice, ShapeName};
use super::names::{Field, field_of, is_key};
use crate::error::{RowError, RowErrorKind};
use crate::row::{Kind, Named, Opened, OpenedFields, Value};

/// What a column of a row holds, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Null, which is as good as no column.
    Nothing,
    Text,
    List,
    Map,
    Other,
    /// Not known.
    Unknown,
}

/// A column that holds something: its value and its name.
pub(super) type Found<'a, V> = (Opened<'a, V>, Cow<'a, str>);

/// One column.
struct Column<'a, V> {
    name: Cow<'a, str>,
    field: Field,
    rank: Rank,
    holds: Holds,
    /// `None` where the names of a table's columns are all that was looked at.
    value: Option<Opened<'a, V>>,
}

/// Which of several columns for one field goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The caller named it.
    Named,
    /// It has the field's standard name.
    Standard,
    Synonym,
}

/// The columns of a row that may be a part of a conversation.
pub(super) struct Columns<'a, 'c, V> {
    columns: Vec<Column<'a, V>>,
    /// Whether the row itself looks like a message.
    has_role: bool,
    /// Whether the row may have fields in addition to its conversation.
    pub has_fields: bool,
    choice: &'c ShapeChoice,
}

const QUERIES: &[Field] = &[Field::Query, Field::Instruction, Field::Input];
const RESPONSES: &[Field] = &[Field::Response, Field::Output, Field::Text];

impl<'a, 'c, V: Value<'a> + Clone> Columns<'a, 'c, V> {
    /// The columns of the row `row`.
    pub fn of_row(choice: &'c ShapeChoice, row: &OpenedFields<'a, V>) -> Self
    where
        V::Map: Named<'a, Value = V>,
    {
        let mut columns = Self { columns: Vec::with_capacity(4), has_role: false, has_fields: false, choice };
        let mut has_fields = !choice.columns.is_empty();
        let mut is_wanted = |name: &str| {
            let field = field_of(name);
            has_fields |= is_key(name) && !matches!(field, Some((_, Field::Messages)));
            field.is_some() || name == "role" || choice.names_column(name)
        };
        row.each_field(&mut is_wanted, &mut |name, value| {
            let holds = match value.kind() {
                Kind::Null => Holds::Nothing,
                Kind::Text(_) | Kind::BadText(_) => Holds::Text,
                Kind::List(_) => Holds::List,
                Kind::Map(_) => Holds::Map,
                _ => Holds::Other,
            };
            columns.add(name, holds, Some(value));
        });
        columns.has_fields = has_fields;
        columns
    }

    /// The columns of a table.
    pub fn of_names(choice: &'c ShapeChoice, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut columns = Self { columns: Vec::new(), has_role: false, has_fields: false, choice };
        names.into_iter().for_each(|name| columns.add(Cow::Borrowed(name), Holds::Unknown, None));
        columns
    }

    fn add(&mut self, name: Cow<'a, str>, holds: Holds, value: Option<Opened<'a, V>>) {
        if self.choice.names_column(&name) {
            let named = self.choice.columns.iter().filter(|(_, column)| *column == name);
            let fields = named.filter_map(|(standard, _)| Field::of_standard(standard));
            let column = |field| Column { name: name.clone(), field, rank: Rank::Named, holds, value: value.clone() };
            // A column that the caller named for another field is taken.
            return self.columns.extend(fields.map(column));
        }
        self.has_role |= name == "role";
        let Some((known, field)) = field_of(&name) else { return };
        if self.is_named(field) {
            return;
        }
        let rank = if known == field.standard() { Rank::Standard } else { Rank::Synonym };
        let is_exact = name == known;
        let column = Column { name, field, rank, holds, value };
        // Of names that differ in case only, the one in lower case counts, else the first.
        match self.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(known)) {
            Some(other) if is_exact => *other = column,
            Some(_) => {}
            None => self.columns.push(column),
        }
    }

    /// Whether the caller named another column for what a column of `field` would be.
    fn is_named(&self, field: Field) -> bool {
        if self.choice.columns.is_empty() {
            return false;
        }
        let named = |field: Field| self.choice.explicit(field.standard()).is_some();
        match field {
            Field::Messages | Field::Conversation => named(Field::Messages) || named(Field::Conversation),
            Field::Instruction | Field::Input => named(field) || named(Field::Query),
            Field::Output => named(field) || named(Field::Response),
            Field::Text => named(field) || named(Field::Response),
            _ => named(field),
        }
    }

    fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.field == field)
    }

    /// The columns of `fields` that hold something.
    fn with_value<'s>(&'s self, fields: &'s [Field]) -> impl Iterator<Item = &'s Column<'a, V>> {
        self.columns.iter().filter(|column| column.holds != Holds::Nothing && fields.contains(&column.field))
    }

    fn has_value(&self, fields: &[Field]) -> bool {
        self.with_value(fields).next().is_some()
    }

    /// Whether there are an instruction and an input, which are one query.
    pub fn are_alpaca(&self) -> bool {
        self.has(Field::Instruction) && self.has(Field::Input)
    }

    /// What kind of row has these columns.
    pub fn row_kind(&self) -> Option<RowKind> {
        if self.has_value(&[Field::Messages, Field::Conversation]) {
            return Some(RowKind::Messages);
        }
        if self.has_value(QUERIES)
            || self.has_value(&[Field::Response, Field::Output, Field::History])
            || self.is_pair()
        {
            return Some(RowKind::Fields);
        }
        if !self.has_value(&[Field::Text]) || self.has_role {
            return None;
        }
        // A system text makes a conversation of it.
        Some(if self.has_value(&[Field::System]) { RowKind::Fields } else { RowKind::Text })
    }

    /// Whether there are a chosen and a rejected answer.
    fn is_pair(&self) -> bool {
        self.answers().is_some()
    }

    fn answers(&self) -> Option<[&Column<'a, V>; 2]> {
        let answer = |field| {
            let column = self.columns.iter().find(|column| column.field == field)?;
            (!matches!(column.holds, Holds::Nothing | Holds::Other)).then_some(column)
        };
        Some([answer(Field::Chosen)?, answer(Field::Rejected)?])
    }

    /// The chosen and the rejected answer, where both are texts or messages.
    pub fn pair(&self) -> Option<[Found<'a, V>; 2]> {
        let [chosen, rejected] = self.answers()?;
        Some([found(chosen)?, found(rejected)?])
    }

    /// The messages.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where two columns could be meant.
    pub fn messages(&self) -> Result<Option<Found<'a, V>>, RowError> {
        let named = self.choice.name;
        if named != Some(ShapeName::Sharegpt)
            && let Some(column) = self.pick(Field::Messages, &[Field::Messages])?
        {
            return Ok(Some(column));
        }
        if named == Some(ShapeName::Messages) && self.choice.explicit("conversations").is_none() {
            return Ok(None);
        }
        self.pick(Field::Conversation, &[Field::Conversation])
    }

    /// The query.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where two columns could be meant.
    pub fn query(&self) -> Result<Option<Found<'a, V>>, RowError> {
        self.pick(Field::Query, QUERIES)
    }

    /// The response. Under Alpaca's name for it, it goes before all others.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where two columns could be meant.
    pub fn response(&self, is_alpaca: bool) -> Result<Option<Found<'a, V>>, RowError> {
        if is_alpaca && let Some(column) = self.first(Field::Output) {
            return Ok(Some(column));
        }
        self.pick(Field::Response, RESPONSES)
    }

    /// A text of its own.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where two columns could be meant.
    pub fn text(&self) -> Result<Option<Found<'a, V>>, RowError> {
        self.pick(Field::Text, &[Field::Text])
    }

    /// The column of `field` that holds something, the first by rank.
    pub fn first(&self, field: Field) -> Option<Found<'a, V>> {
        self.with_value(&[field]).min_by_key(|column| column.rank).and_then(found)
    }

    /// The column for `standard` among those of `fields` that hold something.
    fn pick(&self, standard: Field, fields: &[Field]) -> Result<Option<Found<'a, V>>, RowError> {
        let mut columns = self.with_value(fields);
        let Some(only) = columns.next() else { return Ok(None) };
        if columns.next().is_none() {
            return Ok(found(only));
        }
        // Of texts and of conversations, no name goes before another: the other would be lost.
        let goes_first = |column: &&Column<'a, V>| match column.rank {
            Rank::Named => true,
            Rank::Standard => column.field == standard && !matches!(standard, Field::Text | Field::Conversation),
            Rank::Synonym => false,
        };
        if let Some(column) = self.with_value(fields).filter(goes_first).min_by_key(|column| column.rank) {
            return Ok(found(column));
        }
        let names: Vec<_> = self.with_value(fields).map(|column| format!("'{}'", column.name)).collect();
        let (names, standard) = (names.join(" or "), standard.standard());
        let detail = format!("does not say which column is the {standard}: {names}; name one (columns)");
        Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(standard))
    }
}

fn found<'a, V: Value<'a> + Clone>(column: &Column<'a, V>) -> Option<Found<'a, V>> {
    Some((column.value.clone()?, column.name.clone()))
}
