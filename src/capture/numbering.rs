//! The driver's frame numbers and time-stamps, turned into ones that can be trusted.
//!
//! Takes what a buffer says about itself, gives numbers that only grow and moments that can be. Drivers exist that
//! number every frame 0, that begin again, and that stamp frames with zero or with the future.

use crate::types::Monotonic;

/// Numbers frames and counts the ones that never came.
#[derive(Debug, Default)]
pub struct Numbering {
    last: Option<Last>,
    missing: u64,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    raw: u32,
    seq: u64,
}

impl Numbering {
    /// The number of the next frame, which the driver numbered `raw`: always larger than the one before.
    ///
    /// The driver's 32 bits may wrap around. A number that goes back or stays says nothing about lost frames.
    pub fn next(&mut self, raw: u32) -> u64 {
        let seq = match self.last {
            None => u64::from(raw),
            Some(last) => last.seq + self.step(raw.wrapping_sub(last.raw)),
        };
        self.last = Some(Last { raw, seq });
        seq
    }

    /// How many numbers were left out.
    pub const fn missing(&self) -> u64 {
        self.missing
    }

    fn step(&mut self, forward: u32) -> u64 {
        let goes_on = (1..=u32::MAX / 2).contains(&forward);
        let step = if goes_on { u64::from(forward) } else { 1 };
        self.missing += step - 1;
        step
    }
}

/// When a frame was captured: its stamp, unless that is missing, before streaming began, or still to come.
pub fn captured_at(stamp: Option<Monotonic>, began: Monotonic, now: Monotonic) -> Monotonic {
    stamp
        .filter(|stamp| (began..=now).contains(stamp))
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &[u32], expected: &[u64], missing: u64) {
        let mut numbering = Numbering::default();
        let seq: Vec<_> = raw.iter().map(|&raw| numbering.next(raw)).collect();
        assert_eq!(
            (seq.as_slice(), numbering.missing()),
            (expected, missing),
            "{raw:?}"
        );
    }

    #[test]
    fn numbers_only_grow_and_gaps_are_counted() {
        check(&[0, 1, 2], &[0, 1, 2], 0);
        check(&[5, 6, 9], &[5, 6, 9], 2);
        check(
            &[u32::MAX - 1, u32::MAX, 1],
            &[u32::MAX as u64 - 1, u32::MAX as u64, u32::MAX as u64 + 2],
            1,
        );
        check(&[0, 0, 0], &[0, 1, 2], 0);
        check(&[100, 3, 4], &[100, 101, 102], 0);
    }

    #[test]
    fn a_stamp_that_cannot_be_is_replaced_by_now() {
        let [before, began, during, now, later] = [5, 10, 20, 30, 31].map(Monotonic::from_millis);
        let check = |stamp, expected| assert_eq!(captured_at(stamp, began, now), expected);
        check(Some(during), during);
        check(Some(now), now);
        check(Some(Monotonic::default()), now);
        check(Some(before), now);
        check(Some(later), now);
        check(None, now);
    }
}
