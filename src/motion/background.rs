//! What the picture looks like when nothing moves, and which cells differ from it.
//!
//! Each cell keeps a running mean and an estimate of its own noise. Light that changes everywhere at once is one factor,
//! the median over all cells, and goes into the means before they are compared. A cell that changed and then keeps still
//! (a lamp, a parked car, an opened door) becomes background within a second.

use std::time::Duration;

use crate::types::{Monotonic, Size};

/// Least change of a cell's mean, of 255, that counts: below it are slow shifts of light within the picture.
const CHANGE_MIN: f32 = 5.0;
/// Change in standard deviations of the cell's own noise that counts.
const CHANGE_DEVIATIONS: f32 = 5.0;
/// A cell whose step from one frame to the next is within so many deviations keeps still.
const STILL_DEVIATIONS: f32 = 3.0;
/// A changed cell is background once it has kept still for this long.
const STILL_FOR: Duration = Duration::from_millis(250);
/// How fast the mean follows: of a cell like the background, of one that changed, and of one that changed and keeps still.
const FOLLOW: Duration = Duration::from_millis(800);
const FOLLOW_CHANGED: Duration = Duration::from_secs(5);
const FOLLOW_STILL: Duration = Duration::from_millis(60);
/// How fast the estimate of noise follows.
const FOLLOW_NOISE: Duration = Duration::from_secs(3);
/// Least noise of a cell, as a standard deviation.
const NOISE_MIN: f32 = 0.3;
/// The second frame's steps tell how noisy the camera is; a cell may be so many times as noisy as the median one.
const NOISE_SPREAD: f32 = 1.5;
/// Cells darker than this say nothing about the light; masked ones are among them.
const DARK: f32 = 20.0;
/// Least number of cells that can say something about the light.
const LIGHT_CELLS_MIN: usize = 32;
/// After a longer gap between two frames the background is learned again.
const GAP_MAX: Duration = Duration::from_secs(3);

/// The background of one camera.
#[derive(Default)]
pub(super) struct Background {
    grid: Option<Size>,
    at: Monotonic,
    cells: Vec<Cell>,
    /// The camera's noise is known.
    settled: bool,
    changed: Vec<bool>,
    /// What a median is taken of.
    sample: Vec<f32>,
}

/// One cell of the background.
#[derive(Clone, Copy)]
struct Cell {
    mean: f32,
    previous: f32,
    /// Variance of the cell's noise; 0 until the second frame.
    noise: f32,
    /// How long its value has not moved.
    still: Duration,
}

/// How much of the way a mean goes during one frame.
struct Rates {
    alike: f32,
    changed: f32,
    still: f32,
    noise: f32,
}

impl Background {
    /// Share of the cells that differ from the background; `None` when there is none yet and this frame became it.
    pub(super) fn observe(&mut self, values: &[f32], grid: Size, at: Monotonic) -> Option<f32> {
        let gap = at.since(self.at);
        self.at = at;
        if self.grid != Some(grid) || gap > GAP_MAX {
            self.grid = Some(grid);
            self.settled = false;
            self.cells.clear();
            self.cells
                .extend(values.iter().map(|value| Cell::first(*value)));
            return None;
        }
        let light = self.light(values);
        if !self.settled {
            self.settle(values, light);
        }
        let rates = Rates::during(gap);
        self.changed.clear();
        let cells = self.cells.iter_mut().zip(values);
        self.changed
            .extend(cells.map(|(cell, value)| cell.observe(*value, light, gap, &rates)));
        Some(self.clustered(grid) as f32 / values.len() as f32)
    }

    /// How the light of the whole picture changed, as a factor: the median over the cells.
    fn light(&mut self, values: &[f32]) -> f32 {
        let cells = self.cells.iter().zip(values);
        let lit = cells.filter(|(cell, _)| cell.mean > DARK);
        self.sample.clear();
        self.sample
            .extend(lit.map(|(cell, value)| value / cell.mean));
        if self.sample.len() < LIGHT_CELLS_MIN {
            return 1.0;
        }
        median(&mut self.sample)
    }

    /// Gives every cell the noise of the median one, which nothing that moves already can raise.
    fn settle(&mut self, values: &[f32], light: f32) {
        self.settled = true;
        self.sample.clear();
        let steps = self.cells.iter().zip(values);
        self.sample
            .extend(steps.map(|(cell, value)| (value - cell.previous * light).abs()));
        // A normal distribution has half its values within 0.6745 deviations; a step holds the noise of two frames.
        let deviation = median(&mut self.sample) / (0.6745 * std::f32::consts::SQRT_2);
        let noise = (deviation * NOISE_SPREAD).max(NOISE_MIN).powi(2);
        for cell in &mut self.cells {
            cell.noise = noise;
        }
    }

    /// Number of changed cells that touch another one: noise is alone, people are not.
    fn clustered(&self, grid: Size) -> usize {
        let (width, height) = (grid.width as usize, grid.height as usize);
        let near = |i: usize, max: usize| i.saturating_sub(1)..(i + 2).min(max);
        let in_company = |&i: &usize| {
            let (x, y) = (i % width, i / width);
            let around = near(y, height).flat_map(|y| near(x, width).map(move |x| y * width + x));
            around.filter(|&i| self.changed[i]).count() > 1
        };
        let changed = (0..self.changed.len()).filter(|&i| self.changed[i]);
        changed.filter(in_company).count()
    }
}

/// The middle one of some values.
fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

impl Cell {
    const fn first(value: f32) -> Self {
        Self {
            mean: value,
            previous: value,
            noise: 0.0,
            still: Duration::ZERO,
        }
    }

    /// Whether the cell differs from its background; learns from it.
    fn observe(&mut self, value: f32, light: f32, gap: Duration, rates: &Rates) -> bool {
        self.mean *= light;
        let (step, difference) = (value - self.previous * light, value - self.mean);
        self.previous = value;
        let deviation = self.noise.sqrt();
        let still = step.abs() <= STILL_DEVIATIONS * deviation;
        self.still = if still {
            self.still + gap
        } else {
            Duration::ZERO
        };
        let changed = difference.abs() > CHANGE_MIN.max(CHANGE_DEVIATIONS * deviation);
        let rate = match changed {
            false => rates.alike,
            true if self.still >= STILL_FOR => rates.still,
            true => rates.changed,
        };
        self.mean += rate * difference;
        if !changed {
            // A step between two frames holds the noise of both.
            let noise = self.noise + rates.noise * (step * step / 2.0 - self.noise);
            self.noise = noise.max(NOISE_MIN * NOISE_MIN);
        }
        changed
    }
}

impl Rates {
    /// The rates of first-order low-passes over one gap between frames.
    fn during(gap: Duration) -> Self {
        let rate = |follow: Duration| 1.0 - (-gap.as_secs_f32() / follow.as_secs_f32()).exp();
        Self {
            alike: rate(FOLLOW),
            changed: rate(FOLLOW_CHANGED),
            still: rate(FOLLOW_STILL),
            noise: rate(FOLLOW_NOISE),
        }
    }
}
