//! What the tests of this room share: a folder of their own, and a tokenizer that needs no file.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use crate::encode::Encoder;
use crate::engine::EngineChoice;
use crate::template::{Mode, Options, TemplateSpec};
use crate::tokenizer::{SpecialTokens, Tokenizer};

/// An empty folder for one test.
pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("swiftcore-test-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A byte-level tokenizer with a token a byte: the id of a byte is its place in the alphabet.
pub fn tokenizer_json() -> String {
    let printable = |byte: u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut vocabulary = BTreeMap::new();
    let mut shifted = 256;
    for byte in 0..256 {
        let symbol = if printable(byte) {
            byte
        } else {
            shifted += 1;
            shifted - 1
        };
        vocabulary.insert(char::from_u32(symbol).unwrap().to_string(), byte);
    }
    vocabulary.insert("<end>".to_owned(), 256);
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [{"id": 256, "content": "<end>", "single_word": false, "lstrip": false, "rstrip": false,
                          "normalized": false, "special": true}],
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocabulary,
                  "merges": []}
    })
    .to_string()
}

/// An encoder whose ids are bytes, so that a test reads what came out.
pub fn encoder() -> Encoder {
    let special = SpecialTokens { eos_token: Some("<end>".into()), ..SpecialTokens::default() };
    let tokenizer = Tokenizer::from_json(tokenizer_json().as_bytes(), special, EngineChoice::Reference).unwrap();
    let spec: TemplateSpec = serde_json::from_value(json!({
        "template_type": "test", "prefix": [], "system_prefix": ["S:{{SYSTEM}}\n"], "prompt": ["U:{{QUERY}}\nA:"],
        "chat_sep": ["\n"], "suffix": ["<end>"], "support_system": true
    }))
    .unwrap();
    let options = Options { mode: Mode::Train, ..Options::default() };
    Encoder::new(Arc::new(tokenizer), &spec, options).unwrap()
}

/// The text that ids of [`encoder`] stand for.
pub fn text(ids: &[i32]) -> String {
    let bytes: Vec<u8> =
        ids.iter().flat_map(|id| u8::try_from(*id).map_or(b"<end>".to_vec(), |byte| vec![byte])).collect();
    String::from_utf8(bytes).unwrap()
}
