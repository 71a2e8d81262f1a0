//! `watchpost eval` as a user runs it, on the rendered scenes of this repository and the committed model.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use support::daemon::watchpost;
use support::labelled::Labelled;

fn scenes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes")
}

/// Measures the committed model on the stills.
fn eval_on(set: &Labelled, more: &[&str]) -> Output {
    let labels = set.path("labels.json");
    let images = Labelled::images();
    let mut arguments = vec!["--images", &images, "--annotations", &labels];
    arguments.extend(more);
    eval(&arguments)
}

fn eval(arguments: &[&str]) -> Output {
    let mut command = watchpost();
    command
        .arg("eval")
        .args(["--model", "models/person"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command.output().expect("it starts")
}

fn report(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("answers in JSON")
}

fn number(value: &Value, pointer: &str) -> f64 {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number at {pointer} in {value:#}"))
}

#[test]
fn labelled_pictures_give_figures_a_plot_and_what_was_found() {
    let set = Labelled::write();
    let (plot, found) = (set.path("curve.svg"), set.path("found.json"));
    let output = eval_on(&set, &["--plot", &plot, "--detections", &found, "--json"]);
    let report = report(&output);
    assert_eq!(report["pictures"], set.pictures);
    assert_eq!(report["people"], set.people);
    let ap50 = number(&report, "/figures/ap50");
    assert!((0.0..=100.0).contains(&ap50));
    let at = &report["at_threshold"];
    let of_people = number(at, "/right") + number(at, "/missed");
    assert_eq!(of_people, set.people as f64);
    assert_eq!(number(at, "/without_people/pictures"), 1.0);

    let light = report["by_light"].as_array().expect("a list");
    let kinds: Vec<_> = light.iter().map(|one| &one["light"]).collect();
    assert_eq!(
        kinds,
        ["colour", "grey"],
        "one still is infra-red, and none is dark"
    );
    let pictures: f64 = light.iter().map(|one| number(one, "/pictures")).sum();
    assert_eq!(pictures, set.pictures as f64);

    let svg = fs::read_to_string(plot).expect("was written");
    assert!(svg.starts_with("<svg") && svg.contains("IoU 0.75"), "{svg}");
    let boxes: Value = serde_json::from_str(&fs::read_to_string(found).expect("was written"))
        .expect("is COCO's format");
    let above = |one: &&Value| number(one, "/score") >= 0.5;
    let above = boxes
        .as_array()
        .expect("a list")
        .iter()
        .filter(above)
        .count();
    assert_eq!(above as f64, number(at, "/right") + number(at, "/wrong"));
}

#[test]
fn tables_name_every_part() {
    let set = Labelled::write();
    let empty = scenes().join("hall_empty.avi");
    let output = eval_on(
        &set,
        &[
            "--footage",
            empty.to_str().expect("plain"),
            "--footage-empty",
        ],
    );
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in [
        "all    colour      grey\n",
        "AP50 ",
        "AR large ",
        "score 0.50 and above",
        "pictures without people: ",
        "hall_empty.avi",
        "1 still of ",
        "false alarms",
    ] {
        assert!(said.contains(part), "no `{part}` in\n{said}");
    }
}

#[test]
fn spoiled_pictures_show_what_is_retained() {
    let set = Labelled::write();
    let chosen = [
        "--corruptions",
        "--kinds",
        "rain,noise",
        "--severities",
        "4",
        "--json",
    ];
    let report = report(&eval_on(&set, &chosen));
    let corruptions = report["robustness"]["corruptions"]
        .as_array()
        .expect("a list");
    let kinds: Vec<_> = corruptions.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["noise", "rain"]);
    let clean = number(&report, "/robustness/clean_ap");
    assert_eq!(clean, number(&report, "/figures/ap"));
    for one in corruptions {
        assert_eq!(one["severity"], 4);
        let retained = 100.0 * number(one, "/ap") / clean;
        assert!((number(one, "/retained") - retained).abs() < 1e-9);
    }
    let worst = number(&report, "/robustness/worst_retained");
    assert!(worst <= number(&report, "/robustness/mean_retained"));
}

#[test]
fn footage_without_people_is_watched_as_the_daemon_watches_it() {
    let empty = scenes().join("hall_empty.avi");
    let stills = tempfile::tempdir().expect("a temporary folder");
    let still = stills.path().join("empty.jpg");
    fs::copy(scenes().join("stills/hall_empty.jpg"), &still).expect("is copied");
    let stills = stills.path().to_str().expect("plain");
    let empty = empty.to_str().expect("plain");
    let more = ["--footage-stills", stills, "--still-seconds", "4", "--json"];
    let report = report(&eval(&[&["--footage", empty][..], &more].concat()));
    assert!(report.get("figures").is_none(), "nothing is labelled");
    let parts = report["footage"]["parts"].as_array().expect("a list");
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0]["frames"], 50);
    assert!((number(&parts[0], "/minutes") - 5.0 / 60.0).abs() < 1e-6);
    assert!(
        number(&parts[0], "/inferred") < 50.0,
        "the motion gate saves some"
    );
    assert_eq!(parts[1]["frames"], 20);
    assert_eq!(number(&report, "/footage/total/frames"), 70.0);
    let hours = number(&report, "/footage/total/minutes") / 60.0;
    let rate = number(&report, "/footage/total/false_alarms") / hours;
    assert!((number(&report, "/footage/total/per_hour") - rate).abs() < 1e-6);
}

/// Who never moves is believed in by the tracker, and doubted by the daemon.
#[test]
fn a_still_that_shows_somebody_is_an_alarm_that_nobody_is_told_of() {
    let stills = tempfile::tempdir().expect("a temporary folder");
    let still = scenes().join("stills/hall_three.jpg");
    fs::copy(still, stills.path().join("three.jpg")).expect("is copied");
    let stills = stills.path().to_str().expect("plain");
    let report = report(&eval(&["--footage-stills", stills, "--json"]));
    let total = |key: &str| number(&report, &format!("/footage/total/{key}"));
    assert_eq!((total("false_alarms"), total("told")), (3.0, 0.0));
}

/// That alarms are counted at all shows where somebody really comes.
#[test]
fn somebody_who_comes_is_an_alarm() {
    let clip = scenes().join("hall_two_people.avi");
    let report = report(&eval(&[
        "--footage",
        clip.to_str().expect("plain"),
        "--json",
    ]));
    assert!(
        number(&report, "/footage/total/false_alarms") >= 1.0,
        "{report:#}"
    );
    assert_eq!(
        number(&report, "/footage/total/told"),
        number(&report, "/footage/total/false_alarms"),
        "both walk"
    );
    assert!(
        number(&report, "/footage/total/with_box") >= 3.0,
        "{report:#}"
    );
}

#[test]
fn bad_input_is_refused_with_what_would_be_accepted() {
    let set = Labelled::write();
    let labels = set.path("labels.json");
    let stills = scenes().join("stills");
    let stills = stills.to_str().expect("plain");
    let nothing = tempfile::tempdir().expect("a temporary folder");
    let nothing = nothing.path().to_str().expect("plain");
    let wrong = set.path("wrong.json");
    fs::write(&wrong, "[]").expect("is written");
    let with = |more: &[&'static str]| {
        let labelled = ["--images", stills, "--annotations", &labels].map(str::to_owned);
        let more = more.iter().map(|&one| one.to_owned());
        labelled.into_iter().chain(more).collect::<Vec<_>>()
    };
    let plain = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
    let cases = [
        (plain(&[]), 64, "--images"),
        (plain(&["--images", stills]), 64, "--annotations"),
        (
            with(&["--plot", "curve.png"]),
            64,
            "name a file that ends with .svg",
        ),
        (with(&["--severities", "3"]), 64, "--corruptions"),
        (
            with(&["--corruptions", "--severities", "0"]),
            64,
            "it is a number of 1 to 5",
        ),
        (
            with(&["--corruptions", "--kinds", "fog"]),
            64,
            "there are noise, defocus",
        ),
        (
            with(&["--threshold", "0.001"]),
            64,
            "--floor 0.01 is above --threshold 0.001",
        ),
        (
            plain(&["--images", "nowhere", "--annotations", &labels]),
            66,
            "nowhere is no folder",
        ),
        (
            plain(&["--images", stills, "--annotations", "none.json"]),
            66,
            "cannot read none.json",
        ),
        (
            plain(&["--images", stills, "--annotations", &wrong]),
            65,
            "is not in COCO's format (needed: JSON with `images`",
        ),
        (
            plain(&["--images", nothing, "--annotations", &labels]),
            65,
            "hall_empty.jpg",
        ),
        (
            plain(&["--footage", &labels]),
            65,
            "an MJPEG AVI file or a folder of .jpg pictures is needed",
        ),
        (
            plain(&["--footage-stills", nothing]),
            66,
            ".jpg, .jpeg and .png files are taken",
        ),
    ];
    for (arguments, code, expected) in cases {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = eval(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}
