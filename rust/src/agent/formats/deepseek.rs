//! DeepSeek: V3.1's special tokens, and the markup of V4.

use super::super::declared::{Answers, Declared};
use super::super::parse::Dsml;
use super::super::{Calls, Joint, Needs, Parser, ToolList};
use super::{format, prompt};

pub(super) fn formats() -> Vec<Declared> {
    let v3 = format(
        "deepseek_v3_1",
        ToolList::new(
            "### {{NAME}}\nDescription: {{DESCRIPTION}}\n\nParameters: {{SCHEMA}}",
            "\n\n",
            prompt!("deepseek_v3_1"),
        ),
        Calls::new(
            "<｜tool▁call▁begin｜>{{NAME}}<｜tool▁sep｜>{{ARGUMENTS}}<｜tool▁call▁end｜>",
            "",
            "<｜tool▁calls▁begin｜>{{CALLS}}<｜tool▁calls▁end｜>",
        ),
        Answers::as_texts(
            "<｜end▁of▁sentence｜>",
            "<｜tool▁output▁begin｜>{{ANSWER}}<｜tool▁output▁end｜>",
            "",
            "",
            true,
        ),
        Parser::Separated {
            open: "<｜tool▁call▁begin｜>", separator: "<｜tool▁sep｜>", close: "<｜tool▁call▁end｜>"
        },
    );
    let v4 = markup(
        "deepseek_v4",
        ToolList::new("{{FUNCTION}}", "\n", prompt!("deepseek_v4")).around("", "\n\n"),
        "<｜DSML｜invoke name=\"{{NAME}}\">\n{{FIELDS}}\n</｜DSML｜invoke>",
        "<｜DSML｜parameter name=\"{{KEY}}\" string=\"{{IS_STRING}}\">{{VALUE}}</｜DSML｜parameter>",
        "<｜DSML｜tool_calls>\n{{CALLS}}\n</｜DSML｜tool_calls>",
        "｜DSML｜",
    );
    let v41 = markup(
        "deepseek_v41",
        ToolList::new("{{FUNCTION}}", "\n", prompt!("deepseek_v41")),
        "<｜DSML｜ invoke name=\"{{NAME}}\">\n{{FIELDS}}\n</｜DSML｜ invoke>",
        "<｜DSML｜ parameter name=\"{{KEY}}\" string=\"{{IS_STRING}}\">{{VALUE}}</｜DSML｜ parameter>",
        "<｜DSML｜ calls>\n{{CALLS}}\n</｜DSML｜ calls>",
        "｜DSML｜ ",
    );
    vec![v3, v4, v41]
}

fn markup(
    name: &'static str,
    tools: ToolList,
    each: &'static str,
    field: &'static str,
    whole: &'static str,
    lead: &'static str,
) -> Declared {
    let calls = Calls::with_fields(each, field, "\n", "\n", whole, Needs::MapOrText);
    let calls = Calls { joint: Joint::Always("\n\n"), ..calls };
    let before = "<｜end▁of▁sentence｜><｜User｜>";
    let answers = Answers::as_texts(before, "<tool_result>{{ANSWER}}</tool_result>", "\n\n", "<｜Assistant｜>", true);
    format(name, tools, calls, answers, Parser::Dsml(Dsml { lead }))
}
