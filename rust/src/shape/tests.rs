use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};

use super::*;
use crate::row::{ArrowCell, Content, Role, parse_json, parse_row};

/// What a line says, in the shape that its keys tell.
fn read(line: &str) -> String {
    said(&Shape::default().read(&parse_json(line.as_bytes()).unwrap()).unwrap())
}

/// What both sides of a line say.
fn pair(line: &str) -> [String; 2] {
    let value = parse_json(line.as_bytes()).unwrap();
    let row = Shape::default().read(&value).unwrap();
    let rejected = row.sides.as_ref().unwrap().rejected.clone().unwrap().unwrap();
    [said(&row), said(&rejected)]
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
    Shape::default().read(&parse_json(line.as_bytes()).unwrap()).unwrap_err().to_string()
}

#[test]
fn messages_read_as_ever() {
    let line = r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[1,2],"loss":1}],
        "chat_template_kwargs":{"enable_thinking":true},"add_eos":"auto","images":["x"],"tools":[{}]}"#;
    assert_eq!(
        Shape::default().read(&parse_json(line.as_bytes()).unwrap()).unwrap(),
        parse_row(line.as_bytes()).unwrap()
    );
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
    assert_eq!(read(r#"{"Instruction":"a","INPUT":"b","output":"c","answer":"x"}"#), "user=a\nb|assistant=c");
    assert_eq!(read(r#"{"instruction":"a","input":"b","answer":"c"}"#), "user=a\nb|assistant=c");
}

#[test]
fn query_and_response_under_any_of_their_names() {
    assert_eq!(read(r#"{"query":"a","response":"b","answer":"x"}"#), "user=a|assistant=b");
    assert_eq!(read(r#"{"Question":"a","answer":"b","system_prompt":"s"}"#), "system=s|user=a|assistant=b");
    assert_eq!(read(r#"{"instruction":"a","output":"b"}"#), "user=a|assistant=b");
    assert_eq!(read(r#"{"response":"b"}"#), "assistant=b");
    assert_eq!(read(r#"{"query":null,"prompt":"a","response":"b"}"#), "user=a|assistant=b");
    assert_eq!(read(r#"{"history":[["x","y"]]}"#), "user=x|assistant=y");
    assert_eq!(read(r#"{"query":"a","response":null,"history":"[[\"x\",\"y\"]]"}"#), "user=x|assistant=y|user=a");
    assert!(refusal(r#"{"query":null,"response":null}"#).contains("none of the known shapes"));
    assert_eq!(
        refusal(r#"{"query":"a","response":3}"#),
        "field 'response': is a number; give a string, a list of parts or a list of token ids"
    );
    assert_eq!(
        refusal(r#"{"question":"a","answer":"b","solution":"c"}"#),
        "field 'response': does not say which column is the response: 'answer' or 'solution'; name one (columns)"
    );
    assert_eq!(
        refusal(r#"{"query":"a","response":"b","history":[["x"]]}"#),
        "field 'history[0]': is a list of 1; give a list of rounds, each a list of a query and a response"
    );
}

#[test]
fn a_shape_that_cannot_be_told_lists_what_there_is() {
    let error = refusal(r#"{"foo":1,"bar":2}"#);
    assert!(error.contains("none of the known shapes: its keys are foo, bar; give 'messages', 'conversations'"));
}

#[test]
fn the_caller_names_columns_and_shapes() {
    let columns = |columns: &[(&str, &str)]| {
        columns.iter().map(|(name, column)| ((*name).to_owned(), (*column).to_owned())).collect()
    };
    let read = |line: &str, choice: &ShapeChoice| {
        choice.check().unwrap();
        let value = parse_json(line.as_bytes()).unwrap();
        choice.of_any_row().read(&value).map(|row| (said(&row), !row.tools.is_empty()))
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
    let error = read(r#"{"messages":[]}"#, &missing).unwrap_err().to_string();
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
    let shape = ShapeChoice::default().of_table(batch.schema_ref().fields());
    let rows = StructArray::from(batch);
    assert_eq!(said(&shape.read(&ArrowCell::new(&rows, 0)).unwrap()), "user=a\nb");
    let error = shape.read(&ArrowCell::new(&rows, 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field 'conversations': is a string that is not JSON; give a list, or one as JSON text"
    );
    let error = shape.read(&ArrowCell::new(&rows, 2)).unwrap_err();
    assert_eq!(error.to_string(), "field 'messages': is missing; give a list of messages with `role` and `content`");
}

#[test]
fn conversations_are_read_under_each_of_their_names() {
    let list = r#"[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]"#;
    for name in ["messages", "conversation", "conversations", "Conversations", "Messages"] {
        let beside = format!(r#"{{"instruction":"x","{name}":{list},"text":"y","input":"z"}}"#);
        assert_eq!(read(&beside), "user=a|assistant=b", "{name}");
    }
    assert_eq!(read(&format!(r#"{{"messages":{list},"conversations":[]}}"#)), "user=a|assistant=b");
    assert_eq!(read(&format!(r#"{{"messages":null,"conversation":{list}}}"#)), "user=a|assistant=b");
    let both = format!(r#"{{"conversation":{list},"conversations":{list}}}"#);
    assert!(refusal(&both).contains("'conversation' or 'conversations'"));
}

#[test]
fn texts_may_hold_python_literals() {
    let text = r#""[{'from': 'human', 'value': \"it's\"}, {'from': 'gpt', 'value': None}]""#;
    for name in ["messages", "conversations"] {
        assert_eq!(read(&format!(r#"{{"{name}":{text}}}"#)), "user=it's|assistant=Null");
    }
    assert_eq!(read(r#"{"query":"c","history":"[('a', 'b'), ['d', None]]"}"#), "user=a|assistant=b|user=d|user=c");
    assert_eq!(read(r#"{"query":"c","history":""}"#), "user=c");
}

#[test]
fn errors_of_messages_name_their_place_in_the_row() {
    let bad = r#"[{"role":"user","content":"a"},{"role":"assistant","content":1.5}]"#;
    let place = |line: &str| {
        let error = Shape::default().read(&parse_json(line.as_bytes()).unwrap()).unwrap_err();
        (error.message, error.field.unwrap())
    };
    assert_eq!(place(&format!(r#"{{"messages":{bad}}}"#)), (Some(1), "content".into()));
    assert_eq!(place(&format!(r#"{{"system":"s","messages":{bad}}}"#)), (Some(1), "content".into()));
    assert_eq!(
        place(&format!(r#"{{"system":3,"messages":{}}}"#, bad.replace("1.5", r#""""#))),
        (None, "system".into())
    );
    assert_eq!(place(&format!(r#"{{"prompt":{bad},"completion":"x"}}"#)), (Some(1), "prompt.content".into()));
    assert_eq!(
        place(r#"{"conversations":[{"human":"a","gpt":"b"},{"human":"c"}]}"#),
        (None, "conversations[1]".into())
    );
    assert_eq!(place(r#"{"query":"a","history":[["b","c"],[1.5,"d"]]}"#), (None, "history[1]".into()));
}

#[test]
fn prompts_and_completions_may_be_messages() {
    let user = r#"{"role":"user","content":"a"}"#;
    let answer = r#"{"role":"assistant","content":"b"}"#;
    for prompt in [r#""a""#.to_owned(), format!("[{user}]"), user.to_owned()] {
        for completion in [r#""b""#.to_owned(), format!("[{answer}]"), answer.to_owned(), r#"["b","x"]"#.to_owned()] {
            let line = format!(r#"{{"prompt":{prompt},"completion":{completion},"label":true}}"#);
            assert_eq!(read(&line), "user=a|assistant=b", "{line}");
        }
    }
    assert!(refusal(r#"{"prompt":"a","completion":{"content":"b"}}"#).starts_with("field 'completion': is an object"));
}

#[test]
fn pairs_under_the_names_of_trl_ultrafeedback_and_llama_factory() {
    let expected = ["user=a|assistant=b".to_owned(), "user=a|assistant=c".to_owned()];
    let (user, b, c) =
        (r#"{"role":"user","content":"a"}"#, r#"{"role":"assistant","content":"b"}"#, r#"{"from":"gpt","value":"c"}"#);
    for line in [
        r#"{"prompt":"a","chosen":"b","rejected":"c"}"#.to_owned(),
        r#"{"instruction":"a","input":"","chosen":"b","rejected":"c","output":""}"#.to_owned(),
        format!(r#"{{"prompt":[{user}],"chosen":[{b}],"rejected":[{c}]}}"#),
        format!(r#"{{"prompt":"a","chosen":[{b}],"rejected":{c}}}"#),
        format!(r#"{{"chosen":[{user},{b}],"rejected":[{user},{c}]}}"#),
        format!(r#"{{"prompt":"a","messages":[{user},{b}],"chosen":[{user},{b}],"rejected":[{user},{c}]}}"#),
        format!(r#"{{"prompt":"a","chosen":[{user},{b}],"rejected":[{user},{c}]}}"#),
        format!(r#"{{"prompt":[{user}],"chosen":[{user},{b}],"rejected":[{user},{c}]}}"#),
        format!(r#"{{"conversations":[{{"from":"human","value":"a"}}],"chosen":{b},"rejected":{c}}}"#),
        format!(r#"{{"messages":[{user},{b}],"chosen":"b","rejected":"c"}}"#),
        format!(r#"{{"messages":[{user},{b}],"chosen":[{user},{b}],"rejected":"c"}}"#),
        format!(r#"{{"chosen":[{user},{b}],"rejected":"c"}}"#),
        format!(r#"{{"chosen":{b},"rejected":[{user},{c}]}}"#),
        format!(r#"{{"prompt":[{user}],"chosen":[{b}],"rejected":[{user},{c}]}}"#),
    ] {
        assert_eq!(pair(&line), expected, "{line}");
    }
    assert_eq!(
        pair(r#"{"chosen":"The sky is blue.","rejected":"The sky is green."}"#),
        ["user=The sky is|assistant= blue.".to_owned(), "user=The sky is|assistant= green.".to_owned()]
    );
    assert_eq!(
        pair(&format!(r#"{{"system":"s","question":"a","chosen":"b","rejected":[{c}]}}"#)),
        ["system=s|user=a|assistant=b".to_owned(), "system=s|user=a|assistant=c".to_owned()]
    );
    // Not a pair: scores, and a rejected answer in ms-swift's way.
    assert_eq!(read(r#"{"prompt":"a","response":"b","chosen":1,"rejected":0}"#), "user=a|assistant=b");
    assert_eq!(
        pair(&format!(r#"{{"messages":[{user},{b}],"rejected_response":"d","chosen":"x","rejected":"y"}}"#))[1],
        "user=a|assistant=d"
    );
    let other = format!(r#"{{"messages":[{user},{b}],"chosen":"x","rejected":"y"}}"#);
    let value = parse_json(other.as_bytes()).unwrap();
    let row = Shape::default().read(&value).unwrap();
    assert_eq!(said(&row), "user=a|assistant=b");
    assert!(row.sides.unwrap().rejected.unwrap_err().to_string().contains("another answer"));
    assert!(refusal(r#"{"prompt":"a","chosen":[],"rejected":[]}"#).starts_with("field 'chosen': is an empty list"));
}

#[test]
fn both_answers_of_a_pair_have_the_tools_and_media_of_the_row() {
    let line = r#"{"prompt":"<image>a","chosen":"b","rejected":"c","tools":[{"name":"t"}],"image":"x","kto_tag":true}"#;
    let value = parse_json(line.as_bytes()).unwrap();
    let row = Shape::default().read(&value).unwrap();
    let sides = row.sides.as_ref().unwrap();
    let rejected = sides.rejected.clone().unwrap().unwrap();
    assert_eq!((rejected.tools.len(), rejected.media.images), (1, 1));
    assert_eq!((row.tools.len(), row.media.images), (1, 1));
    assert_eq!(sides.label, crate::row::Label::Bool(true));
}

#[test]
fn an_error_of_the_rejected_answer_names_its_column() {
    let line = r#"{"prompt":"a","chosen":"b","rejected":[{"role":"assistant","content":1.5}]}"#;
    let value = parse_json(line.as_bytes()).unwrap();
    let error = Shape::default().read(&value).unwrap().sides.unwrap().rejected.unwrap_err();
    assert_eq!((error.message, error.field.as_deref()), (Some(0), Some("rejected.content")));
}

#[test]
fn a_text_is_a_text_where_nothing_else_is_said() {
    let is_text = |line: &str| {
        let value = parse_json(line.as_bytes()).unwrap();
        Shape::default().read(&value).map(|row| (said(&row), row.is_text))
    };
    assert_eq!(is_text(r#"{"text":"b","id":1}"#).unwrap(), ("assistant=b".into(), true));
    assert_eq!(is_text(r#"{"content":"b","prompt":null}"#).unwrap(), ("assistant=b".into(), true));
    assert_eq!(is_text(r#"{"prompt":"a","text":"b"}"#).unwrap(), ("user=a|assistant=b".into(), false));
    assert!(is_text(r#"{"text":3}"#).unwrap_err().to_string().contains("is a number"));
    assert!(is_text(r#"{"text":"a","content":"b"}"#).unwrap_err().to_string().contains("'text' or 'content'"));
    // One message a line is not a row.
    assert!(is_text(r#"{"role":"user","content":"a"}"#).is_err());
}

#[test]
fn the_first_rows_of_a_file_settle_its_kind() {
    use RowKind::{Fields, Messages, Text};
    let kind = |kinds: &[RowKind]| ShapeChoice::default().of_sample(kinds).kind();
    assert_eq!(kind(&[]), None);
    assert_eq!(kind(&[Fields, Messages, Messages]), Some(Messages));
    assert_eq!(kind(&[Text, Messages]), Some(Text));
    let shape = ShapeChoice::default().of_sample(&[Fields]);
    let read = |line: &str| shape.read(&parse_json(line.as_bytes()).unwrap()).map(|row| said(&row));
    assert_eq!(read(r#"{"instruction":"a","input":"b","output":"c"}"#).unwrap(), "user=a\nb|assistant=c");
    assert_eq!(read(r#"{"question":"a","answer":"c"}"#).unwrap(), "user=a|assistant=c");
    let error = read(r#"{"messages":[{"role":"user","content":"a"}]}"#).unwrap_err().to_string();
    assert!(error.contains("this row has a list of messages (its keys are messages)"), "{error}");
    assert!(read(r#"{"text":"a"}"#).is_err());
}
