//! The media of a row, which are counted: rows are text here, and a medium is a tag in it. encoding.md 1.4.

use super::json::parse_cell;
use super::unfit::unfit;
use super::{Key, Kind, List, Map, MediaCounts, Value};
use crate::error::{RowError, RowErrorKind};

/// The media of a row, with those of the parts of its messages.
///
/// # Errors
///
/// A [`RowError`] for media in two places, or of a type that media do not have.
pub(super) fn add_row_media<'a, M>(row: &M, parts: MediaCounts) -> Result<MediaCounts, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
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
    if row.get(Key::Objects).is_some_and(|value| has_fields(&value)) {
        let detail = "grounding objects need a media template; leave them out";
        return Err(RowError::new(RowErrorKind::Unsupported, detail).at_field("objects"));
    }
    Ok(media)
}

/// Whether this is an object with anything in it.
fn has_fields<'a, V: Value<'a>>(value: &V) -> bool {
    match value.kind() {
        Kind::Map(fields) => !fields.is_empty(),
        Kind::Text(text) if value.is_cell() => parse_cell(text, "an object").is_ok_and(|value| has_fields(&value)),
        _ => false,
    }
}

fn count_media<'a, M>(row: &M, key: Key) -> Result<usize, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let Some(value) = row.get(key) else { return Ok(0) };
    match value.kind() {
        Kind::Null => Ok(0),
        Kind::List(list) => Ok((0..list.len()).filter(|index| is_medium(&list.at(*index))).count()),
        Kind::Text(_) | Kind::Map(_) | Kind::Other(_) => Ok(usize::from(is_medium(&value))),
        other => Err(unfit(&other, "a list").at_field(key.as_str())),
    }
}

/// Whether a value is a medium. Exported tables have empty texts, nulls, and objects of nulls where there is none.
pub(super) fn is_medium<'a, V: Value<'a>>(value: &V) -> bool {
    match value.kind() {
        Kind::Null => false,
        Kind::Text(address) => !address.is_empty(),
        Kind::Map(medium) => {
            let mut parts = [Key::Url, Key::Path, Key::Bytes].into_iter().filter_map(|key| medium.get(key)).peekable();
            // An object with other keys is a medium of some other kind.
            !medium.is_empty() && (parts.peek().is_none() || parts.any(|part| is_medium(&part)))
        }
        _ => true,
    }
}
