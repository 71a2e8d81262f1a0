//! An event as it lies on disk: what is needed to send it, also after a restart. Pure.
//!
//! ```text
//! 0        1       2            4         12             20      36      36 + n
//! version  class   n, u16 LE    at, µs    captured, µs   boot    camera  body (JSON without latency_ms)
//! ```

use std::time::Duration;

use ulid::Ulid;

use crate::publish::outbox::Class;
use crate::publish::payload::with_latency;
use crate::types::{Monotonic, Wall};

const VERSION: u8 = 1;
const HEADER_LEN: usize = 36;

/// An event as it lies on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is worth when the budget is full.
    pub class: Class,
    /// Civil time of the capture.
    pub at: Wall,
    /// Monotonic time of the capture; has a meaning only in the same `boot`.
    pub captured_at: Monotonic,
    /// The start of the daemon that stored it.
    pub boot: Ulid,
    /// Name of the camera: which topic it goes to.
    pub camera: String,
    /// The JSON object without `latency_ms`.
    pub body: String,
}

/// These bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Written by a version of Watchpost that this one does not know.
    #[error("record of version {0}, expected {VERSION}")]
    Version(u8),
    /// Too short, or not text where text belongs.
    #[error("record of {0} bytes is damaged")]
    Damaged(usize),
}

impl Record {
    /// The record's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let camera_len = u16::try_from(self.camera.len()).expect("a topic level is shorter");
        let mut bytes = Vec::with_capacity(HEADER_LEN + self.camera.len() + self.body.len());
        bytes.push(VERSION);
        bytes.push(match self.class {
            Class::Routine => 0,
            Class::Important => 1,
        });
        bytes.extend(camera_len.to_le_bytes());
        bytes.extend(self.at.unix_micros().to_le_bytes());
        bytes.extend(micros(self.captured_at.since_boot()).to_le_bytes());
        bytes.extend(self.boot.0.to_le_bytes());
        bytes.extend(self.camera.as_bytes());
        bytes.extend(self.body.as_bytes());
        bytes
    }

    /// The record in `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let damaged = RecordError::Damaged(bytes.len());
        let (header, text) = bytes.split_first_chunk::<HEADER_LEN>().ok_or(damaged)?;
        if header[0] != VERSION {
            return Err(RecordError::Version(header[0]));
        }
        let camera_len = u16::from_le_bytes(part(header, 2)).into();
        let (camera, body) = text.split_at_checked(camera_len).ok_or(damaged)?;
        let string = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| damaged);
        Ok(Self {
            class: match header[1] {
                0 => Class::Routine,
                1 => Class::Important,
                _ => return Err(damaged),
            },
            at: Wall::from_unix_micros(i64::from_le_bytes(part(header, 4))),
            captured_at: Monotonic::new(Duration::from_micros(u64::from_le_bytes(part(
                header, 12,
            )))),
            boot: Ulid(u128::from_le_bytes(part(header, 20))),
            camera: string(camera)?,
            body: string(body)?,
        })
    }

    /// The message to send now: the body and the time since the capture.
    pub fn message(&self, boot: Ulid, now: Monotonic, wall: Wall) -> String {
        with_latency(&self.body, self.latency(boot, now, wall))
    }

    /// The time since the capture.
    ///
    /// The monotonic clock measures it for an event of this `boot`; civil time does for one that an earlier start of the
    /// daemon has left behind.
    pub fn latency(&self, boot: Ulid, now: Monotonic, wall: Wall) -> Duration {
        if self.boot == boot {
            now.since(self.captured_at)
        } else {
            let micros = wall.unix_micros().saturating_sub(self.at.unix_micros());
            Duration::from_micros(u64::try_from(micros).unwrap_or(0))
        }
    }
}

fn part<const N: usize>(header: &[u8; HEADER_LEN], from: usize) -> [u8; N] {
    let bytes = header[from..from + N].try_into();
    bytes.expect("every field lies within the header")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> Record {
        Record {
            class: Class::Important,
            at: Wall::from_unix_micros(1_795_428_000_000_000),
            captured_at: Monotonic::from_millis(4000),
            boot: Ulid(5),
            camera: "porch".into(),
            body: r#"{"seq":1}"#.into(),
        }
    }

    proptest! {
        #[test]
        fn any_record_survives_the_way_to_disk_and_back(camera in ".{0,40}", body in ".{0,400}", boot: u128, at: i64) {
            let record = Record { camera, body, boot: Ulid(boot), at: Wall::from_unix_micros(at), ..record() };
            prop_assert_eq!(Record::decode(&record.encode()), Ok(record));
        }

        #[test]
        fn any_bytes_are_a_record_or_an_error(bytes in prop::collection::vec(0u8..4, 0..80)) {
            let _ = Record::decode(&bytes);
        }
    }

    #[test]
    fn latency_comes_from_the_monotonic_clock_or_after_a_restart_from_civil_time() {
        let now = Monotonic::from_millis(4048);
        let wall = Wall::from_unix_micros(1_795_428_090_000_000);
        let check = |boot, expected: &str| {
            assert_eq!(record().message(Ulid(boot), now, wall), expected);
        };
        check(5, r#"{"seq":1,"latency_ms":48.0}"#);
        check(6, r#"{"seq":1,"latency_ms":90000.0}"#);
    }
}
