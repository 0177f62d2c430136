//! A row through an encoder, side by side, as its layout has it.

use super::{Layout, Shape, target};
use crate::encode::{Encoder, Scratch};
use crate::encoded::{Encoded, View};
use crate::error::{RowError, RowErrorKind};
use crate::row::{Label, Role, Row, Side, Sides};
use crate::warning::{RowWarning, WarningCounts};

/// What a row tells beside its tokens.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values {
    pub margin: Option<f64>,
    /// The numbers of the target.
    pub target: Vec<f64>,
    /// Whether the row has a target; one that is a list may be empty.
    pub has_target: bool,
}

/// Takes what comes of rows.
pub trait RowSink {
    /// One sequence, of the side with this index in the layout.
    fn sequence(&mut self, side: usize, sequence: View<'_>);

    /// The row is whole.
    fn end(&mut self, values: &Values);

    /// Something about the row, which is encoded, deserves a warning.
    fn warn(&mut self, warning: &RowWarning);
}

/// What came of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EncodedRow {
    /// Its sequences, each with the index of its side in the layout.
    pub sequences: Vec<(usize, Encoded)>,
    pub values: Values,
}

impl EncodedRow {
    /// Hands it on, as it was handed out.
    pub fn give(&self, sink: &mut impl RowSink) {
        for (side, sequence) in &self.sequences {
            sink.sequence(*side, sequence.view());
        }
        sink.end(&self.values);
    }
}

/// Keeps what comes of rows.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub rows: Vec<EncodedRow>,
    pub warnings: WarningCounts,
    open: Vec<(usize, Encoded)>,
}

impl RowSink for Kept {
    fn sequence(&mut self, side: usize, sequence: View<'_>) {
        self.open.push((side, sequence.to_encoded()));
    }

    fn end(&mut self, values: &Values) {
        let sequences = std::mem::take(&mut self.open);
        self.rows.push(EncodedRow { sequences, values: values.clone() });
    }

    fn warn(&mut self, warning: &RowWarning) {
        self.warnings.add(warning, 0);
    }
}

/// Hands the warnings of a row, or of one side of it, to `sink`.
fn warn(row: &Row<'_>, sink: &mut impl RowSink) {
    row.warnings.iter().for_each(|warning| sink.warn(warning));
}

/// Encodes `row` and hands what comes of it to `sink`.
///
/// # Errors
///
/// A [`RowError`] for a row that cannot be encoded; `sink` may have got some of its sequences then.
pub(crate) fn encode_row(
    encoder: &Encoder,
    row: &Row<'_>,
    scratch: &mut Scratch,
    sink: &mut impl RowSink,
) -> Result<(), RowError> {
    let layout = encoder.layout();
    scratch.warnings.clear();
    let mut values = Values::default();
    let row = &*encoder.with_reasoning(row);
    match layout.shape {
        Shape::Plain => encoder.encode_with(row, scratch, |view| {
            sink.sequence(0, view);
            sink.end(&values);
        })?,
        Shape::Classified(problem) => {
            target::classes(label(row), problem, &mut values)?;
            encoder.encode_with(row, scratch, |view| sink.sequence(0, view))?;
            sink.end(&values);
        }
        Shape::Pair { needs_rejected } => pair(encoder, row, scratch, sink, needs_rejected, layout)?,
        Shape::Anchored => anchored(encoder, row, scratch, sink)?,
        Shape::Ranked => ranked(encoder, row, scratch, sink)?,
    }
    if !row.warnings.is_empty() {
        warn(row, sink);
    }
    scratch.warnings.drain(..).for_each(|warning| sink.warn(&warning));
    Ok(())
}

/// The conversations of `row` that [`encode_row`] encodes, its own first. Sides that cannot be read are left out.
pub(crate) fn sides_of<'r, 'a>(row: &'r Row<'a>, layout: &Layout) -> Vec<&'r Row<'a>> {
    let mut found = vec![row];
    let Some(sides) = row.sides.as_deref() else { return found };
    let positive = sides.positive.as_deref().unwrap_or_default();
    let negative = sides.negative.as_deref().unwrap_or_default();
    match layout.shape {
        Shape::Plain | Shape::Classified(_) => {}
        Shape::Pair { .. } => found.extend(sides.rejected.iter().flatten()),
        Shape::Anchored => found.extend(positive.iter().take(1).chain(negative)),
        Shape::Ranked => found.extend(positive.iter().chain(negative)),
    }
    found
}

fn label<'r, 'a>(row: &'r Row<'a>) -> &'r Label<'a> {
    row.sides.as_ref().map_or(&Label::None, |sides| &sides.label)
}

fn pair(
    encoder: &Encoder,
    row: &Row<'_>,
    scratch: &mut Scratch,
    sink: &mut impl RowSink,
    needs_rejected: bool,
    layout: &Layout,
) -> Result<(), RowError> {
    let mut values = Values::default();
    let rejected = match row.sides.as_deref() {
        Some(sides) => {
            values.margin = sides.margin.clone()?;
            sides.rejected.as_ref().map_err(Clone::clone)?.as_ref()
        }
        None => None,
    };
    if rejected.is_none() && needs_rejected {
        let detail = "is missing, and so is 'rejected_messages'; give the response that was not preferred in one of \
                      them";
        return Err(RowError::new(RowErrorKind::MissingField, detail).at_field("rejected_response"));
    }
    if layout.target.is_some() {
        values.target.push(f64::from(u8::from(target::desirable(label(row))?)));
        values.has_target = true;
    }
    encoder.encode_with(row, scratch, |view| sink.sequence(0, view))?;
    if let Some(rejected) = rejected {
        let rejected = &*encoder.with_reasoning(rejected);
        encoder
            .encode_with(rejected, scratch, |view| sink.sequence(1, view))
            .map_err(|error| error.inside(Side::Rejected.field()))?;
        warn(rejected, sink);
    }
    sink.end(&values);
    Ok(())
}

/// The sides of a row that must have one of `side`.
fn sides<'r, 'a>(row: &'r Row<'a>, side: Side) -> Result<&'r Sides<'a>, RowError> {
    row.sides.as_deref().ok_or_else(|| missing(side))
}

fn missing(side: Side) -> RowError {
    let detail = "is missing; give a list of lists of messages";
    RowError::new(RowErrorKind::MissingField, detail).at_field(side.field())
}

fn anchored(encoder: &Encoder, row: &Row<'_>, scratch: &mut Scratch, sink: &mut impl RowSink) -> Result<(), RowError> {
    let sides = sides(row, Side::Positive)?;
    // Of several positive texts the first counts, as in ms-swift.
    let positive = sides.positive.as_ref().map_err(Clone::clone)?.first().ok_or_else(|| missing(Side::Positive))?;
    let negative = sides.negative.as_ref().map_err(Clone::clone)?;
    let mut values = Values { has_target: true, ..Values::default() };
    values.target.push(target::similarity(&sides.label)?);
    values.target.resize(1 + negative.len(), 0.0);
    encoder.encode_with(row, scratch, |view| sink.sequence(0, view))?;
    let mut encode = |row: &Row<'_>, index, side: Side, at| {
        let row = &*encoder.with_reasoning(row);
        let place = |error: RowError| error.inside(&format!("{}[{at}]", side.field()));
        encoder.encode_with(row, scratch, |view| sink.sequence(index, view)).map_err(place)?;
        warn(row, sink);
        Ok::<_, RowError>(())
    };
    encode(positive, 1, Side::Positive, 0)?;
    for (at, row) in negative.iter().enumerate() {
        encode(row, 2, Side::Negative, at)?;
    }
    sink.end(&values);
    Ok(())
}

fn ranked(encoder: &Encoder, row: &Row<'_>, scratch: &mut Scratch, sink: &mut impl RowSink) -> Result<(), RowError> {
    let sides = sides(row, Side::Positive)?;
    let positive = sides.positive.as_ref().map_err(Clone::clone)?;
    let negative = sides.negative.as_ref().map_err(Clone::clone)?;
    if positive.is_empty() && negative.is_empty() {
        return Err(missing(Side::Positive));
    }
    let mut values = Values { has_target: true, ..Values::default() };
    let positive = positive.iter().map(|text| (text, Side::Positive, 1.0)).enumerate();
    let negative = negative.iter().map(|text| (text, Side::Negative, 0.0)).enumerate();
    for (at, (text, side, label)) in positive.chain(negative) {
        values.target.push(label);
        let text = &*encoder.with_reasoning(text);
        let whole = behind(row, text);
        let place = |error| placed(error, row, text, &format!("{}[{at}]", side.field()));
        encoder.encode_with(&whole, scratch, |view| sink.sequence(0, view)).map_err(place)?;
        warn(text, sink);
    }
    sink.end(&values);
    Ok(())
}

/// `text` behind the messages of `query`; what the row says for itself is the text's own, but for a
/// system text, which falls back to the query's.
fn behind<'a>(query: &Row<'a>, text: &Row<'a>) -> Row<'a> {
    let is_system = |row: &Row<'_>| row.messages.first().is_some_and(|message| message.role == Role::System);
    let (of_query, of_text) = (usize::from(is_system(query)), usize::from(is_system(text)));
    let system = if of_text > 0 { &text.messages[..of_text] } else { &query.messages[..of_query] };
    let messages = [system, &query.messages[of_query..], &text.messages[of_text..]].concat();
    Row { messages, media: query.media.with(text.media), places: Vec::new(), ..text.clone() }
}

/// The error of a text behind a query, placed in the text unless a message of the query is to blame.
fn placed(mut error: RowError, query: &Row<'_>, text: &Row<'_>, field: &str) -> RowError {
    let is_system = |row: &Row<'_>| row.messages.first().is_some_and(|message| message.role == Role::System);
    let before = query.messages.len() - usize::from(is_system(query) && is_system(text));
    match error.message {
        Some(message) if message < before => RowError { message: Some(query.place(message)), ..error },
        message => {
            error.message = message.map(|message| text.place(message - before));
            error.inside(field)
        }
    }
}
