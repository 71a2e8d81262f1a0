//! Names of topics. Takes the prefix, the device and a [`StateTopic`] or a camera; gives the topic. Pure.

use std::sync::Arc;

use crate::types::{CommandName, Direction};

/// A retained topic whose value is the state of something: the last value wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateTopic {
    /// The daemon: JSON, [`super::payload::Status`].
    Status,
    /// One camera: JSON, [`super::payload::CameraStatus`].
    CameraStatus {
        /// Name of the camera.
        camera: Arc<str>,
    },
    /// Whether anybody is in view of a camera, or in one of its zones: `ON` or `OFF`.
    Person {
        /// Name of the camera.
        camera: Arc<str>,
        /// Name of the zone; the whole view when `None`.
        zone: Option<Arc<str>>,
    },
    /// How many people are in view of a camera, or in one of its zones.
    Count {
        /// Name of the camera.
        camera: Arc<str>,
        /// Name of the zone; the whole view when `None`.
        zone: Option<Arc<str>>,
    },
    /// How many people have crossed a line in one direction.
    LineTotal {
        /// Name of the camera.
        camera: Arc<str>,
        /// Name of the line.
        line: Arc<str>,
        /// Which way.
        direction: Direction,
    },
}

/// Every topic of one device.
#[derive(Clone, Debug)]
pub struct Topics {
    base: Box<str>,
}

impl Topics {
    /// The topics below `<prefix>/<device>`.
    pub fn new(prefix: &str, device: &str) -> Self {
        Self {
            base: format!("{prefix}/{device}").into(),
        }
    }

    /// Where `online` and the last will `offline` go.
    pub fn availability(&self) -> String {
        format!("{}/availability", self.base)
    }

    /// Where the events of a camera go.
    pub fn event(&self, camera: &str) -> String {
        format!("{}/camera/{camera}/event", self.base)
    }

    /// Where `doctor` tries whether anything may be published; nobody need listen there.
    pub fn doctor(&self) -> String {
        format!("{}/doctor", self.base)
    }

    /// Below what everything of this device lies.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where a command comes in.
    pub fn command(&self, name: CommandName) -> String {
        format!("{}/cmd/{}", self.base, name.name())
    }

    /// What to subscribe to for every command, known or not.
    pub fn commands(&self) -> String {
        format!("{}/cmd/+", self.base)
    }

    /// The command's name in a topic that [`Self::commands`] matches.
    pub fn command_in<'t>(&self, topic: &'t str) -> Option<&'t str> {
        let below = topic.strip_prefix(&*self.base)?;
        below.strip_prefix("/cmd/")
    }

    /// Where the result of a command goes.
    pub fn command_result(&self, name: &str) -> String {
        format!("{}/cmd/{name}/result", self.base)
    }

    /// Where a state goes.
    pub fn state(&self, topic: &StateTopic) -> String {
        let base = &self.base;
        match topic {
            StateTopic::Status => format!("{base}/status"),
            StateTopic::CameraStatus { camera } => format!("{base}/camera/{camera}/status"),
            StateTopic::Person { camera, zone } => self.place(camera, zone.as_deref(), "person"),
            StateTopic::Count { camera, zone } => self.place(camera, zone.as_deref(), "count"),
            StateTopic::LineTotal {
                camera,
                line,
                direction,
            } => {
                let direction = match direction {
                    Direction::In => "in",
                    Direction::Out => "out",
                };
                format!("{base}/camera/{camera}/line/{line}/{direction}")
            }
        }
    }

    fn place(&self, camera: &str, zone: Option<&str>, what: &str) -> String {
        match zone {
            Some(zone) => format!("{}/camera/{camera}/zone/{zone}/{what}", self.base),
            None => format!("{}/camera/{camera}/{what}", self.base),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_of_the_contract_has_its_place() {
        let topics = Topics::new("watchpost", "pi");
        let camera: Arc<str> = "porch".into();
        let steps: Option<Arc<str>> = Some("steps".into());
        assert_eq!(topics.availability(), "watchpost/pi/availability");
        assert_eq!(topics.event("porch"), "watchpost/pi/camera/porch/event");
        let check = |topic: StateTopic, expected| assert_eq!(topics.state(&topic), expected);
        check(StateTopic::Status, "watchpost/pi/status");
        check(
            StateTopic::CameraStatus {
                camera: camera.clone(),
            },
            "watchpost/pi/camera/porch/status",
        );
        check(
            StateTopic::Person {
                camera: camera.clone(),
                zone: None,
            },
            "watchpost/pi/camera/porch/person",
        );
        check(
            StateTopic::Count {
                camera: camera.clone(),
                zone: steps.clone(),
            },
            "watchpost/pi/camera/porch/zone/steps/count",
        );
        check(
            StateTopic::Person {
                camera: camera.clone(),
                zone: steps,
            },
            "watchpost/pi/camera/porch/zone/steps/person",
        );
        check(
            StateTopic::LineTotal {
                camera,
                line: "gate".into(),
                direction: Direction::Out,
            },
            "watchpost/pi/camera/porch/line/gate/out",
        );
    }
}
