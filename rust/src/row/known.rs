//! The keys that rows, messages and their parts may have, so that any other key can be reported.

/// The keys of a row that mean something.
pub(crate) const ROW_KEYS: &[&str] = &[
    "messages",
    "tools",
    "chat_template_kwargs",
    "add_eos",
    "images",
    "videos",
    "audios",
    "objects",
    "channel",
    "label",
    "margin",
    "rejected_response",
    "rejected_messages",
    "rejected_tools",
    "rejected_images",
    "rejected_videos",
    "rejected_audios",
    "rejected_objects",
    "rejected_chat_template_kwargs",
    "rejected_add_eos",
    "positive_messages",
    "positive_tools",
    "positive_images",
    "positive_videos",
    "positive_audios",
    "positive_objects",
    "positive_chat_template_kwargs",
    "negative_messages",
    "negative_tools",
    "negative_images",
    "negative_videos",
    "negative_audios",
    "negative_objects",
    "negative_chat_template_kwargs",
];

/// The keys of a message that mean something.
pub(crate) const MESSAGE_KEYS: &[&str] = &[
    "role",
    "content",
    "loss",
    "loss_scale",
    "tool_calls",
    "tool_call_id",
    "name",
    "tool",
    "function_call",
    "refusal",
];

/// The keys of other formats that mean something, too.
const OTHER_MESSAGE_KEYS: &[&str] =
    &["weight", "train", "train_on_turn", "masked", "reasoning_content", "reasoning", "thinking"];

/// Whether a row may have the key `name`.
pub(crate) fn is_row_key(name: &str) -> bool {
    ROW_KEYS.contains(&name)
}

/// Whether a message may have the key `name`.
pub(crate) fn is_message_key(name: &str) -> bool {
    MESSAGE_KEYS.contains(&name)
}

/// The keys of a row, and those of a message, that mean something.
pub fn known_keys() -> (Vec<&'static str>, Vec<&'static str>) {
    (ROW_KEYS.to_vec(), [MESSAGE_KEYS, OTHER_MESSAGE_KEYS].concat())
}

/// The known key that is most similar to the last key of `field`, where one is similar enough for a misspelling.
pub fn nearest_key(field: &str) -> Option<&'static str> {
    let (known, name) = match field.rsplit_once("[].") {
        Some((_, name)) => ([MESSAGE_KEYS, OTHER_MESSAGE_KEYS].concat(), name),
        None => (ROW_KEYS.to_vec(), field),
    };
    nearest(name, known.iter().copied())
}

/// The name among `known` that is most similar to `name`, where one is similar enough for a misspelling.
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let length = name.chars().count();
    if !(3..=64).contains(&length) {
        return None;
    }
    let most = if length < 6 { 1 } else { 2 };
    let plain = name.to_lowercase().replace(['-', ' '], "_");
    let nearest = known
        .map(|key| (strsim::osa_distance(&plain, &key.to_lowercase()), key))
        .min_by_key(|(distance, _)| *distance)?;
    (nearest.0 <= most).then_some(nearest.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_keys_have_a_nearest_one() {
        for (field, expected) in [
            ("mesages", Some("messages")),
            ("Messages", Some("messages")),
            ("rejected_mesages", Some("rejected_messages")),
            ("image", Some("images")),
            ("chat-template-kwargs", Some("chat_template_kwargs")),
            ("messages[].lossscale", Some("loss_scale")),
            ("messages[].tool_call", Some("tool_calls")),
            ("id", None),
            ("source", None),
            ("messages[].timestamp", None),
        ] {
            assert_eq!(nearest_key(field), expected, "{field}");
        }
    }
}
