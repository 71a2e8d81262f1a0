//! The same events on Frigate's topics, for automations that were written for it. Pure.
//!
//! Takes an event as we store it, gives Frigate's `before`/`after`. What Frigate has and we refuse to have (snapshots, clips,
//! sub-labels) is there and says no.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};
use ulid::Ulid;

use crate::config::Config;
use crate::publish::topic::StateTopic;

/// Where events go, whatever our own prefix is.
pub const EVENTS_TOPIC: &str = "frigate/events";
/// Where `online` and `offline` go.
pub const AVAILABLE_TOPIC: &str = "frigate/available";
/// Visits whose last message is remembered; the oldest are forgotten, and then begin with what is known now.
const VISITS_MAX: usize = 256;

/// Where the counts go.
#[derive(Clone, Debug)]
pub struct Places {
    /// Zones that may have a topic of their own beside the cameras, as in Frigate: their names mean one place only.
    unique_zones: BTreeSet<String>,
}

impl Places {
    /// The places of a configuration.
    pub fn new(config: &Config) -> Self {
        let zones = || config.cameras.iter().flat_map(|camera| &camera.zones);
        let is_unique = |name: &str| {
            zones().filter(|zone| &*zone.name == name).count() == 1
                && config.cameras.iter().all(|camera| &*camera.name != name)
        };
        let unique = zones().filter(|zone| is_unique(&zone.name));
        Self {
            unique_zones: unique.map(|zone| zone.name.to_string()).collect(),
        }
    }

    /// Frigate's topics for one of our states.
    pub fn topics(&self, state: &StateTopic) -> Vec<String> {
        let StateTopic::Count { camera, zone } = state else {
            return Vec::new();
        };
        let Some(zone) = zone else {
            return vec![format!("frigate/{camera}/person")];
        };
        let mut topics = vec![format!("frigate/{camera}/{zone}/person")];
        if self.unique_zones.contains(&**zone) {
            topics.push(format!("frigate/{zone}/person"));
        }
        topics
    }
}

/// What was said of the visits that go on.
#[derive(Debug, Default)]
pub struct Frigate {
    visits: VecDeque<Visit>,
}

#[derive(Debug)]
struct Visit {
    id: String,
    entered_zones: Vec<Value>,
    after: Value,
}

impl Frigate {
    /// The message to [`EVENTS_TOPIC`] for an event as it is stored; `None` for events that are not about a person.
    pub fn event(&mut self, body: &str) -> Option<String> {
        let event: Value = serde_json::from_str(body).ok()?;
        event.get("box")?;
        let id = event["id"].as_str()?.to_owned();
        let kind = match event["type"].as_str()? {
            "entered" => "new",
            "left" => "end",
            _ => "update",
        };
        let known = self.visits.iter().position(|visit| visit.id == id);
        let known = known.and_then(|at| self.visits.remove(at));
        let (mut entered_zones, before) = match known {
            Some(visit) => (visit.entered_zones, Some(visit.after)),
            None => (Vec::new(), None),
        };
        let zones = event["zones"].as_array().cloned().unwrap_or_default();
        for zone in zones {
            if !entered_zones.contains(&zone) {
                entered_zones.push(zone);
            }
        }
        let after = described(&event, &id, &entered_zones, kind == "end")?;
        let before = before.unwrap_or_else(|| after.clone());
        let message = json!({ "type": kind, "before": before, "after": after });
        if kind != "end" {
            self.visits.truncate(VISITS_MAX - 1);
            self.visits.push_front(Visit {
                id,
                entered_zones,
                after,
            });
        }
        Some(message.to_string())
    }
}

/// A person as Frigate describes one.
fn described(event: &Value, id: &str, entered_zones: &[Value], is_over: bool) -> Option<Value> {
    let at = seconds(event["at"].as_str()?)?;
    let began = Ulid::from_string(id).ok()?.timestamp_ms() as f64 / 1000.0;
    let (width, height) = (
        event["frame"]["width"].as_f64()?,
        event["frame"]["height"].as_f64()?,
    );
    let side = |i: usize, size: f64| Some((event["box"][i].as_f64()? * size).round());
    let sides = [
        side(0, width)?,
        side(1, height)?,
        side(2, width)?,
        side(3, height)?,
    ];
    let [left, top, right, bottom] = sides;
    Some(json!({
        "id": id, "camera": event["camera"], "frame_time": at, "label": "person", "sub_label": null,
        "score": event["score"], "top_score": event["top_score"], "false_positive": false,
        // A visit's name is given a moment after it began, and its end may be dated before that.
        "start_time": began.min(at), "end_time": is_over.then_some(at),
        "box": sides.map(|side| side as i64), "region": [0, 0, width as i64, height as i64],
        "area": ((right - left) * (bottom - top)) as i64,
        "ratio": ((right - left) / (bottom - top).max(1.0) * 100.0).round() / 100.0,
        "current_zones": event["zones"], "entered_zones": entered_zones,
        "has_snapshot": false, "has_clip": false, "snapshot": null, "thumbnail": null,
        "active": !is_over, "stationary": false, "motionless_count": 0, "position_changes": 0,
        "attributes": {}, "current_attributes": [],
    }))
}

/// RFC 3339 as seconds since the epoch.
fn seconds(at: &str) -> Option<f64> {
    let time = humantime::parse_rfc3339(at).ok()?;
    Some(
        time.duration_since(std::time::UNIX_EPOCH)
            .ok()?
            .as_secs_f64(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T10:00:00.000Z as a ULID's time.
    fn id() -> String {
        Ulid::from_parts(1_795_428_000_000, 7).to_string()
    }

    fn event(kind: &str, second: u32, zones: &[&str]) -> String {
        json!({
            "schema": "watchpost.event/1", "id": id(), "type": kind, "camera": "porch",
            "at": format!("2026-11-23T10:00:{second:02}.500Z"), "score": 0.8, "top_score": 0.9,
            "box": [0.25, 0.5, 0.5, 1.0], "frame": { "width": 1280, "height": 720, "seq": 1 }, "zones": zones,
        })
        .to_string()
    }

    #[test]
    fn a_visit_is_new_then_updated_then_over() {
        let mut frigate = Frigate::default();
        let mut said = |kind: &str, second, zones: &[&str]| -> Value {
            let message = frigate
                .event(&event(kind, second, zones))
                .expect("is about a person");
            serde_json::from_str(&message).expect("is JSON")
        };
        let new = said("entered", 0, &[]);
        assert_eq!(
            (&new["type"], &new["before"]),
            (&json!("new"), &new["after"])
        );
        assert_eq!(new["after"]["box"], json!([320, 360, 640, 720]));
        assert_eq!(new["after"]["area"], 320 * 360);
        let update = said("zone_entered", 1, &["steps"]);
        assert_eq!(
            (&update["type"], &update["before"]),
            (&json!("update"), &new["after"])
        );
        assert_eq!(update["after"]["current_zones"], json!(["steps"]));
        said("zone_left", 2, &[]);
        let end = said("left", 3, &[]);
        assert_eq!(end["type"], "end");
        assert_eq!(end["after"]["entered_zones"], json!(["steps"]));
        assert_eq!(end["after"]["current_zones"], json!([]));
        assert_eq!(end["after"]["start_time"], 1_795_428_000.0);
        assert_eq!(end["after"]["end_time"], 1_795_428_003.5);
        assert_eq!(end["before"]["end_time"], Value::Null);
        for never in ["has_snapshot", "has_clip", "stationary"] {
            assert_eq!(end["after"][never], false, "{never}");
        }
    }

    #[test]
    fn after_a_restart_a_visit_goes_on_under_the_same_name_and_from_the_same_time() {
        let message = Frigate::default().event(&event("updated", 9, &[]));
        let json: Value =
            serde_json::from_str(&message.expect("is about a person")).expect("is JSON");
        assert_eq!(
            (&json["type"], &json["after"]["id"]),
            (&json!("update"), &json!(id()))
        );
        assert_eq!(json["after"]["start_time"], 1_795_428_000.0);
    }

    #[test]
    fn a_camera_that_is_lost_is_nothing_that_frigate_has_a_word_for() {
        let lost = r#"{"id":"x","type":"camera_lost","camera":"porch"}"#;
        assert_eq!(Frigate::default().event(lost), None);
    }
}
