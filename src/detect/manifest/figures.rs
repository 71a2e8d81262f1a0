//! What a model did on labelled pictures, and what it must do on a device: numbers as written → numbers as used.

use std::ops::RangeInclusive;

use super::check::Check;
use super::file::{AccuracyFile, LimitsFile};
use super::{Accuracy, Limits};

const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
const SHARE: RangeInclusive<f64> = 0.0..=1.0;
/// A minute, a terabyte, a kilojoule: more is a slip of the pen.
const BUDGET: RangeInclusive<f64> = 0.001..=1e6;

pub(super) fn accuracy(check: &mut Check, file: AccuracyFile) -> Accuracy {
    let images = file.images;
    Accuracy {
        dataset: check.text("accuracy.dataset", file.dataset),
        images: images.map(|n| check.whole("accuracy.images", n, 1..=100_000_000) as u64),
        ap: check.number("accuracy.ap", file.ap, PERCENT),
        ap50: check.number("accuracy.ap50", file.ap50, PERCENT),
        ap_small: check.optional("accuracy.ap_small", file.ap_small, PERCENT),
        ap_medium: check.optional("accuracy.ap_medium", file.ap_medium, PERCENT),
        ap_large: check.optional("accuracy.ap_large", file.ap_large, PERCENT),
    }
}

pub(super) fn limits(check: &mut Check, file: LimitsFile) -> Limits {
    Limits {
        ap_min: check.optional("limits.ap_min", file.ap_min, PERCENT),
        ap50_min: check.optional("limits.ap50_min", file.ap50_min, PERCENT),
        retained_min: check.optional("limits.retained_min", file.retained_min, SHARE),
        false_alarms_max: check.optional("limits.false_alarms_max", file.false_alarms_max, SHARE),
        latency_ms_max: check.optional("limits.latency_ms_max", file.latency_ms_max, BUDGET),
        resident_mb_max: check.optional("limits.resident_mb_max", file.resident_mb_max, BUDGET),
        energy_mj_max: check.optional("limits.energy_mj_max", file.energy_mj_max, BUDGET),
    }
}
