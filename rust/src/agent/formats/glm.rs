//! GLM: a name above its arguments, and from 4.5 on arguments between tags.

use super::super::declared::{Answers, Declared, Standalone};
use super::super::parse::{Fields, Untyped};
use super::super::{Calls, Joint, Needs, Parser, ToolList};
use super::{format, prompt};

pub(super) fn formats() -> Vec<Declared> {
    vec![
        named_lines("chatglm4", prompt!("chatglm4")),
        named_lines("glm4", prompt!("glm4")),
        on_lines(),
        in_one_line("glm4_7", "{{TOOL}}"),
        in_one_line("glm5_1", "{{FUNCTION}}"),
    ]
}

fn named_lines(name: &'static str, whole: &'static str) -> Declared {
    let each = "## {{NAME}}\n\n{{FUNCTION_INDENTED}}\n在调用上述函数时，请使用 Json 格式表示调用的参数。";
    let tools = ToolList::new(each, "\n", whole);
    let calls = Calls::new("{{NAME}}\n{{ARGUMENTS_REPR}}", "<|assistant|>", "{{CALLS}}<|observation|>");
    let answers = Answers::as_texts("\n", "{{ANSWER}}", "<|observation|>\n", "<|assistant|>\n", false);
    let unasked = Standalone::Text { before: "".into(), each: "<|observation|>\n{{ANSWER}}".into() };
    let parser = Parser::NamedLines { separator: "<|assistant|>", end: "<|observation|>" };
    Declared { unasked, ..format(name, tools, calls, answers, parser) }
}

/// The tags around the arguments; what the name ends with differs.
const fn fields(name_end: &'static str) -> Fields {
    Fields {
        open: "<tool_call>",
        name_end,
        close: "</tool_call>",
        field: "<arg_key>",
        key_end: "</arg_key>",
        value_open: "<arg_value>",
        field_close: "</arg_value>",
        on_lines: false,
        untyped: Untyped::Text,
        text: None,
    }
}

fn on_lines() -> Declared {
    let tools = ToolList::new("{{TOOL}}", "\n", prompt!("glm4_5")).around("<|system|>\n", "");
    let each = "<tool_call>{{NAME}}\n{{FIELDS}}</tool_call>";
    let field = "<arg_key>{{KEY}}</arg_key>\n<arg_value>{{VALUE}}</arg_value>\n";
    let calls = Calls::with_fields(each, field, "", "\n", "{{CALLS}}<|observation|>", Needs::Map);
    let answer = "\n<tool_response>\n{{ANSWER}}\n</tool_response>";
    let answers = Answers::as_texts("", answer, "", "<|assistant|>\n", false);
    Declared {
        tools: ToolList { strips_system: true, ..tools },
        calls: Calls { joint: Joint::StrippedUnlessBlank("\n"), ..calls },
        unasked: Standalone::Text { before: "<|observation|>".into(), each: answer.into() },
        ..format("glm4_5", ToolList::new("", "", ""), Calls::new("", "", ""), answers, Parser::Fields(fields("\n")))
    }
}

fn in_one_line(name: &'static str, each_tool: &'static str) -> Declared {
    let tools = ToolList::new(each_tool, "\n", prompt!("glm4_7")).around("<|system|>\n", "");
    let tools = ToolList { strips_system: true, none: "\n", ..tools };
    let each = "<tool_call>{{NAME}}{{FIELDS}}</tool_call>";
    let field = "<arg_key>{{KEY}}</arg_key><arg_value>{{VALUE}}</arg_value>";
    let calls = Calls::with_fields(each, field, "", "", "{{CALLS}}<|observation|>", Needs::Map);
    let answer = "<tool_response>{{ANSWER}}</tool_response>";
    let answers = Answers::as_texts("", answer, "", "<|assistant|>", false);
    let unasked = Standalone::Text { before: "<|observation|>".into(), each: answer.into() };
    Declared { unasked, ..format(name, tools, calls, answers, Parser::Fields(fields("<arg_key>"))) }
}
