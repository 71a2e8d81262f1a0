//! What the pictures of one moment show, in a few numbers.
//!
//! Everything but the search for equal pictures is measured on a mean over about a second: whoever walks past hardly shows
//! in it, and a sensor's noise is a third. What is left of the noise in the detail is known from how much the cells differ
//! from one picture to the next, and is taken off.

use std::time::Duration;

use crate::types::Size;
use crate::view::Cells;

/// How fast the mean follows.
const FOLLOW: Duration = Duration::from_secs(1);
/// A cell this bright is burnt out: white is 235 where a camera uses the range of television.
const BURNT: f32 = 230.0;
/// What moves is no noise: no difference counts for more.
const NOISE_MAX: f32 = 4.0;
/// A cell of this value precisely may be masked: black in both ranges.
const BLANKED: [f32; 2] = [0.0, 16.0];

/// What the camera shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Look {
    /// Mean of the cells, 0–255.
    pub brightness: f32,
    /// Share of the cells that are burnt out.
    pub burnt: f32,
    /// How much neighbouring cells differ from a straight slope, in levels: fine structure.
    pub detail: f32,
    /// Standard deviation of the cells, in levels: coarse structure.
    pub spread: f32,
    /// Every cell is just what it was.
    pub same: bool,
}

/// Measures [`Look`]s; keeps the mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Looker {
    grid: Option<Size>,
    mean: Vec<f32>,
    previous: Vec<f32>,
    /// Mean difference from one picture to the next, in levels.
    noise: f32,
}

impl Looker {
    /// What the camera shows; `None` for the first picture and one without a `gap` to the picture before.
    pub(super) fn look(&mut self, cells: Cells<'_>, gap: Option<Duration>) -> Option<Look> {
        let gap = gap.filter(|_| self.grid == Some(cells.grid));
        let Some(gap) = gap else {
            self.grid = Some(cells.grid);
            self.mean = cells.values.to_vec();
            self.previous = cells.values.to_vec();
            self.noise = 0.0;
            return None;
        };
        let rate = 1.0 - (-gap.as_secs_f32() / FOLLOW.as_secs_f32()).exp();
        let mut difference = 0.0;
        let mut same = true;
        let known = self.mean.iter_mut().zip(&mut self.previous);
        for ((mean, previous), value) in known.zip(cells.values) {
            let step = (value - *previous).abs();
            same &= step == 0.0;
            difference += step.min(NOISE_MAX);
            *mean += rate * (value - *mean);
            *previous = *value;
        }
        self.noise += rate * (difference / cells.values.len() as f32 - self.noise);
        Some(Look {
            same,
            ..self.measure(cells.grid, rate)
        })
    }

    fn measure(&self, grid: Size, rate: f32) -> Look {
        let (mut count, mut sum, mut squares, mut burnt) = (0.0_f32, 0.0, 0.0, 0.0);
        let (mut bends, mut bent) = (0.0_f32, 0.0);
        for row in self.mean.chunks_exact(grid.width as usize) {
            for value in row.iter().filter(|value| !is_blanked(**value)) {
                count += 1.0;
                sum += value;
                squares += value * value;
                burnt += f32::from(u8::from(*value >= BURNT));
            }
            for [left, middle, right] in row.array_windows() {
                if ![left, middle, right]
                    .iter()
                    .any(|value| is_blanked(**value))
                {
                    bends += 1.0;
                    bent += (left - 2.0 * middle + right).abs();
                }
            }
        }
        let count = count.max(1.0);
        let brightness = sum / count;
        Look {
            brightness,
            burnt: burnt / count,
            detail: without(bent / f32::max(bends, 1.0), self.noise_of_detail(rate)),
            spread: (squares / count - brightness * brightness).max(0.0).sqrt(),
            same: false,
        }
    }

    /// What noise alone adds to the detail. A mean that goes `rate` of the way has rate / (2 − rate) of the variance; a
    /// difference of two pictures has twice that of one, a bend 1 + 4 + 1 times.
    fn noise_of_detail(&self, rate: f32) -> f32 {
        self.noise * (rate / (2.0 - rate) / 2.0 * 6.0).sqrt()
    }
}

fn is_blanked(value: f32) -> bool {
    BLANKED.contains(&value)
}

/// Independent deviations add by their squares.
fn without(all: f32, part: f32) -> f32 {
    (all * all - part * part).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::tests::Noise;

    const GRID: Size = Size::new(80, 10);

    fn look(cell: impl Fn(usize) -> f32, noise: f32) -> Look {
        let (mut looker, mut random) = (Looker::default(), Noise::default());
        let mut last = None;
        for _ in 0..40 {
            let values: Vec<_> = (0..GRID.area())
                .map(|i| cell(i) + noise * random.next())
                .collect();
            let cells = Cells {
                values: &values,
                grid: GRID,
            };
            last = looker.look(cells, Some(Duration::from_millis(200)));
        }
        last.expect("not the first picture")
    }

    #[test]
    fn stripes_have_detail_and_a_slope_has_spread_alone() {
        let stripes = look(|i| if i % 2 == 0 { 100.0 } else { 110.0 }, 0.0);
        assert_eq!((stripes.detail, stripes.brightness), (20.0, 105.0));
        let slope = look(|i| 50.0 + (i % 80) as f32, 0.0);
        assert!(slope.detail < 0.01 && slope.spread > 20.0, "{slope:?}");
        assert!(slope.same);
    }

    #[test]
    fn noise_is_no_detail() {
        let even = look(|_| 90.0, 1.0);
        assert!(even.detail < 0.25 && !even.same, "{even:?}");
    }

    #[test]
    fn what_is_masked_does_not_count() {
        let masked = look(|i| if i % 80 < 40 { 16.0 } else { 240.0 }, 0.0);
        assert_eq!(
            (masked.detail, masked.burnt, masked.brightness),
            (0.0, 1.0, 240.0)
        );
    }
}
