//! Metrics of the real daemon: that the documentation's table is what it serves, that Prometheus can read it, that it agrees with
//! `status`, and that nobody can keep others from it.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use support::broker::{Broker, BrokerOptions};
use support::daemon::{Daemon, watchpost};
use support::exposition::{self, Metric};
use support::subscriber::{Message, Subscriber, publish};
use support::{wait_for, wait_until};

const RESULT: &str = "watchpost/test/cmd/stats/result";
/// Words of the program that may be label values, beside names from the configuration and what describes the machine.
const WORDS: [&str; 48] = [
    "still",
    "faint",
    "small",
    "flitting",
    "online",
    "lost",
    "stalled",
    "obscured",
    "paused",
    "overwritten",
    "not_wanted",
    "flagged",
    "short",
    "missing",
    "broken",
    "inference_failed",
    "hand_over",
    "decode",
    "motion",
    "turn",
    "convert",
    "detect",
    "decide",
    "total",
    "entered",
    "updated",
    "left",
    "zone_entered",
    "zone_left",
    "dwelled",
    "line_crossed",
    "camera_lost",
    "camera_found",
    "camera_obscured",
    "camera_cleared",
    "in",
    "out",
    "budget",
    "memory",
    "unreadable",
    "under_voltage",
    "clock_capped",
    "throttled",
    "soft_temperature_limit",
    "onnxruntime",
    "embedded",
    "person",
    "cpu",
];

#[test]
fn what_is_served_is_what_the_table_says_and_what_status_says() {
    let broker = Broker::start(&BrokerOptions::default());
    let subscriber = Subscriber::start(broker.port, "metrics", &[]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("mqtt://127.0.0.1:{}", broker.port);
    let daemon = Daemon::start(folder.path(), &config(&url, "[::1]:0"));
    let address = address(&daemon);

    let page = wait_for("somebody in the clip", || {
        let page = scrape(address);
        let metrics = exposition::parse(&page);
        let entered = value(&metrics, "watchpost_events_total", &["cam", "entered"]);
        let delivered = value(&metrics, "watchpost_broker_acknowledged_events_total", &[]);
        (entered >= 1.0 && delivered >= 1.0).then_some(page)
    });
    let metrics = exposition::parse(&page);
    assert_eq!(served(&metrics), documented());
    assert_no_other_words(&metrics);
    assert_promtool_likes(&page);

    assert_eq!(value(&metrics, "watchpost_broker_connected", &[]), 1.0);
    assert_eq!(value(&metrics, "watchpost_outbox_disk_ok", &[]), 1.0);
    assert!(value(&metrics, "process_resident_memory_bytes", &[]) > 1e6);
    let delivered = value(&metrics, "watchpost_broker_acknowledged_events_total", &[]);
    let sent = value(&metrics, "watchpost_event_latency_seconds_count", &[]);
    assert!(
        sent >= delivered,
        "{delivered} arrived and {sent} were sent"
    );
    let frames = value(&metrics, "watchpost_frames_total", &["cam"]);
    let timed = value(&metrics, "watchpost_stage_seconds_count", &["cam", "total"]);
    assert_eq!(frames, timed, "every frame is timed once");

    assert_status_agrees(&broker, &subscriber, address);
    assert!(daemon.stop().success());
}

/// Of three looks one after the other the one in the middle has counted no less than the first and no more than the last.
fn assert_status_agrees(broker: &Broker, subscriber: &Subscriber, address: SocketAddr) {
    let status = |id: &str| {
        publish(
            broker.port,
            "watchpost/test/cmd/stats",
            &json!({ "id": id }).to_string(),
            &[],
        );
        wait_for("what status says", || {
            let result = |message: &Message| {
                let result: Value = serde_json::from_str(&message.payload).ok()?;
                (result["id"] == id).then(|| result["stats"]["cameras"]["cam"].clone())
            };
            subscriber.with(|messages| {
                let mut results = messages.iter().filter(|message| message.topic == RESULT);
                results.find_map(result)
            })
        })
    };
    let count = |status: &Value, key: &str| status[key].as_f64().expect("a count");
    let before = status("before");
    let page = wait_for("a page that is younger", || {
        let page = exposition::parse(&scrape(address));
        let frames = value(&page, "watchpost_frames_total", &["cam"]);
        (frames >= count(&before, "frames")).then_some(page)
    });
    let after = status("after");
    for (metric, key) in [
        ("watchpost_frames_total", "frames"),
        ("watchpost_inferences_total", "inferences"),
        ("watchpost_inferences_saved_total", "inferences_saved"),
    ] {
        let (low, high) = (count(&before, key), count(&after, key));
        let found = value(&page, metric, &["cam"]);
        assert!(
            low <= found && found <= high,
            "{metric}: {low} {found} {high}"
        );
    }
    let dropped = value(
        &page,
        "watchpost_frames_dropped_total",
        &["cam", "overwritten"],
    );
    assert!(dropped <= count(&after, "dropped"));
}

/// Whoever says nothing, or never stops talking, has his time and his bytes and no more.
#[test]
fn nobody_keeps_others_from_the_metrics() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let daemon = Daemon::start(folder.path(), &config(NO_BROKER, "127.0.0.1:0"));
    let address = address(&daemon);
    let silent: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(address).expect("it listens"))
        .collect();
    let mut chatty = TcpStream::connect(address).expect("it listens");
    chatty
        .write_all(&[b'a'; 5000])
        .expect("the kernel takes that");
    assert!(scrape(address).contains("watchpost_build_info{"));
    assert_eq!(listening(daemon.pid()), 1, "nothing but the metrics");
    let answer = |mut stream: TcpStream| {
        let mut answer = Vec::new();
        // Bytes that nobody read may end the connection the hard way.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).expect("text")
    };
    for stream in silent {
        assert_eq!(answer(stream), "", "there is no answer to nothing");
    }
    let long = answer(chatty);
    assert!(
        long.is_empty() || long.starts_with("HTTP/1.1 431 "),
        "{long}"
    );
}

#[test]
fn nothing_listens_unless_the_configuration_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = config(NO_BROKER, "127.0.0.1:0");
    let (without, _) = config.split_once("[metrics]").expect("it is last");
    let daemon = Daemon::start(folder.path(), without);
    wait_until("it to watch", || daemon.log().contains("watching"));
    assert!(!daemon.log().contains("serving metrics"));
    assert_eq!(listening(daemon.pid()), 0);
}

/// How many TCP sockets of a process listen, as the kernel says.
fn listening(pid: u32) -> usize {
    const LISTEN: &str = "0A";
    let folder = format!("/proc/{pid}");
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("{folder}/net/{table}")));
    let tables: String = tables
        .into_iter()
        .map(|table| table.expect("Linux has it"))
        .collect();
    let inode = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        (words.get(3) == Some(&LISTEN)).then(|| format!("socket:[{}]", words[9]))
    };
    let all: BTreeSet<_> = tables.lines().filter_map(inode).collect();
    let open = fs::read_dir(format!("{folder}/fd")).expect("it is ours");
    let open = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    open.filter(|file| all.contains(&*file.to_string_lossy()))
        .count()
}

#[test]
fn an_address_that_is_in_use_is_said_and_no_reason_not_to_watch() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it is bound");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let daemon = Daemon::start(folder.path(), &config(NO_BROKER, &address.to_string()));
    wait_until("the warning", || {
        daemon.log().contains("cannot serve metrics")
    });
    wait_until("it to watch", || daemon.log().contains("watching"));
    drop(taken);
    assert!(scrape(self::address(&daemon)).contains("watchpost_frames_total{"));
}

/// Nobody listens on the discard port.
const NO_BROKER: &str = "mqtt://127.0.0.1:9";

fn config(url: &str, listen: &str) -> String {
    format!(
        "[device]\nname = \"test\"\n[mqtt]\nurl = {url:?}\ncommands = [\"stats\"]\n\
         [detector]\nmodel = \"models/person/manifest.toml\"\n\
         [[camera]]\nname = \"cam\"\nsource = \"clip:tests/scenes/hall_two_people.avi\"\nrepeat = true\n\
         [[camera.line]]\nname = \"middle\"\nfrom = [0.5, 1.0]\nto = [0.5, 0.2]\n\
         [metrics]\nlisten = {listen:?}\n"
    )
}

/// Where it says that it listens.
fn address(daemon: &Daemon) -> SocketAddr {
    wait_for("the server", || {
        let log = daemon.log();
        let line = log.lines().find(|line| line.contains("serving metrics"))?;
        let address = line.split("address=").nth(1)?.split(' ').next()?;
        address.parse().ok()
    })
}

/// The page, as Prometheus asks for it.
fn scrape(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request =
        format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Prometheus/3\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .expect("the kernel takes that");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, page) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let length = format!("Content-Length: {}", page.len());
    assert!(head.lines().any(|line| line == length), "{head}");
    page.to_owned()
}

fn value(metrics: &BTreeMap<String, Metric>, sample: &str, labels: &[&str]) -> f64 {
    let mut all = metrics.values().flat_map(|metric| &metric.samples);
    let found = all.find(|found| {
        let values = found.labels.iter().map(|(_, value)| value.as_str());
        found.name == sample && values.eq(labels.iter().copied())
    });
    found
        .unwrap_or_else(|| panic!("no {sample}{labels:?}"))
        .value
}

/// Name and type of each metric, and its labels where it has samples here.
type Table = BTreeMap<String, (String, String)>;

fn documented() -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let text = fs::read_to_string(path).expect("the page is there");
    let (_, table) = text.split_once("the table begins -->").expect("a table");
    let (table, _) = table.split_once("<!-- the table ends").expect("an end");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let mut cells = row.split('|').map(|cell| cell.trim().replace('`', ""));
        let mut cell = || cells.next().expect("a cell");
        cell();
        let name = cell();
        (name, (cell(), cell()))
    })
    .collect()
}

/// With the documented labels where this machine has no sample to show any.
fn served(metrics: &BTreeMap<String, Metric>) -> Table {
    let documented = documented();
    let labels = |name: &String, metric: &Metric| match metric.samples.first() {
        Some(sample) => {
            let names = sample.labels.iter().map(|(name, _)| name.as_str());
            names
                .filter(|name| *name != "le")
                .collect::<Vec<_>>()
                .join(", ")
        }
        None => documented
            .get(name)
            .map(|(_, labels)| labels.clone())
            .unwrap_or_default(),
    };
    let row = |(name, metric): (&String, &Metric)| {
        (name.clone(), (metric.kind.clone(), labels(name, metric)))
    };
    metrics.iter().map(row).collect()
}

/// What a label says comes from the configuration, describes the machine, or is a word of ours.
fn assert_no_other_words(metrics: &BTreeMap<String, Metric>) {
    let machine = ["version", "providers", "provider", "sensor", "meter", "le"];
    let ours: BTreeSet<_> = WORDS.into_iter().chain(["cam", "middle"]).collect();
    let samples = metrics.values().flat_map(|metric| &metric.samples);
    for (label, value) in samples.flat_map(|sample| &sample.labels) {
        let known = machine.contains(&label.as_str()) || ours.contains(value.as_str());
        assert!(known, "{label}={value:?}");
    }
}

/// Prometheus's own judge, where it is installed: on Debian it is in the package `prometheus`, which is no small one.
fn assert_promtool_likes(page: &str) {
    let judge = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut judge) = judge else {
        // The page has been held against our own parser.
        return;
    };
    let mut input = judge.stdin.take().expect("it is piped");
    input.write_all(page.as_bytes()).expect("it reads");
    drop(input);
    let judged = judge.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&judged.stderr);
    assert!(judged.status.success() && said.is_empty(), "{said}");
}

#[test]
fn addresses_beyond_this_machine_need_a_second_key() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let check = |metrics: &str| {
        let text = config(NO_BROKER, "x").replace("listen = \"x\"", metrics);
        let path = folder.path().join("watchpost.toml");
        fs::write(&path, text).expect("is written");
        let checked = watchpost().args(["check", "--config"]).arg(&path).output();
        let checked = checked.expect("it runs");
        (
            checked.status.success(),
            String::from_utf8_lossy(&checked.stderr).into_owned(),
        )
    };
    for good in [
        "listen = \"127.0.0.1:9464\"",
        "listen = \"[::1]:9464\"",
        "listen = \"127.1.2.3:9464\"",
        "listen = \"0.0.0.0:9464\"\nallow_remote = true",
    ] {
        assert_eq!(check(good), (true, String::new()), "{good}");
    }
    for (bad, why) in [
        (
            "listen = \"0.0.0.0:9464\"",
            "other machines can reach 0.0.0.0:9464",
        ),
        (
            "listen = \"[::]:9464\"\nallow_remote = false",
            "say metrics.allow_remote = true",
        ),
        ("listen = \"192.0.2.7:9464\"", "other machines can reach"),
        ("listen = \"localhost\"", "expected an address and a port"),
        ("listen = 9464", "metrics.listen"),
    ] {
        let (ok, said) = check(bad);
        assert!(!ok && said.contains(why), "{bad}: {said}");
    }
}
