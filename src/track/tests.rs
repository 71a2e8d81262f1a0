use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::types::TrackState;

const RULES: TrackConfig = TrackConfig {
    confirm_hits: 3,
    leave_after: Duration::from_millis(1500),
    update_every: Duration::from_secs(5),
};

fn score(value: f32) -> Score {
    Score::new(value).expect("within 0–1")
}

fn tracker() -> Tracker {
    Tracker::new(RULES, score(0.5))
}

/// A person of a tenth of the frame's width whose left edge is at `x`.
fn person(x: f32, value: f32) -> Detection {
    Detection {
        bbox: BBox::clipped(x, 0.3, x + 0.1, 0.7).expect("has an area"),
        score: score(value),
    }
}

fn at(ms: u64) -> Monotonic {
    Monotonic::from_millis(10_000 + ms)
}

/// Ids and states after each person of each `(ms, people)` was seen.
fn follow(tracker: &mut Tracker, seen: &[(u64, &[Detection])]) -> Vec<(u64, TrackState)> {
    for (ms, people) in seen {
        tracker.update(at(*ms), people);
    }
    let tracks = tracker.tracks.iter();
    tracks.map(|track| (track.id.0, track.state)).collect()
}

#[test]
fn a_person_is_confirmed_then_lost_then_gone() {
    use TrackState::{Confirmed, Lost, Tentative};
    let mut tracker = tracker();
    let here: &[Detection] = &[person(0.4, 0.9)];
    type Step<'a> = (u64, &'a [Detection], &'a [(u64, TrackState)]);
    let steps: [Step; 7] = [
        (0, here, &[(1, Tentative)]),
        (100, here, &[(1, Tentative)]),
        (200, here, &[(1, Confirmed)]),
        (300, &[], &[(1, Lost)]),
        (1700, &[], &[(1, Lost)]),
        (1800, &[], &[]),
        (1900, here, &[(2, Tentative)]),
    ];
    for (ms, people, expected) in steps {
        assert_eq!(follow(&mut tracker, &[(ms, people)]), expected, "{ms} ms");
        assert_eq!(tracker.alive(), !expected.is_empty());
    }
}

#[test]
fn times_and_scores_are_those_of_the_detections() {
    let mut tracker = tracker();
    for (ms, value) in [(0, 0.6), (100, 0.9), (200, 0.7)] {
        tracker.update(at(ms), &[person(0.4, value)]);
    }
    let track = tracker.update(at(300), &[])[0];
    assert_eq!((track.first_seen, track.last_seen), (at(0), at(200)));
    assert_eq!((track.score, track.top_score), (score(0.7), score(0.9)));
}

#[test]
fn a_weak_detection_keeps_a_person_but_never_begins_one() {
    use TrackState::{Confirmed, Lost};
    let mut tracker = tracker();
    let weak: &[Detection] = &[person(0.4, 0.2)];
    let strong: &[Detection] = &[person(0.4, 0.9)];
    assert_eq!(
        follow(&mut tracker, &[(0, weak), (100, weak), (200, weak)]),
        []
    );
    follow(&mut tracker, &[(300, strong), (400, strong), (500, strong)]);
    assert_eq!(follow(&mut tracker, &[(600, weak)]), [(1, Confirmed)]);
    assert_eq!(follow(&mut tracker, &[(700, &[])]), [(1, Lost)]);
    assert_eq!(
        follow(&mut tracker, &[(800, weak)]),
        [(1, Confirmed)],
        "a blink later it is the same person"
    );
    assert_eq!(
        follow(&mut tracker, &[(900, &[]), (1300, weak)]),
        [(1, Lost)],
        "who was lost for longer comes back with a strong detection only"
    );
}

#[test]
fn somebody_walking_or_running_is_one_track_even_at_one_inference_a_second() {
    for (interval_ms, speed) in [(100, 0.4), (333, 0.4), (500, 0.3), (1000, 0.15)] {
        let mut tracker = tracker();
        let mut ids = HashSet::new();
        for ms in (0..).step_by(interval_ms) {
            let x = speed * ms as f32 / 1000.0;
            if x > 0.9 {
                break;
            }
            let tracks = tracker.update(at(ms), &[person(x, 0.9)]);
            ids.extend(tracks.iter().map(|track| track.id));
        }
        assert_eq!(
            ids.len(),
            1,
            "{speed} widths a second, every {interval_ms} ms"
        );
    }
}

#[test]
fn a_child_beside_a_missed_adult_is_somebody_else() {
    let mut tracker = tracker();
    let adult: &[Detection] = &[person(0.4, 0.9)];
    let child: &[Detection] = &[Detection {
        bbox: BBox::clipped(0.49, 0.5, 0.55, 0.7).expect("has an area"),
        score: score(0.9),
    }];
    let seen = [(0, adult), (100, adult), (200, adult), (300, child)];
    let expected = [(1, TrackState::Lost), (2, TrackState::Tentative)];
    assert_eq!(follow(&mut tracker, &seen), expected);
}

#[test]
fn one_person_found_twice_is_one_track() {
    let mut tracker = tracker();
    let twice: &[Detection] = &[person(0.4, 0.9), person(0.41, 0.8)];
    let states = follow(&mut tracker, &[(0, twice), (100, twice), (200, twice)]);
    assert_eq!(states, [(1, TrackState::Confirmed)]);
}

#[test]
fn a_cleared_tracker_forgets_everybody_but_no_id() {
    let mut tracker = tracker();
    let here: &[Detection] = &[person(0.4, 0.9)];
    follow(&mut tracker, &[(0, here)]);
    tracker.clear();
    assert!(!tracker.alive());
    assert_eq!(
        follow(&mut tracker, &[(100, here)]),
        [(2, TrackState::Tentative)]
    );
}

/// Boxes of any size and place: specks, slivers along an edge, whole frames, and the usual.
fn any_detection() -> impl Strategy<Value = Detection> {
    let place = || prop_oneof![4 => 0.0f32..0.99, 1 => Just(0.0f32), 1 => Just(0.9999f32)];
    let length = || prop_oneof![4 => 0.001f32..1.0, 1 => Just(1e-7f32), 1 => Just(2.0f32)];
    (place(), place(), length(), length(), 0.0f32..=1.0).prop_filter_map(
        "beside a large coordinate a speck has no area",
        |(x, y, width, height, value)| {
            Some(Detection {
                bbox: BBox::clipped(x, y, x + width, y + height)?,
                score: score(value),
            })
        },
    )
}

/// Frames at once, after milliseconds, and after hours; boxes one upon the other among them.
fn any_inferences() -> impl Strategy<Value = Vec<(u64, Vec<Detection>)>> {
    let detections = (prop::collection::vec(any_detection(), 0..20), any::<bool>());
    let detections = detections.prop_map(|(mut found, twice)| {
        if twice {
            found.extend_from_within(..);
        }
        found
    });
    let pause = prop_oneof![1 => Just(0u64), 6 => 1u64..3000, 1 => Just(40_000_000u64)];
    prop::collection::vec((pause, detections), 0..40)
}

proptest! {
    #[test]
    fn tracks_are_bounded_and_no_id_comes_back(inferences in any_inferences()) {
        let mut tracker = tracker();
        let (mut gone, mut before) = (HashSet::new(), HashSet::new());
        let mut newest = TrackId(0);
        let mut ms = 0;
        for (pause_ms, detections) in inferences {
            ms += pause_ms;
            let tracks = tracker.update(at(ms), &detections);
            let ids: HashSet<_> = tracks.iter().map(|track| track.id).collect();
            prop_assert_eq!(ids.len(), tracks.len());
            prop_assert!(tracks.len() <= TRACKS_MAX);
            prop_assert!(tracks.iter().all(|t| t.first_seen <= t.last_seen && t.last_seen <= at(ms)));
            let inside = |track: &Track| {
                let [x1, y1, x2, y2] = track.bbox.corners();
                0.0 <= x1 && x1 < x2 && x2 <= 1.0 && 0.0 <= y1 && y1 < y2 && y2 <= 1.0
            };
            prop_assert!(tracks.iter().all(inside));
            for &id in ids.difference(&before) {
                prop_assert!(id > newest, "{:?} came before {:?}", id, newest);
            }
            newest = ids.iter().copied().max().unwrap_or(newest).max(newest);
            gone.extend(before.difference(&ids).copied());
            prop_assert!(ids.is_disjoint(&gone));
            before = ids;
        }
    }
}

/// What our model finds on the left of frames 18–26 of `hall_two_people`: a leg, the man with the plant behind him, the man;
/// and the plant with him, weakly, again and again.
#[test]
fn who_comes_in_is_one_person_however_the_box_jumps_until_all_of_them_is_there() {
    let found: [&[([f32; 4], f32)]; 9] = [
        &[
            ([0.0, 0.264, 0.077, 0.763], 0.5),
            ([0.0, 0.263, 0.149, 1.0], 0.45),
        ],
        &[
            ([0.0, 0.257, 0.111, 0.964], 0.54),
            ([0.001, 0.244, 0.061, 0.837], 0.15),
        ],
        &[
            ([0.002, 0.267, 0.151, 0.966], 0.59),
            ([0.001, 0.281, 0.085, 0.725], 0.22),
        ],
        &[
            ([0.021, 0.265, 0.158, 0.696], 0.72),
            ([0.005, 0.228, 0.205, 1.0], 0.13),
        ],
        &[
            ([0.037, 0.277, 0.164, 0.669], 0.78),
            ([0.001, 0.27, 0.171, 0.997], 0.31),
        ],
        &[
            ([0.063, 0.27, 0.165, 0.664], 0.82),
            ([0.0, 0.265, 0.171, 1.0], 0.19),
        ],
        &[([0.078, 0.276, 0.198, 0.707], 0.84)],
        &[([0.1, 0.28, 0.218, 0.672], 0.83)],
        &[([0.113, 0.272, 0.229, 0.684], 0.85)],
    ];
    let mut tracker = tracker();
    for (frame, found) in (0..).zip(found) {
        let detections: Vec<_> = found
            .iter()
            .map(|&([x1, y1, x2, y2], value)| Detection {
                bbox: BBox::clipped(x1, y1, x2, y2).expect("has an area"),
                score: score(value),
            })
            .collect();
        let tracks = tracker.update(at(100 * frame), &detections);
        let ids: Vec<_> = tracks.iter().map(|track| track.id).collect();
        assert_eq!(ids, [TrackId(1)], "frame {frame}");
        assert_eq!(tracks[0].last_seen, at(100 * frame), "frame {frame}");
    }
    let [x1, _, _, y2] = tracker.tracks[0].bbox.corners();
    assert!((x1 - 0.113).abs() < 0.03 && (y2 - 0.684).abs() < 0.06);
}
