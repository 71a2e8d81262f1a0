//! Whether a person is in a zone: one enum and one function.
//!
//! A foot point that trembles on the zone's edge must not come and go with every frame, so a change counts once it has
//! lasted for [`SETTLE`]. It is dated to when it began.

use std::time::Duration;

use crate::types::Monotonic;

/// How long a foot point must have changed sides before it counts.
pub const SETTLE: Duration = Duration::from_millis(300);

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
    /// What becomes of the stay of a person seen at `now` with the foot point `inside` the zone or not.
    ///
    /// Whoever is inside when first seen is inside at once: there is no edge to tremble on.
    pub fn step(
        self,
        inside: bool,
        now: Monotonic,
        dwell: Option<Duration>,
    ) -> (Self, Option<ZoneChange>) {
        match (self, inside) {
            (Self::Unknown, true) => Self::enter(now),
            (Self::Unknown | Self::Outside | Self::Entering { .. }, false) => (Self::Outside, None),
            (Self::Outside, true) => (Self::Entering { since: now }, None),
            (Self::Entering { since }, true) if now.since(since) >= SETTLE => Self::enter(since),
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

    const DWELL: Option<Duration> = Some(Duration::from_millis(1000));

    /// Steps through `(ms, inside)` and gives what was told, in order.
    fn told(sights: &[(u64, bool)]) -> Vec<(Change, u64)> {
        let mut stay = Stay::Unknown;
        let mut changes = Vec::new();
        for &(ms, inside) in sights {
            let (next, change) = stay.step(inside, Monotonic::from_millis(ms), DWELL);
            stay = next;
            changes.extend(change.map(|c| (c.what, c.at.since_boot().as_millis() as u64)));
        }
        changes
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
