//! Puts `messages` together from the columns of a row.

use std::borrow::Cow;
use std::rc::Rc;

use super::choice::{ShapeName, no_shape};
use super::columns::{Columns, Found};
use super::error::{no_query, not_of_the_kind, wrong_type};
use super::names::Field;
use super::open::{opened, opened_or_text};
use super::pair::Pair;
use super::turns::{Said, Turn, first, message};
use super::{RowKind, Shape, Source, present};
use crate::error::{RowError, RowErrorKind};
use crate::row::{Key, Kind, List, Named, Opened, OpenedFields, OpenedItems, Value};

/// The messages of a row, and where they came from.
pub(super) enum Messages<'a, V: Value<'a>> {
    /// A list as it stands in a column.
    List {
        list: Opened<'a, V>,
        column: Cow<'a, str>,
    },
    Turns(Rc<Vec<Turn<'a, V>>>),
}

/// What a row becomes.
pub(super) struct Built<'a, V: Value<'a>> {
    pub messages: Messages<'a, V>,
    /// The rejected conversation of a pair.
    pub rejected: Option<Rc<Vec<Turn<'a, V>>>>,
    /// The columns of other fields that have another name: media and labels.
    pub columns: Vec<(Key, Cow<'a, str>)>,
    /// Whether the row may have fields in addition to its messages.
    pub has_fields: bool,
    /// Whether the row is a text and nothing else.
    pub is_text: bool,
    /// Why the rejected side of a pair cannot be read; it matters only where that side is used.
    pub not_a_pair: Option<RowError>,
}

impl<'a, V: Value<'a> + Clone> Built<'a, V> {
    /// An error of the row, placed where the user finds it.
    pub fn place(&self, error: RowError) -> RowError {
        match (&self.messages, error.message) {
            (Messages::List { column, .. }, None) if error.field.as_deref() == Some(Key::Messages.as_str()) => {
                RowError { field: Some(column.to_string()), ..error }
            }
            (Messages::Turns(turns), Some(message)) if message < turns.len() => turns[message].place(error),
            _ => error,
        }
    }

    /// An error of the rejected side of a pair, placed where the user finds it.
    pub fn place_rejected(&self, mut error: RowError) -> RowError {
        let turn = error.message.and_then(|message| self.rejected.as_ref()?.get(message));
        let Some(turn) = turn else { return error };
        let side = Key::RejectedMessages.as_str();
        error.field = error.field.and_then(|field| Some(field.strip_prefix(side)?.trim_start_matches('.').to_owned()));
        turn.place(error)
    }
}

impl Shape {
    /// What the row with the fields `source` becomes.
    ///
    /// # Errors
    ///
    /// A [`RowError`] that names the column that messages cannot be made of.
    pub(super) fn build<'a, V>(&self, source: &OpenedFields<'a, V>) -> Result<Built<'a, V>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let columns = Columns::of_row(&self.choice, source);
        let mut built = match self.kind_of(&columns, source)? {
            RowKind::Messages => self.of_messages(&columns, source)?,
            RowKind::Fields => self.of_fields(&columns, source)?,
            RowKind::Text => self.of_text(&columns, source)?,
        };
        built.columns = self.other_columns(&columns, source);
        built.has_fields = columns.has_fields || !built.columns.is_empty();
        Ok(built)
    }

    /// The kind that the row is read as.
    fn kind_of<'a, V>(&self, columns: &Columns<'a, '_, V>, source: &OpenedFields<'a, V>) -> Result<RowKind, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let found = columns.row_kind();
        let names = || source.names().iter().map(ToString::to_string).collect::<Vec<_>>();
        match (self.kind, self.source) {
            (None, _) => found.ok_or_else(|| no_shape(&self.choice, &names())),
            (Some(kind), Source::Choice) => Ok(kind),
            (Some(kind), _) if found == Some(kind) => Ok(kind),
            (Some(kind), of) => Err(not_of_the_kind(kind, found, of, &names())),
        }
    }

    fn of_messages<'a, V>(
        &self,
        columns: &Columns<'a, '_, V>,
        source: &OpenedFields<'a, V>,
    ) -> Result<Built<'a, V>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let Some((list, column)) = columns.messages()? else { return Err(self.missing(Field::Messages, source)) };
        let list = opened_or_text(list);
        let system = system(columns);
        let pair = self.pair_of(columns, source);
        let messages = match list.kind() {
            Kind::List(items) if !items.is_empty() => {
                let rounds = self.are_rounds(&items);
                if rounds || pair.is_some() || (system.is_some() && !self.opens_with_system(&items)) {
                    let mut turns = if rounds { of_rounds(&items, &column) } else { self.of_list(&items, &column) };
                    if let Some(system) = system
                        && !self.opens_with_system(&items)
                    {
                        turns.insert(0, system);
                    }
                    return self.answered(turns, None, pair);
                }
                Messages::List { list, column }
            }
            // What is wrong with it is said where the row is read.
            _ => Messages::List { list, column },
        };
        Ok(Built { messages, rejected: None, columns: Vec::new(), is_text: false, has_fields: true, not_a_pair: None })
    }

    fn of_fields<'a, V>(
        &self,
        columns: &Columns<'a, '_, V>,
        source: &OpenedFields<'a, V>,
    ) -> Result<Built<'a, V>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let is_alpaca = match self.choice.name {
            Some(name) => name == ShapeName::Alpaca,
            None => self.is_alpaca || columns.are_alpaca(),
        };
        let pair = self.pair_of(columns, source);
        let mut turns = Vec::with_capacity(3);
        if let Some((rounds, column)) = columns.first(Field::History) {
            turns.extend(read_history(rounds, &column).map_err(|error| error.at_field(column.to_string()))?);
        }
        if is_alpaca {
            turns.push(alpaca_query(columns)?);
        } else if let Some((query, column)) = columns.query()? {
            turns.extend(self.said("user", query, &column)?);
        }
        if let Some(system) = system(columns)
            && turns.first().and_then(|turn| self.role_of_turn(turn)).as_deref() != Some("system")
        {
            turns.insert(0, system);
        }
        let response = if pair.is_some() { None } else { columns.response(is_alpaca)? };
        if turns.is_empty() && response.is_none() && pair.is_none() {
            return Err(self.missing(Field::Query, source));
        }
        self.answered(turns, response, pair)
    }

    /// A text without a query: what pre-training learns.
    fn of_text<'a, V>(
        &self,
        columns: &Columns<'a, '_, V>,
        source: &OpenedFields<'a, V>,
    ) -> Result<Built<'a, V>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let Some((text, column)) = columns.text()? else { return Err(self.missing(Field::Text, source)) };
        if let Some(error) = not_a_text(&text, &column) {
            return Err(error);
        }
        let turns = vec![Turn::of_value("assistant", text, &column)];
        let built = self.answered(turns, None, None)?;
        Ok(Built { is_text: true, ..built })
    }

    /// The turns, then what answers them.
    fn answered<'a, V>(
        &self,
        mut turns: Vec<Turn<'a, V>>,
        response: Option<Found<'a, V>>,
        pair: Option<[Found<'a, V>; 2]>,
    ) -> Result<Built<'a, V>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        if let Some((response, column)) = response {
            turns.extend(self.said("assistant", only_response(response, &column)?, &column)?);
        }
        let plain = |turns| Messages::Turns(Rc::new(turns));
        let Some(pair) = pair else {
            return Ok(Built {
                messages: plain(turns),
                rejected: None,
                columns: Vec::new(),
                has_fields: true,
                is_text: false,
                not_a_pair: None,
            });
        };
        let mut not_a_pair = same_answers(&pair);
        let (messages, rejected) = match self.both_answers(turns, pair)? {
            Pair::Both(chosen, rejected) => (plain(chosen), Some(Rc::new(rejected))),
            Pair::Neither(turns, error) => {
                not_a_pair = Some(error);
                (plain(turns), None)
            }
        };
        Ok(Built { messages, rejected, columns: Vec::new(), has_fields: true, is_text: false, not_a_pair })
    }

    /// The chosen and the rejected answer of a row that is a pair and does not say what is rejected in ms-swift's way.
    fn pair_of<'a, V>(&self, columns: &Columns<'a, '_, V>, source: &OpenedFields<'a, V>) -> Option<[Found<'a, V>; 2]>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let pair = columns.pair()?;
        let is_given = |key: Key| present(source, self.column(key).unwrap_or(key.as_str())).is_some();
        if is_given(Key::RejectedResponse) || is_given(Key::RejectedMessages) {
            return None;
        }
        Some(pair)
    }

    /// Columns with media or a label under another name.
    fn other_columns<'a, V>(
        &self,
        columns: &Columns<'a, '_, V>,
        source: &OpenedFields<'a, V>,
    ) -> Vec<(Key, Cow<'a, str>)>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        const FIELDS: [(Key, Field); 4] = [
            (Key::Images, Field::Images),
            (Key::Videos, Field::Videos),
            (Key::Audios, Field::Audios),
            (Key::Label, Field::Label),
        ];
        let is_given = |key: Key| self.column(key).is_some() || present(source, key.as_str()).is_some();
        let other = |(key, field)| Some((key, columns.first(field).filter(|_| !is_given(key))?.1));
        FIELDS.into_iter().filter_map(other).collect()
    }

    /// Whether a list holds rounds such as `{"human": …, "assistant": …}`.
    fn are_rounds<'a, V>(&self, items: &OpenedItems<'a, V>) -> bool
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let Kind::Map(head) = message(items, 0).kind() else { return false };
        first(&head, &self.role_keys).is_none()
            && first(&head, &self.content_keys).is_none()
            && USER_KEYS.iter().chain(ASSISTANT_KEYS).any(|key| head.named(key).is_some())
    }

    fn opens_with_system<'a, V>(&self, items: &OpenedItems<'a, V>) -> bool
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        self.role_of(&message(items, 0)).as_deref() == Some("system")
    }

    /// The error for a row without a value in the columns that its shape is made of.
    fn missing<'a, V>(&self, field: Field, source: &OpenedFields<'a, V>) -> RowError
    where
        V: Value<'a>,
        V::Map: Named<'a, Value = V>,
    {
        let names: Vec<_> = source.names().iter().map(ToString::to_string).collect();
        no_query(&self.choice, field, &names)
    }
}

/// The error of a pair whose answers are the same text.
fn same_answers<'a, V: Value<'a>>([chosen, rejected]: &[Found<'a, V>; 2]) -> Option<RowError> {
    match (chosen.0.kind(), rejected.0.kind()) {
        (Kind::Text(one), Kind::Text(other)) if one == other => {
            let detail = "is the same as the chosen response; give another one, or leave the row out";
            Some(RowError::new(RowErrorKind::WrongValue, detail).at_field(rejected.1.to_string()))
        }
        _ => None,
    }
}

/// The system text of a row.
fn system<'a, V: Value<'a> + Clone>(columns: &Columns<'a, '_, V>) -> Option<Turn<'a, V>> {
    let (system, column) = columns.first(Field::System)?;
    Some(Turn::of_value("system", system, &column))
}

/// The names of a round's two sides.
const USER_KEYS: &[&str] = &["user", "human"];
const ASSISTANT_KEYS: &[&str] = &["assistant", "gpt", "bot"];

/// Two messages for each round.
fn of_rounds<'a, V>(items: &OpenedItems<'a, V>, column: &Cow<'a, str>) -> Vec<Turn<'a, V>>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    let side = |index: usize, role: &'static str, keys: &[&str]| {
        let content = match message(items, index).kind() {
            Kind::Map(round) => keys.iter().find_map(|key| round.named(key)).map(super::turns::What::Value),
            _ => None,
        };
        Turn { said: Said::Content(role, content), column: column.clone(), index: Some(index) }
    };
    let round = |index| [side(index, "user", USER_KEYS), side(index, "assistant", ASSISTANT_KEYS)];
    (0..items.len()).flat_map(round).collect()
}

/// The instruction, and after it the input where it is not empty.
fn alpaca_query<'a, V>(columns: &Columns<'a, '_, V>) -> Result<Turn<'a, V>, RowError>
where
    V: Value<'a> + Clone,
{
    let text = |field: Field| {
        let Some((value, column)) = columns.first(field) else { return Ok((None, Cow::Borrowed(field.standard()))) };
        match value.kind() {
            Kind::Text(text) => Ok((Some(text), column)),
            Kind::BadText(reason) => {
                Err(RowError::new(RowErrorKind::InvalidText, reason).at_field(column.into_owned()))
            }
            other => Err(wrong_type(other.name(), "a string", &column)),
        }
    };
    let ((asked, instruction), (given, input)) = (text(Field::Instruction)?, text(Field::Input)?);
    let query = match (asked, given) {
        (Some(asked), Some(given)) if !asked.is_empty() && !given.is_empty() => Cow::Owned(format!("{asked}\n{given}")),
        (Some(asked), _) if !asked.is_empty() => asked,
        (_, Some(given)) => given,
        (Some(asked), None) => asked,
        (None, None) => {
            let detail = format!("is missing, and so is '{input}'; give a string in one of them");
            return Err(RowError::new(RowErrorKind::MissingField, detail).at_field(instruction.to_string()));
        }
    };
    Ok(Turn::of_text("user", query, &instruction))
}

/// Of a list of responses the first counts, as in ms-swift. A list of messages or of parts is one response.
fn only_response<'a, V>(response: Opened<'a, V>, column: &str) -> Result<Opened<'a, V>, RowError>
where
    V: Value<'a> + Clone,
{
    let Kind::List(responses) = response.kind() else { return Ok(response) };
    if responses.is_empty() {
        let detail = "is an empty list; give a response";
        return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(column.to_owned()));
    }
    let head = responses.at(0);
    Ok(if matches!(head.kind(), Kind::Map(_)) { response } else { head })
}

/// The rounds of a history, each a query and a response.
fn read_history<'a, V>(history: Opened<'a, V>, column: &Cow<'a, str>) -> Result<Vec<Turn<'a, V>>, RowError>
where
    V: Value<'a> + Clone,
{
    const EXPECTED: &str = "a list of rounds, each a list of a query and a response";
    if matches!(history.kind(), Kind::Text(text) if text.is_empty()) {
        return Ok(Vec::new());
    }
    let rounds = match opened(history)?.kind() {
        Kind::List(rounds) => rounds,
        Kind::Null => return Ok(Vec::new()),
        other => return Err(wrong_type(other.name(), EXPECTED, column)),
    };
    let mut turns = Vec::with_capacity(2 * rounds.len());
    for index in 0..rounds.len() {
        let wrong = |kind, what| {
            Err(RowError::new(kind, format!("is {what}; give {EXPECTED}")).at_field(format!("{column}[{index}]")))
        };
        let sides = match rounds.at(index).kind() {
            Kind::List(sides) if sides.len() == 2 => sides,
            Kind::List(sides) => {
                return wrong(RowErrorKind::WrongValue, Cow::Owned(format!("a list of {}", sides.len())));
            }
            other => return wrong(RowErrorKind::WrongType, other.name()),
        };
        for (side, role) in ["user", "assistant"].into_iter().enumerate() {
            let value = sides.at(side);
            if !matches!(value.kind(), Kind::Null) {
                turns.push(Turn { index: Some(index), ..Turn::of_value(role, value, column) });
            }
        }
    }
    Ok(turns)
}

fn not_a_text<'a, V: Value<'a>>(value: &Opened<'a, V>, column: &str) -> Option<RowError> {
    match value.kind() {
        Kind::Text(_) => None,
        Kind::BadText(reason) => Some(RowError::new(RowErrorKind::InvalidText, reason).at_field(column.to_owned())),
        other => Some(wrong_type(other.name(), "a string", column)),
    }
}
