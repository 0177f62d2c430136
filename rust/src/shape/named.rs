//! A row of any shape as JSON text, under the standard names: for hooks, which take rows as text.

use std::borrow::Cow;
use std::rc::Rc;

use super::Shape;
use super::view::{RowParts, Shaped, ShapedFields};
use crate::data::json;
use crate::error::RowError;
use crate::row::{Key, Kind, Map, Named, Opened, Value};

/// The field that marks a text for pre-training in the JSON text of a row.
pub const PLAIN_TEXT: &str = "__plain_text__";

impl Shape {
    /// One row of this shape as JSON text: an object with `messages` and all other fields of the row.
    ///
    /// # Errors
    ///
    /// A [`RowError`] where there are no messages.
    pub fn to_json<'a, V>(&self, value: &V) -> Result<String, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let value = Opened::Plain(value.clone());
        let Kind::Map(source) = value.kind() else { return Ok(json::to_string(&value)) };
        let built = self.build(&source)?;
        Ok(json::to_string(&Shaped::Row(Rc::new(RowParts { source, built, shape: self }))))
    }
}

impl<'a, 's, V> Named<'a> for ShapedFields<'a, 's, V>
where
    V: Value<'a> + Clone,
    V::Map: Named<'a, Value = V>,
{
    fn named(&self, name: &str) -> Option<Shaped<'a, 's, V>> {
        let key = Key::ALL.iter().copied().find(|key| key.as_str() == name);
        match (self, key) {
            (Self::Plain(fields), _) => fields.named(name).map(Shaped::Plain),
            (Self::Row(parts), _) if name == PLAIN_TEXT && parts.built.is_text => {
                Some(Shaped::Text(Cow::Borrowed("text")))
            }
            (Self::Row(_), Some(key)) => self.get(key),
            (Self::Row(parts), None) => parts.source.named(name).map(Shaped::Plain),
            (Self::Message(..), Some(key @ (Key::Role | Key::Content))) => self.get(key),
            (Self::Message(fields, _), _) => fields.named(name).map(Shaped::Plain),
            (Self::Said(..), key) => key.and_then(|key| self.get(key)),
        }
    }

    fn names(&self) -> Vec<Cow<'a, str>> {
        let borrowed = |key: Key| Cow::Borrowed(key.as_str());
        match self {
            Self::Plain(fields) => fields.names(),
            Self::Row(parts) => {
                let mut names = vec![borrowed(Key::Messages)];
                names.extend(parts.built.rejected.as_ref().map(|_| borrowed(Key::RejectedMessages)));
                names.extend(parts.built.is_text.then_some(Cow::Borrowed(PLAIN_TEXT)));
                names.extend(parts.shape.renamed.iter().map(|(key, _)| borrowed(*key)));
                names.extend(parts.built.columns.iter().map(|(key, _)| borrowed(*key)));
                for name in parts.source.names() {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                names
            }
            Self::Message(fields, shape) => {
                let mut names = vec![borrowed(Key::Role), borrowed(Key::Content)];
                let other = |keys: &[String], name: &str| keys.iter().any(|key| key == name);
                let others = fields.names().into_iter();
                names.extend(others.filter(|name| !other(&shape.role_keys, name) && !other(&shape.content_keys, name)));
                names
            }
            Self::Said(..) => vec![borrowed(Key::Role), borrowed(Key::Content)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::parse_json;

    fn json(line: &str) -> String {
        let value = parse_json(line.as_bytes()).unwrap();
        Shape::default().to_json(&value).unwrap()
    }

    #[test]
    fn rows_of_any_shape_have_messages_and_what_else_they_had() {
        assert_eq!(
            json(r#"{"messages": [{"role": "user", "content": "a", "loss": true}], "images": ["x"]}"#),
            r#"{"messages": [{"role": "user", "content": "a", "loss": true}], "images": ["x"]}"#
        );
        assert_eq!(
            json(r#"{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}], "id": 1}"#),
            r#"{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}], "id": 1}"#
        );
        let alpaca = json(r#"{"instruction": "a", "input": "b", "output": "c"}"#);
        assert!(
            alpaca.starts_with(
                r#"{"messages": [{"role": "user", "content": "a\nb"}, {"role": "assistant", "content": "c"}]"#
            ),
            "{alpaca}"
        );
    }
}
