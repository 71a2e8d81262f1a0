//! Average precision as COCO counts it: 101 points of recall, ten IoU thresholds, a hundred boxes a picture.

use super::curve::{Answer, Curve};
use super::matching::AreaRange;

pub(super) const ALL: AreaRange = AreaRange(0.0, 1e10);
const SMALL: AreaRange = AreaRange(0.0, 1024.0);
const MEDIUM: AreaRange = AreaRange(1024.0, 9216.0);
const LARGE: AreaRange = AreaRange(9216.0, 1e10);

/// COCO's figures of one class in percent; `None` where nobody was labelled.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Figures {
    /// Average precision over IoU 0.50 to 0.95.
    pub ap: Option<f64>,
    /// Average precision at IoU 0.50.
    pub ap50: Option<f64>,
    /// Average precision at IoU 0.75.
    pub ap75: Option<f64>,
    /// Of people below 32×32 pixels.
    pub ap_small: Option<f64>,
    /// Of people between 32×32 and 96×96 pixels.
    pub ap_medium: Option<f64>,
    /// Of people above 96×96 pixels.
    pub ap_large: Option<f64>,
    /// Average recall over IoU 0.50 to 0.95.
    pub ar: Option<f64>,
    /// Of people below 32×32 pixels.
    pub ar_small: Option<f64>,
    /// Of people between 32×32 and 96×96 pixels.
    pub ar_medium: Option<f64>,
    /// Of people above 96×96 pixels.
    pub ar_large: Option<f64>,
}

impl Figures {
    /// The figures of `answers`.
    pub fn of(answers: &[Answer<'_>]) -> Self {
        let [all, small, medium, large] = [ALL, SMALL, MEDIUM, LARGE].map(|range| {
            let curves = ious().map(|iou| Curve::new(answers, iou, range));
            mean(curves)
        });
        let at = |iou| Curve::new(answers, iou, ALL).map(|curve| 100.0 * curve.average_precision());
        let (ap, ar) = (
            |mean: Option<Mean>| mean.map(|mean| mean.ap),
            |mean: Option<Mean>| mean.map(|mean| mean.ar),
        );
        Self {
            ap: ap(all),
            ap50: at(0.5),
            ap75: at(0.75),
            ap_small: ap(small),
            ap_medium: ap(medium),
            ap_large: ap(large),
            ar: ar(all),
            ar_small: ar(small),
            ar_medium: ar(medium),
            ar_large: ar(large),
        }
    }
}

/// Thresholds are multiplied as `numpy.linspace` does: an IoU that meets one exactly must count alike.
fn ious() -> impl Iterator<Item = f64> {
    (0..10).map(|step| f64::from(step) * ((0.95 - 0.5) / 9.0) + 0.5)
}

/// Mean average precision and mean highest recall in percent.
#[derive(Clone, Copy)]
struct Mean {
    ap: f64,
    ar: f64,
}

fn mean(curves: impl Iterator<Item = Option<Curve>>) -> Option<Mean> {
    let curves: Vec<Curve> = curves.collect::<Option<_>>()?;
    let percent = |figure: fn(&Curve) -> f64| {
        100.0 * (curves.iter().map(figure).sum::<f64>() / curves.len() as f64)
    };
    Some(Mean {
        ap: percent(Curve::average_precision),
        ar: percent(Curve::highest_recall),
    })
}

#[cfg(test)]
mod tests;
