//! A read-only view of JSON-like data, wherever it lives: a parsed line, Python objects, a cell of
//! an Arrow table. What a row means is written once, in `read.rs`, on top of this view.

use std::borrow::Cow;

use crate::error::RowError;
use crate::json::Json;

/// The keys that reading a row asks for. An enum, so that a source can prepare each look-up once.
///
/// The keys between [`Key::Role`] and [`Key::RejectedResponse`] are those of messages, parts and options, all others
/// those of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Key {
    Messages,
    Tools,
    ChatTemplateKwargs,
    AddEos,
    Images,
    Videos,
    Audios,
    Objects,
    Role,
    Content,
    Loss,
    LossScale,
    ToolCalls,
    FunctionCall,
    Refusal,
    Weight,
    Train,
    TrainOnTurn,
    Masked,
    ReasoningContent,
    Reasoning,
    Thinking,
    ToolCallId,
    Name,
    Tool,
    TokenIds,
    Type,
    Text,
    Image,
    ImageUrl,
    Audio,
    AudioUrl,
    InputAudio,
    Video,
    VideoUrl,
    Url,
    Path,
    Bytes,
    Source,
    EnableThinking,
    PreserveThinking,
    ResponsePrefix,
    ReasoningEffort,
    BuiltinTools,
    ThinkingEffort,
    ThinkingMode,
    RejectedResponse,
    Label,
    Margin,
    RejectedMessages,
    RejectedTools,
    RejectedImages,
    RejectedVideos,
    RejectedAudios,
    RejectedObjects,
    RejectedChatTemplateKwargs,
    RejectedAddEos,
    PositiveMessages,
    PositiveTools,
    PositiveImages,
    PositiveVideos,
    PositiveAudios,
    PositiveObjects,
    PositiveChatTemplateKwargs,
    NegativeMessages,
    NegativeTools,
    NegativeImages,
    NegativeVideos,
    NegativeAudios,
    NegativeObjects,
    NegativeChatTemplateKwargs,
}

impl Key {
    /// Every key, in the order of their discriminants.
    pub const ALL: [Key; 71] = [
        Key::Messages,
        Key::Tools,
        Key::ChatTemplateKwargs,
        Key::AddEos,
        Key::Images,
        Key::Videos,
        Key::Audios,
        Key::Objects,
        Key::Role,
        Key::Content,
        Key::Loss,
        Key::LossScale,
        Key::ToolCalls,
        Key::FunctionCall,
        Key::Refusal,
        Key::Weight,
        Key::Train,
        Key::TrainOnTurn,
        Key::Masked,
        Key::ReasoningContent,
        Key::Reasoning,
        Key::Thinking,
        Key::ToolCallId,
        Key::Name,
        Key::Tool,
        Key::TokenIds,
        Key::Type,
        Key::Text,
        Key::Image,
        Key::ImageUrl,
        Key::Audio,
        Key::AudioUrl,
        Key::InputAudio,
        Key::Video,
        Key::VideoUrl,
        Key::Url,
        Key::Path,
        Key::Bytes,
        Key::Source,
        Key::EnableThinking,
        Key::PreserveThinking,
        Key::ResponsePrefix,
        Key::ReasoningEffort,
        Key::BuiltinTools,
        Key::ThinkingEffort,
        Key::ThinkingMode,
        Key::RejectedResponse,
        Key::Label,
        Key::Margin,
        Key::RejectedMessages,
        Key::RejectedTools,
        Key::RejectedImages,
        Key::RejectedVideos,
        Key::RejectedAudios,
        Key::RejectedObjects,
        Key::RejectedChatTemplateKwargs,
        Key::RejectedAddEos,
        Key::PositiveMessages,
        Key::PositiveTools,
        Key::PositiveImages,
        Key::PositiveVideos,
        Key::PositiveAudios,
        Key::PositiveObjects,
        Key::PositiveChatTemplateKwargs,
        Key::NegativeMessages,
        Key::NegativeTools,
        Key::NegativeImages,
        Key::NegativeVideos,
        Key::NegativeAudios,
        Key::NegativeObjects,
        Key::NegativeChatTemplateKwargs,
    ];

    /// Whether a row itself may have this key.
    pub(crate) fn is_of_row(self) -> bool {
        let at = self as usize;
        at < Self::Role as usize || at >= Self::RejectedResponse as usize
    }

    /// The key as it is written in a row.
    pub fn as_str(self) -> &'static str {
        match self {
            Key::Messages => "messages",
            Key::Tools => "tools",
            Key::ChatTemplateKwargs => "chat_template_kwargs",
            Key::AddEos => "add_eos",
            Key::Images => "images",
            Key::Videos => "videos",
            Key::Audios => "audios",
            Key::Objects => "objects",
            Key::Role => "role",
            Key::Content => "content",
            Key::Loss => "loss",
            Key::LossScale => "loss_scale",
            Key::ToolCalls => "tool_calls",
            Key::FunctionCall => "function_call",
            Key::Refusal => "refusal",
            Key::Weight => "weight",
            Key::Train => "train",
            Key::TrainOnTurn => "train_on_turn",
            Key::Masked => "masked",
            Key::ReasoningContent => "reasoning_content",
            Key::Reasoning => "reasoning",
            Key::Thinking => "thinking",
            Key::ToolCallId => "tool_call_id",
            Key::Name => "name",
            Key::Tool => "tool",
            Key::TokenIds => "token_ids",
            Key::Type => "type",
            Key::Text => "text",
            Key::Image => "image",
            Key::ImageUrl => "image_url",
            Key::Audio => "audio",
            Key::AudioUrl => "audio_url",
            Key::InputAudio => "input_audio",
            Key::Video => "video",
            Key::VideoUrl => "video_url",
            Key::Url => "url",
            Key::Path => "path",
            Key::Bytes => "bytes",
            Key::Source => "source",
            Key::EnableThinking => "enable_thinking",
            Key::PreserveThinking => "preserve_thinking",
            Key::ResponsePrefix => "response_prefix",
            Key::ReasoningEffort => "reasoning_effort",
            Key::BuiltinTools => "builtin_tools",
            Key::ThinkingEffort => "thinking_effort",
            Key::ThinkingMode => "thinking_mode",
            Key::RejectedResponse => "rejected_response",
            Key::Label => "label",
            Key::Margin => "margin",
            Key::RejectedMessages => "rejected_messages",
            Key::RejectedTools => "rejected_tools",
            Key::RejectedImages => "rejected_images",
            Key::RejectedVideos => "rejected_videos",
            Key::RejectedAudios => "rejected_audios",
            Key::RejectedObjects => "rejected_objects",
            Key::RejectedChatTemplateKwargs => "rejected_chat_template_kwargs",
            Key::RejectedAddEos => "rejected_add_eos",
            Key::PositiveMessages => "positive_messages",
            Key::PositiveTools => "positive_tools",
            Key::PositiveImages => "positive_images",
            Key::PositiveVideos => "positive_videos",
            Key::PositiveAudios => "positive_audios",
            Key::PositiveObjects => "positive_objects",
            Key::PositiveChatTemplateKwargs => "positive_chat_template_kwargs",
            Key::NegativeMessages => "negative_messages",
            Key::NegativeTools => "negative_tools",
            Key::NegativeImages => "negative_images",
            Key::NegativeVideos => "negative_videos",
            Key::NegativeAudios => "negative_audios",
            Key::NegativeObjects => "negative_objects",
            Key::NegativeChatTemplateKwargs => "negative_chat_template_kwargs",
        }
    }

    /// The key that holds this field of another side of the row; `None` where that side has no such field.
    pub(super) fn of_side(self, side: Side) -> Option<Self> {
        Some(match (side, self) {
            (Side::Rejected, Self::Messages) => Self::RejectedMessages,
            (Side::Rejected, Self::Tools) => Self::RejectedTools,
            (Side::Rejected, Self::Images) => Self::RejectedImages,
            (Side::Rejected, Self::Videos) => Self::RejectedVideos,
            (Side::Rejected, Self::Audios) => Self::RejectedAudios,
            (Side::Rejected, Self::Objects) => Self::RejectedObjects,
            (Side::Rejected, Self::ChatTemplateKwargs) => Self::RejectedChatTemplateKwargs,
            (Side::Rejected, Self::AddEos) => Self::RejectedAddEos,
            (Side::Positive, Self::Messages) => Self::PositiveMessages,
            (Side::Positive, Self::Tools) => Self::PositiveTools,
            (Side::Positive, Self::Images) => Self::PositiveImages,
            (Side::Positive, Self::Videos) => Self::PositiveVideos,
            (Side::Positive, Self::Audios) => Self::PositiveAudios,
            (Side::Positive, Self::Objects) => Self::PositiveObjects,
            (Side::Positive, Self::ChatTemplateKwargs) => Self::PositiveChatTemplateKwargs,
            (Side::Negative, Self::Messages) => Self::NegativeMessages,
            (Side::Negative, Self::Tools) => Self::NegativeTools,
            (Side::Negative, Self::Images) => Self::NegativeImages,
            (Side::Negative, Self::Videos) => Self::NegativeVideos,
            (Side::Negative, Self::Audios) => Self::NegativeAudios,
            (Side::Negative, Self::Objects) => Self::NegativeObjects,
            (Side::Negative, Self::ChatTemplateKwargs) => Self::NegativeChatTemplateKwargs,
            _ => return None,
        })
    }
}

/// Another side of a row than the one in its `messages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Rejected,
    Positive,
    Negative,
}

impl Side {
    /// The field that holds its messages.
    pub fn field(self) -> &'static str {
        match self {
            Self::Rejected => "rejected_messages",
            Self::Positive => "positive_messages",
            Self::Negative => "negative_messages",
        }
    }
}

/// What a value is.
pub enum Kind<'a, V: Value<'a>> {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is not an `i64`: a fraction, or an integer beyond it.
    Float(f64),
    Text(Cow<'a, str>),
    /// A string that is not Unicode, with the reason.
    BadText(String),
    List(V::List),
    Map(V::Map),
    /// Anything else, by the name of its type.
    Other(String),
}

impl<'a, V: Value<'a>> Kind<'a, V> {
    /// What to call this kind of value in an error.
    pub fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::Text(_) | Kind::BadText(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "an object",
            Kind::Other(name) => return Cow::Owned(with_article(name)),
        })
    }
}

/// `a list`, `an ndarray`.
pub fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    format!("{article} {name}")
}

/// One value.
pub trait Value<'a>: Sized {
    type List: List<'a, Value = Self>;
    type Map: Map<'a, Value = Self>;

    /// Looks at the value.
    fn kind(&self) -> Kind<'a, Self>;

    /// Whether this is a cell of a table. A table fills fields that a value never had with nulls, and may keep a
    /// structure that fits into none of its types as JSON text.
    fn is_cell(&self) -> bool {
        false
    }

    /// Whether the table says of the cell that its text is JSON.
    fn is_json(&self) -> bool {
        false
    }

    /// The JSON text of a cell that was opened because its table says that it holds JSON.
    fn json_text(&self) -> Option<Cow<'a, str>> {
        None
    }

    /// The value as a whole, for what is written as JSON again; nulls that pad are still in it.
    ///
    /// # Errors
    ///
    /// [`RowErrorKind::WrongType`](crate::error::RowErrorKind::WrongType) or
    /// [`InvalidText`](crate::error::RowErrorKind::InvalidText) for what JSON cannot say.
    fn json(&self) -> Result<Json, RowError>;
}

/// A list of values.
pub trait List<'a> {
    type Value;

    fn len(&self) -> usize;
    /// The value at `index`, which is below [`List::len`].
    fn at(&self, index: usize) -> Self::Value;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Values by key.
pub trait Map<'a> {
    type Value;

    fn is_empty(&self) -> bool;

    /// A number of keys that this has not more than; it only saves looking for keys that cannot be there.
    fn at_most(&self) -> usize {
        usize::MAX
    }

    /// The value of `key`, where there is one.
    fn get(&self, key: Key) -> Option<Self::Value>;

    /// Calls `found` with each key that `is_known` does not know and whose value is not null.
    fn each_unknown(&self, is_known: fn(&str) -> bool, found: &mut dyn FnMut(Cow<'a, str>));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_every_key_at_its_own_index() {
        for (index, key) in Key::ALL.iter().enumerate() {
            assert_eq!(*key as usize, index);
        }
    }
}
