//! `cargo bench`: encoding on one thread, and batches, with `tokenizers` and `fastokens` in the same groups,
//! which are given the text that was rendered and do not make labels or columns of it.
//!
//! Needs no Python. The texts are those of `kinds`, and as `rows` those of `SWIFTCORE_BENCH_ROWS`, else of
//! `../shared/data/chat.jsonl` without tools, else of `examples/chat.jsonl`. The tokenizer is the one that
//! `SWIFTCORE_BENCH_TOKENIZER` names, else Qwen3's in `../shared`, else a small one that is trained here on the rows.

mod kinds;

use std::collections::HashMap;
use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kinds::kinds;
use rayon::prelude::*;
use swiftcore::batch::{BatchOptions, JsonLines, Parsed, encode_batch};
use swiftcore::encode::{Encoder, Scratch};
use swiftcore::engine::{Engine, EngineChoice, FastEngine, ReferenceEngine};
use swiftcore::row::{Row, parse_row};
use swiftcore::segment::SegmentContent;
use swiftcore::template::{Mode, Options, TemplateSpec};
use swiftcore::tokenizer::{SpecialTokens, Tokenizer};
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, TokenizerBuilder};

const SPECIAL: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn first_existing(named: &str, candidates: &[PathBuf]) -> Option<PathBuf> {
    env::var_os(named).map(PathBuf::from).or_else(|| candidates.iter().find(|path| path.exists()).cloned())
}

fn read_lines() -> Vec<Vec<u8>> {
    let candidates = [root().join("../shared/data/chat.jsonl"), root().join("examples/chat.jsonl")];
    let path = first_existing("SWIFTCORE_BENCH_ROWS", &candidates).expect("a file of rows");
    let text = fs::read(path).expect("rows");
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.filter(|line| parse_row(line).is_ok_and(|row| row.tools.is_empty())).map(<[u8]>::to_vec).collect()
}

/// A byte-level BPE of 8,000 tokens, trained on the rows: for a machine that has no other.
fn train(lines: &[Vec<u8>]) -> Vec<u8> {
    let mut trainer = BpeTrainer::builder()
        .vocab_size(8_000)
        .show_progress(false)
        .special_tokens(SPECIAL.iter().map(|token| AddedToken::from(*token, true)).collect())
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut tokenizer = TokenizerBuilder::default()
        .with_model(BPE::default())
        .with_normalizer(None::<tokenizers::normalizers::NFC>)
        .with_pre_tokenizer(Some(ByteLevel::new(false, true, true)))
        .with_post_processor(Some(ByteLevel::default()))
        .with_decoder(Some(ByteLevel::default()))
        .build()
        .expect("a tokenizer");
    let texts = lines.iter().map(|line| String::from_utf8_lossy(line).into_owned());
    tokenizer.train(&mut trainer, texts).expect("training");
    tokenizer.to_string(false).expect("JSON").into_bytes()
}

fn load(lines: &[Vec<u8>]) -> Arc<Tokenizer> {
    let special = SpecialTokens { eos_token: Some("<|im_end|>".to_owned()), ..SpecialTokens::default() };
    let candidates = [root().join("../shared/tokenizers/qwen3/tokenizer.json")];
    let tokenizer = match first_existing("SWIFTCORE_BENCH_TOKENIZER", &candidates) {
        Some(path) => Tokenizer::from_file(&path, special, EngineChoice::Auto),
        None => Tokenizer::from_json(&train(lines), special, EngineChoice::Auto),
    };
    let tokenizer = tokenizer.expect("a tokenizer");
    println!("{tokenizer:?}");
    Arc::new(tokenizer)
}

/// Qwen 2.5's template, as the registry writes it out.
fn spec() -> TemplateSpec {
    let text = fs::read(root().join("tests/fixtures/specs.json")).expect("the templates");
    let mut specs: HashMap<String, TemplateSpec> = serde_json::from_slice(&text).expect("templates");
    specs.remove("qwen2_5").expect("qwen2_5")
}

fn rendered(encoder: &Encoder, row: &Row<'_>) -> String {
    let segments = encoder.render(row).expect("a row that renders");
    let texts = segments.iter().map(|segment| match segment.content {
        SegmentContent::Text(text) => text.to_owned(),
        SegmentContent::Ids(_) => String::new(),
    });
    texts.collect()
}

fn group<'c>(criterion: &'c mut Criterion, name: &str, texts: &[String]) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    let bytes = texts.iter().map(|text| text.len() as u64).sum();
    group.throughput(Throughput::Bytes(bytes)).sample_size(10);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group
}

/// What else encodes text.
struct Peers<'t> {
    reference: &'t ReferenceEngine,
    fastokens: Option<FastEngine>,
}

impl Peers<'_> {
    fn each(&self) -> impl Iterator<Item = (&'static str, &dyn Engine)> {
        let fastokens = self.fastokens.as_ref().map(|engine| ("fastokens", engine as &dyn Engine));
        std::iter::once(("tokenizers", self.reference as &dyn Engine)).chain(fastokens)
    }
}

fn encode_all(engine: &dyn Engine, texts: &[String]) {
    let mut ids = Vec::new();
    for text in texts {
        ids.clear();
        engine.encode_into(text, black_box(&mut ids)).expect("a text");
    }
}

/// Encoding on one thread.
fn bench_rows(criterion: &mut Criterion, encoder: &Encoder, peers: &Peers<'_>, name: &str, rows: &[Row<'_>]) {
    let texts: Vec<String> = rows.iter().map(|row| rendered(encoder, row)).collect();
    let mut encoding = group(criterion, "encode", &texts);
    let mut scratch = Scratch::default();
    encoding.bench_function(BenchmarkId::new("swiftcore", name), |bencher| {
        bencher.iter(|| {
            for row in rows {
                encoder.encode_with(row, &mut scratch, |encoded| _ = black_box(encoded)).expect("a row");
            }
        });
    });
    for (peer, engine) in peers.each() {
        encoding.bench_function(BenchmarkId::new(peer, name), |bencher| bencher.iter(|| encode_all(engine, &texts)));
    }
    encoding.finish();
}

/// Batches on one thread and on all.
fn bench_batch(criterion: &mut Criterion, encoder: &Encoder, peers: &Peers<'_>, lines: &[Vec<u8>]) {
    let rows: Vec<Row<'_>> = lines.iter().map(|line| parse_row(line).expect("a row")).collect();
    let texts: Vec<String> = rows.iter().map(|row| rendered(encoder, row)).collect();
    let name = format!("{}-rows", rows.len());
    let parsed = Parsed(rows.into_iter().map(Ok).collect());
    let json = JsonLines(lines.iter().map(Vec::as_slice).collect());
    let most = swiftcore::batch::default_threads().expect("a number of threads");
    let mut batches = group(criterion, "batch", &texts);
    for threads in if most > 1 { vec![1, most] } else { vec![1] } {
        let options = BatchOptions { num_threads: Some(threads), ..BatchOptions::default() };
        batches.bench_function(BenchmarkId::new(format!("swiftcore-{threads}-threads"), &name), |bencher| {
            bencher.iter(|| encode_batch(encoder, &parsed, &options).expect("a batch"));
        });
        batches.bench_function(BenchmarkId::new(format!("swiftcore-json-{threads}-threads"), &name), |bencher| {
            bencher.iter(|| encode_batch(encoder, &json, &options).expect("a batch"));
        });
    }
    batches.bench_function(BenchmarkId::new("tokenizers", &name), |bencher| {
        bencher.iter(|| peers.reference.encode_batch(black_box(&texts)).expect("a batch"));
    });
    if let Some(fastokens) = &peers.fastokens {
        // Its threads are its caller's.
        batches.bench_function(BenchmarkId::new(format!("fastokens-{most}-threads"), &name), |bencher| {
            bencher.iter(|| texts.par_chunks(16).for_each(|part| encode_all(fastokens, part)));
        });
    }
    batches.finish();
}

fn benches(criterion: &mut Criterion) {
    let lines = read_lines();
    let tokenizer = load(&lines);
    let options = Options { mode: Mode::Train, ..Options::default() };
    let encoder = Encoder::new(tokenizer.clone(), &spec(), options).expect("an encoder");
    let json = tokenizer.json().expect("the tokenizer");
    let reference = tokenizer.reference().expect("the reference");
    let peers = Peers { reference, fastokens: FastEngine::from_json(&json).ok() };
    for (name, lines) in kinds().into_iter().chain([("rows", lines.clone())]) {
        let rows: Vec<Row<'_>> = lines.iter().map(|line| parse_row(line).expect("a row")).collect();
        bench_rows(criterion, &encoder, &peers, name, &rows);
    }
    bench_batch(criterion, &encoder, &peers, &lines);
}

criterion_group!(all, benches);
criterion_main!(all);
