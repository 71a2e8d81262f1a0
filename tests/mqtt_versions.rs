//! The same events reach brokers that speak MQTT 5, brokers that know 3.1.1 only, and brokers behind a WebSocket.

mod support;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use watchpost::config::{Config, TlsConfig, VersionWish};
use watchpost::types::EventKind;

use support::broker::{Broker, BrokerOptions};
use support::certificates::Authority;
use support::events::{config, event, publisher};
use support::old_broker::{self, Manners};
use support::subscriber::Subscriber;
use support::{DEADLINE, wait_until};

const AVAILABILITY: &str = "watchpost/pi/availability";
const EVENTS: &str = "watchpost/pi/camera/porch/event";

/// How mosquitto's log calls a client of ours that speaks 3.1.1.
const SPEAKS_311: &str = "as watchpost-pi (p2,";
/// ... and one that speaks 5.
const SPEAKS_5: &str = "as watchpost-pi (p5,";

#[test]
fn a_broker_of_today_is_spoken_to_in_mqtt_5() {
    let broker = Broker::start(&BrokerOptions::default());
    assert_delivers(&broker, |config| config, broker.port);
    assert!(broker.logged(SPEAKS_5) > 0 && broker.logged(SPEAKS_311) == 0);
}

#[test]
fn a_broker_that_knows_only_3_1_1_gets_every_event() {
    for manners in [Manners::Polite, Manners::Rude] {
        let broker = Broker::start(&BrokerOptions::default());
        let old = old_broker::start(broker.port, manners);
        assert_delivers(&broker, |config| config, old);
        assert!(broker.logged(SPEAKS_311) > 0, "{manners:?}");
        assert_eq!(broker.logged(SPEAKS_5), 0, "{manners:?}");
    }
}

#[test]
fn a_wish_for_3_1_1_is_kept_even_if_the_broker_knows_5() {
    let broker = Broker::start(&BrokerOptions::default());
    let wish = |mut config: Config| {
        config.mqtt.version = VersionWish::V311;
        config
    };
    assert_delivers(&broker, wish, broker.port);
    assert!(broker.logged(SPEAKS_311) > 0 && broker.logged(SPEAKS_5) == 0);
}

#[test]
fn a_wish_for_5_is_kept_and_its_failure_named() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(old_broker::start(broker.port, Manners::Rude), folder.path());
    config.mqtt.version = VersionWish::V5;
    let publisher = publisher(&config);
    let handle = publisher.handle();
    handle.event(event(EventKind::Entered, "porch", 1));
    wait_until("a failure to be named", || {
        handle.stats().last_error.is_some()
    });
    let report = publisher.stop(Duration::ZERO);
    assert_eq!(
        (report.on_disk, broker.logged(SPEAKS_311)),
        (1, 0),
        "{report:?}"
    );
}

#[test]
fn a_broker_behind_a_websocket_gets_every_event() {
    for version in [VersionWish::V5, VersionWish::V311] {
        let broker = Broker::start(&BrokerOptions {
            web: true,
            ..BrokerOptions::default()
        });
        let wish = |mut config: Config| {
            config.mqtt.web_path = Some("/mqtt".to_owned());
            config.mqtt.version = version;
            config
        };
        assert_delivers(&broker, wish, broker.web_port);
    }
}

#[test]
fn a_websocket_with_tls_connects_to_the_right_broker_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let authority = Authority::new("the right one");
    let server = authority.server(folder.path(), "127.0.0.1");
    let (right, stranger) = (
        server.authority.clone(),
        Authority::new("a stranger").write(&folder.path().join("stranger.pem")),
    );
    let broker = Broker::start(&BrokerOptions {
        tls: Some(server),
        web: true,
        ..BrokerOptions::default()
    });
    let with_ca = |ca: PathBuf| {
        let mut config = config(broker.web_port, &folder.path().join("outbox"));
        config.mqtt.web_path = Some("/mqtt".to_owned());
        config.mqtt.tls = Some(TlsConfig {
            ca_file: Some(ca),
            client: None,
        });
        config
    };

    let fooled = publisher(&with_ca(stranger));
    fooled.handle().event(event(EventKind::Entered, "porch", 1));
    wait_until("a failure to be named", || {
        fooled.handle().stats().last_error.is_some()
    });
    let error = fooled
        .handle()
        .stats()
        .last_error
        .clone()
        .unwrap_or_default();
    assert!(error.contains("not signed by an authority"), "{error}");
    fooled.stop(Duration::ZERO);

    let publisher = publisher(&with_ca(right));
    wait_until("the event to be acknowledged", || {
        publisher.handle().stats().acknowledged == 1
    });
    assert!(publisher.stop(DEADLINE).said_offline);
}

#[test]
fn mqtt_5_tells_the_schema_and_how_long_an_event_is_worth_keeping() {
    let broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Command::new("mosquitto_sub")
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            &broker.port.to_string(),
            "-V",
            "mqttv5",
            "-W",
            "60",
        ])
        .args(["-q", "1", "-t", EVENTS, "-C", "1", "-F", "%C|%F|%E|%P"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("mosquitto_sub is installed");
    wait_until("the subscriber", || broker.logged("Received SUBSCRIBE") > 0);
    let mut config = config(broker.port, folder.path());
    config.mqtt.event_expiry = Some(Duration::from_secs(3600));
    let publisher = publisher(&config);
    publisher
        .handle()
        .event(event(EventKind::Entered, "porch", 1));
    let output = subscriber
        .wait_with_output()
        .expect("it ends after one message");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        told.trim(),
        "application/json|1|3600|schema:watchpost.event/1"
    );
}

/// Sends events to whoever listens on `port`; a subscriber at the broker gets them all.
fn assert_delivers(broker: &Broker, wish: impl Fn(Config) -> Config, port: u16) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "steady", &[]);
    let publisher = publisher(&wish(config(port, folder.path())));
    let handle = publisher.handle();
    subscriber.wait_for(AVAILABILITY, "online");
    for id in 0..200 {
        handle.event(event(EventKind::Entered, "porch", id));
    }
    wait_until("all events", || {
        subscriber.with(|messages| {
            messages
                .iter()
                .filter(|message| message.topic == EVENTS)
                .count()
        }) >= 200
    });
    let report = publisher.stop(DEADLINE);
    assert!(report.said_offline && report.in_time, "{report:?}");
    assert_eq!((report.in_memory, report.on_disk), (0, 0));
    subscriber.wait_for(AVAILABILITY, "offline");
}
