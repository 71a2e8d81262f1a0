//! What one person did, or what was told of one visit; and whether visits and people are the same.

use std::collections::BTreeMap;

use watchpost::types::{Direction, Event, EventKind, Monotonic, VisitId};

/// Seconds that an event may be away from the truth.
pub const TOLERANCE_S: f64 = 1.0;

/// What happened to one person, each thing with its seconds in the clip, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub who: String,
    facts: BTreeMap<String, Vec<f64>>,
}

impl Story {
    /// Nothing yet.
    pub fn of(who: &str) -> Self {
        Self {
            who: who.to_owned(),
            facts: BTreeMap::new(),
        }
    }

    /// One thing more.
    pub fn add(&mut self, what: String, at_s: f64) {
        let times = self.facts.entry(what).or_default();
        times.push(at_s);
        times.sort_by(f64::total_cmp);
    }

    /// One story a visit, in the order in which they began. The clip's first frame was captured at `began`.
    pub fn told(events: &[Event], began: Monotonic) -> Vec<Self> {
        let mut visits: Vec<(VisitId, Self)> = Vec::new();
        for event in events {
            let Some(what) = named(&event.kind) else {
                continue;
            };
            let at_s = event.at.since(began).as_secs_f64();
            let place = visits.iter().position(|(id, _)| *id == event.id);
            let place = place.unwrap_or_else(|| {
                let who = format!("visit {}", visits.len() + 1);
                visits.push((event.id, Self::of(&who)));
                visits.len() - 1
            });
            visits[place].1.add(what, at_s);
        }
        visits.into_iter().map(|(_, story)| story).collect()
    }

    /// How many seconds the two are apart at most; `None` where other things happened.
    fn apart(&self, other: &Self) -> Option<f64> {
        if !self.facts.keys().eq(other.facts.keys()) {
            return None;
        }
        let mut most: f64 = 0.0;
        for (one, other) in self.facts.values().zip(other.facts.values()) {
            if one.len() != other.len() {
                return None;
            }
            let gaps = one.iter().zip(other).map(|(a, b)| (a - b).abs());
            most = gaps.fold(most, f64::max);
        }
        Some(most)
    }
}

impl std::fmt::Display for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.who)?;
        for (what, times) in &self.facts {
            let times: Vec<String> = times.iter().map(|s| format!("{s:.1}")).collect();
            write!(f, " {what} {}", times.join(" and "))?;
        }
        Ok(())
    }
}

/// How often each thing happened in all stories together.
pub fn counts(stories: &[Story]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for (what, times) in stories.iter().flat_map(|story| &story.facts) {
        *counts.entry(what.as_str()).or_default() += times.len();
    }
    counts
}

/// Seconds that the worst event is off when every visit is one person and every person one visit; `None` where no such
/// assignment keeps to the tolerance, or the numbers differ.
pub fn worst_off(people: &[Story], visits: &[Story]) -> Option<f64> {
    if people.len() != visits.len() {
        return None;
    }
    let Some((person, others)) = people.split_first() else {
        return Some(0.0);
    };
    let ways = visits.iter().enumerate().filter_map(|(i, visit)| {
        let off = person.apart(visit).filter(|off| *off <= TOLERANCE_S)?;
        let mut rest = visits.to_vec();
        rest.remove(i);
        Some(off.max(worst_off(others, &rest)?))
    });
    ways.min_by(f64::total_cmp)
}

/// What a story is made of; `None` for what comes at an interval, or is about the camera.
fn named(kind: &EventKind) -> Option<String> {
    let name = kind.name();
    match kind {
        EventKind::Entered | EventKind::Left => Some(name.to_owned()),
        EventKind::ZoneEntered(zone) | EventKind::ZoneLeft(zone) | EventKind::Dwelled(zone) => {
            Some(format!("{name} {zone}"))
        }
        EventKind::LineCrossed(line, Direction::In) => Some(format!("{name} {line} in")),
        EventKind::LineCrossed(line, Direction::Out) => Some(format!("{name} {line} out")),
        _ => None,
    }
}
