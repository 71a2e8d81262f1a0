//! Precision over recall at one IoU, as the score that is asked for falls.

use super::matching::{AreaRange, FOUND_MAX, Verdict, ignored, verdicts};
use super::{Found, Person};

/// Who was labelled in a picture, and what was found in it.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    people: &'a [Person],
    found: Vec<Found>,
}

impl<'a> Answer<'a> {
    /// The answer `found`, in any order, to a picture of `people`. Of the boxes the hundred best count, as in COCO.
    pub fn new(people: &'a [Person], mut found: Vec<Found>) -> Self {
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(FOUND_MAX);
        Self { people, found }
    }

    /// Everybody in the picture, crowds too.
    pub const fn people(&self) -> &'a [Person] {
        self.people
    }

    /// What was found, best first.
    pub fn found(&self) -> &[Found] {
        &self.found
    }
}

/// Precision over recall, from the highest score to the lowest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// One point for each box that counts.
    pub points: Vec<CurvePoint>,
}

/// What one gets who takes every box down to `score`. All three are 0–1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The lowest score that is taken.
    pub score: f64,
    /// Share of the people that are found.
    pub recall: f64,
    /// Share of the boxes that are people.
    pub precision: f64,
}

impl Curve {
    /// The curve of `answers` at an IoU of `iou`; `None` when there is nobody to find.
    pub(super) fn new(answers: &[Answer<'_>], iou: f64, range: AreaRange) -> Option<Self> {
        let labels = answers.iter().flat_map(Answer::people);
        let people = labels.filter(|person| !ignored(person, range)).count();
        if people == 0 {
            return None;
        }
        let mut judged: Vec<(f64, Verdict)> = Vec::new();
        for Answer { people, found } in answers {
            let verdicts = verdicts(people, found, iou, range);
            judged.extend(found.iter().map(|found| found.score).zip(verdicts));
        }
        judged.sort_by(|a, b| b.0.total_cmp(&a.0));
        Some(Self::of(&judged, people as f64))
    }

    fn of(judged: &[(f64, Verdict)], people: f64) -> Self {
        let (mut right, mut wrong) = (0.0, 0.0);
        let mut points = Vec::new();
        for &(score, verdict) in judged {
            match verdict {
                Verdict::Right => right += 1.0,
                Verdict::Wrong => wrong += 1.0,
                Verdict::Ignored => continue,
            }
            points.push(CurvePoint {
                score,
                recall: right / people,
                precision: right / (right + wrong),
            });
        }
        Self { points }
    }

    /// The mean, over the recalls 0.00 to 1.00, of the best precision at that recall or a higher one.
    pub fn average_precision(&self) -> f64 {
        let mut best: Vec<f64> = self.points.iter().map(|point| point.precision).collect();
        for place in (1..best.len()).rev() {
            best[place - 1] = best[place - 1].max(best[place]);
        }
        let at = |recall: f64| {
            let place = self.points.partition_point(|point| point.recall < recall);
            best.get(place).copied().unwrap_or(0.0)
        };
        let sum: f64 = (0..=100).map(|step| at(f64::from(step) * 0.01)).sum();
        sum / 101.0
    }

    /// The highest recall, with every box taken.
    pub fn highest_recall(&self) -> f64 {
        self.points.last().map_or(0.0, |point| point.recall)
    }
}
