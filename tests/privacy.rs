//! That docs/messages.md shows everything that leaves the device: a real daemon with everything switched on says nothing on a topic, and no
//! member in a payload, that the page does not show.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use support::broker::{Broker, BrokerOptions};
use support::daemon::Daemon;
use support::subscriber::{Message, Subscriber, publish};
use support::wait_until;

const INTRODUCTION: &str = "# Every message

<!-- Made of what a real daemon says, by a test: UPDATE_DOCS=1 cargo test --test privacy -->

One of each kind, whole, with the size of its payload. A device called `porch-pi` with a camera `porch`, a zone `steps` and a line
`gate`, and a second camera `hall`, of which only the events are shown because the rest is as for `porch`; everything that can be
switched on is. Ids and times are those of one run with a rendered clip, latencies those of a test build on a busy machine.
`camera_obscured` and `camera_cleared` are not shown: they have the members of `camera_lost` and `camera_found`.
[What Watchpost says on MQTT](mqtt.md) explains them, [Privacy](privacy.md) what they can say about a person.

";

/// Members that depend on the machine or the moment.
const NOW_AND_THEN: [&str; 6] = [
    "cameras.*.reason",
    "stats.cameras.*.reason",
    "governor.reason",
    "governor.temperature_c",
    "stats.governor.reason",
    "stats.governor.temperature_c",
];

/// `UPDATE_DOCS=1 cargo test --test privacy` shows what is said now.
#[test]
fn nothing_leaves_that_the_page_does_not_show() {
    let said = said();
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let updated = format!("{INTRODUCTION}{}", show(&said));
        return fs::write(&page, updated).expect("the page can be written");
    }
    let text = fs::read_to_string(&page).expect("the page is there");
    let shown = text.strip_prefix(INTRODUCTION);
    let shown = read(shown.expect("UPDATE_DOCS=1 cargo test --test privacy"));
    assert_eq!(
        said.keys().collect::<Vec<_>>(),
        shown.keys().collect::<Vec<_>>(),
        "UPDATE_DOCS=1 cargo test --test privacy"
    );
    for (kind, payload) in said
        .iter()
        .flat_map(|(kind, all)| all.iter().map(move |one| (kind, one)))
    {
        let (found, known) = (members(payload), members(&shown[kind]));
        let unknown: Vec<_> = found
            .difference(&known)
            .filter(|member| !NOW_AND_THEN.contains(&member.as_str()))
            .collect();
        assert!(unknown.is_empty(), "{kind} says {unknown:?} too");
    }
}

/// Every message, by its kind.
fn said() -> BTreeMap<String, Vec<String>> {
    let broker = Broker::start(&BrokerOptions::default());
    let others = ["-t", "homeassistant/#", "-t", "frigate/#"];
    let subscriber = Subscriber::start(broker.port, "privacy", &others);
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A camera that is not there at first: of it come the events that are about cameras.
    let later = folder.path().join("later.avi");
    let config = format!(
        "[device]\nname = \"porch-pi\"\n[mqtt]\nurl = \"mqtt://127.0.0.1:{}\"\nhome_assistant = true\nfrigate_compat = true\n\
         commands = [\"pause\", \"stats\"]\n[detector]\nmodel = \"models/person/manifest.toml\"\n\
         [[camera]]\nname = \"porch\"\nsource = \"clip:tests/scenes/hall_two_people.avi\"\nrepeat = true\n\
         [[camera.zone]]\nname = \"steps\"\npoints = [[0.2, 0.3], [0.8, 0.3], [0.8, 1.0], [0.2, 1.0]]\ndwell_ms = 1000\n\
         [[camera.line]]\nname = \"gate\"\nfrom = [0.5, 1.0]\nto = [0.5, 0.2]\n\
         [[camera]]\nname = \"hall\"\nsource = \"clip:{}\"\nrepeat = true\n",
        broker.port,
        later.display()
    );
    let daemon = Daemon::start(folder.path(), &config);
    let kinds = || {
        assert_eq!(strangers(daemon.pid(), broker.port), NOBODY);
        kinds(&subscriber)
    };
    for event in [
        "entered",
        "updated",
        "left",
        "zone_entered",
        "zone_left",
        "dwelled",
        "line_crossed",
    ] {
        let wanted = format!("watchpost/porch-pi/camera/porch/event {event}");
        wait_until(event, || kinds().contains(&wanted));
    }
    let wanted = |event: &str| format!("watchpost/porch-pi/camera/hall/event {event}");
    wait_until("the loss", || kinds().contains(&wanted("camera_lost")));
    fs::copy("tests/scenes/hall_empty.avi", &later).expect("is copied");
    wait_until("the return", || kinds().contains(&wanted("camera_found")));
    for (command, body) in [
        ("stats", json!({ "id": "a1" })),
        ("pause", json!({ "id": "a2", "camera": "porch" })),
    ] {
        let topic = format!("watchpost/porch-pi/cmd/{command}");
        publish(broker.port, &topic, &body.to_string(), &[]);
        wait_until(command, || kinds().contains(&format!("{topic}/result")));
    }
    wait_until("the end of the visits", || {
        let status = "watchpost/porch-pi/camera/porch/status";
        subscriber.with(|messages| {
            let mut found = messages.iter().filter(|message| message.topic == status);
            found.any(|message| message.payload.contains("\"paused\""))
        })
    });
    assert_eq!(strangers(daemon.pid(), 0).len(), 1, "the broker's own");
    assert!(daemon.stop().success());
    let temporary = folder.path().display().to_string();
    let message = |message: Message| Message {
        payload: as_packaged(&message.payload).replace(&temporary, "/srv"),
        ..message
    };
    let mut said = BTreeMap::<_, Vec<_>>::new();
    for message in subscriber.messages().into_iter().map(message) {
        let ours = message.topic.contains("/cmd/") && !message.topic.ends_with("/result");
        let as_porch = message.topic.contains("/hall/") && !message.topic.ends_with("/event");
        if !ours && !as_porch {
            said.entry(kind(&message))
                .or_default()
                .push(message.payload);
        }
    }
    said
}

fn kinds(subscriber: &Subscriber) -> BTreeSet<String> {
    subscriber.with(|messages| messages.iter().map(kind).collect())
}

const NOBODY: [String; 0] = [];

/// Whom a process talks to but the broker, as the kernel says: the far ends of its sockets, and those of its datagrams.
fn strangers(pid: u32, broker: u16) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).expect("it is ours");
    let open = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let open: BTreeSet<_> = open
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    let mut strangers = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"] {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let words: Vec<_> = line.split_whitespace().collect();
            let (far, inode) = (words[2], format!("socket:[{}]", words[9]));
            let is_broker = table == "tcp" && far == format!("0100007F:{broker:04X}");
            if open.contains(&inode) && !is_broker {
                strangers.push(format!("{table} {far}"));
            }
        }
    }
    strangers
}

/// With ONNX Runtime's library where the package has it, not where this checkout does.
fn as_packaged(payload: &str) -> String {
    match (
        payload.find("(ONNX Runtime "),
        payload.find("libonnxruntime.so"),
    ) {
        (Some(name), Some(file)) => {
            let path = payload[name + 1..]
                .find('(')
                .map_or(file, |at| name + 2 + at);
            format!(
                "{}/usr/lib/watchpost/{}",
                &payload[..path],
                &payload[file..]
            )
        }
        _ => payload.to_owned(),
    }
}

/// The topic, and of an event its type.
fn kind(message: &Message) -> String {
    let payload: Value = serde_json::from_str(&message.payload).unwrap_or_default();
    match payload["type"].as_str() {
        Some(event) => format!("{} {event}", message.topic),
        None => message.topic.clone(),
    }
}

/// Where in the JSON a value is; which stage or entity it is about is no news.
fn members(payload: &str) -> BTreeSet<String> {
    let mut members = BTreeSet::new();
    if let Ok(payload @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(payload) {
        collect(&payload, "", &mut members);
    }
    members
}

fn collect(value: &Value, at: &str, members: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let by_name = ["latency_ms", "cmps", "cameras"]
                    .iter()
                    .any(|list| at.ends_with(list));
                let key = if by_name { "*" } else { key };
                let dot = if at.is_empty() { "" } else { "." };
                collect(value, &format!("{at}{dot}{key}"), members);
            }
        }
        Value::Array(items) => {
            // An empty list is a member, too.
            members.insert(at.to_owned());
            items.iter().for_each(|item| collect(item, at, members));
        }
        _ => {
            members.insert(at.to_owned());
        }
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/messages.md")
}

/// Of each kind the message that says most; of equals the first, and a count or a state that is more than nothing.
fn show(said: &BTreeMap<String, Vec<String>>) -> String {
    let weight = |payload: &String| {
        (
            members(payload).len(),
            !["0", "OFF"].contains(&payload.as_str()),
        )
    };
    let one = |(kind, all): (&String, &Vec<String>)| {
        let most = all.iter().rev().max_by_key(|payload| weight(payload));
        let payload = most.expect("one at least");
        format!(
            "`{kind}` ({} bytes)\n\n```json\n{payload}\n```\n\n",
            payload.len()
        )
    };
    let all: Vec<String> = said.iter().map(one).collect();
    all.concat().trim_end().to_owned() + "\n"
}

/// What [`show`] has written; panics where a size is wrong.
fn read(shown: &str) -> BTreeMap<String, String> {
    let shown = shown.trim_end().trim_end_matches("\n```");
    shown
        .split("\n```\n\n")
        .map(|part| {
            let (head, payload) = part.split_once("\n\n```json\n").expect("a payload");
            let (kind, size) = head.split_once(" (").expect("a size");
            let size = size.trim_end_matches(" bytes)");
            assert_eq!(size.parse(), Ok(payload.len()), "{kind}");
            (kind.trim_matches('`').to_owned(), payload.to_owned())
        })
        .collect()
}
