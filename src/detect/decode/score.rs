//! From what a graph answers to a score of 0–1.

use super::OutputError;
use crate::detect::manifest::Activation;
use crate::types::Score;

/// How far over 0–1 a score may lie by rounding alone.
const ROUNDING: f32 = 1e-3;

/// `value` of the output `name` as a score. Logits that the manifest calls scores are found here.
pub fn score(name: &str, value: f32, activation: Activation) -> Result<Score, OutputError> {
    let activated = match activation {
        Activation::None => value,
        Activation::Sigmoid => 1.0 / (1.0 + (-value).exp()),
    };
    let known = (-ROUNDING..=1.0 + ROUNDING).contains(&activated) && value.is_finite();
    let score = known
        .then(|| activated.clamp(0.0, 1.0))
        .and_then(Score::new);
    score.ok_or_else(|| OutputError::Value {
        name: name.to_owned(),
        value,
        expected: match activation {
            Activation::None => "a score of 0 to 1",
            Activation::Sigmoid => "a finite logit",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: f32, activation: Activation, expected: Option<f32>) {
        let found = score("output", value, activation).ok().map(Score::get);
        assert_eq!(found, expected, "{value} with {activation:?}");
    }

    #[test]
    fn scores_are_finite_and_within_zero_and_one() {
        check(0.25, Activation::None, Some(0.25));
        check(1.000_000_1, Activation::None, Some(1.0));
        check(-1e-7, Activation::None, Some(0.0));
        check(4.0, Activation::None, None);
        check(f32::NAN, Activation::None, None);
        check(0.0, Activation::Sigmoid, Some(0.5));
        check(-200.0, Activation::Sigmoid, Some(0.0));
        check(f32::INFINITY, Activation::Sigmoid, None);
        check(f32::NAN, Activation::Sigmoid, None);
    }
}
