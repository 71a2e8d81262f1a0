//! Tests that what is written down (`docs/asyncapi.yaml`, `docs/schemas`) is what is said. Whether `asyncapi.yaml` is
//! well-formed is asked of AsyncAPI's own schema in `tests/asyncapi/`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::publish::discovery::birth_topic;
use crate::publish::frigate::{AVAILABLE_TOPIC, EVENTS_TOPIC};
use crate::publish::{StateTopic, Topics};
use crate::types::{CommandName, Direction, EventKind};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn contract() -> String {
    fs::read_to_string(docs().join("asyncapi.yaml")).expect("the contract is there")
}

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(docs().join(format!("schemas/{name}.schema.json")));
    serde_json::from_str(&text.expect("the schema is there")).expect("is JSON")
}

/// Every topic, with the names in it as the contract writes them.
fn topics() -> Vec<String> {
    let topics = Topics::new("{prefix}", "{device}");
    let camera = || "{camera}".into();
    let mut all = vec![topics.availability(), topics.event("{camera}")];
    let mut states = vec![
        StateTopic::Status,
        StateTopic::CameraStatus { camera: camera() },
    ];
    for zone in [None, Some("{zone}".into())] {
        states.push(StateTopic::Person {
            camera: camera(),
            zone: zone.clone(),
        });
        states.push(StateTopic::Count {
            camera: camera(),
            zone,
        });
    }
    for direction in [Direction::In, Direction::Out] {
        states.push(StateTopic::LineTotal {
            camera: camera(),
            line: "{line}".into(),
            direction,
        });
    }
    all.extend(states.iter().map(|state| topics.state(state)));
    for command in CommandName::ALL {
        all.push(topics.command(command));
        all.push(topics.command_result(command.name()));
    }
    all.extend([
        birth_topic("{homeAssistant}"),
        EVENTS_TOPIC.into(),
        AVAILABLE_TOPIC.into(),
    ]);
    all
}

#[test]
fn every_topic_is_in_the_contract() {
    let contract = contract();
    let addresses: Vec<_> = contract
        .lines()
        .filter_map(|line| line.trim().strip_prefix("address: "))
        .map(|address| address.trim_matches('\''))
        .collect();
    let missing: Vec<_> = topics()
        .into_iter()
        .filter(|topic| !addresses.contains(&topic.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:#?} of {addresses:#?}");
}

#[test]
fn every_schema_is_in_the_contract() {
    let contract = contract();
    for entry in fs::read_dir(docs().join("schemas")).expect("the schemas are there") {
        let name = entry.expect("is readable").file_name();
        let name = name.to_string_lossy();
        assert!(contract.contains(&format!("./schemas/{name}")), "{name}");
    }
}

#[test]
fn the_schemas_know_every_event_and_every_command() {
    let event = schema("event");
    let types = event["properties"]["type"]["enum"]
        .as_array()
        .expect("a list");
    assert_eq!(*types, EventKind::NAMES);
    let command = schema("command");
    for name in CommandName::ALL.map(CommandName::name) {
        assert!(command["$defs"][name].is_object(), "{name}");
    }
}
