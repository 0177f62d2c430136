//! Reads a tokenizer's decoder: what it makes of each token alone, and what it makes of them together.
//!
//! A decoder is taken apart where the text of a token depends on no other than whether it is the first: byte-level,
//! byte fallback, Metaspace, WordPiece, replacements, and a strip of the whole text's start. Any other is left whole.

use tokenizers::Decoder;
use tokenizers::decoders::DecoderWrapper;
use tokenizers::decoders::strip::Strip;
use tokenizers::pre_tokenizers::metaspace::PrependScheme;

/// Characters taken off the start of the whole text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StripStart {
    pub content: char,
    pub count: usize,
}

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
    pub strip: Option<StripStart>,
    /// Whether there is no decoder: a space stands between tokens then.
    spaced: bool,
}

impl<'a> Chain<'a> {
    /// Takes `decoder` apart; `None` where that cannot be done.
    pub(super) fn of(decoder: Option<&'a DecoderWrapper>) -> Option<Self> {
        let mut chain = Self { maps: Vec::new(), joint: Joint::Text, strip: None, spaced: decoder.is_none() };
        let mut fused = false;
        for part in decoder.map(flat).unwrap_or_default() {
            match part {
                DecoderWrapper::Fuse(_) => fused = true,
                DecoderWrapper::Strip(strip) if fused => chain.strip(strip)?,
                _ if fused || chain.joint == Joint::Fallback => return None,
                DecoderWrapper::ByteLevel(_) => (chain.joint, fused) = (Joint::Bytes, true),
                DecoderWrapper::ByteFallback(_) => chain.joint = Joint::Fallback,
                // At the end it reads beyond a token that is shorter than what it strips.
                DecoderWrapper::Strip(strip) if strip.stop > 0 => return None,
                DecoderWrapper::Strip(_)
                | DecoderWrapper::Replace(_)
                | DecoderWrapper::Metaspace(_)
                | DecoderWrapper::WordPiece(_) => chain.maps.push(part),
                DecoderWrapper::BPE(_) | DecoderWrapper::CTC(_) | DecoderWrapper::Sequence(_) => return None,
            }
        }
        Some(chain)
    }

    fn strip(&mut self, strip: &Strip) -> Option<()> {
        if strip.stop > 0 || self.strip.is_some() {
            return None;
        }
        self.strip = (strip.start > 0).then_some(StripStart { content: strip.content, count: strip.start });
        Some(())
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

    /// The text of each of `tokens` where it is not the first.
    pub(super) fn rest(&self, tokens: &[String]) -> Option<Vec<String>> {
        if self.spaced {
            return Some(tokens.iter().map(|token| format!(" {token}")).collect());
        }
        let mut all = Vec::with_capacity(tokens.len() + 1);
        all.push(String::new());
        all.extend_from_slice(tokens);
        let mut mapped = self.map(all)?;
        mapped.remove(0);
        Some(mapped)
    }

    fn map(&self, tokens: Vec<String>) -> Option<Vec<String>> {
        let count = tokens.len();
        let mapped = self.maps.iter().try_fold(tokens, |tokens, map| map.decode_chain(tokens).ok())?;
        (mapped.len() == count).then_some(mapped)
    }
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
        assert_eq!(chain.strip, Some(StripStart { content: ' ', count: 1 }));
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
            r#"{"type":"BPEDecoder","suffix":"</w>"}"#,
            r#"{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}"#,
            r#"{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":1}]}"#,
            r#"{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"ByteFallback"}]}"#,
        ] {
            assert!(Chain::of(Some(&decoder(json))).is_none(), "{json}");
        }
    }

    #[test]
    fn byte_tokens_are_those_of_the_reference() {
        assert_eq!(fallback_byte("<0x0A>"), Some(10));
        assert_eq!(fallback_byte("<0xff>"), Some(255));
        assert_eq!(["<0x0>", "<0x0A", "0x0A>>", "<0xGG>", "a"].map(fallback_byte), [None; 5]);
        assert_eq!(byte_level_bytes().iter().flatten().count(), 256);
    }
}
