//! Values as JSON text: Python's `json.dumps(ensure_ascii=False)`.

use super::{Json, number};
use crate::interrupt;

/// How the text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// `{"a": [1, 2]}`
    #[default]
    Plain,
    /// Without spaces.
    Compact,
    /// A line a value, four spaces a level.
    Indented,
}

/// `value` as JSON text.
pub fn dumps(value: &Json, style: Style) -> String {
    let mut out = String::new();
    write(value, style, 0, &mut out);
    out
}

fn write(value: &Json, style: Style, level: usize, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Int(value) => out.push_str(&value.to_string()),
        Json::BigInt(digits) => out.push_str(digits),
        Json::Float(value) => write_float(*value, out),
        Json::Text(text) => write_string(text, out),
        Json::List(items) | Json::Tuple(items) => {
            enclosed('[', ']', items, style, level, out, |item, out| write(item, style, level + 1, out));
        }
        Json::Map(fields) => enclosed('{', '}', fields, style, level, out, |(name, value), out| {
            write_string(name, out);
            out.push_str(if style == Style::Compact { ":" } else { ": " });
            write(value, style, level + 1, out);
        }),
    }
}

fn enclosed<T>(
    open: char,
    close: char,
    items: &[T],
    style: Style,
    level: usize,
    out: &mut String,
    mut each: impl FnMut(&T, &mut String),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        interrupt::check_every::<4096>(index);
        if index > 0 {
            out.push_str(if style == Style::Plain { ", " } else { "," });
        }
        new_line(style, level + 1, out);
        each(item, out);
    }
    if !items.is_empty() {
        new_line(style, level, out);
    }
    out.push(close);
}

fn new_line(style: Style, level: usize, out: &mut String) {
    if style == Style::Indented {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    }
}

fn write_float(value: f64, out: &mut String) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        out.push_str(&number::finite(value));
    }
}

/// Appends `text` as a JSON string.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        out.push_str(&rest[..at]);
        let special = rest.as_bytes()[at];
        match special {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            other => out.push_str(&format!("\\u{other:04x}")),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse_text;

    #[test]
    fn writes_as_python_does() {
        let text =
            r#"{"b": [1, -2.5, "é\n\"\u0001\u007f", null, true], "a": {"x": NaN, "y": 1e400}, "c": {}, "d": []}"#;
        let value = parse_text(text).unwrap();
        let plain = "{\"b\": [1, -2.5, \"é\\n\\\"\\u0001\u{7f}\", null, true], \"a\": {\"x\": NaN, \"y\": Infinity}, \"c\": {}, \"d\": []}";
        assert_eq!(dumps(&value, Style::Plain), plain);
        assert_eq!(dumps(&parse_text("{\"a\": [1, {}]}").unwrap(), Style::Compact), "{\"a\":[1,{}]}");
        assert_eq!(
            dumps(&parse_text("{\"a\": [1, {}], \"b\": {\"c\": 2}}").unwrap(), Style::Indented),
            "{\n    \"a\": [\n        1,\n        {}\n    ],\n    \"b\": {\n        \"c\": 2\n    }\n}"
        );
        let long = "[123456789012345678901234567890]";
        assert_eq!(dumps(&parse_text(long).unwrap(), Style::Plain), long);
    }
}
