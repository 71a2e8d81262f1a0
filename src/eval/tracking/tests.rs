use super::*;

/// Somebody at `x` in each of these frames.
fn boxes(id: i64, frames: std::ops::RangeInclusive<u32>, x: f64) -> Vec<MotBox> {
    let one = |frame| MotBox {
        frame,
        id,
        bbox: [x, 100.0, 40.0, 100.0],
        confidence: 1.0,
        class: 1,
    };
    frames.map(one).collect()
}

fn figures(truth: &[MotBox], results: &[MotBox]) -> TrackingFigures {
    TrackingSums::of(&Sequence::new(truth, results)).figures()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn the_truth_itself_is_perfect() {
    let truth = [boxes(1, 1..=9, 0.0), boxes(2, 3..=5, 300.0)].concat();
    let f = figures(&truth, &truth);
    let shares = [f.hota, f.det_a, f.ass_a, f.loc_a, f.mota, f.motp, f.idf1];
    assert!(shares.iter().all(|&share| near(share, 100.0)), "{f:?}");
    let faults = [
        f.id_switches,
        f.false_positives,
        f.false_negatives,
        f.fragmentations,
    ];
    assert_eq!(faults, [0; 4]);
}

#[test]
fn one_person_with_two_names_is_one_switch_and_half_an_identity() {
    let truth = boxes(1, 1..=10, 0.0);
    let halves = [boxes(7, 1..=5, 0.0), boxes(8, 6..=10, 0.0)].concat();
    let f = figures(&truth, &halves);
    assert_eq!((f.id_switches, f.fragmentations), (1, 0));
    assert!(near(f.mota, 90.0) && near(f.idf1, 50.0), "{f:?}");
    // Each of the ten boxes has TPA 5, FNA 5, FPA 0.
    assert!(near(f.det_a, 100.0) && near(f.ass_a, 50.0), "{f:?}");
    assert!(near(f.hota, 100.0 * 0.5f64.sqrt()), "{f:?}");
}

#[test]
fn a_name_kept_over_a_break_is_a_break_and_no_switch() {
    let truth = boxes(1, 1..=10, 0.0);
    let answer = [
        boxes(7, 1..=4, 0.0),
        boxes(7, 7..=10, 0.0),
        boxes(9, 5..=6, 500.0),
    ]
    .concat();
    let f = figures(&truth, &answer);
    assert_eq!((f.id_switches, f.fragmentations), (0, 1));
    assert_eq!((f.false_positives, f.false_negatives), (2, 2));
    assert!(near(f.idf1, 80.0) && near(f.mota, 60.0), "{f:?}");
}

#[test]
fn distractors_are_neither_missed_nor_wrong_and_confidence_zero_does_not_count() {
    let mut truth = boxes(1, 1..=4, 0.0);
    truth.extend(
        boxes(2, 1..=4, 300.0)
            .iter()
            .map(|one| MotBox { class: 8, ..*one }),
    );
    truth.extend(boxes(3, 1..=4, 600.0).iter().map(|one| MotBox {
        confidence: 0.0,
        ..*one
    }));
    let answer = [boxes(1, 1..=4, 0.0), boxes(2, 1..=4, 300.0)].concat();
    let f = figures(&truth, &answer);
    assert_eq!((f.false_positives, f.false_negatives), (0, 0));
    assert!(near(f.hota, 100.0), "{f:?}");
}

#[test]
fn nobody_and_nothing_give_numbers_too() {
    let truth = boxes(1, 1..=4, 0.0);
    let missed = figures(&truth, &[]);
    assert_eq!((missed.false_negatives, missed.false_positives), (4, 0));
    let invented = figures(&[], &truth);
    assert_eq!((invented.false_negatives, invented.false_positives), (0, 4));
    for f in [missed, invented, figures(&[], &[])] {
        assert!(
            near(f.hota, 0.0) && near(f.idf1, 0.0) && near(f.loc_a, 100.0),
            "{f:?}"
        );
    }
}

#[test]
fn our_tracker_follows_the_boxes_of_a_file() {
    let how = Replay {
        fps: 10.0,
        size: crate::types::Size::new(1000, 500),
        gated: false,
        threshold: crate::types::Score::new(0.5).expect("within 0–1"),
        rules: crate::config::TrackConfig::default(),
    };
    let mut boxes = boxes(-1, 1..=10, 400.0);
    boxes.retain(|one| one.frame != 7);
    let told = replay(&boxes, &how);
    let frames: Vec<u32> = told.iter().map(|one| one.frame).collect();
    assert_eq!(
        frames,
        [3, 4, 5, 6, 8, 9, 10],
        "from the third sight, but when missed"
    );
    assert!(told.iter().all(|one| one.id == told[0].id));
    let [left, top, width, height] = told[6].bbox;
    let near = |a: f64, b: f64| (a - b).abs() < 0.01;
    assert!(near(left, 400.0) && near(top, 100.0) && near(width, 40.0) && near(height, 100.0));
}

#[test]
fn the_same_seed_makes_the_same_film_with_the_same_faults() {
    let plan = crowd::plans()[0];
    let detections = |seed| {
        let film = crowd::Plan { seed, ..plan }.film();
        let mut faults = crowd::Faults::new(seed);
        let found: Vec<_> = film
            .iter()
            .map(|moment| faults.detections(moment))
            .collect();
        (film, found)
    };
    assert_eq!(detections(7), detections(7));
    assert_ne!(detections(7), detections(8));
}

#[test]
fn the_detector_of_the_crowd_misses_what_it_says_and_invents_what_it_says() {
    let (mut people, mut found, mut frames) = (0, 0, 0);
    let mut faults = crowd::Faults::new(1);
    for moment in crowd::plans()[1].film() {
        people += moment
            .people
            .iter()
            .filter(|one| one.can_be_found())
            .count();
        found += faults.detections(&moment).len();
        frames += 1;
    }
    let expected = 0.85 * people as f64 + 0.25 * f64::from(frames);
    let share = found as f64 / expected;
    // A few fewer: of two people behind one another one is found.
    assert!(
        (0.95..1.02).contains(&share),
        "{found} boxes, {expected} expected"
    );
}

#[test]
fn the_crowds_are_gated_occluded_and_as_long_as_they_say() {
    for plan in crowd::plans() {
        let film = plan.film();
        let most = plan.seconds * plan.fps;
        let len = film.len() as u32;
        assert_eq!(plan.gated, len < most, "{}: {len} of {most}", plan.name);
        assert!(len > most / 3, "{}: {len} of {most}", plan.name);
        let hidden = film
            .iter()
            .flat_map(|moment| &moment.people)
            .any(|one| !one.can_be_found());
        assert!(hidden, "{}", plan.name);
    }
}
