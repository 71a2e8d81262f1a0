//! The connection and its secrets: the right broker and no other, and a password that nobody ever reads.

mod support;

use std::path::Path;

use watchpost::clock::SystemClock;
use watchpost::config::{Config, TlsConfig};
use watchpost::publish::{PublishError, Publisher};

use support::broker::{Broker, BrokerOptions};
use support::certificates::{Authority, Validity};
use support::daemon::{Daemon, watchpost};
use support::events::{config, identity, publisher};
use support::{DEADLINE, wait_until};

#[test]
fn tls_connects_to_the_right_broker_only() {
    let files = tempfile::tempdir().expect("a temporary folder");
    let authority = Authority::new("the right one");
    let stranger = Authority::new("a stranger").write(&files.path().join("stranger.pem"));
    let server = authority.server(files.path(), "127.0.0.1");
    let (right, not_pem) = (server.authority.clone(), server.key.clone());
    let ours = Broker::start(&BrokerOptions {
        tls: Some(server),
        ..BrokerOptions::default()
    });
    let elsewhere = Broker::start(&BrokerOptions {
        tls: Some(authority.server(files.path(), "broker.example")),
        ..BrokerOptions::default()
    });
    // In folders of their own: a broker listens before it has read its files.
    let of_another_time = |validity| {
        let files = tempfile::tempdir().expect("a temporary folder");
        let tls = Some(authority.server_valid(files.path(), "127.0.0.1", validity));
        let broker = Broker::start(&BrokerOptions {
            tls,
            ..BrokerOptions::default()
        });
        (broker, files)
    };
    let with_ca = |port, ca: &Path| {
        secure(
            port,
            files.path(),
            TlsConfig {
                ca_file: Some(ca.to_owned()),
                client: None,
            },
        )
    };

    let publisher = publisher(&with_ca(ours.port, &right));
    wait_until("a secure connection", || {
        publisher.handle().stats().connected()
    });
    assert!(publisher.stop(DEADLINE).said_offline);

    assert_fails(&with_ca(ours.port, &stranger), "not signed by an authority");
    assert_fails(&with_ca(elsewhere.port, &right), "for another name");
    for (validity, expected) in [
        (Validity::Past, "has expired"),
        (Validity::Future, "is not valid yet"),
    ] {
        let (broker, _files) = of_another_time(validity);
        assert_fails(&with_ca(broker.port, &right), expected);
    }
    for (path, expected) in [
        (files.path().join("nowhere.pem"), "nowhere.pem"),
        (not_pem, "holds no certificate"),
    ] {
        let started = Publisher::start(
            &with_ca(ours.port, &path),
            identity(),
            std::sync::Arc::new(SystemClock),
        );
        let Err(PublishError::Tls(error)) = started else {
            panic!("it must not start with {}", path.display());
        };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn mutual_tls_shows_the_broker_who_we_are() {
    let files = tempfile::tempdir().expect("a temporary folder");
    let authority = Authority::new("the right one");
    let server = authority.server(files.path(), "127.0.0.1");
    let ca_file = Some(server.authority.clone());
    let broker = Broker::start(&BrokerOptions {
        tls: Some(server),
        client_certificates: true,
        ..BrokerOptions::default()
    });
    let client = Some(authority.issue(files.path(), "watchpost-pi"));
    let known = TlsConfig {
        ca_file: ca_file.clone(),
        client,
    };
    let publisher = publisher(&secure(broker.port, files.path(), known));
    wait_until("a secure connection", || {
        publisher.handle().stats().connected()
    });
    assert!(publisher.stop(DEADLINE).said_offline);
    let unknown = TlsConfig {
        ca_file,
        client: None,
    };
    assert_fails(&secure(broker.port, files.path(), unknown), "ertificate");
}

/// The most talkative log there is, of a daemon with a right password and of one with a wrong one.
#[test]
fn no_password_reaches_the_log() {
    let broker = Broker::start(&BrokerOptions {
        users: vec![("watchpost", "open-sesame-1001")],
        ..BrokerOptions::default()
    });
    for (password, expected) in [
        ("open-sesame-1001", "connected to the broker"),
        ("swordfish-2002", "the broker refuses the connection"),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let secret = folder.path().join("password");
        std::fs::write(&secret, password).expect("a temporary file");
        let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenes/hall_empty.avi");
        let text = format!(
            "[device]\nname = \"pi\"\n[mqtt]\nurl = \"mqtt://127.0.0.1:{}\"\nusername = \"watchpost\"\n\
             password_file = {secret:?}\n[detector]\nmodel = \"models/person/manifest.toml\"\n\
             [[camera]]\nname = \"hall\"\nsource = \"clip:{clip}\"\nrepeat = true\n",
            broker.port
        );
        let daemon = Daemon::start_talkative(folder.path(), &text);
        wait_until(expected, || daemon.log().contains(expected));
        let log = daemon.log();
        assert!(log.contains("TRACE"), "not the most talkative log");
        assert!(!log.contains(password), "the log holds the password");
        daemon.kill();
    }
}

fn secure(port: u16, folder: &Path, tls: TlsConfig) -> Config {
    let mut config = config(port, &folder.join("outbox"));
    config.mqtt.tls = Some(tls);
    config
}

fn assert_fails(config: &Config, expected: &str) {
    let publisher = publisher(config);
    wait_until("an error", || {
        publisher.handle().stats().last_error.is_some()
    });
    let stats = publisher.handle().stats();
    let error = stats.last_error.clone().unwrap_or_default();
    assert!(error.contains(expected), "{error}");
    assert!(!stats.connected());
    publisher.stop(DEADLINE);
}

/// ONNX Runtime's library keeps an identity of the device in the home folder, and reports with it to its maker, unless it is
/// told otherwise before it is loaded.
#[test]
fn the_runtime_has_nothing_to_report_with() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let told = watchpost()
        .args(["detect", "--backend", "onnxruntime"])
        .arg("tests/scenes/stills/hall_one.jpg")
        .env("HOME", home.path())
        .env_remove("XDG_CACHE_HOME")
        .env_remove("ORT_DISABLE_TELEMETRY")
        .output()
        .expect("the program runs");
    assert!(told.status.success(), "{told:?}");
    let left = std::fs::read_dir(home.path()).expect("it is there").count();
    assert_eq!(left, 0, "something was written into the home folder");
}
