//! A configuration for a publisher, and events for it to send.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use watchpost::clock::{Clock, SystemClock};
use watchpost::config::{
    BackendChoice, Config, DetectorConfig, GovernorConfig, MqttConfig, OutboxConfig, VersionWish,
};
use watchpost::publish::payload::ModelRef;
use watchpost::publish::{Identity, Publisher};
use watchpost::types::{
    BBox, Direction, Event, EventKind, LossReason, Obstruction, Score, Size, Subject, TrackId,
    VisitId,
};

/// A configuration whose broker is on `port` and whose outbox is in `folder`.
pub fn config(port: u16, folder: &Path) -> Config {
    Config {
        device: "pi".into(),
        mqtt: MqttConfig {
            host: "127.0.0.1".into(),
            port,
            web_path: None,
            tls: None,
            version: VersionWish::Auto,
            login: None,
            prefix: "watchpost".into(),
            client_id: "watchpost-pi".into(),
            keep_alive: Duration::from_secs(5),
            event_expiry: None,
            home_assistant: None,
            commands: Vec::new(),
            frigate_compat: false,
        },
        outbox: OutboxConfig {
            path: folder.to_owned(),
            bytes_max: 64 << 20,
            group_commit: Duration::from_millis(20),
        },
        detector: DetectorConfig {
            manifest: "unused".into(),
            backend: BackendChoice::Auto,
            library: None,
            providers: Vec::new(),
            options: Vec::new(),
            threads: 1,
            threshold: Score::new(0.5).expect("within 0–1"),
        },
        cameras: Vec::new(),
        governor: GovernorConfig::default(),
        metrics: None,
    }
}

/// Starts a publisher on the system's clock.
pub fn publisher(config: &Config) -> Publisher {
    publisher_of(config, identity())
}

/// Starts a publisher of another device on the system's clock.
pub fn publisher_of(config: &Config, who: Identity) -> Publisher {
    Publisher::start(config, who, Arc::new(SystemClock)).expect("the outbox opens")
}

/// The device that the tests play.
pub fn identity() -> Identity {
    Identity {
        device: "pi".into(),
        version: "0.1.0",
        model: model(),
    }
}

/// A model to name in events.
pub fn model() -> ModelRef {
    ModelRef {
        name: "person".into(),
        version: "1.0.0".into(),
        sha256: "0".repeat(64),
    }
}

/// One event of every kind.
pub fn one_of_each() -> Vec<EventKind> {
    let zone: Arc<str> = "steps".into();
    let line: Arc<str> = "gate".into();
    vec![
        EventKind::Entered,
        EventKind::Updated,
        EventKind::ZoneEntered(zone.clone()),
        EventKind::Dwelled(zone.clone()),
        EventKind::ZoneLeft(zone),
        EventKind::LineCrossed(line.clone(), Direction::In),
        EventKind::LineCrossed(line, Direction::Out),
        EventKind::Left,
        EventKind::CameraLost(LossReason::Unplugged),
        EventKind::CameraLost(LossReason::Stalled),
        EventKind::CameraLost(LossReason::Failed("no such device \"x\"".into())),
        EventKind::CameraFound,
        EventKind::CameraObscured(Obstruction::Defocused),
        EventKind::CameraCleared,
    ]
}

/// An event of this kind, now.
pub fn event(kind: EventKind, camera: &str, id: u128) -> Event {
    let about_camera = matches!(
        kind,
        EventKind::CameraLost(_)
            | EventKind::CameraFound
            | EventKind::CameraObscured(_)
            | EventKind::CameraCleared
    );
    Event {
        kind,
        id: VisitId(id),
        camera: camera.into(),
        at: SystemClock.monotonic(),
        subject: (!about_camera).then(subject),
        count: 1,
    }
}

fn subject() -> Subject {
    Subject {
        track: TrackId(17),
        score: Score::new(0.831_27).expect("within 0–1"),
        top_score: Score::new(0.91).expect("within 0–1"),
        bbox: BBox::clipped(0.41, 0.22, 0.58, 0.93).expect("has an area"),
        frame_size: Size::new(1280, 720),
        frame_seq: 812,
        zones: vec!["steps".into()],
        dwell: Duration::from_millis(5200),
        confirmed: watchpost::types::Confirmed {
            frames: 4,
            score: Score::new(0.8).expect("within 0–1"),
            moved: 0.312,
        },
    }
}
