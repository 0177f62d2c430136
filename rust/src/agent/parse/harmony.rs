//! Harmony's messages, and the calls among them.

use super::super::Call;
use crate::json::{Json, parse_text};

const MESSAGE: &str = "<|message|>";
const START: &str = "<|start|>";
const CHANNEL: &str = "<|channel|>";
/// What a message's content ends before; all but the first close the message.
const ENDS: [&str; 4] = [START, "<|end|>", "<|call|>", "<|return|>"];

/// One message of a text in Harmony.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'t> {
    /// Whether the assistant wrote it.
    pub is_own: bool,
    pub recipient: Option<&'t str>,
    pub channel: Option<&'t str>,
    pub content: &'t str,
    /// The header without who wrote it, the content, and what ends it.
    pub whole: &'t str,
    /// Whether it is closed; the last message of a text may be left open.
    pub is_closed: bool,
}

/// The messages in what an assistant wrote, which goes on behind `<|start|>assistant`. Text that is no message is
/// passed over.
pub fn messages(text: &str) -> Messages<'_> {
    Messages { rest: text }
}

/// See [`messages`].
#[derive(Debug)]
pub struct Messages<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Messages<'t> {
    type Item = Message<'t>;

    fn next(&mut self) -> Option<Message<'t>> {
        let text = self.rest;
        let (header, rest) = text.split_once(MESSAGE)?;
        let (at, end) = end_of(rest);
        let length = at + if end == START { 0 } else { end.len() };
        self.rest = &rest[length..];
        let begin = header.len();
        let (author, header) = author_and_header(header);
        let whole = &text[begin - header.len()..begin + MESSAGE.len() + length];
        Some(Message {
            is_own: author == "assistant" || author.starts_with("assistant:"),
            recipient: recipient(header),
            channel: header.split_once(CHANNEL).map(|(_, channel)| word(channel)).filter(|channel| !channel.is_empty()),
            content: &rest[..at],
            whole,
            is_closed: !end.is_empty() && end != START,
        })
    }
}

/// Where a content ends, and with what; nothing where it is left open.
fn end_of(text: &str) -> (usize, &'static str) {
    for (at, _) in text.match_indices("<|") {
        if let Some(end) = ENDS.into_iter().find(|end| text[at..].starts_with(end)) {
            return (at, end);
        }
    }
    (text.len(), "")
}

/// Who wrote a message, and the rest of its header: what stands behind the last start, or the last end.
fn author_and_header(header: &str) -> (&str, &str) {
    match header.rsplit_once(START) {
        Some((_, header)) => {
            let author = word(header);
            (author, &header[author.len()..])
        }
        None => {
            let ends = ENDS.into_iter().filter_map(|end| Some(header.rfind(end)? + end.len()));
            ("assistant", &header[ends.max().unwrap_or(0)..])
        }
    }
}

fn recipient(header: &str) -> Option<&str> {
    let named = header.split_ascii_whitespace().find_map(|part| part.strip_prefix("to="));
    named.map(word).filter(|recipient| !recipient.is_empty())
}

/// What stands before white space or a mark.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '<').unwrap_or(text.len());
    &text[..end]
}

/// The calls: messages of the assistant to a tool.
pub(in super::super) fn parse(text: &str) -> Vec<Call> {
    messages(text).filter_map(call).collect()
}

fn call(message: Message<'_>) -> Option<Call> {
    let recipient = message.recipient.filter(|_| message.is_own)?;
    if matches!(recipient, "all" | "user" | "assistant" | "system" | "developer") {
        return None;
    }
    let name = recipient.strip_prefix("functions.").unwrap_or(recipient);
    let content = message.content;
    let arguments = if recipient == "python" {
        Json::Map(vec![("code".to_owned(), Json::Text(content.to_owned()))])
    } else if content.trim().is_empty() && message.is_closed {
        Json::Map(Vec::new())
    } else {
        // Where the model was cut off, arguments that cannot be read are not whole.
        parse_text(content.trim()).or_else(|| message.is_closed.then(|| Json::Text(content.to_owned())))?
    };
    (!name.is_empty()).then(|| Call { name: name.to_owned(), arguments })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(text: &str) -> Vec<(String, String)> {
        parse(text).into_iter().map(|call| (call.name, call.arguments.python_str())).collect()
    }

    fn one(name: &str, arguments: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), arguments.to_owned())]
    }

    #[test]
    fn a_recipient_may_stand_in_the_role_or_in_the_channel() {
        for header in [
            " to=functions.f<|channel|>commentary <|constrain|>json",
            " to=functions.f<|channel|>commentary<|constrain|>json",
            "<|channel|>commentary to=functions.f <|constrain|>json",
            "<|channel|>commentary to=functions.f<|constrain|>json",
            "<|channel|>commentary to=functions.f json",
            "<|channel|>analysis<|message|>t<|end|><|start|>assistant to=functions.f<|channel|>commentary",
            "<|start|>assistant:bot to=functions.f<|channel|>commentary",
        ] {
            assert_eq!(calls(&format!("{header}<|message|>{{\"a\": 1}}<|call|>")), one("f", "{'a': 1}"), "{header}");
        }
    }

    #[test]
    fn built_in_tools_keep_their_namespace() {
        assert_eq!(
            calls("<|channel|>analysis to=browser.search code<|message|>{\"query\":\"q\"}<|call|>"),
            one("browser.search", "{'query': 'q'}")
        );
        assert_eq!(
            calls(" to=python<|channel|>analysis code<|message|>f(1)<|call|>"),
            one("python", "{'code': 'f(1)'}")
        );
    }

    #[test]
    fn what_is_no_call() {
        for text in [
            "",
            "to=functions.f",
            "<|channel|>final<|message|>hi<|return|>",
            "<|channel|>commentary<|message|>a preamble<|end|>",
            "<|start|>functions.f to=assistant<|channel|>commentary<|message|>{}<|end|>",
            " to=functions.f<|channel|>commentary json<|message|>{\"a\": ",
            " to=functions.<|channel|>commentary json<|message|>{}<|call|>",
            " to=user<|channel|>commentary<|message|>{}<|end|>",
        ] {
            assert_eq!(calls(text), [], "{text}");
        }
    }

    #[test]
    fn arguments_that_are_not_json_stay_text() {
        assert_eq!(calls(" to=functions.f<|message|>{a<|call|>"), one("f", "{a"));
        assert_eq!(calls(" to=functions.f<|message|><|call|>"), one("f", "{}"));
        assert_eq!(calls(" to=functions.f<|message|>{\"a\": \"<|x|>\"}"), one("f", "{'a': '<|x|>'}"));
    }
}
