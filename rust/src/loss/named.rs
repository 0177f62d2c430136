//! The named loss scales: where they split a text, and what each part weighs. encoding.md 5.20.
//!
//! A scale is a table, either of delimiters (each weighs itself and the text after it) or of
//! regular expressions (each weighs what it matches). Text outside weighs 1.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::Scale;
use crate::error::{Error, RowError};
use crate::race::Lazy;

/// The names that `loss_scale` takes, beside the base strategies.
pub const SCALE_NAMES: [&str; 7] =
    ["ignore_empty_think", "ignore_think_prefix", "react", "hermes", "qwen", "agentflan", "alpha_umi"];

/// White space as Python's `re` counts it.
const SPACE: &str = r"[\s\x1c-\x1f]";
const NO_SPACE: &str = r"[^\s\x1c-\x1f]";

/// One named loss scale.
#[derive(Debug)]
pub struct Named {
    name: String,
    rule: Rule,
    /// A query that holds one of these texts gives the whole response that weight; first match wins.
    queries: Vec<(String, f64)>,
}

#[derive(Debug)]
enum Rule {
    Delimiters { any: Regex, weights: Vec<(String, f64, f64)> },
    Patterns { any: Regex, each: Vec<(Regex, f64)> },
}

static ALL: Lazy<Vec<Arc<Named>>> = Lazy::new(|| {
    vec![
        patterns(
            "ignore_empty_think",
            &[
                (r"^<think>\s*</think>\s*", 0.0),
                (
                    r"^<seed:think><seed:cot_budget_reflect>The current thinking budget is 0, so I will directly start answering the question.</seed:cot_budget_reflect>\n</seed:think>\s*",
                    0.0,
                ),
                (r"^</think>\s*", 0.0),
                (r"^<\|channel>thought\n<channel\|>", 0.0),
                (r"^</mm:think>\s*", 0.0),
            ],
        ),
        patterns("ignore_think_prefix", &[(r"^<think>\n?", 0.0)]),
        patterns("hermes", &[(r"<tool_call>.+?</tool_call>", 2.0)]),
        delimiters(
            "react",
            &[
                ("Action:", 2.0, 2.0),
                ("Action Input:", 2.0, 2.0),
                ("Thought:", 1.0, 1.0),
                ("Final Answer:", 1.0, 1.0),
                ("Observation:", 2.0, 0.0),
            ],
            &[],
        ),
        delimiters(
            "qwen",
            &[("✿FUNCTION✿:", 2.0, 2.0), ("✿ARGS✿:", 2.0, 2.0), ("✿RETURN✿:", 1.0, 1.0), ("✿RESULT✿:", 2.0, 0.0)],
            &[],
        ),
        delimiters(
            "alpha_umi",
            &[
                ("Action:", 2.0, 2.0),
                ("Action Input:", 2.0, 2.0),
                ("Thought:", 1.0, 1.0),
                ("Final Answer:", 1.0, 1.0),
                ("Observation:", 2.0, 0.0),
                ("Next:", 2.0, 2.0),
            ],
            &[],
        ),
        delimiters(
            "agentflan",
            &[
                ("Name:", 1.0, 3.0),
                ("Action:", 1.0, 3.0),
                ("ACTION:", 1.0, 3.0),
                ("Tool:", 1.0, 3.0),
                ("Command", 1.0, 3.0),
                ("Arguments:", 1.0, 3.0),
                ("action input", 1.0, 3.0),
                ("ACTION_INPUT:", 1.0, 3.0),
                ("Action Input:", 1.0, 3.0),
                ("Thought:", 1.0, 1.0),
                ("Final Answer:", 1.0, 1.0),
                ("Observation:", 2.0, 0.0),
            ],
            &[
                ("What is the tool you want to use", 3.0),
                ("What are the required parameter names", 3.0),
                ("What is the value of", 3.0),
            ],
        ),
    ]
});

impl Named {
    /// The scale named `name`.
    pub fn get(name: &str) -> Option<Arc<Self>> {
        ALL.iter().find(|named| named.name == name).cloned()
    }

    /// A scale of the user's own, in ms-swift's form: patterns of one weight each, or delimiters
    /// of two, their own and that of what follows; and texts of a query that settle the weight.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] for a table that is neither, and for a pattern that cannot be compiled.
    pub fn declared(name: &str, table: &[(String, Vec<f64>)], queries: Vec<(String, f64)>) -> Result<Self, Error> {
        let refuse = |detail: String| Err(Error::argument("scale", detail));
        for (key, weights) in table {
            if key.is_empty() || !matches!(weights.len(), 1 | 2) {
                return refuse(format!(
                    "'{key}' has {} weights; give one behind a pattern, two behind a delimiter",
                    weights.len()
                ));
            }
        }
        let all_numbers = table.iter().flat_map(|(_, weights)| weights).chain(queries.iter().map(|(_, weight)| weight));
        if let Some(weight) = all_numbers.into_iter().find(|weight| !(0.0..=f64::from(f32::MAX)).contains(*weight)) {
            return refuse(format!("holds the weight {weight}; give finite numbers from 0"));
        }
        let delimiters = table.iter().filter(|(_, weights)| weights.len() == 2).count();
        if delimiters > 0 && delimiters < table.len() {
            return refuse(
                "mixes patterns (one weight) and delimiters (two); register two scales and chain them".into(),
            );
        }
        if delimiters > 0 {
            let weights = table.iter().map(|(key, weights)| (key.clone(), weights[0], weights[1])).collect();
            return Ok(delimiters_of(name, weights, queries));
        }
        let sources: Vec<(String, f64)> = table
            .iter()
            .map(|(source, weights)| Ok((python_pattern(source)?, weights[0])))
            .collect::<Result<_, Error>>()?;
        for (source, _) in &sources {
            if let Err(error) = build(source) {
                return refuse(format!(
                    "'{source}' is no pattern that can be run: {error}; without look-around or back-references, or \
                     register a class"
                ));
            }
        }
        if sources.is_empty() && queries.is_empty() {
            return refuse("is empty; give at least one pattern or delimiter".into());
        }
        Ok(patterns_of(name, &sources, queries))
    }
}

impl Scale for Named {
    fn is_binary(&self) -> bool {
        let plain = |weight: f64| weight == 0.0 || weight == 1.0;
        let of_text = match &self.rule {
            Rule::Delimiters { weights, .. } => weights.iter().all(|(_, own, after)| plain(*own) && plain(*after)),
            Rule::Patterns { each, .. } => each.iter().all(|(_, weight)| plain(*weight)),
        };
        of_text && self.queries.iter().all(|(_, weight)| plain(*weight))
    }

    fn reads_query(&self) -> bool {
        !self.queries.is_empty()
    }

    fn split<'t>(&self, text: &'t str, query: Option<&str>, parts: &mut Vec<(&'t str, f64)>) -> Result<(), RowError> {
        if let Some(query) = query
            && let Some((_, weight)) = self.queries.iter().find(|(part, _)| query.contains(part.as_str()))
        {
            parts.push((text, *weight));
            return Ok(());
        }
        match &self.rule {
            Rule::Delimiters { any, weights } => split_at_delimiters(any, weights, text, parts),
            Rule::Patterns { any, each } => split_at_patterns(any, each, text, parts),
        }
        Ok(())
    }
}

/// What Python's `re` writes otherwise: white space counts U+001C to U+001F, `\Z` is the very end.
fn python_pattern(source: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(source.len());
    let mut letters = source.chars();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('s') => out.push_str(SPACE),
                Some('S') => out.push_str(NO_SPACE),
                Some('Z') => out.push_str(r"\z"),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '$' if !in_class => {
                let detail = format!(r"'{source}' holds '$', which may stand before a last newline; write \Z");
                return Err(Error::argument("scale", detail));
            }
            other => {
                in_class = (in_class || other == '[') && other != ']';
                out.push(other);
            }
        }
    }
    Ok(out)
}

fn split_at_delimiters<'t>(
    any: &Regex,
    weights: &[(String, f64, f64)],
    text: &'t str,
    parts: &mut Vec<(&'t str, f64)>,
) {
    // An empty response has no part at all, so that the prompt before it is the end of the row (ms-swift likewise).
    if text.is_empty() {
        return;
    }
    let (mut weight, mut from) = (1.0, 0);
    for found in any.find_iter(text) {
        parts.push((&text[from..found.start()], weight));
        let Some((_, own, after)) = weights.iter().find(|(delimiter, ..)| *delimiter == found.as_str()) else {
            continue;
        };
        parts.push((found.as_str(), *own));
        (weight, from) = (*after, found.end());
    }
    parts.push((&text[from..], weight));
}

fn split_at_patterns<'t>(any: &Regex, each: &[(Regex, f64)], text: &'t str, parts: &mut Vec<(&'t str, f64)>) {
    // Each part is weighed by itself, so that one which only now begins with a pattern counts as
    // that pattern whole; the vectors were made so.
    let weigh = |part: &str| each.iter().find(|(pattern, _)| pattern.is_match(part)).map_or(1.0, |(_, weight)| *weight);
    let mut push = |part: &'t str| {
        if !part.is_empty() {
            parts.push((part, weigh(part)));
        }
    };
    let mut from = 0;
    for found in any.find_iter(text) {
        push(&text[from..found.start()]);
        push(found.as_str());
        from = found.end();
    }
    push(&text[from..]);
}

fn build(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).dot_matches_new_line(true).build()
}

/// Builds a pattern that was checked before.
fn built(pattern: &str) -> Regex {
    build(pattern).unwrap_or_else(|error| unreachable!("a pattern that was built before: {error}"))
}

fn patterns(name: &str, table: &[(&str, f64)]) -> Arc<Named> {
    let sources: Vec<(String, f64)> =
        table.iter().map(|(source, weight)| (source.replace(r"\s", SPACE), *weight)).collect();
    Arc::new(patterns_of(name, &sources, Vec::new()))
}

fn patterns_of(name: &str, sources: &[(String, f64)], queries: Vec<(String, f64)>) -> Named {
    let any = built(&sources.iter().map(|(source, _)| format!("(?:{source})")).collect::<Vec<_>>().join("|"));
    let each = sources.iter().map(|(source, weight)| (built(&format!(r"\A(?:{source})")), *weight)).collect();
    Named { name: name.to_owned(), rule: Rule::Patterns { any, each }, queries }
}

fn delimiters(name: &str, weights: &[(&str, f64, f64)], queries: &[(&str, f64)]) -> Arc<Named> {
    let weights = weights.iter().map(|(delimiter, own, after)| ((*delimiter).to_owned(), *own, *after)).collect();
    let queries = queries.iter().map(|(text, weight)| ((*text).to_owned(), *weight)).collect();
    Arc::new(delimiters_of(name, weights, queries))
}

fn delimiters_of(name: &str, weights: Vec<(String, f64, f64)>, queries: Vec<(String, f64)>) -> Named {
    let any = built(&weights.iter().map(|(delimiter, ..)| regex::escape(delimiter)).collect::<Vec<_>>().join("|"));
    Named { name: name.to_owned(), rule: Rule::Delimiters { any, weights }, queries }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'t>(name: &str, text: &'t str) -> Vec<(&'t str, f64)> {
        let mut parts = Vec::new();
        Named::get(name).unwrap().split(text, None, &mut parts).unwrap();
        parts
    }

    #[test]
    fn an_empty_text_has_no_parts() {
        for name in SCALE_NAMES {
            assert_eq!(split(name, ""), []);
        }
    }

    #[test]
    fn every_name_has_a_table() {
        for name in SCALE_NAMES {
            assert_eq!(Named::get(name).unwrap().name, name);
        }
        assert_eq!(ALL.len(), SCALE_NAMES.len());
    }

    #[test]
    fn delimiters_weigh_themselves_and_what_follows() {
        assert_eq!(
            split("react", "ThinkAction: a\nObservation: b"),
            [("Think", 1.0), ("Action:", 2.0), (" a\n", 2.0), ("Observation:", 2.0), (" b", 0.0)]
        );
        assert_eq!(split("react", "plain"), [("plain", 1.0)]);
    }

    #[test]
    fn patterns_weigh_what_they_match() {
        assert_eq!(
            split("ignore_empty_think", "<think>\u{1c}\n</think>\n\nhi"),
            [("<think>\u{1c}\n</think>\n\n", 0.0), ("hi", 1.0)]
        );
        // The rest begins with a pattern of its own, once it stands by itself.
        assert_eq!(
            split("ignore_empty_think", "<think></think></think>hi"),
            [("<think></think>", 0.0), ("</think>hi", 0.0)]
        );
        assert_eq!(
            split("hermes", "a<tool_call>\n1\n</tool_call>"),
            [("a", 1.0), ("<tool_call>\n1\n</tool_call>", 2.0)]
        );
    }

    #[test]
    fn a_query_can_settle_the_weight() {
        let mut parts = Vec::new();
        let query = "What is the value of x?";
        Named::get("agentflan").unwrap().split("Name: y", Some(query), &mut parts).unwrap();
        assert_eq!(parts, [("Name: y", 3.0)]);
    }

    #[test]
    fn tables_of_the_user() {
        let table = |entries: &[(&str, &[f64])]| -> Vec<(String, Vec<f64>)> {
            entries.iter().map(|(key, weights)| ((*key).to_owned(), weights.to_vec())).collect()
        };
        let own = Named::declared("own", &table(&[(r"<a>\S+</a>", &[0.5])]), vec![("why".into(), 3.0)]).unwrap();
        let mut parts = Vec::new();
        own.split("x<a>b</a>y", Some("how"), &mut parts).unwrap();
        assert_eq!(parts, [("x", 1.0), ("<a>b</a>", 0.5), ("y", 1.0)]);
        assert!(!own.is_binary() && own.reads_query());
        let refusal = |entries: &[(&str, &[f64])]| {
            Named::declared("own", &table(entries), Vec::new()).expect_err("must be refused").to_string()
        };
        assert!(refusal(&[("a", &[1.0]), ("b", &[1.0, 2.0])]).contains("mixes patterns"));
        assert!(refusal(&[("(?=a)", &[1.0])]).contains("is no pattern that can be run"));
        assert!(refusal(&[("a$", &[1.0])]).contains(r"write \Z"));
        assert!(refusal(&[("a", &[-1.0])]).contains("holds the weight -1"));
        assert!(refusal(&[("a", &[])]).contains("has 0 weights"));
        assert!(refusal(&[]).contains("is empty"));
    }
}
