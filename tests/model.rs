//! `watchpost model list`, `use`, `rollback` and `verify` as people use them.
//!
//! Needs the model in `models/person` and ONNX Runtime's library at `ORT_DYLIB_PATH`; `make test` provides both.

mod support;

use std::fs;

use serde_json::Value;
use support::committed::{self, model};
use support::daemon::watchpost;
use support::device::{Device, NOWHERE, said};
use support::http::Server;
use support::labelled::Labelled;

#[test]
fn a_new_version_keeps_the_former_one() {
    let server = Server::start(model(), &[]);
    let device = Device::new(&server.url());
    let version = || {
        let list: Value = serde_json::from_str(&device.done("list --json")).expect("is JSON");
        list["installed"][0]["version"]
            .as_str()
            .expect("is there")
            .to_owned()
    };
    device.done("add person");
    device.refused(
        "rollback person",
        66,
        &["keeps no former version of person"],
    );
    for new in ["0.3.0", "0.4.0"] {
        device.write_zoo(&server.url(), "person", new);
        device.done("add person");
        assert_eq!(version(), new);
    }
    assert_eq!(
        device.files().len(),
        5,
        "one link and two versions: {:?}",
        device.files()
    );
    assert!(
        device
            .done("rollback person")
            .contains("person is 0.3.0 again")
    );
    assert_eq!(version(), "0.3.0");
    device.done("rollback person");
    assert_eq!(version(), "0.4.0");
}

#[test]
fn a_choice_reaches_the_daemon_and_can_be_undone() {
    let server = Server::start(model(), &[]);
    let device = Device::new(&server.url());
    for name in ["one", "two"] {
        device.write_zoo(&server.url(), name, "1");
        device.done(&format!("add {name}"));
    }
    let checked = |name: &str| {
        let line = device.done("check");
        assert!(
            line.contains(&format!("model {}", device.store.join(name).display())),
            "{line}"
        );
    };
    device.refused("rollback", 66, &["no model was chosen"]);
    let before = fs::read_to_string(device.config()).expect("is there");
    assert!(
        device
            .done("use one")
            .contains("systemctl restart watchpost")
    );
    checked("one");
    device.done("use two");
    checked("two");
    assert!(device.done("use two").contains("is chosen already"));
    assert!(
        device.done("list").contains("\n* two"),
        "{}",
        device.done("list")
    );

    assert!(device.done("rollback").contains("back from two to one"));
    checked("one");
    assert!(device.done("rollback").contains("back from one to what "));
    assert!(!device.drop_in().exists());
    assert_eq!(
        fs::read_to_string(device.config()).expect("is there"),
        before
    );
    device.refused("use three", 66, &["no model \"three\""]);
    assert!(!device.drop_in().exists());
}

#[test]
fn a_model_outside_the_daemons_search_is_chosen_by_its_path() {
    let server = Server::start(model(), &[]);
    let mut device = Device::new(&server.url());
    device.store = device.folder.path().join("elsewhere");
    device.write_zoo(&server.url(), "mine", "1");
    device.done("add mine");
    let path = device.store.join("mine/manifest.toml");
    let chosen = device.done("use mine");
    assert!(
        chosen.contains(&format!("{} is chosen", path.display())),
        "{chosen}"
    );
    let line = device.done("check");
    assert!(
        line.contains(&format!("model {}", path.display())),
        "{line}"
    );
}

#[test]
fn a_later_word_than_the_choice_is_warned_of() {
    let server = Server::start(model(), &[]);
    let device = Device::new(&server.url());
    device.write_zoo(&server.url(), "mine", "1");
    device.done("add mine");
    fs::create_dir(device.folder.path().join("conf.d")).expect("can be made");
    let later = device.folder.path().join("conf.d/90-mine.toml");
    fs::write(later, "[detector]\nmodel = \"person\"\n").expect("can be written");
    let output = device.run("use mine");
    assert!(output.status.success());
    assert!(
        said(&output).contains("warning: a later file in conf.d"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_drop_in_of_somebody_else_is_left_alone() {
    let server = Server::start(model(), &[]);
    let device = Device::new(&server.url());
    device.done("add person");
    fs::create_dir(device.folder.path().join("conf.d")).expect("can be made");
    let theirs = "[detector]\nmodel = \"person\"\n";
    fs::write(device.drop_in(), theirs).expect("can be written");
    device.refused(
        "use person",
        74,
        &["was not written by `watchpost model use`"],
    );
    assert_eq!(
        fs::read_to_string(device.drop_in()).expect("is there"),
        theirs
    );
}

#[test]
fn a_model_is_held_against_its_limits() {
    let server = Server::start(model(), &[]);
    let device = Device::new(&server.url());
    device.done("add person");
    let manifest = device.store.join("person/manifest.toml");
    let text = fs::read_to_string(&manifest).expect("is there");
    let limits = |limits: &str| {
        let mut manifest_of: toml::Table = toml::from_str(&text).expect("is TOML");
        let limits = toml::from_str(limits).expect("is TOML");
        manifest_of.insert("limits".into(), toml::Value::Table(limits));
        fs::write(&manifest, manifest_of.to_string()).expect("can be written")
    };

    limits("latency_ms_max = 60000\nresident_mb_max = 4000\nap_min = 10");
    let table = device.done("verify person --frames 5");
    assert!(table.contains("not measured: "), "{table}");
    device.refused(
        "verify person --frames 5 --strict",
        65,
        &["person 0.2.0 does not pass: ap_min"],
    );

    limits("latency_ms_max = 0.001\nresident_mb_max = 4000");
    let output = device.run("verify person --frames 5 --json");
    assert_eq!(output.status.code(), Some(65), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(report["passed"], false);
    let limits = report["limits"].as_array().expect("is a list");
    let outcome = |key: &str| {
        &limits
            .iter()
            .find(|it| it["limit"] == key)
            .expect("is there")["outcome"]
    };
    assert_eq!(outcome("latency_ms_max"), "fail");
    assert_eq!(outcome("resident_mb_max"), "pass");
    assert_eq!(outcome("ap_min"), "no_limit");

    fs::write(device.store.join("person/model.onnx"), b"another").expect("can be written");
    device.refused("verify person", 65, &["its manifest says"]);
}

#[test]
fn labelled_pictures_speak_for_the_accuracy() {
    let set = Labelled::write();
    let device = Device::new(NOWHERE);
    let verify = |limits: &str| {
        let text = committed::manifest_without(&["limits"]);
        let manifest = device.folder.path().join("manifest.toml");
        fs::write(&manifest, format!("{text}\n[limits]\n{limits}\n")).expect("can be written");
        let file = device.folder.path().join("model.onnx");
        fs::write(file, model()).expect("can be written");
        let (images, labels) = (Labelled::images(), set.path("labels.json"));
        let manifest = manifest.display();
        device.run(&format!(
            "verify {manifest} --frames 1 --strict --json --images {images} --annotations {labels}"
        ))
    };
    // One of the stills shows nobody; these are scenes that the model knows.
    let output = verify("ap50_min = 50\nfalse_alarms_max = 0\nretained_min = 0.1");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));

    let output = verify("ap_min = 100\nretained_min = 1");
    assert_eq!(output.status.code(), Some(65), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    let rows = report["limits"].as_array().expect("is a list");
    let row = |key: &str| {
        rows.iter()
            .find(|row| row["limit"] == key)
            .expect("is there")
    };
    for key in ["ap_min", "retained_min"] {
        assert_eq!(row(key)["outcome"], "fail", "{key}");
        let found = row(key)["found"].as_f64().expect("a number");
        assert!(found > 0.0, "{key} {found}");
    }
}

#[test]
fn the_built_in_list_is_shown() {
    let device = Device::new(NOWHERE);
    let output = watchpost()
        .args(["model", "list", "--config"])
        .arg(device.config())
        .output()
        .expect("it starts");
    let text = String::from_utf8(output.stdout).expect("it speaks text");
    assert!(
        text.contains("* person ")
            && text.contains("yolox-nano")
            && text.contains("needs --from FILE"),
        "{text}"
    );
}
