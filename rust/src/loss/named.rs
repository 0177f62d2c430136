//! The named loss scales: where they split a text, and what each part weighs. encoding.md 5.20.
//!
//! A scale is a table, either of delimiters (each weighs itself and the text after it) or of
//! regular expressions (each weighs what it matches). Text outside weighs 1.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

/// The names that `loss_scale` takes, beside the base strategies.
pub const SCALE_NAMES: [&str; 7] =
    ["ignore_empty_think", "ignore_think_prefix", "react", "hermes", "qwen", "agentflan", "alpha_umi"];

/// White space as Python's `re` counts it.
const SPACE: &str = r"[\s\x1c-\x1f]";

/// One named loss scale.
#[derive(Debug)]
pub struct Named {
    name: &'static str,
    rule: Rule,
    /// A query that holds one of these texts gives the whole response that weight; first match wins.
    queries: &'static [(&'static str, f64)],
}

#[derive(Debug)]
enum Rule {
    Delimiters { any: Regex, weights: &'static [(&'static str, f64, f64)] },
    Patterns { any: Regex, each: Vec<(Regex, f64)> },
}

static ALL: LazyLock<Vec<Named>> = LazyLock::new(|| {
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
    pub fn get(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|named| named.name == name)
    }

    /// Whether every weight is 0 or 1.
    pub fn is_binary(&self) -> bool {
        let plain = |weight: f64| weight == 0.0 || weight == 1.0;
        match &self.rule {
            Rule::Delimiters { weights, .. } => weights.iter().all(|(_, own, after)| plain(*own) && plain(*after)),
            Rule::Patterns { each, .. } => each.iter().all(|(_, weight)| plain(*weight)),
        }
    }

    /// Whether the query can settle the weight.
    pub fn reads_query(&self) -> bool {
        !self.queries.is_empty()
    }

    /// Appends the parts of `text`, with their weights.
    pub fn split<'t>(&self, text: &'t str, query: Option<&str>, parts: &mut Vec<(&'t str, f64)>) {
        if let Some(query) = query
            && let Some((_, weight)) = self.queries.iter().find(|(part, _)| query.contains(part))
        {
            parts.push((text, *weight));
            return;
        }
        match &self.rule {
            Rule::Delimiters { any, weights } => split_at_delimiters(any, weights, text, parts),
            Rule::Patterns { any, each } => split_at_patterns(any, each, text, parts),
        }
    }
}

fn split_at_delimiters<'t>(any: &Regex, weights: &[(&str, f64, f64)], text: &'t str, parts: &mut Vec<(&'t str, f64)>) {
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

fn build(pattern: &str) -> Regex {
    RegexBuilder::new(pattern)
        .dot_matches_new_line(true)
        .build()
        .unwrap_or_else(|error| unreachable!("a table of this file: {error}"))
}

fn patterns(name: &'static str, table: &[(&str, f64)]) -> Named {
    let sources: Vec<String> = table.iter().map(|(source, _)| source.replace(r"\s", SPACE)).collect();
    let any = build(&sources.iter().map(|source| format!("(?:{source})")).collect::<Vec<_>>().join("|"));
    let each =
        sources.iter().zip(table).map(|(source, (_, weight))| (build(&format!(r"\A(?:{source})")), *weight)).collect();
    Named { name, rule: Rule::Patterns { any, each }, queries: &[] }
}

fn delimiters(
    name: &'static str,
    weights: &'static [(&'static str, f64, f64)],
    queries: &'static [(&'static str, f64)],
) -> Named {
    let any = build(&weights.iter().map(|(delimiter, ..)| regex::escape(delimiter)).collect::<Vec<_>>().join("|"));
    Named { name, rule: Rule::Delimiters { any, weights }, queries }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'t>(name: &str, text: &'t str) -> Vec<(&'t str, f64)> {
        let mut parts = Vec::new();
        Named::get(name).unwrap().split(text, None, &mut parts);
        parts
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
        Named::get("agentflan").unwrap().split("Name: y", Some(query), &mut parts);
        assert_eq!(parts, [("Name: y", 3.0)]);
    }
}
