//! Why somebody whom the tracker believes in is not told of: what a false alarm looks like.
//!
//! Takes what speaks for a person and gives a [`Doubt`], or none. Nothing is doubted for good: whoever was still and moves, or
//! was faint and comes nearer, is told from then on. [`places`] remembers where things are and where people were.

pub mod places;

use crate::config::DoubtConfig;
use crate::decide::evidence::Evidence;

/// Nobody runs faster, in heights of their own a second: the record over 100 m is 6.
const SPEED_MAX: f32 = 7.0;
/// What turns about on the spot at this speed is an insect at the lens or a drop that runs over it, and not a child.
const TURNING_SPEED_MAX: f32 = 2.5;
/// Share of the way that whoever walks anywhere has gone in the end.
const STRAIGHT_MIN: f32 = 0.3;
/// Speed means something from so many sights on.
const FLIT_FRAMES_MIN: u32 = 5;

/// Why somebody is not told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// They have never moved: a coat stand, a statue, a poster.
    Still,
    /// The picture is one of the night, and the model is not sure enough for that.
    Faint,
    /// They are smaller than anybody is told of.
    Small,
    /// They are faster than anybody, or fast and going nowhere: an insect or rain at the lens.
    Flitting,
}

impl Doubt {
    /// Every one, by its name in messages.
    pub const ALL: [Self; 4] = [Self::Still, Self::Faint, Self::Small, Self::Flitting];

    /// The name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Still => "still",
            Self::Faint => "faint",
            Self::Small => "small",
            Self::Flitting => "flitting",
        }
    }

    /// What is doubtful about somebody, in a picture of the night or of the day.
    pub fn about(evidence: &Evidence, rules: &DoubtConfig, is_night: bool) -> Option<Self> {
        if !rules.enabled {
            None
        } else if evidence.height < rules.height_min {
            Some(Self::Small)
        } else if flits(evidence) {
            Some(Self::Flitting)
        } else if evidence.moved < rules.moved_min {
            Some(Self::Still)
        } else if is_night && evidence.score < rules.night_score_min {
            Some(Self::Faint)
        } else {
            None
        }
    }
}

fn flits(evidence: &Evidence) -> bool {
    let speed = evidence.speed();
    let turns = speed > TURNING_SPEED_MAX && evidence.moved < STRAIGHT_MIN * evidence.path;
    evidence.frames >= FLIT_FRAMES_MIN && (speed > SPEED_MAX || turns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{BBox, Monotonic, Score, Size, Track, TrackId, TrackState};

    /// What speaks for somebody of this height whose middle goes through `path`, ten sights a second.
    fn evidence(height: f32, value: f32, path: impl Iterator<Item = (f32, f32)>) -> Evidence {
        let score = Score::new(value).expect("within 0–1");
        let half = height / 2.0;
        let sights = path.enumerate().map(|(i, (x, y))| Track {
            id: TrackId(1),
            state: TrackState::Confirmed,
            bbox: BBox::clipped(x - half / 2.0, y - half, x + half / 2.0, y + half)
                .expect("has an area"),
            score,
            top_score: score,
            first_seen: Monotonic::default(),
            last_seen: Monotonic::from_millis(i as u64 * 100),
        });
        let sights: Vec<Track> = sights.collect();
        let mut evidence = Evidence::none(&sights[0]);
        sights
            .iter()
            .for_each(|track| evidence.add(track, Size::new(640, 480)));
        evidence
    }

    #[test]
    fn who_is_doubted_and_who_is_not() {
        let rules = DoubtConfig::default();
        let about = |height, value, night, path: &dyn Fn(f32) -> (f32, f32)| {
            let path = (0..15).map(|i| path(i as f32));
            Doubt::about(&evidence(height, value, path), &rules, night)
        };
        let walks = |i: f32| (0.3 + 0.01 * i, 0.5);
        let trembles = |i: f32| (0.3 + 0.003 * (i % 2.0), 0.5);
        let circles = |i: f32| (0.5 + 0.05 * (i * 2.0).cos(), 0.5 + 0.05 * (i * 2.0).sin());
        let paces = |i: f32| (0.3 + 0.04 * (i % 4.0 - 2.0).abs(), 0.5);
        let darts = |i: f32| (0.1 + 0.05 * i, 0.5);
        assert_eq!(about(0.4, 0.6, false, &walks), None);
        assert_eq!(about(0.4, 0.6, false, &trembles), Some(Doubt::Still));
        assert_eq!(about(0.4, 0.6, false, &paces), None);
        assert_eq!(about(0.4, 0.51, true, &walks), Some(Doubt::Faint));
        assert_eq!(about(0.4, 0.7, true, &walks), None);
        assert_eq!(about(0.01, 0.9, false, &walks), Some(Doubt::Small));
        assert_eq!(about(0.08, 0.9, false, &circles), Some(Doubt::Flitting));
        assert_eq!(about(0.05, 0.9, false, &darts), Some(Doubt::Flitting));
        assert_eq!(
            about(0.3, 0.9, false, &darts),
            None,
            "somebody who runs past"
        );
    }

    #[test]
    fn nothing_is_doubted_when_it_is_switched_off() {
        let still = evidence(0.01, 0.1, std::iter::repeat_n((0.5, 0.5), 9));
        let rules = DoubtConfig {
            enabled: false,
            ..DoubtConfig::default()
        };
        assert_eq!(Doubt::about(&still, &rules, true), None);
    }
}
