//! Figures of this device: how long one inference takes, and how much memory the process has.

use std::time::Duration;

use crate::clock::Clock;
use crate::convert::{ConvertError, Converter, Picture};
use crate::detect::{DetectError, Detector};
use crate::types::{Score, Size};
use crate::update::Reading;

/// The first inferences are slower than the rest.
const WARM_UP: usize = 3;
const PICTURE: Size = Size::new(640, 360);
const STATUS: &str = "/proc/self/status";

/// How long inferences took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Median in milliseconds.
    pub p50_ms: f64,
    /// 95th percentile in milliseconds.
    pub p95_ms: f64,
}

/// Why there is no latency.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The model does not run.
    #[error("the model does not run")]
    Detect(#[from] DetectError),
    /// The picture could not be prepared.
    #[error("the picture cannot be prepared")]
    Convert(#[from] ConvertError),
}

/// Times `runs` inferences of a picture of noise, each with the reading of its outputs and nothing else.
pub fn latency(
    detector: &mut Detector,
    runs: usize,
    clock: &dyn Clock,
) -> Result<Latency, ProbeError> {
    let mut pixels = noise(PICTURE.area() * 3);
    let picture = Picture::from_rgb(&mut pixels, PICTURE)?;
    let letterbox =
        Converter::new(detector.input().clone()).write(&picture, detector.input_mut())?;
    let floor = Score::new(0.5).expect("0.5 is a score");
    let (mut found, mut took) = (Vec::new(), Vec::with_capacity(runs));
    for run in 0..WARM_UP + runs.max(1) {
        let begun = clock.monotonic();
        detector.run(&letterbox, floor, &mut found)?;
        if run >= WARM_UP {
            took.push(clock.monotonic().since(begun));
        }
    }
    took.sort_unstable();
    Ok(Latency {
        p50_ms: percentile(&took, 0.50),
        p95_ms: percentile(&took, 0.95),
    })
}

/// Memory of this process that is in use, with the model in it, in megabytes.
pub fn resident_mb() -> Reading {
    let status = match std::fs::read_to_string(STATUS) {
        Ok(status) => status,
        Err(error) => return Reading::missing(format!("{STATUS}: {error}")),
    };
    kibibytes(&status, "VmRSS:").map_or_else(
        || Reading::missing(format!("{STATUS} does not tell it")),
        |kib| Reading::Value(kib * 1024.0 / 1e6),
    )
}

fn kibibytes(status: &str, field: &str) -> Option<f64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(field))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Nearest-rank percentile of sorted times, in milliseconds.
fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1].as_secs_f64() * 1e3
}

/// The same grain every time (xorshift, Marsaglia 2003).
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<_> = (1..=20).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 0.50), 10.0);
        assert_eq!(percentile(&times, 0.95), 19.0);
        assert_eq!(percentile(&times[..1], 0.95), 1.0);
    }

    #[test]
    fn memory_is_read_in_kibibytes() {
        let status = "Name:\twatchpost\nVmHWM:\t  90000 kB\nVmRSS:\t  61440 kB\n";
        assert_eq!(kibibytes(status, "VmRSS:"), Some(61440.0));
        assert_eq!(kibibytes("VmRSS:\n", "VmRSS:"), None);
        assert!(matches!(resident_mb(), Reading::Value(mb) if mb > 1.0));
    }
}
