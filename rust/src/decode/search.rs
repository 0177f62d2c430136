//! Follows the stops through one stream: how much of its end may still become a stop, and whether one has come.
//!
//! It sees text as it is decoded, special tokens that are left out of the text, and ids. It holds no text.

use std::collections::VecDeque;

use super::automaton::{Automaton, ROOT};
use super::stops::{Matcher, Stops};

/// A stop that has come, in the text that is given out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub word: u32,
    pub start: u64,
    pub end: u64,
    /// The index of a special token left out of the text in which the stop begins, and whether it does so at its start.
    pub hidden: Option<(u64, bool)>,
}

/// A special token that was left out of the text.
#[derive(Debug, Clone, Copy)]
struct Hidden {
    /// Where it stands in the text that has special tokens.
    start: u64,
    end: u64,
    index: u64,
    /// How many bytes of special tokens were left out before it.
    before: u64,
}

/// Where the marker was seen: stops that are limited begin there or later.
#[derive(Debug, Clone, Copy)]
struct Armed {
    text: u64,
    id: u64,
}

/// What is under way in one stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    text: u32,
    ids: u32,
    armed: Option<Armed>,
    marker: u32,
    marker_ids: u32,
    raw: u32,
    /// How long the text with special tokens is, and those of them that what is under way may reach back to.
    raw_end: u64,
    hidden: VecDeque<Hidden>,
}

impl Search {
    /// Whether nothing is under way.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        let marker_is = self.armed.is_some() || (self.marker == ROOT && self.marker_ids == ROOT);
        self.text == ROOT && self.raw == ROOT && self.ids == ROOT && marker_is
    }

    /// How many bytes of the text's end may still become a stop.
    #[inline]
    pub(super) fn held(&self, stops: &Stops) -> u64 {
        let text = self.follow(&stops.text).map_or(0, |automaton| automaton.depth(self.text) as u64);
        let Some(raw) = self.follow(&stops.raw) else { return text };
        text.max(self.visible(raw.depth(self.raw) as u64))
    }

    /// Goes back to `before` for what text was; ids are as they were seen.
    pub(super) fn go_back(&mut self, before: Self) {
        let (ids, marker_ids) = (self.ids, self.marker_ids);
        *self = Self { ids, marker_ids, ..before };
    }

    fn follow<'a>(&self, matcher: &'a Option<Matcher>) -> Option<&'a Automaton> {
        matcher.as_ref()?.current(self.armed.is_some())
    }

    /// Follows text that is given out; it begins at `at`.
    pub(super) fn text(&mut self, stops: &Stops, text: &[u8], at: u64) -> Option<Found> {
        let mut rest = 0..text.len();
        while let Some(offset) = rest.next() {
            if self.text == ROOT && stops.raw.is_none() && stops.marker.is_none() {
                let idle = self.follow(&stops.text).map_or(usize::MAX, |automaton| automaton.idle(&text[offset..]));
                if idle > 0 {
                    rest.start = offset.saturating_add(idle).min(text.len());
                    continue;
                }
            }
            let found = self.byte(stops, text[offset], at + offset as u64 + 1);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Follows one byte of the text, which is then `end` long.
    fn byte(&mut self, stops: &Stops, byte: u8, end: u64) -> Option<Found> {
        let mut found = None;
        if let Some(automaton) = self.follow(&stops.text) {
            self.text = automaton.next(self.text, u32::from(byte));
            if automaton.ends(self.text) {
                let ending = automaton.ending(self.text).map(|(word, length)| (word, end - length as u64));
                found = self.counted(stops, ending).map(|(word, start)| Found { word, start, end, hidden: None });
            }
        }
        let raw = self.raw_byte(stops, byte, end);
        self.marker_byte(stops, byte, end, false);
        found.or(raw)
    }

    /// Follows a special token that is left out of the text, which is `end` long.
    pub(super) fn special(&mut self, stops: &Stops, token: &[u8], end: u64, index: u64) -> Option<Found> {
        if stops.raw.is_none() && !stops.marker.as_ref().is_some_and(|marker| marker.raw) {
            return None;
        }
        let start = self.raw_end;
        let before = self.hidden.back().map_or(0, |last| last.before + last.end - last.start);
        self.hidden.push_back(Hidden { start, end: start, index, before });
        let mut found = None;
        for byte in token {
            if let Some(last) = self.hidden.back_mut() {
                last.end += 1;
            }
            found = found.or(self.raw_byte(stops, *byte, end));
            self.marker_byte(stops, *byte, end, true);
        }
        found
    }

    fn raw_byte(&mut self, stops: &Stops, byte: u8, end: u64) -> Option<Found> {
        self.raw_end += 1;
        let automaton = self.follow(&stops.raw)?;
        self.raw = automaton.next(self.raw, u32::from(byte));
        let under_way = self.raw_end - automaton.depth(self.raw) as u64;
        let found = if automaton.ends(self.raw) {
            let ending = automaton.ending(self.raw).map(|(word, length)| (word, end - self.visible(length as u64)));
            let (word, start) = self.counted(stops, ending)?;
            let length = automaton.ending(self.raw).find(|(other, _)| *other == word).map_or(0, |(_, length)| length);
            Some(Found { word, start, end, hidden: self.hidden_at(self.raw_end - length as u64) })
        } else {
            None
        };
        while self.hidden.front().is_some_and(|hidden| hidden.end <= under_way) {
            self.hidden.pop_front();
        }
        found
    }

    fn marker_byte(&mut self, stops: &Stops, byte: u8, end: u64, hidden: bool) {
        let Some(marker) = stops.marker.as_ref().filter(|_| self.armed.is_none()) else { return };
        if hidden && !marker.raw {
            return;
        }
        if let Some(automaton) = &marker.text {
            self.marker = automaton.next(self.marker, u32::from(byte));
            if automaton.ends(self.marker) {
                self.arm(stops, Armed { text: end, id: 0 });
            }
        }
    }

    fn arm(&mut self, stops: &Stops, armed: Armed) {
        self.armed = Some(armed);
        let arm = |matcher: &Option<Matcher>, state| matcher.as_ref().map_or(ROOT, |matcher| matcher.arm(state));
        self.text = arm(&stops.text, self.text);
        self.raw = arm(&stops.raw, self.raw);
        self.ids = arm(&stops.ids, self.ids);
    }

    /// The first of `ending` that counts where it begins.
    fn counted(&self, stops: &Stops, mut ending: impl Iterator<Item = (u32, u64)>) -> Option<(u32, u64)> {
        let armed = self.armed.map(|armed| armed.text);
        ending.find(|(word, start)| {
            let limited = stops.words.get(*word as usize).is_some_and(|stop| stop.after_marker);
            !limited || armed.is_some_and(|armed| *start >= armed)
        })
    }

    /// How many of the last `length` bytes of the text with special tokens are given out.
    fn visible(&self, length: u64) -> u64 {
        let from = self.raw_end - length;
        let first = self.hidden.partition_point(|hidden| hidden.end <= from);
        let (Some(first), Some(last)) = (self.hidden.get(first), self.hidden.back()) else { return length };
        let hidden = last.before + last.end - last.start - first.before;
        length - (hidden - from.saturating_sub(first.start))
    }

    fn hidden_at(&self, at: u64) -> Option<(u64, bool)> {
        let hidden = self.hidden.get(self.hidden.partition_point(|hidden| hidden.end <= at))?;
        (hidden.start <= at).then_some((hidden.index, hidden.start == at))
    }

    /// Follows an id; the depth of what is under way, or `None` where nothing was and is.
    #[inline]
    pub(super) fn id(&mut self, stops: &Stops, id: u32) -> Option<usize> {
        let automaton = self.follow(&stops.ids)?;
        let before = self.ids;
        let next = automaton.next(before, id);
        if before == ROOT && next == ROOT {
            return None;
        }
        let depth = automaton.depth(next);
        self.ids = next;
        Some(depth)
    }

    /// The stop of ids that ends with the id before `count`, and the index at which it begins.
    pub(super) fn ended_ids(&self, stops: &Stops, count: u64) -> Option<(u32, u64)> {
        let automaton = self.follow(&stops.ids)?;
        let armed = self.armed.map(|armed| armed.id);
        automaton.ending(self.ids).map(|(word, length)| (word, count - length as u64)).find(|(word, begin)| {
            let limited = stops.words.get(*word as usize).is_some_and(|stop| stop.after_marker);
            !limited || armed.is_some_and(|armed| *begin >= armed)
        })
    }

    /// Looks for a marker of ids; `end` is the length of the text and `count` that of the ids, with this one.
    pub(super) fn marker_id(&mut self, stops: &Stops, id: u32, end: u64, count: u64) {
        let Some(marker) = &stops.marker else { return };
        match (&marker.ids, &mut self.armed) {
            (Some(automaton), None) => {
                self.marker_ids = automaton.next(self.marker_ids, id);
                if automaton.ends(self.marker_ids) {
                    self.arm(stops, Armed { text: end, id: count });
                }
            }
            // A marker of text was seen in this id.
            (None, Some(armed)) if armed.id == 0 => armed.id = count,
            _ => {}
        }
    }
}
