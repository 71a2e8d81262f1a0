//! What Home Assistant is told so that it finds the device by itself: one document with every entity. Pure.
//!
//! Takes the configuration, gives JSON for `<prefix>/device/<id>/config`. Entities only point at our own topics: they say
//! nothing that is not on MQTT anyway, and no box becomes an attribute, because Home Assistant keeps attributes for years.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::config::{CameraConfig, Config};
use crate::publish::topic::{StateTopic, Topics};
use crate::types::{CommandName, Direction, EventKind};

/// What an event becomes for Home Assistant: `event_type` as it wants it, and what an automation asks for.
const EVENT_TEMPLATE: &str = "{{ {'event_type': value_json.type, 'visit': value_json.id, 'seq': value_json.seq, \
     'at': value_json.at, 'score': value_json.get('score'), 'top_score': value_json.get('top_score'), \
     'zone': value_json.get('zone'), 'zones': value_json.get('zones'), 'line': (value_json.get('line') or {}).get('name'), \
     'direction': (value_json.get('line') or {}).get('direction'), 'dwell_ms': value_json.get('dwell_ms'), \
     'count': value_json.get('count'), 'reason': value_json.get('reason')} | to_json }}";
/// States in which a camera sees nobody because it sees nothing.
const BLIND: &str = "['lost', 'stalled', 'paused', 'obscured']";
/// States in which it does not even deliver.
const AWAY: &str = "['lost', 'stalled', 'paused']";

/// Every entity of a device by its key; a value of one member, the platform, takes an entity back.
pub type Components = BTreeMap<String, Value>;

/// What Home Assistant is told about one device.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Where the document goes.
    pub topic: String,
    /// The entities.
    pub components: Components,
    device: Value,
    origin: Value,
}

impl Discovery {
    /// What to tell about the device of `config` below Home Assistant's `prefix`.
    pub fn new(config: &Config, topics: &Topics, prefix: &str, version: &str) -> Self {
        let id = topics.base().replace('/', "_");
        let device = json!({
            "ids": [id], "name": &*config.device, "mf": "Watchpost", "mdl": "Smart-camera daemon", "sw": version,
        });
        let mut entities = Entities {
            id: &id,
            topics,
            components: Components::new(),
        };
        entities.device();
        for camera in &config.cameras {
            entities.camera(camera, config.mqtt.commands.contains(&CommandName::Pause));
        }
        Self {
            topic: format!("{prefix}/device/{id}/config"),
            components: entities.components,
            device,
            origin: json!({ "name": "Watchpost", "sw": version }),
        }
    }

    /// A device with these entities alone.
    #[cfg(test)]
    pub fn of(topic: &str, components: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self {
            topic: topic.to_owned(),
            components: components.into_iter().collect(),
            device: json!({}),
            origin: json!({}),
        }
    }

    /// The document, which also takes back the entities in `gone` (key → platform).
    pub fn document(&self, gone: &BTreeMap<String, String>) -> String {
        let mut components = self.components.clone();
        for (key, platform) in gone {
            let taken_back = json!({ "p": platform });
            components.entry(key.clone()).or_insert(taken_back);
        }
        json!({ "dev": self.device, "o": self.origin, "qos": 1, "cmps": components }).to_string()
    }

    /// Each entity's key and platform: what has to be remembered to take it back one day.
    pub fn platforms(&self) -> BTreeMap<String, String> {
        let platform = |component: &Value| component["p"].as_str().map(str::to_owned);
        let all = self.components.iter();
        all.filter_map(|(key, component)| Some((key.clone(), platform(component)?)))
            .collect()
    }
}

/// Where Home Assistant says that it has come up.
pub fn birth_topic(prefix: &str) -> String {
    format!("{prefix}/status")
}

struct Entities<'a> {
    id: &'a str,
    topics: &'a Topics,
    components: Components,
}

impl Entities<'_> {
    fn device(&mut self) {
        let status = self.topics.state(&StateTopic::Status);
        // It has no availability of its own: it is what says `offline`.
        self.add(
            "connectivity",
            "binary_sensor",
            json!({
                "name": "Connection", "dev_cla": "connectivity", "ent_cat": "diagnostic",
                "stat_t": self.topics.availability(), "pl_on": "online", "pl_off": "offline",
            }),
        );
        let diagnostics = [
            (
                "outbox",
                "Waiting events",
                "{{ value_json.outbox.depth }}",
                json!({
                "stat_cla": "measurement", "unit_of_meas": "events", "ic": "mdi:tray-full" }),
            ),
            (
                "dropped",
                "Lost events",
                "{{ value_json.drops.values() | sum }}",
                json!({
                "stat_cla": "total_increasing", "unit_of_meas": "events", "ic": "mdi:tray-remove" }),
            ),
            (
                "model",
                "Model",
                "{{ value_json.model.name }} {{ value_json.model.version }}",
                json!({ "ic": "mdi:brain" }),
            ),
            (
                "provider",
                "Engine",
                "{{ value_json.backend }}",
                json!({ "ic": "mdi:chip" }),
            ),
            (
                "started",
                "Started",
                "{{ value_json.started_at }}",
                json!({ "dev_cla": "timestamp" }),
            ),
        ];
        for (key, name, template, more) in diagnostics {
            let entity = json!({ "name": name, "ent_cat": "diagnostic", "stat_t": status, "val_tpl": template });
            let available = self.while_connected();
            self.add(key, "sensor", joined([entity, more, available]));
        }
    }

    fn camera(&mut self, camera: &CameraConfig, pausable: bool) {
        let name = &camera.name;
        let title = called(name);
        let key = |what: &str| format!("camera.{name}.{what}");
        let status = self.topics.state(&StateTopic::CameraStatus {
            camera: name.clone(),
        });
        self.place(camera, None);
        let event_types = EventKind::NAMES;
        self.add(&key("event"), "event", joined([json!({
            "name": format!("{title} event"), "evt_typ": event_types, "ic": "mdi:motion-sensor",
            "stat_t": self.topics.event(name), "val_tpl": EVENT_TEMPLATE,
        }), self.while_connected()]));
        self.add(&key("connectivity"), "binary_sensor", joined([json!({
            "name": format!("{title} connection"), "dev_cla": "connectivity", "ent_cat": "diagnostic", "stat_t": status,
            "val_tpl": format!("{{{{ 'OFF' if value_json.state in {AWAY} else 'ON' }}}}"),
        }), self.while_connected()]));
        self.add(&key("problem"), "binary_sensor", joined([json!({
            "name": format!("{title} problem"), "dev_cla": "problem", "ent_cat": "diagnostic", "stat_t": status,
            "val_tpl": "{{ 'OFF' if value_json.state in ['online', 'paused'] else 'ON' }}",
            "json_attr_t": status,
            "json_attr_tpl": "{{ {'state': value_json.state, 'reason': value_json.get('reason'), \
                'since': value_json.since} | to_json }}",
        }), self.while_connected()]));
        if pausable {
            self.add(
                &key("pause"),
                "switch",
                joined([
                    json!({
                        "name": format!("{title} pause"), "ic": "mdi:cctv-off",
                        "stat_t": status, "stat_on": "ON", "stat_off": "OFF",
                        "val_tpl": "{{ 'ON' if value_json.state == 'paused' else 'OFF' }}",
                        "cmd_t": self.topics.command(CommandName::Pause),
                        "pl_on": json!({ "camera": &**name, "paused": true }).to_string(),
                        "pl_off": json!({ "camera": &**name, "paused": false }).to_string(),
                    }),
                    self.while_connected(),
                ]),
            );
        }
        for zone in &camera.zones {
            self.place(camera, Some(&zone.name));
        }
        for line in &camera.lines {
            for (direction, word) in [(Direction::In, "in"), (Direction::Out, "out")] {
                let topic = StateTopic::LineTotal {
                    camera: name.clone(),
                    line: line.name.clone(),
                    direction,
                };
                let what = format!("line.{}.{word}", line.name);
                let line = called(&line.name).to_lowercase();
                self.add(&key(&what), "sensor", joined([json!({
                    "name": format!("{title} {line} {word}"), "stat_cla": "total_increasing", "unit_of_meas": "people",
                    "ic": format!("mdi:location-{}", if word == "in" { "enter" } else { "exit" }),
                    "stat_t": self.topics.state(&topic),
                }), self.while_connected()]));
            }
        }
    }

    /// Whether anybody is somewhere, and how many. Unknown, and not nobody, while the camera sees nothing.
    fn place(&mut self, camera: &CameraConfig, zone: Option<&std::sync::Arc<str>>) {
        let key = |what: &str| match zone {
            Some(zone) => format!("camera.{}.zone.{zone}.{what}", camera.name),
            None => format!("camera.{}.{what}", camera.name),
        };
        let title = match zone {
            Some(zone) => format!("{} {}", called(&camera.name), called(zone).to_lowercase()),
            None => called(&camera.name),
        };
        let (camera_name, zone) = (camera.name.clone(), zone.cloned());
        let person = self.topics.state(&StateTopic::Person {
            camera: camera_name.clone(),
            zone: zone.clone(),
        });
        let count = self.topics.state(&StateTopic::Count {
            camera: camera_name,
            zone,
        });
        let available = self.while_seeing(camera);
        self.add(
            &key("occupancy"),
            "binary_sensor",
            joined([
                json!({
                    "name": format!("{title} occupancy"), "dev_cla": "occupancy", "stat_t": person,
                }),
                available.clone(),
            ]),
        );
        self.add(&key("count"), "sensor", joined([json!({
            "name": format!("{title} people"), "stat_cla": "measurement", "unit_of_meas": "people",
            "ic": "mdi:account-multiple", "stat_t": count,
        }), available]));
    }

    /// Available while the daemon is connected.
    fn while_connected(&self) -> Value {
        json!({ "avty": [{ "t": self.topics.availability() }] })
    }

    /// Available while the daemon is connected and the camera delivers.
    fn while_seeing(&self, camera: &CameraConfig) -> Value {
        let status = self.topics.state(&StateTopic::CameraStatus {
            camera: camera.name.clone(),
        });
        let template = format!("{{{{ 'offline' if value_json.state in {BLIND} else 'online' }}}}");
        json!({
            "avty": [{ "t": self.topics.availability() }, { "t": status, "val_tpl": template }],
            "avty_mode": "all",
        })
    }

    /// Keys are joined by dots, which no name has: camera `a`, zone `b_c` and camera `a_b`, zone `c` stay apart.
    fn add(&mut self, key: &str, platform: &str, mut entity: Value) {
        entity["p"] = platform.into();
        entity["unique_id"] = format!("{}.{key}", self.id).into();
        self.components.insert(key.to_owned(), entity);
    }
}

/// The members of all `objects`.
fn joined<const N: usize>(objects: [Value; N]) -> Value {
    let mut all = Map::new();
    for object in objects {
        if let Value::Object(members) = object {
            all.extend(members);
        }
    }
    Value::Object(all)
}

/// `front-door` as `Front door`. Names in Home Assistant do not repeat the device's: it puts that before them by itself.
fn called(slug: &str) -> String {
    let words = slug.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_for_people() {
        for (slug, name) in [
            ("porch", "Porch"),
            ("front-door_2", "Front door 2"),
            ("-", "-"),
        ] {
            assert_eq!(called(slug), name);
        }
    }
}
