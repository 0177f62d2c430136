//! The formats that ms-swift has, under its names, and Harmony.

mod deepseek;
mod gemma;
mod glm;
mod hermes;
mod kimi;
mod llama;
mod minimax;
mod qwen_coder;
mod react;
mod seed;
mod tagged;

pub(super) use kimi::{attribute, unattribute};

use std::sync::Arc;

use super::declared::{Answers, Declared, Standalone};
use super::harmony::Harmony;
use super::parse::Parser;
use super::react::Keywords;
use super::{Calls, SharedAgent, ToolList};
use crate::race::Lazy;

static FORMATS: Lazy<Vec<SharedAgent>> = Lazy::new(|| {
    let families = [
        react::formats(),
        hermes::formats(),
        qwen_coder::formats(),
        glm::formats(),
        tagged::formats(),
        llama::formats(),
    ];
    let others = [deepseek::formats(), minimax::formats(), gemma::formats(), kimi::formats(), seed::formats()];
    let all = families.into_iter().chain(others).flatten();
    let declared = all.map(|format| Arc::new(format) as SharedAgent);
    declared.chain([Arc::new(Harmony) as SharedAgent]).collect()
});

/// Every built-in format.
pub fn agent_formats() -> &'static [SharedAgent] {
    &FORMATS
}

/// The built-in format named `name`.
pub fn agent_format(name: &str) -> Option<&'static SharedAgent> {
    FORMATS.iter().find(|format| format.name() == name)
}

/// A prompt out of its file, whose last line end is the file's own.
macro_rules! prompt {
    ($name:literal) => {
        crate::agent::formats::text_of(include_str!(concat!("../prompts/", $name, ".txt")))
    };
}
use prompt;

fn text_of(file: &'static str) -> &'static str {
    file.strip_suffix('\n').unwrap_or(file)
}

/// What most formats have in common: ReAct in the assistant's own text is answered there.
fn format(name: &'static str, tools: ToolList, calls: Calls, answers: Answers, parser: Parser) -> Declared {
    Declared {
        name: name.into(),
        tools,
        calls,
        answers,
        unasked: Standalone::Refused,
        keywords: Some(Keywords::REACT),
        looks_at_last: false,
        parser,
    }
}
