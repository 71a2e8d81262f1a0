//! Writes what trackers are compared on: synthetic crowds and the recorded scenes, the truth and what a faulty detector sees
//! of it, as files in MOTChallenge's format.
//!
//!     cargo run --release --example crowd -- OUT_DIR [SEEDS]
//!
//! `OUT_DIR/NAME_SEED/` then holds `gt.txt`, `det.txt` and `film.json` (rate, size, and which frames were looked at).

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use watchpost::eval::tracking::MotBox;
use watchpost::eval::tracking::crowd::{Faults, Moment, Shown, plans};
use watchpost::types::{BBox, Size};

const SIZE: Size = Size::new(1280, 720);

/// The committed scenes that show people.
const SCENES: [&str; 3] = ["hall_two_people", "yard_line", "hall_night_ir"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().ok_or("usage: crowd OUT_DIR [SEEDS]")?;
    let seeds: u64 = arguments.next().map_or(Ok(5), |seeds| seeds.parse())?;
    for seed in 1..=seeds {
        for plan in plans() {
            let film = watchpost::eval::tracking::crowd::Plan { seed, ..plan }.film();
            let dir = Path::new(&out).join(format!("{}_{seed}", plan.name));
            write(&dir, &film, plan.fps, plan.gated, seed)?;
        }
        for name in SCENES {
            let dir = Path::new(&out).join(format!("{name}_{seed}"));
            write(&dir, &scene(name)?, 10, false, seed)?;
        }
    }
    Ok(())
}

fn write(
    dir: &Path,
    film: &[Moment],
    fps: u32,
    gated: bool,
    seed: u64,
) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(dir)?;
    let mut faults = Faults::new(seed);
    let (mut truth, mut found) = (String::new(), String::new());
    for moment in film {
        for one in moment.truth(SIZE) {
            let MotBox {
                frame,
                id,
                bbox: [left, top, width, height],
                class,
                ..
            } = one;
            truth +=
                &format!("{frame},{id},{left:.3},{top:.3},{width:.3},{height:.3},1,{class},1\n");
        }
        for one in faults.detections(moment) {
            let [left, top, ..] = one.bbox.corners();
            let (across, down) = (SIZE.width as f32, SIZE.height as f32);
            found += &format!(
                "{},-1,{:.3},{:.3},{:.3},{:.3},{:.4}\n",
                moment.frame,
                left * across,
                top * down,
                one.bbox.width() * across,
                one.bbox.height() * down,
                one.score.get()
            );
        }
    }
    let frames: Vec<u32> = film.iter().map(|moment| moment.frame).collect();
    let about =
        json!({"fps": fps, "gated": gated, "size": [SIZE.width, SIZE.height], "frames": frames});
    fs::write(dir.join("gt.txt"), truth)?;
    fs::write(dir.join("det.txt"), found)?;
    Ok(fs::write(dir.join("film.json"), about.to_string())?)
}

/// The truth of a recorded scene.
fn scene(name: &str) -> Result<Vec<Moment>, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/scenes/{name}.json"));
    let truth: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let side = |key: &str| truth[key].as_f64().ok_or(format!("no {key}"));
    let size = (side("width")?, side("height")?);
    let mut names: Vec<String> = Vec::new();
    let frames = truth["frames"].as_array().ok_or("no frames")?;
    let moment = |(frame, seen): (u32, &Value)| {
        let people = seen["people"].as_array().into_iter().flatten();
        let people = people
            .filter_map(|person| shown(person, size, &mut names))
            .collect();
        Moment { frame, people }
    };
    Ok((1..).zip(frames).map(moment).collect())
}

fn shown(person: &Value, (across, down): (f64, f64), names: &mut Vec<String>) -> Option<Shown> {
    let name = person["id"].as_str()?;
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
    let id = names.iter().position(|known| known == name)? as u32 + 1;
    let side = |i: usize, length: f64| Some((person["box"][i].as_f64()? / length) as f32);
    let bbox = BBox::clipped(
        side(0, across)?,
        side(1, down)?,
        side(2, across)?,
        side(3, down)?,
    )?;
    // A figure fills about a third of its box.
    let figure = 0.33 * f64::from(bbox.area()) * across * down;
    let visible = (person["visible_px"].as_f64()? / figure).min(1.0) as f32;
    Some(Shown { id, bbox, visible })
}
