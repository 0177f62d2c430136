//! A budget of tokens for thinking: the system text names it, answers are tagged for it, and a
//! budget of nothing opens the answer.

use crate::error::{RowError, RowErrorKind};
use crate::normalise::{Conversation, Part, PartContent, Speaker};
use crate::text::{is_space, strip};
use crate::tokenizer::Tokenizer;

use super::turns::answers;

const OPENING: &str = "<think>";
const CLOSING: &str = "</think>";

/// A budget of tokens for thinking, as Seed-OSS has it.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct ThinkingBudget {
    /// How many tokens; `None` for as many as the longest thinking of the row has.
    pub budget: Option<i64>,
    /// Whether the system text and the answers say so.
    pub enabled: bool,
    /// Whether thinking is interrupted by remarks on how much of the budget is left.
    pub remarks: bool,
    /// What stands between the row's system text and the one that names the budget.
    pub between_systems: String,
    /// The system text, with `{{BUDGET}}` and `{{INTERVAL}}` filled in.
    pub system: String,
    /// The system text where the budget is 0.
    pub system_none: String,
    pub think_open: String,
    pub think_close: String,
    /// A remark, with `{{USED}}` and `{{LEFT}}` filled in.
    pub remark: String,
    /// What marks a remark: thinking that holds it gets no others.
    pub remark_open: String,
    /// The remark that a budget of 0 gets.
    pub remark_none: String,
    /// What the prompt ends with where it is to be answered within a budget of 0.
    pub prompt_end: String,
}

impl ThinkingBudget {
    /// Names the budget in the system text and tags the answers.
    pub(super) fn apply(&self, conversation: &mut Conversation<'_>, tokenizer: &Tokenizer) -> Result<(), RowError> {
        if !self.enabled {
            return Ok(());
        }
        let budget = self.budget_of(conversation, tokenizer)?;
        let named = if budget > 0 {
            let system = self.system.replace("{{BUDGET}}", &budget.to_string());
            system.replace("{{INTERVAL}}", &interval(budget).to_string())
        } else {
            self.system_none.clone()
        };
        conversation.system = Some(match conversation.system.as_deref() {
            Some(system) if !system.is_empty() => format!("{system}{}{named}", self.between_systems).into(),
            _ => named.into(),
        });
        for turn in answers(&mut conversation.turns) {
            self.tag(&mut turn.parts, budget, tokenizer)?;
        }
        Ok(())
    }

    /// What an open row ends with, where `last` is how its text ends: tokenized apart from it.
    ///
    /// # Errors
    ///
    /// [`RowErrorKind::Tokenizer`] where the tokenizer refuses a text.
    pub fn opening(
        &self,
        last: &str,
        conversation: &Conversation<'_>,
        tokenizer: &Tokenizer,
    ) -> Result<Option<String>, RowError> {
        if !last.ends_with(self.prompt_end.as_str()) || self.budget_of(conversation, tokenizer)? != 0 {
            return Ok(None);
        }
        Ok(Some(format!("{}{}", self.think_open, self.remark_open)))
    }

    fn budget_of(&self, conversation: &Conversation<'_>, tokenizer: &Tokenizer) -> Result<i64, RowError> {
        let tokens = match self.budget {
            Some(budget) => budget,
            None => longest_thinking(conversation, tokenizer)?,
        };
        Ok(rounded_up(tokens))
    }

    fn tag(&self, parts: &mut [Part<'_>], budget: i64, tokenizer: &Tokenizer) -> Result<(), RowError> {
        let thinks = |part: &Part<'_>| part.whole().is_some_and(|text| thinking_in(&text).is_some());
        let thinking = parts.iter().any(&thinks);
        for (index, part) in parts.iter_mut().enumerate() {
            if thinking && !thinks(part) || !thinking && index > 0 {
                continue;
            }
            let tagged = match part.whole() {
                Some(text) => self.tagged(&text, budget, tokenizer)?,
                None => continue, // ids are taken as they are
            };
            part.rewrite(tagged);
        }
        Ok(())
    }

    fn tagged(&self, text: &str, budget: i64, tokenizer: &Tokenizer) -> Result<String, RowError> {
        let Self { think_open, think_close, .. } = self;
        if let Some((before, thinking, after)) = thinking_in(text) {
            let remarked = self.remarks && !text.contains(self.remark_open.as_str());
            let thinking = if remarked { self.remarked(thinking, budget, tokenizer)? } else { thinking.to_owned() };
            return Ok(format!("{before}{think_open}{thinking}{think_close}{after}"));
        }
        let bare = text.replace(OPENING, "").replace(CLOSING, "");
        let remark = if budget > 0 { "" } else { self.remark_none.as_str() };
        Ok(format!("{think_open}{remark}{think_close}{bare}"))
    }

    /// `thinking` with remarks between its sentences.
    fn remarked(&self, thinking: &str, budget: i64, tokenizer: &Tokenizer) -> Result<String, RowError> {
        if budget <= 0 {
            return Ok(self.remark_none.clone());
        }
        let mut lines: Vec<String> = Vec::new();
        let (mut used, mut remarks) = (0, 0);
        for sentence in sentences(thinking) {
            let after = used + count(sentence, tokenizer)?;
            if after >= (remarks + 1) * interval(budget) {
                let remark = self.remark.replace("{{USED}}", &after.to_string());
                lines.push(remark.replace("{{LEFT}}", &(budget - after).to_string()));
                remarks += 1;
            }
            lines.push(sentence.to_owned());
            used = after;
        }
        Ok(lines.join("\n"))
    }
}

/// What stands before, in and after the first thinking of `text`.
fn thinking_in(text: &str) -> Option<(&str, &str, &str)> {
    if !text.contains(CLOSING) {
        return None;
    }
    let (before, rest) = text.split_once(OPENING)?;
    let (thinking, after) = rest.split_once(CLOSING)?;
    Some((before, thinking, after))
}

fn longest_thinking(conversation: &Conversation<'_>, tokenizer: &Tokenizer) -> Result<i64, RowError> {
    let mut longest = 0;
    for turn in conversation.turns.iter().filter(|turn| turn.speaker == Speaker::Assistant) {
        let mut joined = String::new();
        for part in &turn.parts {
            if let PartContent::Text(text) = &part.content {
                joined.push_str(&part.lead);
                joined.push_str(text);
            }
        }
        if let Some((_, thinking, _)) = thinking_in(&joined)
            && !strip(thinking).is_empty()
        {
            longest = longest.max(count(thinking, tokenizer)?);
        }
    }
    Ok(longest)
}

/// How many tokens the tokenizer makes of `text`, with those that it puts around a text itself.
fn count(text: &str, tokenizer: &Tokenizer) -> Result<i64, RowError> {
    let ids = tokenizer.encode_with_special_tokens(text);
    let ids = ids.map_err(|error| RowError::new(RowErrorKind::Tokenizer, error.to_string()))?;
    Ok(ids.len() as i64)
}

/// The budgets that models were trained on; larger ones are taken as they are.
const BUDGETS: [(i64, i64); 6] = [(512, 128), (1024, 256), (2048, 512), (4096, 512), (8192, 1024), (16384, 1024)];

fn rounded_up(tokens: i64) -> i64 {
    if tokens <= 0 {
        return 0;
    }
    BUDGETS.iter().map(|(budget, _)| *budget).find(|budget| tokens <= *budget).unwrap_or(tokens)
}

/// After how many tokens each a remark stands.
fn interval(budget: i64) -> i64 {
    BUDGETS.iter().find(|(known, _)| *known == budget).map_or(1024, |(_, interval)| *interval)
}

/// The sentences of `text`: they end where white space follows a full stop.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut from, mut rest) = (0, text.char_indices().peekable());
    let mut ended = false;
    while let Some((at, c)) = rest.next() {
        if ended && is_space(c) {
            found.push(&text[from..at]);
            while rest.next_if(|(_, c)| is_space(*c)).is_some() {}
            from = rest.peek().map_or(text.len(), |(at, _)| *at);
        }
        ended = matches!(c, '.' | '!' | '?' | '。' | '！' | '？');
    }
    found.push(&text[from..]);
    found.into_iter().map(strip).filter(|sentence| !sentence.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_rounded_up() {
        assert_eq!([-3, 0, 1, 512, 513, 16385].map(rounded_up), [0, 0, 512, 512, 1024, 16385]);
        assert_eq!([512, 4096, 20000].map(interval), [128, 512, 1024]);
    }

    #[test]
    fn sentences_end_at_white_space_behind_a_stop() {
        assert_eq!(sentences(" a. b!  c?d 。 e "), ["a.", "b!", "c?d 。", "e"]);
        assert_eq!(sentences(" \n"), Vec::<&str>::new());
    }

    #[test]
    fn the_first_thinking_counts() {
        assert_eq!(thinking_in("a<think>b</think>c</think>"), Some(("a", "b", "c</think>")));
        assert_eq!(thinking_in("</think><think>"), None);
    }
}
