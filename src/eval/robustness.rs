//! What is left of a model's accuracy when its pictures are spoiled.

use serde::Serialize;

use super::corrupt::Corruption;

/// What is left of a model's accuracy, by corruption.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Robustness {
    /// AP of the pictures as they are, in percent.
    pub clean_ap: Option<f64>,
    /// The mean of what is retained, over all corruptions.
    pub mean_retained: Option<f64>,
    /// The least that is retained.
    pub worst_retained: Option<f64>,
    /// Each corruption, in the order in which they were asked for.
    pub corruptions: Vec<Retained>,
}

/// What is left under one corruption.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Retained {
    /// Name of the kind.
    pub kind: &'static str,
    /// 1–5.
    pub severity: u8,
    /// AP in percent.
    pub ap: Option<f64>,
    /// AP as a share of the clean pictures', in percent; `None` when there is no such share.
    pub retained: Option<f64>,
}

impl Robustness {
    /// What is left of `clean` when each corruption leaves the AP beside it.
    pub fn of(clean: Option<f64>, aps: &[(Corruption, Option<f64>)]) -> Self {
        let corruptions: Vec<_> = aps
            .iter()
            .map(|&(corruption, ap)| Retained::of(corruption, ap, clean))
            .collect();
        let shares: Vec<f64> = corruptions.iter().filter_map(|one| one.retained).collect();
        let sum: f64 = shares.iter().sum();
        Self {
            clean_ap: clean,
            mean_retained: (!shares.is_empty()).then(|| sum / shares.len() as f64),
            worst_retained: shares.into_iter().reduce(f64::min),
            corruptions,
        }
    }
}

impl Retained {
    fn of(Corruption { kind, severity }: Corruption, ap: Option<f64>, clean: Option<f64>) -> Self {
        let share = ap.zip(clean).filter(|(_, clean)| *clean > 0.0);
        Self {
            kind: kind.name(),
            severity: severity.get(),
            ap,
            retained: share.map(|(ap, clean)| 100.0 * ap / clean),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::corrupt::{Kind, Severity};

    #[test]
    fn what_is_retained_is_a_share_of_the_clean_figure() {
        let [first, second] = [Kind::Noise, Kind::Rain].map(|kind| Corruption {
            kind,
            severity: Severity::ALL[0],
        });
        let left = Robustness::of(Some(40.0), &[(first, Some(30.0)), (second, Some(10.0))]);
        assert_eq!(left.mean_retained, Some(50.0));
        assert_eq!(left.worst_retained, Some(25.0));
        assert_eq!(left.corruptions[0].retained, Some(75.0));
    }

    #[test]
    fn nothing_is_no_share() {
        let corruption = Corruption::each(&[Kind::Noise], &Severity::ALL[..1])[0];
        for (clean, ap) in [(None, None), (Some(0.0), Some(0.0))] {
            assert_eq!(
                Robustness::of(clean, &[(corruption, ap)]).mean_retained,
                None
            );
        }
    }
}
