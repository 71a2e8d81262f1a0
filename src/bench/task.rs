//! One model in one configuration: opens it and measures it, with what opening costs. A task is plain data, so that a process
//! of its own can do it.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::spread::ms;
use super::{Engine, Frames, FramesError, Known, Layout, Measured, Stand, Times};
use crate::config::{DetectorConfig, ProviderOption};
use crate::detect::{DetectError, Detector, ModelInfo};
use crate::pipeline::{FlowError, Turnstile};
use crate::telemetry::NotMeasurable;
use crate::telemetry::process::{self, Memory};
use crate::types::{Score, Size};

/// What is to be measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Path of the model's manifest.
    pub manifest: PathBuf,
    /// The engine.
    pub backend: Engine,
    /// ONNX Runtime's library; searched for when `None`.
    pub library: Option<PathBuf>,
    /// Execution providers, tried in order.
    pub providers: Vec<String>,
    /// What they are told beside the model.
    pub options: Vec<ProviderOption>,
    /// Threads of one inference.
    pub threads: usize,
    /// Clip whose pictures are used.
    pub clip: PathBuf,
    /// What the frames look like.
    pub layout: Layout,
    /// Width of the frames.
    pub width: u32,
    /// Height of the frames.
    pub height: u32,
    /// How many frames are timed.
    pub frames: usize,
    /// With which clock.
    pub times: Times,
}

/// What one task gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Which model ran, and on what.
    pub model: ModelFacts,
    /// How long it took to read, check and load the model and to run it once.
    pub open_ms: f64,
    /// Memory from before the model was opened until after the last frame.
    pub memory: Known<RunMemory>,
    /// What the frames gave.
    pub measured: Measured,
}

/// Memory of one run in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunMemory {
    /// Resident before the model was opened: the program and the frames of the bench.
    pub before_bytes: u64,
    /// Resident after the last frame.
    pub resident_bytes: u64,
    /// The most that was resident, opening included.
    pub peak_bytes: u64,
}

/// Which model ran, and on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Width and height of its input for these frames.
    pub input: [u32; 2],
    /// `onnxruntime` or `embedded`.
    pub backend: String,
    /// Name and version of the engine.
    pub engine: String,
    /// Execution providers in use.
    pub providers: Vec<String>,
    /// What could have been used and was not, with the reason.
    pub not_used: Vec<String>,
    /// What its manifest says.
    pub accuracy: Option<AccuracyFacts>,
}

/// How well a model did, in its manifest's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccuracyFacts {
    /// On which pictures.
    pub dataset: String,
    /// COCO AP of people in percent.
    pub ap: f64,
    /// COCO AP at IoU 0.50 in percent.
    pub ap50: f64,
}

/// Why a task cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// There are no frames to measure with.
    #[error(transparent)]
    Frames(#[from] FramesError),
    /// The model cannot be opened.
    #[error(transparent)]
    Open(#[from] DetectError),
    /// The model cannot be run.
    #[error(transparent)]
    Flow(#[from] FlowError),
}

impl Task {
    /// Prepares the frames, opens the model and measures it. `tick` hears after each frame how many are done.
    ///
    /// # Errors
    ///
    /// When any of the three fails.
    pub fn run(&self, tick: &mut dyn FnMut(usize)) -> Result<Run, TaskError> {
        let size = Size::new(self.width, self.height);
        let stand = Stand::new(Frames::prepare(&self.clip, self.layout, size)?, self.times);
        // Where the kernel does not permit it, the peak covers the preparation of frames too; `peak_began_here` tells.
        let _ = process::reset_peak(stand.board());
        let before = process::memory(stand.board());

        let began = stand.clock().monotonic();
        let detector = Detector::open(&self.config())?;
        let open_ms = ms(stand.clock().monotonic().since(began));
        let opened = process::memory(stand.board());

        let model = ModelFacts::of(&detector, size);
        let detector = Arc::new(Turnstile::new(detector));
        let measured = stand.measure(&detector, self.frames, tick)?;
        Ok(Run {
            model,
            open_ms,
            memory: memory(before, opened, &measured.memory),
            measured,
        })
    }

    fn config(&self) -> DetectorConfig {
        DetectorConfig {
            manifest: self.manifest.clone(),
            backend: self.backend.choice(),
            library: self.library.clone(),
            providers: self.providers.clone(),
            options: self.options.clone(),
            threads: self.threads,
            threshold: Score::new(0.5).expect("it is a score"),
        }
    }
}

fn memory(
    before: Result<Memory, NotMeasurable>,
    opened: Result<Memory, NotMeasurable>,
    ran: &Known<Memory>,
) -> Known<RunMemory> {
    let ran = match ran {
        Known::Measured(ran) => ran,
        Known::NotMeasurable(reasons) => return Known::NotMeasurable(reasons.clone()),
    };
    let both = before.and_then(|before| Ok((before, opened?)));
    let memory = |(before, opened): (Memory, Memory)| RunMemory {
        before_bytes: before.resident_bytes,
        resident_bytes: ran.resident_bytes,
        peak_bytes: opened.peak_bytes.max(ran.peak_bytes),
    };
    both.map(memory).into()
}

impl ModelFacts {
    /// What `detector` says about itself, to pictures of this size.
    pub fn of(detector: &Detector, picture: Size) -> Self {
        let ModelInfo {
            name,
            version,
            sha256,
            accuracy,
            backend,
            engine,
            providers,
            not_used,
            placements: _,
        } = detector.info().clone();
        let size = detector.input().size_for(picture);
        Self {
            name,
            version,
            sha256,
            input: [size.width, size.height],
            backend: backend.to_owned(),
            engine,
            providers,
            not_used: not_used.iter().map(ToString::to_string).collect(),
            accuracy: accuracy.map(|accuracy| AccuracyFacts {
                dataset: accuracy.dataset,
                ap: accuracy.ap,
                ap50: accuracy.ap50,
            }),
        }
    }
}
