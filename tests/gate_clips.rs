//! What the motion gate saves and what it costs, on the clips and with the committed model: the same flow with the gate and
//! without it. `WATCHPOST_CLIPS=DIR cargo test --test gate_clips -- --nocapture` prints the table, with the MJPEG AVI files of
//! a folder besides.

#![expect(clippy::print_stdout, reason = "tests tell what they measured")]

mod support;

use std::path::Path;

use support::clip::{self, Played, Told};
use watchpost::config::{CameraConfig, MotionConfig};
use watchpost::types::EventKind;

/// An event may be told so much later with the gate than without it.
const DELAY_MAX_S: f64 = 0.3;

/// What was told of this kind.
fn of_kind<'a>(played: &'a Played, kind: &'a EventKind) -> impl Iterator<Item = &'a Told> {
    let told = played.told.iter();
    told.filter(move |told| told.event.kind == *kind)
}

/// When each person was told to have entered.
fn entered(played: &Played) -> Vec<f64> {
    of_kind(played, &EventKind::Entered)
        .map(|told| told.told_s)
        .collect()
}

fn name(clip: &Path) -> String {
    let name = clip.file_stem().expect("a file");
    name.to_string_lossy().into_owned()
}

#[test]
fn the_gate_saves_inferences_and_delays_nobody() {
    let detector = clip::detector();
    let always = CameraConfig {
        motion: MotionConfig {
            enabled: false,
            ..MotionConfig::default()
        },
        ..clip::camera()
    };
    let mut wrong = Vec::new();
    println!(
        "{:<28} {:>7} {:>7} {:>9}  entered: told at, later with the gate",
        "clip", "frames", "run", "saved"
    );
    for path in clip::clips("WATCHPOST_CLIPS") {
        let clip = name(&path);
        let gated = clip::play(&path, &clip::camera(), &detector);
        let free = clip::play(&path, &always, &detector);
        let (run, frames) = (gated.gate.run, free.gate.run);
        let saved = 100.0 * gated.gate.saved as f64 / frames as f64;
        let (with, without) = (entered(&gated), entered(&free));
        let delays: Vec<f64> = with.iter().zip(&without).map(|(a, b)| a - b).collect();
        println!("{clip:<28} {frames:>7} {run:>7} {saved:>7.1} %  {without:.1?} {delays:.1?}");
        for told in of_kind(&gated, &EventKind::Entered) {
            let why = told.event.subject.as_ref().map(|person| person.confirmed);
            println!(
                "    entered {:.1} s, told at {:.1} s: {why:?}",
                told.at_s, told.told_s
            );
        }
        if with.len() != without.len() || delays.iter().any(|delay| *delay > DELAY_MAX_S) {
            wrong.push(format!(
                "{clip}: entered at {with:?}, without the gate at {without:?}"
            ));
        }
        if clip == "hall_empty" && saved < 90.0 {
            wrong.push(format!("{clip}: {run} of {frames} inferences were run"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
