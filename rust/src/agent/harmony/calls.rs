//! Calls and whom they go to.

use std::borrow::Cow;

use super::super::tools::{function, tool_name};
use super::super::{Answer, Call};
use super::{CALL, NEXT, nameless};
use crate::error::RowError;
use crate::json::{Json, Style, dumps};

const FUNCTIONS: &str = "functions.";

/// The recipient of a call, and the channel in which both it and its answer are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target<'a> {
    pub recipient: Cow<'a, str>,
    pub channel: &'static str,
}

impl<'a> Target<'a> {
    fn new(recipient: Cow<'a, str>) -> Self {
        let channel = if is_built_in(&recipient) { "analysis" } else { "commentary" };
        Self { recipient, channel }
    }

    /// The recipient of a call to `name`: a function, unless the name says another one.
    fn of_call(name: &'a str, tools: &[Json]) -> Self {
        let is_declared = || tools.iter().any(|tool| tool_name(function(tool)).is_ok_and(|declared| declared == name));
        let is_recipient = name.starts_with(FUNCTIONS) || is_built_in(name);
        if is_recipient && !is_declared() { Self::new(Cow::Borrowed(name)) } else { Self::function(name) }
    }

    fn function(name: &str) -> Self {
        Self { recipient: Cow::Owned(format!("{FUNCTIONS}{name}")), channel: "commentary" }
    }

    /// Whether `name` is this recipient's, with its namespace or without.
    fn is_named(&self, name: &str) -> bool {
        self.recipient == name || self.recipient.strip_prefix(FUNCTIONS) == Some(name)
    }
}

/// Whether a recipient is one of the tools that the model was trained with.
fn is_built_in(recipient: &str) -> bool {
    recipient == "python" || recipient.starts_with("browser.")
}

pub(super) fn write(calls: &[Call], tools: &[Json]) -> String {
    let mut out = String::new();
    for (index, call) in calls.iter().enumerate() {
        if index > 0 {
            out.push_str(NEXT);
        }
        let target = Target::of_call(&call.name, tools);
        // Harmony marks what is JSON; the built-in tools take code.
        let kind = if target.channel == "analysis" { "code" } else { "<|constrain|>json" };
        let content = content(&target, &call.arguments);
        let head = [" to=", &target.recipient, "<|channel|>", target.channel, " ", kind, "<|message|>"];
        head.into_iter().chain([content.as_ref(), CALL]).for_each(|part| out.push_str(part));
    }
    out
}

/// The arguments as JSON; those of `python` are code.
fn content<'c>(target: &Target<'_>, arguments: &'c Json) -> Cow<'c, str> {
    let code = match (arguments, arguments.fields()) {
        (Json::Text(text), _) => Some(text.as_str()),
        (_, Some([(key, Json::Text(code))])) if target.recipient == "python" && key == "code" => Some(code.as_str()),
        _ => None,
    };
    code.map_or_else(|| Cow::Owned(dumps(arguments, Style::Plain)), Cow::Borrowed)
}

/// Whom the calls in what the assistant said go to, in order.
pub(super) fn targets(said: &str) -> Vec<Target<'_>> {
    let messages = super::super::parse::messages(said);
    messages.filter_map(|message| message.recipient).map(|recipient| Target::new(Cow::Borrowed(recipient))).collect()
}

/// The call that an answer belongs to: the one that it names, else the one in its place, else the last.
pub(super) fn answered<'t>(targets: &[Target<'t>], index: usize, answer: &Answer<'_>) -> Result<Target<'t>, RowError> {
    let in_place = targets.get(index).or(targets.last());
    let Some(name) = answer.name.or(answer.tool) else { return in_place.cloned().ok_or_else(nameless) };
    let named = in_place.filter(|target| target.is_named(name));
    let named = named.or_else(|| targets.iter().find(|target| target.is_named(name)));
    Ok(named.cloned().unwrap_or_else(|| {
        let target = Target::of_call(name, &[]);
        Target { recipient: Cow::Owned(target.recipient.into_owned()), channel: target.channel }
    }))
}
