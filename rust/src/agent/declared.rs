//! A format as data: [`Agent`] for what declarations say.

use std::borrow::Cow;

use super::fill::fill;
use super::parse::Parser;
use super::react::Keywords;
use super::{
    Agent, Answer, Before, Call, Calls, Ending, Joined, Said, ToolList, ToolPiece, WrittenAnswers, WrittenTools,
};
use crate::error::{RowError, RowErrorKind};
use crate::json::{Json, write_string};
use crate::template::{Compiled, Fixed, Piece, Slot};

/// A format, declared.
#[derive(Debug, Clone)]
pub struct Declared {
    pub name: Cow<'static, str>,
    pub tools: ToolList,
    pub calls: Calls,
    pub answers: Answers,
    pub unasked: Standalone,
    /// What an assistant's text holds where the answers go into the text, as in ReAct.
    pub keywords: Option<Keywords>,
    /// Whether the last text of several is looked at for these keywords; else they count in a turn of one.
    pub looks_at_last: bool,
    pub parser: Parser,
}

/// How answers stand where the next prompt would. `each` is filled with `{{ANSWER}}`, `{{ANSWER_JSON}}`,
/// `{{NAME}}` (the tool's name, or `unknown`) and `{{CALL_ID}}`.
#[derive(Debug, Clone)]
pub enum Answers {
    /// In the assistant's own text, see [`Keywords`].
    InText,
    /// As the query of the template's own prompt, behind its separator.
    AsQuery {
        each: Cow<'static, str>,
        between: Cow<'static, str>,
        whole: Cow<'static, str>,
        /// What is written in place of a word of the prompt.
        rename: Option<(&'static str, &'static str)>,
        /// Whether a template without a separator will do.
        separator_optional: bool,
    },
    /// As texts of their own: each a piece by itself, or all one piece.
    AsTexts {
        before: Cow<'static, str>,
        each: Cow<'static, str>,
        between: Cow<'static, str>,
        after: Cow<'static, str>,
        joined: bool,
        /// What stands around them where they are one piece.
        around: (Cow<'static, str>, Cow<'static, str>),
    },
    /// By a function of the assistant's texts and the answers.
    Written(fn(&[Said<'_>], &[Answer<'_>]) -> WrittenAnswers),
}

/// How answers that nobody asked for stand behind a user's text.
#[derive(Debug, Clone)]
pub enum Standalone {
    Refused,
    /// `before`, then each answer.
    Text {
        before: Cow<'static, str>,
        each: Cow<'static, str>,
    },
    /// As a query of its own, the way [`Answers::AsQuery`] writes it, without what follows a query.
    AsQuery,
}

impl Answers {
    /// Answers in the template's own prompt.
    pub fn as_query(each: &'static str, between: &'static str, whole: &'static str) -> Self {
        Self::AsQuery {
            each: Cow::Borrowed(each),
            between: Cow::Borrowed(between),
            whole: Cow::Borrowed(whole),
            rename: None,
            separator_optional: false,
        }
    }

    /// Answers as texts of their own.
    pub fn as_texts(
        before: &'static str,
        each: &'static str,
        between: &'static str,
        after: &'static str,
        joined: bool,
    ) -> Self {
        Self::AsTexts {
            before: Cow::Borrowed(before),
            each: Cow::Borrowed(each),
            between: Cow::Borrowed(between),
            after: Cow::Borrowed(after),
            joined,
            around: (Cow::Borrowed(""), Cow::Borrowed("")),
        }
    }

    /// The same texts, which are one piece, with others around them.
    pub fn within(self, open: &'static str, close: &'static str) -> Self {
        match self {
            Self::AsTexts { before, each, between, after, joined, .. } => {
                Self::AsTexts { before, each, between, after, joined, around: (open.into(), close.into()) }
            }
            other => other,
        }
    }

    fn write(&self, answers: &[Answer<'_>]) -> Vec<ToolPiece> {
        match self {
            Self::InText | Self::Written(_) => Vec::new(),
            Self::AsQuery { rename, .. } => {
                vec![ToolPiece::Separator, ToolPiece::Prompt { query: self.query(answers), rename: *rename }]
            }
            Self::AsTexts { before, each, between, after, joined: true, around: (open, close) } => {
                let whole = format!("{open}{}{close}", join(each, between, answers));
                let texts = [before.to_string(), whole, after.to_string()];
                texts.into_iter().map(ToolPiece::Text).collect()
            }
            Self::AsTexts { before, each, between, after, joined: false, .. } => {
                let mut pieces = vec![ToolPiece::Text(before.to_string())];
                for (index, answer) in answers.iter().enumerate() {
                    if index > 0 {
                        pieces.push(ToolPiece::Text(between.to_string()));
                    }
                    pieces.push(ToolPiece::Text(one(each, answer)));
                }
                pieces.push(ToolPiece::Text(after.to_string()));
                pieces
            }
        }
    }

    /// All answers as one query.
    fn query(&self, answers: &[Answer<'_>]) -> String {
        let Self::AsQuery { each, between, whole, .. } = self else { return String::new() };
        let joined = join(each, between, answers);
        let mut out = String::with_capacity(whole.len() + joined.len());
        fill(whole, &mut out, |name, out| {
            if name == "ANSWERS" {
                out.push_str(&joined);
            }
            name == "ANSWERS"
        });
        out
    }
}

fn join(each: &str, between: &str, answers: &[Answer<'_>]) -> String {
    answers.iter().map(|answer| one(each, answer)).collect::<Vec<_>>().join(between)
}

fn one(each: &str, answer: &Answer<'_>) -> String {
    let mut out = String::with_capacity(each.len() + answer.content.len());
    fill(each, &mut out, |name, out| {
        match name {
            "ANSWER" => out.push_str(answer.content),
            "ANSWER_JSON" => write_string(answer.content, out),
            "NAME" => out.push_str(answer.name.unwrap_or("unknown")),
            "CALL_ID" => out.push_str(&answer.written_id()),
            _ => return false,
        }
        true
    });
    out
}

impl Agent for Declared {
    fn name(&self) -> &str {
        &self.name
    }

    fn write_tools(&self, tools: &[Json], system: Option<&str>, first: &str) -> Result<WrittenTools, RowError> {
        if self.tools.in_first_message {
            let first = Some(self.tools.write(tools, None)? + first);
            return Ok(WrittenTools { system: system.unwrap_or("").to_owned(), first });
        }
        Ok(WrittenTools { system: self.tools.write(tools, system)?, first: None })
    }

    fn write_calls(&self, calls: &[Call]) -> Result<String, RowError> {
        self.calls.write(calls)
    }

    fn join(&self, before: Before<'_>, calls: String) -> Result<Joined, RowError> {
        Ok(self.calls.joint.join(before, calls))
    }

    fn write_answers(
        &self,
        said: &[Said<'_>],
        answers: &[Answer<'_>],
        template: &Compiled,
    ) -> Result<WrittenAnswers, RowError> {
        if matches!(self.answers, Answers::InText) {
            let keywords = self.keywords.unwrap_or(Keywords::REACT);
            // Token ids hold no keywords.
            return Ok(keywords.write_answers(said.last().copied().flatten().unwrap_or(""), answers));
        }
        let looked_at = if said.len() == 1 || self.looks_at_last { said.last().copied().flatten() } else { None };
        if let (Some(keywords), Some(text)) = (&self.keywords, looked_at)
            && keywords.acts(text)
        {
            return Ok(keywords.write_answers(text, answers));
        }
        if let Answers::Written(write) = self.answers {
            return Ok(write(said, answers));
        }
        if let Answers::AsQuery { separator_optional: false, .. } = self.answers
            && template.chat_sep.is_none()
        {
            return Err(one_round_only(template));
        }
        Ok(WrittenAnswers { ending: Ending::Same, pieces: self.answers.write(answers) })
    }

    fn write_unasked(&self, answers: &[Answer<'_>], template: &Compiled, round: usize) -> Result<String, RowError> {
        match &self.unasked {
            Standalone::Text { before, each } => Ok(format!("{before}{}", join(each, "", answers))),
            Standalone::AsQuery => query_text(template, &self.answers.query(answers), round),
            Standalone::Refused => {
                let detail = format!(
                    "a tool's message stands behind no call, and agent format '{}' cannot write that; \
                     put the call before it, or give another agent_template",
                    self.name
                );
                Err(RowError::new(RowErrorKind::RoleOrder, detail).at_field("role"))
            }
        }
    }

    fn parse(&self, text: &str, tools: &[Json]) -> Vec<Call> {
        self.parser.parse(text, tools)
    }
}

fn one_round_only(template: &Compiled) -> RowError {
    let detail = format!(
        "template '{}' writes one round only, and tools need several; give a template with `chat_sep`",
        template.template_type
    );
    RowError::new(RowErrorKind::Unsupported, detail).at_field("role")
}

/// The separator and the prompt up to and with its query, as text.
fn query_text(template: &Compiled, query: &str, round: usize) -> Result<String, RowError> {
    let not_text = || {
        let detail =
            format!("template '{}' has no text around a query that an answer could stand in", template.template_type);
        RowError::new(RowErrorKind::Unsupported, detail).at_field("role")
    };
    let mut out = String::new();
    for piece in template.chat_sep.iter().flat_map(|closing| &closing.pieces) {
        match piece {
            Fixed::Text(text) => out.push_str(text),
            Fixed::Ids(_) => return Err(not_text()),
        }
    }
    for piece in &template.prompt {
        let Piece::Text(slots) = piece else { return Err(not_text()) };
        for slot in slots {
            match slot {
                Slot::Literal(text) => out.push_str(text),
                Slot::Query => return Ok(out + query),
                Slot::System => out.push_str("{{SYSTEM}}"),
                Slot::Round0 => out.push_str(&round.to_string()),
                Slot::Round1 => out.push_str(&(round + 1).to_string()),
            }
        }
    }
    Err(not_text())
}
