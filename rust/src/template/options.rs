//! What a caller asks of an encoder, beside the template.

use crate::agent::SharedAgent;
use crate::control::ContentPolicy;
use crate::error::Error;
use crate::loss::LossScale;
use crate::task::{Layout, TaskType};

/// Whether labels come out, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Ids and labels, the last response closed.
    Train,
    /// Ids only, the last response open.
    Inference,
    /// As `Train`, of a preferred and of a rejected conversation.
    Rlhf,
    /// As `Train`, of a conversation that is desirable or not, perhaps with a rejected one.
    Kto,
}

impl Mode {
    /// The mode named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "train" => Self::Train,
            "rlhf" => Self::Rlhf,
            "kto" => Self::Kto,
            "transformers" | "vllm" | "lmdeploy" | "sglang" => Self::Inference,
            _ => {
                let detail =
                    format!("'{name}' is no mode; give one of train, rlhf, kto, transformers, vllm, lmdeploy, sglang");
                return Err(Error::argument("mode", detail));
            }
        })
    }

    /// Whether something is trained.
    pub fn is_training(self) -> bool {
        self != Self::Inference
    }
}

/// What to do with a row of more than `max_length` tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncation {
    /// Refuse it.
    Raise,
    /// Keep its last tokens.
    Left,
    /// Keep its first tokens.
    Right,
    /// Make several rows of it.
    Split,
    /// Leave it out of a batch and count it, as the default of ms-swift's command line does.
    Delete,
}

impl Truncation {
    /// The strategy named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "raise" => Self::Raise,
            "left" => Self::Left,
            "right" => Self::Right,
            "split" => Self::Split,
            "delete" => Self::Delete,
            _ => {
                let detail = format!("unknown strategy '{name}'; expected one of raise, left, right, split, delete");
                return Err(Error::argument("truncation_strategy", detail));
            }
        })
    }
}

/// A column with one value per token that some multimodal models need, with its values for rows without media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenColumn {
    /// Zeros.
    TokenTypeIds,
    /// Zeros.
    MmTokenTypeIds,
    /// The position of each token in its sequence.
    PositionIds,
}

impl TokenColumn {
    /// The column named `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        [Self::TokenTypeIds, Self::MmTokenTypeIds, Self::PositionIds]
            .into_iter()
            .find(|column| column.as_str() == name)
            .ok_or_else(|| Error::argument("token_column", format!("unknown column '{name}'")))
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TokenTypeIds => "token_type_ids",
            Self::MmTokenTypeIds => "mm_token_type_ids",
            Self::PositionIds => "position_ids",
        }
    }

    /// Its values for a sequence of `length` tokens.
    pub fn values(self, length: usize) -> impl Iterator<Item = i32> {
        let step = i32::from(self == Self::PositionIds);
        (0..length as i32).map(move |position| position * step)
    }
}

/// What a caller asks of an encoder; ms-swift's names and meanings.
#[derive(Debug, Clone)]
pub struct Options {
    pub mode: Mode,
    pub task_type: TaskType,
    /// The most tokens a row may have; `None` for no limit.
    pub max_length: Option<usize>,
    pub truncation_strategy: Truncation,
    /// `false`: no system, no thinking, the last round only (the spec is then the generating one).
    pub use_chat_template: bool,
    pub loss_scale: LossScale,
    /// Whether weights come out as labels only; `None`: as the loss scale says.
    pub is_binary_loss_scale: Option<bool>,
    pub response_prefix: Option<String>,
    pub enable_thinking: Option<bool>,
    pub preserve_thinking: Option<bool>,
    pub add_non_thinking_prefix: bool,
    /// How control tokens in the text of rows are handled.
    pub content_policy: ContentPolicy,
    /// An agent format of the caller's own, in place of the template's.
    pub agent: Option<SharedAgent>,
    /// A column beside ids and labels.
    pub token_column: Option<TokenColumn>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::Inference,
            task_type: TaskType::default(),
            max_length: None,
            truncation_strategy: Truncation::Raise,
            use_chat_template: true,
            loss_scale: LossScale::default(),
            is_binary_loss_scale: None,
            response_prefix: None,
            enable_thinking: None,
            preserve_thinking: None,
            add_non_thinking_prefix: true,
            content_policy: ContentPolicy::default(),
            agent: None,
            token_column: None,
        }
    }
}

impl Options {
    /// Whether something is trained.
    pub fn is_training(&self) -> bool {
        self.mode.is_training()
    }

    /// Which columns come of rows.
    pub fn layout(&self) -> Layout {
        Layout::of(self)
    }

    /// Whether the last response is closed where the row does not say so itself (encoding.md 4.16).
    pub fn closes_response(&self) -> bool {
        self.is_training() || self.task_type != TaskType::CausalLm
    }

    /// Whether a label a token comes out.
    pub fn gives_labels(&self) -> bool {
        self.is_training() && self.task_type.trains_tokens()
    }

    /// Whether a weight a token comes out beside the labels (encoding.md 5.20).
    pub fn gives_loss_scale(&self) -> bool {
        self.gives_labels() && !self.is_binary_loss_scale.unwrap_or(self.loss_scale.is_binary())
    }

    /// # Errors
    ///
    /// [`Error::Argument`] for a `max_length` of 0.
    pub fn check(&self) -> Result<(), Error> {
        match self.max_length {
            Some(0) => Err(Error::argument("max_length", "is 0; give at least 1, or None for the model's own limit")),
            _ => Ok(()),
        }
    }
}
