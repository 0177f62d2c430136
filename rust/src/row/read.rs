//! From JSON-like data to a [`Row`]: the one place that says which fields a row may have, of which
//! types, and what an error about them reads like. encoding.md 1.1, 1.2, 1.4, 1.5, 1.8.

use std::borrow::Cow;

use super::blocks::Asked;
use super::content::{Said, read_content};
use super::json::parse_cell;
use super::known::{is_message_key, is_row_key};
use super::media::add_row_media;
use super::reasoning::{Reasoning, is_reasoning_key, read_reasoning};
use super::sides::read_sides;
use super::tools::{Nulls, ToolFields, read_nulls, read_tool_fields, read_tools};
use super::trained::{is_trained_key, read_loss, read_trained};
use super::unfit::{missing, read_number, unfit};
use super::{AddEos, Content, Key, Kind, List, Map, MediaCounts, Message, Role, Row, RowOptions, Value};
use crate::error::{RowError, RowErrorKind};
use crate::interrupt;
use crate::warning::{RowWarnings, WarningKind};

/// What reading a list of messages finds in addition to the messages.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The media of their parts.
    pub media: MediaCounts,
    /// For each message its place in the list; empty where both are the same.
    pub places: Vec<usize>,
    pub warnings: RowWarnings,
    pub reasoning: Vec<Reasoning>,
    /// Where the messages are, as a warning names them.
    place: &'static str,
    pub asked: Asked,
}

/// Reads one row.
///
/// # Errors
///
/// A [`RowError`] that names the message and the field that cannot be read.
pub fn read_row<'a, V: Value<'a>>(value: &V) -> Result<Row<'a>, RowError> {
    let row = match value.kind() {
        Kind::Map(row) => row,
        other => return Err(unfit(&other, "an object with `messages`")),
    };
    let mut found = Found::at("messages[]");
    let messages = read_messages(&row, &mut found)?;
    let Found { media, places, warnings, reasoning, .. } = found;
    if row.at_most() == 1 {
        // Most rows have messages and nothing else to look for.
        return Ok(Row { messages, media, places, warnings, reasoning, ..Row::default() });
    }
    let mut whole = Row { places, warnings, reasoning, ..read_rest(&row, messages, media)? };
    whole.sides = read_sides(&row, &whole, media);
    row.each_unknown(is_row_key, &mut |name| whole.warnings.push(WarningKind::UnusedColumn, &name));
    Ok(whole)
}

/// Reads what stands beside the messages of a row, or of one side of it.
pub(super) fn read_rest<'a, M>(row: &M, messages: Vec<Message<'a>>, media: MediaCounts) -> Result<Row<'a>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    Ok(Row {
        messages,
        options: read_options(row)?,
        add_eos: read_add_eos(row)?,
        media: add_row_media(row, media)?,
        tools: read_tools(row)?,
        ..Row::default()
    })
}

fn read_messages<'a, M>(row: &M, found: &mut Found) -> Result<Vec<Message<'a>>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match row.get(Key::Messages) {
        Some(value) if !matches!(value.kind(), Kind::Null) => {
            read_message_list(&value, found).map_err(|error| error.at_field_unless_message("messages"))
        }
        _ => Err(missing(Key::Messages, MESSAGES)),
    }
}

/// What a list of messages is, for errors.
pub(super) const MESSAGES: &str = "a list of messages with `role` and `content`";

/// Reads a list of messages.
pub(super) fn read_message_list<'a, V: Value<'a>>(value: &V, found: &mut Found) -> Result<Vec<Message<'a>>, RowError> {
    let list = match value.kind() {
        Kind::List(list) => list,
        Kind::Text(text) if value.is_cell() => return read_message_list(&parse_cell(text, "a list")?, found),
        other => return Err(unfit(&other, MESSAGES)),
    };
    if list.is_empty() {
        return Err(RowError::new(RowErrorKind::WrongValue, "is empty; give at least one message"));
    }
    let mut messages = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        interrupt::check_every::<256>(index);
        read_message(&list.at(index), found, &mut messages).map_err(|error| error.at_message(index))?;
        if messages.len() != index + 1 {
            found.set_place(messages.len(), index);
        }
    }
    Ok(messages)
}

impl Found {
    /// Nothing yet, in the messages at `place`.
    pub fn at(place: &'static str) -> Self {
        Self { place, ..Self::default() }
    }

    /// Adds thinking to the reasoning of message `message`.
    pub fn add_thinking(&mut self, message: usize, thinking: &str) {
        if thinking.is_empty() {
            return;
        }
        match self.reasoning.last_mut().filter(|last| last.message == message) {
            // The same text in two places is the same reasoning.
            Some(last) if last.text == thinking => {}
            Some(last) => {
                last.text.push_str("\n\n");
                last.text.push_str(thinking);
            }
            None => {
                let field = format!("{}.content[].thinking", self.place);
                self.reasoning.push(Reasoning { message, text: thinking.to_owned(), field });
            }
        }
    }

    /// Notes thinking that nobody can read.
    pub fn redacted_thinking(&mut self) {
        self.warnings.push(WarningKind::UnusedReasoning, &format!("{}.content[].redacted_thinking", self.place));
    }

    /// The messages up to `len` that have no place yet are made of the message at `place`.
    pub fn set_place(&mut self, len: usize, place: usize) {
        if self.places.is_empty() {
            self.places.extend(0..place);
        }
        self.places.resize(len, place);
    }
}

/// Reads a message and appends it, or the messages that its blocks are made of.
pub(super) fn read_message<'a, V: Value<'a>>(
    value: &V,
    found: &mut Found,
    messages: &mut Vec<Message<'a>>,
) -> Result<(), RowError> {
    let message = match value.kind() {
        Kind::Map(message) => message,
        Kind::Text(text) if value.is_cell() => {
            return read_message(&parse_cell(text, "an object")?, found, messages);
        }
        other => {
            return Err(unfit(&other, "an object with `role` and `content`"));
        }
    };
    let role = read_role(&message)?;
    let content = message.get(Key::Content);
    // Most messages have a role and a content, and nothing else to look for.
    let is_bare = content.is_some() && message.at_most() <= 2;
    let tool = if is_bare { None } else { read_tool_fields(&message, role)? };
    let calls = tool.as_ref().is_some_and(|tool| !tool.calls.is_empty());
    let said = match content {
        content if calls && is_empty(content.as_ref()) => Said::Content(Content::Null),
        Some(content) => {
            let said = read_content(&content, role, &mut found.media).map_err(|error| error.at_field("content"))?;
            if let Said::Content(Content::Null | Content::Ids(_) | Content::WeightedIds(..)) = said
                && content.json_text().is_some()
            {
                found.warnings.push(WarningKind::AmbiguousContent, &format!("{}.content", found.place));
            }
            said
        }
        None => Said::Content(Content::Null),
    };
    let (mut loss, mut loss_scale) = (None, None);
    if !is_bare {
        (loss, loss_scale) = (read_loss(&message)?, read_loss_scale(&message)?);
        let (mut trains, mut reasons) = (false, false);
        message.each_unknown(is_message_key, &mut |name| match &*name {
            name if is_trained_key(name) => trains = true,
            name if is_reasoning_key(name) => reasons = true,
            name => found.warnings.push_key(found.place, name),
        });
        if trains {
            loss = read_trained(&message, loss)?;
        }
        if reasons && let Some((text, field)) = read_reasoning(&message, role, found.place, &mut found.warnings) {
            found.reasoning.push(Reasoning { message: messages.len(), text, field });
        }
    }
    match said {
        Said::Content(Content::Null) if !calls && !is_bare => {
            let content = match read_refusal(&message, role) {
                Some(refusal) => Content::Text(refusal),
                None if message.get(Key::Content).is_none() => {
                    return Err(missing(Key::Content, "a string, a list of parts or a list of token ids"));
                }
                None => Content::Null,
            };
            messages.push(Message { role, content, loss, loss_scale, tool });
        }
        Said::Content(content) => messages.push(Message { role, content, loss, loss_scale, tool }),
        Said::Thought(text, thoughts) => {
            thoughts.note_thoughts(messages.len(), &[], found);
            let content = if calls && text.is_empty() { Content::Null } else { Content::Text(text) };
            messages.push(Message { role, content, loss, loss_scale, tool });
        }
        Said::Blocks(_) if calls => {
            let detail = "holds calls although `tool_calls` does, too; give them in one place";
            return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("content"));
        }
        Said::Blocks(blocks) => {
            let nulls = if is_bare { Nulls::default() } else { read_nulls(&message) };
            let tool = Some(Box::new(ToolFields { nulls, ..ToolFields::default() }));
            let like = Message { role, content: Content::Null, loss, loss_scale, tool };
            blocks.into_messages(&like, found, messages);
        }
    }
    Ok(())
}

/// What an assistant says in place of an answer, in OpenAI's form.
fn read_refusal<'a, M>(message: &M, role: Role) -> Option<Cow<'a, str>>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match message.get(Key::Refusal).filter(|_| role == Role::Assistant)?.kind() {
        Kind::Text(refusal) if !refusal.is_empty() => Some(refusal),
        _ => None,
    }
}

fn read_role<'a, M>(message: &M) -> Result<Role, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    const KNOWN: &str = "one of system, user, assistant, tool, tool_response, tool_call";
    match message.get(Key::Role).map(|value| value.kind()) {
        None | Some(Kind::Null) => Err(missing(Key::Role, KNOWN)),
        Some(Kind::Text(name)) => Role::from_name(&name).ok_or_else(|| {
            RowError::new(RowErrorKind::UnknownRole, format!("'{name}' is no role; give {KNOWN}")).at_field("role")
        }),
        Some(other) => Err(unfit(&other, KNOWN).at_field("role")),
    }
}

/// Whether there is no content, or one that says nothing.
fn is_empty<'a, V: Value<'a>>(content: Option<&V>) -> bool {
    match content.map(|value| value.kind()) {
        None | Some(Kind::Null) => true,
        Some(Kind::Text(text)) => text.is_empty(),
        Some(Kind::List(list)) => list.is_empty(),
        Some(_) => false,
    }
}

fn read_loss_scale<'a, M>(message: &M) -> Result<Option<f64>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match message.get(Key::LossScale).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(None),
        Some(kind) => read_number(&kind).map(Some).map_err(|error| error.at_field("loss_scale")),
    }
}

fn read_options<'a, M>(row: &M) -> Result<RowOptions<'a>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match row.get(Key::ChatTemplateKwargs) {
        None => Ok(RowOptions::default()),
        Some(value) => read_option_fields(&value).map_err(|error| error.at_field(Key::ChatTemplateKwargs.as_str())),
    }
}

fn read_option_fields<'a, V: Value<'a>>(value: &V) -> Result<RowOptions<'a>, RowError> {
    let options = match value.kind() {
        Kind::Null => return Ok(RowOptions::default()),
        Kind::Map(options) => options,
        Kind::Text(text) if value.is_cell() => return read_option_fields(&parse_cell(text, "an object")?),
        other => return Err(unfit(&other, "an object")),
    };
    Ok(RowOptions {
        has_reasoning: false,
        enable_thinking: read_flag(&options, Key::EnableThinking)?,
        preserve_thinking: read_flag(&options, Key::PreserveThinking)?,
        response_prefix: read_word(&options, Key::ResponsePrefix)?,
        reasoning_effort: read_level(&options)?,
        thinking_effort: read_word(&options, Key::ThinkingEffort)?,
        thinking_mode: read_word(&options, Key::ThinkingMode)?,
        builtin_tools: read_names(&options, Key::BuiltinTools)?,
    })
}

/// A list of names.
fn read_names<'a, M>(options: &M, key: Key) -> Result<Vec<String>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let field = || format!("chat_template_kwargs.{}", key.as_str());
    let names = match options.get(key).map(|value| value.kind()) {
        None | Some(Kind::Null) => return Ok(Vec::new()),
        Some(Kind::List(names)) => names,
        Some(other) => return Err(unfit(&other, "a list of names").at_field(field())),
    };
    let name = |index| match names.at(index).kind() {
        Kind::Text(name) => Ok(name.into_owned()),
        other => Err(unfit(&other, "a name").at_field(format!("{}[{index}]", field()))),
    };
    (0..names.len()).map(name).collect()
}

/// How much to think: a word, or a number.
fn read_level<'a, M>(options: &M) -> Result<Option<Cow<'a, str>>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match options.get(Key::ReasoningEffort).map(|value| value.kind()) {
        Some(Kind::Int(level)) => Ok(Some(Cow::Owned(level.to_string()))),
        _ => read_word(options, Key::ReasoningEffort),
    }
}

fn read_word<'a, M>(options: &M, key: Key) -> Result<Option<Cow<'a, str>>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match options.get(key).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(None),
        Some(Kind::Text(text)) => Ok(Some(text)),
        Some(other) => {
            let field = format!("chat_template_kwargs.{}", key.as_str());
            Err(unfit(&other, "a string").at_field(field))
        }
    }
}

fn read_flag<'a, M>(options: &M, key: Key) -> Result<Option<bool>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match options.get(key).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(None),
        Some(Kind::Bool(flag)) => Ok(Some(flag)),
        Some(other) => {
            let field = format!("chat_template_kwargs.{}", key.as_str());
            Err(unfit(&other, "true, false or null").at_field(field))
        }
    }
}

fn read_add_eos<'a, M>(row: &M) -> Result<AddEos, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match row.get(Key::AddEos).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(AddEos::Unset),
        Some(Kind::Bool(true)) => Ok(AddEos::Always),
        Some(Kind::Bool(false)) => Ok(AddEos::Never),
        Some(Kind::Text(text)) if text == "auto" => Ok(AddEos::Auto),
        Some(other) => Err(unfit(&other, "true, false or \"auto\"").at_field("add_eos")),
    }
}

#[cfg(test)]
mod tests {
    use crate::row::{Content, Role, parse_row};

    fn refusal(line: &str) -> String {
        parse_row(line.as_bytes()).expect_err("must be refused").to_string()
    }

    #[test]
    fn reads_messages_and_borrows_their_texts() {
        let line = r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[1,2],"loss":1}]}"#;
        let row = parse_row(line.as_bytes()).unwrap();
        assert!(matches!(&row.messages[0].content, Content::Text(std::borrow::Cow::Borrowed("hi"))));
        assert_eq!(row.messages[1].role, Role::Assistant);
        assert_eq!(row.messages[1].content, Content::Ids(vec![1, 2]));
        assert_eq!(row.messages[1].loss, Some(true));
    }

    #[test]
    fn joins_parts_and_counts_media() {
        let line = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},
            {"type":"image_url","image_url":{"url":"x"}},{"type":"text","text":"b"}]}]}"#;
        let row = parse_row(line.as_bytes()).unwrap();
        assert_eq!(row.messages[0].content, Content::Text("a<image>b".into()));
        assert_eq!(row.media.images, 1);
    }

    #[test]
    fn refusals_name_message_and_field() {
        assert_eq!(
            refusal(r#"{"messages":[{"role":"narrator","content":""}]}"#),
            "message 0, field 'role': 'narrator' is no role; give one of system, user, assistant, tool, \
             tool_response, tool_call"
        );
        assert_eq!(
            refusal(r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant"}]}"#),
            "message 1, field 'content': is missing; give a string, a list of parts or a list of token ids"
        );
        assert_eq!(
            refusal(r#"{"messages":[{"role":"user","content":1.5}]}"#),
            "message 0, field 'content': is a number; give a string, a list of parts or a list of token ids"
        );
        assert_eq!(
            refusal(r#"{"messages":[{"role":"assistant","content":{"token_ids":[1,2],"loss_scale":[1]}}]}"#),
            "message 0, field 'content.loss_scale': holds 1 weights for 2 token ids; give one an id"
        );
        assert_eq!(
            refusal(r#"{"query":"a"}"#),
            "field 'messages': is missing; give a list of messages with `role` and `content`"
        );
        assert!(refusal(r#"{"messages":[{"role":"user","content":"a"#).starts_with("not JSON: "));
        assert!(refusal(r#"{"messages":[{"role":"user","content":"\ud800"}]}"#).starts_with("not JSON: "));
    }
}
