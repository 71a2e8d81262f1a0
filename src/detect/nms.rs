//! Non-maximum suppression: of boxes that show one person, the most certain stays.

use super::decode::Candidate;

/// Sorts `candidates` best first, drops each that overlaps a better one by more than `iou_max`, and keeps at most `keep`.
///
/// Greedy, as everybody does it; equal scores keep their order. Takes at most `candidates × keep` comparisons.
pub fn suppress(candidates: &mut Vec<Candidate>, iou_max: f32, keep: usize) {
    sort(candidates);
    let mut kept: usize = 0;
    for next in 0..candidates.len() {
        if kept == keep {
            break;
        }
        let candidate = candidates[next];
        let covered = candidates[..kept]
            .iter()
            .any(|better| iou(better, &candidate) > iou_max);
        if !covered {
            candidates[kept] = candidate;
            kept += 1;
        }
    }
    candidates.truncate(kept);
}

/// Sorts `candidates` best first.
pub fn sort(candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
}

/// Intersection over union, 0–1; 0 where neither has an area.
fn iou(a: &Candidate, b: &Candidate) -> f32 {
    let [ax1, ay1, ax2, ay2] = a.corners;
    let [bx1, by1, bx2, by2] = b.corners;
    let width = (ax2.min(bx2) - ax1.max(bx1)).max(0.0);
    let height = (ay2.min(by2) - ay1.max(by1)).max(0.0);
    let shared = width * height;
    let all = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - shared;
    if all > 0.0 { shared / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Score;
    use proptest::prelude::*;

    fn candidate((x, y, w, h, score): (f32, f32, f32, f32, f32)) -> Candidate {
        Candidate {
            corners: [x, y, x + w, y + h],
            score: Score::new(score).expect("is within 0–1"),
        }
    }

    fn crowd() -> impl Strategy<Value = Vec<Candidate>> {
        let one = (
            0.0f32..300.0,
            0.0f32..300.0,
            0.0f32..200.0,
            0.0f32..200.0,
            0.0f32..=1.0,
        );
        prop::collection::vec(one.prop_map(candidate), 0..60)
    }

    #[test]
    fn the_weaker_of_two_boxes_on_one_person_goes() {
        let weak = candidate((0.0, 0.0, 10.0, 20.0, 0.5));
        let strong = candidate((1.0, 0.0, 10.0, 20.0, 0.9));
        let apart = candidate((30.0, 0.0, 10.0, 20.0, 0.3));
        let mut candidates = vec![weak, apart, strong];
        suppress(&mut candidates, 0.6, 300);
        assert_eq!(candidates, [strong, apart]);
    }

    #[test]
    fn boxes_without_area_are_no_division_by_zero() {
        let mut candidates = vec![candidate((5.0, 5.0, 0.0, 0.0, 0.5)); 3];
        suppress(&mut candidates, 0.6, 2);
        assert_eq!(candidates.len(), 2);
    }

    proptest! {
        #[test]
        fn doing_it_twice_changes_nothing(mut crowd in crowd(), iou_max in 0.01f32..1.0) {
            suppress(&mut crowd, iou_max, 300);
            let once = crowd.clone();
            suppress(&mut crowd, iou_max, 300);
            prop_assert_eq!(crowd, once);
        }

        #[test]
        fn no_two_that_stay_overlap_and_the_best_comes_first(
            mut crowd in crowd(), iou_max in 0.01f32..1.0, keep in 0usize..80,
        ) {
            let best = crowd.iter().map(|c| c.score.get()).reduce(f32::max);
            suppress(&mut crowd, iou_max, keep);
            prop_assert!(crowd.len() <= keep);
            prop_assert!(keep == 0 || crowd.first().map(|c| c.score.get()) == best);
            prop_assert!(crowd.windows(2).all(|pair| pair[0].score >= pair[1].score));
            for (i, a) in crowd.iter().enumerate() {
                prop_assert!(crowd[..i].iter().all(|b| iou(a, b) <= iou_max));
            }
        }

        #[test]
        fn everything_dropped_is_covered_by_something_better(crowd in crowd(), iou_max in 0.01f32..1.0) {
            let mut kept = crowd.clone();
            suppress(&mut kept, iou_max, 300);
            for lost in crowd.iter().filter(|c| !kept.contains(c)) {
                prop_assert!(kept.iter().any(|b| b.score >= lost.score && iou(b, lost) > iou_max));
            }
        }
    }
}
