//! Rules of templates, from the dataclasses that the registry has them in: one of the same name and
//! with the same fields each.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use swiftcore::rules as core;

/// The core's rules.
pub fn rules(objects: &[Bound<'_, PyAny>]) -> PyResult<Vec<core::Rule>> {
    objects.iter().map(|object| Fields(object).rule()).collect()
}

/// A dataclass, asked for its fields.
struct Fields<'o, 'py>(&'o Bound<'py, PyAny>);

impl Fields<'_, '_> {
    fn text(&self, name: &str) -> PyResult<String> {
        self.0.getattr(name)?.extract()
    }

    fn optional(&self, name: &str) -> PyResult<Option<String>> {
        self.0.getattr(name)?.extract()
    }

    fn flag(&self, name: &str) -> PyResult<bool> {
        self.0.getattr(name)?.extract()
    }

    fn optional_flag(&self, name: &str) -> PyResult<Option<bool>> {
        self.0.getattr(name)?.extract()
    }

    fn texts(&self, name: &str) -> PyResult<Vec<String>> {
        self.0.getattr(name)?.extract()
    }

    /// The value of a field that names one of `choices`.
    fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> PyResult<T> {
        let given = self.text(name)?;
        let found = choices.iter().find(|(choice, _)| *choice == given);
        found.map(|(_, value)| *value).ok_or_else(|| PyTypeError::new_err(format!("{name}: unknown choice {given:?}")))
    }

    fn rule(&self) -> PyResult<core::Rule> {
        use core::Rule;
        let name = self.0.get_type().name()?.to_string();
        Ok(match name.as_str() {
            "TrimMessages" => Rule::TrimMessages,
            "SystemIntoQuery" => Rule::SystemIntoQuery(core::SystemIntoQuery { separator: self.text("separator")? }),
            "CloseQuery" => Rule::CloseQuery(core::CloseQuery { only_odd: self.flag("only_odd")? }),
            "QueryDocument" => Rule::QueryDocument(core::QueryDocument {
                instruction: self.text("instruction")?,
                before_instruction: self.text("before_instruction")?,
                before_query: self.text("before_query")?,
                before_document: self.text("before_document")?,
            }),
            "MarkSteps" => Rule::MarkSteps(core::MarkSteps { marker: self.text("marker")? }),
            "ThinkingChannels" => Rule::ThinkingChannels(core::ThinkingChannels {
                think_open: self.text("think_open")?,
                think_close: self.text("think_close")?,
                response_open: self.text("response_open")?,
                response_close: self.text("response_close")?,
            }),
            "StripAnswers" => Rule::StripAnswers(core::StripAnswers { characters: self.text("characters")? }),
            "ResponseTags" => Rule::ResponseTags,
            "OpenAnswers" => {
                Rule::OpenAnswers(core::OpenAnswers { prefix: self.text("prefix")?, unless: self.text("unless")? })
            }
            "HarmonyChannels" => Rule::HarmonyChannels,
            "FrameSystem" => Rule::FrameSystem(core::FrameSystem {
                unset: self.text("unset")?,
                before: self.text("before")?,
                after: self.text("after")?,
                unless: self.text("unless")?,
            }),
            "ThinkingBudget" => Rule::ThinkingBudget(self.budget()?),
            "ThinkingLevel" => Rule::ThinkingLevel(self.level()?),
            "EnableThinking" => Rule::EnableThinking { default: self.flag("default")?, always: self.flag("always")? },
            "PreserveThinking" => Rule::PreserveThinking { default: self.flag("default")? },
            "ThinkingMarkers" => {
                let (opening, closing) = (self.text("opening")?, self.text("closing")?);
                Rule::ThinkingMarkers { opening, closing, trim: self.flag("trim")? }
            }
            "PrefixAllAnswers" => {
                Rule::PrefixAllAnswers { thinking: self.text("thinking")?, otherwise: self.text("otherwise")? }
            }
            "NeedsProcessor" => Rule::NeedsProcessor(core::NeedsProcessor {
                reason: self.text("reason")?,
                for_system: self.flag("for_system")?,
            }),
            "HistoryAnswer" => Rule::HistoryAnswer { opening: self.text("opening")?, closing: self.text("closing")? },
            "PrefixAfterUser" => Rule::PrefixAfterUser,
            "PrefixLastAnswer" => Rule::PrefixLastAnswer,
            "HistoryBeforeTools" => Rule::HistoryBeforeTools,
            "KeepThinkingWithTools" => Rule::KeepThinkingWithTools,
            "SystemNote" => Rule::SystemNote(self.note()?),
            "OpeningNote" => Rule::OpeningNote(core::OpeningNote {
                text: self.text("text")?,
                declaration: self.text("declaration")?,
                behind: self.text("behind")?,
            }),
            "TrimNewline" => {
                Rule::TrimNewline(core::TrimNewline { after: self.texts("after")?, before: self.text("before")? })
            }
            "LastRoundOnly" => Rule::LastRoundOnly,
            "AnswerApart" => Rule::AnswerApart,
            _ => return Err(PyTypeError::new_err(format!("{name} is no rule"))),
        })
    }

    fn budget(&self) -> PyResult<core::ThinkingBudget> {
        Ok(core::ThinkingBudget {
            budget: self.0.getattr("budget")?.extract()?,
            enabled: self.flag("enabled")?,
            remarks: self.flag("remarks")?,
            between_systems: self.text("between_systems")?,
            system: self.text("system")?,
            system_none: self.text("system_none")?,
            think_open: self.text("think_open")?,
            think_close: self.text("think_close")?,
            remark: self.text("remark")?,
            remark_open: self.text("remark_open")?,
            remark_none: self.text("remark_none")?,
            prompt_end: self.text("prompt_end")?,
        })
    }

    fn level(&self) -> PyResult<core::ThinkingLevel> {
        Ok(core::ThinkingLevel {
            setting: self.choice(
                "setting",
                &[
                    ("reasoning_effort", core::Setting::ReasoningEffort),
                    ("thinking_effort", core::Setting::ThinkingEffort),
                    ("thinking_mode", core::Setting::ThinkingMode),
                ],
            )?,
            given: self.optional("given")?,
            known: self.texts("known")?,
            unknown: self.choice(
                "unknown",
                &[("keep", core::Unknown::Keep), ("ignore", core::Unknown::Ignore), ("refuse", core::Unknown::Refuse)],
            )?,
            default_on: self.optional("default_on")?,
            default_off: self.optional("default_off")?,
            off: self.optional("off")?,
            decides: self.choice(
                "decides",
                &[("never", core::Decides::Never), ("given", core::Decides::Given), ("always", core::Decides::Always)],
            )?,
            opens: self.optional("opens")?,
        })
    }

    fn note(&self) -> PyResult<core::SystemNote> {
        let place = match self.optional("behind")? {
            Some(anchor) => core::Place::Behind(anchor),
            None if self.flag("after")? => core::Place::After,
            None => core::Place::Before,
        };
        Ok(core::SystemNote {
            text: self.text("text")?,
            levels: self.0.getattr("levels")?.extract()?,
            place,
            separator: self.text("separator")?,
            wherever: self.choice(
                "wherever",
                &[("any", core::Wherever::Any), ("set", core::Wherever::Set), ("filled", core::Wherever::Filled)],
            )?,
            unless: self.texts("unless")?,
            thinking: self.optional_flag("thinking")?,
            tools: self.optional_flag("tools")?,
        })
    }
}
