//! Figures of labelled pictures: how a model's accuracy is measured for the gate, and what it asks of the result.

use super::gate::{Measured, Reading};
use crate::detect::Limits;
use crate::eval;
use crate::eval::corrupt::{Corruption, Kind, Severity};
use crate::types::Score;

/// Half way from hardly spoilt to hardly to be recognised.
const SEVERITY: u8 = 3;
/// What a user gets who configures nothing.
const THRESHOLD: f32 = 0.5;

/// What to measure for `limits`: the pictures as they are, and spoilt in every way at one severity where a limit asks for
/// that, since it takes nine times as long.
pub fn plan(limits: &Limits) -> eval::Plan {
    let threshold = Score::new(THRESHOLD).expect("0.5 is a score");
    let severity = Severity::new(SEVERITY).expect("3 is a severity");
    let mut plan = eval::Plan::new(threshold);
    if limits.retained_min.is_some() {
        plan.corruptions = Corruption::each(&Kind::ALL, &[severity]);
    }
    plan
}

/// Puts what `plan` measured into `figures`.
pub fn fill(figures: &mut Measured, found: &eval::Measured) {
    let all = &found.outcome.figures;
    let empty = &found.outcome.at_threshold.without_people;
    figures.ap = reading(all.ap, "nobody is labelled in the pictures");
    figures.ap50 = reading(all.ap50, "nobody is labelled in the pictures");
    figures.false_alarms = reading(
        empty.share.map(|percent| percent / 100.0),
        "no picture is without a person",
    );
    figures.retained = match &found.robustness {
        Some(left) => reading(
            left.mean_retained.map(|percent| percent / 100.0),
            "there is no AP to keep a share of",
        ),
        None => Reading::missing("the manifest does not ask for it"),
    };
}

fn reading(figure: Option<f64>, why: &'static str) -> Reading {
    figure.map_or_else(|| Reading::missing(why), Reading::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_spoilt_only_where_a_limit_asks_for_it() {
        let mut limits = Limits::default();
        assert_eq!(plan(&limits).inferences(), 1);
        limits.retained_min = Some(0.5);
        assert_eq!(plan(&limits).inferences(), 1 + Kind::ALL.len());
    }

    #[test]
    fn what_cannot_be_measured_says_why() {
        let found = eval::Measured {
            outcome: eval::Outcome::of(&[], &[], plan(&Limits::default()).threshold),
            robustness: None,
            found: Vec::new(),
            inference: std::time::Duration::ZERO,
        };
        let mut figures = Measured::default();
        fill(&mut figures, &found);
        assert_eq!(
            figures.ap,
            Reading::missing("nobody is labelled in the pictures")
        );
        assert_eq!(
            figures.false_alarms,
            Reading::missing("no picture is without a person")
        );
        assert_eq!(
            figures.retained,
            Reading::missing("the manifest does not ask for it")
        );
    }
}
