use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};

use super::*;
use crate::row::{ArrowCell, Content, Role, parse_json, parse_row};

fn keys(line: &str) -> Vec<Cow<'_, str>> {
    match parse_json(line.as_bytes()).unwrap().kind() {
        Kind::Map(fields) => fields.names(),
        _ => panic!("an object"),
    }
}

fn settle(line: &str, choice: &ShapeChoice) -> Shape {
    choice.settle(&keys(line)).unwrap()
}

/// What a line says, in the shape that its keys tell.
fn read(line: &str) -> String {
    let shape = settle(line, &ShapeChoice::default());
    said(&shape.read(&parse_json(line.as_bytes()).unwrap()).unwrap())
}

fn said(row: &Row<'_>) -> String {
    let said = |content: &Content<'_>| match content {
        Content::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    };
    let messages = row.messages.iter().map(|message| format!("{}={}", message.role.as_str(), said(&message.content)));
    messages.collect::<Vec<_>>().join("|")
}

fn refusal(line: &str) -> String {
    let choice = ShapeChoice::default();
    let value = parse_json(line.as_bytes()).unwrap();
    choice.settle(&keys(line)).and_then(|shape| shape.read(&value)).unwrap_err().to_string()
}

#[test]
fn messages_read_as_ever() {
    let line = r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[1,2],"loss":1}],
        "chat_template_kwargs":{"enable_thinking":true},"add_eos":"auto","images":["x"],"tools":[{}]}"#;
    let shape = settle(line, &ShapeChoice::default());
    assert_eq!(shape.read(&parse_json(line.as_bytes()).unwrap()).unwrap(), parse_row(line.as_bytes()).unwrap());
    assert_eq!(read(r#"{"messages":"[{\"role\":\"user\",\"content\":\"hi\"}]"}"#), "user=hi");
    assert_eq!(read(r#"{"system":"s","messages":[{"role":"user","content":"hi"}]}"#), "system=s|user=hi");
    assert_eq!(
        read(r#"{"system":"s","messages":[{"role":"system","content":"own"},{"role":"user","content":"hi"}]}"#),
        "system=own|user=hi"
    );
}

#[test]
fn sharegpt_roles_become_ours() {
    let line = r#"{"conversations":[{"from":"human","value":"a"},{"from":"function_call","value":"b"},
        {"from":"observation","value":"c"},{"from":"gpt","value":"d"}],"system":"s","id":1}"#;
    assert_eq!(read(line), "system=s|user=a|tool_call=b|tool=c|assistant=d");
    assert_eq!(read(r#"{"conversations":[{"role":"user","content":"a"}]}"#), "user=a");
    assert_eq!(
        read(r#"{"conversations":[{"human":"a","assistant":"b"},{"human":"c","gpt":"d"}],"system":"s"}"#),
        "system=s|user=a|assistant=b|user=c|assistant=d"
    );
}

#[test]
fn alpaca_joins_instruction_and_input() {
    assert_eq!(read(r#"{"instruction":"a","input":"b","output":"c"}"#), "user=a\nb|assistant=c");
    assert_eq!(read(r#"{"instruction":"a","input":"","output":"c","text":"x"}"#), "user=a|assistant=c");
    assert_eq!(
        read(r#"{"instruction":"a","input":null,"output":["c","d"],"history":[["x","y"],["z",null]],"system":""}"#),
        "system=|user=x|assistant=y|user=z|user=a|assistant=c"
    );
    assert!(
        refusal(r#"{"instruction":null,"input":null,"output":"c"}"#).starts_with("field 'instruction': is missing")
    );
    assert_eq!(
        refusal(r#"{"instruction":1,"input":"","output":""}"#),
        "field 'instruction': is a number; give a string"
    );
}

#[test]
fn query_and_response_under_any_of_their_names() {
    assert_eq!(read(r#"{"query":"a","response":"b","answer":"x"}"#), "user=a|assistant=b");
    assert_eq!(read(r#"{"Question":"a","answer":"b","system_prompt":"s"}"#), "system=s|user=a|assistant=b");
    assert_eq!(read(r#"{"instruction":"a","output":"b"}"#), "user=a|assistant=b");
    assert_eq!(read(r#"{"text":"b"}"#), "assistant=b");
    assert_eq!(read(r#"{"query":"a","response":null,"history":"[[\"x\",\"y\"]]"}"#), "user=x|assistant=y|user=a");
    assert_eq!(refusal(r#"{"query":null,"response":null}"#), "field 'messages': is empty; give at least one message");
    assert_eq!(
        refusal(r#"{"question":"a","answer":"b","solution":"c"}"#),
        "field 'response': does not say which field is the response: 'answer' or 'solution'; name one"
    );
    assert_eq!(
        refusal(r#"{"query":"a","response":"b","history":[["x"]]}"#),
        "field 'history': holds a round of 1 at position 0; give a list of rounds, each a list of a query and a response"
    );
}

#[test]
fn a_shape_that_cannot_be_told_lists_what_there_is() {
    let error = refusal(r#"{"foo":1,"bar":2}"#);
    assert!(error.starts_with("has none of the known shapes: its keys are foo, bar; give 'messages', 'conversations'"));
}

#[test]
fn the_caller_names_columns_and_shapes() {
    let columns = |columns: &[(&str, &str)]| {
        columns.iter().map(|(name, column)| ((*name).to_owned(), (*column).to_owned())).collect()
    };
    let read = |line: &str, choice: &ShapeChoice| {
        choice.check().unwrap();
        settle(line, choice).read(&parse_json(line.as_bytes()).unwrap()).map(|row| (said(&row), !row.tools.is_empty()))
    };
    let choice = ShapeChoice { name: None, columns: columns(&[("messages", "chat"), ("tools", "functions")]) };
    let line = r#"{"chat":[{"role":"user","content":"a"}],"functions":[{}]}"#;
    assert_eq!(read(line, &choice).unwrap(), ("user=a".into(), true));
    assert_eq!(read(r#"{"chat":3}"#, &choice).unwrap_err().field.as_deref(), Some("chat"));
    let choice = ShapeChoice { name: None, columns: columns(&[("query", "q"), ("response", "solution")]) };
    assert_eq!(read(r#"{"q":"a","answer":"x","solution":"b"}"#, &choice).unwrap().0, "user=a|assistant=b");
    let choice = ShapeChoice { name: None, columns: columns(&[("role", "who"), ("content", "says")]) };
    assert_eq!(read(r#"{"messages":[{"who":"bot","says":"a"}]}"#, &choice).unwrap().0, "assistant=a");
    let choice = ShapeChoice { name: Some(ShapeName::QueryResponse), columns: Vec::new() };
    assert_eq!(read(r#"{"messages":[],"query":"a","response":"b"}"#, &choice).unwrap().0, "user=a|assistant=b");
    assert!(ShapeChoice { name: None, columns: columns(&[("mesages", "x")]) }.check().is_err());
    let missing = ShapeChoice { name: None, columns: columns(&[("messages", "chat")]) };
    let error = missing.settle(&keys(r#"{"messages":[]}"#)).unwrap_err().to_string();
    assert!(error.contains("its keys are messages (columns named: 'chat' for 'messages')"), "{error}");
}

fn strings(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn tables_read_in_place_and_padding_reads_as_absent() {
    let role: ArrayRef = Arc::new(
        arrow_cast::cast(
            &strings(&[Some("user"), Some("assistant"), Some("user")]),
            &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        )
        .unwrap(),
    );
    let content = arrow_cast::cast(&strings(&[Some("a"), Some("b"), None]), &DataType::Utf8View).unwrap();
    let loss: ArrayRef = Arc::new(arrow_array::BooleanArray::from(vec![None, Some(false), None]));
    let calls = strings(&[None, None, None]);
    let field = |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let messages = StructArray::from(vec![
        (field("role", &role), role.clone()),
        (field("content", &content), content.clone()),
        (field("loss", &loss), loss.clone()),
        (field("tool_calls", &calls), calls.clone()),
    ]);
    let item = Arc::new(Field::new_list_field(messages.data_type().clone(), true));
    let list: ArrayRef = Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([2, 1]), Arc::new(messages), None));
    for data_type in [DataType::new_large_list, DataType::new_list] {
        let DataType::List(item) = list.data_type() else { panic!("a list") };
        let list = arrow_cast::cast(&list, &data_type(item.data_type().clone(), true)).unwrap();
        let batch = RecordBatch::try_from_iter([("messages", list)]).unwrap();
        let rows = StructArray::from(batch);
        let shape = Shape::default();
        let first = shape.read(&ArrowCell::new(&rows, 0)).unwrap();
        assert_eq!(said(&first), "user=a|assistant=b");
        assert_eq!((first.messages[0].loss, first.messages[1].loss), (None, Some(false)));
        assert!(matches!(&first.messages[0].content, Content::Text(Cow::Borrowed("a"))));
        let second = shape.read(&ArrowCell::new(&rows, 1)).unwrap();
        assert_eq!((second.messages[0].role, &second.messages[0].content), (Role::User, &Content::Null));
    }
}

#[test]
fn tables_may_hold_json_text() {
    let texts = strings(&[Some(r#"[{"from":"human","value":"a\nb"}]"#), Some("nonsense"), None]);
    let batch = RecordBatch::try_from_iter_with_nullable([("conversations", texts, true)]).unwrap();
    let shape = ShapeChoice::default().settle(&["conversations".into()]).unwrap();
    let rows = StructArray::from(batch);
    assert_eq!(said(&shape.read(&ArrowCell::new(&rows, 0)).unwrap()), "user=a\nb");
    let error = shape.read(&ArrowCell::new(&rows, 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field 'conversations': is a string that is not JSON; give a list, or one as JSON text"
    );
    let error = shape.read(&ArrowCell::new(&rows, 2)).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("conversations"));
}
