//! Whether a person crossed a line: one enum and one function.
//!
//! A foot point has crossed when it passed through the segment, not merely its extension, and then got clear of it. Until
//! it is clear it may still turn back, so somebody who walks along a line does not cross it with every step.

use crate::types::{Direction, Monotonic, Point, Segment, Size};

/// Side of a line, looking along it from `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// Where a person is, seen from one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Never clear of the line so far.
    Near,
    /// On this side, and clear of the line since it came here.
    On(Side),
    /// Past the line, but not yet clear of it.
    Over {
        /// The side it came from.
        from: Side,
        /// Whether it passed through the segment, and not around an end.
        through: bool,
        /// When it was first seen here.
        since: Monotonic,
    },
}

/// One sight of a foot point, seen from one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footing {
    /// Which side it is on.
    pub side: Side,
    /// Whether it is far enough from the line to have made up its mind.
    pub clear: bool,
    /// Whether the way from the sight before passed through the segment.
    pub through: bool,
}

/// A line was crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Which way.
    pub direction: Direction,
    /// When the foot point was first seen on its new side.
    pub at: Monotonic,
}

impl Walk {
    /// What becomes of the walk of a person seen at `now` with the foot point at `footing`.
    pub fn step(self, footing: Footing, now: Monotonic) -> (Self, Option<Crossing>) {
        let Footing {
            side,
            clear,
            through,
        } = footing;
        match self {
            Self::Near if clear => (Self::On(side), None),
            Self::Near => (Self::Near, None),
            Self::On(from) if side == from => (self, None),
            Self::On(from) => {
                let over = Self::Over {
                    from,
                    through,
                    since: now,
                };
                if clear {
                    over.step(footing, now)
                } else {
                    (over, None)
                }
            }
            Self::Over { from, .. } if side == from => (Self::On(from), None),
            Self::Over { through, since, .. } if clear => {
                let direction = side.reached_by();
                let crossing = through.then_some(Crossing {
                    direction,
                    at: since,
                });
                (Self::On(side), crossing)
            }
            Self::Over { .. } => (self, None),
        }
    }
}

impl Side {
    const fn reached_by(self) -> Direction {
        match self {
            Self::Right => Direction::In,
            Self::Left => Direction::Out,
        }
    }
}

impl Footing {
    /// The footing of a foot point that went from `before` to `now`, in a frame of `size`. It is clear of the line at
    /// `margin_px`.
    pub fn of(line: Segment, [before, now]: [Point; 2], size: Size, margin_px: f32) -> Self {
        let line = Line::new(line, size);
        let (before, now) = (pixels(before, size), pixels(now, size));
        let (distance_before, distance) = (line.distance(before), line.distance(now));
        let crosses = (distance_before > 0.0) != (distance > 0.0);
        Self {
            side: if distance > 0.0 {
                Side::Right
            } else {
                Side::Left
            },
            clear: distance.abs() >= margin_px,
            through: crosses && {
                let share = distance_before / (distance_before - distance);
                let on_line = [0, 1].map(|i| before[i] + share * (now[i] - before[i]));
                (0.0..=line.length).contains(&line.along(on_line))
            },
        }
    }
}

/// A segment in pixels, where distances are the same in every direction.
struct Line {
    from: [f32; 2],
    direction: [f32; 2],
    length: f32,
}

impl Line {
    fn new(segment: Segment, size: Size) -> Self {
        let (from, to) = (pixels(segment.from, size), pixels(segment.to, size));
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = dx.hypot(dy);
        Self {
            from,
            direction: [dx / length, dy / length],
            length,
        }
    }

    /// Distance from the line; positive to its right, because y points down.
    fn distance(&self, [x, y]: [f32; 2]) -> f32 {
        self.direction[0] * (y - self.from[1]) - self.direction[1] * (x - self.from[0])
    }

    /// How far along the line the foot of the perpendicular lies.
    fn along(&self, [x, y]: [f32; 2]) -> f32 {
        self.direction[0] * (x - self.from[0]) + self.direction[1] * (y - self.from[1])
    }
}

fn pixels(point: Point, size: Size) -> [f32; 2] {
    [point.x * size.width as f32, point.y * size.height as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(1000, 500);
    const MARGIN_PX: f32 = 10.0;

    /// Left to right across the middle of the picture.
    const ACROSS: Segment = Segment {
        from: Point { x: 0.2, y: 0.5 },
        to: Point { x: 0.8, y: 0.5 },
    };

    /// Walks through the points, in pixels, a second each; gives the crossings of `line`.
    fn crossings(line: Segment, path_px: &[(f32, f32)]) -> Vec<(Direction, u64)> {
        let mut walk = Walk::Near;
        let mut before = None;
        let mut crossings = Vec::new();
        for (i, (x, y)) in path_px.iter().enumerate() {
            let now = Point {
                x: x / SIZE.width as f32,
                y: y / SIZE.height as f32,
            };
            let way = [before.replace(now).unwrap_or(now), now];
            let at = Monotonic::from_millis(i as u64 * 1000);
            let (next, crossing) = walk.step(Footing::of(line, way, SIZE, MARGIN_PX), at);
            walk = next;
            crossings.extend(crossing.map(|c| (c.direction, c.at.since_boot().as_secs())));
        }
        crossings
    }

    #[test]
    fn lines_are_crossed_through_the_segment_and_clear_of_it() {
        use Direction::{In, Out};
        type Case<'a> = (&'a str, &'a [(f32, f32)], &'a [(Direction, u64)]);
        let cases: [Case; 9] = [
            ("down is in", &[(500.0, 200.0), (500.0, 300.0)], &[(In, 1)]),
            ("up is out", &[(500.0, 300.0), (500.0, 200.0)], &[(Out, 1)]),
            (
                "dated to the first sight on the new side",
                &[(500.0, 200.0), (500.0, 255.0), (500.0, 262.0)],
                &[(In, 1)],
            ),
            ("past the end", &[(900.0, 200.0), (900.0, 300.0)], &[]),
            (
                "around the end and back through the segment",
                &[
                    (900.0, 200.0),
                    (900.0, 300.0),
                    (500.0, 300.0),
                    (500.0, 200.0),
                ],
                &[(Out, 3)],
            ),
            (
                "trembling on the line",
                &[
                    (500.0, 200.0),
                    (510.0, 255.0),
                    (520.0, 245.0),
                    (530.0, 256.0),
                    (540.0, 244.0),
                ],
                &[],
            ),
            (
                "trembling, then over",
                &[
                    (500.0, 200.0),
                    (510.0, 255.0),
                    (520.0, 245.0),
                    (530.0, 256.0),
                    (540.0, 270.0),
                ],
                &[(In, 3)],
            ),
            (
                "along the line, then past its end",
                &[
                    (300.0, 200.0),
                    (400.0, 245.0),
                    (850.0, 245.0),
                    (870.0, 300.0),
                ],
                &[],
            ),
            (
                "first seen on the line",
                &[(500.0, 251.0), (500.0, 300.0)],
                &[],
            ),
        ];
        for (name, path, expected) in cases {
            assert_eq!(crossings(ACROSS, path), expected, "{name}");
        }
    }

    #[test]
    fn a_line_without_a_length_is_never_crossed() {
        let point = Point { x: 0.5, y: 0.5 };
        let line = Segment {
            from: point,
            to: point,
        };
        assert_eq!(crossings(line, &[(500.0, 200.0), (500.0, 300.0)]), []);
    }
}
