//! Why a candidate was chosen, in one plain sentence.

use crate::capture::bandwidth::{Bus, megabytes};
use crate::capture::negotiate::candidate::{Candidate, frame_bytes};
use crate::capture::negotiate::{WantedSize, Wish};

/// Says of `best`, which shows the camera's whole view or not, why it was chosen of `all`.
pub(super) fn reason(
    best: &Candidate,
    keeps_view: bool,
    all: &[Candidate],
    wish: Wish,
    bus: Bus,
) -> String {
    let parts = [
        Some(size(best, keeps_view, wish)),
        Some(rate(best, wish, bus)),
        format(best, all, wish, bus),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join("; ")
}

fn size(best: &Candidate, keeps_view: bool, wish: Wish) -> String {
    let wanted = wish.size;
    let view = match wanted {
        WantedSize::Size(_) => "size",
        WantedSize::Filling(_) if keeps_view => "whole view",
        WantedSize::Filling(_) => "size, though not the whole view,",
    };
    if wanted == WantedSize::Size(best.size) {
        "the wanted size".to_owned()
    } else if best.view.is_none() {
        "the driver lists no sizes".to_owned()
    } else if wanted.is_covered_by(best.size) {
        format!("the smallest {view} that covers {wanted}")
    } else {
        format!("the largest {view}; {wanted} was wanted")
    }
}

fn rate(best: &Candidate, wish: Wish, bus: Bus) -> String {
    let fps = rounded(best.asked_fps(wish));
    if best.interval.is_none() && best.reaches(wish) {
        "the driver lists no rates".to_owned()
    } else if best.reaches(wish) {
        format!("{fps} fps")
    } else if best.is_carried(wish) {
        format!("at most {fps} fps, {} were wanted", wish.fps)
    } else {
        let arriving = rounded(best.arriving_fps);
        format!(
            "about {arriving} fps, all that {bus} carries, {} were wanted",
            wish.fps
        )
    }
}

fn format(best: &Candidate, all: &[Candidate], wish: Wish, bus: Bus) -> Option<String> {
    match wish.format {
        Some(wished) if wished == best.pixel => return Some(format!("{wished} as configured")),
        Some(wished) => return Some(format!("{wished} is configured, but not offered")),
        None => {}
    }
    let mut there = all.iter().filter(|other| other.size == best.size);
    if best.is_raw() {
        let spares = there.any(|other| !other.is_raw());
        return spares.then(|| "raw, which spares decoding JPEG".to_owned());
    }
    let raw = there
        .filter(|other| other.is_raw())
        .max_by(|a, b| a.arriving_fps.total_cmp(&b.arriving_fps))?;
    Some(match frame_bytes(raw.pixel, raw.size).zip(bus.carries()) {
        Some((bytes, carries)) if !raw.is_carried(wish) => {
            let needed = megabytes((bytes as f32 * raw.asked_fps(wish)) as u64);
            let (pixel, carries) = (raw.pixel, megabytes(carries));
            format!("{pixel} would need {needed}, and {bus} carries {carries}")
        }
        _ => format!(
            "{} has only {} fps there",
            raw.pixel,
            rounded(raw.asked_fps(wish))
        ),
    })
}

/// To one place: 29.97 as 30, 12.5 as it is.
fn rounded(fps: f32) -> f32 {
    (fps * 10.0).round() / 10.0
}
