//! Our engine against the reference, on tokenizers and texts made to tell them apart.

mod common;

use std::collections::HashMap;

use common::tiny;
use proptest::prelude::*;
use serde_json::{Value, json};
use swiftcore::engine::{BpeEngine, Engine, FastEngine, ReferenceEngine, first_difference};

/// Both engines for a `tokenizer.json`.
struct Both {
    ours: BpeEngine,
    reference: ReferenceEngine,
}

impl Both {
    fn new(json: &Value) -> Self {
        let text = json.to_string();
        let ours = BpeEngine::from_json(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        Self { ours, reference: ReferenceEngine::from_json(text.as_bytes()).unwrap() }
    }

    fn check(&self, text: &str) -> Result<(), TestCaseError> {
        let reference = std::panic::AssertUnwindSafe(|| self.reference.encode_with_special_tokens(text).unwrap());
        // Where one token takes the white space in which another begins, the reference panics.
        let Ok(expected) = std::panic::catch_unwind(reference) else {
            return Ok(());
        };
        // The second time from the cache.
        for _ in 0..2 {
            prop_assert_eq!(&self.ours.encode_with_special_tokens(text).unwrap(), &expected, "{:?}", text);
        }
        Ok(())
    }
}

/// Merges over `symbols`, each of two tokens that are there by then; some tokens can be made in several ways.
fn merges(symbols: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..most).prop_map(|picks| {
        let mut tokens: Vec<String> = symbols.iter().map(|symbol| (*symbol).to_owned()).collect();
        let mut merges = Vec::new();
        for (left, right) in picks {
            let pair = (left.get(&tokens).clone(), right.get(&tokens).clone());
            if pair.0.len() + pair.1.len() > 24 || merges.contains(&pair) {
                continue;
            }
            let whole = format!("{}{}", pair.0, pair.1);
            if !tokens.contains(&whole) {
                tokens.push(whole);
            }
            merges.push(pair);
        }
        merges
    })
}

fn with_merges(mut json: Value, merges: &[(String, String)]) -> Value {
    let vocab = json["model"]["vocab"].as_object_mut().unwrap();
    for (left, right) in merges {
        let id = vocab.len();
        vocab.entry(format!("{left}{right}")).or_insert(json!(id));
    }
    let first = vocab.len();
    json["model"]["merges"] = json!(merges);
    for (at, token) in json["added_tokens"].as_array_mut().unwrap().iter_mut().enumerate() {
        token["id"] = json!(first + at);
    }
    json
}

/// A tokenizer of characters with bytes to fall back to, made like Llama 2's.
fn sentencepiece(merges: &[(String, String)], normalizer: Value, pre_tokenizer: Value) -> Value {
    let mut json = tiny::json();
    let mut vocab = serde_json::Map::new();
    let mut add = |token: String| {
        let id = vocab.len();
        vocab.entry(token).or_insert(json!(id));
    };
    add("<unk>".to_owned());
    (0..256).for_each(|byte| add(format!("<0x{byte:02X}>")));
    ["▁", "a", "b", "c", "<", "é", "字", "\n"].iter().for_each(|character| add((*character).to_owned()));
    json["model"]["vocab"] = Value::Object(vocab);
    json["model"]["unk_token"] = json!("<unk>");
    json["model"]["fuse_unk"] = json!(true);
    json["model"]["byte_fallback"] = json!(true);
    json["normalizer"] = normalizer;
    json["pre_tokenizer"] = pre_tokenizer;
    json["decoder"] = Value::Null;
    with_merges(json, merges)
}

fn replace() -> Value {
    json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"})
}

fn prepend_and_replace() -> Value {
    json!({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace()]})
}

fn metaspace(scheme: &str, split: bool) -> Value {
    json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split})
}

/// Pairs of normalizer and pre-tokenizer of SentencePiece-style tokenizers.
fn kinds() -> Vec<(Value, Value)> {
    let split = json!({"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": false});
    let mut kinds = vec![(replace(), split), (prepend_and_replace(), Value::Null), (replace(), Value::Null)];
    for scheme in ["always", "first", "never"] {
        for split in [false, true] {
            kinds.push((Value::Null, metaspace(scheme, split)));
        }
    }
    kinds
}

const PIECES: &[&str] = &[
    "a",
    "b",
    "c",
    "é",
    "e\u{301}",
    "\u{301}",
    " ",
    "  ",
    "\n",
    "\t",
    "\u{a0}",
    "▁",
    "字",
    "<",
    ">",
    "_",
    "1",
    "'s",
    "<m>",
    "<m",
    "n>",
    "A",
    "が",
    "か\u{3099}",
    "\u{1100}\u{1161}\u{11a8}",
    "🎉",
    "\u{212b}",
    "ſ",
    "\u{0}",
    "<s>",
    "</s>",
    "<|im_end|>",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Texts of few characters, so that merges meet.
fn dense(symbols: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let text = proptest::collection::vec(prop::sample::select(symbols), 0..80).prop_map(|pieces| pieces.concat());
    proptest::collection::vec(text, 1..12)
}

/// Added tokens of every kind.
fn added() -> impl Strategy<Value = Vec<Value>> {
    let content = proptest::collection::vec(prop::sample::select(PIECES), 1..4).prop_map(|pieces| pieces.concat());
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    proptest::collection::vec((content, flags), 1..8).prop_map(|tokens| {
        let tokens: HashMap<_, _> = tokens.into_iter().collect();
        let flagged = |(content, (single_word, lstrip, rstrip, normalized, special))| {
            json!({"id": 0, "content": content, "single_word": single_word, "lstrip": lstrip, "rstrip": rstrip,
                   "normalized": normalized, "special": special})
        };
        tokens.into_iter().map(flagged).collect()
    })
}

/// `json` with those added tokens, numbered as the reference numbers them.
fn with_added(mut json: Value, tokens: &[Value]) -> Value {
    let vocab = json["model"]["vocab"].as_object().unwrap();
    let mut next = vocab.len();
    let tokens: Vec<Value> = tokens
        .iter()
        .map(|token| {
            let mut token = token.clone();
            let known = vocab.get(token["content"].as_str().unwrap()).and_then(Value::as_u64);
            token["id"] = json!(known.unwrap_or(next as u64));
            next += usize::from(known.is_none());
            token
        })
        .collect();
    json["added_tokens"] = json!(tokens);
    json
}

/// Whether either engine says no, as both do where two added tokens are normalized to one.
fn either_refuses(json: &Value) -> bool {
    let text = json.to_string();
    BpeEngine::from_json(text.as_bytes()).is_err() || ReferenceEngine::from_json(text.as_bytes()).is_err()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bytes_merge_as_in_the_reference(
        merges in merges(&["a", "b", "c"], 40), ignore in any::<bool>(), texts in dense(&["a", "b", "c", "ab", "aaa"])
    ) {
        let mut json = with_merges(tiny::json(), &merges);
        json["model"]["ignore_merges"] = json!(ignore);
        let both = Both::new(&json);
        for text in texts {
            both.check(&text)?;
        }
    }

    /// The symbols are the bytes of the texts' characters, so that tokens begin and end within characters.
    #[test]
    fn bytes_of_long_runs_merge_as_in_the_reference(
        merges in merges(&["ä", "½", "ł", "å", "¥", "Ã", "©", "a"], 40), ignore in any::<bool>(),
        texts in dense(&["你", "好", "é", "a", "a好你", "佥", "é\u{a5}"])
    ) {
        let mut json = with_merges(tiny::json(), &merges);
        json["model"]["ignore_merges"] = json!(ignore);
        let both = Both::new(&json);
        for text in texts {
            both.check(&text)?;
        }
    }

    #[test]
    fn characters_merge_as_in_the_reference(
        merges in merges(&["▁", "a", "b", "字"], 40), kind in 0..9usize, texts in dense(&[" ", "a", "b", "字", "▁", "é", "Z", "\n"])
    ) {
        let (normalizer, pre_tokenizer) = kinds().swap_remove(kind);
        let both = Both::new(&sentencepiece(&merges, normalizer, pre_tokenizer));
        for text in texts {
            both.check(&text)?;
        }
    }

    #[test]
    fn added_tokens_are_found_as_in_the_reference(
        tokens in added(), nfc in any::<bool>(), texts in proptest::collection::vec(text(), 8)
    ) {
        let mut json = with_added(tiny::json(), &tokens);
        if nfc {
            json["normalizer"] = json!({"type": "NFC"});
        }
        prop_assume!(!either_refuses(&json));
        let both = Both::new(&json);
        for text in texts {
            both.check(&text)?;
        }
    }

    #[test]
    fn added_tokens_among_characters(
        merges in merges(&["▁", "a", "b", "字"], 12), tokens in added(), kind in 0..9usize,
        texts in proptest::collection::vec(text(), 8)
    ) {
        let (normalizer, pre_tokenizer) = kinds().swap_remove(kind);
        let json = with_added(sentencepiece(&merges, normalizer, pre_tokenizer), &tokens);
        prop_assume!(!either_refuses(&json));
        let both = Both::new(&json);
        for text in texts {
            both.check(&text)?;
        }
    }
}

#[test]
fn shared_tokenizers_pass_the_probe_and_random_texts() {
    let Some(shared) = common::shared() else {
        return;
    };
    for entry in std::fs::read_dir(shared.join("tokenizers")).unwrap() {
        let place = entry.unwrap().path().join("tokenizer.json");
        let json = std::fs::read(&place).unwrap();
        let both = Both {
            ours: BpeEngine::from_json(&json).unwrap_or_else(|error| panic!("{}: {error}", place.display())),
            reference: ReferenceEngine::from_json(&json).unwrap(),
        };
        assert_eq!(first_difference(&both.ours, &both.reference).unwrap(), None, "{}", place.display());
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        runner.run(&text(), |text| both.check(&text)).unwrap();
    }
}

/// Seconds for `texts` on this thread.
fn seconds(engine: &dyn Engine, texts: &[String]) -> f64 {
    let mut ids = Vec::new();
    let start = std::time::Instant::now();
    for text in texts {
        ids.clear();
        engine.encode_into(text, &mut ids).unwrap();
    }
    start.elapsed().as_secs_f64()
}

/// First pass, warmed on other rows, warm; the last two on the second half only.
fn passes(make: &dyn Fn() -> Box<dyn Engine>, texts: &[String]) -> [f64; 4] {
    let start = std::time::Instant::now();
    let engine = make();
    let loading = start.elapsed().as_secs_f64();
    let (first, second) = texts.split_at(texts.len() / 2);
    let cold = seconds(engine.as_ref(), first);
    [loading, cold, seconds(engine.as_ref(), second), seconds(engine.as_ref(), second)]
}

/// Prints how many times as fast as fastokens our engine is on one thread, and `tokenizers` beside them.
#[test]
#[ignore = "a measurement; needs the shared data and an optimized build"]
fn speed() {
    let shared = common::shared().expect("the shared data");
    let rows = std::fs::read_to_string(shared.join("data/chat.jsonl")).unwrap();
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let texts: Vec<String> = rows
        .filter_map(|row| {
            let messages = row["messages"].as_array()?;
            let texts = messages.iter().filter_map(|message| message["content"].as_str());
            Some(texts.map(|text| format!("<|im_start|>user\n{text}<|im_end|>\n")).collect())
        })
        .collect();
    for name in ["qwen3", "llama3_1", "gptoss", "deepseek_v4", "gemma3", "llama2"] {
        let json = std::fs::read(shared.join("tokenizers").join(name).join("tokenizer.json")).unwrap();
        let ours = || -> Box<dyn Engine> { Box::new(BpeEngine::from_json(&json).unwrap()) };
        let theirs = || -> Box<dyn Engine> { Box::new(FastEngine::from_json(&json).unwrap()) };
        let slow = || -> Box<dyn Engine> { Box::new(ReferenceEngine::from_json(&json).unwrap()) };
        for _ in 0..2 {
            let mine = passes(&ours, &texts);
            println!("{name} ours: load {:.3} first {:.3} other {:.3} warm {:.3}", mine[0], mine[1], mine[2], mine[3]);
            if FastEngine::from_json(&json).is_ok() {
                let other = passes(&theirs, &texts);
                let ratio = |at: usize| other[at] / mine[at];
                println!(
                    "  fastokens/ours: load {:.2} first {:.2} other {:.2} warm {:.2}",
                    ratio(0),
                    ratio(1),
                    ratio(2),
                    ratio(3)
                );
            }
        }
        let slow = passes(&slow, &texts[..texts.len() / 8]);
        println!(
            "  tokenizers on an eighth: load {:.3} first {:.3} other {:.3} warm {:.3}",
            slow[0], slow[1], slow[2], slow[3]
        );
        ours().keep(&format!("speed-{name}"));
        let start = std::time::Instant::now();
        let kept = std::fs::read(shared.join("tokenizers").join(name).join("tokenizer.json")).map(|json| {
            let _ = blake3::hash(&json);
            BpeEngine::load(&format!("speed-{name}"))
        });
        println!("  kept: {} {:.3}", kept.unwrap().is_some(), start.elapsed().as_secs_f64());
    }
}
