//! What Home Assistant and Frigate's automations get to see: the real daemon, a real broker. The real Home Assistant is in
//! `tests/home_assistant/`.

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use support::broker::{Broker, BrokerOptions};
use support::daemon::Daemon;
use support::subscriber::{Message, Subscriber, publish};
use support::{wait_for, wait_until};

const DOCUMENT: &str = "homeassistant/device/watchpost_test/config";
const YARD: &str =
    "[[camera]]\nname = \"yard\"\nsource = \"clip:tests/scenes/hall_empty.avi\"\nrepeat = true\n";

fn config(port: u16, keys: &str, cameras: &str) -> String {
    format!(
        "[device]\nname = \"test\"\n[mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\n{keys}\n\
         [detector]\nmodel = \"models/person/manifest.toml\"\n\
         [[camera]]\nname = \"cam\"\nsource = \"clip:tests/scenes/hall_two_people.avi\"\nrepeat = true\n\
         [[camera.zone]]\nname = \"all\"\npoints = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]\n\
         [[camera.line]]\nname = \"gate\"\nfrom = [0.5, 1.0]\nto = [0.5, 0.2]\n{cameras}"
    )
}

fn on(subscriber: &Subscriber, topic: &str) -> Vec<Message> {
    let messages = subscriber.messages();
    messages
        .into_iter()
        .filter(|message| message.topic == topic)
        .collect()
}

fn json(message: &Message) -> Value {
    serde_json::from_str(&message.payload).unwrap_or_else(|error| panic!("{error}: {message:?}"))
}

/// The keys of the entities in a document, and of those among them that it takes back.
fn components(document: &Value) -> (BTreeSet<&str>, Vec<&str>) {
    let components = document["cmps"].as_object().expect("entities by key");
    let taken_back = |component: &Value| {
        component
            .as_object()
            .is_some_and(|members| members.len() == 1)
    };
    let gone = components
        .iter()
        .filter(|(_, component)| taken_back(component));
    (
        components.keys().map(String::as_str).collect(),
        gone.map(|(key, _)| key.as_str()).collect(),
    )
}

#[test]
fn home_assistant_is_told_of_every_entity_again_when_it_comes_up_and_of_those_that_are_gone() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "ha", &["-t", "homeassistant/#"]);
    let keys = "home_assistant = true";
    let documents = || on(&subscriber, DOCUMENT);
    let daemon = Daemon::start(folder.path(), &config(broker.port, keys, YARD));
    let first = wait_for("the document", || documents().first().map(json));
    check_shape(&first);

    wait_until("the subscriptions", || {
        daemon.log().matches("subscribed").count() == 2
    });
    publish(broker.port, "homeassistant/status", "online", &[]);
    wait_until("the document again", || documents().len() == 2);
    assert_eq!(json(&documents()[1]), first);
    assert!(daemon.stop().success());

    let daemon = Daemon::start(folder.path(), &config(broker.port, keys, ""));
    wait_until("what is gone, and then without it", || {
        documents().len() == 4
    });
    let told: Vec<_> = documents()[2..].iter().map(json).collect();
    let (all, gone) = components(&told[0]);
    assert_eq!(all, components(&first).0);
    assert!(
        gone.len() == 6 && gone.iter().all(|key| key.starts_with("camera.yard.")),
        "{gone:?}"
    );
    let (all, gone) = components(&told[1]);
    assert!(
        gone.is_empty() && !all.iter().any(|key| key.contains("yard")),
        "{all:?}"
    );
    assert!(daemon.stop().success());

    let daemon = Daemon::start(folder.path(), &config(broker.port, "", ""));
    wait_until("the device to be taken back", || documents().len() == 5);
    assert_eq!(documents()[4].payload, "");
    assert!(daemon.stop().success());
}

/// What Home Assistant wants of a device's document, and what we promise of ours.
fn check_shape(document: &Value) {
    assert_eq!(document["dev"]["name"], "test");
    assert_eq!(document["dev"]["sw"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["o"]["name"], "Watchpost");
    let components = document["cmps"].as_object().expect("entities by key");
    let mut ids = BTreeSet::new();
    for (key, component) in components {
        let platform = component["p"].as_str().expect("a platform");
        assert!(
            ["binary_sensor", "sensor", "event", "switch"].contains(&platform),
            "{key}: {platform}"
        );
        assert!(
            ids.insert(component["unique_id"].as_str().expect("an id")),
            "{key} is not unique"
        );
        let topic = component["stat_t"].as_str().expect("a topic");
        assert!(topic.starts_with("watchpost/test/"), "{key}: {topic}");
        let name = component["name"].as_str().expect("a name");
        assert!(
            !name.contains("test"),
            "{key} repeats the device's name: {name}"
        );
    }
    let keys: Vec<_> = components.keys().map(String::as_str).collect();
    assert_eq!(keys.len(), 6 + 2 * 6 + 2 + 2, "{keys:?}");
    let switch = &components["camera.cam.pause"];
    assert_eq!(switch["cmd_t"], "watchpost/test/cmd/pause");
    assert_eq!(switch["pl_on"], r#"{"camera":"cam","paused":true}"#);
}

#[test]
fn frigates_topics_say_the_same() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "frigate", &["-t", "frigate/#"]);
    let daemon = Daemon::start(
        folder.path(),
        &config(broker.port, "frigate_compat = true", ""),
    );
    let ours = || on(&subscriber, "watchpost/test/camera/cam/event");
    wait_until("somebody to leave", || {
        ours().iter().any(|event| json(event)["type"] == "left")
    });
    assert!(daemon.stop().success());
    subscriber.wait_for("frigate/available", "online");
    subscriber.wait_for("frigate/available", "offline");
    for topic in [
        "frigate/cam/person",
        "frigate/cam/all/person",
        "frigate/all/person",
    ] {
        assert!(
            on(&subscriber, topic)
                .iter()
                .any(|count| count.payload != "0"),
            "{topic}"
        );
    }
    let ours = ours();
    let theirs = on(&subscriber, "frigate/events");
    assert_eq!(ours.len(), theirs.len());
    for (our, their) in ours.iter().map(json).zip(theirs.iter().map(json)) {
        let kind = match our["type"].as_str().expect("a type") {
            "entered" => "new",
            "left" => "end",
            _ => "update",
        };
        assert_eq!(their["type"], kind);
        let after = &their["after"];
        for member in ["id", "camera", "label", "score", "top_score"] {
            assert_eq!(after[member], our[member], "{member}");
        }
        assert_eq!(after["current_zones"], our["zones"]);
        assert_eq!(after["has_snapshot"], json!(false));
    }
}
