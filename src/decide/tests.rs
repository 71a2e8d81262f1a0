use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::config::{Anchor, DoubtConfig, LineConfig, SourceConfig, TrackConfig, ZoneConfig};
use crate::types::{BBox, Direction, Point, Polygon, Score, Segment};

mod doubt;
mod whole;

const SIZE: Size = Size::new(1000, 500);

/// A camera with a zone in the right half of the picture and a line down its middle, looked along from top to bottom.
fn camera() -> CameraConfig {
    let corner = |(x, y)| Point { x, y };
    let right_half = [(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)];
    CameraConfig {
        size: Some(SIZE),
        track: TrackConfig {
            confirm_hits: 3,
            leave_after: Duration::from_millis(1500),
            update_every: Duration::from_millis(1000),
        },
        doubt: DoubtConfig::OFF,
        zones: vec![ZoneConfig {
            dwell: Some(Duration::from_millis(2000)),
            ..ZoneConfig::new(
                "right".into(),
                Polygon::new(right_half.map(corner).to_vec()).expect("four corners"),
            )
        }],
        lines: vec![LineConfig {
            name: "middle".into(),
            segment: Segment {
                from: corner((0.5, 0.0)),
                to: corner((0.5, 1.0)),
            },
        }],
        ..CameraConfig::new("porch", SourceConfig::Device("/dev/video0".into()))
    }
}

fn at(ms: u64) -> Monotonic {
    Monotonic::from_millis(ms)
}

/// What a tracker would say of one person whose middle is at `x`.
fn track(id: u64, state: TrackState, x: f32, [first_ms, last_ms]: [u64; 2]) -> Track {
    let score = Score::new(0.8).expect("within 0–1");
    Track {
        id: TrackId(id),
        state,
        bbox: BBox::clipped(x - 0.05, 0.4, x + 0.05, 0.8).expect("has an area"),
        score,
        top_score: score,
        first_seen: at(first_ms),
        last_seen: at(last_ms),
    }
}

/// A decider with ids that count from 1, and everything it told.
struct Run {
    decider: Decider,
    ids: u128,
    events: Vec<Event>,
}

impl Run {
    fn new() -> Self {
        Self::of(&camera())
    }

    fn of(camera: &CameraConfig) -> Self {
        Self {
            decider: Decider::new(camera),
            ids: 0,
            events: Vec::new(),
        }
    }

    fn observe(&mut self, ms: u64, tracks: &[Track]) {
        let seen = Seen {
            at: at(ms),
            frame_size: SIZE,
            frame_seq: ms,
            tracks,
        };
        let mut new_id = next(&mut self.ids);
        self.events.extend(self.decider.observe(&seen, &mut new_id));
    }

    /// One person, seen at each `(ms, x)`, confirmed from the third sight on.
    fn walk(&mut self, path: &[(u64, f32)]) {
        for (i, &(ms, x)) in path.iter().enumerate() {
            let state = if i < 2 {
                TrackState::Tentative
            } else {
                TrackState::Confirmed
            };
            self.observe(ms, &[track(1, state, x, [path[0].0, ms])]);
        }
    }

    /// Kind, time and count of every event so far.
    fn told(&self) -> Vec<(EventKind, u64, u32)> {
        let told = |e: &Event| {
            (
                e.kind.clone(),
                e.at.since_boot().as_millis() as u64,
                e.count,
            )
        };
        self.events.iter().map(told).collect()
    }
}

fn next(ids: &mut u128) -> impl FnMut() -> VisitId {
    move || {
        *ids += 1;
        VisitId(*ids)
    }
}

fn right() -> Arc<str> {
    "right".into()
}

fn crossed(direction: Direction) -> EventKind {
    EventKind::LineCrossed("middle".into(), direction)
}

#[test]
fn a_visit_is_told_from_the_first_sight_to_the_last() {
    use EventKind::{Dwelled, Entered, Left, Updated, ZoneEntered, ZoneLeft};
    let mut run = Run::new();
    let still = (1..=31).map(|i| (i * 100, 0.7));
    run.walk(&still.collect::<Vec<_>>());
    run.observe(3200, &[track(1, TrackState::Lost, 0.7, [100, 3100])]);
    run.observe(5000, &[]);
    let expected = [
        (Entered, 100, 1),
        (ZoneEntered(right()), 100, 1),
        (Updated, 1300, 1),
        (Dwelled(right()), 2100, 1),
        (Updated, 2300, 1),
        (ZoneLeft(right()), 3100, 1),
        (Left, 3100, 0),
    ];
    assert_eq!(run.told(), expected);
    assert!(run.events.iter().all(|event| event.id == VisitId(1)));
    let dwells = run
        .events
        .iter()
        .map(|e| e.subject.as_ref().expect("a person").dwell);
    let dwells_ms: Vec<u128> = dwells.map(|dwell| dwell.as_millis()).collect();
    assert_eq!(dwells_ms, [0, 0, 1200, 2000, 2200, 3000, 3000]);
}

#[test]
fn a_zone_takes_the_anchor_and_asks_what_it_is_configured_to() {
    // The person's box reaches from 0.65 to 0.75 across and from 0.4 to 0.8 down.
    type Ask = fn(&mut ZoneConfig);
    let cases: [(&str, Ask, bool); 7] = [
        ("feet, which are below it", |_| {}, false),
        ("the middle", |zone| zone.anchor = Anchor::Centre, true),
        (
            "half of the box",
            |zone| zone.anchor = Anchor::Overlap(0.5),
            true,
        ),
        (
            "most of the box",
            |zone| zone.anchor = Anchor::Overlap(0.8),
            false,
        ),
        (
            "who is high enough",
            |zone| (zone.anchor, zone.height_min) = (Anchor::Centre, 0.35),
            true,
        ),
        (
            "who is higher",
            |zone| (zone.anchor, zone.height_min) = (Anchor::Centre, 0.5),
            false,
        ),
        (
            "whom the model is surer of",
            |zone| {
                zone.anchor = Anchor::Centre;
                zone.score_min = Score::new(0.9).expect("within 0–1");
            },
            false,
        ),
    ];
    for (name, ask, enters) in cases {
        let mut camera = camera();
        let upper = [(0.5, 0.0), (1.0, 0.0), (1.0, 0.7), (0.5, 0.7)];
        let corners = upper.map(|(x, y)| Point { x, y }).to_vec();
        camera.zones[0].polygon = Polygon::new(corners).expect("four corners");
        ask(&mut camera.zones[0]);
        let mut run = Run::of(&camera);
        run.walk(&[(0, 0.7), (100, 0.7), (200, 0.7)]);
        let told = run
            .told()
            .iter()
            .any(|(kind, ..)| *kind == EventKind::ZoneEntered(right()));
        assert_eq!(told, enters, "{name}");
        assert_eq!(
            run.decider.state().zones[0].count,
            u32::from(enters),
            "{name}"
        );
    }
}

#[test]
fn who_is_never_confirmed_is_never_told() {
    let mut run = Run::new();
    run.observe(0, &[track(1, TrackState::Tentative, 0.3, [0, 0])]);
    run.observe(500, &[track(1, TrackState::Tentative, 0.7, [0, 500])]);
    run.observe(1000, &[]);
    assert_eq!(run.told(), []);
    assert_eq!(run.decider.state(), Presence::nobody(&camera()));
}

#[test]
fn a_line_crossed_before_confirmation_is_told_after_entered() {
    let mut run = Run::new();
    run.walk(&[(0, 0.3), (500, 0.6), (1000, 0.8)]);
    let expected = [
        (EventKind::Entered, 0, 1),
        (crossed(Direction::Out), 500, 1),
        (EventKind::ZoneEntered(right()), 500, 1),
    ];
    assert_eq!(run.told(), expected);
    assert_eq!(run.decider.state().lines[0].exits, 1);
}

#[test]
fn a_prediction_crosses_no_line_until_the_person_is_seen_again() {
    let mut run = Run::new();
    run.walk(&[(0, 0.2), (100, 0.22), (200, 0.24)]);
    run.observe(900, &[track(1, TrackState::Lost, 0.7, [0, 200])]);
    assert_eq!(run.told().len(), 1, "entered only");
    run.observe(1000, &[track(1, TrackState::Confirmed, 0.7, [0, 1000])]);
    assert_eq!(run.told()[1], (crossed(Direction::Out), 1000, 1));
}

#[test]
fn a_lost_camera_ends_every_visit_and_who_is_still_there_enters_anew() {
    use EventKind::{CameraFound, CameraLost, Entered, Left, ZoneEntered, ZoneLeft};
    let mut run = Run::new();
    run.walk(&[(0, 0.7), (100, 0.7), (200, 0.7)]);
    let lost = run
        .decider
        .camera_lost(at(5200), LossReason::Stalled, &mut next(&mut run.ids));
    run.events.extend(lost);
    assert_eq!(run.decider.state(), Presence::nobody(&camera()));
    let found = run.decider.camera_found(at(9000), &mut next(&mut run.ids));
    run.events.extend(found);
    run.observe(9100, &[track(1, TrackState::Confirmed, 0.7, [0, 9100])]);
    let expected = [
        (Entered, 0, 1),
        (ZoneEntered(right()), 0, 1),
        (CameraLost(LossReason::Stalled), 5200, 1),
        (ZoneLeft(right()), 200, 1),
        (Left, 200, 0),
        (CameraFound, 9000, 0),
        (Entered, 9000, 1),
        (ZoneEntered(right()), 9100, 1),
    ];
    assert_eq!(run.told(), expected);
}

#[test]
fn a_visit_goes_on_under_other_rules_and_a_zone_that_is_gone_or_moved_is_left() {
    use EventKind::{Entered, Left, ZoneEntered, ZoneLeft};
    let mut run = Run::new();
    run.walk(&[(0, 0.3), (100, 0.7), (200, 0.7), (600, 0.7)]);
    let mut rules = camera();
    rules.zones[0].name = "new".into();
    let events = run.decider.set_rules(&rules);
    run.events.extend(events);
    run.observe(700, &[track(1, TrackState::Confirmed, 0.7, [0, 700])]);
    // Somebody who was only a candidate when the zone went is told without it.
    let two = |state, ms| {
        [
            track(1, TrackState::Confirmed, 0.7, [0, ms]),
            track(2, state, 0.8, [800, ms]),
        ]
    };
    run.observe(800, &two(TrackState::Tentative, 800));
    rules.zones.clear();
    let events = run.decider.set_rules(&rules);
    run.events.extend(events);
    run.observe(900, &two(TrackState::Confirmed, 900));
    let events = run.decider.close();
    run.events.extend(events);
    let expected = [
        (Entered, 0, 1),
        (crossed(Direction::Out), 100, 1),
        (ZoneEntered(right()), 100, 1),
        (ZoneLeft(right()), 600, 1),
        (ZoneEntered("new".into()), 700, 1),
        (ZoneLeft("new".into()), 800, 1),
        (Entered, 800, 2),
        (Left, 900, 1),
        (Left, 900, 0),
    ];
    assert_eq!(run.told(), expected);
    assert_eq!(run.decider.state().lines[0].exits, 1, "totals go on");
}

/// The camera, doubting.
fn doubting() -> CameraConfig {
    CameraConfig {
        doubt: DoubtConfig::default(),
        ..camera()
    }
}

/// A sight of something that the tracker believes in.
fn sight(id: u64, x: f32, first_ms: u64, ms: u64) -> Track {
    track(id, TrackState::Confirmed, x, [first_ms, ms])
}

/// What the tracker might say of five people: a pause in milliseconds, then for each person nothing (gone for good), a
/// prediction, or (with `true`) a sight at this x.
type Inference = (u64, Vec<Option<(bool, f32)>>);

fn any_inferences() -> impl Strategy<Value = Vec<Inference>> {
    let person = prop::option::weighted(0.95, (prop::bool::weighted(0.8), 0.0f32..1.0));
    prop::collection::vec((1u64..2000, prop::collection::vec(person, 5)), 1..60)
}

/// Replays the inferences; whoever is gone comes back as somebody else. At the end everybody is gone.
fn replay(inferences: &[Inference]) -> Run {
    let mut run = Run::new();
    let mut people: [Option<Track>; 5] = [None; 5];
    let (mut ms, mut ids) = (0, 0);
    for (pause_ms, sights) in inferences {
        ms += pause_ms;
        for (person, sight) in people.iter_mut().zip(sights) {
            *person = match (*person, sight) {
                (_, None) => None,
                (None, Some((_, x))) => {
                    ids += 1;
                    Some(track(ids, TrackState::Tentative, *x, [ms, ms]))
                }
                (Some(known), Some((true, x))) => Some(Track {
                    first_seen: known.first_seen,
                    ..track(known.id.0, TrackState::Confirmed, *x, [0, ms])
                }),
                (Some(known), Some((false, _))) => Some(Track {
                    state: TrackState::Lost,
                    ..known
                }),
            };
        }
        let tracks: Vec<Track> = people.iter().flatten().copied().collect();
        run.observe(ms, &tracks);
    }
    run.observe(ms + 5000, &[]);
    run
}

proptest! {
    #[test]
    fn every_visit_is_properly_nested(inferences in any_inferences()) {
        let run = replay(&inferences);
        let mut visits: HashMap<VisitId, Vec<&Event>> = HashMap::new();
        for event in &run.events {
            visits.entry(event.id).or_default().push(event);
        }
        for events in visits.values() {
            let count = |kind: &EventKind| events.iter().filter(|e| e.kind == *kind).count();
            prop_assert_eq!(&events[0].kind, &EventKind::Entered);
            prop_assert_eq!(&events[events.len() - 1].kind, &EventKind::Left);
            prop_assert_eq!((count(&EventKind::Entered), count(&EventKind::Left)), (1, 1));
            let (mut inside, mut dwelled) = (false, false);
            for event in events {
                prop_assert!(event.at >= events[0].at);
                match &event.kind {
                    EventKind::ZoneEntered(_) => {
                        prop_assert!(!inside);
                        (inside, dwelled) = (true, false);
                    }
                    EventKind::Dwelled(_) => {
                        prop_assert!(inside && !dwelled);
                        dwelled = true;
                    }
                    EventKind::ZoneLeft(_) => {
                        prop_assert!(inside);
                        inside = false;
                    }
                    _ => {}
                }
                let zones = &event.subject.as_ref().expect("a person").zones;
                prop_assert_eq!(zones.len(), usize::from(inside));
            }
            prop_assert!(!inside);
        }
    }

    #[test]
    fn the_count_is_the_number_of_open_visits(inferences in any_inferences()) {
        let run = replay(&inferences);
        let mut open = HashSet::new();
        for event in &run.events {
            match event.kind {
                EventKind::Entered => prop_assert!(open.insert(event.id)),
                EventKind::Left => prop_assert!(open.remove(&event.id)),
                _ => {}
            }
            prop_assert_eq!(event.count as usize, open.len());
        }
        let state = run.decider.state();
        prop_assert_eq!((state.count, state.zones[0].count), (0, 0));
    }

    #[test]
    fn nobody_crosses_a_line_twice_in_one_direction(inferences in any_inferences()) {
        let run = replay(&inferences);
        let mut last = HashMap::new();
        let (mut entries, mut exits) = (0, 0);
        for event in &run.events {
            if let EventKind::LineCrossed(_, direction) = event.kind {
                prop_assert_ne!(last.insert(event.id, direction), Some(direction));
                match direction {
                    Direction::In => entries += 1,
                    Direction::Out => exits += 1,
                }
            }
        }
        let totals = &run.decider.state().lines[0];
        prop_assert_eq!((totals.entries, totals.exits), (entries, exits));
    }
}
