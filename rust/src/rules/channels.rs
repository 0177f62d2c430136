//! Harmony's channels: thinking in `analysis`, what is said before a call in `commentary`, answers in `final`.

use crate::agent::ToolPiece;
use crate::agent::harmony::{self, CALL, END, NEXT};
use crate::normalise::{Conversation, Part, Speaker, Turn};
use crate::text::strip;

const ANALYSIS: &str = "<|channel|>analysis<|message|>";
const COMMENTARY: &str = "<|channel|>commentary<|message|>";
const FINAL: &str = "<|channel|>final<|message|>";
const CHANNEL: &str = "<|channel|>";

/// How the thinking of a row with tools is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Analysis {
    /// All of it is kept.
    Kept,
    /// Once the last answer is final, that before the first final one is dropped.
    Dropped,
    /// The same, and the last round keeps its own.
    DroppedInHistory,
}

/// Puts each answer into the channel `final`, unless it says its channel itself.
pub(super) fn open_answers(conversation: &mut Conversation<'_>) {
    for part in super::turns::answers(&mut conversation.turns).filter_map(Turn::single) {
        if part.whole().is_some_and(|text| !text.starts_with(CHANNEL)) {
            part.put_before(FINAL);
        }
    }
}

/// Writes the assistant's messages of a row with tools, each in its channel.
pub(super) fn write_channels(conversation: &mut Conversation<'_>, analysis: Analysis) {
    let turns = &mut conversation.turns;
    let mut drops = analysis != Analysis::Kept && ends_final(turns);
    let last_user = turns.iter().rposition(|turn| turn.speaker == Speaker::User).unwrap_or(0);
    // Whether nothing is left of the assistant's turn before.
    let mut is_empty = false;
    for index in 0..turns.len() {
        let is_answered = turns.get(index + 1).is_some_and(|next| next.speaker == Speaker::Tool);
        let turn = &mut turns[index];
        if analysis == Analysis::DroppedInHistory && index > last_user {
            drops = false;
        }
        match turn.speaker {
            Speaker::User => {}
            Speaker::Assistant => {
                write_turn(&mut turn.parts, &mut drops, is_answered);
                is_empty = turn.parts.iter().all(|part| part.whole().is_some_and(|text| text.is_empty()));
            }
            Speaker::Tool if drops => {
                turn.pieces.retain(|piece| !matches!(piece, ToolPiece::Text(text) if harmony::is_in_analysis(text)));
                if is_empty {
                    // The assistant's next message goes on where this one would have begun.
                    turn.pieces.clear();
                }
            }
            Speaker::Tool => {}
        }
    }
}

/// Whether the assistant's last message is one in `final`.
fn ends_final(turns: &[Turn<'_>]) -> bool {
    let last = turns.iter().rfind(|turn| turn.speaker == Speaker::Assistant).and_then(|turn| turn.parts.last());
    last.is_some_and(|part| match part.whole() {
        Some(text) if !part.is_calls => !says_channel(&text) || text.rfind(CHANNEL) == text.rfind("<|channel|>final"),
        _ => false,
    })
}

/// Whether a text is written in channels already.
fn says_channel(text: &str) -> bool {
    let may_open = text.starts_with("<|start|>") || text.starts_with(" to=");
    text.starts_with(CHANNEL) || (may_open && text.contains("<|message|>"))
}

/// Writes the messages of one turn. Calls in `analysis` are dropped with the thinking, once they are answered.
fn write_turn(parts: &mut [Part<'_>], drops: &mut bool, is_answered: bool) {
    // Whether a message of this turn stands before: the first is opened by the prompt.
    let mut follows = false;
    for index in 0..parts.len() {
        let before_call = parts.get(index + 1).is_some_and(|next| next.is_calls);
        let is_last = index + 1 == parts.len();
        let part = &mut parts[index];
        let Some(text) = part.whole() else {
            follows = false;
            continue;
        };
        let mut writer = Writer { out: String::new(), follows };
        let mut closes = false;
        if part.is_calls && *drops && is_answered {
            let kept = harmony::without_analysis(&text);
            if !kept.is_empty() {
                writer.open(&[&kept]);
            }
            closes = true;
        } else if part.is_calls || says_channel(&text) {
            writer.open(&[&text]);
            closes = [CALL, END, "<|return|>"].into_iter().any(|end| text.ends_with(end));
            *drops &= part.is_calls || !text.contains("<|channel|>final");
            if !is_last && !closes {
                writer.out.push_str(END);
            }
        } else {
            let (thinking, said) = split_thinking(&text);
            if !*drops && !strip(thinking).is_empty() {
                writer.open(&[ANALYSIS, thinking, END]);
            }
            if !before_call {
                writer.open(&[FINAL, said, if is_last { "" } else { END }]);
                *drops = false;
            } else if !strip(said).is_empty() {
                writer.open(&[COMMENTARY, said, END]);
            }
        }
        follows = writer.follows;
        let out = writer.out;
        part.rewrite(out);
        part.closes = closes;
    }
}

/// The messages of a turn, one after the other.
struct Writer {
    out: String,
    follows: bool,
}

impl Writer {
    fn open(&mut self, parts: &[&str]) {
        let opening = if self.follows { NEXT } else { "" };
        std::iter::once(&opening).chain(parts).for_each(|part| self.out.push_str(part));
        self.follows = true;
    }
}

/// The thinking that a text begins with, without the line breaks around it, and the rest.
fn split_thinking(text: &str) -> (&str, &str) {
    let inside = text.trim_start().strip_prefix("<think>").and_then(|rest| rest.split_once("</think>"));
    let Some((thinking, said)) = inside else { return ("", text) };
    let thinking = thinking.strip_prefix('\n').unwrap_or(thinking);
    let thinking = thinking.strip_suffix('\n').unwrap_or(thinking);
    let said = said.strip_prefix('\n').unwrap_or(said);
    (thinking, said.strip_prefix('\n').unwrap_or(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_told_from_what_is_said() {
        assert_eq!(split_thinking("<think>\na\n\n</think>\n\n\nb"), ("a\n", "\nb"));
        assert_eq!(split_thinking("\n<think>a</think>b"), ("a", "b"));
        assert_eq!(split_thinking("<think>a"), ("", "<think>a"));
        assert_eq!(split_thinking("a<think>b</think>"), ("", "a<think>b</think>"));
    }
}
