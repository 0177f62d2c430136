//! A byte-level BPE tokenizer with a handful of merges, made on the spot.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use swiftcore::engine::EngineChoice;
use swiftcore::tokenizer::{SpecialTokens, Tokenizer};

pub const SPECIAL: [&str; 5] = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<image>"];

const MERGES: [(&str, &str); 12] = [
    ("t", "h"),
    ("th", "e"),
    ("Ġ", "the"),
    ("i", "n"),
    ("in", "g"),
    ("a", "a"),
    ("aa", "aa"),
    ("Ġ", "Ġ"),
    ("Ċ", "Ċ"),
    ("u", "s"),
    ("us", "e"),
    ("Ã", "©"),
];

/// The character that stands for each byte in a byte-level vocabulary.
fn byte_characters() -> Vec<char> {
    let plain = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut next = 0x100;
    (0..=255u8)
        .map(|byte| {
            if plain(byte) {
                return char::from(byte);
            }
            next += 1;
            char::from_u32(next - 1).unwrap()
        })
        .collect()
}

pub fn json() -> Value {
    let mut vocab = Map::new();
    let mut add = |token: String| {
        let id = vocab.len();
        vocab.insert(token, json!(id));
    };
    byte_characters().into_iter().for_each(|character| add(character.to_string()));
    MERGES.iter().for_each(|(left, right)| add(format!("{left}{right}")));
    let first = vocab.len();
    let added: Vec<_> = SPECIAL
        .iter()
        .enumerate()
        .map(|(index, token)| {
            json!({"id": first + index, "content": token, "special": true, "normalized": false,
                   "lstrip": false, "rstrip": false, "single_word": false})
        })
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
        "added_tokens": added,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                  "vocab": vocab, "merges": MERGES.iter().map(|(left, right)| [left, right]).collect::<Vec<_>>()},
    })
}

pub fn tokenizer(choice: EngineChoice) -> Arc<Tokenizer> {
    super::own_cache();
    let tokens = SpecialTokens {
        bos_token: Some("<s>".to_owned()),
        eos_token: Some("</s>".to_owned()),
        placeholders: vec!["<image>".to_owned()],
        ..SpecialTokens::default()
    };
    Arc::new(Tokenizer::from_json(json().to_string().as_bytes(), tokens, choice).unwrap())
}
