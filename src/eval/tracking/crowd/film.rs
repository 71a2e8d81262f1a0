//! Who is in view in each frame, and how much of them shows.

use super::walk::Walk;
use super::{Habit, Plan};
use crate::dice::Dice;
use crate::eval::tracking::MotBox;
use crate::types::{BBox, Size};

/// Who shows less cannot be found, and need not be.
const VISIBLE_MIN: f32 = 0.25;

/// MOTChallenge's class for what need not be found and is not wrong to be told.
const DISTRACTOR: i64 = 8;

/// Points across and down a box at which it is looked at.
const GRID: [usize; 2] = [6, 8];

/// One frame of the truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Counted from 1 at the film's rate; frames left out are missing.
    pub frame: u32,
    /// Everybody of whom the frame could show something.
    pub people: Vec<Shown>,
}

/// One person in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// The same in all frames.
    pub id: u32,
    /// The whole person as far as the frame reaches.
    pub bbox: BBox,
    /// How much of the person shows, 0–1: the rest is outside, or behind somebody or something.
    pub visible: f32,
}

impl Shown {
    /// Whether a detector could find this person at all.
    pub fn can_be_found(&self) -> bool {
        self.visible >= VISIBLE_MIN
    }
}

impl Moment {
    /// The truth as the MOTChallenge writes it, in pixels of a frame of this size.
    pub fn truth(&self, size: Size) -> impl Iterator<Item = MotBox> + use<'_> {
        let (across, down) = (f64::from(size.width), f64::from(size.height));
        self.people.iter().map(move |shown| {
            let [left, top, ..] = shown.bbox.corners().map(f64::from);
            MotBox {
                frame: self.frame,
                id: shown.id.into(),
                bbox: [
                    left * across,
                    top * down,
                    f64::from(shown.bbox.width()) * across,
                    f64::from(shown.bbox.height()) * down,
                ],
                confidence: 1.0,
                class: if shown.can_be_found() { 1 } else { DISTRACTOR },
            }
        })
    }
}

/// A piece of furniture that hides whoever is behind it.
struct Furniture {
    left: f32,
    right: f32,
    /// Where it stands on the floor, and how far up the frame it reaches.
    foot: f32,
    top: f32,
}

const SCREEN: Furniture = Furniture {
    left: 0.36,
    right: 0.62,
    foot: 0.72,
    top: 0.2,
};

impl Plan {
    /// The whole film.
    pub fn film(&self) -> Vec<Moment> {
        let mut dice = Dice::new(self.seed, u64::from(self.fps) << 8 | self.habit as u64);
        let walks = self.walks(&mut dice);
        let hides = matches!(self.habit, Habit::Hide | Habit::All);
        let mut left_out = LeftOut::default();
        let mut film = Vec::new();
        for index in 0..self.seconds * self.fps {
            let second = index as f32 / self.fps as f32;
            let here: Vec<(u32, [f32; 4])> = (1..)
                .zip(&walks)
                .filter_map(|(id, walk)| Some((id, walk.outline(second)?)))
                .collect();
            let moves = walks
                .iter()
                .any(|walk| walk.at(second).is_some_and(|at| at.1));
            if self.gated && left_out.leaves_out(second, moves, &mut dice) {
                continue;
            }
            film.push(Moment {
                frame: index + 1,
                people: shown(&here, hides.then_some(&SCREEN)),
            });
        }
        film
    }

    /// Everybody who comes in the course of the film.
    fn walks(&self, dice: &mut Dice) -> Vec<Walk> {
        let mut walks: Vec<Walk> = Vec::new();
        let end_s = self.seconds as f32;
        // In each place somebody comes soon after the one before has gone, which keeps the number in view.
        for place in 0..self.people {
            let mut second = place as f32 * dice.between(0.3, 1.2);
            while second < end_s {
                let walk = self.walk(second, dice);
                second = walk.end_s() + dice.between(0.2, 2.0);
                if self.groups(dice) {
                    let side = dice.between(0.7, 1.3);
                    walks.push(walk.beside([side, dice.between(-0.3, 0.3)], dice));
                }
                walks.push(walk);
            }
        }
        if self.gated {
            walks.retain(|_| dice.between(0.0, 1.0) < 0.8);
        }
        walks
    }

    fn groups(&self, dice: &mut Dice) -> bool {
        match self.habit {
            Habit::Group => dice.between(0.0, 1.0) < 0.7,
            Habit::All => dice.between(0.0, 1.0) < 0.2,
            _ => false,
        }
    }

    fn walk(&self, start_s: f32, dice: &mut Dice) -> Walk {
        let habit = match self.habit {
            Habit::All => [Habit::Cross, Habit::Hide, Habit::Stop, Habit::Cross][dice.below(4)],
            habit => habit,
        };
        let pace = dice.between(0.5, 0.95);
        let (from, to) = if dice.below(2) == 0 {
            (-0.15, 1.15)
        } else {
            (1.15, -0.15)
        };
        let depth = match habit {
            Habit::Hide => dice.between(0.52, 0.68),
            _ => dice.between(0.55, 0.98),
        };
        let after = depth + dice.between(-0.08, 0.08);
        let middle = dice.between(0.25, 0.75);
        let behind = dice.between(0.46, 0.52);
        let pause_s = dice.between(1.0, 4.0);
        let door = [dice.between(0.15, 0.3), 0.5];
        let places: Vec<([f32; 2], f32)> = match (habit, dice.below(4)) {
            (Habit::Hide, 0) => vec![
                ([from, depth], 0.0),
                ([behind, depth], 0.6),
                ([from, depth], 0.0),
            ],
            (Habit::Stop, 0) => vec![
                ([from, depth], 0.0),
                ([middle, depth], 0.0),
                ([from, after], 0.0),
            ],
            (Habit::Stop, 1) => vec![
                ([from, depth], 0.0),
                ([middle, after], pause_s),
                ([from, depth], 0.0),
            ],
            (Habit::Stop, _) => vec![
                ([from, depth], 0.0),
                ([middle, after], pause_s),
                ([to, after], 0.0),
            ],
            (Habit::Cross, 0) => vec![(door, 0.0), ([middle, depth], 0.0), ([middle, 1.3], 0.0)],
            _ => vec![([from, depth], 0.0), ([to, after], 0.0)],
        };
        Walk::through(start_s, &places, pace, dice)
    }
}

/// Everybody in the frame and how much shows, given who and what is nearer: whose feet are lower in the frame.
fn shown(here: &[(u32, [f32; 4])], furniture: Option<&Furniture>) -> Vec<Shown> {
    let visible = |outline: &[f32; 4]| {
        let free = grid(outline).filter(|&point| {
            let in_frame = point.iter().all(|v| (0.0..=1.0).contains(v));
            let nearer = here.iter().filter(|(_, other)| other[3] > outline[3]);
            let behind = furniture.is_some_and(|one| one.hides(point, outline[3]));
            in_frame && !behind && nearer.into_iter().all(|(_, other)| !body(other, point))
        });
        free.count() as f32 / (GRID[0] * GRID[1]) as f32
    };
    let person = |(id, outline): &(u32, [f32; 4])| {
        let [x1, y1, x2, y2] = *outline;
        Some(Shown {
            id: *id,
            bbox: BBox::clipped(x1, y1, x2, y2)?,
            visible: visible(outline),
        })
    };
    here.iter().filter_map(person).collect()
}

fn grid(outline: &[f32; 4]) -> impl Iterator<Item = [f32; 2]> {
    let [x1, y1, x2, y2] = *outline;
    let along = |from: f32, to: f32, step: usize, steps: usize| {
        from + (to - from) * (step as f32 + 0.5) / steps as f32
    };
    (0..GRID[0]).flat_map(move |i| {
        (0..GRID[1]).map(move |j| [along(x1, x2, i, GRID[0]), along(y1, y2, j, GRID[1])])
    })
}

/// A body fills the middle of its box.
fn body(outline: &[f32; 4], [x, y]: [f32; 2]) -> bool {
    let [x1, y1, x2, y2] = *outline;
    let margin = 0.12 * (x2 - x1);
    (x1 + margin..=x2 - margin).contains(&x) && (y1..=y2).contains(&y)
}

impl Furniture {
    fn hides(&self, [x, y]: [f32; 2], foot: f32) -> bool {
        let beside = (self.left..=self.right).contains(&x);
        beside && foot < self.foot && (self.top..=self.foot).contains(&y)
    }
}

/// Which frames nobody looks at.
#[derive(Default)]
struct LeftOut {
    until_s: f32,
    still_since_s: Option<f32>,
}

impl LeftOut {
    fn leaves_out(&mut self, second: f32, moves: bool, dice: &mut Dice) -> bool {
        if second < self.until_s {
            return !(moves && self.still_since_s.is_some());
        }
        self.still_since_s = match moves {
            true => None,
            false => self.still_since_s.or(Some(second)),
        };
        let still_for = self.still_since_s.map_or(0.0, |since| second - since);
        if still_for > 0.5 {
            self.until_s = second + 1.0;
        } else if dice.between(0.0, 1.0) < 0.03 {
            self.until_s = second + dice.between(0.2, 0.7);
        }
        false
    }
}
