//! What a message says: text, token ids, token ids with weights, or typed parts. encoding.md 1.3 to 1.5.

use std::borrow::Cow;

use super::blocks::{Blocks, Thought, read_thinking, read_tool_result, read_tool_use};
use super::media::is_medium;
use super::tools::{read_tool_content, unpadded};
use super::unfit::{read_number, unfit, wrong_type};
use super::{Content, Key, Kind, List, Map, MediaCounts, Role, Value};
use crate::error::{RowError, RowErrorKind};
use crate::interrupt;
use crate::json::Json;

/// The content of a message, or the blocks of which several messages are made.
pub(super) enum Said<'a> {
    Content(Content<'a>),
    /// Text, and blocks that hold nothing but its thinking.
    Thought(Cow<'a, str>, Box<Blocks<'a>>),
    Blocks(Box<Blocks<'a>>),
}

/// Reads a message's content; the media of its parts are counted in `media`.
///
/// # Errors
///
/// A [`RowError`] that names the field below `content` where one is to blame.
pub(super) fn read_content<'a, V: Value<'a>>(
    value: &V,
    role: Role,
    media: &mut MediaCounts,
) -> Result<Said<'a>, RowError> {
    const EXPECTED: &str = "a string, a list of parts or a list of token ids";
    if matches!(role, Role::Tool | Role::ToolCall) {
        return read_tool_content(value, role, media).map(Said::Content);
    }
    Ok(Said::Content(match value.kind() {
        Kind::Null => in_column(value, role).unwrap_or(Content::Null),
        Kind::Text(text) => Content::Text(text),
        Kind::List(list) if is_ids(&list) => match in_column(value, role) {
            Some(text) => text,
            None => Content::Ids(read_ids(&list)?),
        },
        Kind::List(list) => return read_parts(&list, role, media).or_else(|error| or_text(value, error)),
        Kind::Map(map) => match read_weighted_ids(&map) {
            Ok(ids) => in_column(value, role).unwrap_or(ids),
            Err(error) => return or_text(value, error),
        },
        other => return or_text(value, unfit(&other, EXPECTED)),
    }))
}

/// The text of content that a column of JSON keeps, where no other content can be meant: only an assistant's is token
/// ids, or null. `datasets` keeps a text that is JSON as it is there, so that `"[1, 2]"` is a list when it is opened.
fn in_column<'a, V: Value<'a>>(value: &V, role: Role) -> Option<Content<'a>> {
    if role == Role::Assistant { None } else { value.json_text().map(Content::Text) }
}

/// The text of content in a column of JSON that is not content when it is opened.
fn or_text<'a, V: Value<'a>>(value: &V, error: RowError) -> Result<Said<'a>, RowError> {
    value.json_text().map(|text| Said::Content(Content::Text(text))).ok_or(error)
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
        .inspect(|index| interrupt::check_every::<4096>(*index))
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
        .inspect(|index| interrupt::check_every::<4096>(*index))
        .map(|index| read_number(&list.at(index).kind()).map_err(|error| error.at_field("content.loss_scale")))
        .collect()
}

/// encoding.md 1.4: texts are joined; a medium becomes its tag.
fn read_parts<'a, L>(list: &L, role: Role, media: &mut MediaCounts) -> Result<Said<'a>, RowError>
where
    L: List<'a>,
    L::Value: Value<'a>,
{
    let mut parts = Blocks::default();
    for index in 0..list.len() {
        interrupt::check_every::<256>(index);
        let value = list.at(index);
        let part = match value.kind() {
            Kind::Map(part) => part,
            other => {
                let found = format!("a list with {} at position {index}", other.name());
                return Err(wrong_type(found.into(), "parts such as {\"type\": \"text\", \"text\": \"...\"}"));
            }
        };
        if let Some(text) = read_part(&part, media)? {
            parts.text(text);
            continue;
        }
        read_block(&value, role, media, &mut parts).map_err(|error| error.inside(&format!("content[{index}]")))?;
    }
    Ok(match parts.only_text() {
        Some(text) if parts.have_thoughts() => Said::Thought(text, Box::new(parts)),
        Some(text) => Said::Content(Content::Text(text)),
        None => Said::Blocks(Box::new(parts)),
    })
}

/// The text of a part; `None` for a block that is read as a whole.
fn read_part<'a, M>(part: &M, media: &mut MediaCounts) -> Result<Option<Cow<'a, str>>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    const EXPECTED: &str =
        "one of text, image, image_url, audio, audio_url, video, video_url, tool_use, tool_result, thinking";
    let name = match part.get(Key::Type).map(|value| value.kind()) {
        Some(Kind::Text(name)) => name,
        None | Some(Kind::Null) => {
            return Err(RowError::new(RowErrorKind::MissingField, format!("is missing; give {EXPECTED}"))
                .at_field("content.type"));
        }
        Some(other) => return Err(unfit(&other, EXPECTED).at_field("content.type")),
    };
    let (key, tag, count) = match name.as_ref() {
        "text" | "input_text" | "output_text" => return read_text(part, Key::Text).map(Some),
        "refusal" => return read_text(part, Key::Refusal).map(Some),
        "image" if part.get(Key::Image).is_none() => (Key::Source, "<image>", &mut media.images),
        "image" => (Key::Image, "<image>", &mut media.images),
        "image_url" | "input_image" => (Key::ImageUrl, "<image>", &mut media.images),
        "audio" => (Key::Audio, "<audio>", &mut media.audios),
        "audio_url" => (Key::AudioUrl, "<audio>", &mut media.audios),
        "input_audio" => (Key::InputAudio, "<audio>", &mut media.audios),
        "video" => (Key::Video, "<video>", &mut media.videos),
        "video_url" => (Key::VideoUrl, "<video>", &mut media.videos),
        "tool_use" | "tool_result" | "thinking" | "redacted_thinking" => return Ok(None),
        other => {
            let detail = format!("'{other}' is no type of part; give {EXPECTED}");
            return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("content.type"));
        }
    };
    if part.get(key).is_some_and(|value| is_medium(&value)) {
        *count += 1;
    }
    Ok(Some(Cow::Borrowed(tag)))
}

/// A block of Anthropic's: a call, an answer or thinking.
fn read_block<'a, V: Value<'a>>(
    value: &V,
    role: Role,
    media: &mut MediaCounts,
    parts: &mut Blocks<'a>,
) -> Result<(), RowError> {
    let block = unpadded(value)?;
    match block.get("type").and_then(Json::as_str) {
        Some("tool_use") => parts.block(read_tool_use(&block)?),
        Some("tool_result") => parts.block(read_tool_result(&block, media)?),
        Some("thinking") if role == Role::Assistant => {
            parts.thought(Thought::Text(read_thinking(&block).map_err(|error| error.at_field("thinking"))?));
        }
        Some("thinking") => {
            let detail = format!("is thinking of the role '{}'; only an assistant thinks", role.as_str());
            return Err(RowError::new(RowErrorKind::WrongValue, detail));
        }
        _ => parts.thought(Thought::Redacted),
    }
    Ok(())
}

fn read_text<'a, M>(part: &M, key: Key) -> Result<Cow<'a, str>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let field = || format!("content.{}", key.as_str());
    match part.get(key).map(|value| value.kind()) {
        Some(Kind::Text(text)) => Ok(text),
        None | Some(Kind::Null) => {
            Err(RowError::new(RowErrorKind::MissingField, "is missing; give a string").at_field(field()))
        }
        Some(other) => Err(unfit(&other, "a string").at_field(field())),
    }
}
