//! What speaks for a person: everything that the sights of one track add up to.

use std::time::Duration;

use crate::types::{Monotonic, Score, Track};

/// How far back the smoothed score reaches. A model doubts somebody for a frame or two; a thing it doubts for good.
const SCORE_MEMORY: Duration = Duration::from_secs(1);

/// What speaks for a person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Inferences that showed the person.
    pub frames: u32,
    /// Score, smoothed over the last second; the plain mean until then.
    pub score: Score,
    seen_at: Monotonic,
}

impl Evidence {
    /// Nothing yet.
    pub const fn none(now: Monotonic) -> Self {
        Self {
            frames: 0,
            score: Score::NONE,
            seen_at: now,
        }
    }

    /// Takes one more sight into account.
    pub fn add(&mut self, track: &Track) {
        let elapsed = track.last_seen.since(self.seen_at);
        self.seen_at = track.last_seen;
        self.frames = self.frames.saturating_add(1);
        let forgets = 1.0 - (-elapsed.as_secs_f32() / SCORE_MEMORY.as_secs_f32()).exp();
        let share = forgets.max(1.0 / self.frames as f32);
        let smoothed = self.score.get() + share * (track.score.get() - self.score.get());
        self.score = Score::new(smoothed.clamp(0.0, 1.0)).expect("between two scores");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{BBox, TrackId, TrackState};

    #[test]
    fn a_score_is_smoothed_over_time_and_not_over_frames() {
        let score = |value| Score::new(value).expect("within 0–1");
        let smoothed = |sights: &[(u64, f32)]| {
            let mut evidence = Evidence::none(Monotonic::default());
            for &(ms, value) in sights {
                evidence.add(&Track {
                    id: TrackId(1),
                    state: TrackState::Tentative,
                    bbox: BBox::clipped(0.4, 0.2, 0.6, 0.8).expect("has an area"),
                    score: score(value),
                    top_score: score(value),
                    first_seen: Monotonic::default(),
                    last_seen: Monotonic::from_millis(ms),
                });
            }
            (evidence.score.get() * 100.0).round() / 100.0
        };
        assert_eq!(smoothed(&[(0, 0.9)]), 0.9);
        assert_eq!(smoothed(&[(0, 0.9), (100, 0.6)]), 0.75, "the mean at first");
        let steady: Vec<_> = (0..50).map(|i| (i * 100, 0.9)).collect();
        let doubted = [steady.clone(), vec![(5000, 0.3)]].concat();
        assert_eq!(
            smoothed(&doubted),
            0.84,
            "one frame in a second says little"
        );
        assert_eq!(smoothed(&[steady, vec![(9000, 0.3)]].concat()), 0.31);
    }
}
