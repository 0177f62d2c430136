//! Replays recorded encodings: the committed ones always, and all of a shared folder where there is one.

mod common;

use std::collections::HashMap;
use std::path::Path;

use common::{deepseek, encoder, read_json, records, root, shared, specs, tokenizer};
use serde_json::{Value, json};
use swiftcore::IGNORE_INDEX;
use swiftcore::encode::Encoder;
use swiftcore::encoded::Encoded;
use swiftcore::engine::EngineChoice;
use swiftcore::row::parse_row;
use swiftcore::task::EncodedRow;
use swiftcore::template::TemplateSpec;

/// The groups of records that hold nothing but what is encoded today.
const GROUPS: [&str; 6] = ["templates", "tokenizers", "arguments", "tools", "preference", "media_text"];

/// Recorded with a tokenizer that lacks the tokens of their media: COMPATIBILITY.md R07.
const OUT_OF_REACH: [&str; 2] = ["glm4_5v", "glm5_next"];

/// How many differences are printed.
const SHOWN: usize = 3;

#[derive(Default)]
struct Tally {
    equal: usize,
    total: usize,
}

fn spans(labels: &[i32]) -> Vec<[usize; 2]> {
    let mut found: Vec<[usize; 2]> = Vec::new();
    for (at, _) in labels.iter().enumerate().filter(|(_, label)| **label != IGNORE_INDEX) {
        match found.last_mut() {
            Some(span) if span[1] == at => span[1] += 1,
            _ => found.push([at, at + 1]),
        }
    }
    found
}

/// A row in the form of a record.
fn outcome(row: &EncodedRow, encoder: &Encoder) -> Value {
    let layout = encoder.layout();
    if let ([(_, only)], 1) = (row.sequences.as_slice(), layout.sides.len()) {
        return sequence(only, encoder);
    }
    let mut got = json!({});
    for (side, encoded) in &row.sequences {
        got[layout.sides[*side].prefix.trim_end_matches('_')] = sequence(encoded, encoder);
    }
    if let Some(margin) = row.values.margin {
        got["margin"] = json!(margin);
    }
    if let Some(target) = layout.target {
        got[target.name] = json!(row.values.target[0] != 0.0);
    }
    got
}

/// A sequence in the form of a record.
fn sequence(encoded: &Encoded, encoder: &Encoder) -> Value {
    let mut got = json!({ "input_ids": encoded.input_ids });
    if encoder.options().is_training() {
        assert!(encoded.labels.iter().zip(&encoded.input_ids).all(|(label, id)| label == id || *label == IGNORE_INDEX));
        got["label_spans"] = json!(spans(&encoded.labels));
    }
    if encoder.options().gives_loss_scale() {
        got["loss_scale"] = json!(encoded.loss_scale);
    }
    got
}

fn encode(encoder: &Encoder, row: &Value) -> Value {
    let line = row.to_string();
    let encoded = parse_row(line.as_bytes()).and_then(|row| encoder.encode(&row));
    match encoded.as_deref() {
        Err(error) => json!({ "error": error.to_string() }),
        Ok([only]) => outcome(only, encoder),
        Ok(several) => json!({ "split": several.iter().map(|row| outcome(row, encoder)).collect::<Vec<_>>() }),
    }
}

/// Whether `got` is what the record says. An error must be an error, whatever it says.
fn agrees(record: &Value, got: &Value) -> bool {
    let results = ["input_ids", "label_spans", "loss_scale", "split", "chosen", "rejected", "margin", "label", "error"];
    let same = |key: &&str| match (record.get(key), got.get(key)) {
        (Some(_), Some(_)) if *key == "error" => true,
        (Some(expected), Some(found)) => is_same(expected, found),
        (expected, found) => expected == found,
    };
    results.iter().all(same)
}

/// Equal, where 0 and 0.0 are the same number.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| is_same(value, other)))
        }
        _ => left == right,
    }
}

fn replay(records: &[Value], folder: &Path, specs: &HashMap<String, TemplateSpec>, inputs: &Value) -> Tally {
    let tokenizer = tokenizer(folder, EngineChoice::Auto);
    let mut encoders: HashMap<String, Encoder> = HashMap::new();
    let mut tally = Tally::default();
    for record in records {
        // Templates of other groups are registered elsewhere.
        let Some(spec) = record["template"].as_str().and_then(|name| specs.get(name)) else {
            continue;
        };
        if OUT_OF_REACH.contains(&spec.template_type.as_str()) {
            continue;
        }
        let key = format!("{} {} {}", record["template"], record["mode"], record["args"]);
        let encoder = encoders.entry(key).or_insert_with(|| encoder(&tokenizer, spec, record));
        let row = record.get("row").unwrap_or_else(|| &inputs[record["case"].as_str().unwrap()]);
        let got = encode(encoder, row);
        tally.total += 1;
        if agrees(record, &got) {
            tally.equal += 1;
        } else if tally.total - tally.equal <= SHOWN {
            println!("expected {record}\n     got {got}");
        }
    }
    tally
}

#[test]
fn committed_records_are_equal() {
    let Some(folder) = deepseek() else { return };
    let records = records(&root().join("tests/fixtures/vectors.deepseek.jsonl.gz"));
    let tally = replay(&records, &folder, &specs(), &Value::Null);
    assert!(records.len() > 400 && tally.total == records.len(), "{} records", records.len());
    assert_eq!(tally.equal, tally.total);
}

#[test]
fn shared_records_are_equal() {
    let Some(shared) = shared() else {
        eprintln!("skipped: no shared reference data; let SWIFTCORE_SHARED name its folder");
        return;
    };
    let (specs, inputs) = (specs(), read_json(&shared.join("conformance/inputs.json")));
    let mut files: Vec<_> = shared.join("conformance").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut tallies: HashMap<&str, Tally> = HashMap::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let Some((group, rest)) = GROUPS.iter().find_map(|group| Some((*group, name.strip_prefix(group)?))) else {
            continue;
        };
        let folder = shared.join("tokenizers").join(rest.trim_matches('.').trim_end_matches(".jsonl.gz"));
        let tally = replay(&records(&file), &folder, &specs, &inputs);
        let group = tallies.entry(group).or_default();
        group.equal += tally.equal;
        group.total += tally.total;
    }
    for group in GROUPS {
        let tally = &tallies[group];
        println!("{group}: {}/{}", tally.equal, tally.total);
        assert!(tally.total >= 90 && tally.equal == tally.total, "{group}: {}/{}", tally.equal, tally.total);
    }
}
