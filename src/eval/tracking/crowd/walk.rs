//! A way with stops and turns, and where somebody on it is at any time.

use std::f32::consts::TAU;

use crate::dice::Dice;

/// The farthest point of the floor, from the upper edge of the frame.
const HORIZON: f32 = 0.45;

/// Width of a standing person's box in heights, in a 16:9 frame.
const WIDTH_PER_HEIGHT: f32 = 0.22;

/// How somebody's feet go: from point to point of the frame.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// Second and place; the first is where they come from and the last where they are gone.
    way: Vec<(f32, [f32; 2])>,
    /// Share of the usual height.
    tall: f32,
    /// Where the stride begins.
    phase: f32,
}

/// Height of a person whose feet are that far down the frame.
fn height_at(y: f32) -> f32 {
    0.14 + 0.9 * (y - HORIZON).max(0.0)
}

impl Walk {
    /// Begins at `start_s` at this place; `pace` is in body heights a second.
    pub fn through(start_s: f32, places: &[([f32; 2], f32)], pace: f32, dice: &mut Dice) -> Self {
        let mut way = Vec::new();
        let mut second = start_s;
        let mut from: Option<[f32; 2]> = None;
        for &(to, pause_s) in places {
            if let Some(from) = from {
                second += seconds_between(from, to, pace);
            }
            way.push((second, to));
            if pause_s > 0.0 {
                second += pause_s;
                way.push((second, to));
            }
            from = Some(to);
        }
        Self {
            way,
            tall: dice.between(0.85, 1.1),
            phase: dice.between(0.0, 1.0),
        }
    }

    /// The same way, beside it: for somebody who walks along.
    pub fn beside(&self, [x, y]: [f32; 2], dice: &mut Dice) -> Self {
        let way = self.way.iter().map(|&(at, [fx, fy])| {
            let unit = height_at(fy) * WIDTH_PER_HEIGHT;
            (at, [fx + x * unit, (fy + y * unit).min(1.05)])
        });
        Self {
            way: way.collect(),
            tall: dice.between(0.85, 1.1),
            phase: dice.between(0.0, 1.0),
        }
    }

    /// When it ends.
    pub fn end_s(&self) -> f32 {
        self.way.last().map_or(0.0, |last| last.0)
    }

    /// Foot point and whether they walk at `second`; `None` before and after.
    pub fn at(&self, second: f32) -> Option<([f32; 2], bool)> {
        let next = self.way.iter().position(|&(at, _)| at > second)?;
        let (before, from) = *self.way.get(next.checked_sub(1)?)?;
        let (after, to) = self.way[next];
        let share = (second - before) / (after - before);
        let place = [0, 1].map(|axis| from[axis] + share * (to[axis] - from[axis]));
        Some((place, from != to))
    }

    /// The corners of the whole box, which may reach beyond the frame. The stride moves its middle by 7 % of the width and
    /// its width by a quarter (standard deviations), as in the rendered scenes.
    pub fn outline(&self, second: f32) -> Option<[f32; 4]> {
        let ([x, y], walks) = self.at(second)?;
        let stride = if walks { 2f32.sqrt() } else { 0.0 };
        let swing = |times: f32| stride * (TAU * (times * 0.9 * second + self.phase)).sin();
        let height = self.tall * height_at(y) * (1.0 + 0.015 * swing(2.0));
        let usual = WIDTH_PER_HEIGHT * self.tall * height_at(y);
        let width = usual * (1.0 + 0.22 * swing(2.0));
        let x = x + 0.07 * usual * swing(1.0);
        Some([x - width / 2.0, y - height, x + width / 2.0, y])
    }
}

fn seconds_between(from: [f32; 2], to: [f32; 2], pace: f32) -> f32 {
    // Towards the camera the way is foreshortened by about three.
    let across = (to[0] - from[0]) * 16.0 / 9.0;
    let along = (to[1] - from[1]) * 3.0;
    let height = (height_at(from[1]) + height_at(to[1])) / 2.0;
    (across.hypot(along) / height / pace).max(0.05)
}
