//! Small tokenizers with every kind of decoder.

use std::sync::Arc;

use serde_json::{Value, json};
use swiftcore::engine::EngineChoice;
use swiftcore::tokenizer::{SpecialTokens, Tokenizer};

use super::tiny;

/// Tokenizers of every kind of decoder that is taken apart, and how many ids each has.
pub fn tokenizers() -> Vec<(Arc<Tokenizer>, u32)> {
    let replace = json!({"type": "Replace", "pattern": {"String": "▁"}, "content": " "});
    let (fallback, fuse) = (json!({"type": "ByteFallback"}), json!({"type": "Fuse"}));
    let strip = json!({"type": "Strip", "content": " ", "start": 1, "stop": 0});
    let decoders = [
        json!({"type": "Sequence", "decoders": [replace, fallback, fuse, strip]}),
        json!({"type": "Sequence", "decoders": [replace, fallback, fuse]}),
        json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}),
        json!({"type": "WordPiece", "prefix": "##", "cleanup": true}),
        Value::Null,
        json!({"type": "CTC", "pad_token": "a", "word_delimiter_token": "b", "cleanup": true}),
        json!({"type": "Sequence", "decoders": [{"type": "BPEDecoder", "suffix": "b"}, fuse]}),
        json!({"type": "Sequence", "decoders": [fallback, fuse,
            {"type": "Replace", "pattern": {"String": "aba"}, "content": "é"}, strip]}),
    ];
    let tiny = tiny::json();
    let count = tiny["model"]["vocab"].as_object().map_or(0, serde_json::Map::len) + tiny::SPECIAL.len();
    let mut tokenizers = vec![(tiny::tokenizer(EngineChoice::Reference), count as u32)];
    tokenizers.extend(decoders.into_iter().map(words));
    tokenizers
}

/// A tokenizer of a few words and of bytes with this decoder.
pub fn words(decoder: Value) -> (Arc<Tokenizer>, u32) {
    let mut words: Vec<String> = ["▁", "▁the", "##ing", "n't", ".", "a", "b", "ab", "abc", "é", "你", "\u{fffd}", " "]
        .map(str::to_owned)
        .to_vec();
    // Bytes of which some make characters and some do not.
    words.extend(
        [0x41, 0x0a, 0x20, 0x80, 0xa0, 0xbd, 0xc3, 0xa9, 0xe4, 0xf0, 0x9f, 0xff].map(|byte| format!("<0x{byte:02X}>")),
    );
    let vocab: serde_json::Map<String, Value> =
        words.iter().enumerate().map(|(id, word)| (word.clone(), json!(id))).collect();
    let first = words.len();
    let added: Vec<Value> = [("<s>", true), ("<tool>", false), ("</s>", true)]
        .iter()
        .enumerate()
        .map(|(at, (content, special))| {
            json!({"id": first + at, "content": content, "special": special, "normalized": false,
                   "lstrip": false, "rstrip": false, "single_word": false})
        })
        .collect();
    let file = json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
        "pre_tokenizer": null, "added_tokens": added, "decoder": decoder,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "a"},
    });
    super::own_cache();
    let tokenizer =
        Tokenizer::from_json(file.to_string().as_bytes(), SpecialTokens::default(), EngineChoice::Reference).unwrap();
    (Arc::new(tokenizer), (first + 3) as u32)
}
