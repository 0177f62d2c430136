//! The system text of a row: its own or the template's, with the list of tools and what rules add. encoding.md 3.12.

use std::borrow::Cow;

use crate::error::{RowError, RowErrorKind};
use crate::normalise::{Conversation, PartContent};
use crate::rounds::ToolWriter;
use crate::rules::Circumstances;
use crate::template::{Compiled, Options};
use crate::thinking::Thinking;

/// encoding.md 3.12.
pub(super) fn system_text<'c>(
    template: &'c Compiled,
    options: &Options,
    conversation: &mut Conversation<'c>,
    thinking: &Thinking<'_>,
    tools: ToolWriter<'_>,
) -> Result<Option<Cow<'c, str>>, RowError> {
    if !options.use_chat_template {
        return Ok(None);
    }
    let system = own_or_default_system(template, conversation)?;
    let has_tools = !conversation.tools.is_empty();
    let system = if has_tools { Some(with_tools(template, conversation, tools, system)?) } else { system };
    // A list of tools is a system text, too.
    if let (None, Some(needs)) = (&system, &template.rules.needs_system) {
        return Err(needs.refusal());
    }
    let row = Circumstances { thinks: thinking.is_enabled(), has_tools, level: thinking.level() };
    Ok(template.rules.notes.iter().fold(system, |system, note| note.write(system, row)))
}

fn own_or_default_system<'c>(
    template: &'c Compiled,
    conversation: &Conversation<'c>,
) -> Result<Option<Cow<'c, str>>, RowError> {
    match &conversation.system {
        Some(_) if !template.support_system => {
            let detail = format!(
                "template '{}' has no place for a system text, not even an empty one; leave the message out",
                template.template_type
            );
            Err(RowError::new(RowErrorKind::SystemUnsupported, detail).at_field("content").at_message(0))
        }
        Some(system) => Ok(Some(system.clone())),
        None => Ok(template.default_system.as_deref().map(Cow::Borrowed)),
    }
}

/// The system text with the list of tools, which a format may put before the first message instead.
fn with_tools<'c>(
    template: &Compiled,
    conversation: &mut Conversation<'c>,
    tools: ToolWriter<'_>,
    system: Option<Cow<'c, str>>,
) -> Result<Cow<'c, str>, RowError> {
    let place = |error: RowError| error.at_field("tools");
    let (agent, _) = tools.get().map_err(place)?;
    let first = conversation.turns.first_mut().and_then(|turn| turn.parts.first_mut());
    let text = first.as_ref().map_or(Cow::Borrowed(""), |part| match &part.content {
        PartContent::Text(text) => Cow::Owned(format!("{}{text}", part.lead)),
        _ => Cow::Borrowed(""),
    });
    let written = agent.write_tools(conversation.tools, system.as_deref(), &text).map_err(place)?;
    if !written.system.is_empty() && !template.support_system {
        let name = &template.template_type;
        let detail =
            format!("template '{name}' has no place for a system text, and the list of tools is written there");
        return Err(place(RowError::new(RowErrorKind::SystemUnsupported, detail)));
    }
    if let (Some(text), Some(first)) = (written.first, first) {
        if !matches!(first.content, PartContent::Text(_)) {
            let detail =
                "is a list of token ids, and this agent format writes the tools before its text; give the text";
            return Err(RowError::new(RowErrorKind::Unsupported, detail).at_field("content"));
        }
        first.lead = Cow::Borrowed("");
        first.content = PartContent::Text(Cow::Owned(text));
    }
    Ok(Cow::Owned(written.system))
}
