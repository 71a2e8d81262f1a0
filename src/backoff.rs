//! How long to wait before the next try: twice as long each time, up to a limit, with jitter against herds.

use std::time::Duration;

/// Exponential backoff. Pure: the caller sleeps, and brings the randomness.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    max: Duration,
    tries: u32,
}

impl Backoff {
    /// Begins at `first` and doubles up to `max`.
    pub const fn new(first: Duration, max: Duration) -> Self {
        Self {
            first,
            max,
            tries: 0,
        }
    }

    /// The next wait: between half and all of the doubled time. `random` is any 64 random bits.
    pub fn next(&mut self, random: u64) -> Duration {
        let full = self
            .first
            .saturating_mul(1 << self.tries.min(20))
            .min(self.max);
        self.tries = self.tries.saturating_add(1);
        let share = 0.5 + 0.5 * (random as f64 / u64::MAX as f64);
        full.mul_f64(share)
    }

    /// Begins again at the first wait: the last try succeeded.
    pub const fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_begin_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        let waits: Vec<_> = (0..5).map(|_| backoff.next(u64::MAX).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        backoff.reset();
        assert_eq!(backoff.next(0), Duration::from_millis(500));
    }
}
