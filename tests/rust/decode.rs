//! Streams of text, with any ids: the reference's own text up to the stop, however the ids come.

mod common;

use std::sync::{Arc, LazyLock};

use common::decoders;
use proptest::collection::vec;
use proptest::prelude::*;
use swiftcore::decode::{DecodeOptions, DecodeStream, Decoder, StopWord, Word};
use swiftcore::tokenizer::Tokenizer;

const MARK: char = '\u{fffd}';

/// Of how many text depends on nothing that comes after it, and how many there are.
const PROMPT: usize = 7;
const ALL: usize = 9;

/// Tokenizers of every kind of decoder that is taken apart, and how many ids each has.
static TOKENIZERS: LazyLock<Vec<(Arc<Tokenizer>, u32)>> = LazyLock::new(decoders::tokenizers);

fn decoder(tokenizer: &Arc<Tokenizer>, skip: bool, stops: &[Word], include: bool) -> Arc<Decoder> {
    let stops = stops.iter().map(|word| StopWord { word: word.clone(), include, after_marker: false });
    let options = DecodeOptions { skip_special_tokens: skip, stops: stops.collect(), ..DecodeOptions::default() };
    Arc::new(Decoder::new(tokenizer.clone(), options).unwrap())
}

/// The text of `ids` in portions of the sizes of `cuts`, over and over.
fn stream(decoder: &Arc<Decoder>, ids: &[u32], cuts: &[usize]) -> (String, DecodeStream) {
    let mut stream = DecodeStream::new(decoder.clone());
    let mut text = String::new();
    let mut rest = ids;
    for cut in cuts.iter().cycle() {
        let (part, after) = rest.split_at((*cut).min(rest.len()));
        text += &stream.step(part).unwrap();
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    text += &stream.finish().unwrap();
    (text, stream)
}

/// The first count of ids whose text holds one of `stops`, with where that begins and ends in bytes.
fn first_stop(tokenizer: &Tokenizer, ids: &[u32], stops: &[String], skip: bool) -> Option<(u64, usize, usize)> {
    (1..=ids.len()).find_map(|count| {
        let text = tokenizer.decode(&ids[..count], skip).unwrap();
        let ends = stops.iter().filter_map(|stop| text.find(stop.as_str()).map(|at| (at + stop.len(), at)));
        ends.min().map(|(end, start)| (count as u64, start, end))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_texts_add_up(which in 0..ALL, raw in vec(any::<u32>(), 0..50), cuts in vec(1..5usize, 1..6), skip: bool) {
        let (tokenizer, count) = &TOKENIZERS[which];
        let ids: Vec<u32> = raw.iter().map(|id| id % count).collect();
        let (text, stream) = stream(&decoder(tokenizer, skip, &[], false), &ids, &cuts);
        prop_assert_eq!(text, tokenizer.decode(&ids, skip).unwrap());
        prop_assert!(stream.is_finished() && stream.stop().is_none());
    }

    #[test]
    fn no_stop_is_missed(
        which in 0..PROMPT, raw in vec(any::<u32>(), 1..30), cuts in vec(1..5usize, 1..6), include: bool,
        picks in vec((any::<prop::sample::Index>(), 1..6usize), 1..5),
    ) {
        let (tokenizer, count) = &TOKENIZERS[which];
        let ids: Vec<u32> = raw.iter().map(|id| id % count).collect();
        let characters: Vec<char> = tokenizer.decode(&ids, false).unwrap().chars().collect();
        let mut stops: Vec<String> = picks.iter().filter(|_| !characters.is_empty()).map(|(at, length)| {
            characters.iter().skip(at.index(characters.len())).take(*length).collect()
        }).collect();
        stops.extend(["abcab".to_owned(), "zz".to_owned()]);
        stops.retain(|stop| !stop.contains(MARK));
        let words: Vec<Word> = stops.iter().cloned().map(Word::Text).collect();
        let decoder = decoder(tokenizer, false, &words, include);
        let (text, stream) = stream(&decoder, &ids, &cuts);
        match first_stop(tokenizer, &ids, &stops, false) {
            None => prop_assert_eq!(text, tokenizer.decode(&ids, false).unwrap()),
            Some((count, start, end)) => {
                let whole = tokenizer.decode(&ids[..count as usize], false).unwrap();
                prop_assert_eq!(&text, &whole[..if include { end } else { start }]);
                let stop = stream.stop().unwrap();
                prop_assert_eq!(stop.seen_ids, count);
                prop_assert_eq!(stop.text_offset as usize, whole[..start].chars().count());
                let kept = tokenizer.decode(&ids[..stop.kept_ids as usize], false).unwrap();
                prop_assert!(kept.starts_with(&text) || text.contains(MARK));
            }
        }
    }

    #[test]
    fn stops_of_ids_are_those_ids(which in 0..ALL, raw in vec(0..12u32, 1..40), cuts in vec(1..5usize, 1..6), include: bool) {
        let (tokenizer, count) = &TOKENIZERS[which];
        let ids: Vec<u32> = raw.iter().map(|id| (id * 7) % count).collect();
        let stops: Vec<Vec<u32>> = vec![ids[ids.len() / 2..].iter().copied().take(3).collect(), vec![7 % count, 14 % count]];
        let words: Vec<Word> = stops.iter().cloned().map(Word::Ids).collect();
        let (text, stream) = stream(&decoder(tokenizer, false, &words, include), &ids, &cuts);
        let ends = (1..=ids.len()).find_map(|end| {
            let found = stops.iter().filter(|stop| ids[..end].ends_with(stop)).map(|stop| end - stop.len());
            found.min().map(|begin| (end, begin))
        });
        let kept = ends.map_or(ids.len(), |(end, begin)| if include { end } else { begin });
        prop_assert_eq!(text, tokenizer.decode(&ids[..kept], false).unwrap());
        prop_assert_eq!(stream.stop().map(|stop| (stop.id_offset as usize, stop.kept_ids as usize)), ends.map(|(_, begin)| (begin, kept)));
    }
}

#[test]
fn hostile_stops_are_refused_or_found() {
    let (tokenizer, count) = &TOKENIZERS[1];
    let refused = |word: Word| {
        let stops = vec![StopWord { word, include: false, after_marker: false }];
        Decoder::new(tokenizer.clone(), DecodeOptions { stops, ..DecodeOptions::default() }).unwrap_err().to_string()
    };
    assert_eq!(
        refused(Word::Text(String::new())),
        "argument 'stop': item 0 is empty; give a text or ids, or leave it out"
    );
    assert_eq!(
        refused(Word::Ids(vec![*count])),
        format!("argument 'stop': item 0 has the id {count}; the last id of this tokenizer is {}", count - 1)
    );
    let long = "ab".repeat(100_000);
    let decoder = decoder(tokenizer, false, &[Word::Text(long.clone()), Word::Text("ba.".to_owned())], true);
    let ab = tokenizer.token_to_id("ab").unwrap();
    let (text, stream) = stream(&decoder, &vec![ab; 100_001], &[1]);
    assert_eq!(text, long);
    assert_eq!(stream.stop().map(|stop| stop.seen_ids), Some(100_000));
}

#[test]
fn an_id_out_of_range_changes_nothing() {
    let (tokenizer, count) = &TOKENIZERS[1];
    let mut stream = DecodeStream::new(decoder(tokenizer, false, &[], false));
    let error = stream.step(&[5, *count]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("argument 'ids': {count} is no id of this tokenizer; give ids from 0 to {}", count - 1)
    );
    assert_eq!((stream.seen_ids(), stream.step(&[5]).unwrap().as_str()), (0, "a"));
}
