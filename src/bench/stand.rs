//! The test stand: an open detector and frames in, raw figures out. Runs each frame through the very function that the daemon
//! runs, without the motion gate's savings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Frames, Known};
use crate::clock::{Clock, ProcessorClock, SystemClock};
use crate::config::{CameraConfig, MotionConfig, SourceConfig, TrackConfig};
use crate::pipeline::{Flow, FlowError, SharedDetector, StageTimes};
use crate::telemetry::energy::Drawn;
use crate::telemetry::process::{self, CpuTime, Memory};
use crate::telemetry::thermal::{self, Temperature};
use crate::telemetry::throttle::{self, Verdict};
use crate::telemetry::{Board, Meter, MeterInfo, Recorder};
use crate::types::{Score, Size};

/// Frames that run before the clock does: buffers are made, caches and the processor's clock warm up.
const WARM_UP: usize = 5;
/// How long the idle machine's power is measured.
const IDLE: Duration = Duration::from_secs(1);
/// Detections below are not people; it does not change what is measured.
const THRESHOLD: f32 = 0.5;

/// What a detector is measured with.
pub struct Stand {
    frames: Frames,
    board: Board,
    clock: Arc<dyn Clock>,
    /// What the times of stages and frames are read from.
    watch: Arc<dyn Clock>,
}

/// Which time a stage's is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// What passes while it runs, and while something else does instead.
    #[default]
    Elapsed,
    /// What this process computes meanwhile, on all its threads.
    Processor,
}

/// Everything that one run measured, as it was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// The times of each frame.
    pub laps: Vec<Laps>,
    /// Processor time of all frames on all threads, without the bench's own copying of frames.
    pub cpu: CpuTime,
    /// Memory after the last frame, and the peak while frames ran.
    pub memory: Known<Memory>,
    /// Whether the peak began with this run; else it covers the life of the process.
    pub peak_began_here: bool,
    /// Energy of all frames.
    pub energy: Known<Energy>,
    /// The processor after the last frame.
    pub temperature: Known<Temperature>,
    /// Whether the processor was slowed down while frames ran.
    pub throttle: Verdict,
}

/// The times of one frame.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Laps {
    /// Making the frame readable, and blanking masks.
    pub decode: Duration,
    /// Looking for motion.
    pub motion: Duration,
    /// Writing the input tensor.
    pub convert: Duration,
    /// Running the model and decoding its answer.
    pub detect: Duration,
    /// Following people and deciding what to tell.
    pub decide: Duration,
    /// All of that as one.
    pub whole: Duration,
}

/// The energy of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// What measured it.
    pub meter: MeterInfo,
    /// Joules that were drawn while frames ran.
    pub busy_j: f64,
    /// Over how long.
    pub busy: Duration,
    /// Power of the machine before, when this process did nothing.
    pub idle_w: f64,
}

impl Stand {
    /// A stand on this machine.
    pub fn new(frames: Frames, times: Times) -> Self {
        let watch: Arc<dyn Clock> = match times {
            Times::Elapsed => Arc::new(SystemClock),
            Times::Processor => Arc::new(ProcessorClock),
        };
        Self {
            watch,
            ..Self::on(Board::here(), frames)
        }
    }

    /// A stand whose telemetry is `board`'s.
    pub fn on(board: Board, frames: Frames) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self {
            frames,
            board,
            watch: clock.clone(),
            clock,
        }
    }

    /// Where this stand's telemetry comes from.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The stand's clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Runs `count` frames and calls `tick` with the number of those that are done, after each and outside its times.
    ///
    /// # Errors
    ///
    /// When a frame cannot be converted or inferred.
    pub fn measure(
        &self,
        detector: &SharedDetector,
        count: usize,
        tick: &mut dyn FnMut(usize),
    ) -> Result<Measured, FlowError> {
        let threshold = Score::new(THRESHOLD).expect("it is a score");
        let camera = camera(self.frames.size());
        let mut flow = Flow::new(&camera, detector.clone(), threshold, self.watch.clone());
        let meter = Meter::find(&self.board).map(|meter| self.idle(meter));
        self.frames(&mut flow, WARM_UP, &mut |_| ())?;

        let peak_began_here = process::reset_peak(&self.board).is_ok();
        let before = throttle::State::read(&self.board);
        let recorder = meter.map(|(meter, idle)| self.record(meter, idle));
        let ran = self.frames(&mut flow, count, tick);
        let energy = recorder.map_or_else(reasons, Recording::energy);
        let (laps, cpu) = ran?;
        let memory = process::memory(&self.board).into();
        Ok(Measured {
            laps,
            cpu,
            memory,
            peak_began_here,
            energy,
            temperature: thermal::hottest(&self.board).into(),
            throttle: throttle::between(&before, &throttle::State::read(&self.board)),
        })
    }

    fn frames(
        &self,
        flow: &mut Flow,
        count: usize,
        tick: &mut dyn FnMut(usize),
    ) -> Result<(Vec<Laps>, CpuTime), FlowError> {
        let mut laps = Vec::with_capacity(count);
        let (begun, mut own) = (CpuTime::of_process(), CpuTime::default());
        for i in 0..count {
            let copying = CpuTime::of_thread();
            let frame = self.frames.frame(i, self.clock.monotonic());
            own = own.and(CpuTime::of_thread().since(copying));
            let began = self.watch.monotonic();
            flow.step(frame)?;
            let whole = self.watch.monotonic().since(began);
            laps.push(Laps::new(flow.times(), whole));
            tick(i + 1);
        }
        Ok((laps, CpuTime::of_process().since(begun).since(own)))
    }

    fn idle(&self, meter: Meter) -> (Meter, Option<f64>) {
        let recorder = Recorder::start(meter, self.clock.clone());
        std::thread::sleep(IDLE);
        let (meter, recording) = recorder.finish();
        (meter, recording.ok().as_ref().and_then(Drawn::watts))
    }

    fn record(&self, meter: Meter, idle_w: Option<f64>) -> Recording {
        let info = meter.info().clone();
        let recorder = Recorder::start(meter, self.clock.clone());
        Recording {
            recorder,
            info,
            idle_w,
        }
    }
}

/// A recorder that runs, and what was known before.
struct Recording {
    recorder: Recorder,
    info: MeterInfo,
    idle_w: Option<f64>,
}

impl Recording {
    fn energy(self) -> Known<Energy> {
        let (_, recording) = self.recorder.finish();
        let Some(idle_w) = self.idle_w else {
            return Known::NotMeasurable(vec!["the idle machine's power is unknown".to_owned()]);
        };
        let energy = |drawn: Drawn| Energy {
            meter: self.info,
            busy_j: drawn.joules,
            busy: drawn.over,
            idle_w,
        };
        recording.map(energy).into()
    }
}

impl Laps {
    fn new(times: StageTimes, whole: Duration) -> Self {
        let StageTimes {
            decode,
            motion,
            // There is one camera, which never waits for another.
            turn: _,
            convert,
            detect,
            decide,
        } = times;
        Self {
            decode,
            motion,
            convert,
            detect,
            decide,
            whole,
        }
    }
}

fn reasons<T>(reasons: Vec<crate::telemetry::NotMeasurable>) -> Known<T> {
    Known::NotMeasurable(reasons.iter().map(ToString::to_string).collect())
}

/// A camera with nothing configured, whose every frame is inferred.
fn camera(size: Size) -> CameraConfig {
    CameraConfig {
        size: Some(size),
        motion: MotionConfig {
            enabled: true,
            area_min: 0.0,
            // Always due: a picture that is shown twice in a row does not move.
            heartbeat: Duration::ZERO,
        },
        track: TrackConfig {
            confirm_hits: 3,
            leave_after: Duration::from_secs(2),
            update_every: Duration::from_secs(5),
        },
        ..CameraConfig::new("bench", SourceConfig::Device(PathBuf::new()))
    }
}
