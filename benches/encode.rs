//! `cargo bench`: rendering, encoding and batches, with the reference tokenizer on the same text in the same group.
//!
//! Needs no Python. The tokenizer is the one that `SWIFTCORE_BENCH_TOKENIZER` names, else Qwen3's in `../shared`, else
//! a small one that is trained here on the texts themselves. The rows are those of `SWIFTCORE_BENCH_ROWS`, else of
//! `../shared/data/chat.jsonl` without tools, else of `examples/chat.jsonl`.

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use swiftcore::batch::{BatchOptions, JsonLines, Parsed, encode_batch};
use swiftcore::encode::{Encoder, Scratch};
use swiftcore::engine::EngineChoice;
use swiftcore::row::{Row, parse_row};
use swiftcore::segment::{SegmentContent, Segments};
use swiftcore::template::{Mode, Options, RawId, RawPiece, TemplateSpec};
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
    lines.filter(|line| parse_row(line).is_ok_and(|row| !row.has_tools)).map(<[u8]>::to_vec).collect()
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

/// The facts of `qwen2_5`.
fn spec() -> TemplateSpec {
    let text = |text: &str| vec![RawPiece::Text(text.to_owned())];
    TemplateSpec {
        template_type: "qwen2_5".to_owned(),
        prefix: vec![],
        prompt: text("<|im_start|>user\n{{QUERY}}<|im_end|>\n<|im_start|>assistant\n"),
        system_prompt: None,
        chat_sep: Some(text("<|im_end|>\n")),
        suffix: text("<|im_end|>\n"),
        system_prefix: Some(text("<|im_start|>system\n{{SYSTEM}}<|im_end|>\n")),
        default_system: Some("You are Qwen, created by Alibaba Cloud. You are a helpful assistant.".to_owned()),
        stop_words: vec![RawPiece::Text("<|endoftext|>".to_owned()), RawPiece::Ids(vec![RawId::Id(0)])],
        auto_add_bos: false,
        is_thinking: false,
        thinking_prefix: String::new(),
        non_thinking_prefix: String::new(),
        preserve_thinking: None,
        history_thinking_prefix: String::new(),
        support_system: true,
        is_multimodal: false,
    }
}

fn rendered(encoder: &Encoder, row: &Row<'_>) -> String {
    let segments = encoder.render(row).expect("a row that renders");
    let texts = segments.iter().map(|segment| match segment.content {
        SegmentContent::Text(text) => text.to_owned(),
        SegmentContent::Ids(_) => String::new(),
    });
    texts.collect()
}

fn benches(criterion: &mut Criterion) {
    let lines = read_lines();
    let tokenizer = load(&lines);
    let options = Options { mode: Mode::Train, ..Options::default() };
    let encoder = Encoder::new(tokenizer.clone(), &spec(), options).expect("an encoder");
    let rows: Vec<Row<'_>> = lines.iter().map(|line| parse_row(line).expect("a row")).collect();
    let texts: Vec<String> = rows.iter().map(|row| rendered(&encoder, row)).collect();
    let bytes = Throughput::Bytes(texts.iter().map(|text| text.len() as u64).sum());
    let size = format!("{}-rows", rows.len());

    let mut group = criterion.benchmark_group("render");
    group.sample_size(20).throughput(bytes.clone());
    let mut segments = Segments::default();
    group.bench_function(BenchmarkId::new("qwen2_5", &size), |bencher| {
        bencher.iter(|| rows.iter().for_each(|row| encoder.render_into(row, black_box(&mut segments)).expect("a row")));
    });
    group.finish();

    let mut group = criterion.benchmark_group("encode");
    group.sample_size(10).throughput(bytes.clone());
    let mut scratch = Scratch::default();
    group.bench_function(BenchmarkId::new("qwen2_5", &size), |bencher| {
        bencher.iter(|| {
            for row in &rows {
                encoder.encode_with(row, &mut scratch, |encoded| _ = black_box(encoded)).expect("a row");
            }
        });
    });
    let reference = tokenizer.reference().expect("the reference");
    let mut ids = Vec::new();
    group.bench_function(BenchmarkId::new("tokenizers", &size), |bencher| {
        bencher.iter(|| {
            for text in &texts {
                ids.clear();
                swiftcore::engine::Engine::encode_into(reference, text, black_box(&mut ids)).expect("a text");
            }
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("batch");
    group.sample_size(10).throughput(bytes);
    let parsed = Parsed(rows.iter().cloned().map(Ok).collect());
    let json = JsonLines(lines.iter().map(Vec::as_slice).collect());
    let max = swiftcore::batch::default_threads().expect("a number of threads");
    for threads in if max > 1 { vec![1, max] } else { vec![1] } {
        let options = BatchOptions { num_threads: Some(threads), ..BatchOptions::default() };
        group.bench_function(BenchmarkId::new(format!("qwen2_5-{threads}-threads"), &size), |bencher| {
            bencher.iter(|| encode_batch(&encoder, &parsed, &options).expect("a batch"));
        });
        group.bench_function(BenchmarkId::new(format!("qwen2_5-json-{threads}-threads"), &size), |bencher| {
            bencher.iter(|| encode_batch(&encoder, &json, &options).expect("a batch"));
        });
    }
    group.bench_function(BenchmarkId::new("tokenizers", &size), |bencher| {
        bencher.iter(|| reference.encode_batch(black_box(&texts)).expect("a batch"));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
