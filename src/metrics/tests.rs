use std::fs;
use std::path::Path;

use super::*;
use crate::detect::ModelInfo;
use crate::pipeline::{CameraSight, SharedCounters};
use crate::publish::PublishStats;
use crate::publish::payload::CameraState;
use crate::types::{Monotonic, Wall};

fn sight() -> Sight {
    let counters = SharedCounters::new(Monotonic::default());
    counters.lock().frames = 7;
    Sight {
        at: Wall::from_unix_micros(2_000_000),
        started_at: Wall::from_unix_micros(1_500_000),
        version: "1.2.3",
        model: ModelInfo {
            name: "person".into(),
            version: "0.4.0".into(),
            sha256: String::new(),
            accuracy: None,
            backend: "onnxruntime",
            engine: String::new(),
            providers: vec!["cuda".into(), "cpu".into()],
            placements: Vec::new(),
            not_used: Vec::new(),
        },
        cameras: vec![CameraSight {
            name: "porch".into(),
            state: CameraState::Stalled,
            counters: counters.snapshot(),
        }],
        rate_share: 0.5,
        publish: PublishStats::default(),
    }
}

#[test]
fn the_page_tells_what_was_counted() {
    let page = page(&sight(), &Facts::default());
    for line in [
        "watchpost_frames_total{camera=\"porch\"} 7",
        "watchpost_camera_state{camera=\"porch\",state=\"stalled\"} 1",
        "watchpost_camera_state{camera=\"porch\",state=\"online\"} 0",
        "watchpost_model_info{model=\"person\",version=\"0.4.0\",backend=\"onnxruntime\",providers=\"cuda,cpu\"} 1",
        "watchpost_stage_seconds_bucket{camera=\"porch\",stage=\"detect\",le=\"+Inf\"} 0",
        "watchpost_frame_rate_share 0.5",
        "process_start_time_seconds 1.5",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
}

/// Names from the configuration, and words that this program has. A label for a person, a visit, a place in the picture or
/// a moment would keep for years what nobody was meant to keep.
#[test]
fn no_label_is_about_a_person() {
    const LABELS: [&str; 16] = [
        "camera",
        "line",
        "direction",
        "state",
        "reason",
        "stage",
        "type",
        "version",
        "model",
        "backend",
        "providers",
        "provider",
        "sensor",
        "cause",
        "meter",
        "le",
    ];
    for family in families(&sight(), &Facts::default()) {
        for label in family.labels {
            assert!(LABELS.contains(label), "{label} of {}", family.name);
        }
    }
}

/// `UPDATE_DOCS=1 cargo test` writes it.
#[test]
fn the_table_in_the_documentation_is_these_metrics() {
    let row = |family: &Family| {
        let labels: Vec<_> = family
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        let (name, kind, labels) = (family.name, family.kind.name(), labels.join(", "));
        format!("| `{name}` | {kind} | {labels} | {} |\n", family.help)
    };
    let rows: String = families(&sight(), &Facts::default())
        .iter()
        .map(row)
        .collect();
    let table = format!("| metric | type | labels | meaning |\n|---|---|---|---|\n{rows}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let text = fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = text.split_once(BEGIN).expect("the table begins");
    let (found, after) = rest.split_once(END).expect("the table ends");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let updated = format!("{before}{BEGIN}{table}{END}{after}");
        return fs::write(&path, updated).expect("the page can be written");
    }
    assert_eq!(found, table, "UPDATE_DOCS=1 cargo test --lib metrics");
}

const BEGIN: &str = "<!-- made by a test: the table begins -->\n";
const END: &str = "<!-- the table ends -->\n";
