//! What holds for every row, shown on a byte-level tokenizer made on the spot.

mod common;

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;
use std::sync::{LazyLock, Mutex};
use std::thread::{self, ThreadId};

use common::{specs, tiny};
use proptest::prelude::*;
use serde_json::{Value, json};
use swiftcore::IGNORE_INDEX;
use swiftcore::batch::{
    BatchOptions, Columns, INPUT_IDS, JsonLines, LABELS, LENGTH, LOSS_SCALE, OnUntrainable, Rows, encode_batch,
};
use swiftcore::encode::Encoder;
use swiftcore::encoded::Encoded;
use swiftcore::engine::EngineChoice;
use swiftcore::error::{RowError, RowErrorKind};
use swiftcore::loss::LossScale;
use swiftcore::row::{Row, parse_row};
use swiftcore::template::{Mode, Options, TemplateSpec, Truncation};

fn train() -> Options {
    Options { mode: Mode::Train, ..Options::default() }
}

fn spec(name: &str) -> TemplateSpec {
    specs().remove(name).unwrap()
}

fn encoder_with(name: &str, options: Options) -> Encoder {
    static FAST: LazyLock<std::sync::Arc<swiftcore::tokenizer::Tokenizer>> =
        LazyLock::new(|| tiny::tokenizer(EngineChoice::Fast));
    Encoder::new(FAST.clone(), &spec(name), options).unwrap()
}

/// One template in training, made once.
static CHATML: LazyLock<Encoder> = LazyLock::new(|| encoder_with("chatml", train()));

fn encode(encoder: &Encoder, row: &Value) -> Result<Vec<Encoded>, RowError> {
    let rows = encoder.encode(&parse_row(row.to_string().as_bytes())?)?;
    Ok(rows.into_iter().flat_map(|row| row.sequences).map(|(_, sequence)| sequence).collect())
}

fn encode_one(encoder: &Encoder, row: &Value) -> Encoded {
    encode(encoder, row).unwrap().remove(0)
}

fn decode(encoder: &Encoder, ids: impl IntoIterator<Item = i32>) -> String {
    let ids: Vec<u32> = ids.into_iter().map(|id| id as u32).collect();
    encoder.tokenizer().decode(&ids, false).unwrap()
}

/// Any text, and often one with the seams that templates and tokenizers care about.
fn text() -> impl Strategy<Value = String> {
    let seam = prop::sample::select(vec![
        " ",
        "\n",
        "the",
        "using",
        "é",
        "e\u{301}",
        "<",
        "|",
        "{{",
        "}}",
        "字",
        "👩‍👩‍👧",
        "\u{1c}",
        "\u{0}",
        "'s",
        "12",
    ]);
    prop_oneof![".{0,20}", prop::collection::vec(seam, 0..12).prop_map(|seams| seams.concat()), any::<String>()]
}

/// Text that is not changed by a template that treats thinking, nor ends a turn by itself.
fn plain_text() -> impl Strategy<Value = String> {
    text().prop_filter("holds a special token", |text| !text.contains("<|") && !text.contains("</"))
}

/// Queries and responses in turn, one of each at least.
fn rounds(text: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text, 1..4).prop_flat_map(|texts| {
        let count = texts.len() * 2;
        Just(texts.iter().cycle().take(count).enumerate().map(|(at, text)| format!("{text}{at}")).collect())
    })
}

fn row(texts: &[String]) -> Value {
    let messages: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| json!({"role": (["user", "assistant"][at % 2]), "content": text}))
        .collect();
    json!({ "messages": messages })
}

/// Rows of which some are refused, some empty, some long.
fn mixed_row() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => rounds(text()).prop_map(|texts| row(&texts)),
        1 => text().prop_map(|text| json!({"messages": [{"role": text, "content": "x"}]})),
        1 => text().prop_map(|text| json!({"messages": [{"role": "user", "content": text}]})),
        1 => Just(json!({"messages": []})),
        1 => text().prop_map(|text| json!({"messages": [{"role": "assistant", "content": text.repeat(50)}]})),
        1 => junk(),
    ]
}

/// JSON of any shape, most of it with keys that rows have.
fn junk() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "messages",
        "role",
        "content",
        "loss",
        "loss_scale",
        "tools",
        "type",
        "text",
        "token_ids",
        "images",
        "chat_template_kwargs",
        "response_prefix",
        "enable_thinking",
        "add_eos",
        "image_url",
        "url",
        "other",
    ]);
    let word = prop::sample::select(vec!["user", "assistant", "system", "tool", "text", "image", "auto", ""]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The rows of a batch as `encode` would give them, and its errors.
fn taken_apart(columns: &Columns) -> (Vec<(i64, Encoded)>, Vec<RowError>) {
    let rows = (0..columns.len()).map(|at| {
        let ids = columns.get(INPUT_IDS).unwrap();
        let range = ids.range(at);
        assert_eq!(columns.get(LENGTH).unwrap().ints()[at] as usize, range.len());
        let weights = columns.get(LOSS_SCALE).map_or(&[][..], |weights| &weights.floats()[range.clone()]);
        let encoded = Encoded {
            input_ids: ids.ints()[range.clone()].to_vec(),
            labels: columns.get(LABELS).map_or_else(Vec::new, |labels| labels.ints()[range].to_vec()),
            loss_scale: weights.iter().map(|weight| f64::from(*weight)).collect(),
        };
        (columns.row_index[at], encoded)
    });
    (rows.collect(), columns.refused.clone())
}

fn one_by_one(encoder: &Encoder, rows: &[Value]) -> (Vec<(i64, Encoded)>, Vec<RowError>) {
    let (mut encoded, mut refused) = (Vec::new(), Vec::new());
    for (index, row) in rows.iter().enumerate() {
        match encode(encoder, row) {
            Ok(parts) => encoded.extend(parts.into_iter().map(|mut part| {
                part.loss_scale.iter_mut().for_each(|weight| *weight = f64::from(*weight as f32));
                (index as i64, part)
            })),
            Err(error) => refused.push(error.at_row(index as u64)),
        }
    }
    (encoded, refused)
}

fn batch(encoder: &Encoder, rows: &[Value], threads: usize) -> Columns {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    let lines = JsonLines(lines.iter().map(String::as_bytes).collect());
    encode_batch(encoder, &lines, &BatchOptions { num_threads: Some(threads), ..BatchOptions::default() }).unwrap()
}

/// Rows that know which threads asked for them.
struct Watched<'a>(JsonLines<'a>, Mutex<HashSet<ThreadId>>);

impl Rows for Watched<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        self.1.lock().unwrap().insert(thread::current().id());
        self.0.with_row(index, use_row)
    }
}

#[test]
fn one_thread_is_the_callers_unless_it_ends() {
    let line = row(&["Hi".to_owned(), "Hello!".to_owned()]).to_string();
    let cancelled = std::sync::Arc::new(AtomicBool::new(false));
    for (num_threads, is_callers_last, is_callers) in [(1, false, true), (1, true, false), (2, false, false)] {
        let rows = Watched(JsonLines(vec![line.as_bytes(); 200]), Mutex::default());
        let num_threads = Some(num_threads);
        let options = BatchOptions { num_threads, is_callers_last, cancelled: Some(&cancelled), ..Default::default() };
        assert_eq!(encode_batch(&CHATML, &rows, &options).unwrap().len(), 200);
        let threads = rows.1.into_inner().unwrap();
        assert_eq!(threads.contains(&thread::current().id()), is_callers);
        assert!(Some(threads.len()) <= num_threads);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn labels_decode_to_the_responses_and_their_terminators(texts in rounds(plain_text())) {
        let encoded = encode_one(&CHATML, &row(&texts));
        let trained: Vec<i32> = encoded.labels.iter().copied().filter(|label| *label != IGNORE_INDEX).collect();
        let expected: String = texts.iter().skip(1).step_by(2).map(|text| format!("{text}<|im_end|>\n")).collect();
        prop_assert_eq!(decode(&CHATML, trained), expected);
        for (label, id) in encoded.labels.iter().zip(&encoded.input_ids) {
            prop_assert!(label == id || *label == IGNORE_INDEX);
        }
    }

    #[test]
    fn the_ids_decode_to_the_rendered_text(texts in rounds(plain_text())) {
        let encoded = encode_one(&CHATML, &row(&texts));
        let mut expected = String::new();
        for (at, text) in texts.iter().enumerate() {
            let role = ["user", "assistant"][at % 2];
            expected += &format!("<|im_start|>{role}\n{text}<|im_end|>\n");
        }
        prop_assert_eq!(decode(&CHATML, encoded.input_ids), expected);
    }

    #[test]
    fn a_batch_is_its_rows_whatever_the_threads(
        rows in prop::collection::vec(mixed_row(), 0..80),
        strategy in prop::sample::select(vec![Truncation::Raise, Truncation::Left, Truncation::Right, Truncation::Split]),
        max_length in prop::option::of(1usize..60),
    ) {
        let options = Options {
            max_length,
            truncation_strategy: strategy,
            loss_scale: LossScale::parse("react").unwrap(),
            ..train()
        };
        let encoder = CHATML.with_options(options).unwrap();
        let expected = one_by_one(&encoder, &rows);
        for threads in [1, 2, 3, 8] {
            prop_assert_eq!(&taken_apart(&batch(&encoder, &rows, threads)), &expected);
        }
    }

    #[test]
    fn a_batch_does_not_depend_on_the_order_of_its_rows(
        (rows, order) in prop::collection::vec(mixed_row(), 1..60)
            .prop_flat_map(|rows| { let count = rows.len(); (Just(rows), Just((0..count).collect::<Vec<_>>()).prop_shuffle()) }),
    ) {
        let straight = one_by_one(&CHATML, &rows).0;
        let shuffled: Vec<Value> = order.iter().map(|at| rows[*at].clone()).collect();
        let mut back: Vec<(i64, Encoded)> = taken_apart(&batch(&CHATML, &shuffled, 3)).0;
        back.iter_mut().for_each(|(index, _)| *index = order[*index as usize] as i64);
        back.sort_by_key(|(index, _)| *index);
        prop_assert_eq!(back, straight);
    }

    #[test]
    fn a_split_row_is_the_whole_in_parts(texts in rounds(text()), limit in 1usize..40) {
        let whole = encode_one(&CHATML, &row(&texts));
        let options = Options { max_length: Some(limit), truncation_strategy: Truncation::Split, ..train() };
        let parts = encode(&CHATML.with_options(options).unwrap(), &row(&texts)).unwrap();
        prop_assert_eq!(parts.len(), whole.input_ids.len().div_ceil(limit));
        let mut labels = whole.labels.clone();
        (0..labels.len()).step_by(limit).for_each(|start| labels[start] = IGNORE_INDEX);
        let joined = |column: fn(&Encoded) -> &Vec<i32>| parts.iter().flat_map(column).copied().collect::<Vec<_>>();
        prop_assert_eq!(joined(|part| &part.input_ids), whole.input_ids);
        prop_assert_eq!(joined(|part| &part.labels), labels);
    }

    #[test]
    fn a_cut_row_is_one_end_of_the_whole(texts in rounds(text()), by in -1isize..4) {
        let whole = encode_one(&CHATML, &row(&texts));
        let length = whole.input_ids.len();
        let limit = length.saturating_add_signed(-by).max(1);
        for strategy in [Truncation::Left, Truncation::Right, Truncation::Raise] {
            let options = Options { max_length: Some(limit), truncation_strategy: strategy, ..train() };
            let encoder = CHATML.with_options(options).unwrap();
            let kept = if strategy == Truncation::Left { length - limit.min(length)..length } else { 0..limit.min(length) };
            match encode(&encoder, &row(&texts)) {
                Err(error) => {
                    prop_assert_eq!(error.kind, RowErrorKind::TooLong);
                    prop_assert!(strategy == Truncation::Raise && length > limit);
                }
                Ok(parts) => {
                    prop_assert!(strategy != Truncation::Raise || length <= limit);
                    prop_assert_eq!(&parts[0].input_ids, &whole.input_ids[kept.clone()]);
                    prop_assert_eq!(&parts[0].labels[1..], &whole.labels[kept][1..]);
                    prop_assert_eq!(parts[0].labels[0], IGNORE_INDEX);
                }
            }
        }
    }

    #[test]
    fn rendering_then_encoding_the_segments_is_encoding(value in mixed_row()) {
        let line = value.to_string();
        let Ok(row) = parse_row(line.as_bytes()) else { return Ok(()) };
        for loss_scale in ["default", "all+react", "last_round+ignore_empty_think"] {
            let options = Options { loss_scale: LossScale::parse(loss_scale).unwrap(), ..train() };
            let encoder = CHATML.with_options(options).unwrap();
            let in_two = encoder.render(&row).and_then(|segments| encoder.encode_segments(&segments));
            let whole = encoder.encode(&row).map(|mut rows| rows.remove(0).sequences.remove(0).1);
            prop_assert_eq!(in_two, whole);
        }
    }

    #[test]
    fn both_engines_give_the_same_ids(text in text()) {
        static BOTH: LazyLock<[std::sync::Arc<swiftcore::tokenizer::Tokenizer>; 2]> =
            LazyLock::new(|| [tiny::tokenizer(EngineChoice::Fast), tiny::tokenizer(EngineChoice::Reference)]);
        let [fast, reference] = BOTH.each_ref().map(|tokenizer| {
            let mut ids = Vec::new();
            tokenizer.encode_into(&text, &mut ids).unwrap();
            ids
        });
        prop_assert_eq!(&fast, &reference);
        prop_assert_eq!(BOTH[0].decode(&fast, false).unwrap(), text);
    }

    #[test]
    fn no_json_makes_it_panic(value in junk(), messages in junk(), content in junk()) {
        for row in [
            value,
            json!({ "messages": messages }),
            json!({"messages": [messages, {"role": "assistant", "content": content}]}),
            json!({"messages": [{"role": "user", "content": content}], "chat_template_kwargs": content}),
        ] {
            if let Err(error) = encode(&CHATML, &row) {
                prop_assert_ne!(error.kind, RowErrorKind::Internal);
                prop_assert!(!error.detail.is_empty());
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut line = br#"{"messages": [{"role": "user", "content": "#.to_vec();
        line.extend_from_slice(&bytes);
        let _ = parse_row(&bytes);
        let _ = parse_row(&line);
    }
}

#[test]
fn placeholders_in_messages_are_text() {
    for (name, place) in ["chatml", "chatglm2", "llama", "deepseek_v2_5", "default"].into_iter().flat_map(|name| {
        ["{{QUERY}}", "{{SYSTEM}}", "{{ROUND0}}", "{{ROUND1}}", "{{RESPONSE}}"].map(|place| (name, place))
    }) {
        let texts: Vec<String> = ["q", "a", "Q", "A"].map(|around| format!("{around}{place}{around}")).into();
        let mut row = row(&texts);
        let messages = row["messages"].as_array_mut().unwrap();
        if spec(name).support_system {
            messages.insert(0, json!({"role": "system", "content": format!("s{place}s")}));
        }
        let messages = messages.clone();
        let encoder = encoder_with(name, train());
        let text = decode(&encoder, encode_one(&encoder, &row).input_ids);
        assert_eq!(text.matches(place).count(), messages.len(), "{name}: {text}");
        for message in &messages {
            assert_eq!(text.matches(message["content"].as_str().unwrap()).count(), 1, "{name}: {text}");
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    for depth in [100, 10_000, 1_000_000] {
        for (open, close) in [("[", "]"), ("{\"messages\":", "}"), ("{\"messages\":[", "]}")] {
            let line = format!("{}null{}", open.repeat(depth), close.repeat(depth));
            let error = parse_row(line.as_bytes()).unwrap_err();
            assert_ne!(error.kind, RowErrorKind::Internal, "{open} {depth}");
        }
        let extra = format!(
            r#"{{"other":{}{},"messages":[{{"role":"user","content":"a"}}]}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        assert_eq!(parse_row(extra.as_bytes()).is_ok(), depth < 200, "{depth}");
    }
}

#[test]
fn rows_without_a_trained_token_are_counted_kept_left_out_or_refused() {
    let trained = row(&["a".to_owned(), "b".to_owned()]);
    let untrained = json!({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null}]});
    let lines: Vec<String> = [&trained, &untrained, &trained, &untrained].iter().map(|row| row.to_string()).collect();
    let lines = JsonLines(lines.iter().map(String::as_bytes).collect());
    for (choice, rows, refused) in
        [(OnUntrainable::Keep, 4, 0), (OnUntrainable::Skip, 2, 0), (OnUntrainable::Error, 2, 2)]
    {
        let options = BatchOptions { on_untrainable: choice, ..BatchOptions::default() };
        let columns = encode_batch(&CHATML, &lines, &options).unwrap();
        assert_eq!((columns.len(), columns.refused.len(), columns.untrainable), (rows, refused, 2));
    }
}
