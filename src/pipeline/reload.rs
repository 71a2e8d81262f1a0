//! Takes over a configuration that was changed while the daemon runs, as far as that goes without opening anything again.

use serde_json::{Value, json};

use crate::config::{CameraConfig, Change, Config, change};

/// Reads the configuration again; every complaint when it is refused.
pub type ReadConfig = Box<dyn Fn() -> Result<Config, String>>;

/// What a changed configuration has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reload {
    /// What is different from now on, as keys.
    pub applied: Vec<String>,
    /// What waits for a restart, as keys.
    pub restart: Vec<String>,
}

impl Reload {
    /// For the result of the command.
    pub fn json(&self) -> Value {
        json!({ "applied": self.applied, "restart": self.restart })
    }
}

/// What is to be done for a reload.
pub struct Steps {
    /// What the daemon runs by from now on.
    pub config: Config,
    /// The threshold of cameras without one of their own.
    pub threshold: bool,
    /// The governor's rules.
    pub governor: bool,
    /// Zones or lines, which others are told of beforehand.
    pub places: bool,
    /// Cameras that look or decide by other rules.
    pub cameras: Vec<CameraConfig>,
    /// What to tell.
    pub reload: Reload,
}

impl Steps {
    /// From `running` to `wanted`.
    pub fn new(running: &Config, wanted: &Config) -> Self {
        let Change {
            config,
            applied,
            restart,
        } = change(running, wanted);
        let pairs = || running.cameras.iter().zip(&config.cameras);
        let places = |camera: &CameraConfig| (camera.zones.clone(), camera.lines.clone());
        Self {
            threshold: running.detector.threshold != config.detector.threshold,
            governor: running.governor != config.governor,
            places: pairs().any(|(before, after)| places(before) != places(after)),
            cameras: pairs()
                .filter(|(before, after)| before != after)
                .map(|(_, after)| after.clone())
                .collect(),
            reload: Reload { applied, restart },
            config,
        }
    }
}
