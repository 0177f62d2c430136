//! ReAct, and the formats of Qwen that share its shape.

use super::super::declared::{Answers, Declared, Standalone};
use super::super::{Calls, Keywords, Parser, ToolList};
use super::prompt;

const ENGLISH: &str = "{{NAME}}: Call this tool to interact with the {{TITLE}} API. What is the {{TITLE}} API useful \
                       for? {{SUMMARY}} Parameters: {{PARAMETERS}} Format the arguments as a JSON object.";
const CHINESE: &str = "{{NAME}}: 调用此工具与 {{TITLE}} API 进行交互。{{TITLE}} 有什么用？{{SUMMARY}} \
                       输入参数：{{PARAMETERS}} 此工具的输入应为JSON对象。";
const QWEN_ENGLISH: &str = "### {{TITLE}}\n\n{{NAME}}: {{SUMMARY}} Parameters: {{PARAMETERS}} \
                            Format the arguments as a JSON object.";
const QWEN_CHINESE: &str = "### {{TITLE}}\n\n{{NAME}}: {{SUMMARY}} 输入参数：{{PARAMETERS}} 此工具的输入应为JSON对象。";

pub(super) fn formats() -> Vec<Declared> {
    let react = |name, each, whole| actions(name, ToolList::new(each, "\n\n", whole), Keywords::REACT);
    let qwen = |name, each, whole| actions(name, ToolList::new(each, "\n\n", whole), Keywords::QWEN);
    let unasked = Standalone::Text { before: "".into(), each: "\nObservation:\n{{ANSWER}}".into() };
    let toolbench = ToolList::new("{{FUNCTION}}", ", ", prompt!("toolbench"));
    vec![
        Declared { unasked: unasked.clone(), ..react("react_en", ENGLISH, prompt!("react_en")) },
        Declared { unasked, ..react("react_zh", CHINESE, prompt!("react_zh")) },
        react("react_grpo", ENGLISH, prompt!("react_grpo")),
        actions("toolbench", toolbench, Keywords::REACT),
        qwen("qwen_en", QWEN_ENGLISH, prompt!("qwen_en")),
        qwen("qwen_zh", QWEN_CHINESE, prompt!("qwen_zh")),
        qwen("qwen_en_parallel", QWEN_ENGLISH, prompt!("qwen_en_parallel")),
        qwen("qwen_zh_parallel", QWEN_CHINESE, prompt!("qwen_zh_parallel")),
    ]
}

fn actions(name: &'static str, tools: ToolList, keywords: Keywords) -> Declared {
    let Keywords { action, input, observation } = keywords;
    let mut calls = Calls::new("", "", "");
    calls.each = format!("{action} {{{{NAME}}}}\n{input} {{{{ARGUMENTS_REPR}}}}\n").into();
    calls.whole = format!("{{{{CALLS}}}}{observation}").into();
    Declared {
        name: name.into(),
        tools,
        calls,
        answers: Answers::InText,
        unasked: Standalone::Refused,
        keywords: Some(keywords),
        looks_at_last: true,
        parser: Parser::React(keywords),
    }
}
