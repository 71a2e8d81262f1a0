//! When a track is believed and when it is given up: one enum and one function.

use std::time::Duration;

use crate::config::TrackConfig;
use crate::types::TrackState;

/// A tentative track unseen for longer is dropped, ...
const TENTATIVE_PATIENCE: Duration = Duration::from_millis(250);

/// ... but one missed inference is forgiven at any rate.
const TENTATIVE_MISSES: u32 = 2;

/// Whoever was on their way out when last seen has left after this, ...
const LEAVING_PATIENCE: Duration = Duration::from_millis(500);

/// ... and so many missed inferences: at a low rate half a second is a single miss.
const LEAVING_MISSES: u32 = 3;

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
    /// It was missed.
    Missed {
        /// Time since it was last seen.
        age: Duration,
        /// By how many inferences since.
        times: u32,
        /// Whether it was on its way out of the frame.
        leaving: bool,
    },
}

/// What one track has to show to be believed, and for how long it is then waited for.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    hits: u32,
    patience: Duration,
}

impl Terms {
    /// Those of somebody first seen in the middle, or `entering` through the frame's edge. Where people come in one sight less
    /// is enough: a false box is as likely anywhere.
    pub const fn new(rules: &TrackConfig, entering: bool) -> Self {
        let fewer = if entering && rules.confirm_hits > 1 {
            1
        } else {
            0
        };
        Self {
            hits: rules.confirm_hits - fewer,
            patience: rules.leave_after,
        }
    }
}

impl Life {
    /// The life of a track that was just seen for the first time.
    pub fn begin(terms: &Terms) -> Self {
        Self::seen(0, terms)
    }

    /// What becomes of a track after an inference; `None` when it is given up.
    pub fn step(self, sight: Sight, terms: &Terms) -> Option<Self> {
        match (self, sight) {
            (Self::Tentative { hits }, Sight::Seen) => Some(Self::seen(hits, terms)),
            (Self::Tentative { .. }, Sight::Missed { age, times, .. }) => {
                let gone = age > TENTATIVE_PATIENCE && times >= TENTATIVE_MISSES;
                (!gone).then_some(self)
            }
            (Self::Confirmed | Self::Lost, Sight::Seen) => Some(Self::Confirmed),
            (
                Self::Confirmed | Self::Lost,
                Sight::Missed {
                    age,
                    times,
                    leaving,
                },
            ) => {
                let gone = leaving && age > LEAVING_PATIENCE && times >= LEAVING_MISSES;
                (age <= terms.patience && !gone).then_some(Self::Lost)
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

    fn seen(hits_before: u32, terms: &Terms) -> Self {
        let hits = hits_before + 1;
        if hits >= terms.hits {
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

    fn missed(ms: u64, times: u32) -> Sight {
        Sight::Missed {
            age: Duration::from_millis(ms),
            times,
            leaving: false,
        }
    }

    #[test]
    fn a_track_is_believed_after_enough_hits_and_given_up_after_long_enough() {
        let tentative = |hits| Life::Tentative { hits };
        let table = [
            (tentative(1), Sight::Seen, Some(tentative(2))),
            (tentative(2), Sight::Seen, Some(Life::Confirmed)),
            (tentative(2), missed(800, 1), Some(tentative(2))),
            (tentative(2), missed(251, 2), None),
            (Life::Confirmed, missed(100, 1), Some(Life::Lost)),
            (Life::Confirmed, missed(1501, 9), None),
            (Life::Lost, missed(1500, 9), Some(Life::Lost)),
            (Life::Lost, Sight::Seen, Some(Life::Confirmed)),
            (Life::Lost, missed(1501, 9), None),
        ];
        for (life, sight, expected) in table {
            let terms = Terms::new(&RULES, false);
            assert_eq!(life.step(sight, &terms), expected, "{life:?} {sight:?}");
        }
    }

    #[test]
    fn who_is_leaving_is_given_up_early_but_not_at_a_single_miss() {
        let missed = |ms, times| Sight::Missed {
            age: Duration::from_millis(ms),
            times,
            leaving: true,
        };
        let terms = Terms::new(&RULES, true);
        let step = |sight| Life::Lost.step(sight, &terms);
        assert_eq!(step(missed(500, 5)), Some(Life::Lost));
        assert_eq!(step(missed(1000, 2)), Some(Life::Lost));
        assert_eq!(step(missed(501, 3)), None);
    }

    #[test]
    fn who_comes_in_through_the_edge_needs_one_sight_less_and_one_is_enough_when_the_rules_say_so()
    {
        let begin = |confirm_hits, entering| {
            let rules = TrackConfig {
                confirm_hits,
                ..RULES
            };
            Life::begin(&Terms::new(&rules, entering))
        };
        assert_eq!(begin(3, false), Life::Tentative { hits: 1 });
        assert_eq!(begin(2, false), Life::Tentative { hits: 1 });
        assert_eq!(begin(2, true), Life::Confirmed);
        assert_eq!(begin(1, true), Life::Confirmed);
        assert_eq!(begin(1, false), Life::Confirmed);
    }
}
