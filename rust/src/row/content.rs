//! What a message says: text, token ids, token ids with weights, or typed parts. encoding.md 1.4 and 1.5.

use std::borrow::Cow;

use super::tools::read_tool_content;
use super::unfit::{read_number, unfit, wrong_type};
use super::{Content, Key, Kind, List, Map, MediaCounts, Role, Value};
use crate::error::{RowError, RowErrorKind};
use crate::interrupt;

/// Reads a message's content; the media of its parts are counted in `media`.
///
/// # Errors
///
/// A [`RowError`] that names the field below `content` where one is to blame.
pub(super) fn read_content<'a, V: Value<'a>>(
    value: &V,
    role: Role,
    media: &mut MediaCounts,
) -> Result<Content<'a>, RowError> {
    const EXPECTED: &str = "a string, a list of parts or a list of token ids";
    if matches!(role, Role::Tool | Role::ToolCall) {
        return read_tool_content(value, role);
    }
    match value.kind() {
        Kind::Null => Ok(Content::Null),
        Kind::Text(text) => Ok(Content::Text(text)),
        Kind::List(list) if is_ids(&list) => Ok(Content::Ids(read_ids(&list)?)),
        Kind::List(list) => Ok(Content::Text(read_parts(&list, media)?)),
        Kind::Map(map) => read_weighted_ids(&map),
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
fn read_parts<'a, L>(list: &L, media: &mut MediaCounts) -> Result<Cow<'a, str>, RowError>
where
    L: List<'a>,
    L::Value: Value<'a>,
{
    let mut text: Cow<'a, str> = Cow::Borrowed("");
    for index in 0..list.len() {
        interrupt::check_every::<256>(index);
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
