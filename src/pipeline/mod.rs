//! The flow: a frame comes in, events leave. This file is the one place that knows every stage.
//!
//! [`Flow`] is one camera's stages in order. [`camera`] runs it on two threads (capture and pipeline) with a one-slot
//! hand-over between them; [`daemon`] runs all cameras and the publisher.

mod alive;
mod camera;
mod control;
mod counters;
mod daemon;
mod governor;
mod health;
mod kept;
mod latency;
mod machine;
mod onlooker;
mod rate;
mod reload;
mod stamps;
mod standing;
mod states;
mod thin;
mod turns;
mod turnstile;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::CameraConfig;
use crate::convert::mask::Mask;
use crate::convert::{ConvertError, Converter, Decoder, InputSpec};
use crate::decide::{Decider, LineTotals, Presence, Seen, Suppressed};
use crate::detect::{DetectError, Detector};
use crate::motion::{Gate, GateCounters};
use crate::random;
use crate::track::{self, Tracker};
use crate::types::{Detection, Event, Frame, LossReason, Monotonic, Obstruction, Score, VisitId};
use crate::view::{Night, View};

pub use counters::{Counters, SharedCounters};
pub use daemon::{Daemon, StartError};
pub use latency::Stage;
pub use machine::limit_celsius;
pub use onlooker::{CameraSight, Onlooker, Sight};
pub use reload::{ReadConfig, Reload};
pub use turns::Seat;
pub use turnstile::{Turn, Turnstile};

/// One inference session, shared by all cameras in turn.
pub type SharedDetector = Arc<Turnstile<Detector>>;

/// Why a frame gave nothing. The frame is dropped and counted.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// Its bytes are not a picture.
    #[error("broken frame")]
    Convert(#[from] ConvertError),
    /// The model could not be run on it.
    #[error("inference failed")]
    Detect(#[from] DetectError),
}

/// One camera's stages.
pub struct Flow {
    clock: Arc<dyn Clock>,
    decoder: Decoder,
    mask: Mask,
    gate: Gate,
    view: View,
    night: Night,
    /// What is to be told even where the rest of its frame's way fails.
    waiting: Vec<Event>,
    converter: Converter,
    detector: SharedDetector,
    seat: Seat,
    floor: Score,
    found: Vec<Detection>,
    tracker: Tracker,
    decider: Decider,
    times: StageTimes,
}

/// How long each stage of the latest frame took; zero for a stage that was not needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageTimes {
    /// Making the frame readable, and blanking masks.
    pub decode: Duration,
    /// Looking for motion.
    pub motion: Duration,
    /// Waiting for another camera's inference.
    pub turn: Duration,
    /// Writing the input tensor.
    pub convert: Duration,
    /// Running the model and decoding its answer.
    pub detect: Duration,
    /// Following people and deciding what to tell.
    pub decide: Duration,
}

impl Flow {
    /// The stages of `camera`; detections below `threshold` are not people.
    pub fn new(
        camera: &CameraConfig,
        detector: SharedDetector,
        threshold: Score,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let input = detector.peek(|detector| *detector.input());
        Self {
            decoder: Decoder::new(input),
            mask: Mask::new(&camera.masks),
            gate: Gate::new(&camera.motion),
            view: View::new(camera.source.is_camera()),
            night: Night::default(),
            waiting: Vec::new(),
            converter: Converter::new(input),
            seat: detector.seat(),
            detector,
            floor: Score::new(track::FLOOR).expect("the floor is within 0–1"),
            found: Vec::new(),
            tracker: Tracker::new(camera.track, threshold),
            decider: Decider::new(camera),
            times: StageTimes::default(),
            clock,
        }
    }

    /// What the model wants to see.
    pub const fn input(&self) -> InputSpec {
        self.converter.input()
    }

    /// Takes one frame through every stage.
    ///
    /// # Errors
    ///
    /// When the frame is broken or the model fails; what is known about people then stays as it was.
    pub fn step(&mut self, mut frame: Frame) -> Result<Vec<Event>, FlowError> {
        let (at, frame_size, frame_seq) = (frame.captured_at, frame.size, frame.seq);
        self.times = StageTimes::default();
        self.found.clear();
        let mut watch = Stopwatch::start(&*self.clock);

        let mut picture = self.decoder.open(&mut frame)?;
        self.mask.apply(&mut picture);
        self.times.decode = watch.lap();

        let motion = self.gate.observe(&picture.luma(), at);
        // Of a camera whose whole view is masked nothing can be said.
        if !self.mask.hides_all()
            && let Some(change) = self.view.observe(self.gate.cells(), at)
        {
            let told = self
                .decider
                .camera_obscured(at, change.why(), &mut new_id(&*self.clock));
            self.waiting.extend(told);
        }
        if self.night.is_due(at) {
            let is_night = self.night.observe(picture.tint(), self.gate.cells(), at);
            self.decider.set_night(is_night);
        }
        let wake = self.gate.decide(motion, self.decider.watches(), at);
        self.times.motion = watch.lap();
        if wake.is_none() {
            return Ok(std::mem::take(&mut self.waiting));
        }

        let mut detector = self.detector.turn(self.seat, at);
        self.times.turn = watch.lap();
        let tensor = detector.input_mut(picture.size())?;
        let letterbox = self.converter.write(&picture, tensor)?;
        self.times.convert = watch.lap();
        detector.run(&letterbox, self.floor, &mut self.found)?;
        drop(detector);
        self.times.detect = watch.lap();

        let tracks = self.tracker.update(at, &self.found);
        let seen = Seen {
            at,
            frame_size,
            frame_seq,
            tracks,
        };
        let mut events = std::mem::take(&mut self.waiting);
        events.extend(self.decider.observe(&seen, &mut new_id(&*self.clock)));
        self.times.decide = watch.lap();
        Ok(events)
    }

    /// Takes one frame of a camera that may not be told of yet: whether it can be read, and what the room looks like.
    ///
    /// # Errors
    ///
    /// When the frame is broken.
    pub fn glance(&mut self, mut frame: Frame) -> Result<(), FlowError> {
        let at = frame.captured_at;
        let mut picture = self.decoder.open(&mut frame)?;
        self.mask.apply(&mut picture);
        let luma = picture.luma();
        self.gate.observe(&luma, at);
        Ok(())
    }

    /// Why the camera sees nothing although it delivers, and since when that is told.
    pub const fn obscured(&self) -> Option<(Obstruction, Monotonic)> {
        self.view.told()
    }

    /// The camera delivers no more frames.
    pub fn camera_lost(&mut self, at: Monotonic, reason: LossReason) -> Vec<Event> {
        self.tracker.clear();
        self.decider
            .camera_lost(at, reason, &mut new_id(&*self.clock))
    }

    /// The camera delivers frames again.
    pub fn camera_found(&mut self, at: Monotonic) -> Vec<Event> {
        self.decider.camera_found(at, &mut new_id(&*self.clock))
    }

    /// No more frames will come because we stop: every visit that is still open ends.
    pub fn finish(&mut self) -> Vec<Event> {
        self.tracker.clear();
        self.decider.close()
    }

    /// From now on detections below `threshold` are not people.
    pub fn set_threshold(&mut self, threshold: Score) {
        self.tracker.set_threshold(threshold);
    }

    /// From now on looks and decides as `camera` says, which is the same camera; of its lines, the new ones go on counting
    /// where `totals` says. Gives the end of what is no longer watched.
    pub fn set_rules(&mut self, camera: &CameraConfig, totals: &[LineTotals]) -> Vec<Event> {
        self.mask = Mask::new(&camera.masks);
        self.gate.set_rules(camera.motion);
        self.tracker.set_rules(camera.track);
        let before = self.decider.state().lines;
        let is_new = |line: &&LineTotals| before.iter().all(|known| known.name != line.name);
        let new: Vec<_> = totals.iter().filter(is_new).cloned().collect();
        let events = self.decider.set_rules(camera);
        self.decider.set_totals(&new);
        events
    }

    /// Goes on counting each of these lines where it is said to be.
    pub fn set_totals(&mut self, totals: &[LineTotals]) {
        self.decider.set_totals(totals);
    }

    /// Who is where right now.
    pub fn presence(&self) -> Presence {
        self.decider.state()
    }

    /// What the model found in the latest frame, weak detections too; nothing where it was not inferred.
    pub fn found(&self) -> &[Detection] {
        &self.found
    }

    /// Whom the tracker believed in and nobody was told of, by reason.
    pub fn suppressed(&self) -> Suppressed {
        self.decider.suppressed()
    }

    /// Inferences run and saved.
    pub fn gate_counters(&self) -> GateCounters {
        self.gate.counters()
    }

    /// How long each stage of the latest frame took.
    pub fn times(&self) -> StageTimes {
        self.times
    }
}

/// Names for visits.
fn new_id(clock: &dyn Clock) -> impl FnMut() -> VisitId {
    || VisitId(random::ulid(clock.wall()).0)
}

/// Splits time into laps.
struct Stopwatch<'a> {
    clock: &'a dyn Clock,
    last: Monotonic,
}

impl<'a> Stopwatch<'a> {
    fn start(clock: &'a dyn Clock) -> Self {
        Self {
            clock,
            last: clock.monotonic(),
        }
    }

    fn lap(&mut self) -> Duration {
        let now = self.clock.monotonic();
        let lap = now.since(self.last);
        self.last = now;
        lap
    }
}
