//! Rules for messages as they came, before they are sorted into turns.

use std::borrow::Cow;

use crate::error::{RowError, RowErrorKind};
use crate::json::{Json, Style, dumps};
use crate::normalise::late_system;
use crate::row::{Content, MediaCounts, Message, Role, Row, ToolCall, ToolFields, answers_in_order};
use crate::text::strip;

use super::Rule;

/// The system text stands before the first message, with a separator between.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct SystemIntoQuery {
    pub separator: String,
}

/// A row that ends with a query gets an empty answer, so that it is closed.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct CloseQuery {
    /// Only where the number of messages is odd.
    pub only_odd: bool,
}

/// The first two messages are a query and a document: they become one query, behind an instruction,
/// which is the row's system text or a default.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct QueryDocument {
    pub instruction: String,
    pub before_instruction: String,
    pub before_query: String,
    pub before_document: String,
}

/// The last message ends with a marker, where no message holds it.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct MarkSteps {
    pub marker: String,
}

/// Rows need what only a media processor or the model's folder knows, and are refused without it.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct NeedsProcessor {
    /// What is missing.
    pub reason: String,
    /// Only rows without a system text are refused, where the template has no default.
    pub for_system: bool,
}

/// Answers are written in two channels, one for thinking and one for the response.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct ThinkingChannels {
    pub think_open: String,
    pub think_close: String,
    pub response_open: String,
    pub response_close: String,
}

/// Applies the rules among `rules` that are for messages.
///
/// # Errors
///
/// A [`RowError`] that names the message a rule has no use for.
pub fn apply(rules: &[Rule], row: &mut Row<'_>) -> Result<(), RowError> {
    if row.messages.iter().any(has_calls) {
        split_calls(row);
    }
    for message in &mut row.messages {
        // Rules see a call as the text that it is when it comes as one.
        if let Content::Call(call) = &message.content {
            message.content = Content::Text(Cow::Owned(dumps(call, Style::Plain)));
        }
    }
    if !row.media.is_empty() {
        add_default_tags(&mut row.messages, row.media);
    }
    for rule in rules {
        match rule {
            Rule::TrimMessages => row.messages.iter_mut().for_each(trim),
            Rule::SystemIntoQuery(rule) => rule.apply(&mut row.messages)?,
            Rule::CloseQuery(rule) => rule.apply(&mut row.messages),
            Rule::QueryDocument(rule) => rule.apply(&mut row.messages)?,
            Rule::MarkSteps(rule) => rule.apply(&mut row.messages)?,
            Rule::ThinkingChannels(rule) => rule.apply(&mut row.messages),
            Rule::NeedsProcessor(rule) if !rule.for_system => return Err(rule.refusal()),
            _ => {}
        }
    }
    Ok(())
}

fn has_calls(message: &Message<'_>) -> bool {
    message.tool.as_ref().is_some_and(|fields| !fields.calls.is_empty())
}

/// Makes each call of an assistant a message of its own, as rules count messages, and puts the answers in the order of
/// the calls.
fn split_calls(row: &mut Row<'_>) {
    let messages = std::mem::take(&mut row.messages);
    let mut order: Vec<usize> = (0..messages.len()).collect();
    for (index, message) in messages.iter().enumerate().filter(|(_, message)| has_calls(message)) {
        let begin = index + 1;
        let behind = messages[begin..].iter().position(|message| message.role != Role::Tool);
        let end = behind.map_or(messages.len(), |length| begin + length);
        let calls = message.tool.iter().flat_map(|fields| &fields.calls).map(|call| call.id.as_ref());
        let answers = messages[begin..end].iter().map(|answer| answer.tool.as_ref()?.call_id.as_ref());
        let calls: Vec<_> = calls.collect();
        if let Some(places) = answers_in_order(calls.into_iter(), answers) {
            for (answer, place) in places.into_iter().enumerate() {
                order[begin + place] = begin + answer;
            }
        }
    }
    let places: Vec<_> = order.iter().map(|index| row.place(*index)).collect();
    let mut messages: Vec<_> = messages.into_iter().map(Some).collect();
    row.places.clear();
    for (index, place) in order.into_iter().zip(places) {
        let Some(mut message) = messages[index].take() else { continue };
        let calls = message.tool.as_mut().map(|fields| (std::mem::take(&mut fields.calls), fields.nulls));
        let (calls, nulls) = calls.unwrap_or_default();
        let (loss, loss_scale) = (message.loss, message.loss_scale);
        if calls.is_empty() || message.content != Content::Null {
            row.messages.push(message);
        }
        row.messages.extend(calls.into_iter().map(|ToolCall { name, arguments, .. }| {
            let call = [("name".to_owned(), Json::Text(name)), ("arguments".to_owned(), arguments)];
            let tool = Some(Box::new(ToolFields { nulls, ..ToolFields::default() }));
            Message { role: Role::ToolCall, content: Content::Call(Json::Map(call.into())), loss, loss_scale, tool }
        }));
        row.places.resize(row.messages.len(), place);
    }
}

/// Where the messages behind a system message begin.
fn first(messages: &[Message<'_>]) -> usize {
    usize::from(messages.first().is_some_and(|message| message.role == Role::System))
}

/// The text of message `index`, or the error that says what `what` needs.
fn text_of<'m>(messages: &'m [Message<'_>], index: usize, what: &str) -> Result<&'m str, RowError> {
    let detail = match messages.get(index).map(|message| &message.content) {
        Some(Content::Text(text)) => return Ok(text),
        Some(_) => format!("is {what}; give a string"),
        None => format!("is missing: {what}; give a message with a string"),
    };
    Err(RowError::new(RowErrorKind::WrongType, detail).at_field("content").at_message(index))
}

/// Takes the system message out, where it has a text.
fn take_system<'a>(messages: &mut Vec<Message<'a>>) -> Option<Cow<'a, str>> {
    let is_system = messages.first().is_some_and(|message| message.role == Role::System);
    if !is_system {
        return None;
    }
    match &messages[0].content {
        Content::Text(_) => match messages.remove(0).content {
            Content::Text(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Puts a tag before the first message for each medium that no text names, before rules move texts.
fn add_default_tags(messages: &mut [Message<'_>], media: MediaCounts) {
    let missing = |messages: &[Message<'_>], tag: &str, count: usize| {
        let found = messages.iter().map(|message| match &message.content {
            Content::Text(text) => text.matches(tag).count(),
            _ => 0,
        });
        count.saturating_sub(found.sum())
    };
    for (tag, count) in [("<image>", media.images), ("<audio>", media.audios), ("<video>", media.videos)] {
        let tags = tag.repeat(missing(messages, tag, count));
        let from = first(messages);
        if let (false, Some(Message { content: Content::Text(text), .. })) = (tags.is_empty(), messages.get_mut(from)) {
            text.to_mut().insert_str(0, &tags);
        }
    }
}

fn strip_cow(text: &mut Cow<'_, str>) {
    match text {
        Cow::Borrowed(borrowed) => *borrowed = strip(borrowed),
        Cow::Owned(owned) => {
            let stripped = strip(owned);
            if stripped.len() != owned.len() {
                *owned = stripped.to_owned();
            }
        }
    }
}

fn trim(message: &mut Message<'_>) {
    let Content::Text(text) = &mut message.content else {
        return;
    };
    if message.role == Role::ToolCall {
        return;
    }
    strip_cow(text);
    if message.role == Role::Assistant
        && text.contains("<think>")
        && let Some((before, after)) = text.split_once("</think>")
    {
        let thinking = before.trim_end_matches('\n');
        let thinking = thinking.rsplit_once("<think>").map_or(thinking, |(_, thinking)| thinking);
        let written = format!("<think>\n{}\n</think>\n\n{}", strip(thinking), after.trim_start_matches('\n'));
        *text = Cow::Owned(written);
    }
}

impl NeedsProcessor {
    /// The error for a row that needs what is missing.
    pub fn refusal(&self) -> RowError {
        RowError::new(RowErrorKind::Unsupported, self.reason.clone())
    }
}

impl SystemIntoQuery {
    fn apply(&self, messages: &mut Vec<Message<'_>>) -> Result<(), RowError> {
        let Some(system) = take_system(messages) else {
            return Ok(());
        };
        if messages.first().is_some_and(|message| message.role == Role::System) {
            return Err(late_system().at_message(1));
        }
        let text = text_of(messages, 0, "not a text, and the system text stands before it")
            .map_err(|error| RowError { message: Some(1), ..error })?;
        messages[0].content = Content::Text(Cow::Owned(format!("{system}{}{text}", self.separator)));
        Ok(())
    }
}

impl CloseQuery {
    fn apply(&self, messages: &mut Vec<Message<'_>>) {
        let count = messages.len() - first(messages);
        let open = messages.last().is_some_and(|last| !matches!(last.role, Role::Assistant | Role::System));
        if open && (!self.only_odd || count % 2 == 1) {
            messages.push(Message::of_text(Role::Assistant, Cow::Borrowed("")));
        }
    }
}

impl QueryDocument {
    fn apply(&self, messages: &mut Vec<Message<'_>>) -> Result<(), RowError> {
        let from = first(messages);
        let query = text_of(messages, from, "the query of a pair to rank")?;
        let document = text_of(messages, from + 1, "the document of a pair to rank")?;
        let system = match messages.first() {
            Some(Message { role: Role::System, content: Content::Text(system), .. }) => system,
            _ => self.instruction.as_str(),
        };
        let Self { before_instruction, before_query, before_document, .. } = self;
        let pair = format!("{before_instruction}{system}{before_query}{query}{before_document}{document}");
        *messages = vec![Message::of_text(Role::User, Cow::Owned(pair))];
        Ok(())
    }
}

impl MarkSteps {
    fn apply(&self, messages: &mut [Message<'_>]) -> Result<(), RowError> {
        let from = first(messages);
        let marked = messages[from..].iter().any(|message| match &message.content {
            Content::Text(text) => text.contains(&self.marker),
            _ => false,
        });
        if marked || messages.len() == from {
            return Ok(());
        }
        let last = messages.len() - 1;
        let text = text_of(messages, last, "not a text, and the marker of a step stands behind it")?;
        messages[last].content = Content::Text(Cow::Owned(format!("{text}{}", self.marker)));
        Ok(())
    }
}

impl ThinkingChannels {
    fn apply(&self, messages: &mut [Message<'_>]) {
        for message in messages.iter_mut().filter(|message| message.role == Role::Assistant) {
            if let Content::Text(text) = &mut message.content
                && let Some(written) = self.write(text, true)
            {
                *text = Cow::Owned(written);
            }
        }
    }

    /// `text` in channels, or `None` where it is already. An answer that is not `complete` leaves
    /// its last channel open.
    pub fn write(&self, text: &str, complete: bool) -> Option<String> {
        let Self { think_open, think_close, response_open, response_close } = self;
        if text.starts_with(think_open.as_str()) {
            return None;
        }
        let mut written = match text.strip_prefix("<think>").map(|body| (body, body.split_once("</think>"))) {
            Some((thinking, None)) => return Some(format!("{think_open}{thinking}")),
            Some((_, Some((thinking, answer)))) => {
                format!("{think_open}{thinking}{think_close}{response_open}{answer}")
            }
            None => format!("{think_open}{think_close}{response_open}{text}"),
        };
        if complete {
            written.push_str(response_close);
        }
        Some(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::parse_row;
    use crate::rules::Rules;

    fn prepared(rule: Rule, line: &str) -> Result<Vec<(Role, String)>, String> {
        let row = parse_row(line.as_bytes()).unwrap();
        let rules = Rules::new(&[rule]);
        let row = rules.prepare(&row).map_err(|error| error.to_string())?;
        let texts = row.messages.iter().map(|message| match &message.content {
            Content::Text(text) => (message.role, text.to_string()),
            other => (message.role, format!("{other:?}")),
        });
        Ok(texts.collect())
    }

    #[test]
    fn the_system_text_stands_before_the_query() {
        let rule = || Rule::SystemIntoQuery(SystemIntoQuery { separator: " ".to_owned() });
        let line = r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}]}"#;
        assert_eq!(prepared(rule(), line).unwrap(), [(Role::User, "s q".to_owned())]);
        let line = r#"{"messages":[{"role":"system","content":"s"},{"role":"assistant","content":[1]}]}"#;
        assert_eq!(
            prepared(rule(), line).unwrap_err(),
            "message 1, field 'content': is not a text, and the system text stands before it; give a string"
        );
    }

    #[test]
    fn a_pair_becomes_one_query() {
        let rule = || {
            Rule::QueryDocument(QueryDocument {
                instruction: "rank".to_owned(),
                before_instruction: "I:".to_owned(),
                before_query: " Q:".to_owned(),
                before_document: " D:".to_owned(),
            })
        };
        let line = r#"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"d"}]}"#;
        assert_eq!(prepared(rule(), line).unwrap(), [(Role::User, "I:rank Q:q D:d".to_owned())]);
        let line = r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}]}"#;
        assert_eq!(
            prepared(rule(), line).unwrap_err(),
            "message 2, field 'content': is missing: the document of a pair to rank; give a message with a string"
        );
    }

    #[test]
    fn thinking_is_written_in_one_form() {
        let line = r#"{"messages":[{"role":"user","content":" q\n"},
            {"role":"assistant","content":"\n<think>a \n\n</think>\nb "}]}"#;
        assert_eq!(
            prepared(Rule::TrimMessages, line).unwrap(),
            [(Role::User, "q".to_owned()), (Role::Assistant, "<think>\na\n</think>\n\nb".to_owned())]
        );
    }

    #[test]
    fn an_open_row_is_closed() {
        let line = r#"{"messages":[{"role":"user","content":"q"},{"role":"user","content":"r"}]}"#;
        let rule = |only_odd| Rule::CloseQuery(CloseQuery { only_odd });
        assert_eq!(prepared(rule(true), line).unwrap().len(), 2);
        assert_eq!(prepared(rule(false), line).unwrap()[2], (Role::Assistant, String::new()));
    }

    #[test]
    fn answers_go_into_channels() {
        let channels = ThinkingChannels {
            think_open: "<t>".to_owned(),
            think_close: "</t>".to_owned(),
            response_open: "<r>".to_owned(),
            response_close: "</r>".to_owned(),
        };
        let write = |text: &str, complete| channels.write(text, complete);
        assert_eq!(write("a", true).unwrap(), "<t></t><r>a</r>");
        assert_eq!(write("<think>a</think>b", false).unwrap(), "<t>a</t><r>b");
        assert_eq!(write("<think>a", true).unwrap(), "<t>a");
        assert_eq!(write("<t>a", true), None);
    }
}
