//! Content of blocks, as Anthropic's API has it: calls of tools, their answers and thinking stand between the texts of
//! one message. Such a message becomes several. encoding.md 1.3.

use std::borrow::Cow;

use super::read::Found;
use super::tools::{ToolCall, ToolFields, answers_in_order, call_arguments, call_name, tool_id};
use super::unfit::wrong_type;
use super::{Content, MediaCounts, Message, Role};
use crate::error::{RowError, RowErrorKind};
use crate::json::{Json, Style, dumps};

/// A block that is not a text by itself.
pub(super) enum Block<'a> {
    Text(Cow<'a, str>),
    Call(ToolCall),
    Answer { text: String, call_id: Option<Json> },
}

/// Puts texts and blocks together, in the order in which they come.
#[derive(Default)]
pub(super) struct Blocks<'a> {
    blocks: Vec<Block<'a>>,
    text: Option<Cow<'a, str>>,
    /// Each with the number of blocks before it.
    thoughts: Vec<(usize, Thought)>,
}

/// What a block of thinking says.
pub(super) enum Thought {
    Text(String),
    /// Encrypted, so that nobody can read it.
    Redacted,
}

/// The calls of the last message, where they stood in its content.
#[derive(Debug, Default)]
pub(super) struct Asked {
    ids: Vec<Option<Json>>,
    /// How many messages there were after it.
    at: usize,
}

impl<'a> Blocks<'a> {
    /// Adds a text, behind the text before it.
    pub fn text(&mut self, added: Cow<'a, str>) {
        match &mut self.text {
            // A single text stays borrowed.
            Some(text) if text.is_empty() => *text = added,
            Some(text) => text.to_mut().push_str(&added),
            None => self.text = Some(added),
        }
    }

    /// Adds thinking: it belongs to the message that the next block is in.
    pub fn thought(&mut self, thought: Thought) {
        self.thoughts.push((self.blocks.len(), thought));
    }

    /// Adds any other block.
    pub fn block(&mut self, block: Block<'a>) {
        self.blocks.extend(self.text.take().map(Block::Text));
        self.blocks.push(block);
    }

    /// The text, where it makes one message.
    pub fn only_text(&mut self) -> Option<Cow<'a, str>> {
        self.blocks.is_empty().then(|| self.text.take().unwrap_or_default())
    }

    /// Whether there is thinking.
    pub fn have_thoughts(&self) -> bool {
        !self.thoughts.is_empty()
    }

    /// Notes the thinking as the reasoning of the messages from `begin` on that the blocks are in, by their index.
    pub fn note_thoughts(&self, begin: usize, places: &[usize], found: &mut Found) {
        for (block, thought) in &self.thoughts {
            let message = places.get(*block).or(places.last()).copied().unwrap_or(begin);
            match thought {
                Thought::Text(text) => found.add_thinking(message, text),
                Thought::Redacted => found.redacted_thinking(),
            }
        }
    }

    /// Appends the messages that these blocks make of `message`, whose own content does not count.
    pub fn into_messages(mut self, message: &Message<'a>, found: &mut Found, messages: &mut Vec<Message<'a>>) {
        let mut asked = std::mem::take(&mut found.asked);
        self.blocks.extend(self.text.take().map(Block::Text));
        if asked.at == messages.len() {
            align(&mut self.blocks, &asked.ids);
        }
        asked.ids.clear();
        let begin = messages.len();
        let like =
            |role, content, tool| Message { role, content, loss: message.loss, loss_scale: message.loss_scale, tool };
        let mut places = Vec::with_capacity(self.blocks.len());
        for block in std::mem::take(&mut self.blocks) {
            match block {
                Block::Text(text) => messages.push(like(message.role, Content::Text(text), None)),
                Block::Answer { text, call_id } => {
                    let fields = ToolFields { call_id, ..ToolFields::default() };
                    messages.push(like(Role::Tool, Content::Text(Cow::Owned(text)), Some(Box::new(fields))));
                }
                Block::Call(call) => {
                    asked.ids.push(call.id.clone());
                    let last = messages[begin..].last_mut().filter(|last| last.role == Role::Assistant);
                    let last = match last {
                        Some(last) => last,
                        None => {
                            messages.push(like(Role::Assistant, Content::Null, None));
                            let at = messages.len() - 1;
                            &mut messages[at]
                        }
                    };
                    let nulls = message.tool.as_ref().map(|fields| fields.nulls).unwrap_or_default();
                    let fields = last.tool.get_or_insert_with(Box::default);
                    fields.nulls = nulls;
                    fields.calls.push(call);
                }
            }
            places.push(messages.len() - 1);
        }
        asked.at = messages.len();
        found.asked = asked;
        self.note_thoughts(begin, &places, found);
    }
}

/// Puts the answers that the blocks begin with in the order of the calls, where they answer all of them by their ids.
fn align(blocks: &mut [Block<'_>], asked: &[Option<Json>]) {
    let end = blocks.iter().position(|block| !matches!(block, Block::Answer { .. })).unwrap_or(blocks.len());
    let answers = &mut blocks[..end];
    let ids = answers.iter().map(|block| match block {
        Block::Answer { call_id, .. } => call_id.as_ref(),
        _ => None,
    });
    if let Some(places) = answers_in_order(asked.iter().map(Option::as_ref), ids) {
        let mut places = places.into_iter();
        answers.sort_by_cached_key(|_| places.next());
    }
}

/// The call in a block of the type `tool_use`.
pub(super) fn read_tool_use<'a>(block: &Json) -> Result<Block<'a>, RowError> {
    let name = call_name(block).map_err(|error| error.at_field("name"))?;
    let arguments = match block.get("input") {
        None | Some(Json::Null) => Json::Map(Vec::new()),
        Some(input) => call_arguments(input.clone()).map_err(|error| error.at_field("input"))?,
    };
    let id = tool_id(block.get("id")).map_err(|error| error.at_field("id"))?;
    Ok(Block::Call(ToolCall { id, name, arguments }))
}

/// The answer in a block of the type `tool_result`; the media in it are counted in `media`.
pub(super) fn read_tool_result<'a>(block: &Json, media: &mut MediaCounts) -> Result<Block<'a>, RowError> {
    let text = match block.get("content") {
        None | Some(Json::Null) => String::new(),
        Some(Json::Text(text)) => text.clone(),
        Some(content) => answer_of_parts(content, media).unwrap_or_else(|| dumps(content, Style::Plain)),
    };
    let call_id = tool_id(block.get("tool_use_id")).map_err(|error| error.at_field("tool_use_id"))?;
    Ok(Block::Answer { text, call_id })
}

/// The text of thinking: a string, or parts with a text each.
pub(super) fn read_thinking(block: &Json) -> Result<String, RowError> {
    const EXPECTED: &str = "a string";
    match block.get("thinking") {
        Some(Json::Text(text)) => Ok(text.clone()),
        Some(parts @ Json::List(_)) => answer_of_parts(parts, &mut MediaCounts::default())
            .ok_or_else(|| wrong_type("a list of what is not text".into(), EXPECTED)),
        None | Some(Json::Null) => {
            Err(RowError::new(RowErrorKind::MissingField, format!("is missing; give {EXPECTED}")))
        }
        Some(other) => Err(wrong_type(other.kind_name().into(), EXPECTED)),
    }
}

/// The text of a tool's answer that consists of parts: texts, and a tag for each medium. `None` for any other value.
pub(super) fn answer_of_parts(content: &Json, media: &mut MediaCounts) -> Option<String> {
    let parts = content.items().filter(|parts| !parts.is_empty())?;
    let (mut text, mut found) = (String::new(), MediaCounts::default());
    for part in parts {
        let kind = part.get("type")?.as_str()?;
        match kind {
            "text" | "input_text" | "output_text" => text.push_str(part.get("text")?.as_str()?),
            "refusal" => text.push_str(part.get("refusal")?.as_str()?),
            "image" | "image_url" | "input_image" => {
                text.push_str("<image>");
                found.images += usize::from(is_medium(part, &["image", "image_url", "source"])?);
            }
            "audio" | "audio_url" | "input_audio" => {
                text.push_str("<audio>");
                found.audios += usize::from(is_medium(part, &["audio", "audio_url", "input_audio"])?);
            }
            "video" | "video_url" => {
                text.push_str("<video>");
                found.videos += usize::from(is_medium(part, &["video", "video_url"])?);
            }
            _ => return None,
        }
    }
    *media = media.with(found);
    Some(text)
}

/// Whether a part brings a medium under one of `keys`; `None` where it has none of these keys.
fn is_medium(part: &Json, keys: &[&str]) -> Option<bool> {
    let medium = keys.iter().find_map(|key| part.get(key))?;
    Some(match medium {
        Json::Map(fields) => fields.iter().any(|(_, value)| value.is_truthy()),
        other => other.is_truthy(),
    })
}
