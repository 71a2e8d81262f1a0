//! Keeps Home Assistant's idea of this device right, over restarts: what was announced is remembered on disk, so that what
//! is no longer configured can be taken back.
//!
//! An entity is taken back by naming it once with nothing but its platform. So the document goes out with everything that
//! may still be known, and once the broker has that, again without.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use crate::causes::chain;
use crate::json_file::{JsonFile, JsonFileError};
use crate::publish::board::Board;
use crate::publish::discovery::Discovery;

/// Beside the outbox.
pub const FILE: &str = "home-assistant.json";

/// What Home Assistant may know of us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Announced {
    /// Where the document was sent.
    topic: String,
    /// Each entity's key and platform.
    components: BTreeMap<String, String>,
}

/// What is announced, and what is still to be taken back.
#[derive(Debug)]
pub struct Announcer {
    file: JsonFile,
    /// `None` when Home Assistant shall not know us (any more).
    discovery: Option<Discovery>,
    before: Announced,
    settled: bool,
}

/// The announcer, between the connection and whoever changes the configuration.
pub type SharedAnnouncer = Arc<Mutex<Announcer>>;

impl Announcer {
    /// Reads what was announced before, and hangs what is to be announced now on the board.
    pub fn start(file: JsonFile, discovery: Option<Discovery>, board: &Board) -> Self {
        let before = file.read().unwrap_or_else(|error| {
            warn!(
                error = chain(&error),
                "entities that are gone stay in Home Assistant"
            );
            None
        });
        let announcer = Self {
            settled: before.is_none() && discovery.is_none(),
            file,
            discovery,
            before: before.unwrap_or_default(),
        };
        announcer.announce(board);
        announcer
    }

    /// From now on announces this; what is no longer part of it is taken back.
    pub fn announce_instead(&mut self, discovery: Discovery, board: &Board) {
        let mut known = self.now();
        if !self.settled {
            known.components.extend(self.before.components.clone());
        }
        self.before = known;
        self.discovery = Some(discovery);
        self.settled = false;
        self.announce(board);
    }

    /// Whether this is the topic of our document.
    pub fn is_about(&self, topic: &str) -> bool {
        self.topic() == topic
    }

    /// Where our document goes, or went.
    pub fn topic(&self) -> &str {
        let discovery = self.discovery.as_ref();
        discovery.map_or(&self.before.topic, |discovery| &discovery.topic)
    }

    /// The broker has our document: what was taken back need not be named any more.
    pub fn acknowledged(&mut self, board: &Board) {
        // An earlier document may be what it has.
        if self.settled || !board.with(|states| states.is_told(self.topic())) {
            return;
        }
        self.settled = true;
        if let Some(discovery) = &self.discovery {
            board.set(
                discovery.topic.clone(),
                discovery.document(&BTreeMap::new()),
            );
        }
        self.remember(self.now());
    }

    fn announce(&self, board: &Board) {
        if self.settled {
            return;
        }
        let moved = !self.before.topic.is_empty() && self.before.topic != self.topic();
        if moved || self.discovery.is_none() {
            info!(
                topic = self.before.topic,
                "taking the device back from Home Assistant"
            );
            board.set(self.before.topic.clone(), String::new());
        }
        let Some(discovery) = &self.discovery else {
            return;
        };
        let mut gone = BTreeMap::new();
        if !moved {
            gone = self.before.components.clone();
            gone.retain(|key, _| !discovery.components.contains_key(key));
        }
        if !gone.is_empty() {
            info!(
                entities = gone.len(),
                "taking entities back from Home Assistant"
            );
        }
        board.set(discovery.topic.clone(), discovery.document(&gone));
        // Whatever happens from here on, these may be known.
        let mut known = self.now();
        known.components.extend(gone);
        self.remember(known);
    }

    fn now(&self) -> Announced {
        let now = self.discovery.as_ref().map(|discovery| Announced {
            topic: discovery.topic.clone(),
            components: discovery.platforms(),
        });
        now.unwrap_or_default()
    }

    fn remember(&self, announced: Announced) {
        let written: Result<(), JsonFileError> = if announced.topic.is_empty() {
            self.file.remove()
        } else {
            self.file.write(&announced)
        };
        if let Err(error) = written {
            warn!(
                error = chain(&error),
                "cannot remember what Home Assistant knows; entities that are removed later may stay there"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Monotonic;
    use serde_json::{Value, json};
    use std::path::Path;

    fn discovery(topic: &str, keys: &[&str]) -> Discovery {
        Discovery::of(
            topic,
            keys.iter()
                .map(|key| ((*key).to_owned(), json!({ "p": "sensor", "name": key }))),
        )
    }

    /// Starts with this discovery; gives every message until the broker has all of them.
    fn told(folder: &Path, discovery: Option<Discovery>) -> Vec<(String, Value)> {
        let board = Board::default();
        let mut announcer = Announcer::start(JsonFile::new(folder, FILE), discovery, &board);
        let mut told = Vec::new();
        while let Some(message) = board.with(|states| states.next(Monotonic::default())) {
            board.with(|states| states.acknowledged(message.ticket));
            if announcer.is_about(&message.topic) {
                announcer.acknowledged(&board);
            }
            let value = serde_json::from_str(&message.value).unwrap_or(Value::Null);
            told.push((message.topic, value["cmps"].clone()));
        }
        told
    }

    #[test]
    fn what_is_gone_is_taken_back_once_and_then_forgotten() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tell =
            |keys: &[&str]| told(folder.path(), Some(discovery("ha/device/pi/config", keys)));
        let full = |key: &str| json!({ "p": "sensor", "name": key });
        let at = |cmps: Value| ("ha/device/pi/config".to_owned(), cmps);
        assert_eq!(
            tell(&["a", "b"]),
            [at(json!({ "a": full("a"), "b": full("b") }))]
        );
        assert_eq!(
            tell(&["a"]),
            [
                at(json!({ "a": full("a"), "b": { "p": "sensor" } })),
                at(json!({ "a": full("a") })),
            ]
        );
        assert_eq!(tell(&["a"]), [at(json!({ "a": full("a") }))], "only once");
    }

    #[test]
    fn what_goes_while_the_daemon_runs_is_taken_back_too() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let topic = "ha/device/pi/config";
        let board = Board::default();
        let file = JsonFile::new(folder.path(), FILE);
        let mut announcer = Announcer::start(file, Some(discovery(topic, &["a", "b"])), &board);
        let first = board.with(|states| states.next(Monotonic::default()));
        let first = first.expect("is announced");
        // The broker takes the old document when there is already a new one.
        announcer.announce_instead(discovery(topic, &["a", "c"]), &board);
        board.with(|states| states.acknowledged(first.ticket));
        announcer.acknowledged(&board);
        let mut told = Vec::new();
        while let Some(message) = board.with(|states| states.next(Monotonic::default())) {
            board.with(|states| states.acknowledged(message.ticket));
            announcer.acknowledged(&board);
            let value: Value = serde_json::from_str(&message.value).expect("is JSON");
            told.push(value["cmps"]["b"].clone());
        }
        assert_eq!(told, [json!({ "p": "sensor" }), Value::Null]);
    }

    #[test]
    fn a_device_that_moves_or_is_no_longer_wanted_is_taken_back_as_a_whole() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        told(
            folder.path(),
            Some(discovery("ha/device/old/config", &["a"])),
        );
        let moved = told(
            folder.path(),
            Some(discovery("ha/device/new/config", &["a"])),
        );
        let entity = json!({ "a": { "p": "sensor", "name": "a" } });
        assert!(
            moved.contains(&("ha/device/old/config".to_owned(), Value::Null)),
            "{moved:?}"
        );
        assert!(
            moved.contains(&("ha/device/new/config".to_owned(), entity)),
            "{moved:?}"
        );
        let unwanted = told(folder.path(), None);
        assert_eq!(unwanted, [("ha/device/new/config".to_owned(), Value::Null)]);
        assert_eq!(
            told(folder.path(), None),
            [],
            "nothing is left to take back"
        );
    }
}
