//! What the fuzz targets share.

#[path = "../../tests/rust/common/tiny.rs"]
pub mod tiny;

#[path = "../../tests/rust/common/decoders.rs"]
pub mod decoders;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Once};

use swiftcore::batch::{BatchOptions, Rows, encode_batch};
use swiftcore::encode::Encoder;
use swiftcore::engine::EngineChoice;
use swiftcore::error::RowErrorKind;
use swiftcore::template::{Mode, Options, TemplateSpec};
use swiftcore::tokenizer::Tokenizer;

/// Keep tokenizers out of the user's cache.
pub fn own_cache() {
    static ONCE: Once = Once::new();
    // SAFETY: targets call this first, on their only thread.
    ONCE.call_once(|| unsafe { std::env::set_var("SWIFTCORE_CACHE", "/dev/null/cache") });
}

/// Run work in which a panic of the reference tokenizer is not a finding: it panics at some texts, and overflows at some
/// ids. Any other panic ends the process by the hook of libfuzzer.
pub fn tolerate<T>(work: impl FnOnce() -> T) -> Option<T> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.location().is_some_and(|place| place.file().contains("/tokenizers-")) {
                before(info);
            }
        }));
    });
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Templates of several kinds, in training, with a small byte-level tokenizer.
pub static ENCODERS: LazyLock<Vec<Encoder>> = LazyLock::new(|| {
    let specs = include_str!("../../tests/fixtures/specs.json");
    let mut specs: HashMap<String, TemplateSpec> = serde_json::from_str(specs).expect("templates");
    let tokenizer: Arc<Tokenizer> = tiny::tokenizer(EngineChoice::Fast);
    ["chatml", "llama", "default"]
        .into_iter()
        .filter_map(|name| specs.remove(name))
        .map(|spec| {
            let options = Options { mode: Mode::Train, ..Options::default() };
            Encoder::new(tokenizer.clone(), &spec, options).expect("an encoder")
        })
        .collect()
});

/// Encode rows. No row may be refused for a defect of ours.
pub fn encode_all(rows: &dyn Rows) {
    for encoder in ENCODERS.iter() {
        let options = BatchOptions { num_threads: Some(1), ..BatchOptions::default() };
        let columns = encode_batch(encoder, rows, &options).expect("a batch");
        for error in &columns.refused {
            assert_ne!(error.kind, RowErrorKind::Internal, "{error}");
        }
    }
}
