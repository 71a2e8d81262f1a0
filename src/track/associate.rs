//! Which detection belongs to which track.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use crate::track::kalman::Motion;
use crate::types::BBox;

/// Pairs of less IoU are not the same person.
const OVERLAP_MIN: f32 = 0.2;

/// Pairs of a track with a weak detection need more: weak boxes are often furniture.
const WEAK_OVERLAP_MIN: f32 = 0.4;

/// Boxes are grown by at most this many of their own sides: four sides are nobody's step.
const GROWTH_MAX: f32 = 1.5;

/// Similarity in steps of which the assignment counts.
const STEPS: f32 = 1e6;

/// How alike a predicted box and a strong detection are, by their IoU; 0 for a pair that must not be.
pub fn overlapping(motion: &Motion, detection: BBox) -> f32 {
    at_least(OVERLAP_MIN, motion.bbox().iou(detection))
}

/// The same for a weak detection.
pub fn overlapping_weakly(motion: &Motion, detection: BBox) -> f32 {
    at_least(WEAK_OVERLAP_MIN, motion.bbox().iou(detection))
}

/// How alike they are when both are grown by how far the person may have moved unforeseen: the buffered IoU of C-BIoU
/// (arXiv:2211.14317), with the filter's own doubt as the buffer. A box seen once, half a second ago, reaches far, and one
/// followed steadily hardly further than itself.
pub fn within_reach(motion: &Motion, detection: BBox) -> f32 {
    let (doubt_x, doubt_y) = motion.doubt();
    let predicted = motion.bbox();
    let grow_x = doubt_x.min(GROWTH_MAX * predicted.width().max(detection.width()));
    let grow_y = doubt_y.min(GROWTH_MAX * predicted.height().max(detection.height()));
    let similarity = iou(
        grown(predicted, grow_x, grow_y),
        grown(detection, grow_x, grow_y),
    );
    at_least(OVERLAP_MIN, similarity)
}

/// Pairs rows with columns, each at most once, so that the sum of their similarity is greatest. Similarity is 0–1, and
/// pairs of 0 are never made.
pub fn pair(
    rows: usize,
    columns: usize,
    similarity: impl Fn(usize, usize) -> f32,
) -> Vec<(usize, usize)> {
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    let weights = Matrix::from_fn(rows, columns, |(row, column)| {
        (similarity(row, column) * STEPS) as i64
    });
    let assigned: Vec<(usize, usize)> = if rows <= columns {
        kuhn_munkres(&weights).1.into_iter().enumerate().collect()
    } else {
        let rows_of_columns = kuhn_munkres(&weights.transposed()).1.into_iter();
        rows_of_columns
            .enumerate()
            .map(|(column, row)| (row, column))
            .collect()
    };
    assigned
        .into_iter()
        .filter(|&pair| weights[pair] > 0)
        .collect()
}

fn at_least(min: f32, similarity: f32) -> f32 {
    if similarity >= min { similarity } else { 0.0 }
}

/// The corners of a box that may reach beyond the frame.
fn grown(bbox: BBox, by_x: f32, by_y: f32) -> [f32; 4] {
    let [x1, y1, x2, y2] = bbox.corners();
    [x1 - by_x, y1 - by_y, x2 + by_x, y2 + by_y]
}

fn iou(a: [f32; 4], b: [f32; 4]) -> f32 {
    let area = |[x1, y1, x2, y2]: [f32; 4]| (x2 - x1) * (y2 - y1);
    let width = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let height = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    let shared = width * height;
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
        assert!(reaches(500, 0.2), "somebody hurrying, seen twice a second");
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
