//! The markers that a template and an agent format write.

use crate::agent::{Agent, Answer, Before, Call, agent_format};
use crate::json::Json;
use crate::reasoning::has_thinking;
use crate::template::{Compiled, Piece, Slot, TemplateSpec};

use super::ControlTokens;

/// Every text that the template `spec` itself writes, except its default system text.
pub(super) fn texts_of_template(spec: &TemplateSpec, compiled: &Compiled) -> Vec<String> {
    let bare = TemplateSpec { default_system: None, agent_template: None, ..spec.clone() };
    let mut texts = Vec::new();
    collect(&serde_json::to_value(bare).unwrap_or_default(), &mut texts);
    if has_thinking(compiled) {
        texts.extend([compiled.rules.thinking.opening.clone(), compiled.rules.thinking.closing.clone()]);
    }
    texts
}

fn collect(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        _ => {}
    }
}

/// What a built-in agent format writes around tools, calls and answers. A format of the user's own is not asked.
pub(super) fn texts_of_agent(agent: &dyn Agent, template: &Compiled) -> Vec<String> {
    if agent_format(agent.name()).is_none() {
        return Vec::new();
    }
    let text = |text: &str| Json::Text(text.to_owned());
    let field = |name: &str, value: Json| (name.to_owned(), value);
    let property = Json::Map(vec![field("type", text("string")), field("description", text("d"))]);
    let parameters = Json::Map(vec![
        field("type", text("object")),
        field("properties", Json::Map(vec![field("k", property)])),
        field("required", Json::List(vec![text("k")])),
    ]);
    let function =
        Json::Map(vec![field("name", text("n")), field("description", text("d")), field("parameters", parameters)]);
    let tool = Json::Map(vec![field("type", text("function")), field("function", function)]);
    let arguments = Json::Map(vec![field("k", text("v")), field("l", Json::Int(1))]);
    let calls =
        vec![Call { name: "n".to_owned(), arguments: arguments.clone() }, Call { name: "m".to_owned(), arguments }];
    let mut texts = Vec::new();
    if let Ok(written) = agent.write_tools(std::slice::from_ref(&tool), Some("s"), "q") {
        texts.push(written.system);
        texts.extend(written.first);
    }
    let written = agent.write_calls_to(&[tool], &calls).unwrap_or_default();
    for before in [Before::NoAssistant, Before::Text("a")] {
        if let Ok(joined) = agent.join(before, written.clone()) {
            texts.extend(joined.before);
            texts.push(joined.calls);
        }
    }
    let answers =
        [Answer { content: "c", name: Some("n"), ..Answer::default() }, Answer { content: "{}", ..Answer::default() }];
    if let Ok(answered) = agent.write_answers(&[Some(&written)], &answers, template) {
        texts.push(format!("{:?}", answered.pieces));
        texts.push(format!("{:?}", answered.ending));
    }
    texts.extend(agent.write_unasked(&answers, template, 0));
    texts
}

/// The markers of turns of a template whose prompts hold no control token: nothing tells them from text that spells
/// them.
pub fn plain_markers(template: &Compiled, control: &ControlTokens) -> Vec<String> {
    let mut markers = Vec::new();
    for piece in template.system_prompt.iter().flatten().chain(&template.prompt) {
        let Piece::Text(slots) = piece else { return Vec::new() };
        for slot in slots {
            let Slot::Literal(text) = slot else { continue };
            if control.is_in(text) {
                return Vec::new();
            }
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            markers.extend(lines.map(str::to_owned));
        }
    }
    markers.dedup();
    markers
}
