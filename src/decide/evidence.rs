//! What speaks for a person: everything that the sights of one track add up to.

use std::time::Duration;

use crate::types::{BBox, Monotonic, Score, Size, Track};

/// How far back the smoothed score reaches. A model doubts somebody for a frame or two; a thing it doubts for good.
const SCORE_MEMORY: Duration = Duration::from_secs(1);

/// What speaks for a person. Distances are in heights of their own box, so that they mean the same near and far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Inferences that showed the person.
    pub frames: u32,
    /// Score, smoothed over the last second; the plain mean until then.
    pub score: Score,
    /// How far the box went, or grew, since the first sight.
    pub moved: f32,
    /// Greatest height, as a share of the frame's.
    pub height: f32,
    /// Length of the way that the box's middle went.
    pub path: f32,
    /// Where it was first.
    first: BBox,
    last: BBox,
    /// How far the latest sight is from the first.
    distance: f32,
    began: Monotonic,
    seen_at: Monotonic,
}

impl Evidence {
    /// Nothing yet of somebody whose first sight this is.
    pub const fn none(track: &Track) -> Self {
        Self {
            frames: 0,
            score: Score::NONE,
            moved: 0.0,
            height: 0.0,
            path: 0.0,
            first: track.bbox,
            last: track.bbox,
            distance: 0.0,
            began: track.last_seen,
            seen_at: track.last_seen,
        }
    }

    /// Movement is counted from `place`, where something was known before.
    pub const fn known_at(&mut self, place: BBox) {
        self.first = place;
    }

    /// It has moved so far before it was lost for a while.
    pub const fn known_to_move(&mut self, moved: f32) {
        self.moved = self.moved.max(moved);
    }

    /// Takes one more sight into account, in a frame of `size`.
    pub fn add(&mut self, track: &Track, size: Size) {
        let elapsed = track.last_seen.since(self.seen_at);
        self.seen_at = track.last_seen;
        self.frames = self.frames.saturating_add(1);
        self.smooth(track.score, elapsed);
        self.height = self.height.max(track.bbox.height());
        self.path += way(self.last, track.bbox, size);
        self.last = track.bbox;
        // The lesser of two sights in a row: one bad box is no movement.
        let before = std::mem::replace(&mut self.distance, movement(self.first, track.bbox, size));
        self.moved = self.moved.max(before.min(self.distance));
    }

    /// Where movement is counted from.
    pub const fn first(&self) -> BBox {
        self.first
    }

    /// How fast the middle went, in heights a second; 0 until it is known.
    pub fn speed(&self) -> f32 {
        let seconds = self.seen_at.since(self.began).as_secs_f32();
        if seconds > 0.0 {
            self.path / seconds
        } else {
            0.0
        }
    }

    fn smooth(&mut self, score: Score, elapsed: Duration) {
        let forgets = 1.0 - (-elapsed.as_secs_f32() / SCORE_MEMORY.as_secs_f32()).exp();
        let share = forgets.max(1.0 / self.frames as f32);
        let smoothed = self.score.get() + share * (score.get() - self.score.get());
        self.score = Score::new(smoothed.clamp(0.0, 1.0)).expect("between two scores");
    }
}

/// How far a box went from one place to another, or how much it grew or shrank, in heights of the first.
///
/// Opposite edges must agree: somebody who walks in front of a thing hides an edge of it, or two, and the box that is left
/// has gone nowhere.
fn movement(from: BBox, to: BBox, size: Size) -> f32 {
    let ([ax1, ay1, ax2, ay2], [bx1, by1, bx2, by2]) = (from.corners(), to.corners());
    let aspect = size.width as f32 / size.height.max(1) as f32;
    let across = agreed(bx1 - ax1, bx2 - ax2) * aspect / from.height();
    let down = agreed(by1 - ay1, by2 - ay2) / from.height();
    let grown = agreed(
        to.width() / from.width() - 1.0,
        to.height() / from.height() - 1.0,
    );
    across.max(down).max(grown)
}

/// What two changes have in common.
fn agreed(a: f32, b: f32) -> f32 {
    if a * b > 0.0 {
        a.abs().min(b.abs())
    } else {
        0.0
    }
}

/// How far the middle of a box went, in its own heights.
fn way(from: BBox, to: BBox, size: Size) -> f32 {
    let (from, middle) = (from.center(), to.center());
    let aspect = size.width as f32 / size.height.max(1) as f32;
    let (across, down) = ((middle.x - from.x) * aspect, middle.y - from.y);
    across.hypot(down) / to.height()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{TrackId, TrackState};

    const SIZE: Size = Size::new(1000, 500);

    fn score(value: f32) -> Score {
        Score::new(value).expect("within 0–1")
    }

    fn track(ms: u64, value: f32, [x1, y1, x2, y2]: [f32; 4]) -> Track {
        Track {
            id: TrackId(1),
            state: TrackState::Tentative,
            bbox: BBox::clipped(x1, y1, x2, y2).expect("has an area"),
            score: score(value),
            top_score: score(value),
            first_seen: Monotonic::default(),
            last_seen: Monotonic::from_millis(ms),
        }
    }

    const THERE: [f32; 4] = [0.4, 0.2, 0.6, 0.7];

    fn evidence(sights: &[(u64, f32, [f32; 4])]) -> Evidence {
        let track = |&(ms, value, corners): &(u64, f32, [f32; 4])| track(ms, value, corners);
        let mut evidence = Evidence::none(&track(&sights[0]));
        sights
            .iter()
            .for_each(|sight| evidence.add(&track(sight), SIZE));
        evidence
    }

    #[test]
    fn a_score_is_smoothed_over_time_and_not_over_frames() {
        let smoothed = |sights: &[(u64, f32)]| {
            let there: Vec<_> = sights
                .iter()
                .map(|&(ms, value)| (ms, value, THERE))
                .collect();
            (evidence(&there).score.get() * 100.0).round() / 100.0
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

    #[test]
    fn a_box_has_moved_when_it_went_or_grew_as_a_whole() {
        let cases = [
            ("it stands", THERE, 0.0),
            (
                "a tenth of the width, which is two fifths of the height",
                [0.5, 0.2, 0.7, 0.7],
                0.4,
            ),
            ("down", [0.4, 0.3, 0.6, 0.8], 0.2),
            ("nearer", [0.38, 0.15, 0.62, 0.75], 0.2),
            ("its left half is hidden", [0.5, 0.2, 0.6, 0.7], 0.0),
            ("its feet are hidden", [0.4, 0.2, 0.6, 0.5], 0.0),
            ("its arms are out", [0.3, 0.2, 0.7, 0.7], 0.0),
        ];
        for (name, corners, moved) in cases {
            let sights = [(0, 0.9, THERE), (100, 0.9, corners), (200, 0.9, corners)];
            let found = evidence(&sights).moved;
            assert!((found - moved).abs() < 1e-4, "{name}: {found}");
        }
        let once = [
            (0, 0.9, THERE),
            (100, 0.9, [0.5, 0.2, 0.7, 0.7]),
            (200, 0.9, THERE),
        ];
        assert_eq!(evidence(&once).moved, 0.0, "one bad box");
    }

    #[test]
    fn speed_is_in_heights_a_second() {
        let run: Vec<_> = (0..11)
            .map(|i| {
                (
                    i * 100,
                    0.9,
                    [0.1 + 0.05 * i as f32, 0.2, 0.2 + 0.05 * i as f32, 0.7],
                )
            })
            .collect();
        let speed = evidence(&run).speed();
        assert!((speed - 2.0).abs() < 1e-3, "{speed}");
        assert_eq!(evidence(&run[..1]).speed(), 0.0);
    }
}
