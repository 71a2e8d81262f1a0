//! The truth of the recorded scenes, as a detector would report it, goes through tracking and deciding: everybody comes
//! and goes once, at the right time, and crosses the line once, in the right direction.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use watchpost::config::{
    CameraConfig, LineConfig, MotionConfig, NodeConfig, SourceConfig, TrackConfig, ZoneConfig,
};
use watchpost::decide::{Decider, Seen};
use watchpost::track::Tracker;
use watchpost::types::{
    BBox, Detection, Direction, Event, EventKind, Monotonic, Point, Polygon, Score, Segment, Size,
    VisitId,
};

/// A detector does not see what hardly shows: a tip of a shoe, or somebody behind somebody else.
const VISIBLE_PX_MIN: u64 = 300;

/// Seconds that an event may be away from the truth.
const TOLERANCE_S: f64 = 1.0;

/// How faithfully the truth is reported.
#[derive(Clone, Copy, Debug)]
struct Quality {
    /// One frame in this many is inferred, ...
    every: usize,
    /// ... from this one on.
    phase: usize,
    /// `None` reports the truth; otherwise the seed of misses, jitter and false boxes.
    noise: Option<u64>,
    /// Report what shows of a person instead of the whole outline.
    cut: bool,
}

struct Scene {
    truth: Value,
    size: Size,
    lines: Vec<LineConfig>,
}

impl Scene {
    fn read(name: &str) -> Self {
        let path = format!("{}/tests/scenes/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let truth: Value = serde_json::from_str(&text).expect("the generator writes JSON");
        let side = |key: &str| truth[key].as_u64().expect("pixels") as u32;
        let lines = truth["lines"].as_array().into_iter().flatten().map(line);
        Self {
            size: Size::new(side("width"), side("height")),
            lines: lines.collect(),
            truth,
        }
    }

    /// Names, and when they come and go.
    fn people(&self) -> Vec<(String, f64, f64)> {
        let people = self.truth["people"].as_object().expect("by name");
        let second = |value: &Value| value.as_f64().expect("seconds");
        people
            .iter()
            .map(|(name, p)| (name.clone(), second(&p["enter_s"]), second(&p["leave_s"])))
            .collect()
    }

    /// When each frame was captured, and what a detector of this quality finds in it.
    fn detections(&self, quality: Quality) -> Vec<(Monotonic, Vec<Detection>)> {
        let fps = self.truth["fps"].as_u64().expect("frames a second");
        let mut noise = quality.noise.map(Noise);
        let frames = self.truth["frames"].as_array().expect("frames").iter();
        frames
            .enumerate()
            .skip(quality.phase)
            .step_by(quality.every)
            .map(|(i, frame)| {
                let at = Monotonic::from_millis(i as u64 * 1000 / fps);
                let people = frame["people"].as_array().expect("people").iter();
                let visible = people.filter(|p| p["visible_px"].as_u64() >= Some(VISIBLE_PX_MIN));
                let mut found: Vec<Detection> = visible
                    .filter_map(|person| self.detection(person, quality, noise.as_mut()))
                    .collect();
                found.extend(noise.as_mut().and_then(Noise::false_box));
                (at, found)
            })
            .collect()
    }

    fn detection(
        &self,
        person: &Value,
        quality: Quality,
        noise: Option<&mut Noise>,
    ) -> Option<Detection> {
        let key = if quality.cut { "visible_box" } else { "box" };
        let side = |i: usize| person[key][i].as_f64().expect("pixels") as f32;
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        let truth = [
            side(0) / width,
            side(1) / height,
            side(2) / width,
            side(3) / height,
        ];
        let [x1, y1, x2, y2] = match noise {
            None => truth,
            Some(noise) => noise.blur(truth)?,
        };
        Some(Detection {
            bbox: BBox::clipped(x1, y1, x2, y2)?,
            score: Score::new(0.9)?,
        })
    }
}

/// A detector's faults, from a seed.
struct Noise(u64);

impl Noise {
    /// Misses 15 % and moves each side by up to 5 % of the box.
    fn blur(&mut self, [x1, y1, x2, y2]: [f32; 4]) -> Option<[f32; 4]> {
        let (width, height) = (x2 - x1, y2 - y1);
        let mut jitter = |length: f32| length * 0.1 * (self.uniform() - 0.5);
        let blurred = [
            x1 + jitter(width),
            y1 + jitter(height),
            x2 + jitter(width),
            y2 + jitter(height),
        ];
        (self.uniform() >= 0.15).then_some(blurred)
    }

    /// A weak box anywhere, in every third frame.
    fn false_box(&mut self) -> Option<Detection> {
        let [x, y, score, chance] = [(); 4].map(|()| self.uniform());
        let found = Detection {
            bbox: BBox::clipped(x, y, x + 0.1, y + 0.3)?,
            score: Score::new(0.1 + 0.3 * score)?,
        };
        (chance < 0.33).then_some(found)
    }

    /// Uniform in 0–1, by xorshift64*.
    fn uniform(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1u64 << 24) as f32
    }
}

fn line(truth: &Value) -> LineConfig {
    let point = |key: &str| Point {
        x: truth[key][0].as_f64().expect("0–1") as f32,
        y: truth[key][1].as_f64().expect("0–1") as f32,
    };
    LineConfig {
        name: truth["name"].as_str().expect("a name").into(),
        segment: Segment {
            from: point("a"),
            to: point("b"),
        },
    }
}

/// A camera with the lines of its scene and one zone, the middle half of the picture.
fn camera(scene: &Scene) -> CameraConfig {
    let corner = |(x, y)| Point { x, y };
    let middle = [(0.25, 0.0), (0.75, 0.0), (0.75, 1.0), (0.25, 1.0)];
    CameraConfig {
        name: "test".into(),
        source: SourceConfig::Device("/dev/null".into()),
        size: scene.size,
        fps: 10,
        node: NodeConfig::default(),
        stall: Duration::from_secs(5),
        masks: Vec::new(),
        motion: MotionConfig {
            enabled: false,
            area_min: 0.0,
            heartbeat: Duration::from_secs(1),
        },
        track: TrackConfig {
            confirm_hits: 3,
            leave_after: Duration::from_millis(1500),
            update_every: Duration::from_secs(2),
        },
        zones: vec![ZoneConfig {
            name: "middle".into(),
            polygon: Polygon::new(middle.map(corner).to_vec()).expect("four corners"),
            dwell: Some(Duration::from_millis(1000)),
        }],
        lines: scene.lines.clone(),
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
    let mut frames = scene.detections(quality);
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
