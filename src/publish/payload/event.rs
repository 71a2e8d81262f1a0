//! One event as JSON.
//!
//! It is written in two steps: [`body`] when the event is stored, [`with_latency`] when it is handed to the broker
//! connection, which is the only moment at which the latency is known.

use std::time::Duration;

use serde::Serialize;
use ulid::Ulid;

use super::{ModelRef, Rfc3339, json};
use crate::types::{Direction, Event, EventKind, LossReason, Subject, Wall};

/// An error text of a driver is cut here, so that a message has an upper size.
const DETAIL_CHARS_MAX: usize = 200;

/// What is known about an event only when it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// This start of the daemon.
    pub boot: Ulid,
    /// Its place in everything that the device tells.
    pub seq: u64,
    /// Civil time of the capture.
    pub at: Wall,
    /// Whether the kernel believed its civil time.
    pub clock_synced: bool,
    /// The model that saw it.
    pub model: &'a ModelRef,
}

/// The event as a JSON object, complete but for `latency_ms`.
pub fn body(event: &Event, stamp: &Stamp<'_>) -> String {
    json(&Body::new(event, stamp))
}

/// `body` with `latency_ms` as its last member; in milliseconds with one decimal.
pub fn with_latency(body: &str, latency: Duration) -> String {
    let open = body.strip_suffix('}').unwrap_or(body);
    let latency_ms = latency.as_secs_f64() * 1000.0;
    format!("{open},\"latency_ms\":{latency_ms:.1}}}")
}

/// The schema of an event.
pub const EVENT_SCHEMA: &str = "watchpost.event/1";

#[derive(Serialize)]
struct Body<'a> {
    schema: &'static str,
    boot: UlidText,
    seq: u64,
    id: UlidText,
    r#type: &'static str,
    camera: &'a str,
    at: Rfc3339,
    clock_synced: bool,
    #[serde(flatten)]
    person: Option<Person<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<Line<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a ModelRef>,
}

impl<'a> Body<'a> {
    fn new(event: &'a Event, stamp: &Stamp<'a>) -> Self {
        let about_person = event.subject.is_some();
        let (reason, detail) = reason(&event.kind);
        Self {
            schema: EVENT_SCHEMA,
            boot: UlidText(stamp.boot),
            seq: stamp.seq,
            id: UlidText(Ulid(event.id.0)),
            r#type: event.kind.name(),
            camera: &event.camera,
            at: Rfc3339(stamp.at),
            clock_synced: stamp.clock_synced,
            person: event.subject.as_ref().map(Person::new),
            zone: zone(&event.kind),
            line: line(&event.kind),
            reason,
            detail,
            count: about_person.then_some(event.count),
            model: about_person.then_some(stamp.model),
        }
    }
}

#[derive(Serialize)]
struct Person<'a> {
    label: &'static str,
    score: f64,
    top_score: f64,
    r#box: [f64; 4],
    frame: Frame,
    track: u64,
    zones: Vec<&'a str>,
    dwell_ms: u64,
    confirmed: Confirmed,
}

impl<'a> Person<'a> {
    fn new(subject: &'a Subject) -> Self {
        Self {
            label: "person",
            score: rounded(subject.score.get().into(), 3),
            top_score: rounded(subject.top_score.get().into(), 3),
            r#box: subject.bbox.corners().map(|v| rounded(v.into(), 4)),
            frame: Frame {
                width: subject.frame_size.width,
                height: subject.frame_size.height,
                seq: subject.frame_seq,
            },
            track: subject.track.0,
            zones: subject.zones.iter().map(AsRef::as_ref).collect(),
            dwell_ms: u64::try_from(subject.dwell.as_millis()).unwrap_or(u64::MAX),
            confirmed: Confirmed {
                frames: subject.confirmed.frames,
                score: rounded(subject.confirmed.score.get().into(), 3),
                moved: rounded(subject.confirmed.moved.into(), 2),
            },
        }
    }
}

/// Why the person was believed in.
#[derive(Serialize)]
struct Confirmed {
    frames: u32,
    score: f64,
    moved: f64,
}

#[derive(Serialize)]
struct Frame {
    width: u32,
    height: u32,
    seq: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    direction: &'static str,
}

struct UlidText(Ulid);

impl Serialize for UlidText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

fn zone(kind: &EventKind) -> Option<&str> {
    match kind {
        EventKind::ZoneEntered(zone) | EventKind::ZoneLeft(zone) | EventKind::Dwelled(zone) => {
            Some(zone)
        }
        _ => None,
    }
}

fn line(kind: &EventKind) -> Option<Line<'_>> {
    let EventKind::LineCrossed(name, direction) = kind else {
        return None;
    };
    let direction = match direction {
        Direction::In => "in",
        Direction::Out => "out",
    };
    Some(Line { name, direction })
}

fn reason(kind: &EventKind) -> (Option<&'static str>, Option<String>) {
    let reason = match kind {
        EventKind::CameraLost(reason) => reason,
        EventKind::CameraObscured(why) => return (Some(why.name()), None),
        _ => return (None, None),
    };
    match reason {
        LossReason::Unplugged => (Some("unplugged"), None),
        LossReason::Stalled => (Some("stalled"), None),
        LossReason::Failed(text) => {
            let detail = text.chars().take(DETAIL_CHARS_MAX).collect();
            (Some("failed"), Some(detail))
        }
    }
}

/// `value` with so many decimals, and none that binary fractions make up.
fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{BBox, Monotonic, Score, Size, TrackId, VisitId};

    fn model() -> ModelRef {
        ModelRef {
            name: "person".into(),
            version: "1.0.0".into(),
            sha256: "ab".repeat(32),
        }
    }

    fn text(kind: EventKind, subject: Option<Subject>) -> String {
        let event = Event {
            kind,
            id: VisitId(7),
            camera: "porch".into(),
            at: Monotonic::from_millis(5),
            subject,
            count: 2,
        };
        let stamp = Stamp {
            boot: Ulid(9),
            seq: 1042,
            at: Wall::from_unix_micros(1_795_428_000_123_456),
            clock_synced: true,
            model: &model(),
        };
        body(&event, &stamp)
    }

    fn somebody() -> Subject {
        Subject {
            track: TrackId(17),
            score: Score::new(0.830_04).expect("within 0–1"),
            top_score: Score::new(0.91).expect("within 0–1"),
            bbox: BBox::clipped(0.41, 0.22, 0.58, 0.93).expect("has an area"),
            frame_size: Size::new(1280, 720),
            frame_seq: 812,
            zones: vec!["steps".into()],
            dwell: Duration::from_millis(5200),
            confirmed: crate::types::Confirmed {
                frames: 4,
                score: Score::new(0.8).expect("within 0–1"),
                moved: 0.312,
            },
        }
    }

    #[test]
    fn a_crossing_says_everything_about_the_person_and_the_line() {
        let kind = EventKind::LineCrossed("gate".into(), Direction::In);
        let sent = with_latency(&text(kind, Some(somebody())), Duration::from_micros(48_234));
        let sha256 = model().sha256;
        assert_eq!(
            sent,
            format!(
                concat!(
                    r#"{{"schema":"watchpost.event/1","boot":"00000000000000000000000009","seq":1042,"#,
                    r#""id":"00000000000000000000000007","type":"line_crossed","camera":"porch","#,
                    r#""at":"2026-11-23T10:00:00.123Z","clock_synced":true,"label":"person","score":0.83,"#,
                    r#""top_score":0.91,"box":[0.41,0.22,0.58,0.93],"#,
                    r#""frame":{{"width":1280,"height":720,"seq":812}},"track":17,"zones":["steps"],"#,
                    r#""dwell_ms":5200,"confirmed":{{"frames":4,"score":0.8,"moved":0.31}},"line":{{"name":"gate","direction":"in"}},"count":2,"#,
                    r#""model":{{"name":"person","version":"1.0.0","sha256":"{}"}},"latency_ms":48.2}}"#
                ),
                sha256
            )
        );
    }

    #[test]
    fn a_lost_camera_says_why_and_nothing_about_people() {
        let sent = text(
            EventKind::CameraLost(LossReason::Failed("x".repeat(999))),
            None,
        );
        let value: serde_json::Value = serde_json::from_str(&sent).expect("is JSON");
        assert_eq!(value["schema"], EVENT_SCHEMA);
        assert_eq!(value["reason"], "failed");
        assert_eq!(value["detail"], "x".repeat(DETAIL_CHARS_MAX));
        for absent in ["label", "box", "count", "model", "zone", "line"] {
            assert!(value.get(absent).is_none(), "{absent} does not apply");
        }
    }
}
