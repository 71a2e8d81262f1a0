//! One person being followed: the filter's estimate, how much it is believed, and when it was seen.

use std::time::Duration;

use crate::config::TrackConfig;
use crate::track::edge::{entering, leaving, shown};
use crate::track::kalman::Motion;
use crate::track::lifecycle::{Life, Sight, Terms};
use crate::types::{BBox, Detection, Monotonic, Score, Track, TrackId};

/// A walking person has all of the body in the frame after this.
const COMING_IN: Duration = Duration::from_millis(1500);

/// One person being followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// Where, and how fast.
    pub motion: Motion,
    /// How much it is believed.
    pub life: Life,
    id: TrackId,
    score: Score,
    top_score: Score,
    first_seen: Monotonic,
    last_seen: Monotonic,
    /// Came in through the edge of the frame.
    entered: bool,
    /// Where the latest detection was.
    found: BBox,
    /// Inferences since the last one that showed them.
    misses: u32,
}

impl Followed {
    /// Somebody seen for the first time.
    pub fn new(id: TrackId, at: Monotonic, detection: Detection, rules: &TrackConfig) -> Self {
        let entered = entering(detection.bbox);
        Self {
            motion: Motion::new(detection.bbox),
            life: Life::begin(&Terms::new(rules, entered)),
            id,
            score: detection.score,
            top_score: detection.score,
            first_seen: at,
            last_seen: at,
            entered,
            found: detection.bbox,
            misses: 0,
        }
    }

    /// Takes a matching detection into account.
    pub fn see(&mut self, at: Monotonic, detection: Detection) {
        self.motion.correct(detection.bbox);
        self.score = detection.score;
        self.top_score = self.top_score.max(detection.score);
        self.last_seen = at;
        self.misses = 0;
        self.found = detection.bbox;
    }

    /// Whether the frame captured `at` showed this person.
    pub fn seen_at(&self, at: Monotonic) -> bool {
        self.last_seen == at
    }

    /// Whether this person came in through the edge a moment ago.
    pub fn is_newcomer(&self) -> bool {
        self.entered && self.last_seen.since(self.first_seen) <= COMING_IN
    }

    /// Whether this person is on their way out of the frame.
    pub fn leaving(&self) -> bool {
        leaving(&self.motion)
    }

    /// Steps the life after the frame captured `at`; false when it is over.
    pub fn age(&mut self, at: Monotonic, rules: &TrackConfig) -> bool {
        let sight = if self.seen_at(at) {
            Sight::Seen
        } else {
            self.misses += 1;
            Sight::Missed {
                age: at.since(self.last_seen),
                times: self.misses,
                leaving: self.leaving(),
            }
        };
        let next = self.life.step(sight, &Terms::new(rules, self.entered));
        self.life = next.unwrap_or(self.life);
        next.is_some()
    }

    fn bbox(&self) -> BBox {
        let estimate = self.motion.bbox();
        match self.misses {
            0 => shown(estimate, self.found),
            _ => estimate,
        }
    }

    /// The same as the next stage sees it.
    pub fn track(&self) -> Track {
        Track {
            id: self.id,
            state: self.life.state(),
            bbox: self.bbox(),
            score: self.score,
            top_score: self.top_score,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        }
    }
}
