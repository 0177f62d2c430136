//! Hermes and its kin: calls as JSON between tags, answers as the user's next query.

use super::super::declared::{Answers, Declared, Standalone};
use super::super::{Calls, Parser, ToolList};
use super::{format, prompt};

pub(super) fn formats() -> Vec<Declared> {
    let call = "<tool_call>\n{{CALL}}\n</tool_call>";
    let parser = || Parser::tagged("<tool_call>", "</tool_call>");
    let hermes = format(
        "hermes",
        ToolList::new("{{TOOL}}", "\n", prompt!("hermes")),
        Calls::new(call, "\n", "{{CALLS}}"),
        Answers::as_query("<tool_response>\n{{ANSWER}}\n</tool_response>", "\n", "{{ANSWERS}}"),
        parser(),
    );
    let hunyuan = format(
        "hunyuan_hermes",
        ToolList::new("{{TOOL}}", "\n", prompt!("hunyuan_hermes")).around("", "\n\n"),
        Calls::new(call, "\n", "<tool_calls>\n{{CALLS}}\n</tool_calls>"),
        Answers::as_query(
            "<tool_response>{{ANSWER}}</tool_response>",
            "\n",
            "<tool_responses>{{ANSWERS}}</tool_responses>",
        ),
        parser(),
    );
    let youtu = format(
        "youtu",
        ToolList::new("```json\n{{TOOL}}\n```", "\n", prompt!("youtu")).around("", "\n\n"),
        Calls::new("<tool_call>{{CALL}}</tool_call>", "", "{{CALLS}}"),
        Answers::as_query("<tool_response>{{ANSWER}}</tool_response>", "\n", "{{ANSWERS}}"),
        parser(),
    );
    let answered = |format: Declared| Declared { unasked: Standalone::AsQuery, ..format };
    vec![answered(hermes), answered(hunyuan), answered(youtu), mistral()]
}

fn mistral() -> Declared {
    let tools = ToolList::new("{{TOOL}}", " ", "{{SYSTEM}}[AVAILABLE_TOOLS]{{TOOLS}}[/AVAILABLE_TOOLS]");
    let calls = Calls::new("{{CALL}}", "\n", "[TOOL_CALLS][\n{{CALLS}}\n]</s>");
    let each = "[TOOL_RESULTS]{\"content\": {{ANSWER_JSON}}}[/TOOL_RESULTS]";
    let parser = Parser::Listed { open: "[TOOL_CALLS]" };
    Declared { keywords: None, ..format("mistral", tools, calls, Answers::as_query(each, "\n", "{{ANSWERS}}"), parser) }
}
