//! A template compiled against a tokenizer: placeholders found, attributes resolved, and what
//! never changes tokenized once.

use std::sync::atomic::{AtomicU64, Ordering};

use super::literal::Literal;
use super::piece::{Piece, RawId, RawPiece, Slot, parse_slots};
use super::spec::TemplateSpec;
use crate::agent::{SharedAgent, agent_format, agent_formats};
use crate::error::Error;
use crate::rules::Rules;
use crate::text::strip;
use crate::tokenizer::Tokenizer;

/// A separator or suffix: text is never searched for placeholders there.
#[derive(Debug, Clone, PartialEq)]
pub enum Fixed {
    Text(Literal),
    Ids(Vec<u32>),
}

/// What stands after a response: its pieces, and their ids where all are text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Closing {
    pub pieces: Vec<Fixed>,
    /// The ids of the pieces, each tokenized by itself; `None` where one of them is ids already.
    /// A response of token ids that ends with the first of them keeps its own (encoding.md 1.5).
    pub text_ids: Option<Vec<u32>>,
}

/// A template, ready to render with one tokenizer.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Tells it from all others; copies know the same.
    pub number: u64,
    pub template_type: String,
    pub prefix: Vec<Piece>,
    pub prompt: Vec<Piece>,
    /// The last round's prompt, where the system text goes into it.
    pub system_prompt: Option<Vec<Piece>>,
    pub system_prefix: Vec<Piece>,
    /// `system_prefix` with the default system text in it.
    pub default_opening: Vec<Piece>,
    pub chat_sep: Option<Closing>,
    pub suffix: Closing,
    /// The ids of `suffix`, each piece tokenized by itself: what is labelled after a labelled run.
    pub suffix_ids: Vec<u32>,
    pub default_system: Option<String>,
    pub support_system: bool,
    /// The stop words that are text: a response that ends with one closes itself.
    pub stop_texts: Vec<String>,
    /// What the tokenizer puts before and after a text, where the template asks for it.
    pub bos: Vec<u32>,
    pub eos: Vec<u32>,
    /// The ids that stand for media: truncation never drops them (encoding.md 6.24).
    pub placeholders: Vec<i32>,
    /// Whether media of a row need a processor that lays them out.
    pub is_multimodal: bool,
    pub is_thinking: bool,
    pub thinking_prefix: String,
    pub non_thinking_prefix: Literal,
    pub preserve_thinking: Option<bool>,
    pub history_thinking_prefix: String,
    /// What stands for the end of a step that is rewarded.
    pub step_token: Option<String>,
    pub rules: Rules,
    /// The agent format in which tools are written.
    pub agent: Option<SharedAgent>,
}

impl Compiled {
    /// Compiles `spec` for `tokenizer`.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] where a piece names an attribute that the tokenizer lacks, or where the
    /// tokenizer's own bos cannot be found; [`Error::Tokenizer`] where it refuses a piece.
    pub fn new(spec: &TemplateSpec, tokenizer: &Tokenizer) -> Result<Self, Error> {
        let compiler = Compiler { spec, tokenizer };
        let (bos, eos) = compiler.automatic_ids()?;
        let suffix = compiler.closing("suffix", &spec.suffix)?;
        let prefix = compiler.pieces("prefix", &spec.prefix)?;
        let system_prefix = compiler.pieces("system_prefix", spec.system_prefix.as_deref().unwrap_or_default())?;
        Ok(Self {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            template_type: spec.template_type.clone(),
            prefix,
            prompt: compiler.pieces("prompt", &spec.prompt)?,
            system_prompt: match &spec.system_prompt {
                Some(pieces) => Some(compiler.pieces("prompt", pieces)?),
                None => None,
            },
            default_opening: compiler.default_opening(&system_prefix)?,
            system_prefix,
            chat_sep: match &spec.chat_sep {
                Some(pieces) => Some(compiler.closing("chat_sep", pieces)?),
                None => None,
            },
            suffix_ids: compiler.fixed_ids(&suffix.pieces)?,
            stop_texts: compiler.stop_texts(&suffix),
            suffix,
            default_system: spec.default_system.clone(),
            support_system: spec.support_system,
            bos,
            eos,
            placeholders: compiler.placeholders(),
            is_multimodal: spec.is_multimodal,
            is_thinking: spec.is_thinking,
            thinking_prefix: spec.thinking_prefix.clone(),
            non_thinking_prefix: Literal::new(&spec.non_thinking_prefix, tokenizer)?,
            preserve_thinking: spec.preserve_thinking,
            history_thinking_prefix: spec.history_thinking_prefix.clone(),
            step_token: spec.step_token().map(str::to_owned),
            rules: Rules::new(&spec.rules),
            agent: spec.agent_template.as_deref().map(|name| compiler.agent(name)).transpose()?,
        })
    }
}

impl Compiled {
    /// Whether ids end with the suffix that closes a response.
    pub(crate) fn ends(&self, ids: &[i32]) -> bool {
        let tail = ids.iter().rev().map(|id| *id as u32);
        !self.suffix_ids.is_empty() && tail.take(self.suffix_ids.len()).eq(self.suffix_ids.iter().rev().copied())
    }

    /// The suffix that closes a response, as text without white space around it.
    pub(crate) fn terminator(&self, tokenizer: &Tokenizer) -> String {
        strip(&self.suffix_text(tokenizer)).to_owned()
    }

    /// The suffix that closes a response, as text, with white space around it.
    pub(crate) fn suffix_text(&self, tokenizer: &Tokenizer) -> String {
        let texts = self.suffix.pieces.iter().map(|piece| match piece {
            Fixed::Text(text) => text.to_string(),
            Fixed::Ids(ids) => tokenizer.decode(ids, false).unwrap_or_default(),
        });
        texts.collect()
    }
}

/// The number of the next compiled template.
static NUMBER: AtomicU64 = AtomicU64::new(1);

struct Compiler<'a> {
    spec: &'a TemplateSpec,
    tokenizer: &'a Tokenizer,
}

impl Compiler<'_> {
    fn error(&self, field: &str, detail: String) -> Error {
        Error::Template { template: self.spec.template_type.clone(), field: field.to_owned(), detail }
    }

    fn agent(&self, name: &str) -> Result<SharedAgent, Error> {
        agent_format(name).cloned().ok_or_else(|| {
            let known: Vec<_> = agent_formats().iter().map(|format| format.name()).collect();
            self.error("agent_template", format!("'{name}' is no agent format; give one of {}", known.join(", ")))
        })
    }

    fn pieces(&self, field: &str, raw: &[RawPiece]) -> Result<Vec<Piece>, Error> {
        raw.iter()
            .map(|piece| match piece {
                RawPiece::Text(text) => Ok(Piece::Text(self.slots(text)?)),
                RawPiece::Ids(ids) => Ok(Piece::Ids(self.resolve(field, ids)?)),
            })
            .collect()
    }

    fn slots(&self, text: &str) -> Result<Vec<Slot>, Error> {
        let mut slots = parse_slots(text);
        for slot in &mut slots {
            if let Slot::Literal(literal) = slot {
                *literal = Literal::new(literal, self.tokenizer)?;
            }
        }
        Ok(slots)
    }

    /// Most rows of a data set have the same system text; that of the template is tokenized here, once.
    fn default_opening(&self, system_prefix: &[Piece]) -> Result<Vec<Piece>, Error> {
        let system = self.spec.default_system.as_deref().unwrap_or_default();
        let filled = |slots: &[Slot]| {
            let texts = slots.iter().map(|slot| match slot {
                Slot::Literal(text) => Some(&**text),
                Slot::System => Some(system),
                _ => None,
            });
            texts.collect::<Option<String>>()
        };
        let pieces = system_prefix.iter().map(|piece| match piece {
            Piece::Text(slots) => match filled(slots) {
                Some(text) => Ok(Piece::Text(vec![Slot::Literal(Literal::new(&text, self.tokenizer)?)])),
                None => Ok(piece.clone()),
            },
            Piece::Ids(_) => Ok(piece.clone()),
        });
        pieces.collect()
    }

    fn closing(&self, field: &str, raw: &[RawPiece]) -> Result<Closing, Error> {
        let pieces = raw
            .iter()
            .map(|piece| match piece {
                RawPiece::Text(text) => Ok(Fixed::Text(Literal::new(text, self.tokenizer)?)),
                RawPiece::Ids(ids) => Ok(Fixed::Ids(self.resolve(field, ids)?)),
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let all_text = !pieces.is_empty() && pieces.iter().all(|piece| matches!(piece, Fixed::Text(_)));
        let text_ids = if all_text { Some(self.fixed_ids(&pieces)?) } else { None };
        Ok(Closing { pieces, text_ids })
    }

    fn fixed_ids(&self, pieces: &[Fixed]) -> Result<Vec<u32>, Error> {
        let mut ids = Vec::new();
        for piece in pieces {
            match piece {
                Fixed::Text(text) => self.tokenizer.encode_into(text, &mut ids)?,
                Fixed::Ids(fixed) => ids.extend_from_slice(fixed),
            }
        }
        Ok(ids)
    }

    fn resolve(&self, field: &str, raw: &[RawId]) -> Result<Vec<u32>, Error> {
        raw.iter()
            .map(|id| match id {
                RawId::Id(id) => Ok(*id),
                RawId::Attribute(name) => self.tokenizer.attribute_id(name).ok_or_else(|| {
                    self.error(
                        field,
                        format!("asks for the tokenizer's {name}, and this tokenizer has none; give it one, or another template"),
                    )
                }),
            })
            .collect()
    }

    /// encoding.md 4.15: the ids that the tokenizer itself puts before and after `"a"`.
    fn automatic_ids(&self) -> Result<(Vec<u32>, Vec<u32>), Error> {
        if !self.spec.auto_add_bos {
            return Ok((Vec::new(), Vec::new()));
        }
        let mut plain = Vec::new();
        self.tokenizer.encode_into("a", &mut plain)?;
        let whole = self.tokenizer.encode_with_special_tokens("a")?;
        let place = whole.windows(plain.len().max(1)).position(|window| window == plain);
        match place {
            Some(at) if !plain.is_empty() => Ok((whole[..at].to_vec(), whole[at + plain.len()..].to_vec())),
            _ => Err(self.error("auto_add_bos", "cannot tell this tokenizer's own bos from the text 'a'".to_owned())),
        }
    }

    fn placeholders(&self) -> Vec<i32> {
        let tokens = self.tokenizer.special_tokens().placeholders.iter().chain(&self.spec.placeholder_tokens);
        tokens.filter_map(|token| self.tokenizer.token_to_id(token)).map(|id| id as i32).collect()
    }

    /// encoding.md 8.28, as far as they are text.
    fn stop_texts(&self, suffix: &Closing) -> Vec<String> {
        let mut stops: Vec<String> = Vec::new();
        let mut add = |stop: &str| {
            if !stop.is_empty() && !stops.iter().any(|known| known == stop) {
                stops.push(stop.to_owned());
            }
        };
        for stop in &self.spec.stop_words {
            if let RawPiece::Text(text) = stop {
                add(text);
            }
        }
        if let Some(Fixed::Text(text)) = suffix.pieces.last() {
            add(strip(text));
        }
        if let Some(eos) = self.tokenizer.attribute_token("eos_token_id") {
            add(&eos);
        }
        stops
    }
}
