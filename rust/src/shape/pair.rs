//! Pairs for preference: a chosen and a rejected answer in columns of these names, as TRL, UltraFeedback and
//! LLaMA-Factory write them.

use std::borrow::Cow;

use super::Shape;
use super::columns::Found;
use super::turns::{Said, Turn, first};
use crate::error::{RowError, RowErrorKind};
use crate::row::{Kind, List, Named, Opened, OpenedItems, Value};

/// What comes of a chosen and a rejected answer.
pub(super) enum Pair<'a, V: Value<'a>> {
    /// The chosen and the rejected conversation.
    Both(Vec<Turn<'a, V>>, Vec<Turn<'a, V>>),
    /// The messages of the row, which have an answer of their own, and why this is not a pair.
    Neither(Vec<Turn<'a, V>>, RowError),
}

impl Shape {
    /// The chosen and the rejected conversation of a row: `prompt`, and what answers it.
    ///
    /// An answer that is a list of messages may hold the prompt as well. Two texts without a prompt share their
    /// beginning, which is the prompt then, as TRL takes it.
    ///
    /// # Errors
    ///
    /// A [`RowError`] for an answer that is neither a text nor messages.
    pub(super) fn both_answers<'a, V>(
        &self,
        mut prompt: Vec<Turn<'a, V>>,
        [(chosen, column), (rejected, rejected_column)]: [Found<'a, V>; 2],
    ) -> Result<Pair<'a, V>, RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let is_system = |turn: &Turn<'a, V>| self.role_of_turn(turn).as_deref() == Some("system");
        if prompt.iter().all(is_system)
            && let (Kind::Text(chosen), Kind::Text(rejected)) = (chosen.kind(), rejected.kind())
        {
            let at = if chosen == rejected { 0 } else { common_prompt(&chosen, &rejected) };
            if at > 0 {
                prompt.push(Turn::of_text("user", part(&chosen, 0, at), &column));
            }
            let answer = |text: &Cow<'a, str>, column| Turn::of_text("assistant", part(text, at, text.len()), column);
            let mut other = prompt.clone();
            prompt.push(answer(&chosen, &column));
            other.push(answer(&rejected, &rejected_column));
            return Ok(Pair::Both(prompt, other));
        }
        let is_whole =
            |answer: &Opened<'a, V>| matches!(answer.kind(), Kind::List(items) if self.is_whole(&prompt, &items));
        let chosen_is_whole = is_whole(&chosen);
        // Messages that are the chosen conversation say nothing of the rejected one.
        let rejected_is_whole = is_whole(&rejected) || (chosen_is_whole && self.begins_with_query(&rejected));
        if chosen_is_whole || rejected_is_whole {
            let system: Vec<_> = prompt.iter().filter(|turn| is_system(turn)).cloned().collect();
            let last = prompt.last().and_then(|turn| self.role_of_turn(turn));
            if prompt.len() == system.len() || last.as_deref() == Some("assistant") {
                let (whole, column) = if chosen_is_whole { (&chosen, &column) } else { (&rejected, &rejected_column) };
                prompt = self.prompt_of(self.whole(whole, column, &system));
            }
            let side = |answer: Opened<'a, V>, column: &Cow<'a, str>, is_whole: bool| {
                if is_whole {
                    return Ok(self.whole(&answer, column, &system));
                }
                let mut turns = prompt.clone();
                turns.extend(self.said("assistant", answer, column)?);
                Ok(turns)
            };
            let chosen = side(chosen, &column, chosen_is_whole)?;
            return Ok(Pair::Both(chosen, side(rejected, &rejected_column, rejected_is_whole)?));
        }
        if let Err(error) = self.without_answer(&mut prompt, &chosen) {
            return Ok(Pair::Neither(prompt, error));
        }
        let mut other = prompt.clone();
        prompt.extend(self.said("assistant", chosen, &column)?);
        other.extend(self.said("assistant", rejected, &rejected_column)?);
        Ok(Pair::Both(prompt, other))
    }

    /// A whole conversation, after a system text that it does not have itself.
    fn whole<'a, V>(&self, answer: &Opened<'a, V>, column: &Cow<'a, str>, system: &[Turn<'a, V>]) -> Vec<Turn<'a, V>>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let Kind::List(items) = answer.kind() else { return Vec::new() };
        let has_own = self.role_of(&items.at(0)).as_deref() == Some("system");
        let mut turns = if has_own { Vec::new() } else { system.to_vec() };
        turns.extend(self.of_list(&items, column));
        turns
    }

    /// A conversation up to its last message of a user.
    fn prompt_of<'a, V>(&self, mut turns: Vec<Turn<'a, V>>) -> Vec<Turn<'a, V>>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let last = turns.iter().rposition(|turn| self.role_of_turn(turn).as_deref() == Some("user"));
        turns.truncate(last.map_or(0, |last| last + 1));
        turns
    }

    /// Whether an answer holds the prompt, too.
    fn is_whole<'a, V>(&self, prompt: &[Turn<'a, V>], answer: &OpenedItems<'a, V>) -> bool
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        if !self.opens_with_query(answer) {
            return false;
        }
        let is_system = |turn: &&Turn<'a, V>| self.role_of_turn(turn).as_deref() == Some("system");
        let asked: Vec<_> = prompt.iter().filter(|turn| !is_system(turn)).collect();
        match asked.as_slice() {
            // A prompt as text next to a whole conversation says the same again.
            [] => true,
            [turn] if matches!(turn.said, Said::Content(..)) => true,
            _ => {
                let listed: Vec<_> = (prompt.iter())
                    .filter_map(|turn| if let Said::Message(message) = &turn.said { Some(message) } else { None })
                    .collect();
                listed.len() <= answer.len()
                    && listed.iter().enumerate().all(|(index, one)| self.say_the_same(one, &answer.at(index)))
            }
        }
    }

    fn begins_with_query<'a, V>(&self, answer: &Opened<'a, V>) -> bool
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        matches!(answer.kind(), Kind::List(items) if self.opens_with_query(&items))
    }

    fn opens_with_query<'a, V>(&self, items: &OpenedItems<'a, V>) -> bool
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        !items.is_empty() && matches!(self.role_of(&items.at(0)).as_deref(), Some("user" | "system"))
    }

    fn say_the_same<'a, V>(&self, one: &Opened<'a, V>, other: &Opened<'a, V>) -> bool
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let content = |message: &Opened<'a, V>| match message.kind() {
            Kind::Map(fields) => first(&fields, &self.content_keys).and_then(|content| content.json().ok()),
            _ => None,
        };
        self.role_of(one) == self.role_of(other) && content(one) == content(other)
    }

    /// Takes the chosen answer from the end of the messages, where these hold it, too.
    fn without_answer<'a, V>(&self, prompt: &mut Vec<Turn<'a, V>>, chosen: &Opened<'a, V>) -> Result<(), RowError>
    where
        V: Value<'a> + Clone,
        V::Map: Named<'a, Value = V>,
    {
        let Some(last) = prompt.last() else { return Ok(()) };
        let Said::Message(message) = &last.said else { return Ok(()) };
        if self.role_of(message).as_deref() != Some("assistant") {
            return Ok(());
        }
        let chosen = match chosen.kind() {
            Kind::List(items) if !items.is_empty() => items.at(0),
            _ => chosen.clone(),
        };
        let is_same = match (chosen.kind(), message.kind()) {
            (Kind::Text(text), Kind::Map(fields)) => matches!(
                first(&fields, &self.content_keys).map(|content| content.kind()),
                Some(Kind::Text(said)) if said == text
            ),
            (Kind::Map(_), Kind::Map(_)) => self.say_the_same(&chosen, message),
            _ => false,
        };
        if self.role_of(&chosen).is_some_and(|role| role == "user") {
            return Ok(());
        }
        if !is_same {
            let detail = "ends with another answer than the chosen one; leave that answer out";
            return Err(RowError::new(RowErrorKind::RoleOrder, detail).at_field(last.column.to_string()));
        }
        prompt.pop();
        Ok(())
    }
}

/// Where two texts begin to differ, before the space that stands there: TRL's `extract_prompt`.
fn common_prompt(chosen: &str, rejected: &str) -> usize {
    let mut last = (0, ' ');
    for ((at, one), other) in chosen.char_indices().zip(rejected.chars()) {
        if one != other {
            return if last.1 == ' ' { last.0 } else { at };
        }
        last = (at, one);
    }
    last.0
}

/// The bytes `from..to` of a text.
fn part<'a>(text: &Cow<'a, str>, from: usize, to: usize) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
        Cow::Owned(text) => Cow::Owned(text[from..to].to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_share_a_prompt_as_trl_takes_it() {
        let split = |chosen: &'static str, rejected: &'static str| {
            let at = common_prompt(chosen, rejected);
            (&chosen[..at], &chosen[at..], &rejected[at..])
        };
        assert_eq!(split("The sky is blue.", "The sky is green."), ("The sky is", " blue.", " green."));
        assert_eq!(split("abc", "abd"), ("ab", "c", "d"));
        assert_eq!(split("é x", "é y"), ("é", " x", " y"));
        assert_eq!(split("abc", "ab"), ("a", "bc", "b"));
        assert_eq!(split("a", "b"), ("", "a", "b"));
        assert_eq!(split("", "b"), ("", "", "b"));
    }
}
