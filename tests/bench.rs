//! `watchpost bench` as people and scripts use it, with the real engines. What it measures differs from machine to machine;
//! that it is whole and consistent does not.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use serde_json::Value;
use support::daemon::watchpost;
use watchpost::bench::{Frames, Layout, Stand};
use watchpost::config::{BackendChoice, DetectorConfig};
use watchpost::detect::Detector;
use watchpost::pipeline::Turnstile;
use watchpost::telemetry::{Board, CommandError};
use watchpost::types::{Score, Size};

/// Small frames and few, so that a debug build is quick.
const SMALL: [&str; 5] = ["bench", "--width", "320", "--height", "192"];

fn bench(arguments: &[&str]) -> Output {
    let mut command = watchpost();
    command.args(SMALL).args(arguments);
    command.output().expect("it starts")
}

fn report(arguments: &[&str]) -> Value {
    let output = bench(&[arguments, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("it is JSON and nothing else")
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// A figure, or reasons.
fn is_known(value: &Value) -> bool {
    let reasons = value["not_measurable"].as_array();
    !value["measured"].is_null() || reasons.is_some_and(|reasons| !reasons.is_empty())
}

#[test]
fn times_of_the_processor_are_told_from_those_that_pass() {
    let report = report(&["--frames", "2", "--processor-time"]);
    assert_eq!(report["times"], "processor");
    let whole = &report["variants"][0]["figures"]["stages"][5];
    assert_eq!(whole["name"], "whole frame");
    assert!(number(&whole["p50_ms"]) > 0.0, "{whole}");
    assert_eq!(self::report(&["--frames", "1"])["times"], "elapsed");
    let text = bench(&["--frames", "2", "--processor-time"]).stdout;
    let text = String::from_utf8(text).expect("it is text");
    assert!(text.contains("YUYV 320×192 by processor time"), "{text}");
}

#[test]
fn one_variant_has_every_figure_and_they_agree() {
    let report = report(&["--frames", "5"]);
    assert_eq!(report["schema"], "watchpost.bench/1");
    assert!(report["machine"]["kernel"].is_string() && report["machine"]["cores"].is_u64());
    let variant = &report["variants"][0];
    assert_eq!(variant["model"]["name"], "person");
    assert!(variant["model"]["accuracy"]["ap50"].is_f64());
    assert!(
        variant["model"]["engine"]
            .as_str()
            .is_some_and(|engine| !engine.is_empty())
    );

    let figures = &variant["figures"];
    assert_eq!(figures["frames"], 5);
    let stages = figures["stages"].as_array().expect("a list");
    for stage in stages {
        let times = ["p50_ms", "p90_ms", "p99_ms", "max_ms"].map(|key| number(&stage[key]));
        assert!(times.is_sorted(), "{stage}");
    }
    let (whole, parts) = stages.split_last().expect("there are stages");
    let sum: f64 = parts.iter().map(|stage| number(&stage["mean_ms"])).sum();
    let whole = number(&whole["mean_ms"]);
    assert!(
        sum <= whole + 1e-6 && sum > whole / 2.0,
        "{sum} of {whole} ms"
    );
    let cpu = ["cpu_user_ms_per_frame", "cpu_system_ms_per_frame"].map(|key| number(&figures[key]));
    let both = number(&figures["cpu_ms_per_frame"]);
    assert!(both > 0.0 && (cpu[0] + cpu[1] - both).abs() < 1e-6);
    let memory = ["before_mb", "resident_mb", "peak_mb"]
        .map(|key| number(&figures["memory"]["measured"][key]));
    assert!(memory.is_sorted() && memory[0] < memory[1], "{memory:?}");
    for key in ["energy", "temperature", "throttled"] {
        assert!(is_known(&figures[key]), "{key}: {}", figures[key]);
    }
}

#[test]
fn one_variant_is_one_screen() {
    let output = bench(&["--frames", "5", "--backend", "embedded"]);
    let text = String::from_utf8(output.stdout).expect("it is text");
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.len() <= 24, "{} lines", lines.len());
    assert!(
        lines.iter().all(|line| line.chars().count() <= 120),
        "{text}"
    );
    assert!(
        lines.iter().any(|line| line.starts_with("energy ")),
        "{text}"
    );
    // Standard error is no terminal here.
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn engines_are_compared_and_the_recommended_one_can_be_configured() {
    let backends = ["--backends", "onnxruntime,embedded"];
    let rounds = ["--frames", "4", "--rounds", "2", "--fps", "0.1"];
    let report = report(&[&backends[..], &rounds[..]].concat());
    let variants = report["variants"].as_array().expect("a list");
    assert_eq!(variants.len(), 2);
    for (variant, backend) in variants.iter().zip(["onnxruntime", "embedded"]) {
        assert_eq!(variant["model"]["backend"], backend);
        assert_eq!(variant["figures"]["frames"], 4);
        assert!(variant["failed"].is_null());
    }
    assert_eq!(variants[0]["ratio"]["median"], 1.0);
    assert!(number(&variants[1]["ratio"]["median"]) > 0.0);

    let config = report["recommendation"]["config"].as_str().expect("TOML");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("watchpost.toml");
    let rest =
        "[mqtt]\nurl = \"mqtt://localhost\"\n[[camera]]\nname = \"a\"\nsource = \"clip:x\"\n";
    fs::write(&path, format!("{config}{rest}")).expect("is written");
    let mut check = watchpost();
    let check = check.arg("check").arg("--config").arg(&path);
    let output = check.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{config}{said}");
}

#[test]
fn a_variant_that_cannot_be_measured_is_a_row_with_its_reason() {
    let report = report(&[
        "--model",
        "nothing,person",
        "--frames",
        "2",
        "--rounds",
        "1",
    ]);
    let variants = report["variants"].as_array().expect("a list");
    let reason = variants[0]["failed"].as_str().expect("a reason");
    assert!(reason.starts_with("no model \"nothing\""), "{reason}");
    assert!(variants[0]["figures"].is_null());
    assert_eq!(variants[1]["figures"]["frames"], 2);
    assert_eq!(variants[1]["ratio"]["median"], 1.0);
    assert_eq!(report["recommendation"]["name"], "B");

    // A model that is there and cannot be opened fails in the process that was to measure it.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let broken = folder.path().join("manifest.toml");
    fs::write(&broken, "name = 1").expect("is written");
    let broken = broken.to_str().expect("a plain name");
    let report = self::report(&["--model", broken, "--model", "person", "--frames", "1"]);
    let reason = report["variants"][0]["failed"].as_str().expect("a reason");
    assert!(
        reason.starts_with("manifest ") && reason.contains("cannot be used"),
        "{reason}"
    );
}

#[test]
fn a_frame_on_a_board_with_a_meter_has_its_energy() {
    // The rest is real: only the board's meter is a file, which says 2.5 W all the time.
    let root = tempfile::tempdir().expect("a temporary folder");
    let chip = root.path().join("sys/class/hwmon/hwmon0");
    fs::create_dir_all(&chip).expect("is made");
    fs::write(chip.join("name"), "ina226\n").expect("is written");
    fs::write(chip.join("power1_input"), "2500000\n").expect("is written");
    let no_tool = |_: &str| {
        Err(CommandError::Absent {
            program: "vcgencmd".to_owned(),
        })
    };
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let clip = checkout.join("tests/scenes/hall_two_people.avi");
    let frames = Frames::prepare(&clip, Layout::Nv12, Size::new(320, 192)).expect("a clip");
    let stand = Stand::on(Board::new(root.path(), no_tool), frames);
    let detector = Detector::open(&DetectorConfig {
        manifest: checkout.join("models/person/manifest.toml"),
        backend: BackendChoice::Embedded,
        library: None,
        providers: vec!["cpu".to_owned()],
        options: Vec::new(),
        threads: 1,
        threshold: Score::new(0.5).expect("it is a score"),
    });
    let detector = Arc::new(Turnstile::new(detector.expect("it opens")));

    let mut ticks = Vec::new();
    let measured = stand.measure(&detector, 3, &mut |frames| ticks.push(frames));
    let measured = measured.expect("frames can be run");
    assert_eq!(ticks, [1, 2, 3]);
    assert_eq!(measured.laps.len(), 3);
    let every_frame = measured.laps.iter().all(|lap| !lap.detect.is_zero());
    assert!(every_frame, "{:?}", measured.laps);
    let energy = measured.energy.measured().expect("there is a meter");
    assert_eq!(energy.meter.rails, ["ina226 channel 1"]);
    let busy_w = energy.busy_j / energy.busy.as_secs_f64();
    assert!((energy.idle_w - 2.5).abs() < 1e-6 && (busy_w - 2.5).abs() < 1e-6);
    // A made-up machine has no /proc either; that is a reason and not a zero.
    assert_eq!(measured.memory.measured(), None);
}

#[test]
fn where_nothing_can_be_measured_the_exit_code_says_why() {
    let cases: [(&[&str], i32); 5] = [
        (&["--model", "nothing"], 66),
        (&["--model", "nothing,neither"], 66),
        (&["--clip", "nowhere.avi"], 66),
        (&["--providers", "gpu"], 65),
        (&["--fps", "0"], 64),
    ];
    for (arguments, code) in cases {
        let output = bench(&[arguments, &["--frames", "1"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
