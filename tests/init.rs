//! `watchpost init` as somebody types it who has just installed the package.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use support::daemon::watchpost;

const CLIP: &str = "clip:tests/scenes/hall_empty.avi";

fn run(arguments: &[&str], output: &Path) -> Output {
    let mut command = watchpost();
    command
        .args(arguments)
        .args(["--output".as_ref(), output.as_os_str()]);
    command.stdin(Stdio::null()).output().expect("it runs")
}

fn check(config: &Path) -> Output {
    let mut command = watchpost();
    command
        .args(["check", "--config"])
        .arg(config)
        .output()
        .expect("it runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_written_passes_the_check_and_is_not_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("etc/watchpost.toml");
    let secret = folder.path().join("secret");
    fs::write(&secret, "secret\n").expect("is written");
    let secret = secret.to_str().expect("is text");
    let flags = [
        "init",
        "--broker",
        "mqtts://broker.lan",
        "--camera",
        CLIP,
        "--camera",
        "/dev/video0",
        "--name",
        "porch-pi",
        "--username",
        "porch",
        "--password-file",
        secret,
        "--home-assistant",
    ];
    let written = run(&flags, &path);
    assert!(written.status.success(), "{}", said(&written));
    let next = String::from_utf8_lossy(&written.stdout).into_owned();
    assert!(next.contains("watchpost doctor"), "{next}");
    let checked = check(&path);
    assert!(checked.status.success(), "{}", said(&checked));
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        told.contains("device porch-pi, broker broker.lan:8883"),
        "{told}"
    );
    assert!(told.contains("cameras hall_empty, video0"), "{told}");

    let before = fs::read(&path).expect("is there");
    let other = ["init", "--broker", "mqtt://other", "--camera", CLIP];
    let refused = run(&other, &path);
    assert_eq!(refused.status.code(), Some(64));
    assert!(
        said(&refused).contains("--force replaces it"),
        "{}",
        said(&refused)
    );
    assert_eq!(fs::read(&path).expect("is there"), before);
    let replaced = run(&[&other[..], &["--force"]].concat(), &path);
    assert!(replaced.status.success(), "{}", said(&replaced));
    let text = fs::read_to_string(&path).expect("is there");
    assert!(
        text.contains("mqtt://other") && !text.contains("broker.lan"),
        "{text}"
    );
}

#[test]
fn what_the_check_would_refuse_is_not_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("watchpost.toml");
    let flags = [
        "init", "--broker", "http://x", "--camera", CLIP, "--name", "No Slug",
    ];
    let refused = run(&flags, &path);
    assert_eq!(refused.status.code(), Some(78));
    for part in ["nothing was written", "mqtt.url", "device.name", "no-slug"] {
        assert!(said(&refused).contains(part), "{part}: {}", said(&refused));
    }
    assert_eq!(fs::read_dir(folder.path()).expect("is there").count(), 0);
}

#[test]
fn without_a_terminal_nothing_is_asked_and_what_is_missing_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("watchpost.toml");
    let no_broker = run(&["init", "--camera", CLIP], &path);
    assert_eq!(no_broker.status.code(), Some(64));
    assert!(
        said(&no_broker).contains("--broker mqtt://HOST"),
        "{}",
        said(&no_broker)
    );
    assert!(!path.exists());
    let usual = run(&["init", "--camera", CLIP, "--yes"], Path::new("-"));
    assert!(usual.status.success(), "{}", said(&usual));
    let text = String::from_utf8_lossy(&usual.stdout).into_owned();
    assert!(text.contains("url = \"mqtt://localhost\""), "{text}");
}
