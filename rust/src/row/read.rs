//! From JSON-like data to a [`Row`]: the one place that says which fields a row may have, of which
//! types, and what an error about them reads like. ENCODE.md 1.1, 1.2, 1.4, 1.5, 1.8.

use std::borrow::Cow;

use super::{AddEos, Content, Key, Kind, List, Map, MediaCounts, Message, Role, Row, RowOptions, Value};
use crate::error::{RowError, RowErrorKind};

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
    let mut media = MediaCounts::default();
    let messages = read_messages(&row, &mut media)?;
    if row.at_most() == 1 {
        // Most rows have messages and nothing else to look for.
        return Ok(Row { messages, media, ..Row::default() });
    }
    Ok(Row {
        messages,
        options: read_options(&row)?,
        add_eos: read_add_eos(&row)?,
        media: add_row_media(&row, media)?,
        has_tools: has_tools(&row)?,
    })
}

fn wrong_type(found: Cow<'_, str>, expected: &str) -> RowError {
    RowError::new(RowErrorKind::WrongType, format!("is {found}; give {expected}"))
}

/// The error for a value of a kind that has no place there.
fn unfit<'a, V: Value<'a>>(found: &Kind<'a, V>, expected: &str) -> RowError {
    match found {
        Kind::BadText(reason) => RowError::new(RowErrorKind::InvalidText, reason.clone()),
        other => wrong_type(other.name(), expected),
    }
}

fn missing(field: Key, expected: &str) -> RowError {
    RowError::new(RowErrorKind::MissingField, format!("is missing; give {expected}")).at_field(field.as_str())
}

fn read_messages<'a, M>(row: &M, media: &mut MediaCounts) -> Result<Vec<Message<'a>>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a, Map = M>,
{
    let expected = "a list of messages with `role` and `content`";
    let list = match row.get(Key::Messages).map(|value| value.kind()) {
        Some(Kind::List(list)) => list,
        None | Some(Kind::Null) => return Err(missing(Key::Messages, expected)),
        Some(other) => return Err(unfit(&other, expected).at_field("messages")),
    };
    if list.is_empty() {
        let detail = "is empty; give at least one message";
        return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("messages"));
    }
    let mut messages = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        messages.push(read_message(&list.at(index), media).map_err(|error| error.at_message(index))?);
    }
    Ok(messages)
}

fn read_message<'a, V: Value<'a>>(value: &V, media: &mut MediaCounts) -> Result<Message<'a>, RowError> {
    let message = match value.kind() {
        Kind::Map(message) => message,
        other => {
            return Err(unfit(&other, "an object with `role` and `content`"));
        }
    };
    let role = read_role(&message)?;
    let content = message.get(Key::Content);
    // Most messages have a role and a content, and nothing else to look for.
    let is_bare = content.is_some() && message.at_most() <= 2;
    if !is_bare {
        refuse_tool_calls(&message)?;
    }
    let content = match content {
        None => return Err(missing(Key::Content, "a string, a list of parts or a list of token ids")),
        Some(content) => read_content(&content, role, media).map_err(|error| error.at_field("content"))?,
    };
    if is_bare {
        return Ok(Message { role, content, loss: None, loss_scale: None });
    }
    Ok(Message { role, content, loss: read_loss(&message)?, loss_scale: read_loss_scale(&message)? })
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

fn refuse_tool_calls<'a, M>(message: &M) -> Result<(), RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match message.get(Key::ToolCalls).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(()),
        Some(Kind::List(calls)) if calls.is_empty() => Ok(()),
        Some(_) => Err(unsupported_tools("tool_calls")),
    }
}

/// The error for what only an agent format could render.
pub(crate) fn unsupported_tools(field: &str) -> RowError {
    let detail = "tools are not supported yet; give the calls and answers as plain text, or leave them out";
    RowError::new(RowErrorKind::Unsupported, detail).at_field(field)
}

fn read_content<'a, V: Value<'a>>(value: &V, role: Role, media: &mut MediaCounts) -> Result<Content<'a>, RowError> {
    const EXPECTED: &str = "a string, a list of parts or a list of token ids";
    match value.kind() {
        Kind::Null => Ok(Content::Null),
        Kind::Text(text) => Ok(Content::Text(text)),
        Kind::List(list) if is_ids(&list) => Ok(Content::Ids(read_ids(&list)?)),
        Kind::List(list) => Ok(Content::Text(read_parts(&list, media)?)),
        Kind::Map(map) => read_weighted_ids(&map),
        // What a tool said is written as JSON where it is not text; agent formats will do that.
        other if matches!(role, Role::Tool | Role::ToolCall) => Err(unfit(&other, "a string")),
        other => Err(unfit(&other, EXPECTED)),
    }
}

fn is_ids<'a, L>(list: &L) -> bool
where
    L: List<'a>,
    L::Value: Value<'a>,
{
    !list.is_empty() && matches!(list.at(0).kind(), Kind::Int(_))
}

fn read_ids<'a, L>(list: &L) -> Result<Vec<u32>, RowError>
where
    L: List<'a>,
    L::Value: Value<'a>,
{
    (0..list.len())
        .map(|index| match list.at(index).kind() {
            // Ids leave in columns of int32.
            Kind::Int(id) if (0..=i64::from(i32::MAX)).contains(&id) => Ok(id as u32),
            Kind::Int(id) => Err(RowError::new(
                RowErrorKind::WrongValue,
                format!("{id} at position {index} is no token id; give integers from 0 to {}", i32::MAX),
            )),
            other => Err(wrong_type(
                format!("a list of token ids with {} at position {index}", other.name()).into(),
                "integers only",
            )),
        })
        .collect()
}

fn read_weighted_ids<'a, M>(map: &M) -> Result<Content<'a>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a, Map = M>,
{
    const EXPECTED: &str = "{\"token_ids\": [...], \"loss_scale\": [...]}, a string or a list";
    let ids = match map.get(Key::TokenIds).map(|value| value.kind()) {
        Some(Kind::List(list)) => read_ids(&list)?,
        Some(other) => {
            return Err(unfit(&other, "a list of token ids").at_field("content.token_ids"));
        }
        None => return Err(wrong_type("an object without `token_ids`".into(), EXPECTED)),
    };
    let weights = match map.get(Key::LossScale).map(|value| value.kind()) {
        None | Some(Kind::Null) => return Ok(Content::Ids(ids)),
        Some(Kind::List(list)) => read_weights(&list)?,
        Some(other) => {
            return Err(unfit(&other, "a list of numbers").at_field("content.loss_scale"));
        }
    };
    if weights.len() != ids.len() {
        let detail = format!("holds {} weights for {} token ids; give one an id", weights.len(), ids.len());
        return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("content.loss_scale"));
    }
    Ok(Content::WeightedIds(ids, weights))
}

fn read_weights<'a, L>(list: &L) -> Result<Vec<f64>, RowError>
where
    L: List<'a>,
    L::Value: Value<'a>,
{
    (0..list.len())
        .map(|index| read_number(&list.at(index).kind()).map_err(|error| error.at_field("content.loss_scale")))
        .collect()
}

/// ENCODE.md 1.4: texts are joined; a medium becomes its tag.
fn read_parts<'a, L>(list: &L, media: &mut MediaCounts) -> Result<Cow<'a, str>, RowError>
where
    L: List<'a>,
    L::Value: Value<'a>,
{
    let mut text: Cow<'a, str> = Cow::Borrowed("");
    for index in 0..list.len() {
        let part = match list.at(index).kind() {
            Kind::Map(part) => part,
            other => {
                let found = format!("a list with {} at position {index}", other.name());
                return Err(wrong_type(found.into(), "parts such as {\"type\": \"text\", \"text\": \"...\"}"));
            }
        };
        match read_part(&part, media)? {
            // A single text part stays borrowed.
            added if text.is_empty() => text = added,
            added => text.to_mut().push_str(&added),
        }
    }
    Ok(text)
}

fn read_part<'a, M>(part: &M, media: &mut MediaCounts) -> Result<Cow<'a, str>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    const EXPECTED: &str = "one of text, image, image_url, audio, audio_url, video, video_url";
    let name = match part.get(Key::Type).map(|value| value.kind()) {
        Some(Kind::Text(name)) => name,
        None | Some(Kind::Null) => {
            return Err(RowError::new(RowErrorKind::MissingField, format!("is missing; give {EXPECTED}"))
                .at_field("content.type"));
        }
        Some(other) => return Err(unfit(&other, EXPECTED).at_field("content.type")),
    };
    let (key, tag, count) = match name.as_ref() {
        "text" => return read_text_part(part),
        "image" => (Key::Image, "<image>", &mut media.images),
        "image_url" => (Key::ImageUrl, "<image>", &mut media.images),
        "audio" => (Key::Audio, "<audio>", &mut media.audios),
        "audio_url" => (Key::AudioUrl, "<audio>", &mut media.audios),
        "video" => (Key::Video, "<video>", &mut media.videos),
        "video_url" => (Key::VideoUrl, "<video>", &mut media.videos),
        other => {
            let detail = format!("'{other}' is no type of part; give {EXPECTED}");
            return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("content.type"));
        }
    };
    if part.get(key).is_some_and(|value| is_medium(&value)) {
        *count += 1;
    }
    Ok(Cow::Borrowed(tag))
}

/// Whether a part brings a medium: without one, or with an empty address, its tag is plain text.
fn is_medium<'a, V: Value<'a>>(value: &V) -> bool
where
    V::Map: Map<'a, Value = V>,
{
    match value.kind() {
        Kind::Null => false,
        Kind::Text(address) => !address.is_empty(),
        Kind::Map(medium) => match medium.get(Key::Url).map(|url| url.kind()) {
            Some(Kind::Text(address)) => !address.is_empty(),
            url => url.is_some_and(|url| !matches!(url, Kind::Null)),
        },
        _ => true,
    }
}

fn read_text_part<'a, M>(part: &M) -> Result<Cow<'a, str>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match part.get(Key::Text).map(|value| value.kind()) {
        Some(Kind::Text(text)) => Ok(text),
        None | Some(Kind::Null) => {
            Err(RowError::new(RowErrorKind::MissingField, "is missing; give a string").at_field("content.text"))
        }
        Some(other) => Err(unfit(&other, "a string").at_field("content.text")),
    }
}

fn read_loss<'a, M>(message: &M) -> Result<Option<bool>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match message.get(Key::Loss).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(None),
        Some(Kind::Bool(loss)) => Ok(Some(loss)),
        // Files written from data frames hold 0 and 1 here.
        Some(Kind::Int(0)) => Ok(Some(false)),
        Some(Kind::Int(1)) => Ok(Some(true)),
        Some(Kind::Float(loss)) if loss == 0.0 || loss == 1.0 => Ok(Some(loss == 1.0)),
        Some(other) => Err(unfit(&other, "true, false or null").at_field("loss")),
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

fn read_number<'a, V: Value<'a>>(kind: &Kind<'a, V>) -> Result<f64, RowError> {
    match kind {
        Kind::Int(number) => Ok(*number as f64),
        Kind::Float(number) if number.is_finite() => Ok(*number),
        Kind::Float(number) => {
            Err(RowError::new(RowErrorKind::WrongValue, format!("is {number}; give a finite number")))
        }
        other => Err(unfit(other, "a number")),
    }
}

fn read_options<'a, M>(row: &M) -> Result<RowOptions<'a>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a, Map = M>,
{
    let options = match row.get(Key::ChatTemplateKwargs).map(|value| value.kind()) {
        None | Some(Kind::Null) => return Ok(RowOptions::default()),
        Some(Kind::Map(options)) => options,
        Some(other) => {
            return Err(unfit(&other, "an object").at_field("chat_template_kwargs"));
        }
    };
    Ok(RowOptions {
        enable_thinking: read_flag(&options, Key::EnableThinking)?,
        preserve_thinking: read_flag(&options, Key::PreserveThinking)?,
        response_prefix: match options.get(Key::ResponsePrefix).map(|value| value.kind()) {
            None | Some(Kind::Null) => None,
            Some(Kind::Text(prefix)) => Some(prefix),
            Some(other) => {
                let field = "chat_template_kwargs.response_prefix";
                return Err(unfit(&other, "a string").at_field(field));
            }
        },
    })
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

fn add_row_media<'a, M>(row: &M, parts: MediaCounts) -> Result<MediaCounts, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a, Map = M>,
{
    let mut media = parts;
    for (key, count) in
        [(Key::Images, &mut media.images), (Key::Videos, &mut media.videos), (Key::Audios, &mut media.audios)]
    {
        let given = count_media(row, key)?;
        if given > 0 && *count > 0 {
            let detail = "is given although messages hold such parts; give them in one place";
            return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(key.as_str()));
        }
        *count += given;
    }
    if let Some(Kind::Map(objects)) = row.get(Key::Objects).map(|value| value.kind())
        && !objects.is_empty()
    {
        let detail = "grounding objects need a media template; leave them out";
        return Err(RowError::new(RowErrorKind::Unsupported, detail).at_field("objects"));
    }
    Ok(media)
}

fn count_media<'a, M>(row: &M, key: Key) -> Result<usize, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match row.get(key).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(0),
        Some(Kind::List(list)) => Ok(list.len()),
        Some(Kind::Text(_) | Kind::Map(_) | Kind::Other(_)) => Ok(1),
        Some(other) => Err(unfit(&other, "a list").at_field(key.as_str())),
    }
}

fn has_tools<'a, M>(row: &M) -> Result<bool, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match row.get(Key::Tools).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(false),
        Some(Kind::List(list)) => Ok(!list.is_empty()),
        Some(Kind::Text(text)) => Ok(!text.is_empty()),
        Some(other) => Err(unfit(&other, "a list of tools, or one as JSON text").at_field("tools")),
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
