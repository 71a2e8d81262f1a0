//! How long events were on the way from the camera to the connection, since the daemon started. Pure.
//!
//! A broker that was away for an hour makes an hour of it: the limits double from 10 ms to an hour and a half.

use std::time::Duration;

use crate::types::Times;

const FIRST: Duration = Duration::from_millis(10);
const LIMITS: usize = 20;

/// How long events were on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    /// How many were within each limit and not within the one before; the last ones were within none.
    counts: [u64; LIMITS + 1],
    sum: Duration,
}

impl Lateness {
    /// Counts an event that is handed to the connection.
    pub fn add(&mut self, latency: Duration) {
        let at = (0..LIMITS).position(|step| latency <= limit(step));
        self.counts[at.unwrap_or(LIMITS)] += 1;
        self.sum = self.sum.saturating_add(latency);
    }

    /// All that were counted.
    pub fn times(&self) -> Times {
        let mut count = 0;
        let mut upto = |of: &u64| {
            count += of;
            count
        };
        let buckets = (0..LIMITS).map(|step| (limit(step), upto(&self.counts[step])));
        let buckets = buckets.collect();
        Times {
            buckets,
            count: upto(&self.counts[LIMITS]),
            sum: self.sum,
        }
    }
}

fn limit(step: usize) -> Duration {
    FIRST * (1 << step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_within_the_limits_that_it_keeps_and_a_week_is_within_none() {
        let mut lateness = Lateness::default();
        for millis in [0, 10, 11, 48, 7 * 24 * 3_600_000] {
            lateness.add(Duration::from_millis(millis));
        }
        let times = lateness.times();
        let upto: Vec<_> = times.buckets.iter().map(|(_, count)| *count).collect();
        assert_eq!(upto[..4], [2, 3, 3, 4]);
        assert_eq!((upto[LIMITS - 1], times.count), (4, 5));
        assert_eq!(
            times.buckets[LIMITS - 1].0,
            Duration::from_millis(5_242_880)
        );
        assert_eq!(times.sum.as_secs(), 7 * 24 * 3600);
    }
}
