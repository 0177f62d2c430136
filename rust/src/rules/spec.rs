//! The rules by name, as the registry holds them.

use super::{
    CloseQuery, FrameSystem, MarkSteps, NeedsProcessor, OpenAnswers, OpeningNote, QueryDocument, StripAnswers,
    SystemIntoQuery, SystemNote, ThinkingBudget, ThinkingChannels, ThinkingLevel, TrimNewline,
};

/// One rule of a template. Names and fields are the registry's.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(tag = "rule")]
#[non_exhaustive]
pub enum Rule {
    /// Messages are trimmed, and thinking is written in one form.
    TrimMessages,
    SystemIntoQuery(SystemIntoQuery),
    CloseQuery(CloseQuery),
    QueryDocument(QueryDocument),
    MarkSteps(MarkSteps),
    ThinkingChannels(ThinkingChannels),
    StripAnswers(StripAnswers),
    /// The answer behind thinking stands between `<response>` and `</response>`.
    ResponseTags,
    OpenAnswers(OpenAnswers),
    /// Answers are in Harmony's channels, and tools are written in Harmony.
    HarmonyChannels,
    FrameSystem(FrameSystem),
    ThinkingBudget(ThinkingBudget),
    ThinkingLevel(ThinkingLevel),
    /// Whether thinking is on where nobody says so; `always`: whoever says what.
    EnableThinking {
        default: bool,
        always: bool,
    },
    /// Whether history keeps its thinking where neither row nor call says so.
    PreserveThinking {
        default: bool,
    },
    /// What thinking begins and ends with, in place of `<think>` and `</think>`.
    ThinkingMarkers {
        opening: String,
        closing: String,
        /// Whether what is left of an answer in history is trimmed.
        trim: bool,
    },
    /// What is left of an answer in history stands behind `opening` and before `closing`.
    HistoryAnswer {
        opening: String,
        closing: String,
    },
    /// Every answer without thinking gets a prefix: this one with thinking on, that one with it off.
    PrefixAllAnswers {
        thinking: String,
        otherwise: String,
    },
    /// The non-thinking prefix stands only directly behind a user's message.
    PrefixAfterUser,
    /// Only the last answer gets the non-thinking prefix, where no thinking is in it.
    PrefixLastAnswer,
    /// Only answers before the first tool's are history, and the last answer never is.
    HistoryBeforeTools,
    /// Rows with tools keep all thinking.
    KeepThinkingWithTools,
    SystemNote(SystemNote),
    NeedsProcessor(NeedsProcessor),
    OpeningNote(OpeningNote),
    TrimNewline(TrimNewline),
    /// Only the last round is trained, whatever the base strategy.
    LastRoundOnly,
    /// The last response is tokenized apart from what stands before it.
    AnswerApart,
}
