//! Where a box is and how fast it moves, from noisy boxes at irregular times.
//!
//! A Kalman filter with constant velocity, after SORT (arXiv:1602.00763) and ByteTrack (arXiv:2110.06864), with three
//! differences. Time is in seconds, not in frames, because frames get dropped. Their noise is diagonal, so the filter
//! falls apart into one small filter a coordinate, and that is how it is written here. Width and height have no velocity:
//! the stride of a walking person makes the box breathe, and a lost box must not grow. And a box that the frame's edge cuts
//! off stands for the whole person, who is partly beyond it.

use std::time::Duration;

use crate::track::edge::{Stretch, beside, whole};
use crate::types::BBox;

/// A lost box keeps its velocity for this long after it was last seen, then stands still: whoever walks behind something
/// comes out on the other side.
const COAST: Duration = Duration::from_millis(3000);

/// No box is thinner than this, so that there is always one to show.
const SIDE_MIN: f32 = 1e-3;

/// Width of a standing person's box in heights, both normalised to a 16:9 frame. A box cut by the frame's edge is thinner
/// than the person, whose motion is not.
const WIDTH_PER_HEIGHT: f32 = 0.25;

/// How much worse a detection is along an axis on which the frame's edge cuts it: the one side that shows is a swinging arm or
/// leg, and the middle half a person behind it.
const CUT_ERROR: f32 = 2.0;

/// How a coordinate behaves, in units of the box's own width (x) or height (y), so that near and far people, and frames of
/// any shape, are alike.
struct Noise {
    /// Standard deviation of a detection.
    measured: f32,
    /// Standard deviation of the unknown velocity of a box seen once, per second.
    speed: f32,
    /// How quickly velocity changes: its standard deviation after one second.
    jolt: f32,
    /// How quickly the coordinate itself wanders: its standard deviation after one second.
    drift: f32,
}

/// In the recorded scenes a walking person covers 1.5–2 box widths a second, and the stride moves the middle of the box by
/// 7 % of its width (standard deviation); a detector errs by as much again. These and the values below were then tuned on
/// the synthetic crowds of [`crate::eval::tracking::crowd`], seeds 1–4.
const CENTER_X: Noise = Noise {
    measured: 0.09,
    speed: 2.5,
    jolt: 1.7,
    drift: 0.02,
};
/// Seen from the usual height, the way towards the camera is foreshortened.
const CENTER_Y: Noise = Noise {
    measured: 0.07,
    speed: 0.3,
    jolt: 0.12,
    drift: 0.02,
};
/// The stride changes the width by a quarter (standard deviation), and follows it: a box that breathes with the person fits
/// better than their mean.
const WIDTH: Noise = Noise {
    measured: 0.09,
    speed: 0.0,
    jolt: 0.0,
    drift: 0.83,
};
/// The stride hardly changes the height, but detectors disagree about feet.
const HEIGHT: Noise = Noise {
    measured: 0.13,
    speed: 0.0,
    jolt: 0.0,
    drift: 0.12,
};

/// How much the height counts in [`Surprise`], beside 1 for each axis of the middle: it tells how far away somebody stands, ...
const HEIGHT_COUNTS: f32 = 1.2;

/// ... while the width changes with each step.
const WIDTH_COUNTS: f32 = 0.2;

/// Estimate of a box and its motion.
#[derive(Clone, Copy, Debug)]
pub struct Motion {
    x: Axis,
    y: Axis,
    width: Axis,
    height: Axis,
    /// Time predicted since the last correction.
    unseen: Duration,
}

impl Motion {
    /// A box seen once, its velocity unknown.
    pub fn new(bbox: BBox) -> Self {
        let usual = (WIDTH_PER_HEIGHT * bbox.height(), bbox.height());
        let (x, y) = whole(bbox, usual);
        let (unit_x, unit_y) = units(x.length, y.length);
        Self {
            x: Axis::new(x.middle, unit_x, x.cut, &CENTER_X),
            y: Axis::new(y.middle, unit_y, y.cut, &CENTER_Y),
            width: Axis::new(x.length, unit_x, x.cut, &WIDTH),
            height: Axis::new(y.length, unit_y, y.cut, &HEIGHT),
            unseen: Duration::ZERO,
        }
    }

    /// Moves the estimate on by `elapsed`. What lies beyond [`COAST`] without a correction adds no motion and no doubt.
    pub fn predict(&mut self, elapsed: Duration) {
        let coasting = elapsed.min(COAST.saturating_sub(self.unseen));
        self.unseen += elapsed;
        let (unit_x, unit_y) = self.units();
        let dt = coasting.as_secs_f32();
        self.x.predict(dt, unit_x, &CENTER_X);
        self.y.predict(dt, unit_y, &CENTER_Y);
        self.width.predict(dt, unit_x, &WIDTH);
        self.height.predict(dt, unit_y, &HEIGHT);
    }

    /// Takes a detection into account.
    pub fn correct(&mut self, bbox: BBox) {
        let (unit_x, unit_y) = self.units();
        let (x, y) = whole(bbox, (self.width.value, self.height.value));
        self.x.correct(x.middle, error(&CENTER_X, unit_x, x.cut));
        self.y.correct(y.middle, error(&CENTER_Y, unit_y, y.cut));
        self.width.correct(x.length, error(&WIDTH, unit_x, x.cut));
        self.height.correct(y.length, error(&HEIGHT, unit_y, y.cut));
        self.unseen = Duration::ZERO;
    }

    /// The estimated box. Its middle stays inside the frame, so that a person walking out leaves a box at the edge.
    pub fn bbox(&self) -> BBox {
        let (x, y) = (self.x.value.clamp(0.0, 1.0), self.y.value.clamp(0.0, 1.0));
        let half_width = self.width.value.max(SIDE_MIN) / 2.0;
        let half_height = self.height.value.max(SIDE_MIN) / 2.0;
        BBox::clipped(
            x - half_width,
            y - half_height,
            x + half_width,
            y + half_height,
        )
        .expect("finite, and around a point of the frame")
    }

    /// The corners of the estimate, which may be beyond the frame.
    pub fn outline(&self) -> [f32; 4] {
        let half_width = self.width.value.max(SIDE_MIN) / 2.0;
        let half_height = self.height.value.max(SIDE_MIN) / 2.0;
        [
            self.x.value - half_width,
            self.y.value - half_height,
            self.x.value + half_width,
            self.y.value + half_height,
        ]
    }

    /// How wide and high a standing person of this height is.
    pub fn body(&self) -> (f32, f32) {
        let height = self.height.value.max(SIDE_MIN);
        (WIDTH_PER_HEIGHT * height, height)
    }

    /// Estimated velocity of the middle per second.
    pub const fn velocity(&self) -> (f32, f32) {
        (self.x.velocity, self.y.velocity)
    }

    /// Time since the last correction.
    pub const fn unseen(&self) -> Duration {
        self.unseen
    }

    /// How surprising it would be if the person were found in `bbox`.
    pub fn surprise(&self, bbox: BBox) -> Surprise {
        let [x1, y1, x2, y2] = bbox.corners();
        let (unit_x, unit_y) = self.units();
        let (x, y) = whole(bbox, (self.width.value, self.height.value));
        let stretch = |middle: &Axis, length: &Axis| Stretch {
            middle: middle.value,
            length: length.value.max(SIDE_MIN),
            cut: false,
        };
        let across = beside(stretch(&self.x, &self.width), (x1, x2));
        let down = beside(stretch(&self.y, &self.height), (y1, y2));
        let axes = [
            self.x
                .surprise(x.middle - across.middle, error(&CENTER_X, unit_x, x.cut)),
            self.y
                .surprise(y.middle - down.middle, error(&CENTER_Y, unit_y, y.cut)),
            self.height
                .surprise(y.length - down.length, error(&HEIGHT, unit_y, y.cut)),
            self.width
                .surprise(x.length - across.length, error(&WIDTH, unit_x, x.cut)),
        ];
        let weights = [1.0, 1.0, HEIGHT_COUNTS, WIDTH_COUNTS];
        let sum = |of: fn(&Surprise) -> f32| {
            axes.iter()
                .zip(weights)
                .map(|(axis, weight)| weight * of(axis))
                .sum()
        };
        Surprise {
            distance: sum(|axis| axis.distance),
            // The width says little, and nothing about how long somebody was out of sight.
            doubt: axes[..3].iter().map(|axis| axis.doubt).sum(),
        }
    }

    /// How far the middle may be from where it is thought to be: one standard deviation in x and y.
    pub fn doubt(&self) -> (f32, f32) {
        (self.x.value_var.sqrt(), self.y.value_var.sqrt())
    }

    fn units(&self) -> (f32, f32) {
        units(self.width.value, self.height.value)
    }
}

/// Standard deviation of a detection, whose middle and length are guesses when it is cut.
fn error(noise: &Noise, unit: f32, cut: bool) -> f32 {
    noise.measured * unit * if cut { CUT_ERROR } else { 1.0 }
}

/// The lengths that [`Noise`] is measured in, along x and y.
fn units(width: f32, height: f32) -> (f32, f32) {
    let height = height.max(SIDE_MIN);
    (width.max(WIDTH_PER_HEIGHT * height), height)
}

/// How unlikely a detection is for a track, after the filter's own estimate of what may happen.
#[derive(Clone, Copy, Debug)]
pub struct Surprise {
    /// Squared distance in standard deviations (Mahalanobis).
    pub distance: f32,
    /// Logarithm of how much wider the estimate is than a detection's own error: without it whoever was lost for long would be
    /// near to everybody.
    pub doubt: f32,
}

/// One coordinate, its velocity per second, and the covariance of the two.
#[derive(Clone, Copy, Debug)]
struct Axis {
    value: f32,
    velocity: f32,
    value_var: f32,
    velocity_var: f32,
    covar: f32,
}

impl Axis {
    fn new(value: f32, unit: f32, cut: bool, noise: &Noise) -> Self {
        Self {
            value,
            velocity: 0.0,
            value_var: error(noise, unit, cut).powi(2),
            velocity_var: (noise.speed * unit).powi(2),
            covar: 0.0,
        }
    }

    /// Moves on by `dt` seconds, under white-noise acceleration: many short steps add up to one long one.
    fn predict(&mut self, dt: f32, unit: f32, noise: &Noise) {
        let jolt = (noise.jolt * unit).powi(2);
        let drift = (noise.drift * unit).powi(2);
        self.value += self.velocity * dt;
        self.value_var += 2.0 * dt * self.covar
            + dt.powi(2) * self.velocity_var
            + dt.powi(3) / 3.0 * jolt
            + dt * drift;
        self.covar += dt * self.velocity_var + dt.powi(2) / 2.0 * jolt;
        self.velocity_var += dt * jolt;
    }

    /// How surprising a detection would be that is `off` by so much.
    fn surprise(&self, off: f32, error: f32) -> Surprise {
        let error_var = error.powi(2);
        let var = self.value_var + error_var;
        Surprise {
            distance: off.powi(2) / var,
            doubt: (var / (2.0 * error_var)).ln().max(0.0),
        }
    }

    fn correct(&mut self, measured: f32, error: f32) {
        let innovation = measured - self.value;
        let innovation_var = self.value_var + error.powi(2);
        let (gain, velocity_gain) = (self.value_var / innovation_var, self.covar / innovation_var);
        self.value += gain * innovation;
        self.velocity += velocity_gain * innovation;
        self.velocity_var = (self.velocity_var - velocity_gain * self.covar).max(0.0);
        self.covar *= 1.0 - gain;
        self.value_var *= 1.0 - gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bbox(x: f32) -> BBox {
        BBox::clipped(x, 0.3, x + 0.1, 0.7).expect("has an area")
    }

    /// The estimate after boxes that move by `speed` per second were seen for two seconds at `rate_hz`.
    fn walked(speed: f32, rate_hz: u32) -> Motion {
        let step = Duration::from_secs(1) / rate_hz;
        let mut motion = Motion::new(bbox(0.1));
        for i in 1..=2 * rate_hz {
            motion.predict(step);
            motion.correct(bbox(0.1 + speed * step.as_secs_f32() * i as f32));
        }
        motion
    }

    #[test]
    fn velocity_is_learnt_at_any_rate() {
        for rate_hz in [2, 5, 10, 30] {
            let motion = walked(0.15, rate_hz);
            assert!(
                (motion.x.velocity - 0.15).abs() < 0.02,
                "{rate_hz} Hz: {}",
                motion.x.velocity
            );
        }
    }

    #[test]
    fn a_lost_box_coasts_and_then_stands_still() {
        let mut motion = walked(0.15, 10);
        let before = motion.bbox().center().x;
        motion.predict(COAST);
        let coasted = motion.bbox().center().x;
        assert!((coasted - before - 0.15 * COAST.as_secs_f32()).abs() < 0.06);
        motion.predict(COAST);
        assert_eq!(motion.bbox().center().x, coasted);
    }

    #[test]
    fn a_box_that_walks_out_stays_at_the_edge() {
        let mut motion = Motion::new(bbox(0.85));
        motion.x.velocity = 5.0;
        motion.predict(COAST);
        let [x1, _, x2, _] = motion.bbox().corners();
        assert!(x1 < 1.0 && x2 == 1.0);
    }

    proptest! {
        #[test]
        fn many_short_steps_add_up_to_one_long_one(ms in 1u64..900, cut in 0.0f32..1.0) {
            let mut once = walked(0.1, 10);
            let mut twice = once;
            let whole = Duration::from_millis(ms);
            let part = whole.mul_f32(cut);
            once.predict(whole);
            twice.predict(part);
            twice.predict(whole - part);
            prop_assert!((once.x.value - twice.x.value).abs() < 1e-5);
            prop_assert!((once.doubt().0 - twice.doubt().0).abs() < 1e-5);
        }
    }
}
