//! Llama: the tools in the first message, calls as bare JSON.

use super::super::declared::{Answers, Declared};
use super::super::{Calls, Parser, ToolList};
use super::{format, prompt};

pub(super) fn formats() -> Vec<Declared> {
    vec![
        llama("llama3", "<|eot_id|>", "<|start_header_id|>tool<|end_header_id|>\n\n{{ANSWER}}<|eot_id|>", {
            "<|start_header_id|>assistant<|end_header_id|>\n\n"
        }),
        llama("llama4", "<|eot|>", "<|header_start|>tool<|header_end|>\n\n{{ANSWER}}<|eot|>", {
            "<|header_start|>assistant<|header_end|>\n\n"
        }),
    ]
}

fn llama(name: &'static str, before: &'static str, each: &'static str, after: &'static str) -> Declared {
    let tools = ToolList::new("{{TOOL_INDENTED}}", "\n\n", prompt!("llama3"));
    let calls = Calls::new("{\"name\": {{NAME_JSON}}, \"parameters\": {{ARGUMENTS}}}", "\n", "{{CALLS}}");
    let answers = Answers::as_texts(before, each, "", after, false);
    format(name, ToolList { in_first_message: true, ..tools }, calls, answers, Parser::Bare)
}
