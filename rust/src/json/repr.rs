//! Values as Python prints them: `str` and `repr`.

use std::fmt::Write as _;

use super::{Json, number};

impl Json {
    /// What Python's `str` makes of the value: a string is itself.
    pub fn python_str(&self) -> String {
        match self {
            Json::Text(text) => text.clone(),
            other => other.python_repr(),
        }
    }

    /// What Python's `repr` makes of the value.
    pub fn python_repr(&self) -> String {
        let mut out = String::new();
        write(self, &mut out);
        out
    }
}

fn write(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("None"),
        Json::Bool(true) => out.push_str("True"),
        Json::Bool(false) => out.push_str("False"),
        Json::Int(value) => out.push_str(&value.to_string()),
        Json::BigInt(digits) => out.push_str(digits),
        Json::Float(value) if value.is_nan() => out.push_str("nan"),
        Json::Float(value) if value.is_infinite() => out.push_str(if *value > 0.0 { "inf" } else { "-inf" }),
        Json::Float(value) => out.push_str(&number::finite(*value)),
        Json::Text(text) => write_string(text, out),
        Json::List(items) => {
            out.push('[');
            write_items(items, out);
            out.push(']');
        }
        Json::Tuple(items) => {
            out.push('(');
            write_items(items, out);
            out.push_str(if items.len() == 1 { ",)" } else { ")" });
        }
        Json::Map(fields) => {
            out.push('{');
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_string(name, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn write_items(items: &[Json], out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
}

fn write_string(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => escape(u32::from(c), out),
        }
    }
    out.push(quote);
}

fn escape(code: u32, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match code {
        0..0x100 => write!(out, "\\x{code:02x}"),
        0x100..0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Whether Python prints `c` as it is. The standard library's debug form knows the same categories;
/// behind another character it does not escape marks that join to what is before them, as Python does not.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    let mut buffer = [b'a', 0, 0, 0, 0];
    let length = c.encode_utf8(&mut buffer[1..]).len();
    match std::str::from_utf8(&buffer[..=length]) {
        Ok(text) => text.escape_debug().nth(1) == Some(c),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::json::parse_text;

    #[test]
    fn prints_as_python_does() {
        let printed = |text: &str| parse_text(text).unwrap().python_repr();
        assert_eq!(
            printed(r#"{"a": [1, 2.0, true, null], "b": "it's", "c": {}}"#),
            r#"{'a': [1, 2.0, True, None], 'b': "it's", 'c': {}}"#
        );
        assert_eq!(printed(r#""'\"""#), r#"'\'"'"#);
        assert_eq!(
            printed(r#""Zürich\n\u0001\u007f\u00a0\u200b\u0301\ud83d\ude00""#),
            "'Zürich\\n\\x01\\x7f\\xa0\\u200b\u{301}😀'"
        );
        assert_eq!(printed("(1,)"), "(1,)");
        assert_eq!(printed("[NaN, Infinity, -Infinity]"), "[nan, inf, -inf]");
    }
}
