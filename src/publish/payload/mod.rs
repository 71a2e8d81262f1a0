//! What the messages say. Takes typed events and states, gives their text; one file a payload. Pure.
//!
//! There is no type in here through which a pixel could leave.

mod event;
mod status;

use serde::{Serialize, Serializer};

use crate::types::Wall;

pub use event::{EVENT_SCHEMA, Stamp, body, with_latency};
pub use status::{
    CameraReport, CameraState, CameraStatus, GovernorReport, LatencyReport, OutboxReport, Status,
};

/// Which model the detections come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelRef {
    /// The manifest's name.
    pub name: String,
    /// The manifest's version.
    pub version: String,
    /// Hash of the model file, in hexadecimal.
    pub sha256: String,
}

/// A moment that is written as RFC 3339 with milliseconds, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339(pub Wall);

impl std::fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // RFC 3339 ends with the year 9999; a clock that is off by that much is shown at the end of the scale.
        const LAST_US: i64 = 253_402_300_799_999_000;
        let micros = self.0.unix_micros().clamp(0, LAST_US);
        let since_epoch = std::time::Duration::from_micros(micros.unsigned_abs());
        humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + since_epoch).fmt(f)
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The value of a retained state topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePayload(String);

impl StatePayload {
    /// Nothing: the broker forgets a retained topic that says so.
    pub const fn cleared() -> Self {
        Self(String::new())
    }

    /// What is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `ON` or `OFF`.
impl From<bool> for StatePayload {
    fn from(on: bool) -> Self {
        Self(if on { "ON" } else { "OFF" }.to_owned())
    }
}

/// A count.
impl From<u32> for StatePayload {
    fn from(count: u32) -> Self {
        Self(count.to_string())
    }
}

/// A running total.
impl From<u64> for StatePayload {
    fn from(total: u64) -> Self {
        Self(total.to_string())
    }
}

impl From<&Status> for StatePayload {
    fn from(status: &Status) -> Self {
        Self(json(status))
    }
}

impl From<&CameraStatus> for StatePayload {
    fn from(status: &CameraStatus) -> Self {
        Self(json(status))
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("string keys and plain values always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc_with_milliseconds() {
        let check = |micros, expected: &str| {
            assert_eq!(
                Rfc3339(Wall::from_unix_micros(micros)).to_string(),
                expected
            );
        };
        check(1_795_428_000_123_456, "2026-11-23T10:00:00.123Z");
        check(-5, "1970-01-01T00:00:00.000Z");
        check(i64::MAX, "9999-12-31T23:59:59.999Z");
    }
}
