//! The time-stamps of a camera's frames, watched for jumps. Pure.
//!
//! Takes stamps that can be (see `capture::numbering`), gives ones that only grow. Drivers exist whose stamps stand still,
//! go back, or leap; people are followed in seconds, so that a stamp that stands still would keep everybody for ever.

use std::time::Duration;

use crate::types::Monotonic;

/// A frame waits in the driver for less than this, so its stamp and its arrival go on by the same time, give or take so much.
const LEAP: Duration = Duration::from_secs(1);
/// Two frames are at least this far apart.
const STEP_MIN: Duration = Duration::from_micros(1);

/// Watches the stamps of one camera since it was opened.
#[derive(Debug, Default)]
pub struct Stamps {
    last: Option<Last>,
    jumps: u64,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    stamp: Monotonic,
    arrived: Monotonic,
    given: Monotonic,
}

impl Stamps {
    /// When a frame was captured that is stamped `stamp` and arrived `now`: its stamp, or now where that jumped.
    pub fn trust(&mut self, stamp: Monotonic, now: Monotonic) -> Monotonic {
        let given = match self.last {
            None => stamp,
            Some(last) => {
                let jumped = last.is_jump(stamp, now);
                self.jumps += u64::from(jumped);
                let at = if jumped { now } else { stamp };
                if at > last.given {
                    at
                } else {
                    now.max(last.given + STEP_MIN)
                }
            }
        };
        self.last = Some(Last {
            stamp,
            arrived: now,
            given,
        });
        given
    }

    /// How many stamps stood still, went back or leapt.
    pub const fn jumps(&self) -> u64 {
        self.jumps
    }
}

impl Last {
    fn is_jump(&self, stamp: Monotonic, now: Monotonic) -> bool {
        let (step, elapsed) = (stamp.since(self.stamp), now.since(self.arrived));
        step.is_zero() || step.abs_diff(elapsed) > LEAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Frames as (stamp, arrival) in milliseconds, what is made of each stamp, and how many jump.
    fn check(frames: &[(u64, u64)], expected: &[u64], jumps: u64) {
        let mut stamps = Stamps::default();
        let ms = |at: Monotonic| at.since_boot().as_millis() as u64;
        let given: Vec<_> = frames
            .iter()
            .map(|&(stamp, now)| {
                ms(stamps.trust(Monotonic::from_millis(stamp), Monotonic::from_millis(now)))
            })
            .collect();
        assert_eq!(
            (given.as_slice(), stamps.jumps()),
            (expected, jumps),
            "{frames:?}"
        );
    }

    #[test]
    fn stamps_that_stand_still_go_back_or_leap_are_counted_and_replaced() {
        check(&[(10, 30), (110, 130), (210, 240)], &[10, 110, 210], 0);
        check(&[(10, 30), (10, 130), (10, 230)], &[10, 130, 230], 2);
        // It goes back once and on from there: what would be older than the frame before is now.
        check(
            &[(9000, 9010), (5000, 9110), (5100, 9210)],
            &[9000, 9110, 9210],
            1,
        );
        check(
            &[(10, 5000), (4900, 5100), (5000, 5200)],
            &[10, 5100, 5200],
            1,
        );
        // Nothing came for a minute: stamp and arrival agree.
        check(&[(10, 30), (60_010, 60_030)], &[10, 60_010], 0);
    }

    proptest! {
        #[test]
        fn what_is_given_only_grows(
            frames in prop::collection::vec((0u64..20_000, 0u64..2_000), 1..50),
        ) {
            let (mut stamps, mut now, mut before) = (Stamps::default(), 0, None);
            for (stamp, later) in frames {
                now += later;
                let given = stamps.trust(Monotonic::from_millis(stamp), Monotonic::from_millis(now));
                prop_assert!(before < Some(given));
                before = Some(given);
            }
        }
    }
}
