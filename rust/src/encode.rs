//! From segments to ids, labels and weights: the second of the two public stages.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use crate::IGNORE_INDEX;
use crate::batch::Foreign;
use crate::control::{ContentPolicy, ControlTokens, Guards, plain_markers};
use crate::encoded::{Encoded, View, clear_first};
use crate::error::{Error, RowError, RowErrorKind};
use crate::length;
use crate::loss::{LossScale, label_terminators};
use crate::reasoning::with_reasoning;
use crate::render::{render_into, response_prefix};
use crate::row::Row;
use crate::segment::{Part, SegmentContent, Segments};
use crate::task::{EncodedRow, Kept, Layout, RowSink, TaskType, encode_row, sides_of};
use crate::template::{Compiled, Mode, Options, TemplateSpec, Truncation};
use crate::tokenizer::Tokenizer;
use crate::warning::{RowWarning, WarningCounts, WarningKind};

/// Memory that encoding reuses from row to row.
#[derive(Debug, Default)]
pub struct Scratch {
    segments: Segments,
    token_ids: Vec<u32>,
    encoded: Encoded,
    /// What was found while a row was encoded.
    pub(crate) warnings: Vec<RowWarning>,
}

thread_local! {
    /// What [`Encoder::encode_to`] reuses from call to call.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A template, a tokenizer and the options of a call: everything that turns rows into tokens.
/// Immutable, and free to share between threads.
#[derive(Debug, Clone)]
pub struct Encoder {
    tokenizer: Arc<Tokenizer>,
    template: Arc<Compiled>,
    options: Options,
    layout: Layout,
    /// What encodes plain texts; made for the first of them.
    plain: Arc<OnceLock<Result<PlainText, RowError>>>,
    spec: Arc<TemplateSpec>,
    control: Arc<ControlTokens>,
    /// Who encodes the rows of files instead.
    foreign: Option<Arc<dyn Foreign>>,
}

/// How a plain text is encoded: without a chat around it, all of it trained (`use_chat_template=False`).
#[derive(Debug)]
struct PlainText {
    template: Compiled,
    options: Options,
}

impl Encoder {
    /// Compiles `spec` for `tokenizer`.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] or [`Error::Argument`] for what cannot be compiled.
    pub fn new(tokenizer: Arc<Tokenizer>, spec: &TemplateSpec, options: Options) -> Result<Self, Error> {
        options.check()?;
        let template = Arc::new(Compiled::new(spec, &tokenizer)?);
        let layout = Layout::of(&options);
        let agent = options.agent.as_deref().or(template.agent.as_deref());
        let control = Arc::new(ControlTokens::new(spec, &template, agent, &tokenizer)?);
        let (plain, spec) = (Arc::default(), Arc::new(spec.without_chat()));
        Ok(Self { tokenizer, template, options, layout, plain, spec, control, foreign: None })
    }

    /// The same template and tokenizer under other options.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for an option that makes no sense.
    pub fn with_options(&self, options: Options) -> Result<Self, Error> {
        options.check()?;
        let layout = Layout::of(&options);
        Ok(Self { options, layout, plain: Arc::default(), ..self.clone() })
    }

    /// The same encoder, but that a batch has its rows encoded by `foreign`, where they can be had as JSON text.
    pub fn with_foreign(&self, foreign: Arc<dyn Foreign>) -> Self {
        Self { foreign: Some(foreign), ..self.clone() }
    }

    /// Who encodes rows instead of this encoder.
    pub fn foreign(&self) -> Option<&dyn Foreign> {
        self.foreign.as_deref()
    }

    /// The template of rows that are chats.
    pub(crate) fn template(&self) -> &Compiled {
        &self.template
    }

    /// The options of this encoder.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Which columns come of rows.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The tokenizer of this encoder.
    pub fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.tokenizer
    }

    /// The markers of turns that are plain text, where no control token marks them.
    pub fn plain_markers(&self) -> Vec<String> {
        plain_markers(&self.template, &self.control)
    }

    /// The control tokens of the template with its tokenizer: their texts and ids.
    pub fn control_tokens(&self) -> &[(String, u32)] {
        self.control.all()
    }

    /// Renders `row`: the first stage.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a row that the template cannot render.
    pub fn render(&self, row: &Row<'_>) -> Result<Segments, RowError> {
        let mut segments = Segments::default();
        self.render_into(row, &mut segments)?;
        Ok(segments)
    }

    /// [`Encoder::render`] into memory that is used again.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a row that the template cannot render.
    pub fn render_into(&self, row: &Row<'_>, segments: &mut Segments) -> Result<(), RowError> {
        let (template, options) = self.settings(row)?;
        render_into(template, options, &self.tokenizer, &with_reasoning(template, row), segments)
    }

    /// `row` with the reasoning of its messages in their contents, where the template has a place for it.
    pub(crate) fn with_reasoning<'r, 'a>(&self, row: &'r Row<'a>) -> Cow<'r, Row<'a>> {
        with_reasoning(&self.template, row)
    }

    /// The template and the options for `row`: a plain text has its own.
    fn settings(&self, row: &Row<'_>) -> Result<(&Compiled, &Options), RowError> {
        if !row.is_text {
            return Ok((&self.template, &self.options));
        }
        let has_pairs = matches!(self.options.mode, Mode::Rlhf | Mode::Kto);
        if self.options.task_type != TaskType::CausalLm || has_pairs {
            // Nothing is trained to go on with the text.
            return Ok((&self.template, &self.options));
        }
        let plain = self.plain.get_or_init(|| self.plain_text()).as_ref().map_err(Clone::clone)?;
        Ok((&plain.template, &plain.options))
    }

    fn plain_text(&self) -> Result<PlainText, RowError> {
        let failed = |error: Error| RowError::new(RowErrorKind::Unsupported, format!("is a plain text: {error}"));
        let template = Compiled::new(&self.spec, &self.tokenizer).map_err(failed)?;
        let loss_scale = LossScale::parse("all").map_err(failed)?;
        let options = Options { use_chat_template: false, loss_scale, ..self.options.clone() };
        Ok(PlainText { template, options })
    }

    /// What the prompt of `row` ends with where its last turn is open, and the text of a response begins with.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a row whose say on thinking makes no sense.
    pub fn response_prefix(&self, row: &Row<'_>) -> Result<String, RowError> {
        response_prefix(&self.template, &self.options, row)
    }

    /// Encodes rendered segments: the second stage, without truncation.
    ///
    /// # Errors
    ///
    /// [`RowErrorKind::Empty`] where no token comes out, [`RowErrorKind::Tokenizer`] where the
    /// tokenizer refuses a text.
    pub fn encode_segments(&self, segments: &Segments) -> Result<Encoded, RowError> {
        let mut encoded = Encoded::default();
        self.encode_segments_into(&self.template, segments, &mut Vec::new(), &mut encoded)?;
        Ok(encoded)
    }

    /// Encodes `row`: one row, or under `split` perhaps several.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a row that cannot be encoded.
    pub fn encode(&self, row: &Row<'_>) -> Result<Vec<EncodedRow>, RowError> {
        self.encode_and_warn(row).map(|(rows, _)| rows)
    }

    /// Encodes `row` as [`Encoder::encode`] does, and also returns the warnings about it.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a row that cannot be encoded.
    pub fn encode_and_warn(&self, row: &Row<'_>) -> Result<(Vec<EncodedRow>, WarningCounts), RowError> {
        let mut kept = Kept::default();
        self.encode_to(row, &mut kept)?;
        Ok((kept.rows, kept.warnings))
    }

    /// The warnings about `row` for callers that encode it elsewhere: unknown keys, unused reasoning, control tokens.
    pub fn row_warnings(&self, row: &Row<'_>) -> WarningCounts {
        let mut counts = WarningCounts::default();
        for side in sides_of(row, &self.layout) {
            let side = &*self.with_reasoning(side);
            let mut warnings: Vec<RowWarning> = side.warnings.iter().cloned().collect();
            if self.options.content_policy == ContentPolicy::Parity {
                self.control.warn_of(side, &self.template, &mut warnings);
            }
            warnings.iter().for_each(|warning| counts.add(warning, 0));
        }
        counts
    }

    /// Encodes `row` and hands what comes of it to `sink`, with memory that this thread reuses.
    ///
    /// # Errors
    ///
    /// As [`Encoder::encode_row`].
    pub fn encode_to(&self, row: &Row<'_>, sink: &mut impl RowSink) -> Result<(), RowError> {
        // Taken out while in use, so that a panic leaves nothing half-done behind.
        let mut scratch = SCRATCH.take();
        let encoded = self.encode_row(row, &mut scratch, sink);
        SCRATCH.set(scratch);
        encoded
    }

    /// Encodes `row` with reused memory and hands what comes of it to `sink`.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a row that cannot be encoded; `sink` may have some of its sequences then.
    pub fn encode_row(&self, row: &Row<'_>, scratch: &mut Scratch, sink: &mut impl RowSink) -> Result<(), RowError> {
        encode_row(self, row, scratch, sink)
    }

    /// Encodes one conversation with reused memory and hands each resulting sequence to `emit`.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for a conversation that cannot be encoded; `emit` was not called then.
    pub fn encode_with(
        &self,
        row: &Row<'_>,
        scratch: &mut Scratch,
        emit: impl FnMut(View<'_>),
    ) -> Result<(), RowError> {
        let Scratch { segments, token_ids, encoded, warnings } = scratch;
        let (template, options) = self.settings(row)?;
        render_into(template, options, &self.tokenizer, &with_reasoning(template, row), segments)?;
        if self.encode_segments_into(template, segments, token_ids, encoded)? {
            self.apply_policy(template, options, row, segments, encoded, warnings)?;
        }
        if self.loses_terminator(template, encoded) {
            warnings.push(RowWarning::new(WarningKind::LostTerminator, template.terminator(&self.tokenizer)));
        }
        length::apply(encoded, &self.options, self.layout.may_split(), &template.placeholders, emit)
    }

    /// Whether right truncation cuts off what ends the last response.
    fn loses_terminator(&self, template: &Compiled, encoded: &Encoded) -> bool {
        let is_cut = self.options.max_length.is_some_and(|limit| encoded.input_ids.len() > limit);
        is_cut && self.options.truncation_strategy == Truncation::Right && template.ends(&encoded.input_ids)
    }

    /// Does what the options say of control tokens in the texts of a row in whose ids there may be some.
    #[cold]
    fn apply_policy(
        &self,
        template: &Compiled,
        options: &Options,
        row: &Row<'_>,
        segments: &mut Segments,
        encoded: &mut Encoded,
        warnings: &mut Vec<RowWarning>,
    ) -> Result<(), RowError> {
        let (control, policy) = (self.control.as_ref(), options.content_policy);
        match policy {
            ContentPolicy::Parity => {
                control.warn_of(row, template, warnings);
                return Ok(());
            }
            ContentPolicy::Error => control.refuse(row, template)?,
            ContentPolicy::Literal | ContentPolicy::LiteralPrompt => {}
        }
        let Some((guards, guarded)) = Guards::put_into(control, row, template, policy)? else { return Ok(()) };
        segments.guards = Some(guards);
        let rendered = render_into(template, options, &self.tokenizer, &with_reasoning(template, &guarded), segments);
        segments.guards = None;
        rendered?;
        if policy == ContentPolicy::Error {
            return segments.iter().try_for_each(|segment| match segment.content {
                SegmentContent::Text(text) => control.refuse_spelled(guards, text),
                SegmentContent::Ids(_) => Ok(()),
            });
        }
        encoded.clear();
        let kinds = (self.options.gives_labels(), self.options.gives_loss_scale());
        let mut ids = Vec::new();
        for segment in segments.iter() {
            ids.clear();
            match segment.content {
                SegmentContent::Text(text) => control.encode_literally(&self.tokenizer, guards, text, &mut ids)?,
                SegmentContent::Ids(known) => ids.extend_from_slice(known),
            }
            append(&ids, segment.weight, kinds, encoded);
        }
        finish_labels(template, encoded);
        Ok(())
    }

    /// Encodes segments; says whether there may be a control token among the ids of their texts.
    fn encode_segments_into(
        &self,
        template: &Compiled,
        segments: &Segments,
        token_ids: &mut Vec<u32>,
        encoded: &mut Encoded,
    ) -> Result<bool, RowError> {
        encoded.clear();
        let mut may_hold_control = false;
        let kinds = (self.options.gives_labels(), self.options.gives_loss_scale());
        segments.each_part(template.number, |part, weight| {
            token_ids.clear();
            let (text, is_behind) = match part {
                Part::Ids(ids) => {
                    append(ids, weight, kinds, encoded);
                    return Ok(());
                }
                Part::Text(text) => (text, false),
                Part::TextBehind(text) => (text, true),
            };
            let found = self.tokenizer.encode_and_find(text, is_behind, token_ids).map_err(tokenizer_error)?;
            may_hold_control |= found && self.control.may_be_in(token_ids);
            append(token_ids, weight, kinds, encoded);
            Ok(())
        })?;
        if encoded.input_ids.is_empty() {
            return Err(RowError::new(RowErrorKind::Empty, "encodes to no token at all; give it some text"));
        }
        finish_labels(template, encoded);
        Ok(may_hold_control)
    }
}

/// Appends the ids of a run, with labels and weights where there are any.
#[inline(always)]
fn append(ids: &[u32], weight: f64, (labelled, weighed): (bool, bool), encoded: &mut Encoded) {
    // Ids are below 2^31: rows refuse others, and no vocabulary is that large.
    encoded.input_ids.extend(ids.iter().map(|id| *id as i32));
    let end = encoded.input_ids.len();
    if labelled {
        if weight > 0.0 {
            encoded.labels.extend_from_slice(&encoded.input_ids[encoded.labels.len()..end]);
        } else {
            encoded.labels.resize(end, IGNORE_INDEX);
        }
    }
    if weighed {
        encoded.loss_scale.resize(end, weight);
    }
}

/// encoding.md 5.22 and 5.23.
fn finish_labels(template: &Compiled, encoded: &mut Encoded) {
    let Encoded { input_ids, labels, loss_scale } = encoded;
    let weights = if loss_scale.is_empty() { None } else { Some(loss_scale.as_mut_slice()) };
    label_terminators(input_ids, labels, weights, &template.suffix_ids);
    clear_first(labels, loss_scale);
}

fn tokenizer_error(error: Error) -> RowError {
    RowError::new(RowErrorKind::Tokenizer, error.to_string())
}
