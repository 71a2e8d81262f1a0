//! What the edge of the frame does to a box: it cuts off what is beyond, people come in through it, and they leave through it.

use crate::track::kalman::Motion;
use crate::types::BBox;

/// A side so near to the frame's edge is cut by it.
const CUT: f32 = 0.01;

/// Who is first seen so near to the left or right edge has just come in.
const ENTERING: f32 = 0.015;

/// Who shows less than this share, by where they must be by now, is leaving.
const INSIDE_MIN: f32 = 0.5;

/// Speeds outwards from which somebody who reaches the edge is leaving: body widths a second sideways, and body heights a
/// second downwards, which is towards the camera.
const OUTWARDS: (f32, f32) = (0.3, 0.025);

/// How near to the edge that is, in body widths or heights.
const NEAR: f32 = 0.15;

/// A stretch of a box along one axis: its middle and its length.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// The middle, which may be beyond the frame.
    pub middle: f32,
    /// The length.
    pub length: f32,
    /// Whether one end of it is beyond the frame, so that the middle is a guess.
    pub cut: bool,
}

/// The stretches in x and y of the whole person of whom `bbox` shows what the frame has not cut off, when a person is
/// `usual` long: the side that shows is where it is, and the other one beyond the frame. A box cut on both sides is as it
/// is.
pub fn whole(bbox: BBox, usual: (f32, f32)) -> (Stretch, Stretch) {
    let [x1, y1, x2, y2] = bbox.corners();
    (uncut(x1, x2, usual.0), uncut(y1, y2, usual.1))
}

fn uncut(from: f32, to: f32, usual: f32) -> Stretch {
    let length = (to - from).max(usual);
    match (from < CUT, to > 1.0 - CUT) {
        (true, false) => Stretch {
            middle: to - length / 2.0,
            length,
            cut: true,
        },
        (false, true) => Stretch {
            middle: from + length / 2.0,
            length,
            cut: true,
        },
        _ => Stretch {
            middle: (from + to) / 2.0,
            length: to - from,
            cut: false,
        },
    }
}

/// What of a box along one axis shows beside a detection: where the detection is cut, all of it; elsewhere what is inside
/// the frame.
pub fn beside(stretch: Stretch, detected: (f32, f32)) -> Stretch {
    let half = stretch.length / 2.0;
    let (from, to) = (stretch.middle - half, stretch.middle + half);
    if detected.0 < CUT || detected.1 > 1.0 - CUT {
        return stretch;
    }
    let (from, to) = (from.clamp(0.0, 1.0), to.clamp(0.0, 1.0));
    Stretch {
        middle: (from + to) / 2.0,
        length: to - from,
        cut: false,
    }
}

/// What of an estimate shows where it was just detected: along an axis on which the frame's edge cuts the detection, the free
/// side is where the detection has it. The estimate knows the whole person, of whom a shoulder may be left.
pub fn shown(estimate: BBox, detection: BBox) -> BBox {
    let ([ex1, ey1, ex2, ey2], [x1, y1, x2, y2]) = (estimate.corners(), detection.corners());
    let pick = |estimate: (f32, f32), detected: (f32, f32)| {
        if uncut(detected.0, detected.1, 0.0).cut {
            detected
        } else {
            estimate
        }
    };
    let (x, y) = (pick((ex1, ex2), (x1, x2)), pick((ey1, ey2), (y1, y2)));
    BBox::clipped(x.0, y.0, x.1, y.1).expect("made of two boxes")
}

/// Whether somebody first seen here has just come in through the left or right edge.
pub fn entering(bbox: BBox) -> bool {
    let [x1, _, x2, _] = bbox.corners();
    x1 < ENTERING || x2 > 1.0 - ENTERING
}

/// Whether somebody not seen now is on their way out: mostly beyond the edge by now, or at it and moving outwards. Who
/// merely stands there, cut off, is not.
pub fn leaving(motion: &Motion) -> bool {
    let outline = motion.outline();
    let [x1, _, x2, y2] = outline;
    let area = |[x1, y1, x2, y2]: [f32; 4]| (x2 - x1) * (y2 - y1);
    let inside = area(outline.map(|side| side.clamp(0.0, 1.0))) / area(outline);
    let (width, height) = motion.body();
    let (across, down) = motion.velocity();
    let left = x1 < NEAR * width && across < -OUTWARDS.0 * width;
    let right = x2 > 1.0 - NEAR * width && across > OUTWARDS.0 * width;
    let below = y2 > 1.0 - NEAR * height && down > OUTWARDS.1 * height;
    inside < INSIDE_MIN || left || right || below
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn bbox(x1: f32, y1: f32, x2: f32, y2: f32) -> BBox {
        BBox::clipped(x1, y1, x2, y2).expect("has an area")
    }

    #[test]
    fn a_cut_box_is_where_its_free_side_is_and_as_long_as_a_person() {
        let table = [
            (bbox(0.3, 0.2, 0.4, 0.6), (0.35, 0.1)),
            (bbox(0.0, 0.2, 0.04, 0.6), (-0.01, 0.1)),
            (bbox(0.97, 0.2, 1.0, 0.6), (1.02, 0.1)),
            (bbox(0.0, 0.2, 0.2, 0.6), (0.1, 0.2)),
            (bbox(0.0, 0.2, 1.0, 0.6), (0.5, 1.0)),
        ];
        for (bbox, (middle, length)) in table {
            let (x, y) = whole(bbox, (0.1, 0.4));
            let near = |a: f32, b: f32| (a - b).abs() < 1e-5;
            assert!(
                near(x.middle, middle) && near(x.length, length),
                "{bbox:?} {x:?}"
            );
            assert!(near(y.middle, 0.4) && near(y.length, 0.4), "{bbox:?} {y:?}");
        }
    }

    /// Somebody whose box moved by these ways a second for a second, ending at this left edge and foot.
    fn walked(speed: (f32, f32), left: f32, foot: f32) -> Motion {
        let at = |before_s: f32| {
            let (x, y) = (left - speed.0 * before_s, foot - speed.1 * before_s);
            bbox(x, y - 0.4, x + 0.1, y)
        };
        let mut motion = Motion::new(at(1.0));
        for step in 1..=10 {
            motion.predict(Duration::from_millis(100));
            motion.correct(at(1.0 - step as f32 / 10.0));
        }
        motion.predict(Duration::from_millis(100));
        motion
    }

    #[test]
    fn who_walks_out_is_leaving_and_who_stands_or_walks_in_is_not() {
        let table = [
            ("out to the right", walked((0.15, 0.0), 0.9, 0.8), true),
            ("out to the left", walked((-0.15, 0.0), 0.0, 0.8), true),
            (
                "out below, towards the camera",
                walked((0.0, 0.1), 0.5, 1.0),
                true,
            ),
            ("across the middle", walked((0.15, 0.0), 0.5, 0.8), false),
            ("in from the left", walked((0.12, 0.0), 0.05, 0.8), false),
            (
                "standing half outside",
                walked((0.0, 0.0), -0.03, 0.8),
                false,
            ),
            (
                "standing close to the camera",
                walked((0.0, 0.0), 0.5, 1.0),
                false,
            ),
        ];
        for (who, motion, expected) in table {
            assert_eq!(leaving(&motion), expected, "{who}");
        }
    }

    #[test]
    fn of_who_is_half_gone_only_what_is_left_is_told() {
        let (whole, left) = (bbox(0.9, 0.3, 1.0, 0.7), bbox(0.97, 0.35, 1.0, 0.65));
        assert_eq!(shown(whole, left), bbox(0.97, 0.3, 1.0, 0.7));
        let inside = bbox(0.4, 0.3, 0.5, 0.7);
        assert_eq!(shown(inside, bbox(0.41, 0.3, 0.5, 0.7)), inside);
    }

    #[test]
    fn people_enter_through_the_side_edges() {
        assert!(entering(bbox(0.0, 0.2, 0.05, 0.6)) && entering(bbox(0.9, 0.2, 1.0, 0.6)));
        assert!(!entering(bbox(0.5, 0.2, 0.6, 1.0)));
    }
}
