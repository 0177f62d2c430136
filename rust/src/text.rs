//! Python's notion of white space, which the encoding rules are written in.
//!
//! Rust's `char::is_whitespace` leaves out U+001C to U+001F, which Python's `str.strip` and the
//! `\s` of its `re` module count in; everything else agrees.

/// Whether Python's `str.isspace` holds for `c`.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `text` without white space at either end, as Python's `str.strip()` leaves it.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_what_python_strips() {
        assert_eq!(strip("\u{1c}\u{1f}\u{85}\u{a0}\u{3000} a b \u{2028}\n"), "a b");
        assert_eq!(strip("\u{1b}a\u{200b}\u{feff}"), "\u{1b}a\u{200b}\u{feff}");
        assert_eq!(strip(" \u{1d} "), "");
    }
}
