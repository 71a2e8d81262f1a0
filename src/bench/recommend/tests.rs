use super::*;

fn accuracy(dataset: &str, ap50: f64) -> AccuracyFacts {
    AccuracyFacts {
        dataset: dataset.to_owned(),
        ap: ap50 / 2.0,
        ap50,
    }
}

fn candidate(name: &str, frame_ms: f64, cpu_ms: f64) -> Candidate<'_> {
    Candidate {
        name,
        sha256: name,
        frame_ms_p90: frame_ms,
        frames_per_second: 1000.0 / frame_ms,
        net_mj_per_frame: None,
        cpu_ms_per_frame: cpu_ms,
        accuracy: None,
    }
}

fn check(candidates: &[Candidate<'_>], index: usize, why: &str) -> Vec<String> {
    let choice = recommend(candidates, 10.0).expect("there are candidates");
    assert_eq!((choice.index, choice.why.as_str()), (index, why));
    choice.cautions
}

#[test]
fn the_least_processor_time_of_those_that_hold_the_rate() {
    // Two threads are faster and cost more; the last is cheap and too slow.
    let known = accuracy("coco", 30.0);
    let mut all = [
        candidate("A", 8.0, 8.0),
        candidate("B", 5.0, 12.0),
        candidate("C", 140.0, 2.0),
    ];
    for one in &mut all {
        one.accuracy = Some(&known);
    }
    let why =
        "of the 2 that hold 10 frames a second A needs the least processor time, 8.0 ms a frame";
    assert!(check(&all, 0, why).is_empty());
}

#[test]
fn energy_decides_where_all_have_it() {
    let mut all = [candidate("A", 8.0, 8.0), candidate("B", 12.0, 20.0)];
    all[1].sha256 = all[0].sha256;
    all[0].net_mj_per_frame = Some(40.0);
    check(
        &all,
        0,
        "of the 2 that hold 10 frames a second A needs the least processor time, 8.0 ms a frame",
    );
    all[1].net_mj_per_frame = Some(30.0);
    check(
        &all,
        1,
        "of the 2 that hold 10 frames a second B needs the least energy, 30.0 mJ a frame above idle",
    );
}

#[test]
fn equals_differ_in_accuracy_or_else_in_speed() {
    let (good, better) = (accuracy("coco", 40.0), accuracy("coco", 44.0));
    let mut all = [candidate("A", 8.0, 8.0), candidate("B", 9.0, 8.2)];
    (all[0].accuracy, all[1].accuracy) = (Some(&good), Some(&better));
    assert_eq!(recommend(&all, 10.0).map(|choice| choice.index), Some(1));
    all[1].accuracy = Some(&good);
    assert_eq!(recommend(&all, 10.0).map(|choice| choice.index), Some(0));
}

#[test]
fn a_far_more_accurate_model_is_always_named() {
    let (low, high) = (accuracy("coco", 27.6), accuracy("coco", 55.0));
    let mut all = [candidate("A", 8.0, 8.0), candidate("B", 30.0, 28.0)];
    (all[0].accuracy, all[1].accuracy) = (Some(&low), Some(&high));
    let choice = recommend(&all, 10.0).expect("there are candidates");
    assert_eq!(choice.index, 0);
    assert_eq!(
        choice.cautions,
        [
            "B finds far more people (AP50 55.0 against 27.6) and holds 10 frames a second too, for 3.5 times the \
             processor time: take it unless that matters more"
        ]
    );
    let choice = recommend(&all, 100.0).expect("there are candidates");
    assert_eq!(
        choice.cautions,
        [
            "B finds far more people (AP50 55.0 against 27.6) but holds 33.3 frames a second only, not 100"
        ]
    );
}

#[test]
fn of_equally_accurate_ones_the_cheapest_is_named() {
    let (low, high) = (accuracy("coco", 28.6), accuracy("coco", 44.7));
    let mut all = [
        candidate("A", 5.0, 4.9),
        candidate("B", 24.0, 24.5),
        candidate("C", 2.0, 1.7),
    ];
    for (one, accuracy) in all.iter_mut().zip([&high, &high, &low]) {
        one.accuracy = Some(accuracy);
    }
    let choice = recommend(&all, 10.0).expect("there are candidates");
    assert_eq!(choice.index, 2);
    assert!(choice.cautions[0].starts_with("A finds far more people"));
}

#[test]
fn accuracies_on_different_pictures_are_not_compared() {
    let (coco, own) = (accuracy("coco", 27.6), accuracy("own", 99.0));
    let mut all = [candidate("A", 8.0, 8.0), candidate("B", 30.0, 28.0)];
    (all[0].accuracy, all[1].accuracy) = (Some(&coco), Some(&own));
    let cautions = recommend(&all, 10.0)
        .expect("there are candidates")
        .cautions;
    assert_eq!(cautions.len(), 1);
    assert!(
        cautions[0].starts_with("how accurate A is beside B is not known"),
        "{cautions:?}"
    );
}

#[test]
fn where_none_is_fast_enough_the_fastest_is_named_as_such() {
    let all = [candidate("A", 400.0, 400.0), candidate("B", 250.0, 480.0)];
    check(
        &all,
        1,
        "no variant holds 10 frames a second in nine of ten frames; B comes nearest with 4.0",
    );
    check(
        &[candidate("A", 20.0, 20.0)],
        0,
        "A holds 10 frames a second",
    );
    assert_eq!(recommend(&[], 10.0), None);
}
