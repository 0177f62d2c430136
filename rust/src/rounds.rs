//! Rounds with tools: runs of calls become one text of the assistant, and what tools answer opens a
//! round of its own, or ends the user's text where nobody asked. encoding.md 1.3 and 1.6.

use std::borrow::Cow;

use crate::agent::{Agent, Answer, Before, Call, Ending, agent_formats};
use crate::error::{RowError, RowErrorKind};
use crate::json::{Json, parse_text};
use crate::normalise::{Part, PartContent, Speaker, Turn, part};
use crate::row::{Content, Message, Role, ToolCall, answers_in_order, call_arguments, call_name};
use crate::template::Compiled;

/// What writes the messages to and from tools.
#[derive(Debug, Clone, Copy)]
pub enum ToolWriter<'w> {
    /// Nothing does: such messages are refused.
    None,
    Template {
        agent: Option<&'w dyn Agent>,
        template: &'w Compiled,
        /// The tools that the row declares.
        declared: &'w [Json],
    },
}

impl<'w> ToolWriter<'w> {
    /// The format and the template.
    ///
    /// # Errors
    ///
    /// [`RowErrorKind::Unsupported`] where there is no format.
    pub fn get(self) -> Result<(&'w dyn Agent, &'w Compiled), RowError> {
        let name = match self {
            Self::Template { agent: Some(agent), template, .. } => return Ok((agent, template)),
            Self::Template { template, .. } => template.template_type.as_str(),
            Self::None => "",
        };
        let known: Vec<_> = agent_formats().iter().map(|format| format.name()).collect();
        let detail = format!(
            "template '{name}' has no agent format to write tools with; give agent_template=..., one of {}",
            known.join(", ")
        );
        Err(RowError::new(RowErrorKind::Unsupported, detail))
    }

    fn declared(self) -> &'w [Json] {
        match self {
            Self::Template { declared, .. } => declared,
            Self::None => &[],
        }
    }
}

/// A run of calls that is not written yet.
#[derive(Debug, Default)]
pub(crate) struct Run {
    calls: Vec<Call>,
    /// The message that the run begins with.
    first: usize,
    /// What the first call that says anything of it says, null included.
    loss: Option<Option<bool>>,
    loss_scale: Option<Option<f64>>,
}

/// Sorts messages into turns, one after the other.
pub(crate) struct Sorter<'a, 'w> {
    pub turns: Vec<Turn<'a>>,
    pub calls: Run,
    pub tools: ToolWriter<'w>,
}

impl<'a> Sorter<'a, '_> {
    /// Whether an assistant's message without content is a turn still to be answered.
    pub fn opens_turn(&self, message: &Message<'_>) -> bool {
        message.role == Role::Assistant
            && message.tool.is_none()
            && self.calls.calls.is_empty()
            && self.turns.last().is_none_or(|turn| turn.speaker != Speaker::Assistant)
    }

    /// Takes a message of a user or an assistant, or a call; `first` is how many messages went before
    /// the first of the conversation.
    pub fn message(&mut self, message: &'a Message<'_>, index: usize, first: usize) -> Result<(), RowError> {
        if message.role == Role::ToolCall {
            let call = read_call(&message.content).map_err(|error| error.at_field("content"))?;
            self.call(message, index, call);
            return Ok(());
        }
        let calls: &[ToolCall] = message.tool.as_ref().map_or(&[], |tool| &tool.calls);
        if calls.is_empty() || message.content != Content::Null {
            self.flush(first)?;
            self.push(message)?;
        }
        for ToolCall { name, arguments, .. } in calls {
            self.call(message, index, Call { name: name.clone(), arguments: arguments.clone() });
        }
        Ok(())
    }

    fn push(&mut self, message: &'a Message<'_>) -> Result<(), RowError> {
        let speaker = if message.role == Role::User { Speaker::User } else { Speaker::Assistant };
        let part = part(message, speaker)?;
        match self.turns.last_mut() {
            Some(turn) if turn.speaker == speaker => turn.parts.push(part),
            Some(turn) if turn.speaker == Speaker::Tool && speaker == Speaker::User => {
                let detail = "a user's message stands behind a tool's; give the assistant's answer between them";
                return Err(RowError::new(RowErrorKind::RoleOrder, detail).at_field("role"));
            }
            _ => self.turns.push(Turn::new(speaker, part)),
        }
        Ok(())
    }

    fn call(&mut self, message: &Message<'_>, index: usize, call: Call) {
        let run = &mut self.calls;
        if run.calls.is_empty() {
            run.first = index;
        }
        run.calls.push(call);
        let nulls = message.tool.as_ref().map(|fields| fields.nulls).unwrap_or_default();
        run.loss = run.loss.or(message.loss.map(Some)).or(nulls.loss.then_some(None));
        run.loss_scale = run.loss_scale.or(message.loss_scale.map(Some)).or(nulls.loss_scale.then_some(None));
    }

    /// Writes the run of calls that ends here.
    pub fn flush(&mut self, first: usize) -> Result<(), RowError> {
        let run = std::mem::take(&mut self.calls);
        if run.calls.is_empty() {
            return Ok(());
        }
        let place = |error: RowError| error.at_field("content").at_message(run.first + first);
        let (agent, _) = self.tools.get().map_err(|error| error.at_field("role").at_message(run.first + first))?;
        let written = agent.write_calls_to(self.tools.declared(), &run.calls).map_err(place)?;
        let last = self.turns.last_mut().filter(|turn| turn.speaker == Speaker::Assistant);
        let before = match last.as_ref().and_then(|turn| turn.parts.last()).map(|part| &part.content) {
            None => Before::NoAssistant,
            Some(PartContent::Text(text)) => Before::Text(text),
            Some(_) => Before::Ids,
        };
        let joined = agent.join(before, written).map_err(place)?;
        let content = PartContent::Text(Cow::Owned(joined.calls));
        let part = Part { is_calls: true, ..Part::new(content, run.loss.flatten(), run.loss_scale.flatten()) };
        match last {
            None => self.turns.push(Turn::new(Speaker::Assistant, part)),
            Some(turn) => {
                if let (Some(text), Some(last)) = (joined.before, turn.parts.last_mut()) {
                    last.content = PartContent::Text(Cow::Owned(text));
                }
                turn.parts.push(part);
            }
        }
        Ok(())
    }

    /// The number of the round that the last turn belongs to.
    fn round(&self, template: &Compiled) -> usize {
        if template.chat_sep.is_none() {
            return 0;
        }
        // Turns alternate between the assistant and others.
        let begins_alone = self.turns.first().is_some_and(|turn| turn.speaker == Speaker::Assistant);
        let opened = (self.turns.len() + usize::from(!begins_alone)) / 2;
        debug_assert_eq!(opened, self.turns.iter().filter(|turn| turn.speaker != Speaker::Assistant).count());
        (opened + usize::from(begins_alone)).saturating_sub(1)
    }

    /// Takes the run of tools' messages that begins at `from`, and says where it ends.
    pub fn answers(&mut self, messages: &'a [Message<'_>], from: usize) -> Result<usize, RowError> {
        let end = messages[from..].iter().position(|message| message.role != Role::Tool);
        let end = end.map_or(messages.len(), |length| from + length);
        if from == 0 {
            let detail = "a tool's message stands before any other; give the call that it answers before it";
            return Err(RowError::new(RowErrorKind::RoleOrder, detail).at_field("role"));
        }
        let (agent, template) = self.tools.get().map_err(|error| error.at_field("role"))?;
        let answers: Vec<_> = in_order(&messages[from - 1], &messages[from..end]).into_iter().map(answer).collect();
        let is_unasked = self.turns.last().is_some_and(|turn| turn.speaker == Speaker::User);
        let round = if is_unasked { self.round(template) } else { 0 };
        let Some(turn) = self.turns.last_mut() else { return Ok(end) };
        if is_unasked {
            let unasked = agent.write_unasked(&answers, template, round)?;
            if let Some(Part { content: PartContent::Text(text), .. }) = turn.parts.last_mut() {
                text.to_mut().push_str(&unasked);
            }
            return Ok(end);
        }
        let said: Vec<_> = turn.parts.iter().map(|part| text_of(&part.content)).collect();
        let written = agent.write_answers(&said, &answers, template)?;
        if let (Ending::Text(text), Some(last)) = (written.ending, turn.parts.last_mut()) {
            last.content = PartContent::Text(Cow::Owned(text));
        }
        self.turns.push(Turn { speaker: Speaker::Tool, parts: Vec::new(), pieces: written.pieces });
        Ok(end)
    }
}

fn text_of<'p>(content: &'p PartContent<'_>) -> Option<&'p str> {
    match content {
        PartContent::Text(text) => Some(text),
        _ => None,
    }
}

/// The call in a message of its own.
fn read_call(content: &Content<'_>) -> Result<Call, RowError> {
    const CALL: &str = "{\"name\": ..., \"arguments\": {...}}";
    let parsed;
    let call = match content {
        Content::Call(call) => call,
        Content::Text(text) => {
            parsed = parse_text(text).ok_or_else(|| {
                let detail = format!("is a string that is neither JSON nor a Python literal; give {CALL}");
                RowError::new(RowErrorKind::WrongValue, detail)
            })?;
            &parsed
        }
        _ => &Json::Null,
    };
    if call.fields().is_none() {
        return Err(RowError::new(RowErrorKind::WrongType, format!("is {}; give {CALL}", call.kind_name())));
    }
    let name = call_name(call).map_err(|error| error.at_field("content.name"))?;
    let given = call.get("arguments").filter(|arguments| **arguments != Json::Null).or_else(|| call.get("parameters"));
    let given = given.ok_or_else(|| {
        RowError::new(RowErrorKind::MissingField, "is missing; give an object").at_field("content.arguments")
    })?;
    let arguments = call_arguments(given.clone()).map_err(|error| error.at_field("content.arguments"))?;
    Ok(Call { name, arguments })
}

/// The answers in the order of the calls, where they answer all of them by their ids.
fn in_order<'m, 'a>(asked: &'m Message<'_>, answers: &'m [Message<'a>]) -> Vec<&'m Message<'a>> {
    let mut ordered: Vec<_> = answers.iter().collect();
    let calls: &[ToolCall] = asked.tool.as_ref().map_or(&[], |tool| &tool.calls);
    let ids = answers.iter().map(|message| message.tool.as_ref()?.call_id.as_ref());
    if let Some(places) = answers_in_order(calls.iter().map(|call| call.id.as_ref()), ids) {
        let mut places = places.into_iter();
        ordered.sort_by_cached_key(|_| places.next());
    }
    ordered
}

fn answer<'m>(message: &'m Message<'_>) -> Answer<'m> {
    let content = match &message.content {
        Content::Text(text) => text.as_ref(),
        _ => "",
    };
    let fields = message.tool.as_deref();
    Answer {
        content,
        name: fields.and_then(|fields| fields.name.as_deref()),
        tool: fields.and_then(|fields| fields.tool.as_deref()),
        call_id: fields.and_then(|fields| fields.call_id.as_ref()),
    }
}
