//! Reads the parts of a `tokenizer.json` that this engine knows; anything else is a reason not to use it.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::added::AddedToken;
use super::normal::{Metaspace, Normal, Prepend};
use super::scan::Split;

/// A tokenizer of a kind that this engine knows.
#[derive(Debug)]
pub struct Config {
    pub vocab: HashMap<String, u32>,
    /// Left, right.
    pub merges: Vec<(String, String)>,
    pub ignore_merges: bool,
    /// Text becomes bytes, each a symbol; else characters, and bytes where a character is unknown.
    pub byte_level: bool,
    pub normal: Normal,
    pub metaspace: Option<Metaspace>,
    pub split: Split,
    /// Those that are found before normalization, and those that are found behind it, by their normalized content.
    pub plain_tokens: Vec<AddedToken>,
    pub normalized_tokens: Vec<AddedToken>,
    /// Every added token as it is written.
    pub added: Vec<(String, u32)>,
    /// What the tokenizer itself puts before and behind a text.
    pub before: Vec<u32>,
    pub after: Vec<u32>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<FileToken>,
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    post_processor: Option<Value>,
    model: Model,
}

#[derive(Deserialize)]
struct FileToken {
    id: u32,
    content: String,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: Option<String>,
    dropout: Option<f64>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
    vocab: HashMap<String, u32>,
    merges: Vec<Merge>,
}

struct Merge(String, String);

impl<'de> Deserialize<'de> for Merge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Merge;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a merge: two tokens, or both in one text with a space between")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Merge, E> {
                match text.split_once(' ') {
                    Some((left, right)) if !right.contains(' ') => Ok(Merge(left.to_owned(), right.to_owned())),
                    _ => Err(E::custom("a merge is not of two tokens")),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Merge, A::Error> {
                let missing = || A::Error::custom("a merge is not of two tokens");
                let left = parts.next_element()?.ok_or_else(missing)?;
                let right = parts.next_element()?.ok_or_else(missing)?;
                match parts.next_element::<String>()? {
                    None => Ok(Merge(left, right)),
                    Some(_) => Err(missing()),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Merge, A::Error> {
                Err(A::Error::custom("a merge is not of two tokens"))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Config {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// What this engine does not know about it, in words.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let model = file.model;
        if model.kind.as_deref().is_some_and(|kind| kind != "BPE") {
            return Err(format!("its model is {}, not BPE", model.kind.unwrap_or_default()));
        }
        let affixes = [&model.continuing_subword_prefix, &model.end_of_word_suffix];
        if affixes.iter().any(|affix| affix.as_deref().is_some_and(|affix| !affix.is_empty())) {
            return Err("its model marks subwords by a prefix or suffix".to_owned());
        }
        if model.dropout.is_some_and(|dropout| dropout != 0.0) {
            return Err("its model drops merges at random".to_owned());
        }
        let normal = Normal::read(file.normalizer.as_ref())?;
        let mut config = Self {
            vocab: model.vocab,
            merges: model.merges.into_iter().map(|Merge(left, right)| (left, right)).collect(),
            ignore_merges: model.ignore_merges,
            byte_level: false,
            normal,
            metaspace: None,
            split: Split::Whole,
            plain_tokens: Vec::new(),
            normalized_tokens: Vec::new(),
            added: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
        };
        config.read_pre_tokenizer(file.pre_tokenizer.as_ref())?;
        config.read_post_processor(file.post_processor.as_ref())?;
        config.read_added(file.added_tokens)?;
        if !config.byte_level && !model.byte_fallback {
            return Err("its model has no bytes to fall back to".to_owned());
        }
        if config.byte_level && model.byte_fallback {
            return Err("it is byte-level and falls back to bytes".to_owned());
        }
        Ok(config)
    }

    /// Whether a text that is to be merged need not be written anew with marks: nothing is done to it but that, and no
    /// added token is looked for behind it.
    pub fn leaves_spaces(&self) -> bool {
        let alone = match &self.metaspace {
            Some(_) => self.normal.is_empty(),
            None => self.normal.only_marks(),
        };
        alone && self.normalized_tokens.is_empty() && !self.byte_level
    }

    fn read_pre_tokenizer(&mut self, value: Option<&Value>) -> Result<(), String> {
        let mut patterns: Vec<String> = Vec::new();
        for step in steps(value, "pretokenizers") {
            if self.byte_level || self.metaspace.is_some() {
                return Err("its pre-tokenizer goes on behind ByteLevel or Metaspace".to_owned());
            }
            match kind(step) {
                "Split" if step["behavior"] == "Isolated" && step["invert"] == false => {
                    let pattern = step["pattern"]["Regex"].as_str().ok_or("its pre-tokenizer splits at a text")?;
                    patterns.push(pattern.to_owned());
                }
                // Behind a normalizer that leaves no space, this does nothing.
                "Split" if step["pattern"]["String"] == " " && self.normal.replaces_spaces() => {}
                "ByteLevel" => {
                    if step["add_prefix_space"] == true {
                        return Err("its pre-tokenizer adds a space before a text".to_owned());
                    }
                    if step["use_regex"] != false {
                        patterns.push(Split::GPT2_PATTERN.to_owned());
                    }
                    self.byte_level = true;
                }
                "Metaspace" => self.metaspace = Some(Metaspace::read(step)?),
                other => return Err(format!("its pre-tokenizer is {other}")),
            }
        }
        self.split = Split::from_patterns(&patterns).ok_or("its pre-tokenizer splits by a pattern of its own")?;
        if !self.byte_level && self.split != Split::Whole {
            return Err("its pre-tokenizer splits by a pattern and is not byte-level".to_owned());
        }
        if self.metaspace.as_ref().is_some_and(|meta| meta.prepend == Prepend::First) && self.normal.prepends() {
            return Err("its normalizer and its pre-tokenizer both prepend".to_owned());
        }
        Ok(())
    }

    /// What stands around a text; processors that change no ids are nothing to us.
    fn read_post_processor(&mut self, value: Option<&Value>) -> Result<(), String> {
        for step in steps(value, "processors") {
            let (before, after) = match kind(step) {
                "ByteLevel" => continue,
                "TemplateProcessing" => template_ids(step).ok_or("its post-processor is not understood")?,
                "BertProcessing" | "RobertaProcessing" => {
                    let id = |name: &str| step[name][1].as_u64().and_then(|id| u32::try_from(id).ok());
                    let (cls, sep) = id("cls").zip(id("sep")).ok_or("its post-processor is not understood")?;
                    (vec![cls], vec![sep])
                }
                other => return Err(format!("its post-processor is {other}")),
            };
            self.before.splice(0..0, before);
            self.after.extend(after);
        }
        Ok(())
    }

    fn read_added(&mut self, tokens: Vec<FileToken>) -> Result<(), String> {
        let mut seen = HashSet::new();
        // The reference goes by what is in the vocabulary, else by the next free number, not by the file.
        let mut next = self.vocab.len() as u32;
        for token in tokens {
            if token.content.is_empty() {
                continue;
            }
            let id = self.vocab.get(&token.content).copied().unwrap_or(next);
            if !seen.insert(token.content.clone()) || id != token.id {
                return Err(format!("its added token {:?} is listed twice or under another id", token.content));
            }
            next = next.max(id + 1);
            self.added.push((token.content.clone(), token.id));
            let content = if token.normalized { self.normal.apply(&token.content).into_owned() } else { token.content };
            let added = AddedToken {
                content,
                id: token.id,
                single_word: token.single_word,
                lstrip: token.lstrip,
                rstrip: token.rstrip,
            };
            if token.normalized { self.normalized_tokens.push(added) } else { self.plain_tokens.push(added) }
        }
        let normalized: HashSet<_> = self.normalized_tokens.iter().map(|token| &token.content).collect();
        if normalized.len() != self.normalized_tokens.len() || normalized.contains(&String::new()) {
            return Err("two of its added tokens are normalized to the same text".to_owned());
        }
        Ok(())
    }
}

/// The steps of a `Sequence`, or the one step, or none.
pub fn steps<'v>(value: Option<&'v Value>, name: &str) -> Vec<&'v Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(value) if kind(value) == "Sequence" => {
            let inner = value[name].as_array().map(Vec::as_slice).unwrap_or_default();
            inner.iter().flat_map(|step| steps(Some(step), name)).collect()
        }
        Some(value) => vec![value],
    }
}

/// The `type` of a step.
pub fn kind(value: &Value) -> &str {
    value["type"].as_str().unwrap_or("of no type")
}

fn template_ids(step: &Value) -> Option<(Vec<u32>, Vec<u32>)> {
    let (mut before, mut after, mut behind) = (Vec::new(), Vec::new(), false);
    for piece in step["single"].as_array()? {
        if let Some(name) = piece["SpecialToken"]["id"].as_str() {
            let ids = step["special_tokens"][name]["ids"].as_array()?.iter();
            let ids = ids.map(|id| id.as_u64().and_then(|id| u32::try_from(id).ok())).collect::<Option<Vec<_>>>()?;
            let side = if behind { &mut after } else { &mut before };
            side.extend(ids);
        } else if piece.get("Sequence").is_some() && !behind {
            behind = true;
        } else {
            return None;
        }
    }
    behind.then_some((before, after))
}
