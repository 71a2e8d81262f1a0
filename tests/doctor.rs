//! `watchpost doctor` against a real broker, a clip, and everything that can be wrong with them.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use support::broker::{Broker, BrokerOptions};
use support::certificates::{Authority, Validity};
use support::daemon::{Daemon, watchpost};
use support::subscriber::Subscriber;
use support::wait_until;

const CLIP: &str = "clip:tests/scenes/hall_empty.avi";
const MODEL: &str = "models/person/manifest.toml";

/// A configuration below `folder`.
struct Setup<'a> {
    mqtt: String,
    source: &'a str,
    detector: String,
}

impl Setup<'_> {
    fn at(url: &str) -> Self {
        Self {
            mqtt: format!("url = \"{url}\""),
            source: CLIP,
            detector: format!("model = \"{MODEL}\""),
        }
    }

    fn text(&self) -> String {
        let Self {
            mqtt,
            source,
            detector,
        } = self;
        format!(
            "[device]\nname = \"test\"\n[mqtt]\n{mqtt}\n[detector]\n{detector}\n[[camera]]\nname = \"cam\"\n\
             source = \"{source}\"\n{}",
            if source.starts_with("clip:") {
                "repeat = true\n"
            } else {
                ""
            }
        )
    }

    fn examined(&self) -> Examined {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outbox = folder.path().join("outbox");
        let text = format!("{}\n[outbox]\npath = {outbox:?}\n", self.text());
        let examined = examined(folder.path(), &text);
        assert!(!outbox.exists(), "it makes nothing");
        examined
    }
}

/// What it found, and how it ended.
struct Examined {
    report: Value,
    code: Option<i32>,
}

impl Examined {
    /// Level, text and remedy of the first finding of `check` that is not ok, else of the first.
    fn found(&self, check: &str) -> [&str; 3] {
        let findings = self.report["checks"].as_array().expect("a list");
        let of_check = || findings.iter().filter(|finding| finding["check"] == check);
        let worst = of_check().find(|finding| finding["level"] != "ok");
        let finding = worst.or_else(|| of_check().next());
        let finding = finding.unwrap_or_else(|| panic!("no {check} in {}", self.report));
        ["level", "says", "do"].map(|key| finding[key].as_str().unwrap_or_default())
    }

    fn assert_error(&self, check: &str, says: &str, remedy: &str) {
        let found = self.found(check);
        assert_eq!(found[0], "error", "{}", self.report);
        assert!(found[1].contains(says), "{says}: {found:?}");
        assert!(found[2].contains(remedy), "{remedy}: {found:?}");
        assert_eq!(self.code, Some(69), "{}", self.report);
    }
}

fn examined(folder: &Path, text: &str) -> Examined {
    let path = folder.join("watchpost.toml");
    fs::write(&path, text).expect("is written");
    let output = doctor(&path, &["--json"]);
    let report = serde_json::from_slice(&output.stdout);
    Examined {
        report: report.unwrap_or_else(|error| panic!("{error}: {output:?}")),
        code: output.status.code(),
    }
}

fn doctor(config: &Path, arguments: &[&str]) -> Output {
    let mut command = watchpost();
    let command = command.arg("doctor").arg("--config").arg(config);
    command.args(arguments).output().expect("it runs")
}

fn local(port: u16) -> String {
    format!("mqtt://127.0.0.1:{port}")
}

#[test]
fn what_is_right_is_told_and_nobody_notices() {
    let broker = Broker::start(&BrokerOptions::default());
    let listener = Subscriber::start(broker.port, "listener", &[]);
    let examined = Setup::at(&local(broker.port)).examined();
    for check in [
        "configuration",
        "model",
        "runtime",
        "providers",
        "disk",
        "outbox",
        "camera cam",
        "broker",
        "publishing",
    ] {
        assert_eq!(
            examined.found(check)[0],
            "ok",
            "{check}: {}",
            examined.report
        );
    }
    assert_eq!(
        (examined.code, &examined.report["errors"]),
        (Some(0), &0.into())
    );
    assert!(
        examined.found("camera cam")[1].contains("MJPEG"),
        "{}",
        examined.report
    );
    assert!(examined.found("model")[1].contains("one inference takes"));
    let told = listener.messages();
    let topics: Vec<_> = told
        .iter()
        .map(|message| (&*message.topic, message.retained))
        .collect();
    assert!(
        topics
            .iter()
            .all(|topic| *topic == ("watchpost/test/doctor", false)),
        "{topics:?}"
    );
}

#[test]
fn a_broker_that_is_not_there_or_does_not_want_us_is_told_with_the_reason() {
    let examined = |url: &str, more: &str| {
        let mut setup = Setup::at(url);
        setup.mqtt += more;
        setup.examined()
    };
    let nobody = examined("mqtt://127.0.0.1:9", "");
    nobody.assert_error(
        "broker",
        "nobody answers at 127.0.0.1:9",
        "start the broker",
    );
    let unknown = examined("mqtt://broker.invalid", "");
    unknown.assert_error("broker", "broker.invalid is not known", "IP address");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let wrong = folder.path().join("wrong");
    let right = folder.path().join("right");
    fs::write(&wrong, "guess").expect("is written");
    fs::write(&right, "secret").expect("is written");
    let login = |file: &Path| format!("\nusername = \"porch\"\npassword_file = {file:?}\n");
    let closed = Broker::start(&BrokerOptions {
        users: vec![("porch", "secret")],
        access: Some("user porch\ntopic read watchpost/#\n".into()),
        ..BrokerOptions::default()
    });
    let stranger = examined(&local(closed.port), &login(&wrong));
    stranger.assert_error("broker", "refuses the connection", "mqtt.password_file");
    let silent = examined(&local(closed.port), &login(&right));
    assert_eq!(silent.found("broker")[0], "ok", "{}", silent.report);
    let access = "topic readwrite watchpost/test/#";
    silent.assert_error(
        "publishing",
        "refuses watchpost/test/doctor: not authorised",
        access,
    );
}

#[test]
fn a_certificate_that_does_not_fit_is_told_with_what_would() {
    let authority = Authority::new("the right one");
    let files = tempfile::tempdir().expect("a temporary folder");
    let stranger = Authority::new("a stranger").write(&files.path().join("stranger.pem"));
    let served = |name: &str, validity| {
        let files = tempfile::tempdir().expect("a temporary folder");
        let server = authority.server_valid(files.path(), name, validity);
        let right = server.authority.clone();
        let broker = Broker::start(&BrokerOptions {
            tls: Some(server),
            ..BrokerOptions::default()
        });
        (broker, right, files)
    };
    let examined = |broker: &Broker, authority: &Path| {
        let mut setup = Setup::at(&format!("mqtts://127.0.0.1:{}", broker.port));
        setup.mqtt += &format!("\nca_file = {authority:?}\n");
        setup.examined()
    };
    let (broker, right, _files) = served("127.0.0.1", Validity::Now);
    let good = examined(&broker, &right);
    assert!(good.found("broker")[1].contains("TLS"), "{}", good.report);
    assert_eq!(good.code, Some(0), "{}", good.report);
    let unknown = examined(&broker, &stranger);
    unknown.assert_error("broker", "not signed by an authority", "mqtt.ca_file");
    let (broker, right, _files) = served("broker.example", Validity::Now);
    examined(&broker, &right).assert_error("broker", "for another name", "mqtt.url");
    let (broker, right, _files) = served("127.0.0.1", Validity::Past);
    examined(&broker, &right).assert_error("broker", "has expired", "clock");
    let plain = Broker::start(&BrokerOptions::default());
    examined(&plain, &right).assert_error("broker", "", "speaks TLS");
}

#[test]
fn a_camera_a_model_or_a_provider_that_is_not_what_it_should_be_is_told() {
    let broker = Broker::start(&BrokerOptions::default());
    let url = local(broker.port);
    let camera = |source: &str| {
        let setup = Setup {
            source,
            ..Setup::at(&url)
        };
        setup.examined()
    };
    camera("/dev/video99").assert_error(
        "camera cam",
        "/dev/video99 is not there",
        "watchpost cameras",
    );
    camera("card:No such").assert_error(
        "camera cam",
        "no camera is card:No such",
        "watchpost cameras",
    );
    camera("clip:/nowhere.avi").assert_error("camera cam", "/nowhere.avi", "clip:PATH");
    camera("clip:Cargo.toml").assert_error("camera cam", "Cargo.toml", "clip:PATH");

    let detector = |keys: String| {
        let setup = Setup {
            detector: keys,
            ..Setup::at(&url)
        };
        setup.examined()
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = Path::new(MODEL);
    let copy = folder.path().join("manifest.toml");
    fs::copy(manifest, &copy).expect("is copied");
    let model = manifest.with_file_name("model.onnx");
    let mut bytes = fs::read(model).expect("is there");
    *bytes.last_mut().expect("is not empty") ^= 1;
    fs::write(folder.path().join("model.onnx"), bytes).expect("is written");
    let broken = detector(format!("model = {copy:?}"));
    broken.assert_error("model", "sha256", "watchpost model");

    let hardware = detector(format!(
        "model = \"{MODEL}\"\nproviders = [\"qnn\", \"cpu\"]"
    ));
    hardware.assert_error(
        "providers",
        "the CPU runs the whole model; qnn: ",
        "detector.providers",
    );
    let nothing = detector(format!(
        "model = \"{MODEL}\"\nbackend = \"onnxruntime\"\nlibrary = \"/nowhere.so\""
    ));
    nothing.assert_error("model", "/nowhere.so", "detector.library");
}

#[test]
fn a_wrong_configuration_has_every_complaint_and_its_own_exit_code() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wrong = examined(
        folder.path(),
        "[mqtt]\nurl = \"http://x\"\n[outbox]\nmax_mb = 0\n",
    );
    let [level, says, remedy] = wrong.found("configuration");
    assert_eq!((level, wrong.code), ("error", Some(78)));
    for complaint in ["mqtt.url", "outbox.max_mb", "camera"] {
        assert!(says.contains(complaint), "{complaint}: {says}");
    }
    assert!(remedy.contains("watchpost check"), "{remedy}");
    wrong.found("kernel");
    wrong.found("clock");
    let output = doctor(&folder.path().join("nowhere.toml"), &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("nowhere.toml") && text.contains("→ "),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(78));
}

#[test]
fn a_daemon_that_runs_is_asked_and_not_disturbed() {
    let broker = Broker::start(&BrokerOptions::default());
    let listener = Subscriber::start(broker.port, "listener", &[]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let daemon = Daemon::start(folder.path(), &Setup::at(&local(broker.port)).text());
    wait_until("its status", || {
        listener.messages().iter().any(|message| {
            message.topic.ends_with("test/status") && message.payload.contains("\"online\"")
        })
    });
    let text = fs::read_to_string(folder.path().join("watchpost.toml")).expect("is there");
    let examined = examined(folder.path(), &text);
    let said = |check: &str| examined.found(check);
    assert!(
        said("camera cam")[1].starts_with("the daemon says online"),
        "{}",
        examined.report
    );
    assert!(
        said("outbox")[1].contains("events wait"),
        "{}",
        examined.report
    );
    assert_eq!(said("daemon")[0], "ok");
    assert_eq!(examined.code, Some(0), "{}", examined.report);
    let log = daemon.log();
    assert_eq!(log.matches("connected to the broker").count(), 1, "{log}");
    assert!(!log.contains("no connection"), "{log}");
    assert!(daemon.stop().success());
}

#[test]
fn whoever_holds_a_camera_is_named() {
    // Any file that somebody has open will do: it is looked for before it is opened.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let node = folder.path().join("video0");
    fs::write(&node, "").expect("is written");
    let held = fs::File::open(&node).expect("is there");
    let setup = Setup {
        source: node.to_str().expect("is text"),
        ..Setup::at("mqtt://127.0.0.1:9")
    };
    let examined = setup.examined();
    let pid = format!("process {}", std::process::id());
    examined.assert_error("camera cam", &pid, "end that program");
    drop(held);
}
