//! What one camera's threads tell the rest of the daemon: counts and states, never pixels.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::capture::SourceCounters;
use crate::decide::{LineTotals, Suppressed};
use crate::pipeline::health::Health;
use crate::pipeline::latency::Latency;
use crate::types::{Monotonic, Obstruction};

/// A snapshot of one camera.
#[derive(Clone, Debug)]
pub struct Counters {
    /// Whether it delivers.
    pub health: Health,
    /// Why it sees nothing although it delivers, and since when that is told.
    pub obscured: Option<(Obstruction, Monotonic)>,
    /// What is not as it was configured although frames come.
    pub warnings: Vec<String>,
    /// Frames looked at.
    pub frames: u64,
    /// Frames that a newer one overwrote before they were looked at.
    pub dropped: u64,
    /// Frames that were left out because more came than are asked for.
    pub skipped: u64,
    /// Frames that could not be read.
    pub broken: u64,
    /// Frames that capture never handed over, by cause.
    pub lost: SourceCounters,
    /// Time-stamps that stood still, went back or leapt.
    pub stamp_jumps: u64,
    /// Frames on which the model failed.
    pub failed: u64,
    /// Whether it failed on the latest one that it was asked about.
    pub failing: bool,
    /// Inferences run.
    pub inferences: u64,
    /// Inferences that the motion gate saved.
    pub inferences_saved: u64,
    /// People in view.
    pub people: u32,
    /// Whom the tracker believed in and nobody was told of, by reason.
    pub suppressed: Suppressed,
    /// How long its frames took lately.
    pub latency: Latency,
    /// Events told, by type.
    pub events: BTreeMap<&'static str, u64>,
    /// How often each line was crossed.
    pub lines: Vec<LineTotals>,
    /// When the capture thread last came round.
    pub capture_alive: Monotonic,
    /// When the pipeline thread last came round.
    pub pipeline_alive: Monotonic,
}

/// One camera's counters, shared between its threads and whoever reads them.
#[derive(Clone)]
pub struct SharedCounters(Arc<Mutex<Counters>>);

impl SharedCounters {
    /// All zero, at `now`.
    pub fn new(now: Monotonic) -> Self {
        Self(Arc::new(Mutex::new(Counters {
            health: Health::opening(now),
            obscured: None,
            warnings: Vec::new(),
            frames: 0,
            dropped: 0,
            skipped: 0,
            broken: 0,
            lost: SourceCounters::default(),
            stamp_jumps: 0,
            failed: 0,
            failing: false,
            inferences: 0,
            inferences_saved: 0,
            people: 0,
            suppressed: Suppressed::default(),
            latency: Latency::default(),
            events: BTreeMap::new(),
            lines: Vec::new(),
            capture_alive: now,
            pipeline_alive: now,
        })))
    }

    /// The counters, to be changed. Held for a few instructions only.
    pub fn lock(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().expect("nobody panics while holding it")
    }

    /// A copy.
    pub fn snapshot(&self) -> Counters {
        self.lock().clone()
    }
}
