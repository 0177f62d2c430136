//! What models answer, read by the parser of every agent format: nothing panics, and calls that were read can be
//! written again by the format, or are refused with an error.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use swiftcore::agent::agent_formats;
use swiftcore::json::{Json, parse_text};

static TOOLS: LazyLock<Vec<Json>> = LazyLock::new(|| {
    let tools = r#"[{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties":
        {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "array"}, "d": {"type": "boolean"}}}}}]"#;
    match parse_text(tools) {
        Some(Json::List(tools)) => tools,
        _ => unreachable!("a list"),
    }
});

fuzz_target!(|data: (u8, &str)| {
    let (which, text) = data;
    let formats = agent_formats();
    let format = &formats[usize::from(which) % formats.len()];
    for tools in [&TOOLS[..], &[]] {
        let calls = format.parse(text, tools);
        if !calls.is_empty() {
            let _ = format.write_calls_to(tools, &calls);
        }
    }
});
