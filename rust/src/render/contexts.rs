//! Contexts become segments: weighed by the base strategy, split by the named scales, cut at the tags of media and at the
//! marks of steps.

use super::{Place, Renderer};
use crate::loss::BaseStrategy;
use crate::task::TaskType;
use crate::template::Text;

/// What stands in a text where a step ends.
const STEP: &str = "<cot-process>";

impl Renderer<'_> {
    /// Whether the base strategy trains what stands at `place`.
    pub(super) fn trains(&self, place: Place) -> bool {
        let last_round_only = self.template.rules.last_round_only;
        let base = if last_round_only { BaseStrategy::LastRound } else { self.options.loss_scale.base() };
        match (base, place) {
            (BaseStrategy::All, _) => true,
            (_, Place::Other) => false,
            (BaseStrategy::LastRound, Place::Response { is_last }) => is_last,
            (BaseStrategy::Default | BaseStrategy::LastRound, _) => true,
        }
    }

    pub(super) fn ids(&mut self, ids: &[u32], place: Place) {
        if ids.is_empty() {
            return;
        }
        let weight = if self.trains(place) { 1.0 } else { 0.0 };
        self.push_ids(ids, weight);
    }

    pub(super) fn push_ids(&mut self, ids: &[u32], weight: f64) {
        self.release_newline("");
        self.segments.push_ids(ids, weight);
    }

    /// Emits one context, given in slices, with the weight that the settings give it.
    pub(super) fn context(&mut self, texts: &[Text<'_>], place: Place, query: Option<&str>) {
        if !self.trains(place) {
            self.weighed_context(texts, 0.0);
        } else if self.options.loss_scale.is_plain() {
            self.weighed_context(texts, 1.0);
        } else {
            self.split_context(texts, query);
        }
    }

    /// Emits one context, split and weighed by the named scales.
    pub(super) fn split_context(&mut self, texts: &[Text<'_>], query: Option<&str>) {
        let mut whole = std::mem::take(&mut self.context);
        join_into(texts, &mut whole);
        // Scales see the text without guards, and its parts get theirs back.
        let guards = self.segments.guards.filter(|guards| guards.are_in(&whole));
        let bare = guards.map(|guards| guards.without(&whole));
        let bare_query = self.segments.guards.zip(query).map(|(guards, query)| guards.without(query));
        let query = bare_query.as_deref().or(query);
        let parts = self.options.loss_scale.split(bare.as_deref().unwrap_or(&whole), query).unwrap_or_else(|error| {
            self.failure.get_or_insert(error);
            Vec::new()
        });
        let parts = match guards {
            Some(guards) => guards.put_back(&whole, &parts),
            None => parts,
        };
        for (index, (part, weight)) in parts.iter().enumerate() {
            if self.apart && index + 1 == parts.len() {
                self.segments.push_ids(&[], *weight);
            }
            self.push(part, *weight);
        }
        self.context = whole;
    }

    pub(super) fn weighed_context(&mut self, texts: &[Text<'_>], weight: f64) {
        if self.apart {
            self.segments.push_ids(&[], weight);
        }
        if self.media.is_empty() && self.template.rules.newline.is_none() && !self.marks_steps() {
            texts.iter().for_each(|text| self.segments.push_known(*text, weight));
            return;
        }
        let mut whole = std::mem::take(&mut self.context);
        join_into(texts, &mut whole);
        self.push(&whole, weight);
        self.context = whole;
    }

    /// Appends the newline that was held back, unless `next`, the context behind it, says that it goes.
    pub(super) fn release_newline(&mut self, next: &str) {
        if let (Some(rule), Some(weight)) = (&self.template.rules.newline, self.held.take())
            && !next.contains(rule.before.as_str())
        {
            self.segments.push_text("\n", weight);
        }
    }

    /// Appends one context, or a part of one; a medium's tag is never trained.
    pub(super) fn push(&mut self, text: &str, weight: f64) {
        let mut rest = text;
        if let Some(rule) = &self.template.rules.newline {
            self.release_newline(text);
            if let Some(held) = rule.held(text) {
                rest = held;
                self.held = Some(weight);
            }
        }
        while !self.media.is_empty() {
            let Some((at, tag)) = self.next_tag(rest) else {
                break;
            };
            self.push_steps(&rest[..at], weight);
            self.segments.push_text(tag, 0.0);
            rest = &rest[at + tag.len()..];
        }
        self.push_steps(rest, weight);
    }

    /// Whether texts may hold marks of steps to be rewarded.
    pub(super) fn marks_steps(&self) -> bool {
        self.options.task_type == TaskType::Prm && self.template.step_token.is_some()
    }

    /// Appends text; where steps are rewarded, their mark is the template's own (encoding.md 7.27).
    pub(super) fn push_steps(&mut self, text: &str, weight: f64) {
        let Some(step_token) = self.template.step_token.as_deref().filter(|_| self.marks_steps()) else {
            return self.segments.push_text(text, weight);
        };
        for (index, step) in text.split(STEP).enumerate() {
            if index > 0 {
                self.segments.push_text(step_token, weight);
            }
            self.segments.push_text(step, weight);
        }
    }

    /// The first tag in `text` that stands for a medium of the row; it is counted as met.
    pub(super) fn next_tag(&mut self, text: &str) -> Option<(usize, &'static str)> {
        let media = &mut self.media;
        [("<image>", &mut media.images), ("<video>", &mut media.videos), ("<audio>", &mut media.audios)]
            .into_iter()
            .filter(|(_, left)| **left > 0)
            .filter_map(|(tag, left)| text.find(tag).map(|at| (at, tag, left)))
            .min_by_key(|(at, ..)| *at)
            .map(|(at, tag, left)| {
                *left -= 1;
                (at, tag)
            })
    }
}

pub(super) fn join_into(texts: &[Text<'_>], whole: &mut String) {
    whole.clear();
    texts.iter().for_each(|text| whole.push_str(text.text));
}
