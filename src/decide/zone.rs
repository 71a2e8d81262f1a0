//! Whether a person is in a zone: one enum and one function.
//!
//! A foot point that trembles on the zone's edge must not come and go with every frame, so a change counts once it has
//! lasted for [`SETTLE`], or for the zone's own least stay. It is dated to when it began. What a zone asks besides (a height, a
//! score) it asks of whoever comes in: somebody who is in and sits down, or is doubted for a moment, has not left.

use std::time::Duration;

use crate::types::Monotonic;

/// How long a foot point must have changed sides before it counts.
pub const SETTLE: Duration = Duration::from_millis(300);

/// One sight of a person, seen from one zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The person's anchor is in the zone.
    pub within: bool,
    /// The person is what the zone asks of whoever comes in.
    pub fit: bool,
}

/// How long a stay must last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until it counts at all.
    pub stay_min: Duration,
    /// Until it is a dwelling.
    pub dwell: Option<Duration>,
}

/// Where a person is, seen from one zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// Not seen yet.
    Unknown,
    /// Not in the zone.
    Outside,
    /// In the zone, but not for long enough to count.
    Entering {
        /// When the foot point came in.
        since: Monotonic,
    },
    /// In the zone.
    Inside(Inside),
    /// Out of the zone, but not for long enough to count.
    Leaving {
        /// The stay that is about to end.
        inside: Inside,
        /// When the foot point went out.
        since: Monotonic,
    },
}

/// A stay in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// When it began.
    pub since: Monotonic,
    /// Whether it has lasted for the dwell time, and that has been told.
    pub dwelled: bool,
}

/// Something worth telling about a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneChange {
    /// What happened.
    pub what: Change,
    /// When it happened.
    pub at: Monotonic,
    /// When the stay began.
    pub since: Monotonic,
}

/// What happened to a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It began.
    Entered,
    /// It has lasted for the zone's dwell time.
    Dwelled,
    /// It ended.
    Left,
}

impl Stay {
    /// What becomes of the stay of a person seen at `now`.
    ///
    /// Whoever is inside when first seen is inside at once: there is no edge to tremble on. A least stay must be stayed.
    pub fn step(
        self,
        sight: Sight,
        now: Monotonic,
        patience: Patience,
    ) -> (Self, Option<ZoneChange>) {
        let Patience { stay_min, dwell } = patience;
        let inside = sight.within && (sight.fit || self.counts());
        match (self, inside) {
            (Self::Unknown, true) if stay_min.is_zero() => Self::enter(now),
            (Self::Unknown | Self::Outside | Self::Entering { .. }, false) => (Self::Outside, None),
            (Self::Unknown | Self::Outside, true) => (Self::Entering { since: now }, None),
            (Self::Entering { since }, true) if now.since(since) >= SETTLE.max(stay_min) => {
                Self::enter(since)
            }
            (Self::Entering { .. }, true) => (self, None),
            (Self::Inside(inside), true) => inside.remain(now, dwell),
            (Self::Inside(inside), false) => (Self::Leaving { inside, since: now }, None),
            (Self::Leaving { inside, .. }, true) => inside.remain(now, dwell),
            (Self::Leaving { inside, since }, false) if now.since(since) >= SETTLE => {
                (Self::Outside, Some(inside.change(Change::Left, since)))
            }
            (Self::Leaving { .. }, false) => (self, None),
        }
    }

    /// Whether the person counts as inside.
    const fn counts(self) -> bool {
        matches!(self, Self::Inside(_) | Self::Leaving { .. })
    }

    /// What is left to tell when the person has left the view, having been seen last at `last_seen`.
    pub fn end(self, last_seen: Monotonic) -> Option<ZoneChange> {
        match self {
            Self::Unknown | Self::Outside | Self::Entering { .. } => None,
            Self::Inside(inside) => Some(inside.change(Change::Left, last_seen)),
            Self::Leaving { inside, since } => Some(inside.change(Change::Left, since)),
        }
    }

    fn enter(since: Monotonic) -> (Self, Option<ZoneChange>) {
        let inside = Inside {
            since,
            dwelled: false,
        };
        (
            Self::Inside(inside),
            Some(inside.change(Change::Entered, since)),
        )
    }
}

impl Inside {
    fn remain(self, now: Monotonic, dwell: Option<Duration>) -> (Stay, Option<ZoneChange>) {
        let due = dwell.is_some_and(|dwell| now.since(self.since) >= dwell);
        let stay = Stay::Inside(Self {
            dwelled: self.dwelled || due,
            ..self
        });
        let news = due && !self.dwelled;
        (stay, news.then_some(self.change(Change::Dwelled, now)))
    }

    const fn change(self, what: Change, at: Monotonic) -> ZoneChange {
        ZoneChange {
            what,
            at,
            since: self.since,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        stay_min: Duration::ZERO,
        dwell: Some(Duration::from_millis(1000)),
    };

    /// Steps through `(ms, inside)` and gives what was told, in order.
    fn told(sights: &[(u64, bool)]) -> Vec<(Change, u64)> {
        let sight = |&(ms, within): &(u64, bool)| (ms, Sight { within, fit: true });
        told_of(&sights.iter().map(sight).collect::<Vec<_>>(), PATIENCE)
    }

    fn told_of(sights: &[(u64, Sight)], patience: Patience) -> Vec<(Change, u64)> {
        let mut stay = Stay::Unknown;
        let mut changes = Vec::new();
        for &(ms, sight) in sights {
            let (next, change) = stay.step(sight, Monotonic::from_millis(ms), patience);
            stay = next;
            changes.extend(change.map(|c| (c.what, c.at.since_boot().as_millis() as u64)));
        }
        changes
    }

    #[test]
    fn what_a_zone_asks_it_asks_of_whoever_comes_in() {
        let sight = |within, fit| Sight { within, fit };
        let sights = [
            (0, sight(true, false)),
            (400, sight(true, true)),
            (900, sight(true, true)),
            (1000, sight(true, false)),
            (1600, sight(true, false)),
            (2000, sight(false, true)),
            (2300, sight(false, true)),
            (2400, sight(true, false)),
            (2900, sight(true, false)),
        ];
        let expected = [
            (Change::Entered, 400),
            (Change::Dwelled, 1600),
            (Change::Left, 2000),
        ];
        assert_eq!(told_of(&sights, PATIENCE), expected);
    }

    #[test]
    fn a_least_stay_must_be_stayed_from_the_first_sight_on() {
        let patience = Patience {
            stay_min: Duration::from_millis(800),
            ..PATIENCE
        };
        let sights = |until: u64| -> Vec<_> {
            let within = |ms| Sight {
                within: ms < until,
                fit: true,
            };
            (0..20).map(|i| (i * 100, within(i * 100))).collect()
        };
        assert_eq!(told_of(&sights(800), patience), []);
        let expected = [(Change::Entered, 0), (Change::Left, 900)];
        assert_eq!(told_of(&sights(900), patience), expected);
    }

    #[test]
    fn dwelling_is_told_again_after_leaving() {
        use Change::{Dwelled, Entered, Left};
        let inside = |ms: u64| !(2000..3000).contains(&ms);
        let sights: Vec<_> = (0..50).map(|i| (i * 100, inside(i * 100))).collect();
        let expected = [
            (Entered, 0),
            (Dwelled, 1000),
            (Left, 2000),
            (Entered, 3000),
            (Dwelled, 4000),
        ];
        assert_eq!(told(&sights), expected);
    }

    #[test]
    fn stays_begin_last_and_end() {
        use Change::{Dwelled, Entered, Left};
        let (inside, outside) = (true, false);
        type Case<'a> = (&'a str, &'a [(u64, bool)], &'a [(Change, u64)]);
        let cases: [Case; 6] = [
            ("first seen inside", &[(100, inside)], &[(Entered, 100)]),
            (
                "dated to when the foot point came in",
                &[(0, outside), (100, inside), (300, inside), (400, inside)],
                &[(Entered, 100)],
            ),
            (
                "trembling on the edge from outside",
                &[
                    (0, outside),
                    (100, inside),
                    (200, outside),
                    (300, inside),
                    (500, inside),
                ],
                &[],
            ),
            (
                "trembling on the edge from inside",
                &[
                    (0, inside),
                    (100, outside),
                    (200, inside),
                    (300, outside),
                    (500, outside),
                ],
                &[(Entered, 0)],
            ),
            (
                "leaving",
                &[(0, inside), (500, outside), (800, outside), (900, outside)],
                &[(Entered, 0), (Left, 500)],
            ),
            (
                "dwelling is told once a stay",
                &[
                    (0, inside),
                    (999, inside),
                    (1100, inside),
                    (1200, outside),
                    (1300, inside),
                ],
                &[(Entered, 0), (Dwelled, 1100)],
            ),
        ];
        for (name, sights, expected) in cases {
            assert_eq!(told(sights), expected, "{name}");
        }
    }
}
