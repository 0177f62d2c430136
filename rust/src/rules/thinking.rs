//! What a template's rules say of thinking: its markers, which answers are history, what is left of them.

use crate::text::strip;

use super::{Rule, ThinkingChannels};

/// How a template treats thinking; by default as encoding.md 2 has it.
#[derive(Debug, Clone, PartialEq)]
pub struct ThinkingRules {
    pub opening: String,
    pub closing: String,
    /// Whether what is left of an answer in history is trimmed.
    pub trim: bool,
    /// The prefixes of all answers without thinking, with thinking on and off.
    pub prefixes: Option<(String, String)>,
    /// What is left of an answer in history stands between these two.
    pub answer: Option<(String, String)>,
    /// What is taken off the front of an answer in history.
    pub response_open: Option<String>,
    pub prefix_after_user: bool,
    pub prefix_last_answer: bool,
    pub history_before_tools: bool,
    pub keep_with_tools: bool,
    /// Whether thinking is on where nobody says so.
    pub enable: Option<bool>,
    /// Whether thinking is on, whoever says what.
    pub always: Option<bool>,
    /// Whether history keeps its thinking where neither row nor call says so.
    pub preserve: Option<bool>,
}

impl Default for ThinkingRules {
    fn default() -> Self {
        Self {
            opening: "<think>".to_owned(),
            closing: "</think>".to_owned(),
            trim: true,
            prefixes: None,
            answer: None,
            response_open: None,
            prefix_after_user: false,
            prefix_last_answer: false,
            history_before_tools: false,
            keep_with_tools: false,
            enable: None,
            always: None,
            preserve: None,
        }
    }
}

impl ThinkingRules {
    pub(super) fn add(&mut self, rule: Rule) {
        match rule {
            Rule::EnableThinking { default, always: true } => self.always = Some(default),
            Rule::EnableThinking { default, always: false } => self.enable = Some(default),
            Rule::PreserveThinking { default } => self.preserve = Some(default),
            Rule::ThinkingMarkers { opening, closing, trim } => {
                (self.opening, self.closing, self.trim) = (opening, closing, trim);
            }
            Rule::PrefixAllAnswers { thinking, otherwise } => self.prefixes = Some((thinking, otherwise)),
            Rule::HistoryAnswer { opening, closing } => self.answer = Some((opening, closing)),
            Rule::PrefixAfterUser => self.prefix_after_user = true,
            Rule::PrefixLastAnswer => self.prefix_last_answer = true,
            Rule::HistoryBeforeTools => self.history_before_tools = true,
            Rule::KeepThinkingWithTools => self.keep_with_tools = true,
            _ => {}
        }
    }

    pub(super) fn use_channels(&mut self, channels: &ThinkingChannels) {
        self.opening.clone_from(&channels.think_open);
        self.closing.clone_from(&channels.think_close);
        self.response_open = Some(channels.response_open.clone());
    }

    /// What is left of an answer in history.
    pub fn answer_of<'t>(&self, text: &'t str) -> &'t str {
        if let Some((opening, closing)) = &self.answer {
            let answer = text.rsplit_once(opening.as_str()).map_or(text, |(_, answer)| answer);
            let answer = answer.trim_end_matches(crate::text::is_space);
            return strip(answer.strip_suffix(closing.as_str()).unwrap_or(answer));
        }
        let answer = text.rsplit_once(self.closing.as_str()).map_or(text, |(_, answer)| answer);
        let answer = if self.trim { strip(answer) } else { answer };
        match &self.response_open {
            Some(opening) => answer.strip_prefix(opening.as_str()).unwrap_or(answer),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_an_answer() {
        let mut rules = ThinkingRules::default();
        assert_eq!(rules.answer_of("<think>a</think> b "), "b");
        rules.response_open = Some("<r>".to_owned());
        assert_eq!(rules.answer_of("<think>a</think> <r> b "), " b");
        rules.add(Rule::HistoryAnswer { opening: "<answer>".to_owned(), closing: "</answer>".to_owned() });
        assert_eq!(rules.answer_of("<think>a</think><answer>\nb\n</answer>\n"), "b");
        assert_eq!(rules.answer_of("b</answer>c"), "b</answer>c");
    }
}
