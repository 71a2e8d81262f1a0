//! What a meter said → joules, and joules → joules a frame. Pure.

use std::time::Duration;

/// What a meter says at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// Energy since the meter was opened, in joules.
    Joules(f64),
    /// Power at this moment, in watts.
    Watts(f64),
}

/// A reading and when it was taken, counted from any fixed moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Duration,
    /// What.
    pub reading: Reading,
}

/// Energy drawn over some time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Joules.
    pub joules: f64,
    /// Over how long.
    pub over: Duration,
}

impl Drawn {
    /// Mean power in watts; `None` over no time at all.
    pub fn watts(&self) -> Option<f64> {
        let seconds = self.over.as_secs_f64();
        (seconds > 0.0).then(|| self.joules / seconds)
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            joules: self.joules + other.joules,
            over: self.over + other.over,
        }
    }
}

/// The energy of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerFrame {
    /// All that was drawn while frames ran, in joules.
    pub gross_j: f64,
    /// What was drawn above the idle machine's power, in joules. Negative where the meter's noise is larger than the work.
    pub net_j: f64,
}

/// How far a counter has come, in microjoules. It starts again at zero after `range_uj`, and may do so once between two
/// readings: at 100 W and a range of 262 kJ that takes 43 minutes.
pub fn advanced_uj(before: u64, after: u64, range_uj: u64) -> u64 {
    match after.checked_sub(before) {
        Some(advanced) => advanced,
        None => range_uj.saturating_sub(before) + after,
    }
}

/// The energy between the first and the last sample: the difference of a counter, or the area below the power by the
/// trapezoid rule. `None` for fewer than two samples, or for samples of two kinds.
pub fn drawn(samples: &[Sample]) -> Option<Drawn> {
    let (first, last) = (samples.first()?, samples.last()?);
    if samples.len() < 2 {
        return None;
    }
    let steps: Option<Vec<f64>> = samples
        .windows(2)
        .map(|pair| step(&pair[0], &pair[1]))
        .collect();
    Some(Drawn {
        joules: steps?.iter().sum(),
        over: last.at.saturating_sub(first.at),
    })
}

fn step(from: &Sample, to: &Sample) -> Option<f64> {
    let seconds = to.at.saturating_sub(from.at).as_secs_f64();
    match (from.reading, to.reading) {
        (Reading::Joules(from), Reading::Joules(to)) => Some(to - from),
        (Reading::Watts(from), Reading::Watts(to)) => Some((from + to) / 2.0 * seconds),
        _ => None,
    }
}

/// The energy of one of `frames` frames that drew `busy` together, on a machine that draws `idle_watts` when it does nothing.
pub fn per_frame(busy: Drawn, idle_watts: f64, frames: usize) -> Option<PerFrame> {
    if frames == 0 {
        return None;
    }
    let idle_j = idle_watts * busy.over.as_secs_f64();
    Some(PerFrame {
        gross_j: busy.joules / frames as f64,
        net_j: (busy.joules - idle_j) / frames as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(readings: &[(u64, Reading)]) -> Vec<Sample> {
        let sample = |&(ms, reading)| Sample {
            at: Duration::from_millis(ms),
            reading,
        };
        readings.iter().map(sample).collect()
    }

    #[test]
    fn a_counter_may_start_again_at_zero() {
        let cases = [
            (100, 350, 1000, 250),
            (900, 150, 1000, 250),
            (5, 5, 1000, 0),
            (262_143_328_850, 1_000_000, 262_143_328_850, 1_000_000),
        ];
        for (before, after, range, expected) in cases {
            assert_eq!(
                advanced_uj(before, after, range),
                expected,
                "{before} → {after}"
            );
        }
    }

    #[test]
    fn the_energy_of_a_counter_is_its_difference() {
        use Reading::Joules;
        let samples = samples(&[(0, Joules(7.0)), (100, Joules(8.0)), (250, Joules(10.5))]);
        let drawn = drawn(&samples).expect("two samples and more");
        assert_eq!(drawn.joules, 3.5);
        assert_eq!(drawn.watts(), Some(14.0));
    }

    #[test]
    fn the_energy_of_power_is_the_area_below_it() {
        use Reading::Watts;
        // 4 W rising to 6 W in a second is 5 J; then half a second of 6 W is 3 J.
        let samples = samples(&[(0, Watts(4.0)), (1000, Watts(6.0)), (1500, Watts(6.0))]);
        let drawn = drawn(&samples).expect("two samples and more");
        assert!((drawn.joules - 8.0).abs() < 1e-12, "{drawn:?}");
        assert_eq!(drawn.over, Duration::from_millis(1500));
    }

    #[test]
    fn one_sample_or_two_kinds_are_no_energy() {
        assert_eq!(drawn(&[]), None);
        assert_eq!(drawn(&samples(&[(0, Reading::Watts(4.0))])), None);
        let mixed = [(0, Reading::Watts(4.0)), (100, Reading::Joules(1.0))];
        assert_eq!(drawn(&samples(&mixed)), None);
    }

    #[test]
    fn a_frame_costs_what_the_idle_machine_would_not_have_drawn() {
        let busy = Drawn {
            joules: 12.0,
            over: Duration::from_secs(2),
        };
        let share = per_frame(busy, 4.0, 100).expect("frames were run");
        assert_eq!(share.gross_j, 0.12);
        assert!((share.net_j - 0.04).abs() < 1e-12, "{share:?}");
        assert_eq!(per_frame(busy, 4.0, 0), None);
    }
}
