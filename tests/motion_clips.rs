//! The gate on the recorded clips: who comes in is noticed at once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use watchpost::config::MotionConfig;
use watchpost::convert::{Align, Decoder, Fit, InputSpec};
use watchpost::motion::Gate;
use watchpost::types::{Frame, Monotonic, Size};

const CONFIG: MotionConfig = MotionConfig {
    enabled: true,
    area_min: 0.0005,
    heartbeat: Duration::from_secs(10),
};

/// What the gate said of one clip.
struct Watched {
    /// Seconds of the frames that moved.
    moving: Vec<f64>,
    truth: Value,
}

fn watch(clip: &str) -> Watched {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes");
    let truth = std::fs::read(scenes.join(clip).with_extension("json")).expect("the clip's truth");
    let truth: Value = serde_json::from_slice(&truth).expect("json");
    let fps = truth["fps"].as_f64().expect("a rate");
    let size = Size::new(416, 256);
    let mut decoder = Decoder::new(InputSpec {
        size,
        multiple_of: None,
        bgr: false,
        mean: [0.0; 3],
        std: [1.0; 3],
        fit: Fit::Letterbox(Align::Center, 114),
    });
    let mut gate = Gate::new(&CONFIG);
    let mut moving = Vec::new();
    for (i, jpeg) in jpegs(&scenes.join(clip).with_extension("avi"))
        .into_iter()
        .enumerate()
    {
        let at = Monotonic::new(Duration::from_secs_f64(100.0 + i as f64 / fps));
        let mut frame = Frame::mjpeg(jpeg, Size::new(640, 360), i as u64, at);
        let picture = decoder.open(&mut frame).expect("a whole frame");
        let motion = gate.observe(&picture.luma(), at);
        let people = truth["frames"][i]["people"].as_array();
        gate.decide(motion, people.is_some_and(|people| !people.is_empty()), at);
        if motion.moving {
            moving.push(i as f64 / fps);
        }
    }
    Watched { moving, truth }
}

/// The frames of an MJPEG AVI file: the chunks `00dc` in its list `movi`.
fn jpegs(path: &PathBuf) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).expect("the clip");
    let start = bytes
        .windows(4)
        .position(|w| w == b"movi")
        .expect("a list of frames")
        + 4;
    let mut rest = &bytes[start..];
    let mut frames = Vec::new();
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if &head[..4] != b"00dc" {
            break;
        }
        frames.push(body[..len].to_vec());
        rest = &body[len.next_multiple_of(2)..];
    }
    frames
}

#[test]
fn everybody_who_comes_in_is_noticed_within_300_ms() {
    for clip in ["hall_two_people", "yard_line", "hall_night_ir"] {
        let Watched { moving, truth, .. } = watch(clip);
        for (name, person) in truth["people"].as_object().expect("people") {
            let enter = person["enter_s"].as_f64().expect("seconds");
            let noticed = moving.iter().find(|at| **at >= enter - 0.3);
            assert!(
                noticed.is_some_and(|at| *at <= enter + 0.3),
                "{clip}: {name} entered at {enter} s, motion at {noticed:?} s"
            );
        }
    }
}
