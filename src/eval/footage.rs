//! Footage that shows nobody, through the flow that the daemon runs: decoder, motion gate, detector, tracker and decider
//! with the settings of a camera for which nothing is configured.
//!
//! A single picture says little about alarms: the tracker asks for three hits in a row before it believes, and what fires
//! for one frame is no alarm. So a still is [shown](Watch::still) as a short piece of video, and one that fires steadily is
//! one false alarm, as a garden chair in front of a camera would be.

mod listing;
mod shown;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::Alarms;
use crate::capture::replay::{Pace, Replay};
use crate::capture::{CaptureError, FrameSource};
use crate::clock::Clock;
use crate::config::{CameraConfig, SourceConfig};
use crate::pipeline::{Flow, FlowError, SharedDetector};
use crate::types::{EventKind, Frame, Monotonic, Score};
pub use listing::stills;
use shown::Shown;

/// Frames a second of a still that is shown.
pub const STILL_FPS: u32 = 5;

/// Waits for no clock, so any time is enough.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why footage says nothing.
#[derive(Debug, thiserror::Error)]
pub enum FootageError {
    /// It cannot be read.
    #[error("cannot use footage {} (an MJPEG AVI file or a folder of .jpg pictures is needed)", path.display())]
    Clip {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: CaptureError,
    },
    /// A still cannot be read.
    #[error("cannot use still {} (a JPEG or PNG file is needed)", path.display())]
    Still {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model failed.
    #[error("the model failed on {}", path.display())]
    Flow {
        /// The footage.
        path: PathBuf,
        /// Why.
        source: Box<FlowError>,
    },
    /// Nothing in it could be decoded, so that nothing was seen and nothing is proven.
    #[error("none of the {frames} frames of {} can be decoded", path.display())]
    AllBroken {
        /// The footage.
        path: PathBuf,
        /// How many.
        frames: u64,
        /// What was wrong with the last one.
        source: Box<FlowError>,
    },
}

/// Watches footage as the daemon would.
pub struct Watch<'a> {
    /// The model.
    pub detector: SharedDetector,
    /// The score from which a detection begins a track.
    pub threshold: Score,
    /// For the flow's stop-watch; the footage's own time is in its frames.
    pub clock: Arc<dyn Clock>,
    /// Called after each frame.
    pub done: &'a mut dyn FnMut(),
}

impl Watch<'_> {
    /// What comes of the clip at `path`: an MJPEG AVI file, or a folder of JPEGs at ten a second.
    pub fn clip(&mut self, path: &Path) -> Result<Alarms, FootageError> {
        let pace = Pace {
            repeat: false,
            unpaced: true,
        };
        let clip = Replay::open(path, pace, self.clock.clone()).map_err(|source| {
            let path = path.to_owned();
            FootageError::Clip { path, source }
        })?;
        self.source(path, Box::new(clip))
    }

    /// What comes of the picture at `path` when it is shown for `length` at [`STILL_FPS`].
    pub fn still(&mut self, path: &Path, length: Duration) -> Result<Alarms, FootageError> {
        let still = Shown::open(path, length).map_err(|source| {
            let path = path.to_owned();
            FootageError::Still { path, source }
        })?;
        self.source(path, Box::new(still))
    }

    /// Every frame of `source` through a flow of its own.
    fn source(
        &mut self,
        path: &Path,
        mut source: Box<dyn FrameSource>,
    ) -> Result<Alarms, FootageError> {
        let mut flow = Flow::new(
            &camera(),
            self.detector.clone(),
            self.threshold,
            self.clock.clone(),
        );
        let fps = source.format().fps.unwrap_or(1.0);
        let mut tally = Tally::new(Duration::from_secs_f32(1.0 / fps));
        loop {
            let frame = match source.next_frame(PATIENCE) {
                Ok(frame) => frame,
                Err(CaptureError::Ended) => break,
                Err(source) => {
                    let path = path.to_owned();
                    return Err(FootageError::Clip { path, source });
                }
            };
            tally
                .step(&mut flow, frame, self.threshold)
                .map_err(|source| {
                    let (path, source) = (path.to_owned(), Box::new(source));
                    FootageError::Flow { path, source }
                })?;
            (self.done)();
        }
        tally.alarms(path, flow)
    }
}

/// A camera for which nothing is configured.
fn camera() -> CameraConfig {
    CameraConfig::new("footage", SourceConfig::Device(PathBuf::new()))
}

/// Counts what comes of each frame.
struct Tally {
    alarms: Alarms,
    interval: Duration,
    began: Option<Monotonic>,
    broken: Option<FlowError>,
}

impl Tally {
    fn new(interval: Duration) -> Self {
        Self {
            alarms: Alarms::default(),
            interval,
            began: None,
            broken: None,
        }
    }

    /// A frame that cannot be decoded is dropped and counted, as in the daemon; a model that fails is an error.
    fn step(&mut self, flow: &mut Flow, frame: Frame, threshold: Score) -> Result<(), FlowError> {
        let at = frame.captured_at;
        let began = *self.began.get_or_insert(at);
        self.alarms.frames += 1;
        self.alarms.footage = at.since(began) + self.interval;
        match flow.step(frame) {
            Ok(events) => {
                let entered = events.iter().filter(|one| one.kind == EventKind::Entered);
                self.alarms.told += entered.count() as u64;
                let strong = flow.found().iter().any(|one| one.score >= threshold);
                self.alarms.with_box += u64::from(strong);
            }
            Err(error @ FlowError::Convert(_)) => {
                self.alarms.broken += 1;
                self.broken = Some(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn alarms(mut self, path: &Path, mut flow: Flow) -> Result<Alarms, FootageError> {
        self.alarms.inferred = flow.gate_counters().run;
        // Whoever is still doubted at the end is counted when the visit closes.
        flow.finish();
        self.alarms.believed = self.alarms.told + flow.suppressed().values().sum::<u64>();
        match self.broken {
            Some(source) if self.alarms.broken == self.alarms.frames => {
                Err(FootageError::AllBroken {
                    path: path.to_owned(),
                    frames: self.alarms.frames,
                    source: Box::new(source),
                })
            }
            _ => Ok(self.alarms),
        }
    }
}
