//! The command line as people and scripts use it: what it says about bad input, and its exit codes.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use support::daemon::watchpost;

fn run(arguments: &[&str]) -> Output {
    watchpost().args(arguments).output().expect("it starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_example_configuration_is_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let entries = fs::read_dir(folder).expect("the examples are there");
    let mut checked = 0;
    for path in entries.map(|entry| entry.expect("readable").path()) {
        let output = run(&["check", "--config", path.to_str().expect("plain names")]);
        assert!(
            output.status.success(),
            "{}: {}",
            path.display(),
            said(&output)
        );
        checked += 1;
    }
    assert!(checked >= 4, "only {checked} examples were found");
}

#[test]
fn the_commented_configuration_names_every_default_as_it_is() {
    // Every key behind a # is switched on; the result must be as valid as the file itself.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/watchpost.toml");
    let text = fs::read_to_string(path).expect("it is there");
    let is_key = |rest: &str| {
        let name: String = rest
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '_')
            .collect();
        rest.starts_with("[[")
            || rest.starts_with("[camera.")
            || (!name.is_empty() && rest[name.len()..].starts_with(" = "))
    };
    // Files, another source, another provider.
    let needs_more = [
        "device_type",
        "password_file",
        "ca_file",
        "client_",
        "library",
        "repeat",
        "unpaced",
    ];
    let switched_on = text.lines().map(|line| {
        let trimmed = line.trim_start();
        match trimmed.strip_prefix("# ") {
            Some(rest) if is_key(rest) && !needs_more.iter().any(|key| rest.starts_with(key)) => {
                rest
            }
            _ => line,
        }
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let all = folder.path().join("all.toml");
    fs::write(&all, switched_on.collect::<Vec<_>>().join("\n")).expect("is written");
    let output = run(&["check", "--config", all.to_str().expect("plain")]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn bad_configurations_end_with_78_and_say_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good =
        "[mqtt]\nurl = \"mqtt://localhost\"\n[[camera]]\nname = \"a\"\nsource = \"clip:x\"\n";
    let cases = [
        (format!("{good}treshold = 1\n"), "unknown key"),
        (format!("{good}fsp = 5\n"), "did you mean `fps`?"),
        (
            format!("{good}[detector]\nmodel = \"models/none/manifest.toml\"\n"),
            "no model",
        ),
        (good.replace("mqtt:", "http:"), "expected mqtt://"),
        ("[mqtt\n".to_owned(), ":1: "),
    ];
    for (text, expected) in cases {
        let path = folder.path().join("watchpost.toml");
        fs::write(&path, &text).expect("is written");
        for command in ["check", "run"] {
            let output = run(&[command, "--config", path.to_str().expect("plain")]);
            assert_eq!(
                output.status.code(),
                Some(78),
                "{command} {text}: {}",
                said(&output)
            );
            assert!(
                said(&output).contains(expected),
                "{text}: {}",
                said(&output)
            );
        }
    }
    let output = run(&["check", "--config", "/nowhere/watchpost.toml"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(
        said(&output).contains("cannot read /nowhere/watchpost.toml"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_manifest_that_disagrees_with_its_model_ends_with_65_and_shows_both() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/person");
    fs::copy(models.join("model.onnx"), folder.path().join("model.onnx")).expect("is copied");
    let manifest = fs::read_to_string(models.join("manifest.toml")).expect("is there");
    let wrong = folder.path().join("manifest.toml");
    fs::write(&wrong, manifest.replace("\"u8\"", "\"f32\"")).expect("is written");
    let config = folder.path().join("watchpost.toml");
    let text = format!(
        "[mqtt]\nurl = \"mqtt://localhost\"\n[outbox]\npath = {:?}\n[detector]\nmodel = {wrong:?}\n\
         [[camera]]\nname = \"a\"\nsource = \"clip:x\"\n",
        folder.path().join("outbox"),
    );
    fs::write(&config, text).expect("is written");
    let output = run(&["run", "--config", config.to_str().expect("plain")]);
    assert_eq!(output.status.code(), Some(65), "{}", said(&output));
    assert!(
        said(&output)
            .contains("f32 [1, 3, 256, 416] in the manifest and u8 [1, 3, ?, ?] in the model"),
        "{}",
        said(&output)
    );
}

#[test]
fn wrong_usage_ends_with_64_and_help_with_0() {
    assert_eq!(run(&["frobnicate"]).status.code(), Some(64));
    assert_eq!(run(&[]).status.code(), Some(64));
    assert!(run(&["--help"]).status.success());
}
