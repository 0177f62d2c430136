//! `cargo bench decode`: from ids to text with four stop words, with the reference's own stream in the same group.
//!
//! Needs no Python. The tokenizer is the one that `SWIFTCORE_BENCH_TOKENIZER` names, else Qwen3's in `../shared`; the ids
//! are those of 32 conversations of 256 tokens each, of `SWIFTCORE_BENCH_ROWS`, else of `../shared/data/chat.jsonl`.
//! Without them the bench is left out: a text of a tokenizer trained on the spot would say nothing.

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use swiftcore::decode::{DecodeBatch, DecodeOptions, DecodeStream, Decoder, StopWord, Texts, Word};
use swiftcore::engine::EngineChoice;
use swiftcore::tokenizer::{SpecialTokens, Tokenizer};

const ROWS: usize = 32;
const TOKENS: usize = 256;
const STOPS: [&str; 4] = ["<|im_end|>", "<|endoftext|>", "\n\nUser:", "Observation:"];

fn place(named: &str, shared: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(shared);
    env::var_os(named).map(PathBuf::from).or_else(|| beside.exists().then_some(beside))
}

/// The texts of conversations, all messages of one after the other.
fn texts(path: &Path) -> Vec<String> {
    let file = fs::read_to_string(path).expect("rows");
    let rows = file.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    rows.map(|row| {
        let messages = row["messages"].as_array().cloned().unwrap_or_default();
        let contents = messages.iter().filter_map(|message| message["content"].as_str());
        contents.collect::<Vec<_>>().join("\n")
    })
    .collect()
}

fn ids(tokenizer: &Tokenizer, texts: &[String]) -> Vec<Vec<u32>> {
    let encoded = texts.iter().filter_map(|text| {
        let mut ids = Vec::new();
        tokenizer.encode_into(text, &mut ids).ok()?;
        ids.truncate(TOKENS);
        (ids.len() == TOKENS).then_some(ids)
    });
    encoded.take(ROWS).collect()
}

fn benches(criterion: &mut Criterion) {
    let places = (
        place("SWIFTCORE_BENCH_TOKENIZER", "tokenizers/qwen3/tokenizer.json"),
        place("SWIFTCORE_BENCH_ROWS", "data/chat.jsonl"),
    );
    let (Some(file), Some(rows)) = places else {
        println!("decode: left out; name a tokenizer.json and rows");
        return;
    };
    let tokenizer = Tokenizer::from_file(&file, SpecialTokens::default(), EngineChoice::Auto).expect("a tokenizer");
    let tokenizer = Arc::new(tokenizer);
    let reference = tokenizers::Tokenizer::from_file(&file).expect("the reference");
    let rows = ids(&tokenizer, &texts(&rows));
    let stops = STOPS.map(|text| StopWord { word: Word::Text(text.to_owned()), include: false, after_marker: false });
    let options = DecodeOptions { stops: stops.to_vec(), ..DecodeOptions::default() };
    let decoder = Arc::new(Decoder::new(tokenizer, options).expect("a decoder"));

    let mut group = criterion.benchmark_group("decode");
    let size = format!("{}x{TOKENS}-tokens", rows.len());
    group.sample_size(20).throughput(Throughput::Elements((rows.len() * TOKENS) as u64));
    group.bench_function(BenchmarkId::new("stream", &size), |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            for row in &rows {
                let mut stream = DecodeStream::new(decoder.clone());
                for id in row {
                    out.clear();
                    stream.step_into(&[*id], black_box(&mut out)).expect("an id");
                }
            }
        });
    });
    group.bench_function(BenchmarkId::new("batch", &size), |bencher| {
        let columns: Vec<Vec<i64>> =
            (0..TOKENS).map(|at| rows.iter().map(|row| i64::from(row[at])).collect()).collect();
        let mut texts = Texts::default();
        bencher.iter(|| {
            let mut batch = DecodeBatch::new(decoder.clone(), rows.len());
            for column in &columns {
                batch.step(|row| &column[row..=row], black_box(&mut texts));
            }
        });
    });
    group.bench_function(BenchmarkId::new("tokenizers", &size), |bencher| {
        bencher.iter(|| {
            for row in &rows {
                let mut stream = reference.decode_stream(false);
                for id in row {
                    black_box(stream.step(*id).expect("an id"));
                }
            }
        });
    });
    // A stream as long as this shows whether a step costs more the longer the text is.
    let long: Vec<u32> = rows.iter().flatten().copied().cycle().take(100_000).collect();
    for (name, part) in [("first-10000", &long[..10_000]), ("all-100000", &long[..])] {
        group.throughput(Throughput::Elements(part.len() as u64));
        group.bench_function(BenchmarkId::new("one-stream", name), |bencher| {
            let mut out = Vec::new();
            bencher.iter(|| {
                let mut stream = DecodeStream::new(decoder.clone());
                for id in part {
                    out.clear();
                    stream.step_into(&[*id], black_box(&mut out)).expect("an id");
                }
            });
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
