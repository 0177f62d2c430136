//! From a row to segments: the pieces of a template in order, each run of text with its weight.
//! encoding.md 3 to 5. No text that came from a message is ever searched for placeholders.

use std::borrow::Cow;

use crate::agent::ToolPiece;
use crate::error::{RowError, RowErrorKind};
use crate::loss::BaseStrategy;
use crate::normalise::{Conversation, Part, PartContent, Speaker, Turn, normalise};
use crate::rounds::ToolWriter;
use crate::row::{AddEos, MediaCounts, Row, RowOptions};
use crate::rules::Circumstances;
use crate::segment::Segments;
use crate::task::TaskType;
use crate::template::{Closing, Compiled, Fixed, Options, Piece, RawId, RawPiece, Slot};
use crate::thinking::Thinking;
use crate::tokenizer::Tokenizer;

/// How many of a response's last ids are looked at for a stop word at its end.
const STOP_WINDOW: usize = 20;

/// What stands in a text where a step ends.
const STEP: &str = "<cot-process>";

/// Renders `row` into `segments`, which is cleared first.
///
/// # Errors
///
/// A [`RowError`] for a row that the template cannot render.
pub fn render_into(
    template: &Compiled,
    options: &Options,
    tokenizer: &Tokenizer,
    row: &Row<'_>,
    segments: &mut Segments,
) -> Result<(), RowError> {
    segments.clear();
    template.check_media(row.media)?;
    let agent = options.agent.as_deref().or(template.agent.as_deref());
    let tools = ToolWriter::Template { agent, template };
    let prepared = template.rules.prepare(row)?;
    let row = prepared.as_ref();
    let mut conversation = normalise(row, tools)?;
    template.rules.change_turns(&mut conversation, options.use_chat_template, tokenizer)?;
    let thinking = Thinking::new(template, options, &row.options)?;
    let has_tools = !row.tools.is_empty();
    if options.use_chat_template {
        thinking.apply(&mut conversation, has_tools);
    }
    let system = system_text(template, options, &mut conversation, &thinking, tools)?;
    let system = system.as_deref();
    let rounds = rounds(template, &conversation.turns);
    let mut renderer = Renderer {
        template,
        options,
        tokenizer,
        segments,
        media: row.media,
        context: String::new(),
        failure: None,
        held: None,
        apart: false,
    };
    renderer.opening(system, &thinking, has_tools);
    for (index, round) in rounds.iter().enumerate() {
        let is_last = index + 1 == rounds.len();
        renderer.prompt(round, index, is_last, system)?;
        match round.response {
            Some(parts) => {
                renderer.response(parts, round.query, is_last);
                let answered = rounds.get(index + 1).is_some_and(|next| next.tool.is_some());
                if !answered {
                    renderer.closing_of(parts, row.add_eos, is_last)?;
                }
            }
            None => {
                renderer.response_prefix(&prefix_of(template, options, &row.options, &thinking));
            }
        }
    }
    renderer.ids(&template.eos, Place::Suffix);
    if options.use_chat_template {
        renderer.budget_opening(&conversation)?;
    }
    renderer.failure.take().map_or(Ok(()), Err)
}

/// What the prompt of `row` ends with where its last turn is open.
///
/// # Errors
///
/// A [`RowError`] for a row whose say on thinking makes no sense.
pub fn response_prefix(template: &Compiled, options: &Options, row: &Row<'_>) -> Result<String, RowError> {
    let thinking = Thinking::new(template, options, &row.options)?;
    Ok(prefix_of(template, options, &row.options, &thinking).into_owned())
}

/// What the row says, else the call, else the template.
fn prefix_of<'a>(
    template: &'a Compiled,
    options: &'a Options,
    row: &'a RowOptions<'_>,
    thinking: &Thinking<'a>,
) -> Cow<'a, str> {
    let own = row.response_prefix.as_deref().or(options.response_prefix.as_deref());
    let default = if options.use_chat_template { thinking.response_prefix() } else { "" };
    let prefix = own.unwrap_or(default);
    let channels = template.rules.channels.as_ref().filter(|_| !prefix.is_empty());
    channels.and_then(|channels| channels.write(prefix, false)).map_or(Cow::Borrowed(prefix), Cow::Owned)
}

/// encoding.md 3.12.
fn system_text<'c>(
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

/// A query and what answers it; `None` for a turn still open.
struct Round<'c, 'a> {
    query: &'c [Part<'a>],
    /// What stands in place of the prompt where tools answered.
    tool: Option<&'c [ToolPiece]>,
    response: Option<&'c [Part<'a>]>,
}

/// encoding.md 4.13 and 4.14.
fn rounds<'c, 'a>(template: &Compiled, turns: &'c [Turn<'a>]) -> Vec<Round<'c, 'a>> {
    let mut rounds = Vec::with_capacity(turns.len() / 2 + 1);
    if turns.first().is_none_or(|turn| turn.speaker == Speaker::Assistant) {
        rounds.push(Round { query: &[], tool: None, response: None });
    }
    for turn in turns {
        match (turn.speaker, rounds.last_mut()) {
            (Speaker::Assistant, Some(round)) => round.response = Some(&turn.parts),
            _ => {
                let tool = (turn.speaker == Speaker::Tool).then_some(turn.pieces.as_slice());
                rounds.push(Round { query: &turn.parts, tool, response: None });
            }
        }
    }
    if template.chat_sep.is_none() && rounds.len() > 1 {
        rounds.drain(..rounds.len() - 1);
    }
    rounds
}

/// Where a context stands, for the base strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Response { is_last: bool },
    Suffix,
    Other,
}

struct Renderer<'r> {
    template: &'r Compiled,
    options: &'r Options,
    tokenizer: &'r Tokenizer,
    segments: &'r mut Segments,
    /// The media whose tags have not been met yet.
    media: MediaCounts,
    /// One context's text, where it must be looked at as a whole.
    context: String,
    /// What a loss scale of the user's own said against the row, first.
    failure: Option<RowError>,
    /// The weight of a newline that is held back until the next context is known.
    held: Option<f64>,
    /// Whether the last run of the response that follows is tokenized apart.
    apart: bool,
}

impl Renderer<'_> {
    fn opening(&mut self, system: Option<&str>, thinking: &Thinking<'_>, has_tools: bool) {
        let template = self.template;
        let with_system = template.system_prompt.is_none() && system.is_some_and(|text| !text.is_empty());
        let pieces = if with_system { &template.system_prefix } else { &template.prefix };
        let filling = Filling { system, query: None, round: None, rename: None };
        if let (Some(note), Some(level)) = (&template.rules.opening, thinking.level()) {
            let written = note.at(level);
            let first = if has_tools && template.bos.is_empty() { filling.text_of(pieces.first()) } else { None };
            if let Some((first, at)) = first.and_then(|text| note.place_in(&text).map(|at| (text, at))) {
                self.context(&[&first[..at], &written, &first[at..]], Place::Other, None);
                self.pieces(&pieces[1..], &filling);
                return;
            }
            self.weighed_context(&[&written], 0.0);
        }
        self.ids(&template.bos, Place::Other);
        self.pieces(pieces, &filling);
    }

    /// What an open last turn ends with.
    fn response_prefix(&mut self, prefix: &str) {
        if prefix.is_empty() {
            return;
        }
        self.context(&[prefix], Place::Other, None);
    }

    /// What an open row ends with where there is no budget for thinking.
    fn budget_opening(&mut self, conversation: &Conversation<'_>) -> Result<(), RowError> {
        let (Some(budget), Some((last, weight))) = (&self.template.rules.budget, self.segments.last_text()) else {
            return Ok(());
        };
        if let Some(opening) = budget.opening(last, conversation, self.tokenizer)? {
            self.segments.push_ids(&[], weight); // so that it is tokenized apart
            self.segments.push_text(&opening, weight);
        }
        Ok(())
    }

    fn prompt(
        &mut self,
        round: &Round<'_, '_>,
        index: usize,
        is_last: bool,
        system: Option<&str>,
    ) -> Result<(), RowError> {
        let template = self.template;
        if let Some(pieces) = round.tool {
            return self.tool_pieces(pieces, index, system);
        }
        let pieces = match &template.system_prompt {
            Some(pieces) if is_last => pieces,
            _ => &template.prompt,
        };
        self.pieces(pieces, &Filling { system, query: Some(round.query), round: Some(index), rename: None });
        Ok(())
    }

    /// What tools answered, in place of a prompt.
    fn tool_pieces(&mut self, pieces: &[ToolPiece], index: usize, system: Option<&str>) -> Result<(), RowError> {
        let template = self.template;
        for piece in pieces {
            match piece {
                ToolPiece::Text(text) => self.context(&[text], Place::Other, None),
                ToolPiece::Raw(RawPiece::Text(text)) => self.context(&[text], Place::Other, None),
                ToolPiece::Raw(RawPiece::Ids(ids)) => self.ids(&self.resolve(ids)?, Place::Other),
                ToolPiece::Separator => self.closing(template.chat_sep.as_ref(), Place::Other),
                ToolPiece::Prompt { query, rename } => {
                    let content = PartContent::Text(Cow::Borrowed(query));
                    let query = [Part { lead: Cow::Borrowed(""), content, loss: None, loss_scale: None }];
                    let filling = Filling { system, query: Some(&query), round: Some(index), rename: *rename };
                    self.pieces(&template.prompt, &filling);
                }
            }
        }
        Ok(())
    }

    fn resolve(&self, ids: &[RawId]) -> Result<Vec<u32>, RowError> {
        let one = |id: &RawId| match id {
            RawId::Id(id) => Ok(*id),
            RawId::Attribute(name) => self.tokenizer.attribute_id(name).ok_or_else(|| {
                RowError::new(RowErrorKind::Unsupported, format!("asks for the tokenizer's {name}, and it has none"))
            }),
        };
        ids.iter().map(one).collect()
    }

    fn pieces(&mut self, pieces: &[Piece], filling: &Filling<'_, '_>) {
        for piece in pieces {
            match piece {
                Piece::Ids(ids) => self.ids(ids, Place::Other),
                Piece::Text(slots) => filling.with_texts(slots, |texts| {
                    if texts.iter().any(|text| !text.is_empty()) {
                        self.context(texts, Place::Other, None);
                    }
                }),
            }
        }
    }

    fn response(&mut self, parts: &[Part<'_>], query: &[Part<'_>], is_last: bool) {
        let place = Place::Response { is_last };
        let query = if self.options.loss_scale.reads_query() { Some(joined(query)) } else { None };
        for (index, part) in parts.iter().enumerate() {
            self.apart = is_last && index + 1 == parts.len() && self.sets_answer_apart();
            let trained = part.loss.unwrap_or_else(|| self.trains(place));
            let weight = if trained { part.loss_scale.unwrap_or(1.0) } else { 0.0 };
            let split = trained && part.loss_scale.is_none() && !self.options.loss_scale.is_plain();
            match &part.content {
                PartContent::Text(text) if split => self.split_context(&[&part.lead, text], query.as_deref()),
                PartContent::Text(text) => self.weighed_context(&[&part.lead, text], weight),
                PartContent::Ids(ids) => self.push_ids(ids, weight),
                PartContent::WeightedIds(ids, weights) => {
                    for (id, weight) in ids.iter().zip(weights.iter()) {
                        self.push_ids(&[*id], *weight);
                    }
                }
            }
            self.apart = false;
        }
    }

    fn sets_answer_apart(&self) -> bool {
        self.template.rules.answer_apart && self.options.is_training()
    }

    /// What stands after a response: the separator, or the suffix after the last (encoding.md 4.16).
    fn closing_of(&mut self, parts: &[Part<'_>], add_eos: AddEos, is_last: bool) -> Result<(), RowError> {
        let template = self.template;
        let (closing, place) = if !is_last {
            (template.chat_sep.as_ref(), Place::Other)
        } else if self.adds_suffix(parts, add_eos)? {
            (Some(&template.suffix), Place::Suffix)
        } else {
            (None, Place::Suffix)
        };
        let Some(closing) = closing else {
            return Ok(());
        };
        if let Some(rest) = rest_of_closing(parts, closing) {
            self.ids(rest, place);
            return Ok(());
        }
        self.closing(Some(closing), place);
        Ok(())
    }

    fn closing(&mut self, closing: Option<&Closing>, place: Place) {
        for piece in closing.iter().flat_map(|closing| &closing.pieces) {
            match piece {
                Fixed::Text(text) => self.context(&[text], place, None),
                Fixed::Ids(ids) => self.ids(ids, place),
            }
        }
    }

    fn adds_suffix(&self, parts: &[Part<'_>], add_eos: AddEos) -> Result<bool, RowError> {
        let wanted = match add_eos {
            AddEos::Always => return Ok(true),
            AddEos::Never => return Ok(false),
            AddEos::Auto => true,
            AddEos::Unset => self.options.closes_response(),
        };
        Ok(wanted && self.template.eos.is_empty() && !self.ends_with_stop(parts)?)
    }

    fn ends_with_stop(&self, parts: &[Part<'_>]) -> Result<bool, RowError> {
        let text: Cow<'_, str> = match parts.last() {
            None => return Ok(false),
            Some(part) => match &part.content {
                PartContent::Text(text) if part.lead.is_empty() => Cow::Borrowed(text),
                PartContent::Text(text) => Cow::Owned(format!("{}{text}", part.lead)),
                PartContent::Ids(ids) | PartContent::WeightedIds(ids, _) => {
                    let tail = &ids[ids.len().saturating_sub(STOP_WINDOW)..];
                    let decoded = self.tokenizer.decode(tail, false);
                    Cow::Owned(decoded.map_err(|error| RowError::new(RowErrorKind::Tokenizer, error.to_string()))?)
                }
            },
        };
        Ok(self.template.stop_texts.iter().any(|stop| text.ends_with(stop.as_str())))
    }

    /// Whether the base strategy trains what stands at `place`.
    fn trains(&self, place: Place) -> bool {
        let last_round_only = self.template.rules.last_round_only;
        let base = if last_round_only { BaseStrategy::LastRound } else { self.options.loss_scale.base() };
        match (base, place) {
            (BaseStrategy::All, _) => true,
            (_, Place::Other) => false,
            (BaseStrategy::LastRound, Place::Response { is_last }) => is_last,
            (BaseStrategy::Default | BaseStrategy::LastRound, _) => true,
        }
    }

    fn ids(&mut self, ids: &[u32], place: Place) {
        if ids.is_empty() {
            return;
        }
        let weight = if self.trains(place) { 1.0 } else { 0.0 };
        self.push_ids(ids, weight);
    }

    fn push_ids(&mut self, ids: &[u32], weight: f64) {
        self.release_newline("");
        self.segments.push_ids(ids, weight);
    }

    /// Emits one context, given in slices, with the weight that the settings give it.
    fn context(&mut self, texts: &[&str], place: Place, query: Option<&str>) {
        if !self.trains(place) {
            self.weighed_context(texts, 0.0);
        } else if self.options.loss_scale.is_plain() {
            self.weighed_context(texts, 1.0);
        } else {
            self.split_context(texts, query);
        }
    }

    /// Emits one context, split and weighed by the named scales.
    fn split_context(&mut self, texts: &[&str], query: Option<&str>) {
        let mut whole = std::mem::take(&mut self.context);
        join_into(texts, &mut whole);
        let parts = self.options.loss_scale.split(&whole, query).unwrap_or_else(|error| {
            self.failure.get_or_insert(error);
            Vec::new()
        });
        for (index, (part, weight)) in parts.iter().enumerate() {
            if self.apart && index + 1 == parts.len() {
                self.segments.push_ids(&[], *weight);
            }
            self.push(part, *weight);
        }
        self.context = whole;
    }

    fn weighed_context(&mut self, texts: &[&str], weight: f64) {
        if self.apart {
            self.segments.push_ids(&[], weight);
        }
        if self.media.is_empty() && self.template.rules.newline.is_none() && !self.marks_steps() {
            texts.iter().for_each(|text| self.segments.push_text(text, weight));
            return;
        }
        let mut whole = std::mem::take(&mut self.context);
        join_into(texts, &mut whole);
        self.push(&whole, weight);
        self.context = whole;
    }

    /// Appends the newline that was held back, unless `next`, the context behind it, says that it goes.
    fn release_newline(&mut self, next: &str) {
        if let (Some(rule), Some(weight)) = (&self.template.rules.newline, self.held.take())
            && !next.contains(rule.before.as_str())
        {
            self.segments.push_text("\n", weight);
        }
    }

    /// Appends one context, or a part of one; a medium's tag is never trained.
    fn push(&mut self, text: &str, weight: f64) {
        let mut rest = text;
        if let Some(rule) = &self.template.rules.newline {
            self.release_newline(text);
            if let Some(held) = rule.held(text) {
                rest = held;
                self.held = Some(weight);
            }
        }
        while !self.media.is_empty() {
            let Some((at, tag)) = self.next_tag(rest) else {
                break;
            };
            self.push_steps(&rest[..at], weight);
            self.segments.push_text(tag, 0.0);
            rest = &rest[at + tag.len()..];
        }
        self.push_steps(rest, weight);
    }

    /// Whether texts may hold marks of steps to be rewarded.
    fn marks_steps(&self) -> bool {
        self.options.task_type == TaskType::Prm && self.template.step_token.is_some()
    }

    /// Appends text; where steps are rewarded, their mark is the template's own (encoding.md 7.27).
    fn push_steps(&mut self, text: &str, weight: f64) {
        let Some(step_token) = self.template.step_token.as_deref().filter(|_| self.marks_steps()) else {
            return self.segments.push_text(text, weight);
        };
        for (index, step) in text.split(STEP).enumerate() {
            if index > 0 {
                self.segments.push_text(step_token, weight);
            }
            self.segments.push_text(step, weight);
        }
    }

    /// The first tag in `text` that stands for a medium of the row; it is counted as met.
    fn next_tag(&mut self, text: &str) -> Option<(usize, &'static str)> {
        let media = &mut self.media;
        [("<image>", &mut media.images), ("<video>", &mut media.videos), ("<audio>", &mut media.audios)]
            .into_iter()
            .filter(|(_, left)| **left > 0)
            .filter_map(|(tag, left)| text.find(tag).map(|at| (at, tag, left)))
            .min_by_key(|(at, ..)| *at)
            .map(|(at, tag, left)| {
                *left -= 1;
                (at, tag)
            })
    }
}

/// What a response of ids leaves of the closing that follows it, where it ends with its first ids.
fn rest_of_closing<'c>(parts: &[Part<'_>], closing: &'c Closing) -> Option<&'c [u32]> {
    let ids = match parts {
        [Part { content: PartContent::Ids(ids) | PartContent::WeightedIds(ids, _), .. }] => ids,
        _ => return None,
    };
    let closing = closing.text_ids.as_deref()?;
    let longest = ids.len().min(closing.len());
    (1..=longest).rev().find(|overlap| ids.ends_with(&closing[..*overlap])).map(|overlap| &closing[overlap..])
}

fn join_into(texts: &[&str], whole: &mut String) {
    whole.clear();
    texts.iter().for_each(|text| whole.push_str(text));
}

fn joined<'c>(query: &'c [Part<'_>]) -> Cow<'c, str> {
    let mut texts = query.iter().flat_map(|part| match &part.content {
        PartContent::Text(text) => [part.lead.as_ref(), text.as_ref()],
        _ => ["", ""],
    });
    match query {
        [Part { lead, content: PartContent::Text(text), .. }] if lead.is_empty() => Cow::Borrowed(text),
        _ => Cow::Owned(texts.by_ref().collect()),
    }
}

fn renamed(slot: &Slot, from: &str, to: &str) -> String {
    match slot {
        Slot::Literal(text) => text.replace(from, to),
        _ => String::new(),
    }
}

/// What a template's placeholders stand for in one place.
struct Filling<'f, 'a> {
    system: Option<&'f str>,
    query: Option<&'f [Part<'a>]>,
    round: Option<usize>,
    /// A word of the template's own text, and what is written in its place.
    rename: Option<(&'static str, &'static str)>,
}

impl Filling<'_, '_> {
    /// The text of `piece`, where it is one.
    fn text_of(&self, piece: Option<&Piece>) -> Option<String> {
        let mut whole = String::new();
        match piece {
            Some(Piece::Text(slots)) => self.with_texts(slots, |texts| join_into(texts, &mut whole)),
            _ => return None,
        }
        Some(whole)
    }

    /// Calls `emit` with the texts of `slots`. What nothing fills stays as it is written.
    fn with_texts(&self, slots: &[Slot], emit: impl FnOnce(&[&str])) {
        let round0 = self.round.map(|round| round.to_string());
        let round1 = self.round.map(|round| (round + 1).to_string());
        let mut texts: Vec<&str> = Vec::with_capacity(slots.len() + 2);
        let renamed: Vec<String> = match self.rename {
            Some((from, to)) => slots.iter().map(|slot| renamed(slot, from, to)).collect(),
            None => Vec::new(),
        };
        for (index, slot) in slots.iter().enumerate() {
            match slot {
                Slot::Literal(_) if self.rename.is_some() => texts.push(&renamed[index]),
                Slot::Literal(text) => texts.push(text),
                Slot::System => texts.push(self.system.unwrap_or("{{SYSTEM}}")),
                Slot::Round0 => texts.push(round0.as_deref().unwrap_or("{{ROUND0}}")),
                Slot::Round1 => texts.push(round1.as_deref().unwrap_or("{{ROUND1}}")),
                Slot::Query => match self.query {
                    None => texts.push("{{QUERY}}"),
                    Some(parts) => {
                        for part in parts {
                            if let PartContent::Text(text) = &part.content {
                                texts.push(&part.lead);
                                texts.push(text);
                            }
                        }
                    }
                },
            }
        }
        emit(&texts);
    }
}
