//! The list of tools as text.

use std::borrow::Cow;

use super::fill::fill;
use crate::error::{RowError, RowErrorKind};
use crate::json::{Json, Style, dumps};
use crate::text::strip;

/// How the tools of a row are written.
///
/// `whole` is filled with `{{SYSTEM}}` (the system text, perhaps empty), `{{TOOLS}}` (the tools, each as
/// `each` says, with `between` between them) and `{{NAMES}}` (their names, with commas between).
#[derive(Debug, Clone)]
pub struct ToolList {
    pub each: EachTool,
    pub between: Cow<'static, str>,
    pub whole: Cow<'static, str>,
    /// What is put before and behind a system text that is not empty.
    pub around_system: (Cow<'static, str>, Cow<'static, str>),
    /// What stands at `{{NONE}}` where there is no system text.
    pub none: &'static str,
    /// Puts the list and the system text together, in place of `whole`.
    pub place: Option<fn(&str, &str) -> String>,
    /// Whether white space around the system text is left out, also to tell whether there is one.
    pub strips_system: bool,
    /// The system text of rows without any, not even an empty one.
    pub default_system: Option<Cow<'static, str>>,
    /// Whether the list is put before the first message instead; the system text is then left as it is.
    pub in_first_message: bool,
}

/// How one tool is written.
#[derive(Debug, Clone)]
pub enum EachTool {
    /// A text filled with, as JSON: `{{TOOL}}` (as OpenAI has it), `{{FUNCTION}}` (what is in it),
    /// `{{TOOL_INDENTED}}`, `{{FUNCTION_INDENTED}}`, `{{TOOL_SORTED}}` (without spaces, keys in order) and
    /// `{{SCHEMA}}` (its parameters); and as text: `{{NAME}}`, `{{TITLE}}` (its name for people),
    /// `{{DESCRIPTION}}`, `{{SUMMARY}}` (a description that must be there) and `{{PARAMETERS}}`
    /// (parameters that may be text already).
    Text(Cow<'static, str>),
    /// Written by a function.
    Written(fn(&Json) -> Result<String, RowError>),
}

impl ToolList {
    /// A list with the system text before or behind it.
    pub fn new(each: &'static str, between: &'static str, whole: &'static str) -> Self {
        Self {
            each: EachTool::Text(Cow::Borrowed(each)),
            between: Cow::Borrowed(between),
            whole: Cow::Borrowed(whole),
            around_system: (Cow::Borrowed(""), Cow::Borrowed("")),
            none: "",
            place: None,
            strips_system: false,
            default_system: None,
            in_first_message: false,
        }
    }

    /// The same list with texts around a system text that is not empty.
    pub fn around(self, before: &'static str, after: &'static str) -> Self {
        Self { around_system: (Cow::Borrowed(before), Cow::Borrowed(after)), ..self }
    }

    /// The list as text, with the system text in it.
    pub(super) fn write(&self, tools: &[Json], system: Option<&str>) -> Result<String, RowError> {
        let system = system.or(self.default_system.as_deref()).unwrap_or("");
        let system = if self.strips_system { strip(system) } else { system };
        let written = self.write_each(tools)?;
        if let Some(place) = self.place {
            return Ok(place(&written, system));
        }
        let names = if self.whole.contains("{{NAMES}}") { names(tools)? } else { String::new() };
        let mut out = String::with_capacity(self.whole.len() + written.len() + system.len());
        fill(&self.whole, &mut out, |name, out| {
            match name {
                "SYSTEM" if system.is_empty() => {}
                "SYSTEM" => {
                    let (before, after) = &self.around_system;
                    [before, system, after].into_iter().for_each(|text| out.push_str(text));
                }
                "NONE" => out.push_str(if system.is_empty() { self.none } else { "" }),
                "TOOLS" => out.push_str(&written),
                "NAMES" => out.push_str(&names),
                _ => return false,
            }
            true
        });
        Ok(out)
    }

    /// The tools, each written; a tool of which nothing is written has no place in the list.
    fn write_each(&self, tools: &[Json]) -> Result<String, RowError> {
        let mut out = String::new();
        for (index, tool) in tools.iter().enumerate() {
            let mut one = String::new();
            self.each.write(tool, &mut one).map_err(|error| error.at_field(format!("tools[{index}]")))?;
            if !out.is_empty() && !one.is_empty() {
                out.push_str(&self.between);
            }
            out.push_str(&one);
        }
        Ok(out)
    }
}

fn names(tools: &[Json]) -> Result<String, RowError> {
    let named = tools.iter().enumerate();
    let names =
        named.map(|(index, tool)| tool_name(function(tool)).map_err(|error| error.at_field(format!("tools[{index}]"))));
    Ok(names.collect::<Result<Vec<_>, _>>()?.join(","))
}

impl EachTool {
    fn write(&self, tool: &Json, out: &mut String) -> Result<(), RowError> {
        let text = match self {
            Self::Written(write) => {
                out.push_str(&write(tool)?);
                return Ok(());
            }
            Self::Text(text) => text,
        };
        let function = function(tool);
        let mut failed = None;
        fill(text, out, |name, out| match value(name, tool, function) {
            Some(Ok(value)) => {
                out.push_str(&value);
                true
            }
            Some(Err(error)) => {
                failed.get_or_insert(error);
                true
            }
            None => false,
        });
        failed.map_or(Ok(()), Err)
    }
}

fn value(name: &str, tool: &Json, function: &Json) -> Option<Result<String, RowError>> {
    let empty = Json::Map(Vec::new());
    Some(Ok(match name {
        "TOOL" => dumps(tool, Style::Plain),
        "FUNCTION" => dumps(function, Style::Plain),
        "TOOL_INDENTED" => dumps(tool, Style::Indented),
        "FUNCTION_INDENTED" => dumps(function, Style::Indented),
        "TOOL_SORTED" => dumps(&sorted(tool), Style::Compact),
        "SCHEMA" => dumps(function.get("parameters").unwrap_or(&empty), Style::Plain),
        "NAME" => return Some(tool_name(function)),
        "TITLE" => match function.get("name_for_human").filter(|name| name.is_truthy()) {
            Some(title) => title.python_str(),
            None => return Some(tool_name(function)),
        },
        "DESCRIPTION" => function.get("description").map_or_else(String::new, Json::python_str),
        "SUMMARY" => return Some(summary(function)),
        "PARAMETERS" => match function.get("parameters").filter(|parameters| parameters.is_truthy()) {
            Some(Json::Text(text)) => text.clone(),
            Some(parameters) => dumps(parameters, Style::Plain),
            None => "{}".to_owned(),
        },
        _ => return None,
    }))
}

/// What is in a tool of OpenAI's form.
pub(super) fn function(tool: &Json) -> &Json {
    match (tool.get("type"), tool.get("function")) {
        (Some(_), Some(function)) => function,
        _ => tool,
    }
}

/// The name of a tool for the model.
///
/// # Errors
///
/// A [`RowError`] where it has none.
pub(super) fn tool_name(function: &Json) -> Result<String, RowError> {
    let name = function.get("name_for_model").filter(|name| name.is_truthy()).or_else(|| function.get("name"));
    match name {
        Some(name) if *name != Json::Null => Ok(name.python_str()),
        _ => Err(lacks("name")),
    }
}

fn summary(function: &Json) -> Result<String, RowError> {
    let found = function.get("description").or_else(|| function.get("description_for_model"));
    found.map(Json::python_str).ok_or_else(|| lacks("description"))
}

pub(super) fn lacks(field: &str) -> RowError {
    RowError::new(RowErrorKind::MissingField, format!("has no `{field}`, and this agent format writes it; give one"))
}

/// The value with the keys of its objects in order.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Map(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            fields.sort_by(|left, right| left.0.cmp(&right.0));
            Json::Map(fields)
        }
        Json::List(items) => Json::List(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
