//! `watchpost eval --tracking` as a user runs it, against known answers of the MOTChallenge's reference; and our own tracker on
//! synthetic crowds.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use watchpost::config::TrackConfig;
use watchpost::eval::tracking::crowd::{Faults, Plan, plans};
use watchpost::eval::tracking::{MotBox, Replay, Sequence, TrackingFigures, TrackingSums, replay};
use watchpost::types::{BBox, Score, Size};

fn known(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tracking/known")
        .join(name)
}

fn eval(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchpost"));
    command.arg("eval").args(arguments);
    command.output().expect("it starts")
}

/// The figures in the order of the constants below.
fn figures(part: &Value) -> [f64; 11] {
    let keys = [
        "hota",
        "det_a",
        "ass_a",
        "loc_a",
        "mota",
        "motp",
        "idf1",
        "id_switches",
        "false_positives",
        "false_negatives",
        "fragmentations",
    ];
    keys.map(|key| {
        part[key]
            .as_f64()
            .unwrap_or_else(|| panic!("no {key} in {part:#}"))
    })
}

/// By trackeval 1.3.0 (HOTA, CLEAR and Identity of `MotChallenge2DBox`), through `against_trackeval.py`.
const CROWD: [f64; 11] = [
    50.29304576,
    59.97470581,
    42.25327418,
    84.41564472,
    70.09966777,
    82.72355830,
    62.00378072,
    9.0,
    4.0,
    77.0,
    38.0,
];
const GROUP: [f64; 11] = [
    60.60890515,
    64.80527088,
    56.72168273,
    84.87843310,
    77.24770642,
    83.12391252,
    78.85010267,
    6.0,
    1.0,
    117.0,
    82.0,
];
const TOTAL: [f64; 11] = [
    57.11716411,
    63.06494422,
    51.77882568,
    84.71795961,
    74.70449173,
    82.98636751,
    72.92082502,
    15.0,
    5.0,
    194.0,
    120.0,
];

#[test]
fn the_figures_are_those_of_the_reference() {
    let files = [
        "crowd_gt.txt",
        "group_gt.txt",
        "crowd_tracks.txt",
        "group_tracks.txt",
    ];
    let [crowd_gt, group_gt, crowd, group] = files.map(|name| known(name).display().to_string());
    let output = eval(&[
        "--tracking",
        &crowd_gt,
        &group_gt,
        "--results",
        &crowd,
        &group,
        "--json",
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("answers in JSON");
    let parts = [
        (&report["sequences"][0], CROWD),
        (&report["sequences"][1], GROUP),
        (&report["total"], TOTAL),
    ];
    for (part, expected) in parts {
        for (ours, theirs) in figures(part).into_iter().zip(expected) {
            assert!((ours - theirs).abs() < 1e-7, "{ours} {theirs} in {part:#}");
        }
    }
}

#[test]
fn boxes_of_a_detector_are_followed_and_written() {
    let dir = tempfile::tempdir().expect("a folder");
    let tracks = dir.path().join("tracks.txt").display().to_string();
    let truth = known("crowd_gt.txt").display().to_string();
    let output = eval(&[
        "--tracking",
        &truth,
        "--boxes",
        &truth,
        "--frame-size",
        "1280x720",
        "--fps",
        "5",
        "--tracks",
        &tracks,
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        table.contains("HOTA") && table.contains("crowd_gt.txt"),
        "{table}"
    );
    let again = eval(&["--tracking", &truth, "--results", &tracks]);
    let again = String::from_utf8_lossy(&again.stdout).into_owned();
    assert_eq!(
        table, again,
        "what was written has the figures that were shown"
    );
}

#[test]
fn a_wrong_line_or_call_says_what_is_needed() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("tracks.txt");
    std::fs::write(&path, "1,1,0,0,9,9,1\n1,2,0,zero,9,9,1\n").expect("is written");
    let wrong = path.display().to_string();
    let truth = known("crowd_gt.txt").display().to_string();
    let table: [(&[&str], i32, &str); 5] = [
        (
            &["--results", &wrong],
            65,
            "tracks.txt, line 2: top is \"zero\"; a number of pixels is needed",
        ),
        (&["--results", "nowhere.txt"], 66, "cannot read nowhere.txt"),
        (
            &["--results", &truth, &truth],
            64,
            "2 files after --results and 1 after --tracking",
        ),
        (&[], 64, "--tracking needs --results or --boxes"),
        (&["--boxes", &truth], 64, "--boxes needs --frame-size"),
    ];
    for (arguments, code, expected) in table {
        let output = eval(&[&["--tracking", &truth], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

/// What our tracker makes of all synthetic crowds of one seed, as the daemon would.
fn on_the_crowds(seed: u64) -> TrackingFigures {
    let size = Size::new(1280, 720);
    let pixels = |bbox: BBox| {
        let [left, top, ..] = bbox.corners();
        [
            left * 1280.0,
            top * 720.0,
            bbox.width() * 1280.0,
            bbox.height() * 720.0,
        ]
        .map(f64::from)
    };
    let sums = plans().into_iter().map(|plan| {
        let film = Plan { seed, ..plan }.film();
        let mut faults = Faults::new(seed);
        let truth: Vec<MotBox> = film.iter().flat_map(|moment| moment.truth(size)).collect();
        let boxes = film.iter().flat_map(|moment| {
            let found = faults.detections(moment).into_iter();
            found.map(|one| MotBox {
                frame: moment.frame,
                id: -1,
                bbox: pixels(one.bbox),
                confidence: one.score.get().into(),
                class: 1,
            })
        });
        let boxes: Vec<MotBox> = boxes.collect();
        let how = Replay {
            fps: plan.fps.into(),
            size,
            gated: plan.gated,
            threshold: Score::new(0.5).expect("within 0–1"),
            rules: TrackConfig::default(),
        };
        TrackingSums::of(&Sequence::new(&truth, &replay(&boxes, &how)))
    });
    sums.reduce(TrackingSums::and)
        .expect("some films")
        .figures()
}

/// docs/tracking.md has the figures of five seeds; these are of one that nothing was tuned on. They depend on no clock.
#[test]
fn our_tracker_stays_as_good_as_it_is_on_the_crowds() {
    let figures = on_the_crowds(11);
    assert!(figures.hota > 63.0, "{figures:?}");
    assert!(figures.idf1 > 74.0, "{figures:?}");
    assert!(figures.id_switches < 320, "{figures:?}");
}
