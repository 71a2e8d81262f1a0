//! The share of the wanted frame rate that all cameras may have at the moment. Set by the governor, read for every frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const WHOLE: u32 = 1_000_000;

/// The share, between the one who sets it and the cameras.
#[derive(Clone, Debug)]
pub struct Rate {
    millionths: Arc<AtomicU32>,
    /// A camera keeps at least this rate, or its own when that is lower.
    min_fps: Arc<AtomicU32>,
}

impl Rate {
    /// The whole rate.
    pub fn new(min_fps: u32) -> Self {
        Self {
            millionths: Arc::new(AtomicU32::new(WHOLE)),
            min_fps: Arc::new(AtomicU32::new(min_fps)),
        }
    }

    /// Sets the share, 0–1.
    pub fn set(&self, share: f64) {
        let millionths = (share.clamp(0.0, 1.0) * f64::from(WHOLE)) as u32;
        self.millionths.store(millionths, Ordering::Relaxed);
    }

    /// The share, 0–1.
    pub fn share(&self) -> f64 {
        f64::from(self.millionths.load(Ordering::Relaxed)) / f64::from(WHOLE)
    }

    /// Sets the rate that a camera keeps at least.
    pub fn set_min_fps(&self, min_fps: u32) {
        self.min_fps.store(min_fps, Ordering::Relaxed);
    }

    /// Time between two frames of a camera of which `fps` are wanted.
    pub fn interval(&self, fps: u32) -> Duration {
        let share = self.share();
        let floor = f64::from(self.min_fps.load(Ordering::Relaxed).min(fps));
        Duration::from_secs_f64(1.0 / (f64::from(fps) * share).max(floor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_wanted_rate_but_never_less_than_the_floor() {
        let rate = Rate::new(2);
        let check = |share, fps, interval_ms: u64| {
            rate.set(share);
            let found = rate.interval(fps).as_secs_f64() * 1e3;
            assert!((found - interval_ms as f64).abs() < 1e-3, "{found}");
        };
        check(1.0, 10, 100);
        check(0.5, 10, 200);
        check(0.0, 10, 500);
        check(0.0, 1, 1000);
    }
}
