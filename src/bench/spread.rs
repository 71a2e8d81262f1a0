//! Times → how they spread. Pure.

use std::time::Duration;

/// How times spread, in milliseconds; percentiles are by nearest rank, so each is a time that was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean_ms: f64,
    /// Half of the times are not longer.
    pub p50_ms: f64,
    /// Nine tenths.
    pub p90_ms: f64,
    /// Ninety-nine hundredths.
    pub p99_ms: f64,
    /// None is longer.
    pub max_ms: f64,
}

impl Spread {
    /// The spread of `times`; `None` for no times.
    pub fn of(times: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut sorted: Vec<_> = times.into_iter().collect();
        sorted.sort_unstable();
        let total: Duration = sorted.iter().sum();
        let max = sorted.last()?;
        Some(Self {
            mean_ms: ms(total) / sorted.len() as f64,
            p50_ms: ms(percentile(&sorted, 50)),
            p90_ms: ms(percentile(&sorted, 90)),
            p99_ms: ms(percentile(&sorted, 99)),
            max_ms: ms(*max),
        })
    }
}

/// A duration in milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted[rank.max(1) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let check = |count: u64, expected: [f64; 4]| {
            let times = (1..=count).rev().map(Duration::from_millis);
            let found = Spread::of(times).expect("there are times");
            let found = [found.p50_ms, found.p90_ms, found.p99_ms, found.max_ms];
            assert_eq!(found, expected, "of {count}");
        };
        check(1, [1.0; 4]);
        check(5, [3.0, 5.0, 5.0, 5.0]);
        check(100, [50.0, 90.0, 99.0, 100.0]);
        check(300, [150.0, 270.0, 297.0, 300.0]);
        assert_eq!(Spread::of([]), None);
    }
}
