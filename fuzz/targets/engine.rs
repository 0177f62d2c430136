//! The engine gives the ids of the reference tokenizer, for small tokenizers with any merges.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use swiftcore::engine::{BpeEngine, Engine, ReferenceEngine};
use swiftcore_fuzz::{tiny, tolerate};

const PATTERNS: [&str; 3] = [
    // GPT-2 is the byte-level default; these are cl100k, Qwen 2 and o200k as their files have them.
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

/// A tokenizer with up to 40 merges, each of two tokens that are there by then, all of them chosen by `seed`.
fn tokenizer(seed: u8) -> Value {
    let mut state = u64::from(seed) + 1;
    let mut random = move || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
    };
    let (kind, flags) = (random() as usize, random());
    let mut json = tiny::json();
    let mut tokens: Vec<String> = ["a", "b", "Ġ", "Ċ", "Ã", "©", "0", "'", "s", "<", "|"].map(str::to_owned).to_vec();
    let mut merges: Vec<(String, String)> = Vec::new();
    let vocab = json["model"]["vocab"].as_object_mut().unwrap();
    for _ in 0..random() % 40 {
        let mut pick = || tokens[random() as usize % tokens.len()].clone();
        let pair = (pick(), pick());
        if pair.0.len() + pair.1.len() > 24 || merges.contains(&pair) {
            continue;
        }
        let whole = format!("{}{}", pair.0, pair.1);
        let id = vocab.len();
        vocab.entry(whole.clone()).or_insert(json!(id));
        if !tokens.contains(&whole) {
            tokens.push(whole);
        }
        merges.push(pair);
    }
    let first = vocab.len();
    json["model"]["merges"] = json!(merges);
    json["model"]["ignore_merges"] = json!(flags & 1 != 0);
    for (at, token) in json["added_tokens"].as_array_mut().unwrap().iter_mut().enumerate() {
        token["id"] = json!(first + at);
    }
    if let Some(pattern) = PATTERNS.get(kind % (PATTERNS.len() + 1)) {
        json["pre_tokenizer"] = json!({"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]});
    }
    if flags & 2 != 0 {
        json["normalizer"] = json!({"type": "NFC"});
    }
    json
}

struct Both {
    ours: BpeEngine,
    reference: ReferenceEngine,
}

/// Made once for each seed: that takes a thousand times as long as to encode a text.
static BOTH: [OnceLock<Both>; 256] = [const { OnceLock::new() }; 256];

fn both(seed: u8) -> &'static Both {
    BOTH[usize::from(seed)].get_or_init(|| {
        let json = tokenizer(seed).to_string();
        Both {
            ours: BpeEngine::from_json(json.as_bytes()).expect("an engine"),
            reference: ReferenceEngine::from_json(json.as_bytes()).expect("a reference"),
        }
    })
}

fuzz_target!(|data: (u8, &str)| {
    let (seed, text) = data;
    let Both { ours, reference } = both(seed);
    let Some(Ok(expected)) = tolerate(|| reference.encode_with_special_tokens(text)) else { return };
    // The second time from the cache.
    for _ in 0..2 {
        assert_eq!(ours.encode_with_special_tokens(text).unwrap(), expected, "{text:?}");
    }
});
