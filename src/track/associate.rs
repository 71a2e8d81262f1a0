//! Which detection belongs to which track.

use crate::assignment;
use crate::track::kalman::Motion;
use crate::types::BBox;

/// Pairs of less IoU are not the same person.
const OVERLAP_MIN: f32 = 0.2;

/// A strong detection farther than this is somebody else: a squared distance in standard deviations.
const FAR: f32 = 7.0;

/// The same for a weak one, which is often furniture.
const WEAK_FAR: f32 = 6.0;

/// What all that speaks against a pair is measured in.
const SCALE: f32 = 40.0;

/// Boxes are grown by this many standard deviations of where the person may be, ...
const GROWTH: f32 = 1.0;

/// ... and by at most this many of their own sides: four sides are nobody's step.
const GROWTH_MAX: f32 = 1.5;

/// Grown boxes of less IoU are not the same person, ...
const REACH_MIN: f32 = 0.3;

/// ... nor are those that stand at different depths: less of their heights is shared.
const LEVEL_MIN: f32 = 0.6;

/// Similarity in steps of which the assignment counts.
const STEPS: f32 = 1e6;

/// How well a strong detection fits a track; 0 for a pair that must not be.
///
/// The likelihood of the filter's innovation, not IoU alone: in a group the neighbour's box overlaps the missed person's,
/// and only the distance in deviations tells that nobody steps aside that fast.
pub fn fitting(motion: &Motion, detection: BBox) -> f32 {
    fit(motion, detection, FAR)
}

/// The same for a weak detection.
pub fn fitting_weakly(motion: &Motion, detection: BBox) -> f32 {
    fit(motion, detection, WEAK_FAR)
}

/// By nothing but the IoU with what shows of the track. For whoever is coming in through the edge: a detector sees a leg and
/// what stands behind it, then half of that, and the innovation of such boxes says nothing.
pub fn overlapping(motion: &Motion, detection: BBox) -> f32 {
    let similarity = motion.bbox().iou(detection);
    if similarity >= OVERLAP_MIN {
        similarity
    } else {
        0.0
    }
}

fn fit(motion: &Motion, detection: BBox, far: f32) -> f32 {
    let surprise = motion.surprise(detection);
    let shown = motion.outline().map(|side| side.clamp(0.0, 1.0));
    if surprise.distance > far || iou(shown, detection.corners()) < OVERLAP_MIN {
        return 0.0;
    }
    let against = surprise.distance + surprise.doubt;
    (1.0 - against / SCALE).clamp(1.0 / STEPS, 1.0)
}

/// How alike they are when both are grown by how far the person may have moved unforeseen: the buffered IoU of C-BIoU
/// (arXiv:2211.14317), with the filter's own doubt as the buffer. A box seen once, half a second ago, reaches far, and one
/// followed steadily hardly further than itself.
pub fn within_reach(motion: &Motion, detection: BBox) -> f32 {
    let (doubt_x, doubt_y) = motion.doubt();
    let predicted = motion.outline();
    let [x1, y1, x2, y2] = predicted;
    let grow_x = (GROWTH * doubt_x).min(GROWTH_MAX * (x2 - x1).max(detection.width()));
    let grow_y = (GROWTH * doubt_y).min(GROWTH_MAX * (y2 - y1).max(detection.height()));
    let similarity = iou(
        grown(predicted, grow_x, grow_y),
        grown(detection.corners(), grow_x, grow_y),
    );
    if similarity < REACH_MIN || level(predicted, detection) < LEVEL_MIN {
        return 0.0;
    }
    similarity
}

/// Share of the heights of two boxes that is common to both, after Hybrid-SORT (arXiv:2308.00783): a person's feet and head
/// tell how far away they stand.
fn level(predicted: [f32; 4], detection: BBox) -> f32 {
    let [_, top, _, bottom] = predicted.map(|side| side.clamp(0.0, 1.0));
    let [_, y1, _, y2] = detection.corners();
    (bottom.min(y2) - top.max(y1)).max(0.0) / (bottom.max(y2) - top.min(y1))
}

/// Pairs rows with columns, each at most once, so that the sum of their similarity is greatest. Similarity is 0–1, and
/// pairs of 0 are never made.
pub fn pair(
    rows: usize,
    columns: usize,
    similarity: impl Fn(usize, usize) -> f32,
) -> Vec<(usize, usize)> {
    let steps = |row, column| (similarity(row, column) * STEPS) as i64;
    assignment::pairs(rows, columns, steps)
}

fn grown([x1, y1, x2, y2]: [f32; 4], by_x: f32, by_y: f32) -> [f32; 4] {
    [x1 - by_x, y1 - by_y, x2 + by_x, y2 + by_y]
}

/// Of corners that may be beyond the frame.
fn iou(a: [f32; 4], b: [f32; 4]) -> f32 {
    let area = |[x1, y1, x2, y2]: [f32; 4]| (x2 - x1) * (y2 - y1);
    let width = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let height = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    let shared = width * height;
    if shared <= 0.0 {
        return 0.0;
    }
    shared / (area(a) + area(b) - shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn table(rows: &[[f32; 3]]) -> Vec<(usize, usize)> {
        pair(rows.len(), 3, |row, column| rows[row][column])
    }

    #[test]
    fn the_greatest_sum_wins_over_the_greatest_pair() {
        assert_eq!(table(&[[0.9, 0.8, 0.0], [0.8, 0.1, 0.0]]), [(0, 1), (1, 0)]);
    }

    #[test]
    fn pairs_of_nothing_are_not_made() {
        assert_eq!(table(&[[0.0, 0.0, 0.0], [0.0, 0.0, 0.3]]), [(1, 2)]);
        assert_eq!(pair(0, 3, |_, _| 1.0), []);
        assert_eq!(pair(3, 0, |_, _| 1.0), []);
    }

    #[test]
    fn a_box_seen_once_reaches_further_the_longer_ago_it_was() {
        let at = |x: f32| BBox::clipped(x, 0.3, x + 0.1, 0.7).expect("has an area");
        let reaches = |after_ms: u64, distance: f32| {
            let mut motion = Motion::new(at(0.2));
            motion.predict(Duration::from_millis(after_ms));
            within_reach(&motion, at(0.2 + distance)) > 0.0
        };
        assert!(reaches(500, 0.15), "somebody hurrying, seen twice a second");
        assert!(!reaches(50, 0.2), "nobody is that fast");
        assert!(!reaches(2000, 0.5), "nobody steps across the room");
    }

    proptest! {
        #[test]
        fn nothing_is_paired_twice(weights in prop::collection::vec(prop::collection::vec(0.0f32..1.0, 7), 0..12)) {
            let pairs = pair(weights.len(), 7, |row, column| weights[row][column]);
            for (i, a) in pairs.iter().enumerate() {
                prop_assert!(pairs[i + 1..].iter().all(|b| a.0 != b.0 && a.1 != b.1));
            }
        }
    }
}
