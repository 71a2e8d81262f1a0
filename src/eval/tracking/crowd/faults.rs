//! What a faulty detector makes of the truth.

use super::film::{Moment, Shown};
use crate::dice::Dice;
use crate::types::{BBox, Detection, Score};

/// Share of the people who could be found and are not, in each frame anew.
const MISSES: f32 = 0.15;

/// Each side of a box is off by this share of the box's own length, one standard deviation, and by up to twice as much more where
/// most of the person is hidden.
const JITTER: f32 = 0.04;

/// Frames with a box where nobody is.
const FALSE_BOXES: f32 = 0.25;

/// Of two boxes with more IoU the detector's own suppression leaves one.
const SUPPRESSED: f32 = 0.7;

/// A detector's faults, the same for the same seed.
pub struct Faults(Dice);

impl Faults {
    /// The faults of this seed.
    pub fn new(seed: u64) -> Self {
        Self(Dice::new(seed, 0xfa))
    }

    /// What is found in a frame: 15 % are missed, sides jitter by 4 %, scores fall as less shows, every fourth frame has a
    /// false box, and of two people nearly behind one another one is found.
    pub fn detections(&mut self, moment: &Moment) -> Vec<Detection> {
        let people = moment.people.iter().filter(|one| one.can_be_found());
        let mut found: Vec<Detection> = people.filter_map(|one| self.found(one)).collect();
        found.extend(self.nobody());
        found.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
        let mut left: Vec<Detection> = Vec::new();
        for one in found {
            if left
                .iter()
                .all(|kept| kept.bbox.iou(one.bbox) <= SUPPRESSED)
            {
                left.push(one);
            }
        }
        left
    }

    fn found(&mut self, shown: &Shown) -> Option<Detection> {
        let missed = self.0.between(0.0, 1.0) < MISSES;
        let off = JITTER * (1.0 + 2.0 * (1.0 - shown.visible));
        let [x1, y1, x2, y2] = shown.bbox.corners();
        let (width, height) = (x2 - x1, y2 - y1);
        let [left, top, right, bottom] =
            [width, height, width, height].map(|side| off * side * self.0.normal());
        let score = (0.45 + 0.4 * shown.visible + 0.1 * self.0.normal()).clamp(0.11, 0.98);
        let bbox = BBox::clipped(x1 + left, y1 + top, x2 + right, y2 + bottom)?;
        let score = Score::new(score)?;
        (!missed).then_some(Detection { bbox, score })
    }

    fn nobody(&mut self) -> Option<Detection> {
        let chance = self.0.between(0.0, 1.0);
        let [x, y, height] =
            [(0.0, 0.9), (0.0, 0.6), (0.15, 0.6)].map(|(from, to)| self.0.between(from, to));
        let score = Score::new(self.0.between(0.11, 0.7))?;
        let bbox = BBox::clipped(x, y, x + 0.22 * height, y + height)?;
        (chance < FALSE_BOXES).then_some(Detection { bbox, score })
    }
}
