//! Who is doubted, and what is told of them.

use super::*;

#[test]
fn whoever_walks_in_says_why_they_were_believed() {
    let mut run = Run::of(&doubting());
    run.walk(&[(0, 0.1), (100, 0.13), (200, 0.16), (300, 0.19)]);
    let entered = run.events[0].subject.as_ref().expect("a person").confirmed;
    assert_eq!(run.told()[0], (EventKind::Entered, 0, 1));
    assert_eq!((entered.frames, entered.score.get()), (3, 0.8));
    // 0.03 of the width is 30 pixels of 200; of the three sights the last two agree on one step.
    assert!((entered.moved - 0.15).abs() < 1e-3, "{entered:?}");
}

#[test]
fn a_poster_is_never_told_and_becomes_background_until_it_moves() {
    let mut run = Run::of(&doubting());
    let trembling = |ms: u64| 0.7 + 0.002 * (ms / 100 % 2) as f32;
    for ms in (0..=65_000).step_by(100) {
        run.observe(ms, &[sight(1, trembling(ms), 0, ms)]);
        assert_eq!(run.decider.watches(), ms < 60_000, "{ms} ms");
    }
    assert_eq!((run.told(), run.decider.suppressed()["still"]), (vec![], 1));
    // The tracker loses it and finds it again, under another number: it is known.
    run.observe(70_000, &[]);
    assert!(!run.decider.watches());
    for ms in [70_100, 70_200] {
        run.observe(ms, &[sight(2, 0.7, 70_100, ms)]);
        assert!(!run.decider.watches());
    }
    assert_eq!(run.decider.suppressed()["still"], 1, "it is counted once");
    for (i, x) in [0.72, 0.75, 0.78].into_iter().enumerate() {
        let ms = 600_000 + i as u64 * 100;
        run.observe(ms, &[sight(2, x, 70_100, ms)]);
    }
    let (kind, at, count) = run.told()[0].clone();
    assert_eq!((kind, count), (EventKind::Entered, 1));
    assert!(at >= 590_000, "what a thing did is not told: {at} ms");
    assert!(run.decider.watches());
    run.observe(700_000, &[]);
    assert_eq!(run.decider.suppressed()["still"], 1);
}

#[test]
fn who_vanishes_in_the_middle_is_believed_when_found_there_again() {
    let mut run = Run::of(&doubting());
    let came: Vec<_> = (0..20).map(|i| (i * 100, 0.2 + 0.02 * i as f32)).collect();
    run.walk(&came);
    let entered = |run: &Run| {
        let kinds = run.told().into_iter();
        kinds
            .filter(|(kind, ..)| *kind == EventKind::Entered)
            .count()
    };
    assert_eq!(entered(&run), 1);
    run.observe(5000, &[]);
    run.observe(9000, &[sight(2, 0.58, 9000, 9000)]);
    assert_eq!(
        entered(&run),
        2,
        "they sit still, and are people nevertheless"
    );
    run.observe(12_000, &[]);
    run.observe(13_000, &[sight(3, 0.3, 13_000, 13_000)]);
    assert_eq!(entered(&run), 2, "elsewhere it may be a thing");
    run.observe(20_000, &[]);
    assert_eq!(run.decider.suppressed()["still"], 1);
}

#[test]
fn the_night_asks_for_a_better_score() {
    for (is_night, told) in [(false, 1), (true, 0)] {
        let mut camera = doubting();
        camera.doubt.night_score_min = Score::new(0.9).expect("within 0–1");
        let mut run = Run::of(&camera);
        run.decider.set_night(is_night);
        run.walk(&[(0, 0.1), (100, 0.13), (200, 0.16), (300, 0.19)]);
        assert_eq!(run.told().len(), told);
        run.observe(5000, &[]);
        assert_eq!(run.decider.suppressed()["faint"], u64::from(is_night));
    }
}
