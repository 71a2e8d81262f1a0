//! Clips through the flow that the daemon runs, as fast as the machine can.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use watchpost::capture::replay::{Pace, Replay};
use watchpost::capture::{CaptureError, FrameSource};
use watchpost::clock::SystemClock;
use watchpost::config::{BackendChoice, CameraConfig, DetectorConfig, SourceConfig};
use watchpost::detect::Detector;
use watchpost::motion::GateCounters;
use watchpost::pipeline::{Flow, SharedDetector, Turnstile};
use watchpost::types::{Event, Monotonic, Score, Size};

use super::committed::person;

/// An event, and when it was told, in seconds of the clip.
pub struct Told {
    /// The event.
    pub event: Event,
    /// When the camera had taken the frame that it was told at.
    pub told_s: f64,
    /// When it is said to have happened.
    pub at_s: f64,
}

/// What came of a clip.
pub struct Played {
    /// Everything that was told, the end of the clip included.
    pub told: Vec<Told>,
    /// Inferences run and saved.
    pub gate: GateCounters,
}

/// The committed model on ONNX Runtime.
pub fn detector() -> SharedDetector {
    let detector = Detector::open(&DetectorConfig {
        manifest: person().join("manifest.toml"),
        backend: BackendChoice::OnnxRuntime,
        library: None,
        providers: vec!["cpu".to_owned()],
        options: Vec::new(),
        threads: 1,
        threshold: threshold(),
    });
    Arc::new(Turnstile::new(detector.expect(
        "`make test` fetches ONNX Runtime and sets ORT_DYLIB_PATH",
    )))
}

/// The default.
pub fn threshold() -> Score {
    Score::new(0.5).expect("within 0–1")
}

/// A camera with nothing configured.
pub fn camera() -> CameraConfig {
    CameraConfig {
        size: Some(Size::new(640, 360)),
        fps: 10,
        ..CameraConfig::new("clip", SourceConfig::Device(PathBuf::new()))
    }
}

/// The committed clips, by name, and those of a folder that `variable` names.
pub fn clips(variable: &str) -> Vec<PathBuf> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes");
    let more = std::env::var_os(variable).map(PathBuf::from);
    let folders = std::iter::once(committed).chain(more);
    let mut clips: Vec<PathBuf> = folders
        .flat_map(|folder| std::fs::read_dir(folder).expect("a folder of clips"))
        .map(|entry| entry.expect("can be listed").path())
        .filter(|path| path.extension().is_some_and(|end| end == "avi"))
        .collect();
    clips.sort();
    clips
}

/// Every frame of the clip through a flow of its own.
pub fn play(clip: &Path, camera: &CameraConfig, detector: &SharedDetector) -> Played {
    let pace = Pace {
        repeat: false,
        unpaced: true,
    };
    let clock = Arc::new(SystemClock);
    let mut source = Replay::open(clip, pace, clock.clone()).expect("the clip");
    let mut flow = Flow::new(camera, detector.clone(), threshold(), clock);
    let (mut began, mut now): (Option<Monotonic>, Monotonic) = (None, Monotonic::default());
    let mut told = Vec::new();
    loop {
        let events = match source.next_frame(Duration::from_secs(5)) {
            Ok(frame) => {
                now = frame.captured_at;
                began.get_or_insert(now);
                flow.step(frame).expect("a whole frame")
            }
            Err(CaptureError::Ended) => break,
            Err(error) => panic!("{}: {error}", clip.display()),
        };
        told.extend(events.into_iter().map(|event| (now, event)));
    }
    told.extend(flow.finish().into_iter().map(|event| (now, event)));
    let seconds = |at: Monotonic| at.since(began.unwrap_or_default()).as_secs_f64();
    let told = told.into_iter().map(|(now, event)| Told {
        told_s: seconds(now),
        at_s: seconds(event.at),
        event,
    });
    Played {
        told: told.collect(),
        gate: flow.gate_counters(),
    }
}

/// A clip at a pipe that nobody writes to: opening it waits for ever, as a driver can make a process wait for its device.
pub fn held(folder: &Path) -> PathBuf {
    let pipe = folder.join("held.avi");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo is there").success());
    pipe
}
