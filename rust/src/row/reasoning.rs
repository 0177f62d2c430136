//! The reasoning of an assistant that a message holds beside its content, as servers with OpenAI's API return it.

use super::{Key, Kind, Map, Role, Value};
use crate::warning::RowWarnings;

/// The keys under which it is found, in the order in which they count.
const KEYS: [Key; 3] = [Key::ReasoningContent, Key::Reasoning, Key::Thinking];

/// Reasoning of one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Reasoning {
    /// The index of the message.
    pub message: usize,
    pub text: String,
    /// The key with its place, as a warning names it.
    pub field: String,
}

/// Whether `name` is a key of reasoning.
pub(super) fn is_reasoning_key(name: &str) -> bool {
    KEYS.iter().any(|key| key.as_str() == name)
}

/// The reasoning of a message in the list at `place`; what is none is noted as unknown. `None` where it is empty.
pub(super) fn read_reasoning<'a, M>(
    message: &M,
    role: Role,
    place: &str,
    warnings: &mut RowWarnings,
) -> Option<(String, String)>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let mut found: Option<(String, String)> = None;
    for key in KEYS {
        match message.get(key).map(|value| value.kind()) {
            None | Some(Kind::Null) => {}
            Some(Kind::Text(text)) if text.is_empty() => {}
            // The same text under two names is the same reasoning.
            Some(Kind::Text(text)) if found.as_ref().is_some_and(|(known, _)| *known == text) => {}
            Some(Kind::Text(text)) if role == Role::Assistant && found.is_none() => {
                found = Some((text.into_owned(), format!("{place}.{}", key.as_str())));
            }
            Some(_) => warnings.push_key(place, key.as_str()),
        }
    }
    found
}
