//! A template's facts, as the registry holds them.

use super::piece::{RawId, RawPiece};
use crate::rules::Rule;

/// The facts of one dialogue template. Field names are the registry's.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct TemplateSpec {
    pub template_type: String,
    /// What opens a row without a system text.
    pub prefix: Vec<RawPiece>,
    /// What stands around a query; where the system text goes into the last prompt, the pieces
    /// that hold it are left out here.
    pub prompt: Vec<RawPiece>,
    /// The last round's prompt, where the system text goes into it.
    #[serde(default)]
    pub system_prompt: Option<Vec<RawPiece>>,
    /// What stands between rounds; `None` for a template of one round.
    pub chat_sep: Option<Vec<RawPiece>>,
    /// What closes the last response.
    pub suffix: Vec<RawPiece>,
    /// What opens a row with a system text.
    #[serde(default)]
    pub system_prefix: Option<Vec<RawPiece>>,
    #[serde(default)]
    pub default_system: Option<String>,
    #[serde(default)]
    pub stop_words: Vec<RawPiece>,
    /// Whether the ids that the tokenizer puts around a text open and close the row.
    #[serde(default)]
    pub auto_add_bos: bool,
    #[serde(default)]
    pub is_thinking: bool,
    #[serde(default)]
    pub thinking_prefix: String,
    #[serde(default)]
    pub non_thinking_prefix: String,
    #[serde(default)]
    pub preserve_thinking: Option<bool>,
    #[serde(default)]
    pub history_thinking_prefix: String,
    /// The agent format in which tools are written, by its name.
    #[serde(default)]
    pub agent_template: Option<String>,
    /// Whether the template has a place for a system text.
    pub support_system: bool,
    /// What the fields do not say.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Whether media of a row need a processor that lays them out.
    #[serde(default)]
    pub is_multimodal: bool,
    /// Tokens that stand for media: truncation keeps them.
    #[serde(default)]
    pub placeholder_tokens: Vec<String>,
}

impl TemplateSpec {
    /// The template of plain continuation, as ms-swift's `to_generate_template_meta` makes it: no chat around the query,
    /// the tokenizer's bos before it and eos after it.
    pub fn without_chat(&self) -> Self {
        Self {
            template_type: self.template_type.clone(),
            prefix: Vec::new(),
            prompt: vec![RawPiece::Text("{{QUERY}}".into())],
            system_prompt: None,
            chat_sep: None,
            suffix: vec![RawPiece::Ids(vec![RawId::Attribute("eos_token_id".into())])],
            system_prefix: None,
            default_system: None,
            stop_words: self.stop_words.clone(),
            auto_add_bos: true,
            is_thinking: false,
            thinking_prefix: String::new(),
            non_thinking_prefix: String::new(),
            preserve_thinking: None,
            history_thinking_prefix: String::new(),
            agent_template: None,
            support_system: false,
            rules: self.rules.clone(),
            is_multimodal: self.is_multimodal,
            placeholder_tokens: self.placeholder_tokens.clone(),
        }
    }

    /// What stands for `<cot-process>`, the end of a step that is rewarded, where a rule marks steps.
    pub fn step_token(&self) -> Option<&str> {
        self.rules.iter().find_map(|rule| match rule {
            Rule::MarkSteps(marks) => Some(marks.marker.as_str()),
            _ => None,
        })
    }
}
