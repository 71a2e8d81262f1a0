//! What has to be told is never lost: the publisher against a real mosquitto and a real subscriber, with brokers and
//! publishers that are killed, disks that are full, and strangers in between.

#![expect(
    clippy::print_stdout,
    reason = "tests tell what they measured, and what they skipped"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use watchpost::config::Login;
use watchpost::publish::payload::{
    CameraReport, CameraState, CameraStatus, GovernorReport, LatencyReport, OutboxReport, Rfc3339,
    Status,
};
use watchpost::publish::{DiskState, Handle, PublishError, Publisher, StateTopic, StoreError};
use watchpost::types::{Direction, EventKind, Wall};

use support::broker::{Broker, BrokerOptions};
use support::child::{self, Actor};
use support::events::{config, event, identity, model, one_of_each, publisher};
use support::process::bytes_written;
use support::proxy::{Network, Proxy};
use support::schema::assert_valid;
use support::small_disk::{SmallDisk, limit_file_size};
use support::subscriber::{Message, Subscriber};
use support::{DEADLINE, wait_until};

const EVENTS: &str = "watchpost/pi/camera/porch/event";
const AVAILABILITY: &str = "watchpost/pi/availability";

#[test]
fn events_of_every_kind_and_all_states_arrive_as_their_schemas_say() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "all", &[]);
    let publisher = publisher(&config(broker.port, folder.path()));
    let handle = publisher.handle();
    subscriber.wait_for(AVAILABILITY, "online");

    let kinds = one_of_each();
    for (id, kind) in (1..).zip(kinds.iter().cloned()) {
        handle.event(event(kind, "porch", id));
    }
    show_states(&handle);
    let events = wait_for_events(&subscriber, kinds.len());
    for event in &events {
        assert_valid("event", event);
        assert!(event["latency_ms"].as_f64().expect("a number") < 60_000.0);
        assert_eq!(event["boot"], handle.boot());
    }
    let numbers: Vec<_> = events.iter().map(|event| event["seq"].as_u64()).collect();
    assert_eq!(
        numbers,
        (1..=kinds.len() as u64).map(Some).collect::<Vec<_>>()
    );

    let said = |topic: &str| {
        let topic = format!("watchpost/pi/{topic}");
        wait_until(&topic, || {
            subscriber.with(|messages| messages.iter().any(|m| m.topic == topic))
        });
        let messages = subscriber.messages();
        let last = messages.into_iter().rfind(|message| message.topic == topic);
        last.expect("it was there").payload
    };
    assert_valid("status", &json(&said("status")));
    assert_valid("camera-status", &json(&said("camera/porch/status")));
    assert_eq!(said("camera/porch/person"), "ON");
    assert_eq!(said("camera/porch/count"), "2");
    assert_eq!(said("camera/porch/zone/steps/person"), "OFF");
    assert_eq!(said("camera/porch/zone/steps/count"), "0");
    assert_eq!(said("camera/porch/line/gate/in"), "12");

    let report = publisher.stop(DEADLINE);
    assert!(report.said_offline && report.in_time, "{report:?}");
    assert_eq!((report.in_memory, report.on_disk), (0, 0));
    subscriber.wait_for(AVAILABILITY, "offline");
}

#[test]
fn a_broker_that_is_killed_again_and_again_gets_every_event_all_the_same() {
    const EVENTS_LEN: usize = 2000;
    const KILLS: usize = 4;
    let mut broker = Broker::start(&BrokerOptions::default());
    let proxy = Proxy::start(broker.port);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "steady", &[]);
    let publisher = publisher(&config(proxy.port, folder.path()));
    let handle = publisher.handle();
    subscriber.wait_for(AVAILABILITY, "online");

    let begun = Instant::now();
    for id in 0..EVENTS_LEN {
        let kind = if id % 3 == 0 {
            EventKind::Updated
        } else {
            EventKind::Entered
        };
        handle.event(event(kind, "porch", id as u128));
        if id % (EVENTS_LEN / KILLS) == EVENTS_LEN / KILLS / 2 {
            // In the middle of a stream: some are acknowledged, some under way, some not even stored.
            let enough = handle.stats().acknowledged + 30;
            wait_until("the stream to flow", || {
                handle.stats().acknowledged >= enough
            });
            // What it has acknowledged and its subscriber has not read is lost with it, and so is what it gets before the
            // subscriber is back: no publisher can heal that.
            proxy.set(Network::Refusing);
            wait_until("the loss to be seen", || !handle.stats().connected());
            wait_until("what was acknowledged", || {
                numbers(&subscriber).len() as u64 >= handle.stats().acknowledged
            });
            broker.kill();
            let subscriptions = broker.subscriptions("steady");
            broker.start_again();
            wait_until("the subscriber", || {
                broker.subscriptions("steady") > subscriptions
            });
            let greetings = greetings(&subscriber);
            proxy.set(Network::Good);
            wait_until("the publisher", || greetings < self::greetings(&subscriber));
        }
    }
    wait_until("every number to arrive", || {
        numbers(&subscriber).len() == EVENTS_LEN
    });
    let stats = handle.stats();
    let arrived = subscriber.with(|messages| messages.iter().filter(|m| m.topic == EVENTS).count());
    println!(
        "{EVENTS_LEN} events over {KILLS} kills in {:.1?}, {} connections, {} repeated",
        begun.elapsed(),
        stats.connections,
        arrived - EVENTS_LEN
    );
    assert_eq!(numbers(&subscriber), (1..=EVENTS_LEN as u64).collect());
    assert_first_deliveries_are_in_order(&subscriber);
    assert_eq!(stats.dropped.total(), 0);
    assert!(publisher.stop(DEADLINE).said_offline);
}

#[test]
fn a_publisher_that_is_killed_goes_on_with_the_next_number_and_leaves_its_last_will() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("a plain path");
    let port = broker.port.to_string();
    let subscriber = Subscriber::start(broker.port, "steady", &[]);
    for _ in 0..4 {
        let mut actor = Actor::start("plays_its_role", "stream", &[&port, path]);
        assert_eq!(actor.hear(), "flowing");
        let enough = numbers(&subscriber).len() + 50;
        wait_until("more of the stream", || {
            numbers(&subscriber).len() >= enough
        });
        actor.kill();
    }
    subscriber.wait_for(AVAILABILITY, "offline");
    let newcomer = Subscriber::start(broker.port, "newcomer", &[]);
    assert!(newcomer.wait_for(AVAILABILITY, "offline").retained);

    let publisher = publisher(&config(broker.port, folder.path()));
    let handle = publisher.handle();
    handle.event(event(EventKind::Left, "porch", 1 << 100));
    wait_until("the rest to be sent", || {
        handle.stats().depth == 0 && handle.stats().acknowledged > 0
    });
    let last = format!("\"boot\":\"{}\"", handle.boot());
    wait_until("the last event", || {
        subscriber.with(|messages| {
            messages.iter().any(|m| {
                m.topic == EVENTS && m.payload.contains(&last) && m.payload.contains("\"left\"")
            })
        })
    });

    // No gap; and no number was used for two events.
    let mut events: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for event in events_of(&subscriber.messages()) {
        let name = format!("{} {}", event["boot"], event["id"]);
        events
            .entry(event["seq"].as_u64().expect("a number"))
            .or_default()
            .insert(name);
    }
    let highest = *events.keys().last().expect("something arrived");
    assert_eq!(events.len() as u64, highest, "no gap");
    assert!(
        events.values().all(|names| names.len() == 1),
        "no number twice"
    );
    println!("{highest} events over 4 killed publishers");
    publisher.stop(DEADLINE);
}

#[test]
fn a_wrong_password_is_named_and_tried_again_with_growing_waits() {
    let broker = Broker::start(&BrokerOptions {
        users: vec![("watchpost", "right")],
        ..BrokerOptions::default()
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(broker.port, folder.path());
    config.mqtt.login = login("wrong");
    let begun = Instant::now();
    let refused = publisher(&config);
    let handle = refused.handle();
    handle.event(event(EventKind::Entered, "porch", 1));
    wait_until("three attempts", || broker.logged("not authorised") >= 3);
    assert!(
        begun.elapsed() >= Duration::from_millis(750),
        "it waits between attempts"
    );
    wait_until("the reason", || {
        handle
            .stats()
            .last_error
            .is_some_and(|error| error.contains("not authorised"))
    });
    assert!(!handle.stats().connected());
    let report = refused.stop(DEADLINE);
    assert_eq!(
        (report.in_memory, report.on_disk, report.said_offline),
        (0, 1, false)
    );

    config.mqtt.login = login("right");
    let accepted = publisher(&config);
    wait_until("the event to be sent", || {
        accepted.handle().stats().acknowledged == 1
    });
    assert!(accepted.stop(DEADLINE).said_offline);
}

#[test]
fn a_topic_that_the_broker_refuses_waits_and_holds_up_no_other_camera() {
    let allowed =
        |cameras: &str| format!("user watchpost\ntopic write watchpost/pi/availability\n{cameras}");
    let porch = "topic write watchpost/pi/camera/porch/#\n";
    let broker = Broker::start(&BrokerOptions {
        users: vec![("watchpost", "right"), ("reader", "reader")],
        access: Some(format!("{}\nuser reader\ntopic read #\n", allowed(porch))),
        ..BrokerOptions::default()
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(broker.port, folder.path());
    config.mqtt.login = login("right");
    let publisher = publisher(&config);
    let handle = publisher.handle();
    for id in 0..100 {
        handle.event(event(EventKind::Entered, "yard", id));
    }
    for id in 100..150 {
        handle.event(event(EventKind::Entered, "porch", id));
    }
    wait_until("the other camera's events", || {
        handle.stats().acknowledged == 50
    });
    wait_until("the refusal", || {
        let stats = handle.stats();
        let reason = stats.last_error.unwrap_or_default();
        stats.refused > 0
            && reason.contains("camera/yard/event")
            && reason.contains("not authorised")
    });
    assert_eq!(handle.stats().depth, 100);

    let everything = allowed("topic write watchpost/#\n");
    broker.set_access(&format!("{everything}\nuser reader\ntopic read #\n"));
    wait_until("the refused events", || handle.stats().acknowledged == 150);
    wait_until("the end of the trouble", || {
        handle.stats().last_error.is_none()
    });
    assert!(publisher.stop(DEADLINE).said_offline);
}

#[test]
fn events_survive_a_full_disk_in_memory_and_arrive_when_there_is_room() {
    let mut broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "steady", &[]);
    let path = folder.path().to_str().expect("a plain path");
    let port = broker.port.to_string();
    let mut actor = Actor::start("plays_its_role", "full disk", &[&port, path]);
    subscriber.wait_for(AVAILABILITY, "online");
    broker.stop();
    actor.tell("the broker is gone");
    let sent: usize = actor.hear().parse().expect("how many events it has");
    actor.tell("there is room");
    assert_eq!(actor.hear(), "all stored");
    broker.start_again();
    wait_until("every number to arrive", || {
        numbers(&subscriber).len() == sent
    });
    assert_eq!(numbers(&subscriber), (1..=sent as u64).collect());
    actor.join();
}

#[test]
fn a_file_system_without_room_loses_nothing() {
    let Some(disk) = SmallDisk::mount(1 << 20) else {
        println!("SKIPPED: mounting a small file system needs root");
        return;
    };
    let mut broker = Broker::start(&BrokerOptions::default());
    let subscriber = Subscriber::start(broker.port, "steady", &[]);
    let publisher = publisher(&config(broker.port, disk.path()));
    let handle = publisher.handle();
    subscriber.wait_for(AVAILABILITY, "online");
    broker.stop();
    wait_until("the loss to be seen", || !handle.stats().connected());
    let mut sent = 0;
    while handle.stats().disk == DiskState::Ok || sent % 500 != 0 {
        handle.event(event(EventKind::Entered, "porch", sent));
        sent += 1;
        wait_until("the disk to have its say", || {
            let stats = handle.stats();
            u128::from(stats.stored) == sent || stats.disk != DiskState::Ok
        });
    }
    let DiskState::Failing(reason) = handle.stats().disk else {
        panic!("it has room again");
    };
    assert!(reason.contains("No space left"), "{reason}");
    broker.start_again();
    wait_until("every number to arrive", || {
        numbers(&subscriber).len() as u128 == sent
    });
    wait_until("the disk to be well", || {
        handle.stats().disk == DiskState::Ok
    });
    assert_eq!(handle.stats().dropped.total(), 0);
    println!("{sent} events through a file system of 1 MiB: {reason}");
    publisher.stop(DEADLINE);
}

#[test]
fn a_full_budget_loses_the_oldest_updates_first_and_says_how_many() {
    const BYTES_MAX: u64 = 1_000_000;
    let mut broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "steady", &[]);
    let mut config = config(broker.port, folder.path());
    config.outbox.bytes_max = BYTES_MAX;
    let publisher = publisher(&config);
    let handle = publisher.handle();
    subscriber.wait_for(AVAILABILITY, "online");
    broker.stop();
    wait_until("the loss to be seen", || !handle.stats().connected());
    for id in 0..1000 {
        let is_update = id % 2 == 1;
        let kind = if is_update {
            EventKind::Updated
        } else {
            EventKind::Entered
        };
        handle.event(event(kind, "porch", id));
        if !is_update {
            // One write each: what wears the file's tree most.
            wait_until("it to be stored", || {
                let stats = handle.stats();
                u128::from(stats.depth + stats.dropped.budget) == id + 1
            });
        }
    }
    wait_until("the last to be stored", || {
        let stats = handle.stats();
        stats.depth + stats.dropped.budget == 1000
    });
    let stats = handle.stats();
    assert!((1..500).contains(&stats.dropped.budget), "{stats:?}");
    let size = std::fs::metadata(folder.path().join("outbox.redb"))
        .expect("the file")
        .len();
    println!("{} bytes of records lie in a file of {size}", stats.bytes);
    assert!(size <= BYTES_MAX + (256 << 10), "{size} bytes");

    broker.start_again();
    wait_until("the rest to arrive", || {
        numbers(&subscriber).len() as u64 == stats.depth
    });
    let arrived = numbers(&subscriber);
    let lost: Vec<u64> = (1..=1000).filter(|seq| !arrived.contains(seq)).collect();
    let oldest_updates = (1..=1000).filter(|seq| seq % 2 == 0).take(lost.len());
    assert_eq!(lost, oldest_updates.collect::<Vec<_>>());
    publisher.stop(DEADLINE);
}

#[test]
fn one_outbox_serves_one_daemon() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = config(1, folder.path());
    let first = publisher(&config);
    let second = Publisher::start(&config, identity(), clock());
    assert!(matches!(
        second,
        Err(PublishError::Store(StoreError::InUse { .. }))
    ));
    first.stop(Duration::ZERO);
    publisher(&config).stop(Duration::ZERO);
}

#[test]
fn a_damaged_outbox_is_set_aside_and_a_new_one_begun() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = config(1, folder.path());
    let first = publisher(&config);
    for id in 0..50 {
        first.handle().event(event(EventKind::Entered, "porch", id));
    }
    assert_eq!(first.stop(Duration::from_secs(1)).in_memory, 0);
    let file = folder.path().join("outbox.redb");
    let good = std::fs::read(&file).expect("the outbox's file");
    let flipped: Vec<u8> = good.iter().map(|byte| byte ^ 0x55).collect();
    let mut torn = good.clone();
    torn[4096..].fill(0xaa);
    for bad in [
        b"not an outbox".repeat(999),
        flipped,
        torn,
        good[..good.len() / 2].to_vec(),
    ] {
        std::fs::write(&file, bad).expect("a temporary file");
        let second = publisher(&config);
        assert_eq!(second.handle().stats().depth, 0);
        second.stop(Duration::ZERO);
        let names = std::fs::read_dir(folder.path()).expect("the folder");
        let aside: Vec<_> = names
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().contains("damaged"))
            .collect();
        assert_eq!(aside.len(), 1, "{aside:?}");
        std::fs::remove_file(&aside[0]).expect("it was there");
    }
}

#[test]
fn speed_and_wear() {
    const EVENTS_LEN: u64 = 4000;
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nowhere = publisher(&config(1, folder.path()));
    let handle = nowhere.handle();
    let (begun, written) = (Instant::now(), bytes_written());
    for id in 0..EVENTS_LEN {
        handle.event(event(EventKind::Entered, "porch", id.into()));
    }
    wait_until("all to be stored", || handle.stats().stored == EVENTS_LEN);
    println!(
        "stored {:.0} events/s in groups, {} bytes written an event",
        EVENTS_LEN as f64 / begun.elapsed().as_secs_f64(),
        (bytes_written() - written) / EVENTS_LEN
    );
    println!(
        "{} bytes of records an event",
        handle.stats().bytes / EVENTS_LEN
    );
    nowhere.stop(Duration::ZERO);
    let size = std::fs::metadata(folder.path().join("outbox.redb"))
        .expect("the file")
        .len();
    println!("the file takes {} bytes an event", size / EVENTS_LEN);

    let begun = Instant::now();
    let publisher = publisher(&config(broker.port, folder.path()));
    println!("opened in {:.1?}", begun.elapsed());
    let begun = Instant::now();
    wait_until("all to be sent", || {
        publisher.handle().stats().acknowledged == EVENTS_LEN
    });
    println!(
        "sent {:.0} events/s",
        EVENTS_LEN as f64 / begun.elapsed().as_secs_f64()
    );

    let written = bytes_written();
    for id in 0..100 {
        publisher
            .handle()
            .event(event(EventKind::Entered, "porch", id));
        wait_until("it to be sent", || {
            publisher.handle().stats().acknowledged == EVENTS_LEN + id as u64 + 1
        });
    }
    println!(
        "{} bytes written an event when they come one by one",
        (bytes_written() - written) / 100
    );
    publisher.stop(DEADLINE);
}

/// `latency_ms` runs from the frame to the hand-over to the connection; here the frame is the moment of the decision.
#[test]
fn the_way_from_decision_to_connection_is_measured() {
    const EVENTS_LEN: usize = 400;
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "watch", &[]);
    let publisher = publisher(&config(broker.port, folder.path()));
    subscriber.wait_for(AVAILABILITY, "online");
    for id in 0..EVENTS_LEN {
        let handle = publisher.handle();
        handle.event(event(EventKind::Entered, "porch", id as u128));
        // One visitor at a time.
        wait_until("it to be sent", || {
            handle.stats().acknowledged == id as u64 + 1
        });
    }
    let mut took: Vec<f64> = wait_for_events(&subscriber, EVENTS_LEN)
        .iter()
        .map(|event| event["latency_ms"].as_f64().expect("a number"))
        .collect();
    took.sort_by(f64::total_cmp);
    let at = |percent: usize| took[(EVENTS_LEN - 1) * percent / 100];
    println!(
        "from decision to connection, through a synced disk: p50 {} ms, p99 {} ms",
        at(50),
        at(99)
    );
    publisher.stop(DEADLINE);
}

/// Not a test: what the processes that the tests above kill do with their lives.
#[test]
fn plays_its_role() {
    let Some((role, arguments)) = child::role() else {
        return;
    };
    let port = arguments[0].parse().expect("a port");
    let publisher = publisher(&config(port, Path::new(&arguments[1])));
    match role.as_str() {
        "stream" => stream(&publisher.handle()),
        "full disk" => full_disk(publisher),
        other => panic!("no such role: {other}"),
    }
}

/// Sends events until it is killed.
fn stream(handle: &Handle) {
    for id in 0.. {
        handle.event(event(EventKind::Entered, "porch", id));
        if id == 100 {
            wait_until("the stream to flow", || handle.stats().acknowledged > 50);
            child::say("flowing");
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// Fills a disk, and waits for room.
fn full_disk(publisher: Publisher) {
    let handle = publisher.handle();
    child::listen();
    wait_until("the broker to go", || !handle.stats().connected());
    limit_file_size(1 << 20);
    let mut sent = 0;
    let mut send = |n: u64| {
        for _ in 0..n {
            handle.event(event(EventKind::Entered, "porch", sent.into()));
            sent += 1;
        }
        sent
    };
    while handle.stats().disk == DiskState::Ok {
        let sent = send(50);
        assert!(sent < 20_000, "the limit has no effect");
        wait_until("the disk to have its say", || {
            let stats = handle.stats();
            stats.stored == sent || stats.disk != DiskState::Ok
        });
    }
    let sent = send(100);
    let stats = handle.stats();
    println!(
        "{} stored, {} in memory: {}",
        stats.stored, stats.queued, stats.disk
    );
    assert!(stats.queued >= 100, "{stats:?}");
    child::say(&sent.to_string());
    child::listen();
    limit_file_size(1 << 30);
    wait_until("everything to be stored", || handle.stats().stored == sent);
    wait_until("the disk to be well", || {
        handle.stats().disk == DiskState::Ok
    });
    assert_eq!(handle.stats().dropped.total(), 0);
    child::say("all stored");
    wait_until("everything to be sent", || {
        handle.stats().acknowledged == sent
    });
    publisher.stop(DEADLINE);
}

fn show_states(handle: &Handle) {
    let since = Rfc3339(Wall::from_unix_micros(1_795_428_000_000_000));
    let report = CameraReport {
        state: CameraState::Stalled,
        reason: Some("no frame for 5 s".into()),
        since,
        warnings: vec!["the camera has no control `gian`".into()],
        frames: 100,
        dropped: 3,
        skipped: 7,
        inferences: 40,
        broken: 0,
        flagged: 0,
        short: 0,
        missing: 0,
        stamp_jumps: 0,
        failed: 0,
        inferences_saved: 60,
        people: 2,
        suppressed: BTreeMap::from([("still", 1), ("faint", 0), ("small", 0), ("flitting", 2)]),
        latency_ms: BTreeMap::from([(
            "total",
            LatencyReport::new(Duration::from_millis(40), Duration::from_micros(95_130)),
        )]),
    };
    let stats = handle.stats();
    let status = Status {
        version: handle.version(),
        boot: handle.boot(),
        started_at: since,
        model: model(),
        backend: "onnxruntime".into(),
        provider: "cpu".into(),
        providers: Vec::new(),
        warnings: Vec::new(),
        cameras: BTreeMap::from([("porch".into(), report)]),
        governor: Some(GovernorReport {
            share: 0.6,
            reason: Some("temperature"),
            temperature_c: Some(76.5),
            max_temperature_c: 80.0,
        }),
        outbox: OutboxReport::from(&stats),
        drops: stats.dropped,
    };
    handle.state(StateTopic::Status, &status);
    let camera_status = CameraStatus {
        state: CameraState::Online,
        reason: None,
        since,
    };
    let camera = || "porch".into();
    handle.state(
        StateTopic::CameraStatus { camera: camera() },
        &camera_status,
    );
    handle.state(
        StateTopic::Person {
            camera: camera(),
            zone: None,
        },
        true,
    );
    handle.state(
        StateTopic::Count {
            camera: camera(),
            zone: None,
        },
        2u32,
    );
    handle.state(
        StateTopic::Person {
            camera: camera(),
            zone: Some("steps".into()),
        },
        false,
    );
    handle.state(
        StateTopic::Count {
            camera: camera(),
            zone: Some("steps".into()),
        },
        0u32,
    );
    let line = "gate".into();
    handle.state(
        StateTopic::LineTotal {
            camera: camera(),
            line,
            direction: Direction::In,
        },
        12u64,
    );
}

fn clock() -> std::sync::Arc<watchpost::clock::SystemClock> {
    std::sync::Arc::default()
}

fn login(password: &str) -> Option<Login> {
    Some(Login {
        username: "watchpost".into(),
        password: password.into(),
    })
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn events_of(messages: &[Message]) -> Vec<Value> {
    let events = messages.iter().filter(|message| message.topic == EVENTS);
    events.map(|message| json(&message.payload)).collect()
}

fn wait_for_events(subscriber: &Subscriber, n: usize) -> Vec<Value> {
    wait_until("the events", || numbers(subscriber).len() == n);
    events_of(&subscriber.messages())
}

fn numbers(subscriber: &Subscriber) -> BTreeSet<u64> {
    let events = events_of(&subscriber.messages());
    events
        .iter()
        .map(|event| event["seq"].as_u64().expect("a number"))
        .collect()
}

/// How often the subscriber has heard that the publisher is there.
fn greetings(subscriber: &Subscriber) -> usize {
    let is_greeting =
        |message: &&Message| message.topic == AVAILABILITY && message.payload == "online";
    subscriber.with(|messages| messages.iter().filter(is_greeting).count())
}

fn assert_first_deliveries_are_in_order(subscriber: &Subscriber) {
    let mut highest = 0;
    let mut seen = BTreeSet::new();
    for event in events_of(&subscriber.messages()) {
        let seq = event["seq"].as_u64().expect("a number");
        if seen.insert(seq) {
            assert!(seq > highest, "{seq} came after {highest}");
            highest = seq;
        }
    }
}
