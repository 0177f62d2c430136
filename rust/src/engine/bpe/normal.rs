//! What happens to a text before it is split: normalizers, and the `Metaspace` pre-tokenizer.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use unicode_normalization_alignments::UnicodeNormalization;

use super::classes::{Classes, UNSTABLE};
use super::config::{kind, steps};
use crate::interrupt;

/// A sequence of normalizers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Normal {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    Nfc,
    Replace(String, String),
    Prepend(String),
}

impl Normal {
    /// Reads the `normalizer` of a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// What is not known about it, in words.
    pub fn read(value: Option<&Value>) -> Result<Self, String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let read = |step: &Value| match kind(step) {
            "NFC" => Ok(Step::Nfc),
            "Replace" => match (text(&step["pattern"]["String"]), text(&step["content"])) {
                (Some(pattern), Some(content)) if !pattern.is_empty() => Ok(Step::Replace(pattern, content)),
                _ => Err("its normalizer replaces a pattern".to_owned()),
            },
            "Prepend" => {
                text(&step["prepend"]).map(Step::Prepend).ok_or_else(|| "its normalizer has no text".to_owned())
            }
            other => Err(format!("its normalizer is {other}")),
        };
        let steps = steps(value, "normalizers").into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { steps })
    }

    /// Whether no space is left behind it.
    pub fn replaces_spaces(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Replace(pattern, content)) if pattern == " " && !content.contains(' '))
    }

    /// What spaces become.
    pub fn mark(&self) -> Option<String> {
        self.steps.iter().find_map(|step| match step {
            Step::Replace(pattern, content) if pattern == " " && !content.is_empty() => Some(content.clone()),
            _ => None,
        })
    }

    /// Whether it puts something before a text.
    pub fn prepends(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Prepend(_)))
    }

    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether it writes marks for spaces, perhaps one before the text, and does nothing else.
    pub fn only_marks(&self) -> bool {
        match self.steps.as_slice() {
            [Step::Replace(pattern, content)] => pattern == " " && !content.is_empty(),
            [Step::Prepend(lead), Step::Replace(pattern, content)] => {
                pattern == " " && !content.is_empty() && (lead == content || lead == " ")
            }
            _ => false,
        }
    }

    /// `text`, normalized.
    #[inline(always)]
    pub fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for step in &self.steps {
            step.apply(&mut text);
        }
        text
    }
}

impl Step {
    #[inline(always)]
    fn apply(&self, text: &mut Cow<'_, str>) {
        match self {
            Self::Nfc => {
                if !is_nfc(text.as_bytes()) {
                    let plain: &str = text;
                    let mut composed = String::with_capacity(plain.len());
                    for (index, (character, _)) in plain.nfc().enumerate() {
                        interrupt::check_every::<4096>(index);
                        composed.push(character);
                    }
                    *text = Cow::Owned(composed);
                }
            }
            Self::Replace(pattern, content) => replace(text, pattern, content),
            Self::Prepend(lead) => {
                if !text.is_empty() {
                    text.to_mut().insert_str(0, lead);
                }
            }
        }
    }
}

fn replace(text: &mut Cow<'_, str>, pattern: &str, content: &str) {
    let mut places = memchr::memmem::find_iter(text.as_bytes(), pattern);
    let Some(first) = places.next() else {
        return;
    };
    let mut replaced = String::with_capacity(text.len() + text.len() / 2);
    let mut from = 0;
    for at in std::iter::once(first).chain(places) {
        replaced.push_str(&text[from..at]);
        replaced.push_str(content);
        from = at + pattern.len();
    }
    replaced.push_str(&text[from..]);
    *text = Cow::Owned(replaced);
}

/// Whether NFC certainly leaves `text` alone.
fn is_nfc(text: &[u8]) -> bool {
    let classes = Classes::get();
    let mut at = 0;
    while at < text.len() {
        if let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<32>())
            && chunk.is_ascii()
        {
            at += 32;
            continue;
        }
        let end = (at + 32).min(text.len());
        while at < end {
            // U+4000 to U+9FFF: ideographs.
            if matches!(text[at], 0xe4..=0xe9) {
                at += 3;
                continue;
            }
            let (class, length) = classes.at(text, at);
            if class & UNSTABLE != 0 {
                return false;
            }
            at += length;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideographs_are_left_alone_by_nfc() {
        let ideographs: String = (0x4000..0xa000).filter_map(char::from_u32).collect();
        assert!(is_nfc(ideographs.as_bytes()));
        assert!(ideographs.nfc().map(|(character, _)| character).eq(ideographs.chars()));
    }
}

/// When `Metaspace` puts its mark before a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prepend {
    Always,
    /// Only before the text that begins a row.
    First,
    Never,
}

/// The `Metaspace` pre-tokenizer: spaces become a mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metaspace {
    pub mark: String,
    pub prepend: Prepend,
    /// Whether each mark begins a pre-token.
    pub split: bool,
}

impl Metaspace {
    /// Reads a pre-tokenizer of that type.
    ///
    /// # Errors
    ///
    /// What is not understood about it, in words.
    pub fn read(value: &Value) -> Result<Self, String> {
        let scheme = value.get("prepend_scheme").map_or(Some("always"), Value::as_str);
        let never = value["add_prefix_space"] == false;
        let prepend = match scheme {
            Some("never") => Prepend::Never,
            _ if never => return Err("its Metaspace contradicts itself".to_owned()),
            Some("always") => Prepend::Always,
            Some("first") => Prepend::First,
            _ => return Err("its Metaspace prepends in a way of its own".to_owned()),
        };
        let mark = value["replacement"].as_str().filter(|mark| mark.chars().count() == 1);
        let mark = mark.ok_or("its Metaspace has no mark")?.to_owned();
        Ok(Self { mark, prepend, split: value["split"] != false })
    }

    /// `text` with marks; `first` says whether it begins a row.
    pub fn apply(&self, text: &mut Cow<'_, str>, first: bool) {
        let leads = self.leads(text, first);
        replace(text, " ", &self.mark);
        if leads {
            text.to_mut().insert_str(0, &self.mark);
        }
    }

    /// Whether a mark is put before `text`, which has none for its spaces yet.
    pub fn leads(&self, text: &str, first: bool) -> bool {
        let leads = match self.prepend {
            Prepend::Always => true,
            Prepend::First => first,
            Prepend::Never => false,
        };
        leads && !text.starts_with(' ') && !text.starts_with(self.mark.as_str())
    }
}
