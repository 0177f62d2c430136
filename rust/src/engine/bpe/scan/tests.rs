//! The scanners against Oniguruma, which the reference splits with.

use proptest::prelude::*;
use tokenizers::pre_tokenizers::split::{Split as Pattern, SplitPattern};
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, SplitDelimiterBehavior};

use super::{DEEPSEEK, GPT2, Split};

fn all() -> Vec<(Split, Vec<Pattern>)> {
    let mut patterns: Vec<Vec<String>> = vec![vec![GPT2.to_owned()], DEEPSEEK.map(str::to_owned).to_vec()];
    patterns.extend(Split::variants().map(|split| vec![split.pattern().unwrap()]));
    let compiled = |pattern: &String| {
        Pattern::new(SplitPattern::Regex(pattern.clone()), SplitDelimiterBehavior::Isolated, false).unwrap()
    };
    patterns
        .iter()
        .map(|patterns| (Split::from_patterns(patterns).unwrap(), patterns.iter().map(compiled).collect()))
        .collect()
}

fn check(text: &str) -> Result<(), TestCaseError> {
    thread_local! {
        static ALL: Vec<(Split, Vec<Pattern>)> = all();
    }
    ALL.with(|all| {
        for (split, patterns) in all {
            let mut expected = PreTokenizedString::from(text);
            patterns.iter().for_each(|pattern| pattern.pre_tokenize(&mut expected).unwrap());
            let expected = expected.get_splits(OffsetReferential::Original, OffsetType::Byte);
            let expected: Vec<_> = expected.into_iter().map(|(_, offsets, _)| offsets).collect();
            let mut got = Vec::new();
            split.each(text.as_bytes(), |start, end| got.push((start, end)));
            prop_assert_eq!(got, expected, "{:?} {:?}", split, text);
        }
        Ok(())
    })
}

const PIECES: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\u{b}",
    "\u{85}",
    "\u{a0}",
    "\u{3000}",
    "\u{2028}",
    "\u{1c}",
    "a",
    "B",
    "é",
    "e\u{301}",
    "\u{301}",
    "ǅ",
    "ʰ",
    "ª",
    "字",
    "龦",
    "ー",
    "・",
    "゛",
    "\u{3099}",
    "\u{3040}",
    "1",
    "23",
    "²",
    "Ⅷ",
    "٣",
    "'",
    "'s",
    "'S",
    "'ſ",
    "'re",
    "'LL",
    "'vE",
    "'d",
    "’s",
    "!",
    "/",
    "//",
    "_",
    "-",
    "$",
    "€",
    "+",
    "😀",
    "\u{200d}",
    "\u{fe0f}",
    "\u{0}",
    "\u{7f}",
    "\u{ad}",
    "\u{378}",
    "\u{e000}",
    "K",
    "ß",
    "İ",
    "\u{1d400}",
    "\u{10ffff}",
    "ŀ",
    "ﬅ",
];

/// What plain text is made of, with a little that is not plain, to be put together to several blocks.
const PLAIN: &[&str] = &[
    " ",
    " ",
    " ",
    "  ",
    "    ",
    "\n",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " \n",
    "a",
    "I",
    "of",
    "word",
    "Word",
    "HTML",
    "snakeCase",
    "incomprehensibilities",
    "0",
    "12",
    "345",
    "6789",
    "'",
    "'s",
    "'t",
    "'Re",
    "' ",
    "\"",
    ".",
    ",",
    "-",
    "--",
    "/",
    "//",
    "/\n",
    "(",
    ");",
    "...",
    "é",
    "ſ",
    "字",
    "\u{a0}",
    "\u{0}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn scanners_split_as_the_patterns_do(pieces in proptest::collection::vec(prop::sample::select(PIECES), 0..16)) {
        check(&pieces.concat())?;
    }

    #[test]
    fn scanners_split_plain_text(pieces in proptest::collection::vec(prop::sample::select(PLAIN), 0..120)) {
        check(&pieces.concat())?;
    }

    #[test]
    fn scanners_split_any_text(text in proptest::collection::vec(any::<char>(), 0..12)) {
        check(&text.into_iter().collect::<String>())?;
    }
}

#[test]
fn other_patterns_are_not_taken() {
    assert_eq!(Split::from_patterns(&[r"\w+".to_owned()]), None);
    assert_eq!(Split::from_patterns(&[DEEPSEEK[0].to_owned()]), None);
    assert_eq!(Split::from_patterns(&[]), Some(Split::Whole));
}
