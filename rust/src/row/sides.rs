//! What a row holds beside its conversation: the other answer of a pair, texts that go with it or
//! do not, a label, a margin. encoding.md 7.25 and 7.26.
//!
//! Read with every row and judged only where a mode or a task asks for it, so that a column which
//! happens to have one of these names costs no row elsewhere.

use std::borrow::Cow;

use super::json::parse_cell;
use super::read::{Found, read_message, read_message_list, read_rest};
use super::unfit::{read_number, unfit};
use super::{Key, Kind, List, Map, MediaCounts, Message, Role, Row, Side, Value};
use crate::error::{RowError, RowErrorKind};

const RESPONSE: &str = "rejected_response";
const RESPONSE_EXPECTED: &str = "a string, or a list of messages that answer";
const SIDES_EXPECTED: &str = "a list of lists of messages";

/// What was read, or why it could not be.
pub type Read<T> = Result<T, RowError>;

/// What a row holds beside its conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Sides<'a> {
    /// The conversation that was not preferred.
    pub rejected: Read<Option<Row<'a>>>,
    /// Conversations, or ends of them, that go with the row's own.
    pub positive: Read<Vec<Row<'a>>>,
    /// Those that do not.
    pub negative: Read<Vec<Row<'a>>>,
    /// By how much the row's own conversation is preferred.
    pub margin: Read<Option<f64>>,
    pub label: Label<'a>,
}

/// A row's `label`, whatever it is; what it must be depends on the task.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Label<'a> {
    #[default]
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    /// Something no task has a use for, by the name of its type.
    Unfit(Cow<'static, str>),
}

/// Reads what stands beside the conversation of `chosen`, which was read from `row`. `parts` counts
/// the media that its messages bring.
pub(super) fn read_sides<'a, M>(row: &M, chosen: &Row<'a>, parts: MediaCounts) -> Option<Box<Sides<'a>>>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let given = |key| row.get(key).filter(|value| !matches!(value.kind(), Kind::Null));
    let (response, messages) = (given(Key::RejectedResponse), given(Key::RejectedMessages));
    let (positive, negative) = (given(Key::PositiveMessages), given(Key::NegativeMessages));
    let (label, margin) = (given(Key::Label), given(Key::Margin));
    let any = response.is_some()
        || messages.is_some()
        || positive.is_some()
        || negative.is_some()
        || label.is_some()
        || margin.is_some();
    any.then(|| {
        Box::new(Sides {
            rejected: read_rejected(row, chosen, parts, response, messages),
            positive: read_several(row, Side::Positive, positive),
            negative: read_several(row, Side::Negative, negative),
            margin: margin
                .map(|value| read_number(&value.kind()))
                .transpose()
                .map_err(|error| error.at_field("margin")),
            label: label.map_or(Label::None, |value| read_label(&value)),
        })
    })
}

fn read_rejected<'a, M>(
    row: &M,
    chosen: &Row<'a>,
    parts: MediaCounts,
    response: Option<M::Value>,
    messages: Option<M::Value>,
) -> Read<Option<Row<'a>>>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    // Whoever gives whole messages takes nothing over from the chosen side, tools neither.
    let own = messages.is_some();
    let mut found = Found::at(if response.is_some() { "rejected_response[]" } else { "rejected_messages[]" });
    let (messages, field) = match (response, messages) {
        (Some(response), _) => (answer_instead(row, chosen, parts, &response, &mut found)?, RESPONSE),
        (None, Some(messages)) => {
            let field = Side::Rejected.field();
            (read_message_list(&messages, &mut found).map_err(|error| error.inside(field))?, field)
        }
        (None, None) => return Ok(None),
    };
    // Whole messages may be the same, as in ms-swift: such a row teaches nothing, and harms nothing.
    if field == RESPONSE && is_same(&messages, &chosen.messages) {
        let detail = "is the same as the chosen response; give another one, or leave the row out";
        return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(field));
    }
    let fields = SideFields { row, side: Side::Rejected, index: None, falls_back: !own };
    let read = read_rest(&fields, messages, found.media).map_err(|error| error.inside(field))?;
    Ok(Some(Row { places: found.places, warnings: found.warnings, reasoning: found.reasoning, ..read }))
}

/// The messages up to the last of a user, and behind them `response`.
fn answer_instead<'a, M>(
    row: &M,
    chosen: &Row<'a>,
    parts: MediaCounts,
    response: &M::Value,
    found: &mut Found,
) -> Read<Vec<Message<'a>>>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let kept = chosen.messages.iter().rposition(|message| message.role == Role::User).map_or(0, |last| last + 1);
    // Blocks of one message belong together.
    let behind = kept.checked_sub(1).map_or(0, |last| chosen.place(last) + 1);
    found.media = parts.without(media_behind(row, behind)?);
    found.places.extend_from_slice(chosen.places.get(..kept).unwrap_or_default());
    let mut messages = chosen.messages[..kept].to_vec();
    found.reasoning.extend(chosen.reasoning.iter().filter(|reasoning| reasoning.message < kept).cloned());
    match response.kind() {
        Kind::Text(text) => messages.push(Message::of_text(Role::Assistant, text)),
        Kind::List(list) => {
            for index in 0..list.len() {
                let begin = messages.len();
                read_message(&list.at(index), found, &mut messages)
                    .and_then(|()| messages[begin..].iter().try_for_each(not_of_a_user))
                    .map_err(|error| error.at_message(index).inside(RESPONSE))?;
                if messages.len() != behind + index + 1 {
                    found.set_place(messages.len(), behind + index);
                }
            }
            if list.is_empty() {
                let detail = format!("is empty; give {RESPONSE_EXPECTED}");
                return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(RESPONSE));
            }
        }
        other => return Err(unfit(&other, RESPONSE_EXPECTED).at_field(RESPONSE)),
    }
    Ok(messages)
}

fn not_of_a_user(message: &Message<'_>) -> Read<()> {
    if matches!(message.role, Role::User | Role::System) {
        let detail = format!("is '{}'; a rejected response holds what answers, and no query", message.role.as_str());
        return Err(RowError::new(RowErrorKind::RoleOrder, detail).at_field("role"));
    }
    Ok(())
}

/// The media that the messages from `from` on bring.
fn media_behind<'a, M>(row: &M, from: usize) -> Read<MediaCounts>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    row.get(Key::Messages).map_or(Ok(MediaCounts::default()), |value| media_of(&value, from))
}

fn media_of<'a, V: Value<'a>>(messages: &V, from: usize) -> Read<MediaCounts> {
    let (mut found, mut read) = (Found::at("messages[]"), Vec::new());
    match messages.kind() {
        Kind::List(list) => {
            for index in from..list.len() {
                read_message(&list.at(index), &mut found, &mut read)?;
            }
        }
        Kind::Text(text) if messages.is_cell() => return media_of(&parse_cell(text, "a list")?, from),
        _ => {}
    }
    Ok(found.media)
}

/// Whether both say the same, however it is trained.
fn is_same(one: &[Message<'_>], other: &[Message<'_>]) -> bool {
    let calls = |message: &Message<'_>| -> Vec<_> {
        let calls = message.tool.iter().flat_map(|fields| &fields.calls);
        calls.map(|call| (call.name.clone(), call.arguments.clone())).collect()
    };
    let says = |(one, other): (&Message<'_>, &Message<'_>)| {
        let is_same = one.role == other.role && one.content == other.content;
        is_same && ((one.tool.is_none() && other.tool.is_none()) || calls(one) == calls(other))
    };
    one.len() == other.len() && one.iter().zip(other).all(says)
}

/// Several sides of one kind, each a list of messages.
fn read_several<'a, M>(row: &M, side: Side, given: Option<M::Value>) -> Read<Vec<Row<'a>>>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let Some(given) = given else { return Ok(Vec::new()) };
    let lists = read_lists(&given, side)?.into_iter().enumerate();
    let whole = lists.map(|(index, (messages, found))| {
        let fields = SideFields { row, side, index: Some(index), falls_back: false };
        let field = || format!("{}[{index}]", side.field());
        let read = read_rest(&fields, messages, found.media).map_err(|error| error.inside(&field()))?;
        Ok(Row { places: found.places, warnings: found.warnings, reasoning: found.reasoning, ..read })
    });
    whole.collect()
}

/// The messages of each side of one kind, and what else was found in them.
fn read_lists<'a, V: Value<'a>>(given: &V, side: Side) -> Read<Vec<(Vec<Message<'a>>, Found)>> {
    let list = match given.kind() {
        Kind::List(list) => list,
        Kind::Text(text) if given.is_cell() => {
            let opened = parse_cell(text, "a list").map_err(|error| error.at_field(side.field()))?;
            return read_lists(&opened, side);
        }
        other => return Err(unfit(&other, SIDES_EXPECTED).at_field(side.field())),
    };
    let read = |index| {
        let mut found =
            Found::at(if side == Side::Positive { "positive_messages[][]" } else { "negative_messages[][]" });
        let field = || format!("{}[{index}]", side.field());
        let value = list.at(index);
        if let Kind::Map(_) = value.kind() {
            let detail = format!("is a message; give {SIDES_EXPECTED}, one list each");
            return Err(RowError::new(RowErrorKind::WrongType, detail).at_field(field()));
        }
        let messages = read_message_list(&value, &mut found).map_err(|error| error.inside(&field()))?;
        Ok((messages, found))
    };
    (0..list.len()).map(read).collect()
}

/// The fields of another side, under their plain names.
struct SideFields<'m, M> {
    row: &'m M,
    side: Side,
    /// Which of several; each field is then a list with one value a side.
    index: Option<usize>,
    /// Whether the chosen side's value stands where this side has none.
    falls_back: bool,
}

impl<'a, M> Map<'a> for SideFields<'_, M>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    type Value = M::Value;

    fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    fn get(&self, key: Key) -> Option<M::Value> {
        let own = key.of_side(self.side).and_then(|key| self.row.get(key));
        let own = match self.index {
            Some(index) => own.and_then(|values| match values.kind() {
                Kind::List(list) if index < list.len() => Some(list.at(index)),
                _ => None,
            }),
            None => own,
        };
        let own = own.filter(|value| !matches!(value.kind(), Kind::Null));
        if own.is_none() && self.falls_back { self.row.get(key) } else { own }
    }

    /// None: the row itself reports the keys of all its sides.
    fn each_unknown(&self, _is_known: fn(&str) -> bool, _found: &mut dyn FnMut(Cow<'a, str>)) {}
}

fn read_label<'a, V: Value<'a>>(value: &V) -> Label<'a> {
    match value.kind() {
        Kind::Null => Label::None,
        Kind::Bool(flag) => Label::Bool(flag),
        Kind::Int(number) => Label::Int(number),
        Kind::Float(number) => Label::Float(number),
        Kind::Text(text) => Label::Text(text),
        Kind::List(list) => read_label_list(&list),
        other => Label::Unfit(other.name()),
    }
}

fn read_label_list<'a, L>(list: &L) -> Label<'a>
where
    L: List<'a>,
    L::Value: Value<'a>,
{
    let (mut ints, mut floats) = (Vec::with_capacity(list.len()), Vec::with_capacity(list.len()));
    for index in 0..list.len() {
        match list.at(index).kind() {
            Kind::Int(number) => {
                ints.push(number);
                floats.push(number as f64);
            }
            Kind::Float(number) => floats.push(number),
            other => return Label::Unfit(Cow::Owned(format!("a list with {} at position {index}", other.name()))),
        }
    }
    if ints.len() == floats.len() { Label::Ints(ints) } else { Label::Floats(floats) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Content, parse_row};

    fn sides(line: &str) -> Sides<'_> {
        *parse_row(line.as_bytes()).unwrap().sides.expect("the row has another side")
    }

    fn row(rest: &str) -> String {
        format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"b"}},
            {{"role":"user","content":"c"}},{{"role":"assistant","content":"d"}}],{rest}}}"#
        )
    }

    fn refusal(rest: &str) -> String {
        sides(&row(rest)).rejected.expect_err("must be refused").to_string()
    }

    #[test]
    fn a_response_replaces_what_follows_the_last_query() {
        let line = row(r#""rejected_response":"x","add_eos":false,"margin":1"#);
        let sides = sides(&line);
        let rejected = sides.rejected.unwrap().unwrap();
        assert_eq!(rejected.messages.len(), 4);
        assert_eq!(rejected.messages[3].content, Content::Text("x".into()));
        assert_eq!((rejected.add_eos, sides.margin), (crate::row::AddEos::Never, Ok(Some(1.0))));
    }

    #[test]
    fn whole_messages_take_nothing_over() {
        let line = row(r#""rejected_messages":[{"role":"user","content":"q"}],"add_eos":false"#);
        let rejected = sides(&line).rejected.unwrap().unwrap();
        assert_eq!((rejected.messages.len(), rejected.add_eos), (1, crate::row::AddEos::Unset));
    }

    #[test]
    fn several_sides_have_their_own_fields() {
        let line = row(r#""positive_messages":[[{"role":"assistant","content":"p"}]],"negative_messages":null,
            "positive_chat_template_kwargs":[{"enable_thinking":true}],"label":[0,2]"#);
        let sides = sides(&line);
        assert_eq!(sides.positive.unwrap()[0].options.enable_thinking, Some(true));
        assert_eq!((sides.negative, sides.label), (Ok(Vec::new()), Label::Ints(vec![0, 2])));
        assert!(parse_row(row(r#""id":1"#).as_bytes()).unwrap().sides.is_none());
    }

    #[test]
    fn refusals_name_the_side() {
        assert_eq!(
            refusal(r#""rejected_response":"d""#),
            "field 'rejected_response': is the same as the chosen response; give another one, or leave the row out"
        );
        assert_eq!(
            refusal(r#""rejected_response":[{"role":"user","content":"x"}]"#),
            "message 0, field 'rejected_response.role': is 'user'; a rejected response holds what answers, and no query"
        );
        assert_eq!(
            refusal(r#""rejected_response":3"#),
            "field 'rejected_response': is a number; give a string, or a list of messages that answer"
        );
        assert_eq!(
            refusal(r#""rejected_messages":[{"role":"user"}]"#),
            "message 0, field 'rejected_messages.content': is missing; give a string, a list of parts or a list of \
             token ids"
        );
        assert_eq!(
            refusal(r#""rejected_messages":[]"#),
            "field 'rejected_messages': is empty; give at least one message"
        );
        let flat = row(r#""positive_messages":[{"role":"user","content":"x"}]"#);
        assert_eq!(
            sides(&flat).positive.unwrap_err().to_string(),
            "field 'positive_messages[0]': is a message; give a list of lists of messages, one list each"
        );
    }
}
