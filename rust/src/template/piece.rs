//! The atoms that templates are written in.

use super::literal::Literal;

/// One element of a template's `prefix`, `prompt` and so on, as it was registered.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum RawPiece {
    /// Text, perhaps with placeholders.
    Text(String),
    /// Token ids, or names of tokenizer attributes that stand for one.
    Ids(Vec<RawId>),
}

/// A token id, or the tokenizer attribute that names it (`"eos_token_id"`).
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum RawId {
    Id(u32),
    Attribute(String),
}

/// A piece as the renderer uses it: placeholders found once, attributes resolved.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    Text(Vec<Slot>),
    Ids(Vec<u32>),
}

/// A run of literal text, or a place to fill.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    Literal(Literal),
    System,
    Query,
    /// The round's number, from 0.
    Round0,
    /// The round's number, from 1.
    Round1,
}

const PLACEHOLDERS: [(&str, Slot); 4] = [
    ("{{SYSTEM}}", Slot::System),
    ("{{QUERY}}", Slot::Query),
    ("{{ROUND0}}", Slot::Round0),
    ("{{ROUND1}}", Slot::Round1),
];

/// Splits `text` at its placeholders. Anything else in braces is literal text.
pub fn parse_slots(text: &str) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut rest = text;
    while let Some((at, found)) = next_placeholder(rest) {
        if at > 0 {
            slots.push(Slot::Literal(Literal::unknown(&rest[..at])));
        }
        slots.push(found.1.clone());
        rest = &rest[at + found.0.len()..];
    }
    if !rest.is_empty() {
        slots.push(Slot::Literal(Literal::unknown(rest)));
    }
    slots
}

fn next_placeholder(text: &str) -> Option<(usize, &'static (&'static str, Slot))> {
    const FOUND: &[(&str, Slot); 4] = &PLACEHOLDERS;
    FOUND.iter().filter_map(|entry| text.find(entry.0).map(|at| (at, entry))).min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_placeholders_once_and_in_order() {
        let slots = parse_slots("[Round {{ROUND1}}]{{QUERY}}{{query}}{{SYSTEM}}!");
        let literal = |text: &str| Slot::Literal(Literal::unknown(text));
        assert_eq!(
            slots,
            [
                literal("[Round "),
                Slot::Round1,
                literal("]"),
                Slot::Query,
                literal("{{query}}"),
                Slot::System,
                literal("!")
            ]
        );
        assert_eq!(parse_slots(""), []);
    }
}
