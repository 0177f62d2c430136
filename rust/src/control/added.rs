//! The added tokens of a `tokenizer.json`.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

/// A token that is looked for in text before the text is tokenized.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AddedToken {
    pub content: String,
    pub id: u32,
    /// Whether the tokenizer calls it special.
    #[serde(default)]
    pub special: bool,
}

/// The added tokens of a `tokenizer.json`; none where it cannot be read. The rest of the file is not parsed where, as
/// usual, the list stands before the model.
pub fn added_tokens(json: &[u8]) -> Vec<AddedToken> {
    struct Reader<'r>(&'r mut Vec<AddedToken>);
    impl<'de> Visitor<'de> for Reader<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a tokenizer")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
            while let Some(name) = fields.next_key::<Cow<'_, str>>()? {
                if name == "added_tokens" {
                    *self.0 = fields.next_value::<Option<Vec<AddedToken>>>()?.unwrap_or_default();
                    // Ends the reading; what was read is kept.
                    return Err(A::Error::custom("done"));
                }
                fields.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }
    let mut tokens = Vec::new();
    // Whether or not the rest is valid is for the engines to say.
    let _ = serde_json::Deserializer::from_slice(json).deserialize_map(Reader(&mut tokens));
    tokens.retain(|token| !token.content.is_empty());
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_list_and_not_the_rest() {
        let json = br#"{"version": "1", "added_tokens": [{"id": 3, "content": "<s>", "special": true, "lstrip": false},
            {"id": 4, "content": ""}], "model": broken"#;
        assert_eq!(added_tokens(json), [AddedToken { content: "<s>".to_owned(), id: 3, special: true }]);
        assert_eq!(added_tokens(b"{\"added_tokens\": null}"), []);
        assert_eq!(added_tokens(b"[]"), []);
    }
}
