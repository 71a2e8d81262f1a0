//! Which of the found boxes are people, in one picture and at one IoU: COCO's greedy matching.

use super::{Found, Person};

/// No more boxes of a picture than this count, as in COCO.
pub const FOUND_MAX: usize = 100;

/// What became of a found box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is a person that no better box had found.
    Right,
    /// It is nobody, or somebody already found.
    Wrong,
    /// It is a crowd, or not of the size in question.
    Ignored,
}

/// Sizes of people in square pixels; the lower bound and the upper belong to it.
#[derive(Clone, Copy, Debug)]
pub struct AreaRange(pub f64, pub f64);

impl AreaRange {
    /// Whether a box of this area counts.
    pub fn contains(self, area: f64) -> bool {
        (self.0..=self.1).contains(&area)
    }
}

/// Whether a label neither counts as missed nor makes what finds it right.
pub fn ignored(person: &Person, range: AreaRange) -> bool {
    person.crowd || !range.contains(person.area)
}

/// The verdicts on `found`, which comes best first, in its order.
///
/// Each box in turn takes the person it overlaps most who is still free; only when there is none that counts, one that is
/// ignored. A crowd takes any number.
pub fn verdicts(
    people: &[Person],
    found: &[Found],
    iou_min: f64,
    range: AreaRange,
) -> Vec<Verdict> {
    let mut order: Vec<&Person> = people.iter().collect();
    order.sort_by_key(|person| ignored(person, range));
    let mut taken = vec![false; order.len()];
    let verdict = |found: &Found| {
        let Some(place) = best(&order, &taken, found, iou_min, range) else {
            let [_, _, width, height] = found.bbox;
            return match range.contains(width * height) {
                true => Verdict::Wrong,
                false => Verdict::Ignored,
            };
        };
        taken[place] = true;
        match ignored(order[place], range) {
            true => Verdict::Ignored,
            false => Verdict::Right,
        }
    };
    found.iter().map(verdict).collect()
}

fn best(
    people: &[&Person],
    taken: &[bool],
    found: &Found,
    iou_min: f64,
    range: AreaRange,
) -> Option<usize> {
    let mut best = None;
    let mut best_iou = iou_min.min(1.0 - 1e-10);
    for (place, person) in people.iter().enumerate() {
        if taken[place] && !person.crowd {
            continue;
        }
        if best.is_some_and(|best: usize| !ignored(people[best], range)) && ignored(person, range) {
            break;
        }
        let iou = iou(found.bbox, person);
        if iou >= best_iou {
            (best, best_iou) = (Some(place), iou);
        }
    }
    best
}

/// Intersection over union; for a crowd, over the found box alone.
fn iou([x, y, w, h]: [f64; 4], person: &Person) -> f64 {
    let [px, py, pw, ph] = person.bbox;
    let width = (x + w).min(px + pw) - x.max(px);
    let height = (y + h).min(py + ph) - y.max(py);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let shared = width * height;
    let all = if person.crowd {
        w * h
    } else {
        w * h + pw * ph - shared
    };
    shared / all
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: AreaRange = AreaRange(0.0, 1e10);

    fn person(bbox: [f64; 4], crowd: bool) -> Person {
        Person {
            bbox,
            area: bbox[2] * bbox[3],
            crowd,
        }
    }

    fn found(bbox: [f64; 4]) -> Found {
        Found { bbox, score: 0.5 }
    }

    #[test]
    fn a_person_is_found_once() {
        let people = [person([0.0, 0.0, 10.0, 10.0], false)];
        let boxes = [found([0.0, 0.0, 10.0, 9.0]), found([0.0, 0.0, 10.0, 10.0])];
        assert_eq!(
            verdicts(&people, &boxes, 0.5, ALL),
            [Verdict::Right, Verdict::Wrong]
        );
    }

    #[test]
    fn a_crowd_takes_everybody_in_it_and_counts_for_nobody() {
        let people = [
            person([0.0, 0.0, 100.0, 100.0], true),
            person([0.0, 0.0, 10.0, 10.0], false),
        ];
        let boxes = [
            found([0.0, 0.0, 10.0, 10.0]),
            found([50.0, 50.0, 10.0, 10.0]),
            found([70.0, 70.0, 10.0, 10.0]),
            found([200.0, 0.0, 10.0, 10.0]),
        ];
        let expected = [
            Verdict::Right,
            Verdict::Ignored,
            Verdict::Ignored,
            Verdict::Wrong,
        ];
        assert_eq!(verdicts(&people, &boxes, 0.5, ALL), expected);
    }

    #[test]
    fn sizes_out_of_range_do_not_count() {
        let people = [person([0.0, 0.0, 10.0, 10.0], false)];
        let boxes = [
            found([0.0, 0.0, 10.0, 10.0]),
            found([50.0, 0.0, 10.0, 10.0]),
        ];
        let large = AreaRange(1000.0, 1e10);
        assert_eq!(
            verdicts(&people, &boxes, 0.5, large),
            [Verdict::Ignored, Verdict::Ignored]
        );
    }
}
