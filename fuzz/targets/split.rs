//! The rows of a text file are the same, in whatever portions it is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use swiftcore::fuzzing;

fuzz_target!(|data: (u8, &[u8])| {
    let (size, text) = data;
    let size = usize::from(size).max(1);
    let whole = fuzzing::split(text, text.len().max(1));
    assert_eq!(fuzzing::split(text, size), whole);
    assert_eq!(fuzzing::read(text, size), whole);
});
