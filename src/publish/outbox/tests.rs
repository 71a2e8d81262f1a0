use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const NOW: Monotonic = Monotonic::from_millis(0);

fn item(seq: u64, class: Class, bytes: u64, camera: &str) -> Item {
    Item {
        seq,
        class,
        bytes,
        at: Wall::from_unix_micros(seq as i64),
        camera: camera.into(),
    }
}

fn store(outbox: &mut Outbox, items: Vec<Item>) -> Plan {
    let next_seq = items.last().map_or(outbox.next_seq(), |item| item.seq + 1);
    let plan = outbox.plan(items, next_seq);
    outbox.apply(&plan);
    plan
}

fn sent(outbox: &mut Outbox, now: Monotonic) -> Vec<u64> {
    std::iter::from_fn(|| outbox.next(now)).collect()
}

#[test]
fn the_oldest_is_what_has_waited_longest_and_nothing_once_the_broker_has_all() {
    let mut outbox = Outbox::new(50, 1, []);
    assert_eq!(outbox.oldest(), None);
    store(
        &mut outbox,
        (4..6)
            .map(|seq| item(seq, Class::Important, 10, "a"))
            .collect(),
    );
    for left in [Some(4), Some(5), None] {
        assert_eq!(outbox.oldest(), left.map(Wall::from_unix_micros));
        if let Some(seq) = outbox.next(NOW) {
            outbox.acknowledged(seq, NOW);
        }
    }
}

#[test]
fn a_full_budget_takes_the_oldest_updates_and_then_the_oldest_others() {
    use Class::{Important, Routine};
    let mut outbox = Outbox::new(50, 1, []);
    let classes = [Important, Routine, Routine, Important, Important];
    let items = (1..)
        .zip(classes)
        .map(|(seq, class)| item(seq, class, 10, "a"));
    assert_eq!(store(&mut outbox, items.collect()).evicted, 0);
    let check = |outbox: &mut Outbox, new, deleted: &[u64]| {
        let plan = store(outbox, vec![new]);
        assert_eq!(plan.delete, deleted);
        assert_eq!(plan.evicted, 1);
        assert_eq!(outbox.bytes(), 50);
    };
    check(&mut outbox, item(6, Important, 10, "a"), &[2]);
    check(&mut outbox, item(7, Important, 10, "a"), &[3]);
    // Nothing but important events is left, so a new update itself is what falls.
    check(&mut outbox, item(8, Routine, 10, "a"), &[]);
    check(&mut outbox, item(9, Important, 10, "a"), &[1]);
    assert_eq!(sent(&mut outbox, NOW), [4, 5, 6, 7, 9]);
    assert_eq!(outbox.next_seq(), 10);
}

#[test]
fn a_refused_event_holds_up_its_camera_and_no_other() {
    let mut outbox = Outbox::new(1000, 1, []);
    let camera = |seq| if seq % 2 == 0 { "even" } else { "odd" };
    let new = |range: std::ops::Range<u64>| {
        range
            .map(|seq| item(seq, Class::Important, 1, camera(seq)))
            .collect()
    };
    store(&mut outbox, new(1..5));
    assert_eq!(sent(&mut outbox, NOW), [1, 2, 3, 4]);
    outbox.refused(1, NOW, u64::MAX);
    outbox.refused(3, NOW, u64::MAX);
    store(&mut outbox, new(5..9));
    assert_eq!(sent(&mut outbox, NOW), [6, 8]);
    // After the wait the oldest is tried alone, and only its own acknowledgement opens the way.
    let later = outbox.retry_at().expect("something waits");
    assert_eq!(later, NOW + Duration::from_secs(1));
    assert_eq!(sent(&mut outbox, later), [1]);
    assert_eq!(outbox.retry_at(), None);
    outbox.refused(1, later, u64::MAX);
    assert_eq!(outbox.retry_at(), Some(later + Duration::from_secs(2)));
    let later = later + Duration::from_secs(2);
    assert_eq!(sent(&mut outbox, later), [1]);
    assert!(outbox.acknowledged(1, later));
    assert_eq!(sent(&mut outbox, later), [3, 5, 7]);
}

#[test]
fn what_was_in_flight_goes_again_on_the_next_connection_in_order() {
    let mut outbox = Outbox::new(1000, 1, []);
    let items = (1..4).map(|seq| item(seq, Class::Routine, 1, "a"));
    store(&mut outbox, items.collect());
    assert_eq!(sent(&mut outbox, NOW), [1, 2, 3]);
    assert!(outbox.acknowledged(2, NOW));
    outbox.disconnected();
    assert!(!outbox.acknowledged(1, NOW), "that connection is gone");
    assert_eq!(sent(&mut outbox, NOW), [1, 3]);
}

#[test]
fn acknowledged_events_are_deleted_with_the_next_write_or_after_a_while() {
    let mut outbox = Outbox::new(1000, 1, []);
    store(&mut outbox, vec![item(1, Class::Important, 1, "a")]);
    assert_eq!(sent(&mut outbox, NOW), [1]);
    assert_eq!(outbox.delete_at(), None);
    outbox.acknowledged(1, NOW);
    assert_eq!(outbox.delete_at(), Some(NOW + DELETE_AFTER));
    let plan = store(&mut outbox, vec![item(2, Class::Important, 1, "a")]);
    assert_eq!(plan.delete, [1]);
    assert_eq!(outbox.delete_at(), None);
}

#[derive(Clone, Debug)]
enum Step {
    Store(Vec<(bool, u8, u64)>),
    StoreFails(Vec<(bool, u8, u64)>),
    Send(usize),
    Acknowledge(usize),
    Refuse(usize),
    Disconnect,
    Restart,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let events = prop::collection::vec((any::<bool>(), 0u8..3, 1u64..20), 1..6);
    let step = prop_oneof![
        6 => events.clone().prop_map(Step::Store),
        1 => events.prop_map(Step::StoreFails),
        6 => (1usize..30).prop_map(Step::Send),
        6 => (0usize..20).prop_map(Step::Acknowledge),
        1 => (0usize..20).prop_map(Step::Refuse),
        1 => Just(Step::Disconnect),
        1 => Just(Step::Restart),
        2 => (1u64..400_000).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..120)
}

/// A disk and a broker that the outbox is run against.
struct World {
    outbox: Outbox,
    now: Monotonic,
    disk: BTreeMap<u64, Item>,
    acknowledged: BTreeSet<u64>,
    evicted: BTreeSet<u64>,
    in_flight: Vec<u64>,
    first_sent: BTreeMap<Arc<str>, u64>,
    sent: BTreeSet<u64>,
}

const BYTES_MAX: u64 = 150;

impl World {
    fn new() -> Self {
        Self {
            outbox: Outbox::new(BYTES_MAX, 1, []),
            now: NOW,
            disk: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            evicted: BTreeSet::new(),
            in_flight: Vec::new(),
            first_sent: BTreeMap::new(),
            sent: BTreeSet::new(),
        }
    }

    fn store(&mut self, events: Vec<(bool, u8, u64)>, works: bool) {
        let first = self.outbox.next_seq();
        let items: Vec<Item> = (first..)
            .zip(events)
            .map(|(seq, (routine, camera, bytes))| {
                let class = if routine {
                    Class::Routine
                } else {
                    Class::Important
                };
                item(seq, class, bytes, &camera.to_string())
            })
            .collect();
        let all = items.clone();
        let plan = self.outbox.plan(items, first + all.len() as u64);
        if !works {
            return;
        }
        self.outbox.apply(&plan);
        let mut fallen = Vec::new();
        for seq in &plan.delete {
            let gone = self
                .disk
                .remove(seq)
                .expect("only what is there is deleted");
            if !self.acknowledged.contains(seq) {
                assert!(!self.in_flight.contains(seq), "in flight is spared");
                fallen.push(gone);
            }
        }
        let kept: BTreeSet<u64> = plan.insert.iter().map(|item| item.seq).collect();
        let (stay, fall): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|item| kept.contains(&item.seq));
        fallen.extend(fall);
        self.disk
            .extend(stay.into_iter().map(|item| (item.seq, item)));
        assert_eq!(plan.evicted, fallen.len() as u64);
        let waiting_update = self.disk.values().any(|item| {
            let gone = self.acknowledged.contains(&item.seq) || self.in_flight.contains(&item.seq);
            item.class == Class::Routine && !gone
        });
        let lost_more = fallen.iter().any(|item| item.class == Class::Important);
        assert!(!(lost_more && waiting_update), "updates go first");
        self.evicted.extend(fallen.iter().map(|item| item.seq));
        let spared: u64 = self.in_flight.iter().map(|seq| self.disk[seq].bytes).sum();
        assert!(
            self.outbox.bytes() <= BYTES_MAX.max(spared),
            "the budget holds"
        );
    }

    fn send(&mut self, n: usize) {
        for _ in 0..n {
            let Some(seq) = self.outbox.next(self.now) else {
                break;
            };
            let camera = self.disk[&seq].camera.clone();
            assert!(
                !self.acknowledged.contains(&seq),
                "nothing acknowledged is sent again"
            );
            if self.sent.insert(seq) {
                let last = self.first_sent.insert(camera, seq);
                assert!(last < Some(seq), "a camera's events keep their order");
            }
            self.in_flight.push(seq);
            assert!(self.in_flight.len() <= WINDOW);
        }
    }

    fn pick(&mut self, at: usize) -> Option<u64> {
        let at = at.checked_rem(self.in_flight.len())?;
        Some(self.in_flight.remove(at))
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Store(events) => self.store(events, true),
            Step::StoreFails(events) => self.store(events, false),
            Step::Send(n) => self.send(n),
            Step::Acknowledge(at) => {
                if let Some(seq) = self.pick(at) {
                    assert!(self.outbox.acknowledged(seq, self.now));
                    self.acknowledged.insert(seq);
                }
            }
            Step::Refuse(at) => {
                if let Some(seq) = self.pick(at) {
                    self.outbox.refused(seq, self.now, 7);
                }
            }
            Step::Disconnect => {
                self.outbox.disconnected();
                self.in_flight.clear();
            }
            Step::Restart => self.restart(),
            Step::Wait(ms) => self.now = self.now + Duration::from_millis(ms),
        }
    }

    /// What was acknowledged but not deleted is sent again: at least once.
    fn restart(&mut self) {
        self.in_flight.clear();
        self.acknowledged.retain(|seq| !self.disk.contains_key(seq));
        let stored = self.disk.values().cloned();
        self.outbox = Outbox::new(BYTES_MAX, self.outbox.next_seq(), stored);
    }

    /// In the end everything that did not fall to the budget arrives.
    fn drain(mut self) {
        self.outbox.disconnected();
        self.in_flight.clear();
        while !self.outbox.is_empty() {
            let before = self.acknowledged.len();
            self.send(WINDOW);
            while self.pick(0).is_some_and(|seq| {
                self.acknowledged.insert(seq) && self.outbox.acknowledged(seq, self.now)
            }) {}
            assert!(self.acknowledged.len() > before, "it goes on");
        }
        for seq in 1..self.outbox.next_seq() {
            let arrived = self.acknowledged.contains(&seq);
            assert!(
                arrived != self.evicted.contains(&seq),
                "{seq} arrives or is counted as lost"
            );
        }
    }
}

proptest! {
    #[test]
    fn nothing_is_reordered_or_lost_and_the_budget_holds(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.drain();
    }
}
