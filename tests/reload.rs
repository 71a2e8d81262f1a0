//! A configuration that is changed while the daemon runs: the real daemon, a real broker, SIGHUP and the command.

mod support;

use serde_json::{Value, json};

use support::broker::{Broker, BrokerOptions};
use support::daemon::{Daemon, watchpost};
use support::manager::Manager;
use support::schema::assert_valid;
use support::subscriber::{Subscriber, publish};
use support::{wait_for, wait_until};

const LINE: &str = "[[camera.line]]\nname = \"middle\"\nfrom = [0.5, 1.0]\nto = [0.5, 0.2]\n";
const ZONE: &str = "[[camera.zone]]\nname = \"all\"\npoints = [[0, 0], [1, 0], [1, 1], [0, 1]]\n";

/// A broker, who listens to it, and a daemon that watches a clip again and again.
struct Stage {
    broker: Broker,
    subscriber: Subscriber,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let broker = Broker::start(&BrokerOptions::default());
        Self {
            subscriber: Subscriber::start(broker.port, "listener", &["-t", "homeassistant/#"]),
            folder: tempfile::tempdir().expect("a temporary folder"),
            broker,
        }
    }

    /// A configuration whose camera is followed by `camera`.
    fn config(&self, camera: &str) -> String {
        format!(
            "[device]\nname = \"test\"\n[mqtt]\nurl = \"mqtt://127.0.0.1:{}\"\ncommands = [\"reload\"]\n\
             home_assistant = true\n[detector]\nmodel = \"models/person/manifest.toml\"\n\
             [[camera]]\nname = \"cam\"\nsource = \"clip:tests/scenes/hall_two_people.avi\"\nrepeat = true\n{camera}",
            self.broker.port
        )
    }

    /// Everything said on a topic of the device.
    fn said(&self, topic: &str) -> Vec<String> {
        let topic = format!("watchpost/test/{topic}");
        let messages = self.subscriber.messages();
        let on_topic = messages
            .into_iter()
            .filter(|message| message.topic == topic);
        on_topic.map(|message| message.payload).collect()
    }

    fn events(&self, kind: &str) -> Vec<Value> {
        let events = self.said("camera/cam/event");
        let events = events
            .iter()
            .map(|text| serde_json::from_str(text).expect("is JSON"));
        events
            .filter(|event: &Value| event["type"] == kind)
            .collect()
    }

    fn totals(&self) -> u64 {
        let last = |way: &str| self.said(&format!("camera/cam/line/middle/{way}")).pop();
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
        number(last("in")) + number(last("out"))
    }
}

#[test]
fn a_zone_that_is_added_and_taken_away_works_at_once_and_totals_go_on() {
    let stage = Stage::new();
    let daemon = Daemon::start(stage.folder.path(), &stage.config(LINE));
    wait_until("somebody to cross", || stage.totals() > 0);
    let before = stage.totals();
    daemon.reload(&stage.config(&format!("{LINE}{ZONE}")));
    wait_until("somebody in the new zone", || {
        !stage.events("zone_entered").is_empty()
    });
    let zone = || stage.said("camera/cam/zone/all/count");
    assert!(!zone().is_empty());
    let discovery = || {
        stage
            .subscriber
            .messages()
            .into_iter()
            .filter(|m| m.topic.starts_with("homeassistant/"))
    };
    wait_until("Home Assistant to hear of it", || {
        discovery().any(|m| m.payload.contains("zone/all"))
    });
    assert!(stage.totals() >= before, "the line goes on counting");
    assert_eq!(
        daemon.log().matches("camera opened").count(),
        1,
        "{}",
        daemon.log()
    );

    daemon.reload(&stage.config(LINE));
    wait_until("the zone to be cleared", || {
        zone().last().is_some_and(String::is_empty)
    });
    // Whoever was in it has left it.
    wait_until("everybody to have left it", || {
        stage.events("zone_entered").len() == stage.events("zone_left").len()
    });
    wait_until("Home Assistant to forget it", || {
        let last = discovery().next_back();
        last.is_some_and(|document| !document.payload.contains("zone/all"))
    });
    assert!(daemon.stop().success());
}

#[test]
fn a_refused_configuration_changes_nothing_and_every_complaint_is_logged() {
    let stage = Stage::new();
    let daemon = Daemon::start(stage.folder.path(), &stage.config(LINE));
    wait_until("somebody", || !stage.events("entered").is_empty());
    daemon.reload(&stage.config("stall_ms = 1\nmaskss = []\n"));
    wait_until("the refusal", || daemon.log().contains("is refused"));
    let log = daemon.log();
    let refusal = log.split("is refused").nth(1).expect("it was said");
    for complaint in ["camera[0].stall_ms", "maskss", "masks", "watchpost.toml:"] {
        assert!(refusal.contains(complaint), "{complaint}: {refusal}");
    }
    let before = stage.events("entered").len();
    wait_until("events to go on", || stage.events("entered").len() > before);
    assert!(daemon.stop().success());
}

#[test]
fn what_needs_a_restart_is_named_by_the_command_and_the_rest_is_applied() {
    let stage = Stage::new();
    let daemon = Daemon::start(stage.folder.path(), &stage.config(LINE));
    wait_until("the subscription", || daemon.log().contains("cmd/+"));
    let ask = |id: &str| {
        let topic = "watchpost/test/cmd/reload";
        publish(
            stage.broker.port,
            topic,
            &json!({ "id": id }).to_string(),
            &[],
        );
        wait_for("the result", || {
            let results = stage.said("cmd/reload/result");
            let results = results
                .iter()
                .map(|text| serde_json::from_str::<Value>(text).expect("is JSON"));
            results.into_iter().find(|result| result["id"] == id)
        })
    };
    let changed = stage
        .config("leave_after_ms = 3000\nfps = 7\n")
        .replace("hall_two_people", "hall_empty");
    std::fs::write(
        stage.folder.path().join("watchpost.toml"),
        format!(
            "{changed}\n[outbox]\npath = {:?}\n",
            stage.folder.path().join("outbox")
        ),
    )
    .expect("is written");
    let result = ask("1");
    assert_valid("command-result", &result);
    let expected = json!({
        "applied": ["camera \"cam\": confirm_hits, leave_after_ms, update_every_ms", "camera \"cam\": line"],
        "restart": ["camera \"cam\": source", "camera \"cam\": fps"],
    });
    assert_eq!(result["reload"], expected);
    let again = ask("2");
    assert_eq!(again["reload"]["applied"], json!([]));
    assert_eq!(
        again["reload"]["restart"], expected["restart"],
        "it still waits"
    );
    std::fs::write(stage.folder.path().join("watchpost.toml"), "[mqtt").expect("is written");
    let refused = ask("3");
    assert_valid("command-result", &refused);
    assert!(
        refused["error"]
            .as_str()
            .is_some_and(|error| error.contains("watchpost.toml:1")),
        "{refused}"
    );
    assert!(daemon.stop().success());
}

#[test]
fn the_service_manager_hears_reloading_and_then_ready() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut manager = Manager::listen(folder.path());
    let mut command = watchpost();
    command.env("NOTIFY_SOCKET", &manager.path);
    let config = "[mqtt]\nurl = \"mqtt://127.0.0.1:9\"\n[[camera]]\nname = \"cam\"\n\
         source = \"clip:tests/scenes/hall_empty.avi\"\nrepeat = true\n";
    let daemon = Daemon::start_as(command, folder.path(), config);
    manager.hear("READY=1");
    daemon.reload(&config.replace("repeat = true", "repeat = true\nfps = 3"));
    let reloading = manager.hear("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    let ready = manager.hear("READY=1");
    assert!(
        ready.contains("restart to apply camera \"cam\": fps"),
        "{ready}"
    );
    assert!(daemon.stop().success());
}
