//! A detector's boxes through our tracker, as the daemon would follow them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::line::MotBox;
use crate::config::TrackConfig;
use crate::track::Tracker;
use crate::types::{BBox, Detection, Monotonic, Score, Size, TrackState};

/// How boxes become frames.
#[derive(Clone, Copy, Debug)]
pub struct Replay {
    /// Frames a second.
    pub fps: f64,
    /// What the boxes are measured in.
    pub size: Size,
    /// A frame without a box was not looked at, as behind the motion gate; otherwise it was, and showed nobody.
    pub gated: bool,
    /// Score from which a box is strong.
    pub threshold: Score,
    /// When a person counts as there or gone.
    pub rules: TrackConfig,
}

/// Who is told to be in view, frame by frame: confirmed tracks that the frame itself showed. What of a box lies beyond the
/// frame is cut off, and a confidence beyond 0–1 is brought within.
pub fn replay(boxes: &[MotBox], how: &Replay) -> Vec<MotBox> {
    let mut frames: BTreeMap<u32, Vec<Detection>> = BTreeMap::new();
    for one in boxes {
        frames
            .entry(one.frame)
            .or_default()
            .extend(how.detection(one));
    }
    let mut tracker = Tracker::new(how.rules, how.threshold);
    let mut told = Vec::new();
    let mut look = |frame: u32, detections: &[Detection]| {
        let tracks = tracker.update(how.at(frame), detections);
        let seen = tracks.iter().filter(|t| t.state == TrackState::Confirmed);
        told.extend(seen.map(|track| MotBox {
            frame,
            id: track.id.0 as i64,
            bbox: how.pixels(track.bbox),
            confidence: track.score.get().into(),
            class: 1,
        }));
    };
    if how.gated {
        frames.iter().for_each(|(&frame, found)| look(frame, found));
    } else {
        let last = frames.keys().next_back().copied().unwrap_or(0);
        for frame in 1..=last {
            look(frame, frames.get(&frame).map_or(&[], Vec::as_slice));
        }
    }
    told
}

impl Replay {
    fn at(&self, frame: u32) -> Monotonic {
        // An hour after the clock's zero: the first frame is not at the beginning of time.
        Monotonic::new(
            Duration::from_secs(3600) + Duration::from_secs_f64(f64::from(frame) / self.fps),
        )
    }

    fn detection(&self, one: &MotBox) -> Option<Detection> {
        let [left, top, width, height] = one.bbox;
        let (across, down) = (f64::from(self.size.width), f64::from(self.size.height));
        Some(Detection {
            bbox: BBox::clipped(
                (left / across) as f32,
                (top / down) as f32,
                ((left + width) / across) as f32,
                ((top + height) / down) as f32,
            )?,
            score: Score::new(one.confidence.clamp(0.0, 1.0) as f32)?,
        })
    }

    fn pixels(&self, bbox: BBox) -> [f64; 4] {
        let (across, down) = (f64::from(self.size.width), f64::from(self.size.height));
        let [left, top, ..] = bbox.corners().map(f64::from);
        [
            left * across,
            top * down,
            f64::from(bbox.width()) * across,
            f64::from(bbox.height()) * down,
        ]
    }
}
