//! Agent formats: what they write reads back, and nothing that a model says makes reading fail.

use proptest::prelude::*;
use swiftcore::agent::{Call, SharedAgent, agent_format, agent_formats};
use swiftcore::json::{Json, Style, dumps, parse_text};

/// The formats that say what type a value has.
const TYPED: [&str; 17] = [
    "hermes",
    "hunyuan_hermes",
    "youtu",
    "mistral",
    "react_en",
    "react_zh",
    "react_grpo",
    "toolbench",
    "qwen_en",
    "qwen_zh_parallel",
    "llama3",
    "llama4",
    "deepseek_v3_1",
    "deepseek_v4",
    "deepseek_v41",
    "chatglm4",
    "glm4",
];

/// The formats that write every value as text, so that the tools must say which type it has.
const UNTYPED: [&str; 12] = [
    "qwen3_coder",
    "qwen3_5",
    "glm4_5",
    "glm4_7",
    "glm5_1",
    "hy_v3_preview",
    "hy_v3",
    "ling3",
    "spark2_5",
    "xing4_0",
    "seed_oss",
    "minimax_m2",
];

fn format(name: &str) -> SharedAgent {
    agent_format(name).unwrap().clone()
}

fn key() -> impl Strategy<Value = String> {
    "[a-zA-Z_]{1,8}"
}

/// Any text that holds no tag.
fn text() -> impl Strategy<Value = String> {
    let seam = prop::sample::select(vec![
        "'", "\"", "\\", "\n", "{", "}", "\t", "Zürich", "天气", "😀", " ", "1", "null", "\u{a0}", "\u{200b}", "[",
        "]", ",", ":", "Action", "\u{7f}", "\u{0}", "it's",
    ]);
    prop::collection::vec(seam, 0..8).prop_map(|seams| seams.concat())
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::Int),
        (-1e30f64..1e30).prop_map(Json::Float),
        Just(Json::BigInt("123456789012345678901234567890".to_owned())),
        text().prop_map(Json::Text),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::List),
            prop::collection::vec((key(), inner), 0..3).prop_map(Json::map),
        ]
    })
}

fn call() -> impl Strategy<Value = Call> {
    (key(), prop::collection::vec((key(), value()), 0..4).prop_map(Json::map))
        .prop_map(|(name, arguments)| Call { name, arguments })
}

/// A tool that says of each argument of `call` which type it has.
fn tool(call: &Call) -> Json {
    let kind = |value: &Json| match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Int(_) | Json::BigInt(_) => "integer",
        Json::Float(_) => "number",
        Json::Text(_) => "string",
        Json::List(_) | Json::Tuple(_) => "array",
        Json::Map(_) => "object",
    };
    let properties =
        call.arguments.fields().unwrap().iter().map(|(name, value)| {
            (name.clone(), Json::Map(vec![("type".to_owned(), Json::Text(kind(value).to_owned()))]))
        });
    let parameters = Json::Map(vec![("properties".to_owned(), Json::map(properties))]);
    let function =
        Json::Map(vec![("name".to_owned(), Json::Text(call.name.clone())), ("parameters".to_owned(), parameters)]);
    Json::Map(vec![("type".to_owned(), Json::Text("function".to_owned())), ("function".to_owned(), function)])
}

/// Pieces that formats are made of, and what is none.
fn anything() -> impl Strategy<Value = String> {
    let seam = prop::sample::select(vec![
        "<tool_call>",
        "</tool_call>",
        "{\"name\":",
        "\"f\"",
        ",\"arguments\":",
        "{",
        "}",
        "Action:",
        "Action Input:",
        "Observation:",
        "✿FUNCTION✿:",
        "✿ARGS✿:",
        "<function=",
        ">",
        "</function>",
        "<parameter=",
        "</parameter>",
        "<｜tool▁call▁begin｜>",
        "<｜tool▁sep｜>",
        "<｜tool▁call▁end｜>",
        "<｜DSML｜invoke name=\"",
        "\">",
        "<｜DSML｜parameter name=\"",
        "\" string=\"false\">",
        "</｜DSML｜parameter>",
        "</｜DSML｜invoke>",
        "\n",
        "[",
        "]",
        "'a",
        "\\u00",
        "<arg_key>",
        "</arg_key>",
        "<arg_value>",
        "</arg_value>",
        "[TOOL_CALLS]",
        "<|tool_call>call:",
        "<|\"|>",
        "]<]minimax[>[",
        "<invoke name=\"",
        "</invoke>",
        "<|open|>call tool=\"",
        "<|sep|>",
        "<|close|>call<|sep|>",
        "<|start|>assistant to=functions.f",
        "<|channel|>commentary",
        "<|message|>",
        "<|call|>",
        "{{",
        "1e999",
    ]);
    prop_oneof![prop::collection::vec(seam, 0..30).prop_map(|seams| seams.concat()), any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_format_wrote_reads_back(calls in prop::collection::vec(call(), 1..4), lead in text()) {
        for name in TYPED {
            let format = format(name);
            let written = format.write_calls(&calls).unwrap();
            prop_assert_eq!(format.parse(&written, &[]), calls.clone(), "{}: {}", name, written);
        }
        let written = format("hermes").write_calls(&calls).unwrap();
        prop_assert_eq!(format("hermes").parse(&format!("{lead}\n{written}"), &[]), calls);
    }

    #[test]
    fn tools_say_the_types_that_a_format_loses(call in call()) {
        for name in UNTYPED {
            let format = format(name);
            let written = format.write_calls(std::slice::from_ref(&call)).unwrap();
            prop_assert_eq!(format.parse(&written, &[tool(&call)]), vec![call.clone()], "{}: {}", name, written);
        }
    }

    #[test]
    fn nothing_makes_reading_fail(text in anything()) {
        for format in agent_formats() {
            let tools = [Json::Text(text.clone()), Json::Map(vec![("function".to_owned(), Json::Null)])];
            format.parse(&text, &tools);
        }
    }

    #[test]
    fn json_reads_back(value in value()) {
        for style in [Style::Plain, Style::Compact, Style::Indented] {
            prop_assert_eq!(parse_text(&dumps(&value, style)), Some(value.clone()));
        }
        prop_assert_eq!(parse_text(&value.python_repr()), Some(value.clone()));
    }
}

#[test]
fn there_are_the_formats_that_there_should_be() {
    let names: Vec<_> = agent_formats().iter().map(|format| format.name()).collect();
    assert_eq!(names.len(), 37);
    assert!(TYPED.iter().chain(&UNTYPED).all(|name| names.contains(name)));
}
