//! ReAct: calls and answers in the assistant's own text, between keywords. Nearly every format answers
//! this way where the assistant wrote in it.

use super::{Answer, Ending, ToolPiece, WrittenAnswers};

/// The keywords before an action, its input, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keywords {
    pub action: &'static str,
    pub input: &'static str,
    pub observation: &'static str,
}

impl Keywords {
    pub const REACT: Self = Self { action: "Action:", input: "Action Input:", observation: "Observation:" };
    pub const QWEN: Self = Self { action: "✿FUNCTION✿:", input: "✿ARGS✿:", observation: "✿RESULT✿:" };

    /// Whether `text` holds an action and its input.
    pub(super) fn acts(&self, text: &str) -> bool {
        text.contains(self.action) && text.contains(self.input)
    }

    /// What tools answered to `last`, the assistant's last text.
    pub(super) fn write_answers(&self, last: &str, answers: &[Answer<'_>]) -> WrittenAnswers {
        if !self.acts(last) {
            let pieces = answers.iter().map(|answer| ToolPiece::Text(answer.content.to_owned())).collect();
            return WrittenAnswers { ending: Ending::Same, pieces };
        }
        let mut ending = Ending::Same;
        if !last.ends_with(self.observation) {
            let line = if last.ends_with('\n') { "" } else { "\n" };
            ending = Ending::Text(format!("{last}{line}{}", self.observation));
        }
        let mut pieces = Vec::with_capacity(3 * answers.len());
        let mut push = |text: &str| pieces.push(ToolPiece::Text(text.to_owned()));
        for (index, answer) in answers.iter().enumerate() {
            if index > 0 {
                push(self.observation);
            }
            push(answer.content);
            if !answer.content.ends_with('\n') {
                push("\n");
            }
        }
        WrittenAnswers { ending, pieces }
    }
}
