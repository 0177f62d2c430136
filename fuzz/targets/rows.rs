//! Rows of JSON, from their text to their ids: nothing panics, and no row is refused for a defect.
#![no_main]

use libfuzzer_sys::fuzz_target;
use swiftcore::batch::JsonLines;
use swiftcore::row::parse_row;
use swiftcore_fuzz::encode_all;

fuzz_target!(|data: &[u8]| {
    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    lines.iter().for_each(|line| _ = parse_row(line));
    encode_all(&JsonLines(lines));
});
