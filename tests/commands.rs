//! Commands over MQTT: the real daemon, a real broker, and whoever sends something to it.

mod support;

use std::fs;

use serde_json::{Value, json};

use support::broker::{Broker, BrokerOptions};
use support::daemon::Daemon;
use support::schema::assert_valid;
use support::subscriber::{Subscriber, publish};
use support::{wait_for, wait_until};

const BASE: &str = "watchpost/test";
const ALL: &str = r#"["pause", "resume", "threshold", "reload", "stats", "reset_totals"]"#;

/// A daemon that watches a clip again and again, and who listens to it.
struct Stage {
    broker: Broker,
    folder: tempfile::TempDir,
    subscriber: Subscriber,
    commands: &'static str,
}

impl Stage {
    fn new(commands: &'static str) -> Self {
        let broker = Broker::start(&BrokerOptions::default());
        let subscriber = Subscriber::start(broker.port, "caller", &[]);
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            subscriber,
            broker,
            commands,
        }
    }

    fn daemon(&self) -> Daemon {
        let config = format!(
            "[device]\nname = \"test\"\n[mqtt]\nurl = \"mqtt://127.0.0.1:{}\"\ncommands = {}\n\
             [detector]\nmodel = \"models/person/manifest.toml\"\n\
             [[camera]]\nname = \"cam\"\nsource = \"clip:tests/scenes/hall_two_people.avi\"\nrepeat = true\n\
             [[camera.line]]\nname = \"middle\"\nfrom = [0.5, 1.0]\nto = [0.5, 0.2]\n",
            self.broker.port, self.commands
        );
        let log = self.folder.path().join("log");
        let subscriptions = || {
            let log = fs::read_to_string(&log).unwrap_or_default();
            log.matches("subscribed").count()
        };
        let before = subscriptions();
        let daemon = Daemon::start(self.folder.path(), &config);
        wait_until("the subscription", || subscriptions() > before);
        daemon
    }

    /// Sends a command; gives its result.
    fn ask(&self, command: &str, body: &Value) -> Value {
        let results = self.results(command).len();
        let topic = format!("{BASE}/cmd/{command}");
        publish(self.broker.port, &topic, &body.to_string(), &[]);
        self.result(command, results)
    }

    fn result(&self, command: &str, index: usize) -> Value {
        let result = wait_for(&format!("a result of {command}"), || {
            self.results(command).get(index).cloned()
        });
        assert_valid("command-result", &result);
        result
    }

    fn results(&self, command: &str) -> Vec<Value> {
        self.said(&format!("cmd/{command}/result"))
    }

    /// Everything said on a topic of the device.
    fn said(&self, topic: &str) -> Vec<Value> {
        let topic = format!("{BASE}/{topic}");
        let messages = self.subscriber.messages();
        let on_topic = messages.iter().filter(|message| message.topic == topic);
        let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| text.into());
        on_topic.map(|message| json(&message.payload)).collect()
    }

    fn wait_for_state(&self, state: &str) {
        wait_until(state, || {
            let last = self.said("camera/cam/status").pop();
            last.is_some_and(|status| status["state"] == state)
        });
    }

    fn frames(&self, id: &str) -> u64 {
        let stats = &self.ask("stats", &json!({ "id": id }))["stats"];
        stats["cameras"]["cam"]["frames"]
            .as_u64()
            .expect("a number")
    }
}

#[test]
fn a_paused_camera_ends_its_visits_and_stays_paused_over_a_restart() {
    let stage = Stage::new(ALL);
    let daemon = stage.daemon();
    let events = |kind: &str| {
        let events = stage.said("camera/cam/event");
        events.iter().filter(|event| event["type"] == kind).count()
    };
    wait_until("somebody", || events("entered") > events("left"));
    let pause = json!({ "id": "p1", "camera": "cam" });
    let result = stage.ask("pause", &pause);
    assert_eq!((&result["id"], &result["ok"]), (&json!("p1"), &json!(true)));
    stage.wait_for_state("paused");
    wait_until("nobody", || events("entered") == events("left"));
    assert!(stage.said("camera/cam/person").ends_with(&["OFF".into()]));
    wait_until("the device to be closed", || {
        daemon.log().contains("camera closed")
    });
    let frames = stage.frames("s1");

    daemon.kill();
    let daemon = stage.daemon();
    assert!(daemon.log().contains("stays paused"), "{}", daemon.log());
    assert_eq!(
        stage.frames("s2"),
        0,
        "after {frames} frames nobody looks any more"
    );
    // Home Assistant's switch sends this.
    assert_eq!(
        stage.ask("pause", &json!({ "camera": "cam", "paused": false }))["ok"],
        true
    );
    stage.wait_for_state("online");
    let kept = fs::read_to_string(stage.folder.path().join("outbox/kept.json"));
    assert!(kept.expect("is there").contains(r#""paused":[]"#));
    assert!(daemon.stop().success());
}

#[test]
fn totals_survive_a_restart_and_can_be_reset() {
    let stage = Stage::new(ALL);
    let total = || -> u64 {
        let last = |way: &str| stage.said(&format!("camera/cam/line/middle/{way}")).pop();
        let number = |value: Option<Value>| value.and_then(|value| value.as_u64()).unwrap_or(0);
        number(last("in")) + number(last("out"))
    };
    let daemon = stage.daemon();
    wait_until("somebody to cross", || total() > 0);
    // Nobody crosses while it stops.
    stage.ask("pause", &json!({ "camera": "cam" }));
    stage.wait_for_state("paused");
    let before = total();
    assert!(daemon.stop().success());
    let daemon = stage.daemon();
    stage.ask("stats", &json!({}));
    assert_eq!(total(), before);
    let result = stage.ask("reset_totals", &json!({ "line": "gate" }));
    assert_eq!(
        result["error"],
        r#"no line "gate"; expected any of: middle"#
    );
    assert_eq!(
        stage.ask("reset_totals", &json!({ "line": "middle" }))["ok"],
        true
    );
    wait_until("zero", || total() == 0);
    assert!(daemon.stop().success());
}

#[test]
fn what_is_malformed_unknown_replayed_or_too_long_is_refused_and_changes_nothing() {
    let stage = Stage::new(r#"["pause", "stats"]"#);
    let daemon = stage.daemon();
    let port = stage.broker.port;
    let refused = |command: &str, body: &Value, expected: &str| {
        let result = stage.ask(command, body);
        let error = result["error"].as_str().unwrap_or_default();
        assert!(error.contains(expected), "{command} {body}: {result}");
    };
    refused(
        "pause",
        &json!({ "camera": "hall" }),
        "no camera \"hall\"; expected any of: cam",
    );
    refused("pause", &json!(7), "expected a JSON object");
    refused(
        "pause",
        &json!({ "camera": "cam", "x": "y".repeat(5000) }),
        "bytes are too long",
    );
    refused(
        "resume",
        &json!({ "camera": "cam" }),
        "not allowed on this device",
    );
    refused("explode", &json!({}), "unknown command");
    let results = stage.results("pause").len();
    publish(
        port,
        &format!("{BASE}/cmd/pause"),
        r#"{"camera":"cam"}"#,
        &["-r"],
    );
    let result = stage.result("pause", results);
    assert!(
        result["error"]
            .as_str()
            .unwrap_or_default()
            .contains("retained"),
        "{result}"
    );
    publish(port, &format!("{BASE}/cmd/pause"), "", &["-r"]);
    assert_eq!(stage.ask("stats", &json!({ "id": "same" }))["ok"], true);
    assert_eq!(stage.ask("stats", &json!({ "id": "same" }))["ok"], true);
    let carried_out = daemon.log().matches("carrying out a command").count();
    assert_eq!(
        carried_out,
        2,
        "the pause of a camera that is not there, and stats once:\n{}",
        daemon.log()
    );
    stage.wait_for_state("online");
    assert!(daemon.stop().success());
}

#[test]
fn a_threshold_holds_over_a_restart() {
    let stage = Stage::new(ALL);
    let daemon = stage.daemon();
    assert_eq!(
        stage.ask("threshold", &json!({ "value": 0.75, "camera": "cam" }))["ok"],
        true
    );
    daemon.kill();
    let daemon = stage.daemon();
    assert!(daemon.log().contains("0.75"), "{}", daemon.log());
    assert_eq!(
        stage.ask("threshold", &json!({ "value": null }))["ok"],
        true
    );
    assert!(daemon.stop().success());
}
