//! Figures of this device: what the bench says, as the gate asks for it. Pure.

use super::gate::{Measured, Reading};
use crate::bench::{Figures, Known};

/// The bench's name of the stage whose time is limited.
const INFERENCE: &str = "detect";

/// Puts what the bench measured into `figures`.
pub fn fill(figures: &mut Measured, found: &Figures) {
    let inference = found.stages.iter().find(|stage| stage.name == INFERENCE);
    let inference = inference.expect("the bench times every stage");
    figures.latency_ms = Reading::Value(inference.p90_ms);
    figures.resident_mb = reading(&found.memory, |memory| memory.resident_mb);
    figures.energy_mj = reading(&found.energy, |energy| energy.net_mj_per_frame);
}

fn reading<T>(known: &Known<T>, figure: impl Fn(&T) -> f64) -> Reading {
    match known {
        Known::Measured(found) => Reading::Value(figure(found)),
        Known::NotMeasurable(reasons) => Reading::missing(reasons.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_measurable_keeps_its_reasons() {
        let no_meter: Known<f64> =
            Known::NotMeasurable(vec!["no powercap".into(), "no hwmon".into()]);
        assert_eq!(
            reading(&no_meter, |joules| *joules),
            Reading::missing("no powercap; no hwmon")
        );
        assert_eq!(
            reading(&Known::Measured(2.5), |joules| *joules),
            Reading::Value(2.5)
        );
    }
}
