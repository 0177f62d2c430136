//! The tools of a row: functions in the developer message, built-in tools in the system message.

use super::super::tools::{function, lacks, tool_name};
use super::{END, schema};
use crate::error::{RowError, RowErrorKind};
use crate::json::Json;

const BROWSER: &str = include_str!("../prompts/harmony_browser.txt");
const PYTHON: &str = include_str!("../prompts/harmony_python.txt");

const SYSTEM: &str = "<|start|>system<|message|>";
const DEVELOPER: &str = "<|start|>developer<|message|>";
const CHANNELS: &str = "\n\n# Valid channels: ";
const REQUIRED: &str = "Channel must be included for every message.";
const COMMENTARY: &str = "\nCalls to these tools must go to the commentary channel: 'functions'.";

/// The tools that a row declares, as Harmony's sections.
#[derive(Debug, Default)]
struct Sections {
    browser: bool,
    python: bool,
    functions: Option<String>,
}

/// The system text with the tools in it.
pub(super) fn write(tools: &[Json], system: &str) -> Result<String, RowError> {
    let sections = Sections::new(tools)?;
    match system.split_once(END).filter(|_| system.starts_with(SYSTEM)) {
        Some((system, rest)) => Ok(sections.in_messages(system, rest)),
        // The system text of another template: no message of Harmony's own to stand in.
        None => Ok(sections.behind(system)),
    }
}

impl Sections {
    fn new(tools: &[Json]) -> Result<Self, RowError> {
        let mut sections = Self::default();
        let mut functions = String::new();
        for (index, tool) in tools.iter().enumerate() {
            match built_in(tool) {
                Some("browser") => sections.browser = true,
                Some(_) => sections.python = true,
                None => {
                    write_function(tool, &mut functions).map_err(|error| error.at_field(format!("tools[{index}]")))?
                }
            }
        }
        if !functions.is_empty() {
            let namespace = format!("## functions\n\nnamespace functions {{\n\n{functions}}} // namespace functions");
            sections.functions = Some(namespace);
        }
        Ok(sections)
    }

    /// `system` is the system message without its end, `rest` what follows that.
    fn in_messages(&self, system: &str, rest: &str) -> String {
        let mut head = system.to_owned();
        if self.functions.is_some()
            && let Some(at) = head.find(REQUIRED)
        {
            head.insert_str(at + REQUIRED.len(), COMMENTARY);
        }
        if let Some(tools) = list(self.built_in()) {
            let at = head.find(CHANNELS).unwrap_or(head.len());
            head.insert_str(at, &format!("\n\n{tools}"));
        }
        let Some(tools) = list(self.functions.as_deref()) else { return format!("{head}{END}{rest}") };
        match rest.strip_prefix(DEVELOPER).and_then(|developer| developer.rsplit_once(END)) {
            Some((developer, rest)) => format!("{head}{END}{DEVELOPER}{developer}\n\n{tools}{END}{rest}"),
            None => format!("{head}{END}{DEVELOPER}{tools}{END}{rest}"),
        }
    }

    fn behind(&self, system: &str) -> String {
        let gap = if system.is_empty() { "" } else { "\n\n" };
        let tools = list(self.built_in().chain(self.functions.as_deref())).unwrap_or_default();
        format!("{system}{gap}{tools}")
    }

    fn built_in(&self) -> impl Iterator<Item = &str> {
        let known = [(self.browser, BROWSER), (self.python, PYTHON)];
        known.into_iter().filter(|(is_given, _)| *is_given).map(|(_, text)| text.trim_end_matches('\n'))
    }
}

/// The sections under one heading, where there are any.
fn list<'s>(sections: impl IntoIterator<Item = &'s str>) -> Option<String> {
    let sections: Vec<_> = std::iter::once("# Tools").chain(sections).collect();
    (sections.len() > 1).then(|| sections.join("\n\n"))
}

/// The built-in tool that `tool` is, under its own name or that of OpenAI's Responses API.
fn built_in(tool: &Json) -> Option<&'static str> {
    if tool.get("function").is_some() || tool.get("name").is_some_and(|name| Some(name) != tool.get("type")) {
        return None;
    }
    match tool.get("type").and_then(Json::as_str)? {
        "browser" | "web_search" | "web_search_preview" => Some("browser"),
        "python" | "code_interpreter" => Some("python"),
        _ => None,
    }
}

/// A function as a type of TypeScript, with an empty line behind it.
fn write_function(tool: &Json, out: &mut String) -> Result<(), RowError> {
    let declared = function(tool);
    if let Some(kind) = tool.get("type").and_then(Json::as_str).filter(|kind| *kind != "function")
        && tool.get("function").is_none()
    {
        let detail = format!("is of type '{kind}'; expected a function, or one of browser, python");
        return Err(RowError::new(RowErrorKind::Unsupported, detail));
    }
    if declared.fields().is_none() {
        return Err(lacks("function"));
    }
    let name = tool_name(declared)?;
    let description = declared.get("description").filter(|text| **text != Json::Null).map(Json::python_str);
    for line in description.as_deref().unwrap_or_default().lines() {
        ["// ", line, "\n"].into_iter().for_each(|part| out.push_str(part));
    }
    out.push_str("type ");
    out.push_str(&name);
    match declared.get("parameters").filter(|parameters| **parameters != Json::Null) {
        Some(parameters) => {
            out.push_str(" = (_: ");
            schema::write(parameters, "", out);
            out.push_str(") => any;\n\n");
        }
        None => out.push_str(" = () => any;\n\n"),
    }
    Ok(())
}
