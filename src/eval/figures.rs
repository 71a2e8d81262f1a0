//! Average precision as COCO counts it: 101 points of recall, ten IoU thresholds, a hundred boxes a picture.

use super::matching::{AreaRange, FOUND_MAX, Verdict, ignored, verdicts};
use super::{Found, Person};

const ALL: AreaRange = AreaRange(0.0, 1e10);
const SMALL: AreaRange = AreaRange(0.0, 1024.0);
const MEDIUM: AreaRange = AreaRange(1024.0, 9216.0);
const LARGE: AreaRange = AreaRange(9216.0, 1e10);

/// COCO's figures of one class in percent; `None` where nobody was labelled.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Figures {
    /// Average precision over IoU 0.50 to 0.95.
    pub ap: Option<f64>,
    /// Average precision at IoU 0.50.
    pub ap50: Option<f64>,
    /// Average precision at IoU 0.75.
    pub ap75: Option<f64>,
    /// Of people below 32×32 pixels.
    pub ap_small: Option<f64>,
    /// Of people between 32×32 and 96×96 pixels.
    pub ap_medium: Option<f64>,
    /// Of people above 96×96 pixels.
    pub ap_large: Option<f64>,
    /// Average recall over IoU 0.50 to 0.95.
    pub ar: Option<f64>,
}

/// The figures of `pictures`, each with its labels and with what was found in it.
pub fn figures(pictures: &[(&[Person], Vec<Found>)]) -> Figures {
    let pictures: Vec<_> = pictures
        .iter()
        .map(|(people, found)| (*people, best_first(found)))
        .collect();
    // Thresholds and recalls are multiplied as `numpy.linspace` does: a recall that meets one exactly must count alike.
    let ious: Vec<f64> = (0..10)
        .map(|step| f64::from(step) * ((0.95 - 0.5) / 9.0) + 0.5)
        .collect();
    let over = |range| mean(ious.iter().map(|&iou| curve(&pictures, iou, range)));
    let (all, at) = (over(ALL), |iou| {
        percent(curve(&pictures, iou, ALL)).map(|(ap, _)| ap)
    });
    Figures {
        ap: all.map(|(ap, _)| ap),
        ap50: at(0.5),
        ap75: at(0.75),
        ap_small: over(SMALL).map(|(ap, _)| ap),
        ap_medium: over(MEDIUM).map(|(ap, _)| ap),
        ap_large: over(LARGE).map(|(ap, _)| ap),
        ar: all.map(|(_, ar)| ar),
    }
}

fn best_first(found: &[Found]) -> Vec<Found> {
    let mut found = found.to_vec();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(FOUND_MAX);
    found
}

fn mean(curves: impl Iterator<Item = Option<(f64, f64)>>) -> Option<(f64, f64)> {
    let curves: Vec<_> = curves.collect::<Option<_>>()?;
    let sum = curves
        .iter()
        .fold((0.0, 0.0), |sum, curve| (sum.0 + curve.0, sum.1 + curve.1));
    let count = curves.len() as f64;
    percent(Some((sum.0 / count, sum.1 / count)))
}

fn percent(curve: Option<(f64, f64)>) -> Option<(f64, f64)> {
    curve.map(|(ap, ar)| (100.0 * ap, 100.0 * ar))
}

/// Average precision and highest recall at one IoU; `None` when there is nobody to find.
fn curve(pictures: &[(&[Person], Vec<Found>)], iou: f64, range: AreaRange) -> Option<(f64, f64)> {
    let labels = pictures.iter().flat_map(|(people, _)| *people);
    let people = labels.filter(|person| !ignored(person, range)).count();
    if people == 0 {
        return None;
    }
    let mut judged: Vec<(f64, Verdict)> = Vec::new();
    for (people, found) in pictures {
        let verdicts = verdicts(people, found, iou, range);
        judged.extend(found.iter().map(|found| found.score).zip(verdicts));
    }
    judged.sort_by(|a, b| b.0.total_cmp(&a.0));
    Some(area_under(&judged, people as f64))
}

/// The mean, over the recalls 0.00 to 1.00, of the best precision at that recall or a higher one; and the highest recall.
fn area_under(judged: &[(f64, Verdict)], people: f64) -> (f64, f64) {
    let (mut right, mut wrong) = (0.0, 0.0);
    let mut points = Vec::new();
    for (_, verdict) in judged {
        match verdict {
            Verdict::Right => right += 1.0,
            Verdict::Wrong => wrong += 1.0,
            Verdict::Ignored => continue,
        }
        points.push((right / people, right / (right + wrong)));
    }
    for place in (1..points.len()).rev() {
        points[place - 1].1 = f64::max(points[place - 1].1, points[place].1);
    }
    let at = |recall: f64| {
        let place = points.partition_point(|point| point.0 < recall);
        points.get(place).map_or(0.0, |point| point.1)
    };
    let ap = (0..=100)
        .map(|step| at(f64::from(step) * 0.01))
        .sum::<f64>()
        / 101.0;
    (ap, points.last().map_or(0.0, |point| point.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(bbox: [f64; 4]) -> Person {
        Person {
            bbox,
            area: bbox[2] * bbox[3],
            crowd: false,
        }
    }

    fn found(bbox: [f64; 4], score: f64) -> Found {
        Found { bbox, score }
    }

    #[test]
    fn finding_everybody_exactly_is_a_hundred() {
        let people = [
            person([10.0, 10.0, 50.0, 100.0]),
            person([100.0, 10.0, 20.0, 20.0]),
        ];
        let boxes = people
            .iter()
            .map(|person| found(person.bbox, 0.9))
            .collect();
        let figures = figures(&[(&people, boxes), (&[], Vec::new())]);
        assert_eq!(figures.ap, Some(100.0));
        assert_eq!(figures.ar, Some(100.0));
        assert_eq!(
            (figures.ap_small, figures.ap_medium, figures.ap_large),
            (Some(100.0), Some(100.0), None)
        );
    }

    #[test]
    fn nobody_to_find_is_no_figure() {
        assert_eq!(
            figures(&[(&[], vec![found([0.0, 0.0, 9.0, 9.0], 0.5)])]).ap,
            None
        );
    }

    /// Two pictures, three people (one a crowd), five boxes. The expected figures are `pycocotools` 2.0.11's.
    #[test]
    fn figures_are_those_of_pycocotools() {
        let crowd = Person {
            crowd: true,
            ..person([200.0, 0.0, 100.0, 100.0])
        };
        let first = [person([10.0, 10.0, 50.0, 100.0]), crowd];
        let second = [
            person([0.0, 0.0, 40.0, 40.0]),
            person([60.0, 60.0, 20.0, 30.0]),
        ];
        let in_first = vec![
            found([12.0, 11.0, 50.0, 100.0], 0.9),
            found([210.0, 10.0, 30.0, 50.0], 0.8),
            found([400.0, 10.0, 30.0, 50.0], 0.7),
        ];
        let in_second = vec![
            found([0.0, 0.0, 40.0, 30.0], 0.6),
            found([61.0, 62.0, 20.0, 30.0], 0.3),
        ];
        let figures = figures(&[(&first, in_first), (&second, in_second)]);
        let found = [
            figures.ap,
            figures.ap50,
            figures.ap75,
            figures.ap_small,
            figures.ap_medium,
            figures.ap_large,
            figures.ar,
        ];
        let expected = [
            Some(60.148514851485146),
            Some(83.41584158415841),
            Some(83.41584158415841),
            Some(60.0),
            Some(65.24752475247524),
            None,
            Some(70.0),
        ];
        for (found, expected) in found.into_iter().zip(expected) {
            let near = found
                .zip(expected)
                .is_some_and(|(a, b): (f64, f64)| (a - b).abs() < 1e-9);
            assert!(near || found == expected, "{found:?} is not {expected:?}");
        }
    }
}
