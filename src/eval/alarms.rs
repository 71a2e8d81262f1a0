//! False alarms in footage that shows nobody, and how sure one can be of their rate.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// What came of footage that shows nobody: everything found in it is false.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Alarms {
    /// Pictures that there are.
    pub frames: u64,
    /// Those that could not be decoded, which the daemon drops.
    pub broken: u64,
    /// Those that the motion gate let the model see.
    pub inferred: u64,
    /// Those in which a box of the threshold or more was found.
    pub with_box: u64,
    /// People in whom the tracker believed: false alarms, for a model.
    pub believed: u64,
    /// Those of them who `entered`: what the daemon tells although it doubts what never moves.
    pub told: u64,
    /// How long the footage is.
    pub footage: Duration,
}

impl Alarms {
    /// These and `other` together.
    pub fn and(self, other: Self) -> Self {
        Self {
            frames: self.frames + other.frames,
            broken: self.broken + other.broken,
            inferred: self.inferred + other.inferred,
            with_box: self.with_box + other.with_box,
            believed: self.believed + other.believed,
            told: self.told + other.told,
            footage: self.footage + other.footage,
        }
    }

    /// Length of the footage in minutes.
    pub fn minutes(&self) -> f64 {
        self.footage.as_secs_f64() / 60.0
    }

    /// False alarms an hour; `None` when there is no footage.
    pub fn per_hour(&self) -> Option<f64> {
        self.hourly(self.believed as f64)
    }

    /// The rate that is not exceeded, with a confidence of 95 %: what so little footage can prove. Alarms are taken to come
    /// independently of each other (a Poisson process).
    pub fn per_hour_at_most(&self) -> Option<f64> {
        self.hourly(expected_at_most(self.believed))
    }

    fn hourly(&self, count: f64) -> Option<f64> {
        let hours = self.footage.as_secs_f64() / 3600.0;
        (hours > 0.0).then(|| count / hours)
    }
}

/// With what one asks for beside what was counted.
impl Serialize for Alarms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Report {
            minutes: f64,
            frames: u64,
            broken: u64,
            inferred: u64,
            with_box: u64,
            false_alarms: u64,
            told: u64,
            per_hour: Option<f64>,
            per_hour_at_most: Option<f64>,
        }
        let report = Report {
            minutes: self.minutes(),
            frames: self.frames,
            broken: self.broken,
            inferred: self.inferred,
            with_box: self.with_box,
            false_alarms: self.believed,
            told: self.told,
            per_hour: self.per_hour(),
            per_hour_at_most: self.per_hour_at_most(),
        };
        report.serialize(serializer)
    }
}

/// The mean of a Poisson distribution that gives `count` or fewer in one case of twenty; found by halving.
fn expected_at_most(count: u64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * count as f64 + 20.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        match count_or_fewer(count, middle) > 0.05 {
            true => low = middle,
            false => high = middle,
        }
    }
    high
}

/// The chance of `count` or fewer where `mean` are expected. In logarithms, because e^−mean may be too small for a number.
fn count_or_fewer(count: u64, mean: f64) -> f64 {
    let mut term = -mean;
    let mut chance = term.exp();
    for k in 1..=count {
        term += (mean / k as f64).ln();
        chance += term.exp();
    }
    chance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_counted_by_the_hour() {
        let minute = Alarms {
            believed: 1,
            footage: Duration::from_secs(60),
            ..Alarms::default()
        };
        assert_eq!(minute.per_hour(), Some(60.0));
        let quiet = Alarms {
            footage: Duration::from_secs(180),
            ..Alarms::default()
        };
        let both = minute.and(quiet);
        assert_eq!(both.per_hour(), Some(15.0));
        assert_eq!(Alarms::default().per_hour(), None);
    }

    /// Half the 95 % points of χ² with 2(n + 1) degrees of freedom, from a table: 5.991, 9.488, 33.924, 233.994 (n = 99:
    /// 200 degrees).
    #[test]
    fn the_bound_is_that_of_the_tables() {
        for (count, expected) in [(0, 2.996), (1, 4.744), (10, 16.962), (99, 116.997)] {
            let bound = expected_at_most(count);
            assert!((bound - expected).abs() < 1e-3, "{count}: {bound}");
        }
    }
}
