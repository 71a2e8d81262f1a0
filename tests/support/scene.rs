//! A rendered scene of `tests/scenes`: its clip, and the truth beside it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use watchpost::config::{LineConfig, ZoneConfig};
use watchpost::types::{Monotonic, Point, Polygon, Segment, Size};

use super::story::Story;

/// A scene as its truth tells it.
pub struct Scene {
    pub name: String,
    pub truth: Value,
    pub size: Size,
    pub zones: Vec<ZoneConfig>,
    pub lines: Vec<LineConfig>,
}

impl Scene {
    /// The scene of this name.
    pub fn read(name: &str) -> Self {
        let path = folder().join(name).with_extension("json");
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let truth: Value = serde_json::from_str(&text).expect("the generator writes JSON");
        let side = |key: &str| truth[key].as_u64().expect("pixels") as u32;
        Self {
            name: name.to_owned(),
            size: Size::new(side("width"), side("height")),
            zones: list(&truth["zones"]).map(zone).collect(),
            lines: list(&truth["lines"]).map(line).collect(),
            truth,
        }
    }

    /// Every scene, by name.
    pub fn all() -> Vec<Self> {
        let files = fs::read_dir(folder()).expect("the scenes");
        let files = files.map(|entry| entry.expect("an entry").path());
        let truths = files.filter(|path| path.extension().is_some_and(|ext| ext == "json"));
        let mut names: Vec<String> = truths
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into())
            .collect();
        names.sort();
        names.iter().map(|name| Self::read(name)).collect()
    }

    /// Its clip: committed, or rendered by `make scenes`; `None` where it was not.
    pub fn clip(&self) -> Option<PathBuf> {
        let rendered = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/scenes");
        [folder(), rendered]
            .map(|folder| folder.join(&self.name).with_extension("avi"))
            .into_iter()
            .find(|path| path.exists())
    }

    /// When each frame was captured, and who is in it.
    pub fn frames(&self) -> impl Iterator<Item = (Monotonic, &Value)> {
        let fps = self.truth["fps"].as_u64().expect("frames a second");
        let at = move |i: usize| Monotonic::from_millis(i as u64 * 1000 / fps);
        let frames = list(&self.truth["frames"]).enumerate();
        frames.map(move |(i, frame)| (at(i), &frame["people"]))
    }

    /// How long the clip is.
    pub fn seconds(&self) -> f64 {
        list(&self.truth["frames"]).count() as f64 / self.truth["fps"].as_f64().expect("a rate")
    }

    /// Names, and when they come and go.
    pub fn people(&self) -> Vec<(String, f64, f64)> {
        let people = self.truth["people"].as_object().expect("by name");
        let times = |(name, person): (&String, &Value)| {
            let [enter, leave] = ["enter_s", "leave_s"].map(|key| seconds(&person[key]));
            (name.clone(), enter, leave)
        };
        people.iter().map(times).collect()
    }

    /// What each person did, as it should be told.
    pub fn stories(&self) -> Vec<Story> {
        self.people().into_iter().map(|p| self.story(p)).collect()
    }

    fn story(&self, (person, enter, leave): (String, f64, f64)) -> Story {
        let mut story = Story::of(&person);
        story.add("entered".into(), enter);
        story.add("left".into(), leave);
        for zone in list(&self.truth["zones"]) {
            let name = text(&zone["name"]);
            for stay in list(&zone["stays"]).filter(|stay| stay["person"] == *person) {
                let facts = [
                    ("enter_s", "zone_entered"),
                    ("dwelled_s", "dwelled"),
                    ("leave_s", "zone_left"),
                ];
                for (key, kind) in facts.iter().filter(|(key, _)| !stay[*key].is_null()) {
                    story.add(format!("{kind} {name}"), seconds(&stay[*key]));
                }
            }
        }
        for line in list(&self.truth["lines"]) {
            let name = text(&line["name"]);
            for crossing in list(&line["crossings"]).filter(|c| c["person"] == *person) {
                let what = format!("line_crossed {name} {}", text(&crossing["way"]));
                story.add(what, seconds(&crossing["time_s"]));
            }
        }
        story
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes")
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().expect("a list").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn seconds(value: &Value) -> f64 {
    value.as_f64().expect("seconds")
}

fn point(value: &Value) -> Point {
    let coordinate = |i: usize| value[i].as_f64().expect("0–1") as f32;
    Point {
        x: coordinate(0),
        y: coordinate(1),
    }
}

fn zone(truth: &Value) -> ZoneConfig {
    let points = list(&truth["points"]).map(point).collect();
    let dwell = truth["dwell_s"].as_f64();
    let polygon = Polygon::new(points).expect("a polygon within the frame");
    ZoneConfig {
        dwell: dwell.map(std::time::Duration::from_secs_f64),
        ..ZoneConfig::new(text(&truth["name"]).into(), polygon)
    }
}

fn line(truth: &Value) -> LineConfig {
    LineConfig {
        name: text(&truth["name"]).into(),
        segment: Segment {
            from: point(&truth["a"]),
            to: point(&truth["b"]),
        },
    }
}
