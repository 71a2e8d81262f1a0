//! Whether a camera delivers. Pure: takes what capture saw, gives what is worth telling.

use crate::types::{LossReason, Monotonic};

/// How a camera is, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// No frame has come yet since the daemon started.
    Opening {
        /// Since when.
        since: Monotonic,
    },
    /// Frames come.
    Online {
        /// Since when.
        since: Monotonic,
    },
    /// No frames come.
    Lost {
        /// Since when.
        since: Monotonic,
        /// Why, by the latest attempt.
        reason: LossReason,
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
    /// A good frame came.
    pub fn frame(&mut self, now: Monotonic) -> Option<Change> {
        let was = std::mem::replace(self, Self::Online { since: now });
        match was {
            Self::Opening { .. } => None,
            Self::Lost { .. } => Some(Change::Found),
            Self::Online { since } => {
                *self = Self::Online { since };
                None
            }
        }
    }

    /// The camera failed, or failed to open again. Only the first failure in a row is a change.
    pub fn failed(&mut self, reason: LossReason, now: Monotonic) -> Option<Change> {
        if let Self::Lost { reason: known, .. } = self {
            *known = reason;
            return None;
        }
        *self = Self::Lost {
            since: now,
            reason: reason.clone(),
        };
        Some(Change::Lost(reason))
    }

    /// Since when it is like this.
    pub fn since(&self) -> Monotonic {
        match self {
            Self::Opening { since } | Self::Online { since } | Self::Lost { since, .. } => *since,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Monotonic {
        Monotonic::from_millis(ms)
    }

    #[test]
    fn a_camera_is_lost_once_and_found_once_however_often_it_fails() {
        let mut health = Health::Opening { since: at(0) };
        assert_eq!(health.frame(at(1)), None, "the first frame is no news");
        let lost = Some(Change::Lost(LossReason::Unplugged));
        assert_eq!(health.failed(LossReason::Unplugged, at(2)), lost);
        assert_eq!(health.failed(LossReason::Stalled, at(3)), None);
        assert_eq!(
            health,
            Health::Lost {
                since: at(2),
                reason: LossReason::Stalled
            }
        );
        assert_eq!(health.frame(at(4)), Some(Change::Found));
        assert_eq!(health.frame(at(5)), None);
        assert_eq!(health.since(), at(4));
    }

    #[test]
    fn a_camera_that_was_never_there_is_lost_too() {
        let mut health = Health::Opening { since: at(0) };
        assert!(health.failed(LossReason::Unplugged, at(9)).is_some());
    }
}
