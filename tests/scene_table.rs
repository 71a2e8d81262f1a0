//! Every scene through the whole chain with the default model and configuration, and its truth's boxes through tracking and
//! deciding alone: who came, went, stayed and crossed, beside the truth.
//!
//! Time is the clip's own: every frame is looked at, however slow the machine. A row is right when each person is one visit
//! with the same events, all within a second, and there is no visit beside. `-- --nocapture` prints the table.

#![expect(clippy::print_stdout, reason = "tests tell what they measured")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use support::reported::Quality;
use support::scene::Scene;
use support::story::{self, Story};
use watchpost::capture::negotiate::WantedSize;
use watchpost::capture::{self, CaptureError};
use watchpost::clock::ProcessorClock;
use watchpost::config::{self, CameraConfig, Config, Surroundings};
use watchpost::decide::{Decider, Seen};
use watchpost::detect::Detector;
use watchpost::pipeline::{Flow, SharedDetector, Turnstile};
use watchpost::track::Tracker;
use watchpost::types::{Monotonic, VisitId};

/// What goes in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Input {
    /// The clip's pictures.
    Pictures,
    /// The truth's boxes instead of the detector's.
    Boxes,
}

/// Rows that are not right yet, and why. Only ever take from it: whatever is not here has to be right.
const NOT_YET: &[(&str, Input, &str)] = &[("hall_group", Input::Pictures, ONE_BOX)];
const ONE_BOX: &str =
    "the model makes one box of two people who stand in line for the camera for seconds";

/// What came of one scene.
struct Row {
    name: String,
    input: Input,
    seconds: f64,
    people: Vec<Story>,
    /// `None` where the clip is not there.
    visits: Option<Vec<Story>>,
}

impl Row {
    fn worst_off(&self) -> Option<f64> {
        story::worst_off(&self.people, self.visits.as_ref()?)
    }

    fn verdict(&self) -> String {
        match (&self.visits, self.worst_off()) {
            (None, _) => "not rendered".to_owned(),
            (_, Some(off)) => format!("right, {off:.1} s off at most"),
            (Some(visits), None) => format!("wrong: {}", self.differences(visits)),
        }
    }

    /// The counts that differ, or that it is the times or whose they are.
    fn differences(&self, visits: &[Story]) -> String {
        let (truth, told) = (story::counts(&self.people), story::counts(visits));
        let kinds: std::collections::BTreeSet<_> = truth.keys().chain(told.keys()).collect();
        let differ = kinds.into_iter().filter_map(|kind| {
            let count = |counts: &std::collections::BTreeMap<&str, usize>| {
                counts.get(kind).copied().unwrap_or_default()
            };
            let (truth, told) = (count(&truth), count(&told));
            (truth != told).then(|| format!("{kind} {told} not {truth}"))
        });
        let differ: Vec<String> = differ.collect();
        if differ.is_empty() {
            "times, or whose they are".to_owned()
        } else {
            differ.join(", ")
        }
    }

    fn reason(&self) -> Option<&'static str> {
        let known =
            |(name, input, _): &&(&str, Input, &str)| *name == self.name && *input == self.input;
        NOT_YET.iter().find(known).map(|(_, _, reason)| *reason)
    }

    /// People and visits, one a line.
    fn details(&self) -> String {
        let stories = self.people.iter().chain(self.visits.iter().flatten());
        let lines: Vec<String> = stories.map(|story| format!("    {story}")).collect();
        format!("{} from {:?}\n{}", self.name, self.input, lines.join("\n"))
    }

    fn print(&self) {
        let counts = story::counts(&self.people);
        let truth: Vec<String> = counts
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let truth = if truth.is_empty() {
            "nothing".to_owned()
        } else {
            truth.join(", ")
        };
        println!(
            "| `{}` | {:.1} | {:?} | {truth} | {} |",
            self.name,
            self.seconds,
            self.input,
            self.verdict()
        );
    }
}

/// A configuration with nothing in it but the clip, its zones and its lines.
fn configuration(scene: &Scene, clip: &Path) -> Config {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut text = format!(
        "[mqtt]\nurl = \"mqtt://localhost\"\n[[camera]]\nname = \"cam\"\nunpaced = true\nsource = \"clip:{}\"\n",
        clip.display()
    );
    for zone in &scene.zones {
        let points = zone.polygon.points().iter();
        let points: Vec<[f32; 2]> = points.map(|p| [p.x, p.y]).collect();
        text += &format!(
            "[[camera.zone]]\nname = {:?}\npoints = {points:?}\n",
            zone.name
        );
        if let Some(dwell) = zone.dwell {
            text += &format!("dwell_ms = {}\n", dwell.as_millis());
        }
    }
    for line in &scene.lines {
        let [from, to] = [line.segment.from, line.segment.to].map(|p| [p.x, p.y]);
        text += &format!(
            "[[camera.line]]\nname = {:?}\nfrom = {from:?}\nto = {to:?}\n",
            line.name
        );
    }
    let file = folder.path().join("watchpost.toml");
    fs::write(&file, text).expect("can be written");
    let surroundings = Surroundings {
        host_name: "test".to_owned(),
        state_dir: folder.path().to_owned(),
        model_dirs: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("models")],
        credentials_dir: None,
    };
    config::load(&file, &surroundings).unwrap_or_else(|e| panic!("{}: {e}", scene.name))
}

fn model(config: &Config) -> SharedDetector {
    assert!(
        std::env::var_os("ORT_DYLIB_PATH").is_some(),
        "ORT_DYLIB_PATH names no library of ONNX Runtime; `make test` fetches one and sets it"
    );
    let detector = Detector::open(&config.detector).expect("the default model runs");
    Arc::new(Turnstile::new(detector))
}

/// The clip through every stage.
fn from_pictures(config: &Config, detector: SharedDetector) -> Vec<Story> {
    let [camera] = &config.cameras[..] else {
        panic!("one camera");
    };
    let clock = Arc::new(ProcessorClock);
    let mut source = capture::open(camera, WantedSize::default(), clock.clone()).expect("the clip");
    let mut flow = Flow::new(camera, detector, config.detector.threshold, clock);
    let mut began = None;
    let mut events = Vec::new();
    loop {
        match source.next_frame(Duration::from_secs(1)) {
            Err(CaptureError::Ended) => break,
            Err(error) => panic!("{}: {error}", camera.name),
            Ok(frame) => {
                began.get_or_insert(frame.captured_at);
                events.extend(
                    flow.step(frame)
                        .expect("whole frames and a model that runs"),
                );
            }
        }
    }
    events.extend(flow.finish());
    Story::told(&events, began.expect("the clip has frames"))
}

/// The truth's boxes through tracking and deciding.
fn from_boxes(scene: &Scene, camera: &CameraConfig, config: &Config) -> Vec<Story> {
    let mut tracker = Tracker::new(camera.track, config.detector.threshold);
    let mut decider = Decider::new(camera);
    let mut ids = 0;
    let mut new_id = || {
        ids += 1;
        VisitId(ids)
    };
    let mut events = Vec::new();
    for (frame_seq, (at, found)) in Quality::PERFECT.detections(scene).iter().enumerate() {
        let seen = Seen {
            at: *at,
            frame_size: scene.size,
            frame_seq: frame_seq as u64,
            tracks: tracker.update(*at, found),
        };
        events.extend(decider.observe(&seen, &mut new_id));
    }
    events.extend(decider.close());
    Story::told(&events, Monotonic::default())
}

fn rows() -> Vec<Row> {
    let mut detector = None;
    let mut rows = Vec::new();
    for scene in Scene::all() {
        let clip = scene.clip();
        let config = configuration(&scene, &clip.clone().unwrap_or_else(|| PathBuf::from("/")));
        let visits = clip.map(|_| {
            let detector = detector.get_or_insert_with(|| model(&config));
            from_pictures(&config, detector.clone())
        });
        let boxes = from_boxes(&scene, &config.cameras[0], &config);
        for (input, visits) in [(Input::Pictures, visits), (Input::Boxes, Some(boxes))] {
            rows.push(Row {
                name: scene.name.clone(),
                input,
                seconds: scene.seconds(),
                people: scene.stories(),
                visits,
            });
        }
    }
    rows
}

#[test]
fn everything_that_happens_in_a_scene_is_told_once_and_in_time() {
    let rows = rows();
    println!("| clip | s | from | truth | verdict |\n|---|---|---|---|---|");
    rows.iter().for_each(Row::print);
    for input in [Input::Pictures, Input::Boxes] {
        let rows = || rows.iter().filter(move |row| row.input == input);
        let right = rows().filter(|row| row.worst_off().is_some()).count();
        let there = rows().filter(|row| row.visits.is_some()).count();
        let all = rows().count();
        println!("{input:?}: {right} of {there} right; {all} scenes in all");
    }
    let there = rows.iter().filter(|row| row.visits.is_some());
    let (right, wrong): (Vec<&Row>, Vec<&Row>) = there.partition(|row| row.worst_off().is_some());
    for row in right.iter().filter(|row| row.reason().is_some()) {
        println!(
            "{} from {:?} is right now: take it from NOT_YET",
            row.name, row.input
        );
    }
    for row in &wrong {
        let reason = row.reason().unwrap_or("UNEXPECTED");
        println!("\n{reason}: {}", row.details());
    }
    let unexpected = wrong.iter().filter(|row| row.reason().is_none());
    let unexpected: Vec<String> = unexpected.map(|row| row.details()).collect();
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}
