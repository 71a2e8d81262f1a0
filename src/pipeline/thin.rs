//! Keeps so many frames a second of those that come, evenly. Pure.

use std::time::Duration;

use crate::types::Monotonic;

/// Keeps some of the frames of one camera.
#[derive(Debug, Default)]
pub struct Thinner {
    /// When the frame before was captured.
    before: Option<Monotonic>,
    /// When the next frame to be kept is due.
    due: Monotonic,
}

impl Thinner {
    /// Whether the frame captured `at` is kept when there shall be one in every `interval`. Expects every frame, in order.
    ///
    /// It is kept when the next one would be further from the due time, if it came after as long as this one did. So a
    /// camera that sends just what is asked for loses nothing, however its stamps jitter.
    pub fn keep(&mut self, at: Monotonic, interval: Duration) -> bool {
        let Some(before) = self.before.replace(at) else {
            self.due = at + interval;
            return true;
        };
        // The stamps went back, or the interval has become shorter.
        let nonsense = self.due.since(at) > interval * 2;
        if at + at.since(before) / 2 < self.due && !nonsense {
            return false;
        }
        let late = at.since(self.due) >= interval;
        // From the due time and not from the frame's, so that the rate is right on average.
        let from = if late || nonsense { at } else { self.due };
        self.due = from + interval;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Which of the frames of a camera that sends `sent` a second are kept when `asked` are asked for, in ten seconds;
    /// `jitter` moves each stamp by up to so many milliseconds.
    fn kept(sent: f64, asked: f64, jitter: impl Fn(u64) -> f64) -> Vec<f64> {
        let mut thinner = Thinner::default();
        let interval = Duration::from_secs_f64(1.0 / asked);
        let stamps = (0..(sent * 10.0) as u64).map(|i| 50.0 + i as f64 / sent + jitter(i) / 1e3);
        let keep = |at: &f64| thinner.keep(Monotonic::new(Duration::from_secs_f64(*at)), interval);
        stamps.filter(keep).collect()
    }

    fn gaps(kept: &[f64]) -> (f64, f64) {
        let gaps = kept.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.fold((f64::MAX, 0.0), |(low, high), gap| {
            (low.min(gap), high.max(gap))
        })
    }

    #[test]
    fn of_thirty_a_second_every_other_one_is_kept_when_fifteen_are_asked_for() {
        let kept = kept(30.0, 15.0, |_| 0.0);
        assert_eq!(kept.len(), 150);
        let (low, high) = gaps(&kept);
        assert!(high - low < 1e-6, "{low}–{high} s");
    }

    #[test]
    fn a_camera_that_sends_what_is_asked_for_keeps_all_its_frames_however_its_stamps_jitter() {
        for sent in [7.5, 14.0, 15.0] {
            let jitter = |i: u64| (i * 7919 % 13) as f64 - 6.0;
            assert_eq!(kept(sent, 15.0, jitter).len(), (sent * 10.0) as usize);
        }
    }

    #[test]
    fn stamps_that_go_back_and_long_gaps_stop_nothing() {
        let mut thinner = Thinner::default();
        let mut keep = |ms| thinner.keep(Monotonic::from_millis(ms), Duration::from_millis(100));
        let stamps = [90_000, 90_050, 10, 60, 110, 7000, 7050, 7100];
        assert_eq!(
            stamps.map(&mut keep),
            [true, false, true, false, true, true, false, true]
        );
    }

    proptest! {
        #[test]
        fn never_more_than_asked_for_and_evenly(sent in 1f64..120.0, asked in 1f64..60.0) {
            let kept = kept(sent, asked, |_| 0.0);
            let wanted = sent.min(asked) * 10.0;
            prop_assert!(kept.len() as f64 <= asked * 10.0 + 1.5, "{}", kept.len());
            prop_assert!(kept.len() as f64 >= wanted * 0.95 - 2.0, "{} of {wanted}", kept.len());
            // The distance of two frames is as even as it gets.
            if kept.len() > 2 {
                let (low, high) = gaps(&kept);
                prop_assert!(high - low <= 1.0 / sent + 1e-6, "{low}–{high} s");
            }
        }
    }
}
