//! Whether a camera delivers. Pure: takes what capture saw, gives what is worth telling.
//!
//! A loss is told at once; a return only after the camera has delivered for as long as its [`Patience`] asks, which grows
//! with every loss of the last hour. Until then it counts as lost, and nobody is looked for in what it shows.

use std::time::Duration;

use crate::patience::Patience;
use crate::types::{LossReason, Monotonic};

/// A camera that was lost once within an hour is found after it has delivered for this long.
const STEADY_FOR: Duration = Duration::from_secs(1);
/// The reason of a lost camera changes at most this often: each change is a message.
const REASON_EVERY: Duration = Duration::from_secs(10);

/// How a camera is, and how often it was lost lately.
#[derive(Clone, Debug)]
pub struct Health {
    condition: Condition,
    patience: Patience,
}

/// How a camera is, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No frame has come yet since the daemon started.
    Opening {
        /// Since when.
        since: Monotonic,
    },
    /// Somebody paused it: its device is closed.
    Paused {
        /// Since when.
        since: Monotonic,
    },
    /// Frames come.
    Online {
        /// Since when.
        since: Monotonic,
    },
    /// No frames come, or not for long enough yet.
    Lost {
        /// Since when.
        since: Monotonic,
        /// Why, by the latest attempt.
        reason: LossReason,
        /// When that was noted.
        noted: Monotonic,
        /// Since when frames come again.
        delivers_since: Option<Monotonic>,
    },
}

/// What is worth an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The camera has just been lost.
    Lost(LossReason),
    /// The camera has just come back.
    Found,
}

impl Health {
    /// Nothing is known yet.
    pub const fn opening(since: Monotonic) -> Self {
        Self {
            condition: Condition::Opening { since },
            patience: Patience::new(STEADY_FOR),
        }
    }

    /// A good frame came.
    pub fn frame(&mut self, now: Monotonic) -> Option<Change> {
        let online = Condition::Online { since: now };
        match &mut self.condition {
            Condition::Online { .. } | Condition::Paused { .. } => None,
            Condition::Opening { .. } => {
                self.condition = online;
                None
            }
            Condition::Lost { delivers_since, .. } => {
                let since = *delivers_since.get_or_insert(now);
                if now.since(since) < self.patience.wait(now) {
                    return None;
                }
                self.condition = online;
                Some(Change::Found)
            }
        }
    }

    /// The camera failed, or failed to open again. Only the first failure in a row is a change.
    pub fn failed(&mut self, reason: LossReason, now: Monotonic) -> Option<Change> {
        if let Condition::Lost {
            reason: known,
            noted,
            delivers_since,
            ..
        } = &mut self.condition
        {
            *delivers_since = None;
            if *known != reason && now.since(*noted) >= REASON_EVERY {
                (*known, *noted) = (reason, now);
            }
            return None;
        }
        self.patience.trouble(now);
        self.condition = Condition::Lost {
            since: now,
            reason: reason.clone(),
            noted: now,
            delivers_since: None,
        };
        Some(Change::Lost(reason))
    }

    /// Somebody has paused it.
    pub fn pause(&mut self, now: Monotonic) {
        self.condition = Condition::Paused { since: now };
    }

    /// It is no longer paused, and opens again.
    pub fn resume(&mut self, now: Monotonic) {
        self.condition = Condition::Opening { since: now };
    }

    /// How it is.
    pub const fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Whether it is lost, or not found for certain yet.
    pub const fn is_lost(&self) -> bool {
        matches!(self.condition, Condition::Lost { .. })
    }

    /// How often it was lost within the hour before `now`.
    pub fn losses(&self, now: Monotonic) -> usize {
        self.patience.recent(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn at(ms: u64) -> Monotonic {
        Monotonic::from_millis(ms)
    }

    #[test]
    fn a_camera_is_lost_once_and_found_once_however_often_it_fails() {
        let mut health = Health::opening(at(0));
        assert_eq!(health.frame(at(1)), None, "the first frame is no news");
        let lost = Some(Change::Lost(LossReason::Unplugged));
        assert_eq!(health.failed(LossReason::Unplugged, at(2)), lost);
        assert_eq!(health.failed(LossReason::Stalled, at(3)), None);
        assert_eq!(health.frame(at(4)), None, "not steady yet");
        assert_eq!(health.frame(at(1003)), None);
        assert_eq!(health.frame(at(1004)), Some(Change::Found));
        assert_eq!(health.frame(at(1005)), None);
        assert_eq!(health.condition(), &Condition::Online { since: at(1004) });
    }

    #[test]
    fn a_failure_while_it_returns_begins_the_wait_anew() {
        let mut health = Health::opening(at(0));
        health.failed(LossReason::Stalled, at(0));
        health.frame(at(100));
        assert_eq!(health.failed(LossReason::Stalled, at(900)), None);
        assert_eq!(health.frame(at(1000)), None);
        assert_eq!(health.frame(at(1900)), None);
        assert_eq!(health.frame(at(2000)), Some(Change::Found));
    }

    #[test]
    fn the_reason_follows_the_latest_attempt_but_not_at_every_one() {
        let mut health = Health::opening(at(0));
        let reason = |health: &Health| match health.condition() {
            Condition::Lost { reason, .. } => reason.clone(),
            other => panic!("{other:?}"),
        };
        health.failed(LossReason::Unplugged, at(0));
        health.failed(LossReason::Stalled, at(9_000));
        assert_eq!(reason(&health), LossReason::Unplugged);
        health.failed(LossReason::Stalled, at(10_000));
        assert_eq!(reason(&health), LossReason::Stalled);
    }

    #[test]
    fn a_camera_that_was_never_there_is_lost_too() {
        let mut health = Health::opening(at(0));
        assert!(health.failed(LossReason::Unplugged, at(9)).is_some());
    }

    /// Seven losses until the wait is at its limit of 120 s, which is waited for 29 times in what is left of an hour; one
    /// more loss begins it, and each has its return.
    const EVENTS_AN_HOUR_MAX: usize = 76;

    /// When something was told of a camera that delivers and fails in turn, for so many milliseconds each.
    fn told(spans: &[(u64, u64)], fps: u64) -> Vec<Monotonic> {
        let mut health = Health::opening(at(0));
        let (mut now, mut told) = (0, Vec::new());
        for &(good, bad) in spans.iter().cycle() {
            let end = now + good;
            while now < end {
                told.extend(health.frame(at(now)).map(|_| at(now)));
                now += 1000 / fps;
            }
            told.extend(health.failed(LossReason::Stalled, at(now)).map(|_| at(now)));
            now += bad;
            if now > 3 * 3_600_000 {
                return told;
            }
        }
        told
    }

    fn most_in_an_hour(told: &[Monotonic]) -> usize {
        let hour = Duration::from_secs(3600);
        let in_hour_from = |first: &Monotonic| {
            let after = told.iter().filter(|at| *at >= first);
            after.filter(|at| at.since(*first) < hour).count()
        };
        told.iter().map(in_hour_from).max().unwrap_or(0)
    }

    #[test]
    fn a_camera_that_is_lost_a_hundred_times_a_minute_is_lost_once() {
        assert_eq!(told(&[(300, 300)], 10).len(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_camera_is_told_of_more_often_than_the_limit_in_any_hour(
            spans in prop::collection::vec((1u64..130_000, 1u64..5_000), 1..20), fps in 1u64..10,
        ) {
            prop_assert!(most_in_an_hour(&told(&spans, fps)) <= EVENTS_AN_HOUR_MAX);
        }
    }

    #[test]
    fn the_worst_camera_returns_just_when_it_is_believed_and_still_keeps_the_limit() {
        // It fails as soon as it is found.
        let mut health = Health::opening(at(0));
        let (mut now, mut told) = (0, Vec::new());
        while now < 3 * 3_600_000 {
            told.extend(health.failed(LossReason::Stalled, at(now)).map(|_| at(now)));
            while health.is_lost() {
                now += 100;
                told.extend(health.frame(at(now)).map(|_| at(now)));
            }
        }
        let most = most_in_an_hour(&told);
        assert!((60..=EVENTS_AN_HOUR_MAX).contains(&most), "{most}");
    }
}
