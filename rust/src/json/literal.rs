//! Python literals: strings, numbers, `True`, `False`, `None`, lists, tuples and dicts, nested, as
//! `ast.literal_eval` reads them. Sets, bytes and complex numbers are not read, nor names of
//! characters (`\N{...}`). A key that is no string becomes the text that JSON would make of it.

use super::{Json, dumps};
use crate::interrupt;
use crate::json::Style;

/// How deep values may be nested.
const DEPTH: usize = 100;

/// Reads `text`; `None` where it is no literal.
pub(super) fn parse(text: &str) -> Option<Json> {
    let mut reader = Reader { text: text.trim_start_matches([' ', '\t']), at: 0, inside: 0 };
    reader.skip_lines();
    if reader.rest().starts_with([' ', '\t']) {
        return None;
    }
    let value = reader.bare_tuple()?;
    reader.skip_to_end()?;
    Some(value)
}

/// Reads the value that `text` begins with, and says where it ends. An error says how many bytes were read in vain.
pub(super) fn parse_prefix(text: &str) -> Result<(Json, usize), usize> {
    let mut reader = Reader { text, at: 0, inside: 0 };
    match reader.value() {
        Some(value) => Ok((value, reader.at)),
        None => Err(reader.at),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// How many brackets are open: inside them a line may end anywhere.
    inside: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Lines before the value that hold nothing, or a comment.
    fn skip_lines(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                '\n' | '\r' => self.at += 1,
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => break,
            }
        }
    }

    fn skip(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\x0c' => self.at += 1,
                '\n' | '\r' if self.inside > 0 => self.at += 1,
                '#' if self.inside > 0 => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                '\\' if self.rest().starts_with("\\\n") => self.at += 2,
                _ => break,
            }
        }
    }

    /// Only white space and a comment may follow.
    fn skip_to_end(&mut self) -> Option<()> {
        self.skip();
        let rest = self.rest();
        let rest = if rest.starts_with('#') { &rest[rest.find('\n').unwrap_or(rest.len())..] } else { rest };
        rest.trim_matches([' ', '\t', '\n', '\r', '\x0c']).is_empty().then_some(())
    }

    fn eat(&mut self, token: char) -> bool {
        self.skip();
        let found = self.peek() == Some(token);
        if found {
            self.at += token.len_utf8();
        }
        found
    }

    /// A value, or several with commas between, which are a tuple.
    fn bare_tuple(&mut self) -> Option<Json> {
        let first = self.value()?;
        if !self.eat(',') {
            return Some(first);
        }
        let mut items = vec![first];
        while {
            self.skip();
            !self.rest().is_empty() && !self.rest().starts_with(['\n', '#'])
        } {
            items.push(self.value()?);
            if !self.eat(',') {
                break;
            }
        }
        Some(Json::Tuple(items))
    }

    fn value(&mut self) -> Option<Json> {
        self.skip();
        match self.peek()? {
            '[' => Some(Json::List(self.items(']')?.0)),
            '(' => {
                let (mut items, had_comma) = self.items(')')?;
                if items.len() == 1 && !had_comma { items.pop() } else { Some(Json::Tuple(items)) }
            }
            '{' => self.dict(),
            '+' | '-' => self.signed(),
            c if c.is_ascii_digit() || c == '.' => self.number(),
            _ => self.word_or_string(),
        }
    }

    fn enter(&mut self) -> Option<()> {
        self.at += 1;
        self.inside += 1;
        (self.inside <= DEPTH).then_some(())
    }

    fn leave(&mut self, close: char) -> bool {
        let found = self.eat(close);
        if found {
            self.inside -= 1;
        }
        found
    }

    fn items(&mut self, close: char) -> Option<(Vec<Json>, bool)> {
        self.enter()?;
        let (mut items, mut had_comma) = (Vec::new(), false);
        while !self.leave(close) {
            if !items.is_empty() && !had_comma {
                return None;
            }
            interrupt::check_every::<4096>(items.len());
            items.push(self.value()?);
            had_comma = self.eat(',');
        }
        Some((items, had_comma))
    }

    fn dict(&mut self) -> Option<Json> {
        self.enter()?;
        let (mut fields, mut had_comma) = (Vec::new(), true);
        while !self.leave('}') {
            if !had_comma {
                return None;
            }
            let key = match self.value()? {
                Json::Text(text) => text,
                Json::List(_) | Json::Tuple(_) | Json::Map(_) => return None,
                other => dumps(&other, Style::Plain),
            };
            if !self.eat(':') {
                return None;
            }
            interrupt::check_every::<4096>(fields.len());
            fields.push((key, self.value()?));
            had_comma = self.eat(',');
        }
        Some(Json::map(fields))
    }

    fn signed(&mut self) -> Option<Json> {
        let negative = self.peek() == Some('-');
        self.at += 1;
        self.skip();
        if !self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return None;
        }
        match self.number()? {
            value if !negative => Some(value),
            Json::Int(value) => Some(Json::Int(-value)),
            Json::BigInt(digits) if digits == "9223372036854775808" => Some(Json::Int(i64::MIN)),
            Json::BigInt(digits) => Some(Json::BigInt(format!("-{digits}"))),
            Json::Float(value) => Some(Json::Float(-value)),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Json> {
        let rest = self.rest();
        let radix = match rest.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0x") => 16,
            Some("0o") => 8,
            Some("0b") => 2,
            _ => return self.decimal(),
        };
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let digits = without_underscores(rest[2..end].trim_start_matches('_'))?;
        self.at += end;
        i64::from_str_radix(&digits, radix).ok().map(Json::Int)
    }

    fn decimal(&mut self) -> Option<Json> {
        let rest = self.rest();
        let mut end = 0;
        let bytes = rest.as_bytes();
        while let Some(byte) = bytes.get(end) {
            let signs_exponent = matches!(byte, b'+' | b'-') && end > 0 && matches!(bytes[end - 1], b'e' | b'E');
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_') || signs_exponent) {
                break;
            }
            end += 1;
        }
        let digits = without_underscores(&rest[..end])?;
        self.at += end;
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            if digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0') {
                return None;
            }
            return Some(digits.parse().map_or_else(|_| Json::BigInt(digits), Json::Int));
        }
        // Rust's floats are written as Python's are, but for the names of those that are not numbers.
        if digits.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E')) {
            return None;
        }
        digits.parse().ok().map(Json::Float)
    }

    fn word_or_string(&mut self) -> Option<Json> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = &rest[..end];
        if rest[end..].starts_with(['"', '\'']) {
            return self.strings().map(Json::Text);
        }
        self.at += end;
        match word {
            "None" => Some(Json::Null),
            "True" => Some(Json::Bool(true)),
            "False" => Some(Json::Bool(false)),
            _ => None,
        }
    }

    /// A string, and those that stand directly behind it, joined.
    fn strings(&mut self) -> Option<String> {
        let mut whole = String::new();
        loop {
            self.string(&mut whole)?;
            self.skip();
            let next = self.rest().trim_start_matches(['r', 'R', 'u', 'U']);
            if !next.starts_with(['"', '\'']) || self.rest().len() - next.len() > 1 {
                return Some(whole);
            }
        }
    }

    fn string(&mut self, out: &mut String) -> Option<()> {
        let start = self.rest().find(['"', '\''])?;
        let is_raw = match self.rest()[..start].to_ascii_lowercase().as_str() {
            "" | "u" => false,
            "r" => true,
            _ => return None,
        };
        self.at += start;
        let quote = &self.rest()[..1];
        let close = if self.rest().starts_with(&quote.repeat(3)) { quote.repeat(3) } else { quote.to_owned() };
        self.at += close.len();
        loop {
            if self.rest().starts_with(&close) {
                self.at += close.len();
                return Some(());
            }
            let c = self.peek()?;
            self.at += c.len_utf8();
            match c {
                '\n' if close.len() == 1 => return None,
                '\\' if is_raw => {
                    out.push('\\');
                    let next = self.peek()?;
                    self.at += next.len_utf8();
                    out.push(next);
                }
                '\\' => self.escape(out)?,
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Option<()> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        let plain = match c {
            '\n' => return Some(()),
            '\\' | '\'' | '"' => c,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            'N' => return None,
            '0'..='7' => {
                let rest = &self.text[self.at - 1..];
                let digits = rest.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                self.at += digits - 1;
                char::from_u32(u32::from_str_radix(&rest[..digits], 8).ok()?)?
            }
            other => {
                out.push('\\');
                other
            }
        };
        out.push(plain);
        Some(())
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        let code = self.rest().get(..digits)?;
        if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += digits;
        char::from_u32(u32::from_str_radix(code, 16).ok()?)
    }
}

/// Digits without the underscores between them; `None` where one stands elsewhere.
fn without_underscores(digits: &str) -> Option<String> {
    let between = |around: &[u8]| around[1] != b'_' || (around[0].is_ascii_hexdigit() && around[2].is_ascii_hexdigit());
    let fits = !digits.is_empty() && !digits.starts_with('_') && !digits.ends_with('_');
    (fits && digits.as_bytes().windows(3).all(between)).then(|| digits.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text).map(|value| value.python_repr())
    }

    #[test]
    fn reads_literals() {
        for (text, expected) in [
            (
                "{'a': (1, 2.5, -3), \"b\": None, 'c': [True, False]}",
                "{'a': (1, 2.5, -3), 'b': None, 'c': [True, False]}",
            ),
            (" 'a' 'b'", "'ab'"),
            ("r'a\\n' u'\\u00e9\\x41\\101'", "'a\\\\néAA'"),
            ("1, 2", "(1, 2)"),
            ("\n# note\n1", "1"),
            ("(1)", "1"),
            ("()", "()"),
            ("[1,\n # note\n 2,]", "[1, 2]"),
            ("1_000 # note", "1000"),
            ("0x_ff", "255"),
            ("1e3", "1000.0"),
            (".5", "0.5"),
            ("- 9223372036854775808", "-9223372036854775808"),
            ("{1: 'x', None: 2, 1.5: 3}", "{'1': 'x', 'null': 2, '1.5': 3}"),
            ("'''a\nb'''", "'a\\nb'"),
            ("'\\q'", "'\\\\q'"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_none() {
        for text in [
            "",
            "a",
            "b'x'",
            "f'x'",
            "[1",
            "[1 2]",
            "{'a'}",
            "{'a': 1,, }",
            "'a\nb'",
            "1 2",
            "01",
            "1__0",
            "__import__('os')",
            "[,]",
            "'\\ud800'",
            "'",
            "1+2j",
            "\n 1",
            "(1,,)",
            "1._0",
            "nan",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"[".repeat(10_000)), None);
    }
}
