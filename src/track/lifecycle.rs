//! When a track is believed and when it is given up: one enum and one function.

use std::time::Duration;

use crate::config::TrackConfig;
use crate::types::TrackState;

/// A tentative track unseen for longer is dropped: one missed inference at 2 Hz is forgiven.
const TENTATIVE_PATIENCE: Duration = Duration::from_millis(600);

/// How much a track is believed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Seen `hits` times, which is not yet enough.
    Tentative {
        /// Times seen so far.
        hits: u32,
    },
    /// Seen often enough, and in the latest inference.
    Confirmed,
    /// Confirmed before, but missed by the latest inference.
    Lost,
}

/// What an inference said about a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It was matched.
    Seen,
    /// It was missed, and was last seen this long ago.
    Missed(Duration),
}

impl Life {
    /// The life of a track that was just seen for the first time.
    pub fn begin(rules: &TrackConfig) -> Self {
        Self::seen(0, rules)
    }

    /// What becomes of a track after an inference; `None` when it is given up.
    pub fn step(self, sight: Sight, rules: &TrackConfig) -> Option<Self> {
        match (self, sight) {
            (Self::Tentative { hits }, Sight::Seen) => Some(Self::seen(hits, rules)),
            (Self::Tentative { .. }, Sight::Missed(age)) => {
                (age <= TENTATIVE_PATIENCE).then_some(self)
            }
            (Self::Confirmed | Self::Lost, Sight::Seen) => Some(Self::Confirmed),
            (Self::Confirmed | Self::Lost, Sight::Missed(age)) => {
                (age <= rules.leave_after).then_some(Self::Lost)
            }
        }
    }

    /// The same in the words of the next stage.
    pub const fn state(self) -> TrackState {
        match self {
            Self::Tentative { .. } => TrackState::Tentative,
            Self::Confirmed => TrackState::Confirmed,
            Self::Lost => TrackState::Lost,
        }
    }

    fn seen(hits_before: u32, rules: &TrackConfig) -> Self {
        let hits = hits_before + 1;
        if hits >= rules.confirm_hits {
            Self::Confirmed
        } else {
            Self::Tentative { hits }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: TrackConfig = TrackConfig {
        confirm_hits: 3,
        leave_after: Duration::from_millis(1500),
        update_every: Duration::from_secs(5),
    };

    #[test]
    fn a_track_is_believed_after_enough_hits_and_given_up_after_long_enough() {
        let missed = |ms| Sight::Missed(Duration::from_millis(ms));
        let tentative = |hits| Life::Tentative { hits };
        let table = [
            (tentative(1), Sight::Seen, Some(tentative(2))),
            (tentative(2), Sight::Seen, Some(Life::Confirmed)),
            (tentative(2), missed(500), Some(tentative(2))),
            (tentative(2), missed(601), None),
            (Life::Confirmed, missed(100), Some(Life::Lost)),
            (Life::Confirmed, missed(1501), None),
            (Life::Lost, missed(1500), Some(Life::Lost)),
            (Life::Lost, Sight::Seen, Some(Life::Confirmed)),
            (Life::Lost, missed(1501), None),
        ];
        for (life, sight, expected) in table {
            assert_eq!(life.step(sight, &RULES), expected, "{life:?} {sight:?}");
        }
    }

    #[test]
    fn one_hit_is_enough_when_the_rules_say_so() {
        let rules = TrackConfig {
            confirm_hits: 1,
            ..RULES
        };
        assert_eq!(Life::begin(&rules), Life::Confirmed);
        assert_eq!(Life::begin(&RULES), Life::Tentative { hits: 1 });
    }
}
