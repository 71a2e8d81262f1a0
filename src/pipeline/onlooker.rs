//! What somebody sees who only looks at the running daemon, from a thread of their own: the counts that `status` tells too.
//! Nobody waits for a look, but for the few instructions that copy one camera's counters.

use std::sync::Arc;

use crate::clock::Clock;
use crate::detect::ModelInfo;
use crate::pipeline::counters::{Counters, SharedCounters};
use crate::pipeline::rate::Rate;
use crate::pipeline::standing::Standing;
use crate::publish::payload::CameraState;
use crate::publish::{Handle, PublishStats};
use crate::types::{Monotonic, Wall};

/// Somebody who only looks.
#[derive(Clone)]
pub struct Onlooker {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) started: Monotonic,
    pub(super) model: ModelInfo,
    pub(super) cameras: Vec<(Arc<str>, SharedCounters)>,
    pub(super) rate: Rate,
    pub(super) publish: Handle,
}

/// The daemon at one moment.
#[derive(Clone, Debug)]
pub struct Sight {
    /// When that is, in civil time.
    pub at: Wall,
    /// When the daemon started.
    pub started_at: Wall,
    /// Version of the daemon.
    pub version: &'static str,
    /// The model in use.
    pub model: ModelInfo,
    /// Each camera.
    pub cameras: Vec<CameraSight>,
    /// Share of each camera's wanted frame rate that is looked at, 0–1.
    pub rate_share: f64,
    /// How publishing is.
    pub publish: PublishStats,
}

/// One camera at one moment.
#[derive(Clone, Debug)]
pub struct CameraSight {
    /// Its name.
    pub name: Arc<str>,
    /// How it is.
    pub state: CameraState,
    /// What it has done since the daemon started.
    pub counters: Counters,
}

impl Onlooker {
    /// Looks.
    pub fn look(&self) -> Sight {
        let camera = |(name, counters): &(Arc<str>, SharedCounters)| {
            let counters = counters.snapshot();
            CameraSight {
                name: name.clone(),
                state: Standing::of(&counters).state,
                counters,
            }
        };
        Sight {
            at: self.clock.wall(),
            started_at: self.clock.wall_at(self.started),
            version: self.publish.version(),
            model: self.model.clone(),
            cameras: self.cameras.iter().map(camera).collect(),
            rate_share: self.rate.share(),
            publish: self.publish.stats(),
        }
    }
}
