//! A template's facts and a call's options, as Python gives them.

use pyo3::prelude::*;
use pyo3::types::PyString;
use swiftcore::control::ContentPolicy;
use swiftcore::loss::LossScale;
use swiftcore::task::TaskType;
use swiftcore::template as core;
use swiftcore_py_macros::guarded;

use crate::agent::Agent;
use crate::errors::raise;
use crate::rules::rules as read_rules;
use crate::scale::Own;

/// A piece: text, or ids and names of tokenizer attributes.
#[derive(FromPyObject)]
pub enum Piece {
    Text(String),
    Ids(Vec<Id>),
}

/// A token id, or the tokenizer attribute that names it.
#[derive(FromPyObject)]
pub enum Id {
    Number(u32),
    Attribute(String),
}

impl From<Id> for core::RawId {
    fn from(id: Id) -> Self {
        match id {
            Id::Number(id) => Self::Id(id),
            Id::Attribute(name) => Self::Attribute(name),
        }
    }
}

fn pieces(pieces: Vec<Piece>) -> Vec<core::RawPiece> {
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => core::RawPiece::Text(text),
            Piece::Ids(ids) => core::RawPiece::Ids(ids.into_iter().map(core::RawId::from).collect()),
        })
        .collect()
}

/// A template's facts, checked by the registry.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct TemplateSpec(pub core::TemplateSpec);

#[guarded]
#[pymethods]
impl TemplateSpec {
    #[new]
    #[pyo3(signature = (*, template_type, prefix, prompt, chat_sep, suffix, support_system, system_prompt=None,
        system_prefix=None, default_system=None, stop_words=Vec::new(), auto_add_bos=false, is_thinking=false,
        thinking_prefix=String::new(), non_thinking_prefix=String::new(), preserve_thinking=None,
        history_thinking_prefix=String::new(), rules=Vec::new(), is_multimodal=false,
        placeholder_tokens=Vec::new(), agent_template=None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        template_type: String,
        prefix: Vec<Piece>,
        prompt: Vec<Piece>,
        chat_sep: Option<Vec<Piece>>,
        suffix: Vec<Piece>,
        support_system: bool,
        system_prompt: Option<Vec<Piece>>,
        system_prefix: Option<Vec<Piece>>,
        default_system: Option<String>,
        stop_words: Vec<Piece>,
        auto_add_bos: bool,
        is_thinking: bool,
        thinking_prefix: String,
        non_thinking_prefix: String,
        preserve_thinking: Option<bool>,
        history_thinking_prefix: String,
        rules: Vec<Bound<'_, PyAny>>,
        is_multimodal: bool,
        placeholder_tokens: Vec<String>,
        agent_template: Option<String>,
    ) -> PyResult<Self> {
        Ok(Self(core::TemplateSpec {
            template_type,
            prefix: pieces(prefix),
            prompt: pieces(prompt),
            system_prompt: system_prompt.map(pieces),
            chat_sep: chat_sep.map(pieces),
            suffix: pieces(suffix),
            system_prefix: system_prefix.map(pieces),
            default_system,
            stop_words: pieces(stop_words),
            auto_add_bos,
            is_thinking,
            thinking_prefix,
            non_thinking_prefix,
            preserve_thinking,
            history_thinking_prefix,
            agent_template,
            support_system,
            rules: read_rules(&rules)?,
            is_multimodal,
            placeholder_tokens,
        }))
    }

    fn __repr__(&self) -> String {
        format!("TemplateSpec(template_type={:?})", self.0.template_type)
    }
}

/// What a caller asks of an encoder, beside the template.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Options(pub core::Options);

#[guarded]
#[pymethods]
impl Options {
    #[new]
    #[pyo3(signature = (*, mode="transformers", max_length=None, truncation_strategy="raise", use_chat_template=true,
        loss_scale="default", is_binary_loss_scale=None, response_prefix=None, enable_thinking=None,
        preserve_thinking=None, add_non_thinking_prefix=true, task_type="causal_lm", problem_type=None,
        num_labels=None, content_policy="parity", agent=None, loss_scales=Vec::new(), token_column=None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        mode: &str,
        max_length: Option<usize>,
        truncation_strategy: &str,
        use_chat_template: bool,
        loss_scale: &str,
        is_binary_loss_scale: Option<bool>,
        response_prefix: Option<String>,
        enable_thinking: Option<bool>,
        preserve_thinking: Option<bool>,
        add_non_thinking_prefix: bool,
        task_type: &str,
        problem_type: Option<&str>,
        num_labels: Option<u32>,
        content_policy: &str,
        agent: Option<&Agent>,
        loss_scales: Vec<(String, Own)>,
        token_column: Option<&str>,
    ) -> PyResult<Self> {
        let strategy = core::Truncation::from_name(truncation_strategy).map_err(|error| raise(py, &error))?;
        let own: Vec<_> = loss_scales.into_iter().map(|(name, scale)| (name, scale.into_scale())).collect();
        let options = core::Options {
            mode: core::Mode::from_name(mode).map_err(|error| raise(py, &error))?,
            task_type: TaskType::from_names(task_type, problem_type, num_labels).map_err(|error| raise(py, &error))?,
            max_length,
            truncation_strategy: strategy,
            use_chat_template,
            loss_scale: LossScale::parse_with(loss_scale, &own).map_err(|error| raise(py, &error))?,
            is_binary_loss_scale,
            response_prefix,
            enable_thinking,
            preserve_thinking,
            add_non_thinking_prefix,
            content_policy: ContentPolicy::from_name(content_policy).map_err(|error| raise(py, &error))?,
            agent: agent.map(|agent| agent.0.clone()),
            token_column: token_column
                .map(core::TokenColumn::from_name)
                .transpose()
                .map_err(|error| raise(py, &error))?,
        };
        options.check().map_err(|error| raise(py, &error))?;
        Ok(Self(options))
    }

    /// Whether something is trained.
    #[getter]
    fn training(&self) -> bool {
        self.0.is_training()
    }

    /// Whether a label a token comes out.
    #[getter]
    fn gives_labels(&self) -> bool {
        self.0.gives_labels()
    }

    /// Whether a weight a token comes out beside the labels.
    #[getter]
    fn gives_loss_scale(&self) -> bool {
        self.0.gives_loss_scale()
    }

    fn __repr__<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &format!("{:?}", self.0))
    }
}
