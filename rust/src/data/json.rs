//! Any value as JSON text, the way Python's `json.dumps(ensure_ascii=False)` writes it.

use crate::row::{Kind, List, Named, Value};

/// Appends `value`.
pub(super) fn write<'a, V>(value: &V, out: &mut Vec<u8>)
where
    V: Value<'a>,
    V::Map: Named<'a, Value = V>,
{
    match value.kind() {
        Kind::Null => out.extend_from_slice(b"null"),
        Kind::Bool(true) => out.extend_from_slice(b"true"),
        Kind::Bool(false) => out.extend_from_slice(b"false"),
        Kind::Int(number) => write_number(number, out),
        Kind::Float(number) => write_float(number, out),
        Kind::Text(text) => write_text(&text, out),
        // Nothing that JSON knows: said in words.
        Kind::BadText(what) | Kind::Other(what) => write_text(&format!("<{what}>"), out),
        Kind::List(list) => {
            out.push(b'[');
            for index in 0..list.len() {
                separate(index, out);
                write(&list.at(index), out);
            }
            out.push(b']');
        }
        Kind::Map(map) => {
            out.push(b'{');
            let fields = map.names().into_iter().filter_map(|name| map.named(&name).map(|value| (name, value)));
            for (index, (name, value)) in fields.enumerate() {
                separate(index, out);
                write_text(&name, out);
                out.extend_from_slice(b": ");
                write(&value, out);
            }
            out.push(b'}');
        }
    }
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.extend_from_slice(b", ");
    }
}

/// Appends `text` as a JSON string.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    write_number(text, out);
}

/// Appends `number`, which may be not a number.
pub(super) fn write_float(number: f64, out: &mut Vec<u8>) {
    match number {
        number if number.is_nan() => out.extend_from_slice(b"NaN"),
        number if number.is_infinite() => {
            out.extend_from_slice(if number > 0.0 { b"Infinity" } else { b"-Infinity" });
        }
        number => write_number(number, out),
    }
}

/// Appends what `serde_json` makes of a number, a string or a slice of numbers.
pub(super) fn write_number(value: impl serde::Serialize, out: &mut Vec<u8>) {
    // Writing such values to memory cannot fail.
    let _ = serde_json::to_writer(out, &value);
}

/// `value` as JSON text.
pub(crate) fn to_string<'a, V>(value: &V) -> String
where
    V: Value<'a>,
    V::Map: Named<'a, Value = V>,
{
    let mut out = Vec::new();
    write(value, &mut out);
    // Only whole strings were written.
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::parse_json;

    #[test]
    fn values_read_as_python_writes_them() {
        let text = r#"{"b": [1, -2.5, "\u00e9\n\"", null, true], "a": {"x": NaN}, "c": {}}"#;
        let expected = r#"{"b": [1, -2.5, "é\n\"", null, true], "a": {"x": NaN}, "c": {}}"#;
        assert_eq!(to_string(&parse_json(text.as_bytes()).unwrap()), expected);
    }
}
