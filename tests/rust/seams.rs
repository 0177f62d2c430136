//! What a template writes is tokenized once, and a row's ids are still those of its texts: on tokenizers whose added
//! tokens and normalizers look across the seams, against the reference.

mod common;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use common::tiny;
use proptest::prelude::*;
use serde_json::{Value, json};
use swiftcore::encode::Encoder;
use swiftcore::engine::{Engine, EngineChoice};
use swiftcore::loss::LossScale;
use swiftcore::row::parse_row;
use swiftcore::segment::{SegmentContent, Segments};
use swiftcore::template::{Mode, Options, RawPiece, TemplateSpec};
use swiftcore::tokenizer::{SpecialTokens, Tokenizer};

/// What added tokens, templates and rows are made of, so that they meet.
const PIECES: &[&str] = &[
    "<a>",
    "<b>",
    "<",
    ">",
    "a",
    "b",
    "ab",
    "é",
    "e\u{301}",
    "\u{301}",
    " ",
    "\n",
    "\t",
    "\u{a0}",
    "▁",
    "_",
    "1",
    "字",
    "<m>",
    "<m",
    "か\u{3099}",
    "\u{1100}\u{1161}",
    "the",
    "</s>",
    "\u{1c}",
];

fn pieces(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..most).prop_map(|pieces| pieces.concat())
}

/// Added tokens: those of ordinary templates, and others with any flags that begin or end like them.
fn added() -> impl Strategy<Value = Vec<Value>> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let plain = prop_oneof![3 => Just((false, false, false, false)), 1 => flags];
    let content = prop::collection::vec(prop::sample::select(PIECES), 1..4).prop_map(|pieces| pieces.concat());
    let hostile = prop::collection::vec((content, plain), 0..6);
    (hostile, prop::sample::subsequence(vec!["<a>", "<b>", "<m>", "</s>"], 1..=4)).prop_map(|(hostile, plain)| {
        let plain = plain.into_iter().map(|content| (content.to_owned(), (false, false, false, false)));
        let tokens: HashMap<_, _> = plain.chain(hostile).collect();
        let flagged = |(content, (single_word, lstrip, rstrip, normalized))| {
            json!({"id": 0, "content": content, "single_word": single_word, "lstrip": lstrip, "rstrip": rstrip,
                   "normalized": normalized, "special": true})
        };
        tokens.into_iter().map(flagged).collect()
    })
}

fn replace() -> Value {
    json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"})
}

/// A tokenizer of bytes, perhaps normalized, or of characters, whose texts may get a mark in front.
fn kind(of: usize) -> Value {
    let mut json = tiny::json();
    let metaspace =
        |scheme: &str| json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": of % 2 == 0});
    match of {
        0 => return json,
        1 => {
            json["normalizer"] = json!({"type": "NFC"});
            return json;
        }
        2 | 3 => json["pre_tokenizer"] = metaspace("first"),
        4 => json["pre_tokenizer"] = metaspace("always"),
        5 => json["pre_tokenizer"] = metaspace("never"),
        _ => {
            json["pre_tokenizer"] = Value::Null;
            let prepend = json!({"type": "Prepend", "prepend": "▁"});
            json["normalizer"] = json!({"type": "Sequence", "normalizers": [prepend, replace()]});
        }
    }
    let mut vocab = serde_json::Map::new();
    let tokens = (0..256).map(|byte| format!("<0x{byte:02X}>"));
    let characters = ["<unk>", "▁", "a", "b", "<", "é", "字", "\n", "▁a", "ab"].map(str::to_owned);
    characters.into_iter().chain(tokens).enumerate().for_each(|(id, token)| _ = vocab.insert(token, json!(id)));
    json["model"]["vocab"] = Value::Object(vocab);
    json["model"]["merges"] = json!([["▁", "a"], ["a", "b"]]);
    json["model"]["unk_token"] = json!("<unk>");
    json["model"]["fuse_unk"] = json!(true);
    json["model"]["byte_fallback"] = json!(true);
    json["decoder"] = Value::Null;
    json
}

/// The tokenizer, where there is one with a fast engine.
fn tokenizer(of: usize, added: &[Value]) -> Option<Arc<Tokenizer>> {
    let mut json = kind(of);
    let vocab = json["model"]["vocab"].as_object()?;
    let mut next = vocab.len();
    let numbered = added.iter().map(|token| {
        let mut token = token.clone();
        let known = vocab.get(token["content"].as_str().unwrap()).and_then(Value::as_u64);
        token["id"] = json!(known.unwrap_or(next as u64));
        next += usize::from(known.is_none());
        token
    });
    json["added_tokens"] = numbered.collect();
    let made = Tokenizer::from_json(json.to_string().as_bytes(), SpecialTokens::default(), EngineChoice::Auto);
    made.ok().filter(|tokenizer| tokenizer.engine_name() == "fast").map(Arc::new)
}

fn spec() -> impl Strategy<Value = TemplateSpec> {
    let field = || prop::collection::vec(pieces(6), 0..3);
    let prompt = (pieces(5), pieces(5));
    (field(), prompt, field(), field(), (pieces(4), pieces(4), pieces(6)), pieces(4)).prop_map(
        |(prefix, (before, behind), chat_sep, suffix, (opens, closes, system), thinking)| {
            let texts = |texts: Vec<String>| texts.into_iter().map(RawPiece::Text).collect::<Vec<_>>();
            let mut spec = common::specs().remove("chatml").unwrap();
            spec.prefix = texts(prefix);
            spec.prompt = texts(vec![format!("{before}{{{{QUERY}}}}{behind}")]);
            spec.chat_sep = Some(texts(chat_sep));
            spec.suffix = texts(suffix);
            spec.system_prefix = Some(texts(vec![format!("{opens}{{{{SYSTEM}}}}{closes}")]));
            spec.default_system = Some(system);
            spec.non_thinking_prefix = thinking;
            spec
        },
    )
}

fn row() -> impl Strategy<Value = Value> {
    (prop::option::of(pieces(6)), prop::collection::vec(pieces(6), 1..6)).prop_map(|(system, texts)| {
        let mut messages: Vec<Value> =
            system.map(|text| json!({"role": "system", "content": text})).into_iter().collect();
        let turns = texts.iter().enumerate();
        messages.extend(turns.map(|(at, text)| json!({"role": (["user", "assistant"][at % 2]), "content": text})));
        json!({ "messages": messages })
    })
}

/// The ids of what `row` renders to, each run tokenized by the reference; `None` where that panics, as it does where
/// one token takes the white space in which another begins.
fn by_the_reference(tokenizer: &Tokenizer, segments: &Segments) -> Option<Vec<i32>> {
    let reference = tokenizer.reference().unwrap();
    catch_unwind(AssertUnwindSafe(|| {
        let mut ids = Vec::new();
        for segment in segments.iter() {
            match segment.content {
                SegmentContent::Text(text) => reference.encode_into(text, &mut ids).unwrap(),
                SegmentContent::Ids(known) => ids.extend_from_slice(known),
            }
        }
        ids.into_iter().map(|id| id as i32).collect()
    }))
    .ok()
}

fn check(encoder: &Encoder, row: &Value) -> Result<(), TestCaseError> {
    let text = row.to_string();
    let row = parse_row(text.as_bytes()).unwrap();
    let Ok(segments) = encoder.render(&row) else {
        return Ok(());
    };
    let Some(expected) = by_the_reference(encoder.tokenizer(), &segments) else {
        return Ok(());
    };
    match encoder.encode_segments(&segments) {
        Ok(encoded) => prop_assert_eq!(encoded.input_ids, expected, "{:?}", segments),
        Err(_) => prop_assert_eq!(expected, Vec::<i32>::new()),
    }
    Ok(())
}

fn options(training: bool, loss_scale: &str) -> Options {
    let mode = if training { Mode::Train } else { Mode::Inference };
    Options { mode, loss_scale: LossScale::parse(loss_scale).unwrap(), ..Options::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ids_are_those_of_the_texts(
        of in 0..7usize, added in added(), specs in prop::collection::vec(spec(), 4),
        rows in prop::collection::vec(row(), 6), training in any::<bool>(),
        loss_scale in prop::sample::select(vec!["default", "all", "last_round"]),
    ) {
        common::no_cache();
        let Some(tokenizer) = tokenizer(of, &added) else {
            return Ok(());
        };
        for spec in specs {
            let encoder = Encoder::new(tokenizer.clone(), &spec, options(training, loss_scale)).unwrap();
            for row in &rows {
                check(&encoder, row)?;
            }
        }
    }
}

/// Tokens that hide one another or take from what is beside them, so that nothing is known at their seams.
#[test]
fn a_token_that_others_reach_into_cuts_nothing() {
    common::no_cache();
    let token = |content: &str, flag: &str| {
        let mut token = json!({"id": 0, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                               "normalized": false, "special": true});
        if !flag.is_empty() {
            token[flag] = json!(true);
        }
        token
    };
    let cases: [(&str, Vec<Value>); 6] = [
        ("x", vec![token("<a>", ""), token("<a>x", "")]),
        (" ", vec![token("<a>", "rstrip"), token("<b>", "")]),
        ("x", vec![token("<a>", "single_word"), token("<b>", "")]),
        ("é", vec![token("<a>", "normalized"), token("<b>", "")]),
        ("a><b", vec![token("<a>", ""), token("<b><a", ""), token("<b>", "")]),
        ("ab", vec![token("ab", "single_word"), token("<a>", ""), token("b<", "")]),
    ];
    let mut seen = 0;
    for (query, added) in cases {
        for of in 0..7 {
            let Some(tokenizer) = tokenizer(of, &added) else {
                continue;
            };
            let mut spec = common::specs().remove("chatml").unwrap();
            spec.prefix = vec![];
            spec.prompt = vec![RawPiece::Text("<b><a>{{QUERY}}<b> <a> ".to_owned())];
            spec.chat_sep = Some(vec![RawPiece::Text("<a>".to_owned()), RawPiece::Text(" <b>".to_owned())]);
            spec.suffix = spec.chat_sep.clone().unwrap();
            let encoder = Encoder::new(tokenizer, &spec, options(true, "all")).unwrap();
            for text in [query, "", " ", "b", "<b>"] {
                let messages =
                    ["user", "assistant", "user", "assistant"].map(|role| json!({"role": role, "content": text}));
                check(&encoder, &json!({ "messages": messages })).unwrap();
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

/// Segments of one template mean nothing to another, whose tokenizer may have other ids.
#[test]
fn segments_of_another_template_are_tokenized_anew() {
    common::no_cache();
    let spec = common::specs().remove("chatml").unwrap();
    let mut other = tiny::json();
    let added = other["added_tokens"].as_array_mut().unwrap();
    added.reverse();
    let first = added.iter().filter_map(|token| token["id"].as_u64()).min().unwrap();
    added.iter_mut().enumerate().for_each(|(at, token)| token["id"] = json!(first + at as u64));
    let encoder = |json: &Value| {
        let tokens = SpecialTokens { eos_token: Some("</s>".to_owned()), ..SpecialTokens::default() };
        let tokenizer = Tokenizer::from_json(json.to_string().as_bytes(), tokens, EngineChoice::Fast).unwrap();
        Encoder::new(Arc::new(tokenizer), &spec, options(true, "default")).unwrap()
    };
    let (here, there) = (encoder(&tiny::json()), encoder(&other));
    let row = json!({"messages": [{"role": "user", "content": "the"}, {"role": "assistant", "content": "thing"}]});
    let text = row.to_string();
    let row = parse_row(text.as_bytes()).unwrap();
    let own = there.encode_segments(&there.render(&row).unwrap()).unwrap();
    let given = there.encode_segments(&here.render(&row).unwrap()).unwrap();
    assert_eq!(given, own);
    assert_ne!(own.input_ids, here.encode_segments(&here.render(&row).unwrap()).unwrap().input_ids);
}
