//! `cargo bench`: rows to segments, and segments to ids: with what the template knows of its own text (`known`), and
//! with every text tokenized anew (`anew`). Of `kinds`, short rows are mostly template, chats mostly text.
//!
//! The tokenizer is the one that `SWIFTCORE_BENCH_TOKENIZER` names, else Qwen3's in `../shared`.

mod kinds;

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kinds::kinds;
use swiftcore::encode::Encoder;
use swiftcore::engine::EngineChoice;
use swiftcore::row::{Row, parse_row};
use swiftcore::segment::{SegmentContent, Segments};
use swiftcore::template::{Mode, Options, TemplateSpec};
use swiftcore::tokenizer::{SpecialTokens, Tokenizer};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn encoder() -> Option<Encoder> {
    let named = env::var_os("SWIFTCORE_BENCH_TOKENIZER").map(PathBuf::from);
    let file = named.unwrap_or_else(|| root().join("../shared/tokenizers/qwen3/tokenizer.json"));
    if !file.exists() {
        println!("no tokenizer; let SWIFTCORE_BENCH_TOKENIZER name a tokenizer.json");
        return None;
    }
    let special = SpecialTokens { eos_token: Some("<|im_end|>".to_owned()), ..SpecialTokens::default() };
    let tokenizer = Tokenizer::from_file(&file, special, EngineChoice::Auto).expect("a tokenizer");
    let text = fs::read(root().join("tests/fixtures/specs.json")).expect("the templates");
    let mut specs: std::collections::HashMap<String, TemplateSpec> = serde_json::from_slice(&text).expect("templates");
    let options = Options { mode: Mode::Train, ..Options::default() };
    Some(Encoder::new(Arc::new(tokenizer), &specs.remove("qwen2_5").expect("qwen2_5"), options).expect("an encoder"))
}

/// The same runs, of which nothing is known.
fn anew(segments: &Segments) -> Segments {
    let mut copy = Segments::default();
    for segment in segments.iter() {
        match segment.content {
            SegmentContent::Text(text) => copy.push_text(text, segment.weight),
            SegmentContent::Ids(ids) => copy.push_ids(ids, segment.weight),
        }
    }
    copy
}

fn benches(criterion: &mut Criterion) {
    let Some(encoder) = encoder() else {
        return;
    };
    for (kind, lines) in kinds() {
        let rows: Vec<Row<'_>> = lines.iter().filter_map(|line| parse_row(line).ok()).collect();
        let known: Vec<Segments> = rows.iter().filter_map(|row| encoder.render(row).ok()).collect();
        let throughput = Throughput::Elements(known.len() as u64);

        let mut group = criterion.benchmark_group("render");
        group.sample_size(20).throughput(throughput.clone());
        let mut segments = Segments::default();
        group.bench_function(BenchmarkId::new("qwen2_5", kind), |bencher| {
            bencher.iter(|| rows.iter().for_each(|row| _ = encoder.render_into(row, black_box(&mut segments))));
        });
        group.finish();

        let mut group = criterion.benchmark_group("segments");
        group.sample_size(20).throughput(throughput);
        for (name, rendered) in [("anew", known.iter().map(anew).collect()), ("known", known)] {
            let rendered: Vec<Segments> = rendered;
            group.bench_function(BenchmarkId::new(name, kind), |bencher| {
                bencher.iter(|| rendered.iter().for_each(|each| _ = black_box(encoder.encode_segments(each))));
            });
        }
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
