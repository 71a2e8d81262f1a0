//! The gate that a model passes before it is let in: limits and figures → verdict. Pure.
//!
//! The limits come from the model's manifest, the figures from whoever can measure them: `watchpost model verify` on a desk,
//! and the device itself when it is handed a new model. What was not measured is never taken for passed: it is said, with the
//! reason, and under `strict` it fails.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::detect::Limits;

/// One figure, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// As measured; what is not a finite number passes no limit.
    Value(f64),
    /// Why it was not measured.
    Missing(Cow<'static, str>),
}

impl Reading {
    /// Not measured, and why.
    pub fn missing(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Missing(why.into())
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self::missing("nobody measured it")
    }
}

/// Everything that a limit can speak of. Each probe fills in what it can measure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// COCO AP of people on the labelled pictures, in percent.
    pub ap: Reading,
    /// COCO AP at IoU 0.50, in percent.
    pub ap50: Reading,
    /// Share of the AP that is left when the pictures are spoilt, 0–1.
    pub retained: Reading,
    /// Share of pictures without a person that give a box with a score of 0.5 or more, 0–1.
    pub false_alarms: Reading,
    /// 90th percentile of one inference, in milliseconds.
    pub latency_ms: Reading,
    /// Resident memory of the process, in megabytes.
    pub resident_mb: Reading,
    /// Energy of one frame, in millijoules.
    pub energy_mj: Reading,
}

/// What a manifest asks of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// At least this.
    Least(f64),
    /// At most this.
    Most(f64),
}

impl Bound {
    fn holds(self, found: f64) -> bool {
        match self {
            Self::Least(least) => found.is_finite() && found >= least,
            Self::Most(most) => found.is_finite() && found <= most,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Least(least) => write!(f, "at least {least}"),
            Self::Most(most) => write!(f, "at most {most}"),
        }
    }
}

/// How one figure stands to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Within the limit.
    Pass,
    /// Beyond the limit.
    Fail,
    /// There is a limit and no figure.
    NotMeasured,
    /// The manifest sets no limit.
    NoLimit,
}

/// One figure with its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The limit's key in the manifest.
    pub key: &'static str,
    /// What is measured, with its unit.
    pub what: &'static str,
    /// What was found.
    pub found: Reading,
    /// What was wanted.
    pub wanted: Option<Bound>,
}

impl Row {
    /// How the two stand to each other.
    pub fn outcome(&self) -> Outcome {
        match (self.wanted, &self.found) {
            (None, _) => Outcome::NoLimit,
            (Some(_), Reading::Missing(_)) => Outcome::NotMeasured,
            (Some(bound), Reading::Value(found)) if bound.holds(*found) => Outcome::Pass,
            (Some(_), Reading::Value(_)) => Outcome::Fail,
        }
    }
}

/// Every figure with its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// In the order of the manifest's documentation.
    pub rows: Vec<Row>,
}

impl Verdict {
    /// Whether the model may be let in: no limit is missed and, when `strict`, none is left unmeasured.
    pub fn passes(&self, strict: bool) -> bool {
        self.misses(strict).next().is_none()
    }

    /// The rows that keep the model out.
    pub fn misses(&self, strict: bool) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| match row.outcome() {
            Outcome::Fail => true,
            Outcome::NotMeasured => strict,
            Outcome::Pass | Outcome::NoLimit => false,
        })
    }
}

/// Holds figures against limits.
pub fn judge(limits: &Limits, measured: &Measured) -> Verdict {
    let row = |key, what, found: &Reading, wanted| Row {
        key,
        what,
        found: found.clone(),
        wanted,
    };
    let least = |limit: Option<f64>| limit.map(Bound::Least);
    let most = |limit: Option<f64>| limit.map(Bound::Most);
    let m = measured;
    let rows = vec![
        row("ap_min", "AP, %", &m.ap, least(limits.ap_min)),
        row("ap50_min", "AP50, %", &m.ap50, least(limits.ap50_min)),
        row(
            "retained_min",
            "AP kept when spoilt, share",
            &m.retained,
            least(limits.retained_min),
        ),
        row(
            "false_alarms_max",
            "false alarms, share",
            &m.false_alarms,
            most(limits.false_alarms_max),
        ),
        row(
            "latency_ms_max",
            "latency p90, ms",
            &m.latency_ms,
            most(limits.latency_ms_max),
        ),
        row(
            "resident_mb_max",
            "resident memory, MB",
            &m.resident_mb,
            most(limits.resident_mb_max),
        ),
        row(
            "energy_mj_max",
            "energy a frame, mJ",
            &m.energy_mj,
            most(limits.energy_mj_max),
        ),
    ];
    Verdict { rows }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn latency(found: Reading, most: Option<f64>) -> Verdict {
        let limits = Limits {
            latency_ms_max: most,
            ..Limits::default()
        };
        let measured = Measured {
            latency_ms: found,
            ..Measured::default()
        };
        judge(&limits, &measured)
    }

    fn outcome(verdict: &Verdict, key: &str) -> Outcome {
        let row = verdict.rows.iter().find(|row| row.key == key);
        row.expect("every limit has a row").outcome()
    }

    #[test]
    fn each_figure_is_held_against_its_limit() {
        use Reading::Value;
        let cases = [
            (Value(24.9), Some(25.0), Outcome::Pass),
            (Value(25.0), Some(25.0), Outcome::Pass),
            (Value(25.1), Some(25.0), Outcome::Fail),
            (Value(f64::NAN), Some(25.0), Outcome::Fail),
            (Value(f64::NEG_INFINITY), Some(25.0), Outcome::Fail),
            (Reading::default(), Some(25.0), Outcome::NotMeasured),
            (Value(1e9), None, Outcome::NoLimit),
            (Reading::default(), None, Outcome::NoLimit),
        ];
        for (found, most, expected) in cases {
            let verdict = latency(found.clone(), most);
            assert_eq!(
                outcome(&verdict, "latency_ms_max"),
                expected,
                "{found:?} {most:?}"
            );
            assert_eq!(verdict.passes(false), expected != Outcome::Fail);
            let strictly = matches!(expected, Outcome::Pass | Outcome::NoLimit);
            assert_eq!(verdict.passes(true), strictly);
        }
    }

    #[test]
    fn a_least_and_a_most_look_in_different_directions() {
        let limits = Limits {
            ap_min: Some(40.0),
            false_alarms_max: Some(0.02),
            ..Limits::default()
        };
        let measured = Measured {
            ap: Reading::Value(39.0),
            false_alarms: Reading::Value(0.03),
            ..Measured::default()
        };
        let verdict = judge(&limits, &measured);
        let keys: Vec<_> = verdict.misses(false).map(|row| row.key).collect();
        assert_eq!(keys, ["ap_min", "false_alarms_max"]);
    }

    #[test]
    fn no_limits_are_missed_by_nobody() {
        let verdict = judge(&Limits::default(), &Measured::default());
        assert!(verdict.passes(true));
        assert_eq!(verdict.rows.len(), 7);
    }

    proptest! {
        #[test]
        fn a_better_figure_never_does_worse(found in 0.0..200.0, better in 0.0..200.0, most in 0.0..200.0) {
            let (better, found) = if better < found { (better, found) } else { (found, better) };
            let passes = |ms| latency(Reading::Value(ms), Some(most)).passes(true);
            prop_assert!(!passes(found) || passes(better));
        }

        #[test]
        fn strictness_lets_nobody_in(found in proptest::option::of(-1e3..1e3), most in proptest::option::of(0.0..1e3)) {
            let found = found.map_or_else(Reading::default, Reading::Value);
            let verdict = latency(found, most);
            prop_assert!(!verdict.passes(true) || verdict.passes(false));
        }
    }
}
