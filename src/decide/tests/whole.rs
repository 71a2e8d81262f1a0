//! Tracking and deciding together, and what holds whatever happens.

use super::*;
use crate::dice::Dice;
use crate::track::Tracker;
use crate::types::Detection;

/// Boxes through tracking and deciding, as the flow does it.
struct Whole {
    tracker: Tracker,
    run: Run,
}

impl Whole {
    fn new(camera: &CameraConfig) -> Self {
        Self {
            tracker: Tracker::new(camera.track, Score::new(0.5).expect("within 0–1")),
            run: Run::of(camera),
        }
    }

    fn see(&mut self, ms: u64, found: &[Detection]) {
        let tracks = self.tracker.update(at(ms), found).to_vec();
        self.run.observe(ms, &tracks);
    }

    fn count(&self, kind: &EventKind) -> usize {
        let told = self.run.events.iter();
        told.filter(|event| event.kind == *kind).count()
    }
}

/// A person of this middle and height, as a detector finds one whose edges tremble by 3 % of the height.
fn found(dice: &mut Dice, x: f32, foot: f32, height: f32) -> Detection {
    let mut tremble = || 0.06 * height * (dice.between(0.0, 1.0) - 0.5);
    let half = height * 0.1;
    let bbox = BBox::clipped(
        x - half + tremble(),
        foot - height + tremble(),
        x + half + tremble(),
        foot + tremble(),
    );
    Detection {
        bbox: bbox.expect("has an area"),
        score: Score::new(0.55 + 0.4 * dice.between(0.0, 1.0)).expect("within 0–1"),
    }
}

#[test]
fn somebody_who_stands_still_for_an_hour_is_one_visit_with_one_dwelled() {
    let mut dice = Dice::new(7, 0);
    let mut whole = Whole::new(&doubting());
    let mut missed_until = 0;
    for ms in (0..3_600_000).step_by(200) {
        let x = (0.1 + ms as f32 / 5000.0 * 0.5).min(0.7);
        // About once in ten seconds the model sees nobody for up to a second, and then sees them again.
        if ms > missed_until + 200 && dice.between(0.0, 1.0) < 0.02 {
            missed_until = ms + dice.between(0.0, 1000.0) as u64;
        }
        let there = (ms >= missed_until).then(|| found(&mut dice, x, 0.8, 0.4));
        whole.see(ms, there.as_slice());
    }
    let counts = [
        EventKind::Entered,
        EventKind::ZoneEntered(right()),
        EventKind::Dwelled(right()),
        EventKind::Left,
    ]
    .map(|kind| whole.count(&kind));
    assert_eq!(counts, [1, 1, 1, 0]);
    assert!(whole.run.decider.watches());
}

#[test]
fn nobody_who_walks_along_a_line_is_counted_twice() {
    let mut worst = 0;
    for seed in 0..40 {
        let mut dice = Dice::new(seed, 0);
        let mut camera = doubting();
        camera.lines[0].segment = Segment {
            from: Point { x: 0.0, y: 0.8 },
            to: Point { x: 1.0, y: 0.8 },
        };
        let mut whole = Whole::new(&camera);
        for step in 0..90 {
            // Nine seconds on the line itself, with the foot point trembling on both sides of it.
            let x = 0.05 + 0.01 * step as f32;
            whole.see(step * 100, &[found(&mut dice, x, 0.8, 0.4)]);
        }
        let crossed = [Direction::In, Direction::Out].map(|way| whole.count(&crossed(way)));
        worst = worst.max(crossed[0] + crossed[1]);
    }
    assert_eq!(worst, 0);
}

/// Complaints about the events of one visit: they are nested, and the zones that they name are those that it is in.
fn nested(events: &[&Event]) -> Result<(), String> {
    let names: Vec<&str> = events.iter().map(|event| event.kind.name()).collect();
    let once = |name| names.iter().filter(|known| **known == name).count() == 1;
    if names.first() != Some(&"entered") || names.last() != Some(&"left") {
        return Err(format!(
            "{names:?} do not begin with entered and end with left"
        ));
    }
    if !once("entered") || !once("left") {
        return Err(format!("{names:?}"));
    }
    let (mut inside, mut dwelled) = (false, false);
    for event in events {
        let right = match event.kind {
            EventKind::ZoneEntered(_) => !std::mem::replace(&mut inside, true),
            EventKind::ZoneLeft(_) => std::mem::replace(&mut inside, false),
            EventKind::Dwelled(_) => inside && !dwelled,
            _ => true,
        };
        dwelled = inside && (dwelled || matches!(event.kind, EventKind::Dwelled(_)));
        let zones = event
            .subject
            .as_ref()
            .map_or(0, |person| person.zones.len());
        if !right || zones != usize::from(inside) || event.at < events[0].at {
            return Err(format!("{:?} at {:?} in {names:?}", event.kind, event.at));
        }
    }
    Ok(())
}

/// Everything that holds of all events together.
fn check_all(run: &Run) -> Result<(), String> {
    let mut visits: HashMap<VisitId, Vec<&Event>> = HashMap::new();
    let (mut open, mut in_zone) = (HashSet::new(), HashSet::new());
    for event in &run.events {
        visits.entry(event.id).or_default().push(event);
        match event.kind {
            EventKind::Entered => drop(open.insert(event.id)),
            EventKind::Left => drop(open.remove(&event.id)),
            EventKind::ZoneEntered(_) => drop(in_zone.insert(event.id)),
            EventKind::ZoneLeft(_) => drop(in_zone.remove(&event.id)),
            _ => {}
        }
        if event.count as usize != open.len() || !in_zone.is_subset(&open) {
            return Err(format!("count {} of {} visits", event.count, open.len()));
        }
    }
    let state = run.decider.state();
    let counted = (state.count as usize, state.zones[0].count as usize);
    if counted != (open.len(), in_zone.len()) {
        return Err(format!(
            "{counted:?} are counted of {} and {}",
            open.len(),
            in_zone.len()
        ));
    }
    let over = visits
        .values()
        .filter(|events| !open.contains(&events[0].id));
    over.into_iter().try_for_each(|events| nested(events))
}

/// Steps from one place to the next: nobody jumps.
fn any_walk() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-0.04f32..0.04, 20..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The right half can only be reached over the line, which is as long as the picture is high.
    #[test]
    fn over_a_closed_line_go_as_many_as_are_in_the_zone_then(walks in prop::collection::vec(any_walk(), 1..5)) {
        let mut whole = Run::of(&doubting());
        let mut people: Vec<f32> = vec![0.2; walks.len()];
        for step in 0..250 {
            let ms = step as u64 * 100;
            for (x, walk) in people.iter_mut().zip(&walks) {
                // At last everybody stands clear of the line.
                let on = walk.get(step).copied().unwrap_or(if (*x - 0.5).abs() < 0.05 { 0.03 } else { 0.0 });
                *x = (*x + on).clamp(0.1, 0.9);
            }
            let tracks: Vec<Track> = people.iter().zip(1..).map(|(x, id)| sight(id, *x, 0, ms)).collect();
            whole.observe(ms, &tracks);
        }
        let state = whole.decider.state();
        let (line, told) = (&state.lines[0], state.count);
        prop_assert!(told as usize <= walks.len());
        // To the right is out of this line, and into the zone.
        prop_assert_eq!(line.exits - line.entries, u64::from(state.zones[0].count));
        prop_assert_eq!(check_all(&whole), Ok(()));
    }

    /// Thousands of inferences, with whatever a detector might find, through tracking and deciding.
    #[test]
    fn whatever_a_detector_finds_the_events_hold_together(seed in any::<u64>(), doubts in any::<bool>()) {
        let mut dice = Dice::new(seed, 0);
        let mut whole = Whole::new(&if doubts { doubting() } else { camera() });
        let mut people: Vec<[f32; 3]> = Vec::new();
        let mut ms = 0;
        for _ in 0..2000 {
            ms += 1 + (dice.between(0.0, 1.0) * dice.between(0.0, 1.0) * 2500.0) as u64;
            if dice.between(0.0, 1.0) < 0.1 {
                people.push([dice.between(0.0, 1.0), 0.3 + 0.7 * dice.between(0.0, 1.0), 0.1 + 0.4 * dice.between(0.0, 1.0)]);
            }
            if dice.between(0.0, 1.0) < 0.1 && !people.is_empty() {
                people.remove(0);
            }
            let mut seen = Vec::new();
            for [x, foot, height] in &mut people {
                *x = (*x + 0.06 * (dice.between(0.0, 1.0) - 0.5)).clamp(0.0, 1.0);
                if dice.between(0.0, 1.0) < 0.85 {
                    seen.push(found(&mut dice, *x, *foot, *height));
                }
            }
            whole.see(ms, &seen);
            if dice.between(0.0, 1.0) < 0.005 {
                let lost = whole.run.decider.camera_lost(at(ms), LossReason::Stalled, &mut next(&mut whole.run.ids));
                whole.run.events.extend(lost.into_iter().filter(|event| event.subject.is_some()));
                whole.tracker.clear();
            }
            // Memory is bounded, whatever comes.
            prop_assert!(whole.run.decider.visits.len() <= crate::track::TRACKS_MAX);
        }
        prop_assert_eq!(check_all(&whole.run), Ok(()));
        whole.see(ms + 60_000, &[]);
        prop_assert_eq!(check_all(&whole.run), Ok(()));
        prop_assert_eq!(whole.run.decider.state().count, 0);
    }
}
