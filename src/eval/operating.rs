//! What a user gets who takes every box from a threshold up: precision, recall, and false boxes in empty pictures.

use super::curve::Answer;
use super::figures::ALL;
use super::matching::{Verdict, ignored, verdicts};
use crate::types::Score;

/// The IoU from which a box shows the person: the usual one, and enough to tell where somebody stands.
pub const IOU: f64 = 0.5;

/// What is right and wrong at one threshold. Shares are in percent, and `None` where there is nothing to take a share of.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct AtThreshold {
    /// Boxes of a lower score are not taken.
    pub threshold: f64,
    /// The IoU from which a box shows the person.
    pub iou: f64,
    /// People that were found.
    pub right: usize,
    /// Boxes that show nobody, or somebody a second time.
    pub wrong: usize,
    /// People that were not found.
    pub missed: usize,
    /// Share of the boxes that are right.
    pub precision: Option<f64>,
    /// Share of the people that were found.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// Pictures in which nobody is.
    pub without_people: WithoutPeople,
}

/// False boxes in pictures that show nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct WithoutPeople {
    /// Pictures without any label.
    pub pictures: usize,
    /// Those in which a box was found.
    pub with_false_box: usize,
    /// The share of these, in percent.
    pub share: Option<f64>,
}

impl AtThreshold {
    /// What is right and wrong in `answers` from `threshold` up.
    pub fn of(answers: &[Answer<'_>], threshold: Score) -> Self {
        let threshold = f64::from(threshold.get());
        let (mut right, mut wrong, mut people) = (0, 0, 0);
        for answer in answers {
            let labels = answer.people();
            people += labels.iter().filter(|one| !ignored(one, ALL)).count();
            // Matching is greedy from the best box on, so weaker boxes would change nothing about these.
            let taken = answer.found().partition_point(|one| one.score >= threshold);
            for verdict in verdicts(labels, &answer.found()[..taken], IOU, ALL) {
                right += usize::from(verdict == Verdict::Right);
                wrong += usize::from(verdict == Verdict::Wrong);
            }
        }
        Self {
            threshold,
            iou: IOU,
            right,
            wrong,
            missed: people - right,
            precision: percent(right, right + wrong),
            recall: percent(right, people),
            f1: percent(2 * right, right + wrong + people),
            without_people: WithoutPeople::of(answers, threshold),
        }
    }
}

impl WithoutPeople {
    fn of(answers: &[Answer<'_>], threshold: f64) -> Self {
        let empty = answers.iter().filter(|answer| answer.people().is_empty());
        let best = empty.map(|answer| answer.found().first().map_or(0.0, |best| best.score));
        let best: Vec<f64> = best.collect();
        let with_false_box = best.iter().filter(|best| **best >= threshold).count();
        Self {
            pictures: best.len(),
            with_false_box,
            share: percent(with_false_box, best.len()),
        }
    }
}

fn percent(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Found, Person};

    fn found(left: f64, score: f64) -> Found {
        let bbox = [left, 0.0, 10.0, 10.0];
        Found { bbox, score }
    }

    fn person(left: f64, crowd: bool) -> Person {
        Person {
            bbox: [left, 0.0, 10.0, 10.0],
            area: 100.0,
            crowd,
        }
    }

    fn at(threshold: f32, answers: &[Answer<'_>]) -> AtThreshold {
        AtThreshold::of(answers, Score::new(threshold).expect("is a score"))
    }

    #[test]
    fn boxes_from_the_threshold_up_are_right_or_wrong() {
        let people = [
            person(0.0, false),
            person(100.0, false),
            person(200.0, true),
        ];
        let boxes = vec![
            found(0.0, 0.9),
            found(1.0, 0.8),
            found(300.0, 0.5),
            found(200.0, 0.7),
            found(100.0, 0.375),
        ];
        let answers = [Answer::new(&people, boxes)];
        let strict = at(0.5, &answers);
        assert_eq!((strict.right, strict.wrong, strict.missed), (1, 2, 1));
        assert_eq!(strict.recall, Some(50.0));
        assert_eq!(strict.f1, Some(40.0));
        let loose = at(0.375, &answers);
        assert_eq!((loose.right, loose.wrong, loose.missed), (2, 2, 0));
        assert_eq!(loose.precision, Some(50.0));
    }

    #[test]
    fn pictures_without_people_have_a_false_box_or_none() {
        let people = [person(0.0, true)];
        let answers = [
            Answer::new(&[], vec![found(0.0, 0.6)]),
            Answer::new(&[], vec![found(0.0, 0.3)]),
            Answer::new(&[], Vec::new()),
            Answer::new(&people, vec![found(50.0, 0.9)]),
        ];
        let empty = at(0.5, &answers).without_people;
        assert_eq!((empty.pictures, empty.with_false_box), (3, 1));
    }

    #[test]
    fn shares_of_nothing_are_none() {
        let none = at(0.5, &[Answer::new(&[], Vec::new())]);
        assert_eq!((none.precision, none.recall, none.f1), (None, None, None));
        assert_eq!(none.without_people.share, Some(0.0));
    }
}
