//! `cargo bench`: what a user waits for before the first row. A tokenizer seen before on this machine (`kept`), one seen
//! for the first time (`first`), beside `tokenizers` and `fastokens` on the same files; and compiling a template.
//!
//! The tokenizers are those of `../shared`, else the one that `SWIFTCORE_BENCH_TOKENIZER` names.

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use swiftcore::encode::Encoder;
use swiftcore::engine::{EngineChoice, FastEngine, ReferenceEngine};
use swiftcore::template::{Mode, Options, TemplateSpec};
use swiftcore::tokenizer::{SpecialTokens, Tokenizer};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The tokenizers' names and files.
fn tokenizers() -> Vec<(String, PathBuf)> {
    if let Some(named) = env::var_os("SWIFTCORE_BENCH_TOKENIZER") {
        return vec![("named".to_owned(), PathBuf::from(named))];
    }
    let folders = fs::read_dir(root().join("../shared/tokenizers")).into_iter().flatten().flatten();
    let file = |folder: fs::DirEntry| {
        let file = folder.path().join("tokenizer.json");
        file.exists().then(|| (folder.file_name().to_string_lossy().into_owned(), file))
    };
    let mut found: Vec<_> = folders.filter_map(file).collect();
    found.sort();
    if found.is_empty() {
        println!("no tokenizers; let SWIFTCORE_BENCH_TOKENIZER name a tokenizer.json");
    }
    found
}

fn load(file: &Path) -> Tokenizer {
    let special = SpecialTokens { eos_token: Some("<|im_end|>".to_owned()), ..SpecialTokens::default() };
    Tokenizer::from_file(file, special, EngineChoice::Auto).expect("a tokenizer")
}

/// Chatml, as the registry writes it out.
fn spec() -> TemplateSpec {
    let text = fs::read(root().join("tests/fixtures/specs.json")).expect("the templates");
    let mut specs: std::collections::HashMap<String, TemplateSpec> = serde_json::from_slice(&text).expect("templates");
    specs.remove("qwen2_5").expect("qwen2_5")
}

fn benches(criterion: &mut Criterion) {
    let cache = env::temp_dir().join(format!("swiftcore-bench-{}", std::process::id()));
    // SAFETY: no other thread runs yet.
    unsafe { env::set_var("SWIFTCORE_CACHE", &cache) };
    let spec = spec();
    for (name, file) in tokenizers() {
        let mut group = criterion.benchmark_group("start");
        let bytes = fs::metadata(&file).expect("a file").len();
        group.sample_size(10).throughput(Throughput::Bytes(bytes));
        group.bench_function(BenchmarkId::new("first", &name), |bencher| {
            bencher.iter(|| {
                let _ = fs::remove_dir_all(&cache);
                black_box(load(&file))
            });
        });
        group.bench_function(BenchmarkId::new("kept", &name), |bencher| bencher.iter(|| black_box(load(&file))));
        let read = || fs::read(&file).expect("a file");
        group.bench_function(BenchmarkId::new("tokenizers", &name), |bencher| {
            bencher.iter(|| black_box(ReferenceEngine::from_json(&read()).expect("a tokenizer")));
        });
        if FastEngine::from_json(&read()).is_ok() {
            group.bench_function(BenchmarkId::new("fastokens", &name), |bencher| {
                bencher.iter(|| black_box(FastEngine::from_json(&read()).is_ok()));
            });
        }
        let tokenizer = Arc::new(load(&file));
        let options = Options { mode: Mode::Train, ..Options::default() };
        group.bench_function(BenchmarkId::new("template", &name), |bencher| {
            bencher.iter(|| Encoder::new(tokenizer.clone(), black_box(&spec), options.clone()).expect("an encoder"));
        });
        group.finish();
    }
    let _ = fs::remove_dir_all(&cache);
}

criterion_group!(all, benches);
criterion_main!(all);
