//! Rows by the kind of text in them, all of it in this repository.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A kind's name, and its rows as JSON.
pub type Kind = (&'static str, Vec<Vec<u8>>);

/// How many rows of a word a turn there are, and of tool calls.
const ROWS: usize = 200;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// English and Chinese chats, code, tool calls, turns of a word, and one conversation that is long.
pub fn kinds() -> Vec<Kind> {
    let (chinese, english): (Vec<Value>, Vec<Value>) = chats().into_iter().partition(is_chinese);
    let long = json!({"messages": english.iter().chain(&chinese).flat_map(turns).collect::<Vec<_>>()});
    let kinds = [
        ("english", english),
        ("chinese", chinese),
        ("code", code()),
        ("tools", tools()),
        ("short", short()),
        ("long", vec![long]),
    ];
    kinds.map(|(name, rows)| (name, rows.iter().map(|row| row.to_string().into_bytes()).collect())).into()
}

fn chats() -> Vec<Value> {
    let text = fs::read_to_string(root().join("examples/chat.jsonl")).expect("the examples");
    text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}

fn is_chinese(row: &Value) -> bool {
    row["source"].as_str().is_some_and(|source| source.contains("zh"))
}

/// The turns of a row, but for its system message.
fn turns(row: &Value) -> Vec<Value> {
    let messages = row["messages"].as_array().cloned().unwrap_or_default();
    messages.into_iter().filter(|message| message["role"] != "system").collect()
}

fn round(query: &str, response: &str) -> [Value; 2] {
    [json!({"role": "user", "content": query}), json!({"role": "assistant", "content": response})]
}

/// A row for each source file of the engine and of the Python package.
fn code() -> Vec<Value> {
    let mut files: Vec<PathBuf> = ["rust/src/engine/bpe", "python/swiftcore/template"]
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).expect("a folder of sources").flatten())
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let texts = files.iter().map(|path| fs::read_to_string(path).expect("a source file"));
    texts.map(|text| json!({"messages": round("What does this file do?", &text)})).collect()
}

fn short() -> Vec<Value> {
    let words = ["Hi", "yes", "why?", "thanks", "ok", "more"];
    let rows = words.iter().cycle().take(ROWS);
    rows.map(|word| json!({"messages": Value::from([round(word, word), round(word, word)].concat())})).collect()
}

fn tools() -> Vec<Value> {
    let cities = ["Beijing", "Paris", "São Paulo", "Nairobi", "Reykjavík", "Hanoi", "Quito"];
    let tool = json!({"type": "function", "function": {
        "name": "get_weather", "description": "The weather at a place, by the hour.",
        "parameters": {"type": "object", "required": ["city"], "properties": {
            "city": {"type": "string", "description": "The city's name."},
            "hours": {"type": "integer", "description": "For how many hours."},
        }},
    }});
    let row = |(number, city): (usize, &&str)| {
        let call = json!({"name": "get_weather", "arguments": {"city": city, "hours": number % 48}});
        let result =
            json!({"city": city, "celsius": number % 40, "wind": {"from": number % 360, "knots": number % 30}});
        let [query, _] = round(&format!("Will it rain in {city} within {} hours?", number % 48), "");
        json!({"tools": [tool], "messages": [
            query,
            {"role": "tool_call", "content": call.to_string()},
            {"role": "tool_response", "content": result.to_string()},
            {"role": "assistant", "content": format!("No: {} degrees and a light wind in {city}.", number % 40)},
        ]})
    };
    cities.iter().cycle().take(ROWS).enumerate().map(row).collect()
}
