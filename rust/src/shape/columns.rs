//! The columns of a row that a shape is made of: which there are, what kind of row they make, and which is meant where
//! several could be.

use std::borrow::Cow;

use super::RowKind;
use super::choice::{ShapeChoice, ShapeName};
use super::names::{Field, field_of};
use crate::error::{RowError, RowErrorKind};
use crate::row::{Kind, Named, OpenedFields, Value};

/// What a column of a row holds, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Null, which is as good as no column.
    Nothing,
    Text,
    List,
    Map,
    Other,
    /// Not known: the names of a table's columns are all that was looked at.
    Unknown,
}

/// One column.
#[derive(Debug)]
struct Column<'a> {
    name: Cow<'a, str>,
    field: Field,
    rank: Rank,
    holds: Holds,
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
#[derive(Debug)]
pub(super) struct Columns<'a, 'c> {
    columns: Vec<Column<'a>>,
    /// Whether the row itself looks like a message.
    has_role: bool,
    choice: &'c ShapeChoice,
}

const QUERIES: &[Field] = &[Field::Query, Field::Instruction, Field::Input];
const RESPONSES: &[Field] = &[Field::Response, Field::Output, Field::Text];

impl<'a, 'c> Columns<'a, 'c> {
    /// The columns of the row `row`.
    pub fn of_row<V>(choice: &'c ShapeChoice, row: &OpenedFields<'a, V>) -> Self
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let mut columns = Self { columns: Vec::new(), has_role: false, choice };
        for name in row.names() {
            columns.add(name, |name| match row.named(name).map(|value| value.kind()) {
                None | Some(Kind::Null) => Holds::Nothing,
                Some(Kind::Text(_) | Kind::BadText(_)) => Holds::Text,
                Some(Kind::List(_)) => Holds::List,
                Some(Kind::Map(_)) => Holds::Map,
                Some(_) => Holds::Other,
            });
        }
        columns
    }

    /// The columns of a table.
    pub fn of_names(choice: &'c ShapeChoice, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut columns = Self { columns: Vec::new(), has_role: false, choice };
        names.into_iter().for_each(|name| columns.add(Cow::Borrowed(name), |_| Holds::Unknown));
        columns
    }

    fn add(&mut self, name: Cow<'a, str>, holds: impl Fn(&str) -> Holds) {
        let named = self.choice.columns.iter().filter(|(_, column)| *column == name);
        let explicit: Vec<Field> = named.filter_map(|(standard, _)| Field::of_standard(standard)).collect();
        if !explicit.is_empty() {
            let holds = holds(&name);
            let column = |field| Column { name: name.clone(), field, rank: Rank::Named, holds };
            return self.columns.extend(explicit.into_iter().map(column));
        }
        // A column that the caller named for another field is taken.
        if self.choice.columns.iter().any(|(_, column)| *column == name) {
            return;
        }
        self.has_role |= name == "role";
        let Some((known, field)) = field_of(&name) else { return };
        if self.is_named(field) {
            return;
        }
        let holds = holds(&name);
        let rank = if known == field.standard() { Rank::Standard } else { Rank::Synonym };
        // Of names that differ in case only, the one in lower case counts, else the first.
        match self.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(known)) {
            Some(column) if name == known => *column = Column { name, field, rank, holds },
            Some(_) => {}
            None => self.columns.push(Column { name, field, rank, holds }),
        }
    }

    /// Whether the caller named another column for what a column of `field` would be.
    fn is_named(&self, field: Field) -> bool {
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
    fn with_value<'s>(&'s self, fields: &'s [Field]) -> impl Iterator<Item = &'s Column<'a>> {
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
        self.pair().is_some()
    }

    /// The columns of the chosen and of the rejected answer, where both hold texts or messages.
    pub fn pair(&self) -> Option<[Cow<'a, str>; 2]> {
        let [chosen, rejected] = [Field::Chosen, Field::Rejected].map(|field| {
            let column = self.columns.iter().find(|column| column.field == field)?;
            (!matches!(column.holds, Holds::Nothing | Holds::Other)).then(|| column.name.clone())
        });
        Some([chosen?, rejected?])
    }

    /// The column of the messages.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where two could be meant.
    pub fn messages(&self) -> Result<Option<Cow<'a, str>>, RowError> {
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

    /// The column of the query.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where two could be meant.
    pub fn query(&self) -> Result<Option<Cow<'a, str>>, RowError> {
        self.pick(Field::Query, QUERIES)
    }

    /// The column of the response. Under Alpaca's name for it, it goes before all others.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where two could be meant.
    pub fn response(&self, is_alpaca: bool) -> Result<Option<Cow<'a, str>>, RowError> {
        if is_alpaca && let Some(column) = self.first(Field::Output) {
            return Ok(Some(column));
        }
        self.pick(Field::Response, RESPONSES)
    }

    /// The column of a text of its own.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where two could be meant.
    pub fn text(&self) -> Result<Option<Cow<'a, str>>, RowError> {
        self.pick(Field::Text, &[Field::Text])
    }

    /// The column of `field` that holds something, the first by rank.
    pub fn first(&self, field: Field) -> Option<Cow<'a, str>> {
        self.with_value(&[field]).min_by_key(|column| column.rank).map(|column| column.name.clone())
    }

    /// The column for `standard` among those of `fields` that hold something.
    fn pick(&self, standard: Field, fields: &[Field]) -> Result<Option<Cow<'a, str>>, RowError> {
        // Of texts and of conversations, no name goes before another: the other would be lost.
        let goes_first = |column: &&Column<'a>| match column.rank {
            Rank::Named => true,
            Rank::Standard => column.field == standard && !matches!(standard, Field::Text | Field::Conversation),
            Rank::Synonym => false,
        };
        if let Some(column) = self.with_value(fields).filter(goes_first).min_by_key(|column| column.rank) {
            return Ok(Some(column.name.clone()));
        }
        let found: Vec<_> = self.with_value(fields).map(|column| &column.name).collect();
        match found.as_slice() {
            [] => Ok(None),
            [name] => Ok(Some((*name).clone())),
            _ => {
                let (found, standard) = (quoted(&found), standard.standard());
                let detail = format!("does not say which column is the {standard}: {found}; name one (columns)");
                Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(standard))
            }
        }
    }
}

fn quoted(names: &[&Cow<'_, str>]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(" or ")
}
