use std::convert::Infallible;

use super::*;
use crate::template::Known;

#[test]
fn joins_texts_of_equal_weight_only() {
    let mut segments = Segments::default();
    segments.push_text("a", 0.0);
    segments.push_text("", 1.0);
    segments.push_text("b", 0.0);
    segments.push_text("c", 1.0);
    segments.push_text("d", 1.0);
    segments.push_ids(&[5, 6], 1.0);
    segments.push_text("e", 1.0);
    segments.push_ids(&[], 1.0);
    segments.push_text("f", 1.0);
    let got: Vec<_> = segments.iter().map(|segment| (segment.content, segment.weight)).collect();
    assert_eq!(
        got,
        [
            (SegmentContent::Text("ab"), 0.0),
            (SegmentContent::Text("cd"), 1.0),
            (SegmentContent::Ids(&[5, 6]), 1.0),
            (SegmentContent::Text("e"), 1.0),
            (SegmentContent::Ids(&[]), 1.0),
            (SegmentContent::Text("f"), 1.0),
        ]
    );
    segments.clear();
    assert_eq!(segments.iter().count(), 0);
}

/// What is left to do, for short: text, `+` before that behind a token, and ids.
fn parts(segments: &Segments, knower: u64) -> Vec<String> {
    let mut parts = Vec::new();
    let visited = segments.each_part(knower, |part, _| {
        parts.push(match part {
            Part::Text(text) => text.to_owned(),
            Part::TextBehind(text) => format!("+{text}"),
            Part::Ids(ids) => format!("{ids:?}"),
        });
        Ok::<(), Infallible>(())
    });
    visited.unwrap();
    parts
}

fn known(start: usize, end: usize, id: u32, is_open_before: bool, is_open_behind: bool) -> Known {
    Known { start, end, ids: vec![id], is_open_before, is_open_behind }
}

#[test]
fn what_is_open_is_known_only_beside_a_cut() {
    // A head, a token, a tail.
    let all = [known(0, 1, 1, true, false), known(1, 4, 2, false, false), known(4, 5, 3, false, true)];
    let piece = Text { text: "h<t>e", known: &all };
    let mut segments = Segments::default();
    segments.clear_for(7);
    segments.push_known(piece, 0.0);
    assert_eq!(parts(&segments, 7), ["[1]", "[2]", "[3]"]);
    assert_eq!(parts(&segments, 8), ["h<t>e"]);
    segments.push_known("x".into(), 0.0);
    assert_eq!(parts(&segments, 7), ["[1]", "[2]", "+ex"]);
    segments.push_known(piece, 0.0);
    assert_eq!(parts(&segments, 7), ["[1]", "[2]", "+exh", "[2]", "[3]"]);
    // An end and a beginning side by side are one text.
    segments.push_known(piece, 0.0);
    assert_eq!(parts(&segments, 7), ["[1]", "[2]", "+exh", "[2]", "+eh", "[2]", "[3]"]);
    segments.push_known(piece, 1.0);
    assert_eq!(parts(&segments, 7)[6..], ["[3]", "[1]", "[2]", "[3]"]);
}

#[test]
fn a_text_without_tokens_is_known_between_cuts() {
    let token = Text { text: "<t>", known: &[known(0, 3, 2, false, false)] };
    let plain = Text { text: "ab", known: &[known(0, 2, 9, true, true)] };
    let mut segments = Segments::default();
    segments.clear_for(7);
    for text in [plain, token, plain, token, plain, plain] {
        segments.push_known(text, 0.0);
    }
    assert_eq!(parts(&segments, 7), ["[9]", "[2]", "[9]", "[2]", "+abab"]);
    segments.push_ids(&[5], 0.0);
    segments.push_known(plain, 0.0);
    assert_eq!(parts(&segments, 7)[5..], ["[5]", "[9]"]);
}
