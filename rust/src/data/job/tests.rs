use std::io::Write;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};

use super::*;
use crate::data::testing::{encoder, folder, text};

const GOOD: &str = r#"{"messages":[{"role":"user","content":"q0"},{"role":"assistant","content":"a0"}],"n":0}"#;

fn line(number: usize) -> String {
    GOOD.replace("q0", &format!("q{number}"))
        .replace("a0", &format!("a{number}"))
        .replace(":0}", &format!(":{number}}}"))
}

fn lines(count: usize) -> String {
    (0..count).map(|number| line(number) + "\n").collect()
}

fn job(inputs: &[&Path], output: Option<&Path>) -> JobOptions {
    JobOptions {
        inputs: inputs.iter().map(|path| path.to_path_buf()).collect(),
        output: output.map(Path::to_owned),
        num_threads: Some(2),
        ..JobOptions::default()
    }
}

fn run_job(options: &JobOptions) -> Result<Summary, Error> {
    run(&encoder(), options, &Control::default())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn read_arrow(path: &Path) -> Vec<RecordBatch> {
    let reader = arrow_ipc::reader::FileReader::try_new(fs::File::open(path).unwrap(), None).unwrap();
    reader.map(Result::unwrap).collect()
}

fn read_parquet(path: &Path) -> Vec<RecordBatch> {
    let file = fs::File::open(path).unwrap();
    parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// The text of every row of an output.
fn texts(tables: &[RecordBatch]) -> Vec<String> {
    let of_table = |table: &RecordBatch| -> Vec<String> {
        let rows = table.column_by_name("input_ids").unwrap().as_list::<i32>().clone();
        (0..rows.len()).map(|row| text(rows.value(row).as_primitive::<Int32Type>().values())).collect()
    };
    tables.iter().flat_map(of_table).collect()
}

fn expected(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("U:q{number}\nA:a{number}<end>")).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn order_is_kept_across_chunks_inputs_and_compressions() {
    let folder = folder("job-order");
    let count = 60_000;
    let all: Vec<String> = (0..count).map(line).collect();
    let part = |from: usize, to: usize| all[from..to].join("\n");
    fs::write(folder.join("a.jsonl"), part(0, 40_000)).unwrap();
    // Two members, as `cat` of two compressed files gives.
    let members = [gzip(&(part(40_000, 45_000) + "\n")), gzip(&part(45_000, 50_000))].concat();
    fs::write(folder.join("b.jsonl.gz"), members).unwrap();
    let frames =
        [part(50_000, 53_000) + "\r\n", part(53_000, 55_000)].map(|text| zstd::encode_all(text.as_bytes(), 1).unwrap());
    fs::write(folder.join("c.json.zst"), frames.concat()).unwrap();
    fs::write(folder.join("d.json"), format!("[{}]", all[55_000..].join(",\n"))).unwrap();
    let output = folder.join("out.arrow");
    let options = JobOptions { keep_columns: vec!["n".into()], ..job(&[&folder], Some(&output)) };
    let control = Control::default();
    let summary = run(&encoder(), &options, &control).unwrap();
    let tables = read_arrow(&output);
    assert!(tables.len() > 2, "more than one chunk");
    assert_eq!(texts(&tables), expected(count));
    let kept = tables.iter().flat_map(|table| {
        table.column_by_name("n").unwrap().as_primitive::<arrow_array::types::Int64Type>().values().to_vec()
    });
    assert!(kept.eq(0..count as i64));
    assert_eq!((summary.rows_read, summary.rows_written, summary.refused), (count as u64, count as u64, 0));
    let progress = control.progress();
    assert_eq!((progress.rows, progress.tokens), (count as u64, summary.tokens));
    assert_eq!(progress.bytes_total, Some(progress.bytes_read));
    assert_eq!(summary.lengths.max, "U:q10000\nA:a10000".len() as u64 + 1);
    assert!(summary.trained_tokens > 0 && summary.trained_tokens < summary.tokens);
}

#[test]
fn an_output_is_the_same_for_any_number_of_threads() {
    let folder = folder("job-threads");
    let input = folder.join("in.jsonl");
    let long = "so long ".repeat(2_000);
    let text: String = (0..20_000)
        .map(|number| match number {
            4_000 => line(number).replace("q4000", &long) + "\n",
            _ if number % 997 == 5 => "{}\n".to_owned(),
            _ => line(number) + "\n",
        })
        .collect();
    fs::write(&input, text).unwrap();
    for name in ["out.arrow", "out.parquet", "out.jsonl"] {
        let written = [1, 2, 5].map(|threads| {
            let output = folder.join(format!("{threads}-{name}"));
            let keep_columns = vec!["n".into()];
            let options = JobOptions { num_threads: Some(threads), keep_columns, ..job(&[&input], Some(&output)) };
            let summary = run_job(&options).unwrap();
            let log = fs::read(output::refused_path(&output)).unwrap();
            (fs::read(&output).unwrap(), log, summary.tokens, summary.examples)
        });
        assert!(written[1..].iter().all(|other| *other == written[0]), "{name}");
    }
}

#[test]
fn every_format_holds_the_same_rows() {
    let folder = folder("job-formats");
    let input = folder.join("in.jsonl");
    fs::write(&input, lines(10)).unwrap();
    for name in ["out.arrow", "out.parquet", "out.jsonl", "out.jsonl.gz", "out.jsonl.zst"] {
        let output = folder.join(name);
        let options = JobOptions { keep_columns: vec!["n".into()], ..job(&[&input], Some(&output)) };
        assert_eq!(run_job(&options).unwrap().rows_written, 10, "{name}");
        let found = match name {
            "out.arrow" => texts(&read_arrow(&output)),
            "out.parquet" => texts(&read_parquet(&output)),
            _ => {
                let bytes = fs::read(&output).unwrap();
                let mut plain = String::new();
                let mut reader: Box<dyn std::io::Read> = match name {
                    "out.jsonl.gz" => Box::new(flate2::read::GzDecoder::new(bytes.as_slice())),
                    "out.jsonl.zst" => Box::new(zstd::Decoder::new(bytes.as_slice()).unwrap()),
                    _ => Box::new(bytes.as_slice()),
                };
                reader.read_to_string(&mut plain).unwrap();
                let ids = |line: &str| -> Vec<i32> {
                    let row: serde_json::Value = serde_json::from_str(line).unwrap();
                    assert_eq!(row["length"], row["input_ids"].as_array().unwrap().len());
                    assert_eq!(row["labels"].as_array().unwrap().len(), row["length"]);
                    assert!(row["n"].is_number());
                    serde_json::from_value(row["input_ids"].clone()).unwrap()
                };
                plain.lines().map(|line| text(&ids(line))).collect()
            }
        };
        assert_eq!(found, expected(10), "{name}");
    }
    let output = folder.join("set");
    run_job(&job(&[&input], Some(&output))).unwrap();
    assert_eq!(names(&output), ["data-00000-of-00001.arrow", "dataset_info.json", "state.json"]);
    let stream = fs::File::open(output.join("data-00000-of-00001.arrow")).unwrap();
    let stream = arrow_ipc::reader::StreamReader::try_new(stream, None).unwrap();
    assert_eq!(texts(&stream.map(Result::unwrap).collect::<Vec<_>>()), expected(10));
}

#[test]
fn bad_rows_are_written_down_and_the_others_go_on() {
    let folder = folder("job-refused");
    let (input, output) = (folder.join("in.jsonl"), folder.join("out.arrow"));
    let refused = folder.join("out.arrow.refused.jsonl");
    let mut bytes = format!("{}\n\nnot json\n{}\n", line(0), line(1)).into_bytes();
    bytes.extend_from_slice(b"{\"messages\": \"\xff\"}\r\n{\"messages\":[{\"role\":\"user\",\"content\":1.5}]}\n");
    bytes.extend_from_slice(line(2).as_bytes());
    fs::write(&input, bytes).unwrap();
    let summary = run_job(&job(&[&input], Some(&output))).unwrap();
    assert_eq!((summary.rows_read, summary.rows_written, summary.refused), (6, 3, 3));
    let kinds: Vec<_> = summary.refused_by_kind.iter().map(|(kind, count)| (*kind, *count)).collect();
    assert_eq!(kinds, [("invalid_json", 1), ("invalid_text", 1), ("wrong_type", 1)]);
    assert!(summary.examples[2].ends_with(
        "in.jsonl:6: message 0, field 'content': is a number; give a string, a list of parts or a list of token ids"
    ));
    assert_eq!(summary.refused_path.as_deref(), Some(refused.as_path()));
    assert_eq!(texts(&read_arrow(&output)), expected(3));
    let rows: Vec<serde_json::Value> =
        fs::read_to_string(&refused).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["line"], &rows[0]["row"], &rows[0]["raw"]), (&3.into(), &1.into(), &"not json".into()));
    assert_eq!((&rows[1]["line"], &rows[1]["kind"]), (&5.into(), &"invalid_text".into()));
    assert_eq!((&rows[2]["message"], &rows[2]["field"]), (&0.into(), &"content".into()));

    fs::write(&input, lines(1)).unwrap();
    run_job(&JobOptions { overwrite: true, ..job(&[&input], Some(&output)) }).unwrap();
    assert!(!refused.exists(), "nothing was refused this time");
}

#[test]
fn raise_stops_at_the_first_bad_row_and_leaves_nothing() {
    let folder = folder("job-raise");
    let (input, output) = (folder.join("in.jsonl"), folder.join("out.parquet"));
    fs::write(&input, format!("{}{{}}\n[]\n{}", lines(5), lines(50_000))).unwrap();
    let options = JobOptions { on_error: OnError::Raise, ..job(&[&input], Some(&output)) };
    let Error::Row(error) = run_job(&options).unwrap_err() else { panic!("a row is to blame") };
    assert_eq!(error.row, Some(5));
    assert!(error.to_string().contains("is missing") && error.to_string().ends_with("in.jsonl, line 6)"), "{error}");
    assert_eq!(names(&folder), ["in.jsonl"]);
}

#[test]
fn inputs_that_are_cut_off_fail_the_job() {
    let folder = folder("job-cut");
    let output = folder.join("out/deep/er.arrow");
    let packed = gzip(&lines(5000));
    let frame = zstd::encode_all(lines(5000).as_bytes(), 1).unwrap();
    for (name, bytes) in [
        ("cut.jsonl.gz", &packed[..packed.len() / 2]),
        ("end.jsonl.gz", &packed[..packed.len() - 3]),
        ("cut.jsonl.zst", &frame[..frame.len() / 2]),
        ("not.jsonl.gz", GOOD.as_bytes()),
        ("cut.json", b"[{}, {}"),
        ("bad.parquet", b"PAR1"),
    ] {
        let input = folder.join(name);
        fs::write(&input, bytes).unwrap();
        let error = run_job(&job(&[&input], Some(&output))).unwrap_err();
        assert!(matches!(&error, Error::File { path, .. } if path.ends_with(name)), "{error}");
        fs::remove_file(&input).unwrap();
        assert!(names(&folder).is_empty(), "{name}: {:?}", names(&folder));
    }
}

#[test]
fn what_is_there_already_stays() {
    let folder = folder("job-exists");
    let (input, output) = (folder.join("in.jsonl"), folder.join("out.jsonl"));
    fs::write(&input, lines(2)).unwrap();
    fs::write(&output, "mine").unwrap();
    let error = run_job(&job(&[&input], Some(&output))).unwrap_err().to_string();
    assert!(error.ends_with("is there already; give another output, or overwrite"), "{error}");
    assert_eq!(fs::read_to_string(&output).unwrap(), "mine");
    let own = JobOptions { overwrite: true, ..job(&[&input], Some(&input)) };
    assert!(run_job(&own).unwrap_err().to_string().ends_with("is read by the same job; give another output"));
    let refused = JobOptions { refused_path: Some(output.clone()), ..job(&[&input], None) };
    assert!(run_job(&refused).is_err());
    run_job(&JobOptions { overwrite: true, ..job(&[&input], Some(&output)) }).unwrap();
    assert_eq!(names(&folder), ["in.jsonl", "out.jsonl"]);
}

#[test]
fn a_cancelled_job_ends_soon_and_leaves_nothing() {
    let folder = folder("job-cancel");
    let (input, output) = (folder.join("in.jsonl"), folder.join("out.arrow"));
    fs::write(&input, lines(200_000) + "bad\n").unwrap();
    let (encoder, control) = (encoder(), Control::default());
    let options = job(&[&input], Some(&output));
    let (outcome, waited) = thread::scope(|scope| {
        let running = scope.spawn(|| run(&encoder, &options, &control));
        while control.progress().rows == 0 {
            thread::sleep(std::time::Duration::from_millis(1));
        }
        control.cancel();
        let begun = Instant::now();
        (running.join().unwrap(), begun.elapsed())
    });
    assert_eq!(outcome, Err(Error::Cancelled));
    assert!(waited.as_secs_f64() < 1.0, "{waited:?}");
    assert_eq!(names(&folder), ["in.jsonl"]);
}

#[cfg(unix)]
#[test]
fn a_job_that_waits_for_a_pipe_can_be_cancelled() {
    let folder = folder("job-pipe");
    let (pipe, output) = (folder.join("in.jsonl"), folder.join("out.arrow"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (encoder, control) = (encoder(), Control::default());
    let options = job(&[&pipe], Some(&output));
    thread::scope(|scope| {
        let running = scope.spawn(|| run(&encoder, &options, &control));
        thread::sleep(std::time::Duration::from_millis(100));
        assert_eq!(control.progress().bytes_total, None);
        control.cancel();
        assert_eq!(running.join().unwrap(), Err(Error::Cancelled));
    });
    assert_eq!(names(&folder), ["in.jsonl"]);
    // The other end, so that the thread that waits for it ends, too.
    drop(fs::OpenOptions::new().write(true).open(&pipe));
}

#[test]
fn a_limit_an_empty_input_and_no_output() {
    let folder = folder("job-limit");
    let (input, output) = (folder.join("in.jsonl"), folder.join("out.parquet"));
    fs::write(&input, lines(9)).unwrap();
    let options = JobOptions { limit: Some(13), ..job(&[&input, &input, &input], None) };
    assert_eq!(run_job(&options).unwrap().rows_read, 13);
    assert_eq!(names(&folder), ["in.jsonl"]);
    fs::write(&input, "\n \n").unwrap();
    assert_eq!(run_job(&job(&[&input], Some(&output))).unwrap().rows_written, 0);
    assert!(texts(&read_parquet(&output)).is_empty());
    assert_eq!(
        run_job(&job(&[], None)).unwrap_err().to_string(),
        "argument 'inputs': is empty; give at least one file, folder or '-'"
    );
}

#[test]
fn shapes_are_told_for_each_file() {
    let folder = folder("job-shapes");
    fs::write(folder.join("a.jsonl"), format!("nonsense\n{}", line(0))).unwrap();
    fs::write(
        folder.join("b.jsonl"),
        r#"{"conversations":[{"from":"human","value":"q1"},{"from":"gpt","value":"a1"}]}"#,
    )
    .unwrap();
    fs::write(folder.join("c.jsonl"), r#"{"instruction":"q2","input":"","output":"a2"}"#).unwrap();
    fs::write(folder.join("d.jsonl"), r#"{"question":"q3","answer":"a3"}"#).unwrap();
    fs::write(folder.join("e.jsonl"), r#"{"foo":"q4"}"#).unwrap();
    let output = folder.join("out.arrow");
    let summary = run_job(&job(&[&folder], Some(&output))).unwrap();
    assert_eq!(texts(&read_arrow(&output)), expected(4));
    assert_eq!(summary.refused, 2);
    assert!(summary.examples[1].contains("e.jsonl:1: has none of the known shapes: its keys are foo;"), "{summary:?}");
}

#[test]
fn parquet_in_gives_the_same_rows_and_keeps_its_columns() {
    let folder = folder("job-parquet");
    let (input, output) = (folder.join("in.parquet"), folder.join("out.parquet"));
    let count = 20_000;
    let messages: ArrayRef = Arc::new(StringArray::from_iter_values((0..count).map(|number| {
        if number == 7 {
            "nonsense".to_owned()
        } else {
            serde_json::from_str::<serde_json::Value>(&line(number)).unwrap()["messages"].to_string()
        }
    })));
    let ids: ArrayRef = Arc::new(arrow_array::Int16Array::from_iter_values((0..count).map(|number| number as i16)));
    let table = RecordBatch::try_from_iter([("messages", messages), ("id", ids)]).unwrap();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(fs::File::create(&input).unwrap(), table.schema(), None).unwrap();
    writer.write(&table).unwrap();
    writer.close().unwrap();
    let options = JobOptions { keep_columns: vec!["id".into()], ..job(&[&input], Some(&output)) };
    let summary = run_job(&options).unwrap();
    assert_eq!((summary.rows_written, summary.refused), (count as u64 - 1, 1));
    assert!(summary.examples[0].contains("in.parquet:8: field 'messages': is a string that is not JSON"));
    assert_eq!(summary.bytes_read, fs::metadata(&input).unwrap().len());
    let tables = read_parquet(&output);
    let kept: Vec<i16> = tables
        .iter()
        .flat_map(|table| {
            table.column_by_name("id").unwrap().as_primitive::<arrow_array::types::Int16Type>().values().to_vec()
        })
        .collect();
    assert!(kept.into_iter().eq((0..count as i16).filter(|id| *id != 7)));
    let mut wanted = expected(count);
    wanted.remove(7);
    assert_eq!(texts(&tables), wanted);
}

#[test]
fn options_that_make_no_sense_are_refused_before_anything_is_written() {
    let folder = folder("job-options");
    let input = folder.join("in.jsonl");
    fs::write(&input, lines(1)).unwrap();
    let output = folder.join("out.arrow");
    let base = || job(&[&input], Some(&output));
    for options in [
        JobOptions { keep_columns: vec!["labels".into()], ..base() },
        JobOptions { keep_columns: vec!["a".into(), "a".into()], ..base() },
        JobOptions { num_threads: Some(0), ..base() },
        JobOptions { output: Some(folder.join("out.csv")), ..base() },
    ] {
        assert!(run_job(&options).is_err(), "{options:?}");
        assert_eq!(names(&folder), ["in.jsonl"]);
    }
}
