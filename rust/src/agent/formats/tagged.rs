//! Formats whose calls hold each argument between tags: Hunyuan V3, Ling, Spark, Xing and MiniCPM.

use super::super::declared::{Answers, Declared, Standalone};
use super::super::parse::{Fields, Untyped};
use super::super::{Calls, Field, Needs, Parser, ToolList, Values};
use super::{format, prompt};
use crate::json::{Json, Style, dumps};

pub(super) fn formats() -> Vec<Declared> {
    vec![hunyuan_preview(), hunyuan(), ling(), spark(), xing(), minicpm()]
}

const PLAIN: Fields = Fields {
    open: "<tool_call>",
    name_end: "<arg_key>",
    close: "</tool_call>",
    field: "<arg_key>",
    key_end: "</arg_key>",
    value_open: "<arg_value>",
    field_close: "</arg_value>",
    on_lines: false,
    untyped: Untyped::Text,
    text: None,
};

fn hunyuan_preview() -> Declared {
    let each = "<tool_call>{{NAME}}<tool_sep>\n{{FIELDS}}\n</tool_call>";
    let field = "<arg_key>{{KEY}}</arg_key>\n<arg_value>{{VALUE}}</arg_value>";
    let calls =
        Calls::with_fields(each, field, "\n", "\n", "<tool_calls>\n{{CALLS}}\n</tool_calls>", Needs::MapOrNothing);
    let tools = ToolList::new("{{TOOL}}", "\n", prompt!("hy_v3_preview")).around("", "\n\n");
    let answers = Answers::as_texts(
        "<｜hy_eos｜>",
        "<tool_response>\n{{ANSWER}}\n</tool_response>",
        "\n",
        "<｜hy_Assistant｜>",
        true,
    );
    let answers = answers.within("<tool_responses>\n", "\n</tool_responses>");
    format(
        "hy_v3_preview",
        tools,
        calls,
        answers,
        Parser::Fields(Fields { name_end: "<tool_sep>", untyped: Untyped::Literal, ..PLAIN }),
    )
}

fn hunyuan() -> Declared {
    let each = "<tool_call:opensource>{{NAME}}<tool_sep:opensource>\n{{FIELDS}}\n</tool_call:opensource>";
    let field = "<arg_key:opensource>{{KEY}}</arg_key:opensource>\n\
                 <arg_value:opensource>{{VALUE}}</arg_value:opensource>";
    let whole = "<tool_calls:opensource>\n{{CALLS}}\n</tool_calls:opensource>";
    let calls = Calls::with_fields(each, field, "\n", "\n", whole, Needs::MapOrNothing);
    let tools = ToolList::new("{{TOOL}}", "\n", prompt!("hy_v3")).around("", "\n\n");
    let answers = Answers::as_texts(
        "<｜hy_eos:opensource｜>",
        "<tool_response:opensource>\n{{ANSWER}}\n</tool_response:opensource>",
        "\n",
        "<｜hy_Assistant:opensource｜>",
        true,
    );
    let answers = answers.within("<tool_responses:opensource>\n", "\n</tool_responses:opensource>");
    let parser = Fields {
        open: "<tool_call:opensource>",
        name_end: "<tool_sep:opensource>",
        close: "</tool_call:opensource>",
        field: "<arg_key:opensource>",
        key_end: "</arg_key:opensource>",
        value_open: "<arg_value:opensource>",
        field_close: "</arg_value:opensource>",
        on_lines: false,
        untyped: Untyped::Literal,
        text: None,
    };
    format("hy_v3", tools, calls, answers, Parser::Fields(parser))
}

fn ling() -> Declared {
    let tools = ToolList::new("{{TOOL}}", "\n", "{{SYSTEM}}").around("", "\n");
    let tools = ToolList { whole: prompt!("ling3").into(), strips_system: true, ..tools };
    let each = "<tool_call>{{NAME}}{{FIELDS}}\n</tool_call>";
    let field = "<arg_key>{{KEY}}</arg_key>\n<arg_value>{{VALUE}}</arg_value>";
    let calls = Calls::with_fields(each, field, "", "\n", "{{CALLS}}", Needs::Map);
    let before = "<|role_end|><role>OBSERVATION</role>";
    let answer = "\n<tool_response>\n{{ANSWER}}\n</tool_response>";
    let answers = Answers::as_texts(before, answer, "", "<|role_end|><role>ASSISTANT</role>\n", false);
    let unasked = Standalone::Text { before: before.into(), each: answer.into() };
    Declared { unasked, ..format("ling3", tools, calls, answers, Parser::Fields(PLAIN)) }
}

fn spark() -> Declared {
    let tools = ToolList::new("{{FUNCTION}}", "\n", prompt!("spark2_5")).around("\n\n", "");
    let each = "<tool_call>{{NAME}}{{FIELDS}}</tool_call>";
    let field = "<arg_key>{{KEY}}</arg_key><arg_value>{{VALUE}}</arg_value>";
    let calls = Calls::with_fields(each, field, "", "", "{{CALLS}}", Needs::Map);
    let before = "<｜end▁of▁sentence｜><｜start▁of▁sentence｜><|Tool|>";
    let answer = "<tool_response>{{ANSWER}}</tool_response>";
    let after = "<｜end▁of▁sentence｜><｜start▁of▁sentence｜><|Bot|>";
    let unasked = Standalone::Text { before: before.into(), each: answer.into() };
    let answers = Answers::as_texts(before, answer, "", after, false);
    Declared { unasked, ..format("spark2_5", tools, calls, answers, Parser::Fields(PLAIN)) }
}

fn xing() -> Declared {
    let tools = ToolList::new("{{TOOL}}", "\n", prompt!("xing4_0"));
    let each = "<tool_call>{{NAME}}{{FIELDS}}</tool_call>";
    let field = "<param_key>{{KEY}}</param_key><param_value>{{VALUE}}</param_value>";
    let calls = Calls::with_fields(each, field, "", "", "{{CALLS}}", Needs::Map);
    let answer = "<tool_response>{{ANSWER}}</tool_response>";
    let answers = Answers::as_texts("<_end>\n<_observation>", answer, "", "<_bot>", false);
    let unasked = Standalone::Text { before: "<_observation>".into(), each: answer.into() };
    let parser = Fields {
        name_end: "<param_key>",
        field: "<param_key>",
        key_end: "</param_key>",
        value_open: "<param_value>",
        field_close: "</param_value>",
        untyped: Untyped::Json,
        ..PLAIN
    };
    Declared { unasked, ..format("xing4_0", tools, calls, answers, Parser::Fields(parser)) }
}

fn minicpm() -> Declared {
    let tools = ToolList::new("{{TOOL}}", "\n", prompt!("minicpm5")).around("", "\n\n");
    let each = "<function name=\"{{NAME}}\">{{FIELDS}}</function>";
    let calls = Calls::with_fields(each, "", "", "\n", "{{CALLS}}", Needs::MapOrNothing);
    let calls = Calls { field: Field { values: Values::Written(minicpm_field), ..calls.field }, ..calls };
    let answers = Answers::as_query("<tool_response>\n{{ANSWER}}\n</tool_response>", "\n", "{{ANSWERS}}");
    let parser = Fields {
        open: "<function name=\"",
        name_end: "\">",
        close: "</function>",
        field: "<param name=\"",
        key_end: "\">",
        value_open: "",
        field_close: "</param>",
        on_lines: false,
        untyped: Untyped::Json,
        text: Some(("<![CDATA[", "]]>")),
    };
    format("minicpm5", tools, calls, answers, Parser::Fields(parser))
}

fn minicpm_field(key: &str, value: &Json) -> String {
    let text = value.as_str().map_or_else(|| dumps(value, Style::Plain), str::to_owned);
    if value.as_str().is_some() && text.contains(['<', '&', '\n']) {
        return format!("<param name=\"{key}\"><![CDATA[{text}]]></param>");
    }
    format!("<param name=\"{key}\">{text}</param>")
}
