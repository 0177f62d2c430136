//! Harmony, the format of gpt-oss: functions in the developer message, built-in tools in the system message,
//! calls and answers as messages with a recipient. The texts are those of OpenAI's `openai-harmony` 0.0.8.

mod calls;
mod schema;
mod tools;

use super::{Agent, Answer, Before, Call, Ending, Joined, Said, ToolPiece, WrittenAnswers, WrittenTools};
use crate::error::{RowError, RowErrorKind};
use crate::json::Json;
use crate::template::Compiled;
use calls::Target;

/// What opens the next message of the assistant.
pub(crate) const NEXT: &str = "<|start|>assistant";
/// What ends a call.
pub(crate) const CALL: &str = "<|call|>";
/// What ends any other message.
pub(crate) const END: &str = "<|end|>";

/// The format.
#[derive(Debug)]
pub struct Harmony;

impl Agent for Harmony {
    fn name(&self) -> &str {
        "harmony"
    }

    fn write_tools(&self, tools: &[Json], system: Option<&str>, _first: &str) -> Result<WrittenTools, RowError> {
        Ok(WrittenTools { system: tools::write(tools, system.unwrap_or(""))?, first: None })
    }

    fn write_calls(&self, calls: &[Call]) -> Result<String, RowError> {
        Ok(calls::write(calls, &[]))
    }

    fn write_calls_to(&self, tools: &[Json], calls: &[Call]) -> Result<String, RowError> {
        Ok(calls::write(calls, tools))
    }

    fn join(&self, _before: Before<'_>, calls: String) -> Result<Joined, RowError> {
        Ok(Joined { before: None, calls })
    }

    fn write_answers(
        &self,
        said: &[Said<'_>],
        answers: &[Answer<'_>],
        _template: &Compiled,
    ) -> Result<WrittenAnswers, RowError> {
        let last = said.last().copied().flatten().unwrap_or("");
        let targets = calls::targets(last);
        // An answer without a call before it stands behind a message that nothing has closed yet.
        let is_closed = last.is_empty() || last.ends_with(CALL);
        let mut texts = Vec::with_capacity(answers.len() + 1);
        for (index, answer) in answers.iter().enumerate() {
            let mut text = String::from(if index > 0 || is_closed { "" } else { END });
            let target = calls::answered(&targets, index, answer)?;
            write_answer(&target, answer.content, &mut text);
            texts.push(text);
        }
        texts.push(NEXT.to_owned());
        let pieces = texts.into_iter().map(ToolPiece::Text).collect();
        Ok(WrittenAnswers { ending: Ending::Same, pieces })
    }

    fn write_unasked(&self, answers: &[Answer<'_>], _template: &Compiled, _round: usize) -> Result<String, RowError> {
        let mut text = String::new();
        for answer in answers {
            let target = calls::answered(&[], 0, answer)?;
            text.push_str(END);
            write_answer(&target, answer.content, &mut text);
        }
        // The prompt closes the last of them.
        text.truncate(text.len() - if answers.is_empty() { 0 } else { END.len() });
        Ok(text)
    }

    fn parse(&self, text: &str, _tools: &[Json]) -> Vec<Call> {
        super::parse::harmony(text)
    }

    fn writes_channels(&self) -> bool {
        true
    }
}

fn write_answer(target: &Target<'_>, content: &str, out: &mut String) {
    let parts =
        ["<|start|>", &target.recipient, " to=assistant<|channel|>", target.channel, "<|message|>", content, END];
    parts.into_iter().for_each(|part| out.push_str(part));
}

/// The calls in a written run that are not in the channel `analysis`.
pub(crate) fn without_analysis(run: &str) -> String {
    let kept = super::parse::messages(run).filter(|message| message.channel != Some("analysis"));
    kept.map(|message| message.whole).collect::<Vec<_>>().join(NEXT)
}

/// Whether a written answer is in the channel `analysis`.
pub(crate) fn is_in_analysis(answer: &str) -> bool {
    answer.split_once("<|message|>").is_some_and(|(header, _)| header.ends_with("<|channel|>analysis"))
}

/// The error for an answer whose tool is not known.
fn nameless() -> RowError {
    let detail = "is missing: Harmony writes the name of the tool that answers, and no call stands before this message";
    RowError::new(RowErrorKind::MissingField, detail).at_field("name")
}
