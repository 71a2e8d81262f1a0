use proptest::prelude::*;

use super::*;
use crate::eval::{Found, Person};

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

/// In the order in which `pycocotools` and `hotcoco` summarise them; these have AR for 1 and 10 boxes in between.
fn in_order(figures: &Figures) -> [Option<f64>; 10] {
    let Figures {
        ap,
        ap50,
        ap75,
        ap_small,
        ap_medium,
        ap_large,
        ar,
        ar_small,
        ar_medium,
        ar_large,
    } = *figures;
    [
        ap, ap50, ap75, ap_small, ap_medium, ap_large, ar, ar_small, ar_medium, ar_large,
    ]
}

fn near(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
        _ => found == expected,
    }
}

#[test]
fn finding_everybody_exactly_is_a_hundred() {
    let people = [
        person([10.0, 10.0, 50.0, 100.0]),
        person([100.0, 10.0, 20.0, 20.0]),
    ];
    let boxes = people.iter().map(|one| found(one.bbox, 0.9)).collect();
    let figures = Figures::of(&[Answer::new(&people, boxes), Answer::new(&[], Vec::new())]);
    assert_eq!(figures.ap, Some(100.0));
    assert_eq!(figures.ar, Some(100.0));
    assert_eq!(
        (figures.ap_small, figures.ap_medium, figures.ap_large),
        (Some(100.0), Some(100.0), None)
    );
}

#[test]
fn nobody_to_find_is_no_figure() {
    let wrong = vec![found([0.0, 0.0, 9.0, 9.0], 0.5)];
    assert_eq!(Figures::of(&[Answer::new(&[], wrong)]).ap, None);
}

/// Two pictures, four labels (one a crowd), five boxes. The expected figures are `pycocotools` 2.0.11's.
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
    let figures = Figures::of(&[
        Answer::new(&first, in_first),
        Answer::new(&second, in_second),
    ]);
    let expected = [
        Some(60.148514851485146),
        Some(83.41584158415841),
        Some(83.41584158415841),
        Some(60.0),
        Some(65.24752475247524),
        None,
        Some(70.0),
        Some(60.0),
        Some(75.0),
        None,
    ];
    for (found, expected) in in_order(&figures).into_iter().zip(expected) {
        assert!(near(found, expected), "{found:?} is not {expected:?}");
    }
}

/// The crate `hotcoco` as an independent judge; it is bit for bit `pycocotools`.
mod against_hotcoco {
    use hotcoco::params::IouType;
    use hotcoco::types::{Annotation, Dataset};
    use hotcoco::{COCO, COCOeval};
    use serde_json::{Value, json};

    use super::*;

    /// Where the figures of [`in_order`] stand among hotcoco's twelve.
    const PLACES: [usize; 10] = [0, 1, 2, 3, 4, 5, 8, 9, 10, 11];

    pub fn figures(pictures: &[(Vec<Person>, Vec<Found>)]) -> [Option<f64>; 10] {
        let (mut images, mut labels, mut results) = (Vec::new(), Vec::new(), Vec::new());
        for (image, (people, found)) in (1..).zip(pictures) {
            images.push(json!({"id": image, "width": 640, "height": 640, "file_name": ""}));
            labels.extend(people.iter().map(|person| label(image, person)));
            results.extend(found.iter().map(|found| result(image, found)));
        }
        for (id, label) in (1..).zip(&mut labels) {
            label["id"] = json!(id);
        }
        let truth: Dataset = serde_json::from_value(json!({
            "images": images, "annotations": labels, "categories": [{"id": 1, "name": "person"}],
        }))
        .expect("is COCO's format");
        let truth = COCO::from_dataset(truth);
        let results: Vec<Annotation> =
            serde_json::from_value(results.into()).expect("is COCO's format");
        let results = truth.load_res_anns(results).expect("fits the labels");
        let mut judge = COCOeval::new(truth, results, IouType::Bbox);
        judge.evaluate().expect("can be judged");
        judge.accumulate();
        judge.summarize_lines();
        let stats = judge.stats().expect("was summarised");
        // It says −1 where nobody was labelled.
        PLACES.map(|place| Some(100.0 * stats[place]).filter(|figure| *figure >= 0.0))
    }

    fn label(image: u64, person: &Person) -> Value {
        json!({"image_id": image, "category_id": 1, "bbox": person.bbox, "area": person.area,
               "iscrowd": u8::from(person.crowd)})
    }

    fn result(image: u64, found: &Found) -> Value {
        json!({"image_id": image, "category_id": 1, "bbox": found.bbox, "score": found.score})
    }
}

/// Boxes on a coarse grid, so that many overlap, some exactly.
fn any_box() -> impl Strategy<Value = [f64; 4]> {
    let step = |most: u32| (1..most).prop_map(|steps| f64::from(steps) * 8.0);
    (step(12), step(12), step(20), step(20)).prop_map(|(x, y, w, h)| [x, y, w, h])
}

fn any_picture() -> impl Strategy<Value = (Vec<Person>, Vec<Found>)> {
    let people = (any_box(), prop::bool::weighted(0.1)).prop_map(|(bbox, crowd)| Person {
        crowd,
        ..person(bbox)
    });
    let boxes = (any_box(), 0u32..1000).prop_map(|(bbox, score)| found(bbox, f64::from(score)));
    (
        prop::collection::vec(people, 0..6),
        prop::collection::vec(boxes, 0..12),
    )
}

proptest! {
    #[test]
    fn figures_are_those_of_hotcoco(mut pictures in prop::collection::vec(any_picture(), 1..8)) {
        // No two scores alike: the protocol leaves open which of two equal boxes comes first.
        let boxes = pictures.iter_mut().flat_map(|(_, found)| found);
        for (place, found) in boxes.enumerate() {
            found.score = (found.score + place as f64 / 1000.0) / 1001.0;
        }
        let answers: Vec<_> = pictures
            .iter()
            .map(|(people, found)| Answer::new(people, found.clone()))
            .collect();
        let ours = in_order(&Figures::of(&answers));
        let theirs = against_hotcoco::figures(&pictures);
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            prop_assert!(near(ours, theirs), "{ours:?} is not {theirs:?}");
        }
    }
}
