//! Streams give the reference's text, in whatever portions ids come, and stop where a stop word is first complete.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use swiftcore::decode::{DecodeOptions, DecodeStream, Decoder, StopWord, Word};
use swiftcore::tokenizer::Tokenizer;
use swiftcore_fuzz::{decoders, tolerate};

static TOKENIZERS: LazyLock<Vec<(Arc<Tokenizer>, u32)>> = LazyLock::new(decoders::tokenizers);

type Data<'d> = (u8, u8, u8, Vec<u16>, Option<&'d str>);

fuzz_target!(|data: Data<'_>| {
    let _ = tolerate(|| check(data));
});

fn check(data: Data<'_>) {
    let (which, cut, flags, ids, stop) = data;
    let (tokenizer, count) = &TOKENIZERS[usize::from(which) % TOKENIZERS.len()];
    let (skip, include) = (flags & 1 != 0, flags & 2 != 0);
    let ids: Vec<u32> = ids.into_iter().map(|id| u32::from(id) % count).collect();
    let stop = stop.filter(|stop| !stop.is_empty());
    let stops = stop.map(|stop| StopWord { word: Word::Text(stop.to_owned()), include, after_marker: false });
    let options = DecodeOptions {
        skip_special_tokens: skip,
        eager: flags & 4 != 0,
        stops: stops.into_iter().collect(),
        ..DecodeOptions::default()
    };
    let Ok(decoder) = Decoder::new(tokenizer.clone(), options) else { return };
    let decoder = Arc::new(decoder);
    let run = |size: usize| {
        let mut stream = DecodeStream::new(decoder.clone());
        let mut text = String::new();
        for part in ids.chunks(size) {
            text += &stream.step(part).expect("ids in range");
        }
        text += &stream.finish().expect("an end");
        (text, stream.stop().map(|stop| (stop.text_offset, stop.kept_ids)))
    };
    let (text, stopped) = run(1 + usize::from(cut) % 8);
    let (again, stopped_again) = run(1);
    // Eager streams give text away before later ids can change it.
    if flags & 4 == 0 {
        assert_eq!((&text, &stopped), (&again, &stopped_again));
        if stopped.is_none() {
            assert_eq!(text, tokenizer.decode(&ids, skip).expect("a text"));
        }
    }
    if let Some(stop) = stop
        && stopped.is_none()
        && flags & 4 == 0
    {
        assert!(!text.contains(stop), "{text:?} has {stop:?}");
    }
}
