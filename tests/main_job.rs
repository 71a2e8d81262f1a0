//! The main job, end to end: the daemon as a process, our clips with their truth, a real broker and a real subscriber.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use support::broker::{Broker, BrokerOptions};
use support::clip::held;
use support::daemon::Daemon;
use support::subscriber::Subscriber;
use support::wait_until;

const EVENTS: &str = "watchpost/test/camera/cam/event";
const CAMERA_STATUS: &str = "watchpost/test/camera/cam/status";
const AVAILABILITY: &str = "watchpost/test/availability";
const STATUS: &str = "watchpost/test/status";
/// One when the daemon starts, one for each change of the camera, one at the end, and what a slow machine adds. The
/// daemon looks twice a second.
const STATUSES_MAX: usize = 6;
/// How far an event's time may be from the truth.
const TOLERANCE_S: f64 = 1.0;

#[test]
fn two_people_cross_the_hall() {
    check_clip("hall_two_people", "auto", "");
}

#[test]
fn two_people_cross_the_hall_without_onnxruntime() {
    check_clip("hall_two_people", "embedded", "");
}

#[test]
fn a_man_stands_and_turns_in_the_dark() {
    check_clip("hall_night_ir", "auto", "");
}

#[test]
fn light_changes_in_an_empty_hall_are_nobody() {
    check_clip("hall_empty", "auto", "");
}

#[test]
fn somebody_crosses_the_line_once_in_the_right_direction() {
    // From the lower to the upper end: who walks to the right then comes from the line's left.
    let line = "[[camera.line]]\nname = \"path\"\nfrom = [0.5701, 0.9656]\nto = [0.5356, 0.5049]\n";
    let events = check_clip("yard_line", "auto", line);
    let crossings: Vec<_> = of_type(&events, "line_crossed").collect();
    assert_eq!(crossings.len(), 1, "{crossings:#?}");
    assert_eq!(
        crossings[0].json["line"],
        serde_json::json!({"name": "path", "direction": "in"})
    );
    let truth = truth("yard_line")["lines"][0]["crossings"][0]["time_s"].as_f64();
    let off = crossings[0].clip_s - truth.expect("the clip has one crossing");
    assert!(
        off.abs() <= TOLERANCE_S,
        "the crossing is off by {off:.2} s"
    );
}

/// Plays a clip once and holds its events against its truth: each person enters and leaves in time, and nobody else does.
fn check_clip(clip: &str, backend: &str, more: &str) -> Vec<Told> {
    let events = play(clip, backend, more);
    let truth = truth(clip);
    let people = truth["people"].as_object().expect("people by name");
    for kind in ["entered", "left"] {
        let count = of_type(&events, kind).count();
        assert_eq!(count, people.len(), "{clip}: {count} {kind}: {events:#?}");
    }
    let mut free: BTreeSet<_> = of_type(&events, "entered").map(Told::visit).collect();
    for (name, person) in people {
        let enter_s = person["enter_s"].as_f64().expect("a time");
        let leave_s = person["leave_s"].as_f64().expect("a time");
        let fits = |visit: &&String| {
            let near = |kind: &str, truth_s: f64| {
                of_type(&events, kind)
                    .any(|event| event.visit() == **visit && event.is_near(truth_s))
            };
            near("entered", enter_s) && near("left", leave_s)
        };
        let Some(visit) = free.iter().find(fits).cloned() else {
            panic!(
                "{clip}: nobody came at {enter_s} s and left at {leave_s} s ({name}): {events:#?}"
            );
        };
        free.remove(&visit);
    }
    events
}

/// An event, and when it happened in the clip.
#[derive(Debug)]
struct Told {
    clip_s: f64,
    json: Value,
}

impl Told {
    fn visit(&self) -> String {
        self.json["id"]
            .as_str()
            .expect("a visit has an id")
            .to_owned()
    }

    fn is_near(&self, truth_s: f64) -> bool {
        (self.clip_s - truth_s).abs() <= TOLERANCE_S
    }
}

fn of_type<'a>(events: &'a [Told], kind: &'a str) -> impl Iterator<Item = &'a Told> {
    events
        .iter()
        .filter(move |event| event.json["type"] == kind)
}

/// Every event of a clip, as a subscriber got it.
fn play(clip: &str, backend: &str, more: &str) -> Vec<Told> {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "clip", &[]);
    let config = config(
        broker.port,
        &format!("clip:tests/scenes/{clip}.avi"),
        backend,
    );
    let mut daemon = Daemon::start(folder.path(), &format!("{config}{more}"));
    let status = daemon.wait();
    assert!(status.success(), "{status}:\n{}", daemon.log());
    subscriber.wait_for(AVAILABILITY, "offline");

    let messages = subscriber.messages();
    let on = |topic| {
        let sent = messages
            .iter()
            .filter(move |message| message.topic == topic);
        sent.map(|message| json(&message.payload))
    };
    let statuses = on(STATUS).count();
    assert!(
        statuses <= STATUSES_MAX,
        "{statuses} times `status`, though nothing changed"
    );
    // The camera is online from its first frame on.
    let online = on(CAMERA_STATUS).find(|status| status["state"] == "online");
    let began = seconds(&online.expect("the camera was online")["since"]);
    on(EVENTS)
        .map(|json| Told {
            clip_s: seconds(&json["at"]) - began,
            json,
        })
        .collect()
}

fn config(port: u16, source: &str, backend: &str) -> String {
    format!(
        "[device]\nname = \"test\"\n[mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\n\
         [detector]\nmodel = \"models/person/manifest.toml\"\nbackend = {backend:?}\n\
         [[camera]]\nname = \"cam\"\nsource = {source:?}\n"
    )
}

fn truth(clip: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/scenes/{clip}.json"));
    json(&fs::read_to_string(path).expect("every clip has its truth"))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// RFC 3339 as seconds since the epoch.
fn seconds(at: &Value) -> f64 {
    let time = humantime::parse_rfc3339(at.as_str().expect("a time")).expect("RFC 3339");
    time.duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs_f64()
}

#[test]
fn no_event_is_missing_after_daemon_and_broker_were_killed() {
    const ROUNDS: usize = 2;
    let mut broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "steady", &[]);
    let source = "clip:tests/scenes/hall_two_people.avi";
    let config = config(broker.port, source, "auto") + "repeat = true\nupdate_every_ms = 500\n";
    let numbers = || -> BTreeSet<u64> {
        let number = |payload: &str| json(payload)["seq"].as_u64().expect("a number");
        subscriber.with(|messages| {
            let events = messages.iter().filter(|message| message.topic == EVENTS);
            events.map(|message| number(&message.payload)).collect()
        })
    };
    let more_than = |before: usize| wait_until("more events", || numbers().len() >= before + 3);

    let mut daemon = Daemon::start(folder.path(), &config);
    for _ in 0..ROUNDS {
        more_than(numbers().len());
        daemon.kill();
        broker.kill();
        // The daemon first: its events wait on disk until the broker is back.
        daemon = Daemon::start(folder.path(), &config);
        broker.start_again();
        wait_until("the subscriber", || broker.logged("as steady") > 0);
    }
    more_than(numbers().len());
    let status = daemon.stop();
    assert!(status.success(), "{status}");
    subscriber.wait_for(AVAILABILITY, "offline");

    let got = numbers();
    let last = *got.last().expect("events came");
    let missing: Vec<_> = (1..=last).filter(|number| !got.contains(number)).collect();
    assert!(
        missing.is_empty(),
        "of {last} events {missing:?} never came"
    );
}

#[test]
fn a_camera_that_is_not_there_is_told_and_a_stop_is_orderly() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "nobody", &[]);
    let daemon = Daemon::start(
        folder.path(),
        &config(broker.port, "/dev/video-none", "auto"),
    );
    wait_until("camera_lost", || {
        subscriber.with(|messages| {
            let lost = |payload: &str| json(payload)["type"] == "camera_lost";
            messages
                .iter()
                .any(|message| message.topic == EVENTS && lost(&message.payload))
        })
    });
    assert!(daemon.log().contains("/dev/video-none"), "{}", daemon.log());
    let log = daemon.log();
    assert!(daemon.stop().success(), "{log}");
    subscriber.wait_for(AVAILABILITY, "offline");
}

#[test]
fn a_camera_whose_driver_does_not_answer_is_told_while_another_goes_on() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let held = held(folder.path());
    let subscriber = Subscriber::start(broker.port, "held", &[]);
    let source = "clip:tests/scenes/hall_two_people.avi";
    let other = format!(
        "repeat = true\n[[camera]]\nname = \"held\"\nsource = \"clip:{}\"\nstall_ms = 200\n",
        held.display()
    );
    let daemon = Daemon::start(
        folder.path(),
        &(config(broker.port, source, "auto") + &other),
    );

    let status = "watchpost/test/camera/held/status";
    wait_until("the held camera's loss", || {
        let lost = |payload: &str| {
            let status = json(payload);
            status["state"] == "lost" && status["reason"] == "the driver does not answer"
        };
        subscriber.with(|messages| {
            let mut statuses = messages.iter().filter(|message| message.topic == status);
            statuses.any(|message| lost(&message.payload))
        })
    });
    let events =
        || subscriber.with(|messages| messages.iter().filter(|m| m.topic == EVENTS).count());
    let before = events();
    wait_until("more events of the other", || events() > before);
    // It is held still, and must not hold up the end.
    let log = daemon.log();
    assert!(daemon.stop().success(), "{log}");
    subscriber.wait_for(AVAILABILITY, "offline");
}

#[test]
fn broken_pictures_are_counted_and_the_good_ones_between_them_are_looked_at() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pictures = folder.path().join("pictures");
    fs::create_dir(&pictures).expect("a folder");
    let still = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/stills/hall_empty.jpg");
    let good = fs::read(still).expect("the still is there");
    for i in 0..10 {
        let bytes = if i % 2 == 0 {
            &good[..]
        } else {
            &good[..good.len() / 2]
        };
        fs::write(pictures.join(format!("{i}.jpg")), bytes).expect("is written");
    }
    let subscriber = Subscriber::start(broker.port, "broken", &[]);
    let source = format!("clip:{}", pictures.display());
    let mut daemon = Daemon::start(folder.path(), &config(broker.port, &source, "auto"));
    let status = daemon.wait();
    assert!(status.success(), "{status}:\n{}", daemon.log());
    subscriber.wait_for(AVAILABILITY, "offline");
    let last = subscriber.with(|messages| {
        let mut statuses = messages
            .iter()
            .filter(|m| m.topic == "watchpost/test/status");
        json(&statuses.next_back().expect("a status").payload)
    });
    let camera = &last["cameras"]["cam"];
    assert_eq!(
        (&camera["frames"], &camera["broken"]),
        (&10.into(), &5.into()),
        "{last:#}"
    );
}

/// A picture of the same grey everywhere.
fn grey() -> Vec<u8> {
    let pixels = vec![90; 640 * 360 * 3];
    let image = turbojpeg::Image {
        pixels: &pixels[..],
        width: 640,
        pitch: 640 * 3,
        height: 360,
        format: turbojpeg::PixelFormat::RGB,
    };
    let jpeg = turbojpeg::compress(image, 80, turbojpeg::Subsamp::Sub2x1);
    jpeg.expect("is encoded").to_vec()
}

#[test]
fn a_covered_camera_is_told_and_its_uncovering_too() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pictures = folder.path().join("pictures");
    fs::create_dir(&pictures).expect("a folder");
    let still = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/stills/hall_empty.jpg");
    let (hall, grey) = (fs::read(still).expect("the still is there"), grey());
    for i in 0..250 {
        let bytes = if i < 150 { &grey } else { &hall };
        fs::write(pictures.join(format!("{i:03}.jpg")), bytes).expect("is written");
    }
    let subscriber = Subscriber::start(broker.port, "covered", &[]);
    let source = format!("clip:{}", pictures.display());
    let config = config(broker.port, &source, "auto") + "unpaced = true\n";
    let mut daemon = Daemon::start(folder.path(), &config);
    let status = daemon.wait();
    assert!(status.success(), "{status}:\n{}", daemon.log());
    subscriber.wait_for(AVAILABILITY, "offline");
    let told = subscriber.with(|messages| {
        let events = messages.iter().filter(|m| m.topic == EVENTS);
        let said = |event: Value| (event["type"].clone(), event["reason"].clone());
        let told = events.map(|m| said(json(&m.payload)));
        told.collect::<Vec<_>>()
    });
    let expected = [
        ("camera_obscured".into(), "covered".into()),
        ("camera_cleared".into(), Value::Null),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_refused_password_is_named_in_the_log_once() {
    let options = BrokerOptions {
        users: vec![("watchpost", "right")],
        ..Default::default()
    };
    let broker = Broker::start(&options);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let password = folder.path().join("password");
    fs::write(&password, "wrong-and-secret\n").expect("is written");
    let login = format!(
        "url = \"mqtt://127.0.0.1:{}\"\nusername = \"watchpost\"",
        broker.port
    );
    let config = config(broker.port, "clip:tests/scenes/hall_empty.avi", "auto").replace(
        &format!("url = \"mqtt://127.0.0.1:{}\"", broker.port),
        &format!("{login}\npassword_file = {password:?}"),
    ) + "repeat = true\n";
    let daemon = Daemon::start(folder.path(), &config);
    let named = |log: &str| {
        log.to_lowercase().matches("not authorised").count()
            + log.to_lowercase().matches("not authorized").count()
    };
    wait_until("the refusal", || named(&daemon.log()) > 0);
    wait_until("a second attempt", || broker.logged("not authori") >= 2);
    let log = daemon.log();
    assert_eq!(named(&log), 1, "{log}");
    assert!(
        !log.contains("wrong-and-secret"),
        "the password is in the log"
    );
}
