//! Puts `messages` together from the fields of a row.

use std::borrow::Cow;
use std::rc::Rc;

use super::view::{ASSISTANT_KEYS, Said, Shaped, USER_KEYS, What, first};
use super::{Form, Shape};
use crate::error::{RowError, RowErrorKind};
use crate::row::{Kind, List, Named, Opened, OpenedFields, Value};

impl Shape {
    /// The messages of a row with the fields `source`; `None` where it has none.
    ///
    /// # Errors
    ///
    /// A [`RowError`] that names the field that messages cannot be made of.
    pub(super) fn messages<'a, V>(&self, source: &OpenedFields<'a, V>) -> Result<Option<Shaped<'a, '_, V>>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let system = self.system.as_deref().and_then(|column| present(source, column));
        match &self.form {
            Form::Messages { messages } => match present(source, messages) {
                Some(list) => self.listed(list.open().map_err(|error| error.at_field(messages))?, system).map(Some),
                None => Ok(None),
            },
            Form::Alpaca { instruction, input, response, history } => {
                let query = alpaca_query(source, instruction, input)?;
                let response = response.as_deref().and_then(|column| present(source, column));
                built(source, history, system, Some(query), response).map(Some)
            }
            Form::Response { query, response, history } => {
                let query = query.as_deref().and_then(|column| present(source, column)).map(What::Value);
                let response = response.as_deref().and_then(|column| present(source, column));
                built(source, history, system, query, response).map(Some)
            }
        }
    }

    /// A list of messages or rounds, behind a system text that the row has beside it. A system
    /// message of the list's own comes before that text.
    pub(super) fn listed<'a, V>(
        &self,
        list: Opened<'a, V>,
        system: Option<Opened<'a, V>>,
    ) -> Result<Shaped<'a, '_, V>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let head = match list.kind() {
            Kind::List(items) if !items.is_empty() => items.at(0).kind(),
            // Whatever is wrong is said where the row is read.
            _ => return Ok(Shaped::Plain(list)),
        };
        let Kind::Map(head) = head else { return Ok(Shaped::Plain(list)) };
        let role = first(&head, &self.role_keys);
        let has_key = |keys: &[&str]| keys.iter().any(|key| head.named(key).is_some());
        if role.is_none()
            && first(&head, &self.content_keys).is_none()
            && (has_key(USER_KEYS) || has_key(ASSISTANT_KEYS))
        {
            return Ok(Shaped::Rounds { system, list });
        }
        let opens_with_system = matches!(role.map(|role| role.kind()), Some(Kind::Text(name)) if name == "system");
        let system = if opens_with_system { None } else { system };
        Ok(Shaped::Messages { system, list, shape: self })
    }
}

/// The value of `column`, unless it is null.
fn present<'a, V>(source: &OpenedFields<'a, V>, column: &str) -> Option<Opened<'a, V>>
where
    V: Value<'a>,
    V::Map: Named<'a, Value = V>,
{
    source.named(column).filter(|value| !matches!(value.kind(), Kind::Null))
}

fn wrong_type(found: Cow<'_, str>, expected: &str, field: &str) -> RowError {
    RowError::new(RowErrorKind::WrongType, format!("is {found}; give {expected}")).at_field(field)
}

/// The instruction, and behind it the input where it is not empty.
fn alpaca_query<'a, V>(source: &OpenedFields<'a, V>, instruction: &str, input: &str) -> Result<What<'a, V>, RowError>
where
    V: Value<'a>,
    V::Map: Named<'a, Value = V>,
{
    let text = |column: &str| match present(source, column).map(|value| value.kind()) {
        None => Ok(None),
        Some(Kind::Text(text)) => Ok(Some(text)),
        Some(Kind::BadText(reason)) => Err(RowError::new(RowErrorKind::InvalidText, reason).at_field(column)),
        Some(other) => Err(wrong_type(other.name(), "a string", column)),
    };
    let (asked, given) = (text(instruction)?, text(input)?);
    let query = match (asked, given) {
        (Some(asked), Some(given)) if !asked.is_empty() && !given.is_empty() => Cow::Owned(format!("{asked}\n{given}")),
        (Some(asked), _) if !asked.is_empty() => asked,
        (_, Some(given)) => given,
        (Some(asked), None) => asked,
        (None, None) => {
            let detail = format!("is missing, and so is '{input}'; give a string in one of them");
            return Err(RowError::new(RowErrorKind::MissingField, detail).at_field(instruction));
        }
    };
    Ok(What::Text(query))
}

/// The rounds of `history`, then a last one.
fn built<'a, 's, V>(
    source: &OpenedFields<'a, V>,
    history: &str,
    system: Option<Opened<'a, V>>,
    query: Option<What<'a, V>>,
    response: Option<Opened<'a, V>>,
) -> Result<Shaped<'a, 's, V>, RowError>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    let mut messages = Vec::with_capacity(3);
    let mut say = |role, content: Option<What<'a, V>>| {
        if content.is_some() {
            messages.push(Said { role, content });
        }
    };
    say("system", system.map(What::Value));
    if let Some(rounds) = present(source, history) {
        for [query, response] in read_history(rounds).map_err(|error| error.at_field(history))? {
            say("user", query.map(What::Value));
            say("assistant", response.map(What::Value));
        }
    }
    say("user", query);
    say("assistant", response.map(only_response).transpose()?.map(What::Value));
    Ok(Shaped::Built(Rc::new(messages)))
}

/// Of a list of responses the first counts, as in ms-swift.
fn only_response<'a, V: Value<'a>>(response: Opened<'a, V>) -> Result<Opened<'a, V>, RowError> {
    match response.kind() {
        Kind::List(responses) if responses.is_empty() => {
            Err(RowError::new(RowErrorKind::WrongValue, "is an empty list; give a response").at_field("response"))
        }
        Kind::List(responses) => Ok(responses.at(0)),
        _ => Ok(response),
    }
}

type Round<'a, V> = [Option<Opened<'a, V>>; 2];

fn read_history<'a, V: Value<'a>>(history: Opened<'a, V>) -> Result<Vec<Round<'a, V>>, RowError> {
    const EXPECTED: &str = "a list of rounds, each a list of a query and a response";
    if matches!(history.kind(), Kind::Text(text) if text.is_empty()) {
        return Ok(Vec::new());
    }
    let rounds = match history.open()?.kind() {
        Kind::List(rounds) => rounds,
        other => return Err(wrong_type(other.name(), EXPECTED, "history")),
    };
    let round = |index| match rounds.at(index).kind() {
        Kind::List(sides) if sides.len() == 2 => {
            Ok([0, 1].map(|side| Some(sides.at(side)).filter(|value| !matches!(value.kind(), Kind::Null))))
        }
        Kind::List(sides) => {
            let detail = format!("holds a round of {} at position {index}; give {EXPECTED}", sides.len());
            Err(RowError::new(RowErrorKind::WrongValue, detail))
        }
        other => Err(RowError::new(
            RowErrorKind::WrongType,
            format!("holds {} at position {index}; give {EXPECTED}", other.name()),
        )),
    };
    (0..rounds.len()).map(round).collect()
}
