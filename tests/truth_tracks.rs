//! The truth of the recorded scenes, as a detector would report it, goes through tracking and deciding: everybody comes
//! and goes once, at the right time, and crosses the line once, in the right direction.

mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use support::reported::Quality;
use support::scene::Scene;
use support::story::TOLERANCE_S;
use watchpost::config::{CameraConfig, SourceConfig, TrackConfig, ZoneConfig};
use watchpost::decide::{Decider, Seen};
use watchpost::track::Tracker;
use watchpost::types::{Direction, Event, EventKind, Point, Polygon, Score, VisitId};

/// A camera with the lines of its scene and one zone, the middle half of the picture.
fn camera(scene: &Scene) -> CameraConfig {
    let corner = |(x, y)| Point { x, y };
    let middle = [(0.25, 0.0), (0.75, 0.0), (0.75, 1.0), (0.25, 1.0)];
    CameraConfig {
        size: Some(scene.size),
        track: TrackConfig {
            confirm_hits: 3,
            leave_after: Duration::from_millis(1500),
            update_every: Duration::from_secs(2),
        },
        zones: vec![ZoneConfig {
            dwell: Some(Duration::from_millis(1000)),
            ..ZoneConfig::new(
                "middle".into(),
                Polygon::new(middle.map(corner).to_vec()).expect("four corners"),
            )
        }],
        lines: scene.lines.clone(),
        ..CameraConfig::new("test", SourceConfig::Device("/dev/null".into()))
    }
}

/// Everything that is told about a scene, with a quiet time at the end in which everybody has left.
fn events(scene: &Scene, quality: Quality) -> Vec<Event> {
    let camera = camera(scene);
    let mut tracker = Tracker::new(camera.track, Score::new(0.5).expect("within 0–1"));
    let mut decider = Decider::new(&camera);
    let mut ids = 0;
    let mut new_id = || {
        ids += 1;
        VisitId(ids)
    };
    let mut frames = quality.detections(scene);
    let end = frames.last().expect("frames").0;
    frames.extend((1..=10).map(|i| (end + Duration::from_millis(i * 500), Vec::new())));
    let mut events = Vec::new();
    for (frame_seq, (at, detections)) in frames.into_iter().enumerate() {
        let seen = Seen {
            at,
            frame_size: scene.size,
            frame_seq: frame_seq as u64,
            tracks: tracker.update(at, &detections),
        };
        events.extend(decider.observe(&seen, &mut new_id));
    }
    assert!(!tracker.alive());
    events
}

fn seconds(event: &Event) -> f64 {
    event.at.since_boot().as_secs_f64()
}

fn times(events: &[Event], kind: &EventKind) -> Vec<f64> {
    let events = events.iter().filter(|event| event.kind == *kind);
    let mut times: Vec<f64> = events.map(seconds).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The events as they read in a failure.
fn told(events: &[Event]) -> Vec<String> {
    let told = |e: &Event| format!("{:.1} s: visit {} {:?}", seconds(e), e.id.0, e.kind);
    events.iter().map(told).collect()
}

/// Complaints about a list of times that should be near those of the truth, in any order.
fn complaints(what: &str, times: &[f64], mut truth: Vec<f64>) -> Vec<String> {
    truth.sort_by(f64::total_cmp);
    let near = |(time, truth): (&f64, &f64)| (time - truth).abs() <= TOLERANCE_S;
    let fine = times.len() == truth.len() && times.iter().zip(&truth).all(near);
    (!fine)
        .then(|| format!("{what} at {times:?}, expected {truth:?}"))
        .into_iter()
        .collect()
}

fn check(name: &str, quality: Quality) -> Vec<String> {
    let scene = Scene::read(name);
    let events = events(&scene, quality);
    let people = scene.people();
    let comings = people.iter().map(|(_, enters, _)| *enters).collect();
    let goings = people.iter().map(|(_, _, leaves)| *leaves).collect();
    let mut wrong = complaints("entered", &times(&events, &EventKind::Entered), comings);
    wrong.extend(complaints(
        "left",
        &times(&events, &EventKind::Left),
        goings,
    ));
    for line in scene.truth["lines"].as_array().into_iter().flatten() {
        let name: Arc<str> = line["name"].as_str().expect("a name").into();
        for direction in [Direction::In, Direction::Out] {
            let truth = line["crossings"].as_array().expect("crossings").iter();
            let truth = truth.filter(|c| direction_of(c) == direction);
            let truth = truth.filter_map(|c| c["time_s"].as_f64()).collect();
            let kind = EventKind::LineCrossed(name.clone(), direction);
            wrong.extend(complaints(
                &format!("{kind:?}"),
                &times(&events, &kind),
                truth,
            ));
        }
    }
    if !wrong.is_empty() {
        wrong.extend(told(&events));
        wrong.insert(0, format!("{name} {quality:?}"));
    }
    wrong
}

/// The scenes' lines run down the picture, so what moves to the right comes from the line's left hand and goes out.
fn direction_of(crossing: &Value) -> Direction {
    match crossing["direction"].as_str() {
        Some("left_to_right") => Direction::Out,
        Some("right_to_left") => Direction::In,
        other => panic!("unknown direction {other:?}"),
    }
}

fn check_all(qualities: impl Iterator<Item = Quality>) {
    let qualities: Vec<Quality> = qualities.collect();
    let scenes = [
        "hall_two_people",
        "yard_line",
        "hall_night_ir",
        "hall_empty",
    ];
    let runs = qualities.len() * scenes.len();
    let wrong: Vec<Vec<String>> = qualities
        .iter()
        .flat_map(|quality| scenes.map(|scene| check(scene, *quality)))
        .filter(|wrong| !wrong.is_empty())
        .collect();
    let report: Vec<String> = wrong.iter().map(|lines| lines.join("\n  ")).collect();
    assert!(
        wrong.is_empty(),
        "{} of {runs} runs:\n{}",
        wrong.len(),
        report.join("\n")
    );
}

/// Every frame, every third and every fifth, from every first frame.
fn rates(cut: bool, noise: Option<u64>) -> impl Iterator<Item = Quality> {
    let quality = move |(every, phase)| Quality {
        every,
        phase,
        noise,
        cut,
    };
    [1, 2, 3, 5]
        .into_iter()
        .flat_map(|every| (0..every).map(move |phase| (every, phase)))
        .map(quality)
}

#[test]
fn everybody_comes_and_goes_once_at_any_rate() {
    check_all(rates(false, None));
}

#[test]
fn everybody_comes_and_goes_once_when_only_what_shows_is_found() {
    check_all(rates(true, None));
}

#[test]
fn everybody_comes_and_goes_once_in_spite_of_a_poor_detector() {
    let seeds = (1..=100).map(|seed: u64| seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    check_all(seeds.map(|seed| Quality {
        every: 1,
        phase: 0,
        noise: Some(seed),
        cut: false,
    }));
}

#[test]
fn two_people_who_pass_each_other_are_not_mixed_up() {
    let scene = Scene::read("hall_two_people");
    for quality in rates(false, None).chain(rates(true, None)) {
        let events = events(&scene, quality);
        let sides = |kind: EventKind| {
            let events = events.iter().filter(move |event| event.kind == kind);
            events.map(|event| {
                let bbox = event.subject.as_ref().expect("a person").bbox;
                (event.id, bbox.center().x > 0.5)
            })
        };
        for (id, came_right) in sides(EventKind::Entered) {
            let left_right = sides(EventKind::Left).find(|(left, _)| *left == id);
            assert_eq!(left_right, Some((id, !came_right)), "{quality:?}");
        }
    }
}
