//! MiniMax: calls as nested tags, answers in the place of a user's query under another role.

use super::super::declared::{Answers, Declared};
use super::super::parse::{Fields, Untyped};
use super::super::{Calls, Field, Needs, Parser, ToolList, Values};
use super::{format, prompt};
use crate::error::{RowError, RowErrorKind};
use crate::json::Json;

/// What M3 puts before each tag.
const MARK: &str = "]<]minimax[>[";

pub(super) fn formats() -> Vec<Declared> {
    vec![m2(), m3()]
}

fn answers(separator_optional: bool) -> Answers {
    Answers::AsQuery {
        each: "<response>{{ANSWER}}</response>".into(),
        between: "\n".into(),
        whole: "{{ANSWERS}}".into(),
        rename: Some(("user", "tool")),
        separator_optional,
    }
}

fn m2() -> Declared {
    let tools = ToolList::new("<tool>{{FUNCTION}}</tool>", "\n", prompt!("minimax_m2"));
    let each = "<invoke name=\"{{NAME}}\">\n{{FIELDS}}\n</invoke>";
    let field = "<parameter name=\"{{KEY}}\">{{VALUE}}</parameter>";
    let whole = "<minimax:tool_call>\n{{CALLS}}\n</minimax:tool_call>";
    let calls = Calls::with_fields(each, field, "\n", "\n", whole, Needs::Map);
    let parser = Fields {
        open: "<invoke name=\"",
        name_end: "\">",
        close: "</invoke>",
        field: "<parameter name=\"",
        key_end: "\">",
        value_open: "",
        field_close: "</parameter>",
        on_lines: false,
        untyped: Untyped::Literal,
        text: None,
    };
    format("minimax_m2", tools, calls, answers(false), Parser::Fields(parser))
}

fn m3() -> Declared {
    let tools = ToolList::new("<tool>{{FUNCTION}}</tool>", "\n", prompt!("minimax_m3"));
    let mut calls = Calls::new("", "\n", "");
    calls.each = format!("{MARK}<invoke name=\"{{{{NAME}}}}\">{{{{FIELDS}}}}{MARK}</invoke>").into();
    calls.whole = format!("{MARK}<tool_call>\n{{{{CALLS}}}}\n{MARK}</tool_call>").into();
    let calls =
        Calls { needs: Needs::MapOrEmpty, field: Field { values: Values::All(nested), ..calls.field }, ..calls };
    format("minimax_m3", tools, calls, answers(true), Parser::Nested { mark: MARK })
}

fn nested(arguments: &Json) -> Result<String, RowError> {
    let mut out = String::new();
    write_nested(arguments, 0, &mut out)?;
    Ok(out)
}

/// Objects and lists as tags in tags; what is null is left out.
fn write_nested(value: &Json, level: usize, out: &mut String) -> Result<(), RowError> {
    const DEPTH: usize = 200;
    if level > DEPTH {
        return Err(RowError::new(RowErrorKind::WrongValue, "is nested too deeply"));
    }
    let tagged = |name: &str, value: &Json, out: &mut String| -> Result<(), RowError> {
        [MARK, "<", name, ">"].into_iter().for_each(|part| out.push_str(part));
        write_nested(value, level + 1, out)?;
        [MARK, "</", name, ">"].into_iter().for_each(|part| out.push_str(part));
        Ok(())
    };
    match value {
        Json::Null => {}
        Json::Map(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| *value != Json::Null) {
                tagged(name, value, out)?;
            }
        }
        Json::List(items) | Json::Tuple(items) => {
            for item in items {
                tagged("item", item, out)?;
            }
        }
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        other => out.push_str(&other.python_str()),
    }
    Ok(())
}
