//! The states of the daemon and of a camera as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::{ModelRef, Rfc3339};
use crate::detect::Placement;
use crate::publish::{Drops, PublishStats};

/// How the daemon is; goes to the retained topic `status`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "schema", rename = "watchpost.status/1")]
pub struct Status {
    /// Version of the daemon.
    pub version: &'static str,
    /// This start of the daemon, as in events.
    pub boot: String,
    /// When it started.
    pub started_at: Rfc3339,
    /// The model in use.
    pub model: ModelRef,
    /// The engine in use.
    pub backend: String,
    /// The execution provider that took the model.
    pub provider: String,
    /// What became of each execution provider; empty where the engine has no such thing.
    pub providers: Vec<Placement>,
    /// What is worse than was asked for; empty when nothing is.
    pub warnings: Vec<String>,
    /// Each camera by its name.
    pub cameras: BTreeMap<String, CameraReport>,
    /// How much of the wanted frame rate the machine can bear; absent when nobody governs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub governor: Option<GovernorReport>,
    /// What waits for the broker.
    pub outbox: OutboxReport,
    /// Events that were lost since the outbox was made, by reason.
    pub drops: Drops,
}

/// How a camera is, and what it has done since the daemon started.
#[derive(Clone, Debug, Serialize)]
pub struct CameraReport {
    /// How it is.
    pub state: CameraState,
    /// Why, if it is not `online`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub since: Rfc3339,
    /// What is not as it was configured although frames come, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Frames taken from it.
    pub frames: u64,
    /// Frames that a newer one overwrote before they were looked at.
    pub dropped: u64,
    /// Frames that were left out because more came than are asked for.
    pub skipped: u64,
    /// Frames that could not be read.
    pub broken: u64,
    /// Frames that the driver flagged as broken.
    pub flagged: u64,
    /// Frames that held fewer bytes than their format needs.
    pub short: u64,
    /// Frames whose numbers were left out: lost in the camera, on the bus or in the driver.
    pub missing: u64,
    /// Time-stamps that stood still, went back or leapt.
    pub stamp_jumps: u64,
    /// Frames on which the model failed.
    pub failed: u64,
    /// Inferences run.
    pub inferences: u64,
    /// Inferences that were not needed because nothing moved.
    pub inferences_saved: u64,
    /// People in view.
    pub people: u32,
    /// Whom the tracker believed in and nobody was told of, by reason.
    pub suppressed: BTreeMap<&'static str, u64>,
    /// How long its frames took in the last minutes, by stage; empty before the first.
    pub latency_ms: BTreeMap<&'static str, LatencyReport>,
}

/// How long a stage took, in milliseconds with one decimal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LatencyReport {
    /// Half of the frames took no longer.
    pub p50: f64,
    /// Ninety-nine of a hundred took no longer.
    pub p99: f64,
}

impl LatencyReport {
    /// From times, to the next tenth of a millisecond.
    pub fn new(p50: Duration, p99: Duration) -> Self {
        let tenths = |time: Duration| (time.as_secs_f64() * 10_000.0).ceil() / 10.0;
        Self {
            p50: tenths(p50),
            p99: tenths(p99),
        }
    }
}

/// How one camera is; goes to the retained topic `camera/<camera>/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "schema", rename = "watchpost.camera-status/1")]
pub struct CameraStatus {
    /// How it is.
    pub state: CameraState,
    /// Why, if it is not `online`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub since: Rfc3339,
}

/// How a camera is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CameraState {
    /// It delivers frames.
    Online,
    /// It is not there, or failed.
    Lost,
    /// It is there but delivers no frames.
    Stalled,
    /// It delivers frames that show nothing: covered, dark, blinded, out of focus, or frozen.
    Obscured,
    /// Somebody paused it.
    Paused,
}

impl CameraState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Online,
        Self::Lost,
        Self::Stalled,
        Self::Obscured,
        Self::Paused,
    ];

    /// The name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Lost => "lost",
            Self::Stalled => "stalled",
            Self::Obscured => "obscured",
            Self::Paused => "paused",
        }
    }
}

/// How much of the wanted frame rate the machine can bear.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GovernorReport {
    /// Share of each camera's wanted frame rate that is looked at, 0–1.
    pub share: f64,
    /// Why it is less than 1: `temperature` or `load`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The processor's temperature, where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f64>,
    /// The temperature that it is kept below.
    pub max_temperature_c: f64,
}

/// What waits for the broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxReport {
    /// Events on disk.
    pub depth: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// `ok`, or what is wrong with the disk.
    pub state: String,
}

impl From<&PublishStats> for OutboxReport {
    fn from(stats: &PublishStats) -> Self {
        Self {
            depth: stats.depth,
            bytes: stats.bytes,
            state: stats.disk.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_state_has_one_name() {
        for state in CameraState::ALL {
            assert_eq!(serde_json::json!(state), state.name());
        }
    }
}
