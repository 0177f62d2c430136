//! Python literals and JSON in text: nothing panics, and what was read is read again from its `repr`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use swiftcore::json::{Style, dumps, parse_json_text, parse_prefix, parse_text};

fuzz_target!(|text: &str| {
    if let Some(value) = parse_text(text) {
        let repr = value.python_repr();
        // Infinity and NaN have no literal.
        if let Some(again) = parse_text(&repr) {
            assert_eq!(again.python_repr(), repr);
        } else {
            assert!(repr.contains("inf") || repr.contains("nan"), "{repr}");
        }
        let json = dumps(&value, Style::default());
        assert!(parse_json_text(&json).is_some(), "{json}");
        value.python_str();
    }
    match parse_prefix(text) {
        Ok((_, end)) => assert!(text.is_char_boundary(end)),
        Err(read) => assert!(read <= text.len()),
    }
});
