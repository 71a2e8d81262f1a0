//! What the picture looks like when nothing moves, and which cells differ from it.
//!
//! Each cell keeps a running mean and an estimate of its own noise. Light that changes everywhere at once is one factor,
//! the median over all cells, and goes into the means before they are compared. A cell that changed and then keeps still
//! (a parked car, an opened door) becomes background within a second. What counts is what moves **now**: a cell that has just
//! changed, or that changed and does not keep still.
//!
//! Two things need more than that. A lamp changes a part of the picture, in a frame or three, all of it brighter: that is
//! [light](Change::is_light), is background at once, and is looked at once when it has settled. Somebody who comes slowly along the
//! optical axis changes each cell so slowly that its mean keeps up: so each cell also keeps a memory that follows in
//! [`FOLLOW_MEMORY`], and what has drifted away from it counts, and is then remembered.

use std::time::Duration;

use crate::types::{Monotonic, Size};

/// Least change of a cell's mean, of 255, that counts: below it are slow shifts of light within the picture.
const CHANGE_MIN: f32 = 5.0;
/// Change in standard deviations of the cell's own noise that counts.
const CHANGE_DEVIATIONS: f32 = 5.0;
/// The same for what has drifted. The memory holds the noise of one frame for long, so it takes a little more.
const DRIFT_MIN: f32 = 6.0;
const DRIFT_DEVIATIONS: f32 = 6.0;
/// A cell whose step from one frame to the next is within so many deviations keeps still.
const STILL_DEVIATIONS: f32 = 3.0;
/// A changed cell is background once it has kept still for this long.
const STILL_FOR: Duration = Duration::from_millis(250);
/// How fast the mean follows: of a cell like the background, of one that changed, and of one that changed and keeps still.
const FOLLOW: Duration = Duration::from_millis(800);
const FOLLOW_CHANGED: Duration = Duration::from_secs(5);
const FOLLOW_STILL: Duration = Duration::from_millis(60);
/// How fast the memory follows. A figure of 25 levels' contrast that grows by 3 % a second is noticed every few seconds.
const FOLLOW_MEMORY: Duration = Duration::from_secs(20);
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
/// It is light when so much of the picture has changed since the frame before, and nearly all of it in one direction. Nobody
/// walks so far in a tenth of a second that only one edge of them shows it.
const LIGHT_AREA_MIN: f32 = 0.025;
const LIGHT_ALIKE: f32 = 0.95;
/// Light that goes on changing for longer is motion, and so is what changed over a longer gap: nobody is overlooked for more.
const LIGHT_MAX: Duration = Duration::from_millis(350);

/// What changed in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// Share of the cells that move.
    pub area: f32,
    /// A part of the picture became brighter, or darker, at once.
    pub is_light: bool,
}

/// The background of one camera.
#[derive(Default)]
pub(super) struct Background {
    grid: Option<Size>,
    at: Monotonic,
    cells: Vec<Cell>,
    /// The camera's noise is known.
    settled: bool,
    /// How long the light has been changing.
    light_for: Duration,
    marks: Vec<Mark>,
    /// Numbers of the cells whose marks say something: few, of thousands.
    marked: Vec<usize>,
    /// What a median is taken of.
    sample: Vec<f32>,
}

/// One cell of the background.
#[derive(Clone, Copy)]
struct Cell {
    mean: f32,
    memory: f32,
    previous: f32,
    /// Variance of the cell's noise; 0 until the second frame.
    noise: f32,
    /// How long its value has not moved, as a share of [`STILL_FOR`]; at most 1.
    still: f32,
    changed: bool,
}

/// What one frame says of a cell.
#[derive(Clone, Copy, Default)]
struct Mark {
    /// It differs from the background and did not in the frame before; positive when it is brighter.
    fresh: f32,
    /// It differs, and has just begun to or does not keep still.
    moves: bool,
    /// It is no longer what is remembered.
    drifted: bool,
}

impl Mark {
    fn says_something(&self) -> bool {
        self.fresh != 0.0 || self.moves || self.drifted
    }
}

/// How much of the way a mean goes during one frame.
struct Rates {
    alike: f32,
    changed: f32,
    still: f32,
    noise: f32,
    memory: f32,
    /// The gap as a share of [`STILL_FOR`].
    gap: f32,
}

impl Background {
    /// What differs from the background, or has drifted so far that at least `area_min` of the picture did; `None` when there
    /// is no background yet and this frame became it.
    pub(super) fn observe(
        &mut self,
        values: &[f32],
        grid: Size,
        at: Monotonic,
        area_min: f32,
    ) -> Option<Change> {
        let gap = at.since(self.at);
        self.at = at;
        if self.grid != Some(grid) {
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
        self.marks.clear();
        let cells = self.cells.iter_mut().zip(values);
        self.marks
            .extend(cells.map(|(cell, value)| cell.observe(*value, light, &rates)));
        self.marked.clear();
        let marked = self.marks.iter().enumerate();
        self.marked.extend(
            marked
                .filter(|(_, mark)| mark.says_something())
                .map(|(i, _)| i),
        );
        Some(self.judge(values, grid, gap, area_min))
    }

    /// What all cells together say.
    fn judge(&mut self, values: &[f32], grid: Size, gap: Duration, area_min: f32) -> Change {
        let share = |count: usize| count as f32 / values.len() as f32;
        if let Some(fresh) = self.fresh_alike()
            && share(fresh) >= LIGHT_AREA_MIN
            && self.light_for + gap <= LIGHT_MAX
        {
            self.light_for += gap;
            let cells = self.cells.iter_mut().zip(values);
            cells.for_each(|(cell, value)| cell.accept(*value));
            return Change {
                area: share(fresh),
                is_light: true,
            };
        }
        self.light_for = Duration::ZERO;
        let moving = share(self.clustered(grid, |mark| mark.moves));
        let drifted = share(self.clustered(grid, |mark| mark.drifted));
        if drifted > 0.0 && drifted >= area_min {
            self.remember(values);
        }
        Change {
            area: moving.max(drifted),
            is_light: false,
        }
    }

    /// How many cells have just changed, when nearly all of them became brighter or nearly all darker.
    fn fresh_alike(&self) -> Option<usize> {
        let marks = || self.marked.iter().map(|&i| self.marks[i]);
        let count = |fresh: fn(f32) -> bool| marks().filter(|m| fresh(m.fresh)).count();
        let (brighter, darker) = (count(|f| f > 0.0), count(|f| f < 0.0));
        let fresh = brighter + darker;
        (brighter.max(darker) as f32 >= LIGHT_ALIKE * fresh as f32).then_some(fresh)
    }

    /// What has drifted is what is remembered from now on.
    fn remember(&mut self, values: &[f32]) {
        let cells = self.cells.iter_mut().zip(values).zip(&self.marks);
        for ((cell, value), _) in cells.filter(|(_, mark)| mark.drifted) {
            cell.memory = *value;
        }
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

    /// Number of marked cells that touch another one: noise is alone, people are not.
    fn clustered(&self, grid: Size, marked: impl Fn(&Mark) -> bool) -> usize {
        let (width, height) = (grid.width as usize, grid.height as usize);
        let near = |i: usize, max: usize| i.saturating_sub(1)..(i + 2).min(max);
        let in_company = |i: usize| {
            let (x, y) = (i % width, i / width);
            let around = near(y, height).flat_map(|y| near(x, width).map(move |x| y * width + x));
            around.filter(|&i| marked(&self.marks[i])).count() > 1
        };
        let mut count = 0;
        for &i in &self.marked {
            if marked(&self.marks[i]) && in_company(i) {
                count += 1;
            }
        }
        count
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
            memory: value,
            previous: value,
            noise: 0.0,
            still: 0.0,
            changed: false,
        }
    }

    /// Whether the cell differs from its background; learns from it.
    #[inline]
    fn observe(&mut self, value: f32, light: f32, rates: &Rates) -> Mark {
        self.mean *= light;
        self.memory *= light;
        let (step, difference) = (value - self.previous * light, value - self.mean);
        self.previous = value;
        // Deviations are compared as variances, for which no root is taken.
        let still = step * step <= STILL_DEVIATIONS * STILL_DEVIATIONS * self.noise;
        self.still = if still {
            (self.still + rates.gap).min(1.0)
        } else {
            0.0
        };
        let differs = |by: f32, min: f32, deviations: f32| {
            by * by > (min * min).max(deviations * deviations * self.noise)
        };
        let changed = differs(difference, CHANGE_MIN, CHANGE_DEVIATIONS);
        let drifted = differs(value - self.memory, DRIFT_MIN, DRIFT_DEVIATIONS);
        let fresh = changed && !std::mem::replace(&mut self.changed, changed);
        self.follow(value, step, rates);
        Mark {
            fresh: if fresh { difference } else { 0.0 },
            moves: changed && (fresh || !still),
            drifted,
        }
    }

    fn follow(&mut self, value: f32, step: f32, rates: &Rates) {
        let rate = match self.changed {
            false => rates.alike,
            true if self.still >= 1.0 => rates.still,
            true => rates.changed,
        };
        self.mean += rate * (value - self.mean);
        self.memory += rates.memory * (value - self.memory);
        if !self.changed {
            // A step between two frames holds the noise of both.
            let noise = self.noise + rates.noise * (step * step / 2.0 - self.noise);
            self.noise = noise.max(NOISE_MIN * NOISE_MIN);
        }
    }

    /// The background looks like this now.
    const fn accept(&mut self, value: f32) {
        self.mean = value;
        self.memory = value;
        self.changed = false;
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
            memory: rate(FOLLOW_MEMORY),
            gap: gap.as_secs_f32() / STILL_FOR.as_secs_f32(),
        }
    }
}
