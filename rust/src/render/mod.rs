//! From a row to segments: the pieces of a template in order, each run of text with its weight.
//! encoding.md 3 to 5. No text that came from a message is ever searched for placeholders.

mod contexts;
mod filling;
mod pieces;
mod prefix;
mod response;
mod system;

use crate::agent::ToolPiece;
use crate::error::{Error, RowError, RowErrorKind};
use crate::interrupt;
use crate::normalise::{Part, Speaker, Turn, normalise};
use crate::rounds::ToolWriter;
use crate::row::{Content, MediaCounts, Row};
use crate::segment::Segments;
use crate::template::{Compiled, Options};
use crate::thinking::Thinking;
use crate::tokenizer::Tokenizer;
use prefix::prefix_of;
use system::system_text;

pub use prefix::response_prefix;

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
    render_row(template, options, tokenizer, row, segments)
        .map_err(|error| RowError { message: error.message.map(|message| row.place(message)), ..error })
}

/// Checks that ids in the messages of `row` are those of tokens.
fn check_ids(row: &Row<'_>, tokenizer: &Tokenizer) -> Result<(), RowError> {
    for (index, message) in row.messages.iter().enumerate() {
        let (Content::Ids(ids) | Content::WeightedIds(ids, _)) = &message.content else { continue };
        let failed = |error: Error| RowError::new(RowErrorKind::Tokenizer, error.to_string());
        let limit = tokenizer.id_limit().map_err(failed)?;
        if let Some((at, id)) = ids.iter().enumerate().find(|(_, id)| **id >= limit) {
            let detail =
                format!("{id} at position {at} is not a token id of this tokenizer; they end at {}", limit - 1);
            return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field("content").at_message(index));
        }
    }
    Ok(())
}

fn render_row(
    template: &Compiled,
    options: &Options,
    tokenizer: &Tokenizer,
    row: &Row<'_>,
    segments: &mut Segments,
) -> Result<(), RowError> {
    segments.clear_for(template.number);
    template.check_media(row.media)?;
    check_ids(row, tokenizer)?;
    let agent = options.agent.as_deref().or(template.agent.as_deref());
    let prepared = template.rules.prepare(row)?;
    let row = prepared.as_ref();
    let declared = template.rules.tools_of(row);
    let tools = ToolWriter::Template { agent, template, declared: &declared };
    let mut conversation = normalise(row, tools)?;
    conversation.tools = &declared;
    let has_tools = !declared.is_empty();
    let thinking = Thinking::new(template, options, &row.options)?;
    let channels = thinking.channels(agent, &conversation);
    template.rules.change_turns(&mut conversation, options.use_chat_template, tokenizer, thinking.level(), channels)?;
    if options.use_chat_template && channels.is_none() {
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
        interrupt::check_every::<64>(index);
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
