//! Reads a tokenizer's decoder: what it makes of each token alone, and what it makes of them together.
//!
//! A decoder is taken apart where the text of a token depends on no other than whether it is the first, the last, or as
//! the one before it; where bytes of several are read together; and where a text is stripped or replaced in all of it.
//! Any other is left whole: a replacement by a pattern in all of the text, and parts in an order that no decoder has.

use tokenizers::Decoder;
use tokenizers::decoders::DecoderWrapper;
use tokenizers::decoders::strip::Strip;
use tokenizers::normalizers::replace::Replace;
use tokenizers::pre_tokenizers::metaspace::PrependScheme;

use super::passes::Passes;

/// What becomes of the tokens together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Joint {
    /// Their bytes are read as UTF-8 together, invalid ones replaced.
    Bytes,
    /// Their texts stand one after the other; runs of byte tokens are read as UTF-8, all or none.
    Fallback,
    /// Their texts stand one after the other.
    Text,
}

/// A decoder taken apart.
pub(super) struct Chain<'a> {
    /// Applied to each token alone.
    maps: Vec<&'a DecoderWrapper>,
    pub joint: Joint,
    /// Applied to the text of all tokens.
    pub passes: Passes,
    /// Whether a token that is as the one before it writes nothing.
    pub merges: bool,
    /// Whether the last token's text differs from what it would be elsewhere.
    pub last_differs: bool,
    /// Whether there is no decoder: a space stands between tokens then.
    spaced: bool,
}

impl<'a> Chain<'a> {
    /// Takes `decoder` apart; `None` where that cannot be done.
    pub(super) fn of(decoder: Option<&'a DecoderWrapper>) -> Option<Self> {
        let mut chain = Self {
            maps: Vec::new(),
            joint: Joint::Text,
            passes: Passes::default(),
            merges: false,
            last_differs: false,
            spaced: decoder.is_none(),
        };
        let mut fused = false;
        for part in decoder.map(flat).unwrap_or_default() {
            match part {
                DecoderWrapper::Fuse(_) => fused = true,
                DecoderWrapper::Strip(strip) if fused => chain.passes.strip(strip)?,
                DecoderWrapper::Replace(replace) if fused => {
                    let (from, to) = replaced(replace)?;
                    chain.passes.replace(&from, &to)?;
                }
                _ if fused || chain.joint == Joint::Fallback => return None,
                DecoderWrapper::ByteLevel(_) => (chain.joint, fused) = (Joint::Bytes, true),
                DecoderWrapper::ByteFallback(_) => chain.joint = Joint::Fallback,
                DecoderWrapper::CTC(_) => {
                    // It compares tokens as they are.
                    if chain.merges || !chain.maps.is_empty() {
                        return None;
                    }
                    chain.merges = true;
                    chain.maps.push(part);
                }
                DecoderWrapper::BPE(_) => {
                    chain.last_differs = true;
                    chain.maps.push(part);
                }
                DecoderWrapper::Strip(_)
                | DecoderWrapper::Replace(_)
                | DecoderWrapper::Metaspace(_)
                | DecoderWrapper::WordPiece(_) => chain.maps.push(part),
                DecoderWrapper::Sequence(_) => return None,
            }
        }
        // A token without text leaves no trace after one, and what is last is not known beside the other.
        let apart = !(chain.merges || chain.last_differs)
            || (chain.joint == Joint::Text && !chain.first_differs() && !(chain.merges && chain.last_differs));
        apart.then_some(chain)
    }

    /// Whether the first token's text differs from what it would be elsewhere.
    pub(super) fn first_differs(&self) -> bool {
        self.spaced
            || self.maps.iter().any(|map| match map {
                DecoderWrapper::Metaspace(metaspace) => metaspace.prepend_scheme != PrependScheme::Never,
                DecoderWrapper::WordPiece(_) => true,
                _ => false,
            })
    }

    /// The text of each of `tokens` where it is the first.
    pub(super) fn first(&self, tokens: &[String]) -> Option<Vec<String>> {
        tokens.iter().map(|token| self.map(vec![token.clone()])?.into_iter().next()).collect()
    }

    /// The text of each of `tokens` where it is the last.
    pub(super) fn last(&self, tokens: &[String]) -> Option<Vec<String>> {
        self.first(tokens)
    }

    /// The text of each of `tokens` where it is neither the first nor the last.
    pub(super) fn rest(&self, tokens: &[String]) -> Option<Vec<String>> {
        if self.spaced {
            return Some(tokens.iter().map(|token| format!(" {token}")).collect());
        }
        let mut all = Vec::with_capacity(tokens.len() + 2);
        all.push(String::new());
        all.extend_from_slice(tokens);
        all.push(String::new());
        let mut mapped = self.map(all)?;
        mapped.pop();
        mapped.remove(0);
        Some(mapped)
    }

    fn map(&self, tokens: Vec<String>) -> Option<Vec<String>> {
        let count = tokens.len();
        let mapped = self.maps.iter().try_fold(tokens, |tokens, map| match map {
            DecoderWrapper::Strip(strip) => Some(tokens.iter().map(|token| stripped(token, strip)).collect()),
            // Equal ones are not to be merged here, and those without text are not to be left out.
            DecoderWrapper::CTC(_) => {
                tokens.into_iter().map(|token| Some(map.decode_chain(vec![token]).ok()?.concat())).collect()
            }
            _ => map.decode_chain(tokens).ok(),
        })?;
        (mapped.len() == count).then_some(mapped)
    }
}

/// What a replacement looks for, and what it puts there; `None` where it looks for a pattern. Only the file says.
fn replaced(replace: &Replace) -> Option<(String, String)> {
    let written = serde_json::to_value(replace).ok()?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    Some((text(&written["pattern"]["String"])?, text(&written["content"])?))
}

/// A token without what is stripped off it. The reference reads beyond one that is shorter than what it strips.
fn stripped(token: &str, strip: &Strip) -> String {
    let mut text = token;
    for _ in 0..strip.start {
        text = text.strip_prefix(strip.content).unwrap_or(text);
    }
    for _ in 0..strip.stop {
        text = text.strip_suffix(strip.content).unwrap_or(text);
    }
    text.to_owned()
}

/// The parts of a decoder in the order in which they are applied.
fn flat(decoder: &DecoderWrapper) -> Vec<&DecoderWrapper> {
    match decoder {
        DecoderWrapper::Sequence(sequence) => sequence.get_decoders().iter().flat_map(flat).collect(),
        other => vec![other],
    }
}

/// The byte that a token such as `<0x0A>` stands for, by the rule of the byte fallback decoder.
pub(super) fn fallback_byte(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    (token.len() == 6).then(|| u8::from_str_radix(digits, 16).ok())?
}

/// The byte that each character of a byte-level vocabulary stands for, by its code point, from 0 to 0x143.
pub(super) fn byte_level_bytes() -> Vec<Option<u8>> {
    let mut bytes = vec![None; 0x144];
    let mut next = 0x100;
    for byte in 0..=255u8 {
        let at = match byte {
            b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => usize::from(byte),
            _ => {
                next += 1;
                next - 1
            }
        };
        bytes[at] = Some(byte);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(json: &str) -> DecoderWrapper {
        serde_json::from_str(json).unwrap()
    }

    const LLAMA: &str = r#"{"type":"Sequence","decoders":[
        {"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
        {"type":"Strip","content":" ","start":1,"stop":0}]}"#;

    #[test]
    fn takes_a_sentencepiece_decoder_apart() {
        let decoder = decoder(LLAMA);
        let chain = Chain::of(Some(&decoder)).unwrap();
        assert_eq!(chain.joint, Joint::Fallback);
        assert!(chain.passes.are_at_start() && chain.passes != Passes::default());
        assert!(!chain.first_differs());
        assert_eq!(chain.rest(&["▁a▁".to_owned()]).unwrap(), [" a "]);
    }

    #[test]
    fn the_first_token_of_metaspace_and_wordpiece_differs() {
        let metaspace = decoder(r#"{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}"#);
        let wordpiece = decoder(r###"{"type":"WordPiece","prefix":"##","cleanup":true}"###);
        let tokens = ["▁a".to_owned(), "##b".to_owned()];
        let chain = Chain::of(Some(&metaspace)).unwrap();
        assert_eq!(
            (chain.first(&tokens).unwrap(), chain.rest(&tokens).unwrap()),
            (vec!["a".to_owned(), "##b".to_owned()], vec![" a".to_owned(), "##b".to_owned()])
        );
        let chain = Chain::of(Some(&wordpiece)).unwrap();
        assert_eq!(chain.rest(&tokens).unwrap(), [" ▁a", "b"]);
        assert!(chain.first_differs());
        assert_eq!(Chain::of(None).unwrap().rest(&tokens).unwrap(), [" ▁a", " ##b"]);
    }

    #[test]
    fn leaves_other_decoders_whole() {
        for json in [
            r#"{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"ByteFallback"}]}"#,
            r#"{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"Regex":" +"},"content":" "}]}"#,
            r#"{"type":"Sequence","decoders":[{"type":"BPEDecoder","suffix":"</w>"},{"type":"ByteLevel"}]}"#,
        ] {
            assert!(Chain::of(Some(&decoder(json))).is_none(), "{json}");
        }
    }

    #[test]
    fn the_last_token_of_bpe_differs_and_ctc_merges() {
        let bpe = decoder(r#"{"type":"BPEDecoder","suffix":"</w>"}"#);
        let tokens = ["a</w>".to_owned(), "b".to_owned()];
        let chain = Chain::of(Some(&bpe)).unwrap();
        assert!(chain.last_differs);
        assert_eq!(
            (chain.rest(&tokens).unwrap(), chain.last(&tokens).unwrap()),
            (vec!["a ".to_owned(), "b".to_owned()], vec!["a".to_owned(), "b".to_owned()])
        );
        let ctc = decoder(r#"{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}"#);
        let tokens = ["a".to_owned(), "a".to_owned(), "<pad>".to_owned(), "|".to_owned()];
        let chain = Chain::of(Some(&ctc)).unwrap();
        assert!(chain.merges);
        assert_eq!(chain.rest(&tokens).unwrap(), ["a", "a", "", " "]);
    }

    #[test]
    fn byte_tokens_are_those_of_the_reference() {
        assert_eq!(fallback_byte("<0x0A>"), Some(10));
        assert_eq!(fallback_byte("<0xff>"), Some(255));
        assert_eq!(["<0x0>", "<0x0A", "0x0A>>", "<0xGG>", "a"].map(fallback_byte), [None; 5]);
        assert_eq!(byte_level_bytes().iter().flatten().count(), 256);
    }
}
