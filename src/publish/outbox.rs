//! What waits for the broker, in which order it goes, and what goes first when the budget is full. Pure.
//!
//! It knows every stored event by number, size, class and camera, but not its text: `store` keeps that. Changes of the disk
//! are planned here ([`Outbox::plan`]), made by `store`, and become true here only when that has succeeded
//! ([`Outbox::apply`]).
//!
//! - Events go out in the order of their numbers, at most a window of them unacknowledged at a time.
//! - An event leaves when the broker has acknowledged that very event, or when the budget is full: then the oldest
//!   `updated` events go first and the oldest others last. Events in flight are spared.
//! - An event that the broker refuses is tried again later. Until then its camera waits, so that the camera's order holds,
//!   and the other cameras go on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::backoff::Backoff;
use crate::types::{EventKind, Monotonic, Wall};

/// Unacknowledged events at the broker. 20 is what mosquitto accepts unless told otherwise.
pub const WINDOW: usize = 20;

/// Acknowledged events are deleted from disk together with the next write, or after this time: they need no write of their
/// own while events flow. A crash within it repeats them.
const DELETE_AFTER: Duration = Duration::from_secs(5);
/// So many are deleted at once, and then without waiting; a full disk has room for no more.
const DELETE_LEN: usize = 256;

const REFUSED_FIRST: Duration = Duration::from_secs(1);
const REFUSED_MAX: Duration = Duration::from_secs(300);

/// What an event is worth when the budget is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Goes first: the next one says the same, only newer.
    Routine,
    /// Goes last.
    Important,
}

impl Class {
    /// The class of an event.
    pub const fn of(kind: &EventKind) -> Self {
        match kind {
            EventKind::Updated => Self::Routine,
            _ => Self::Important,
        }
    }
}

/// An event as the outbox sees it.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its number.
    pub seq: u64,
    /// What it is worth.
    pub class: Class,
    /// Bytes that it takes on disk.
    pub bytes: u64,
    /// Civil time of the capture.
    pub at: Wall,
    /// Its camera.
    pub camera: Arc<str>,
}

/// A change of the disk, to be made as one transaction.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The new events that are to be written; some may have fallen to the budget already.
    pub insert: Vec<Item>,
    /// Numbers of the stored events that are to be deleted.
    pub delete: Vec<u64>,
    /// The number that the next new event gets.
    pub next_seq: u64,
    /// How many events, new or stored, fall to the budget.
    pub evicted: u64,
    acknowledged: usize,
}

impl Plan {
    /// Whether there is nothing to do.
    pub const fn is_empty(&self) -> bool {
        self.insert.is_empty() && self.delete.is_empty() && self.evicted == 0
    }
}

/// What waits for the broker.
#[derive(Debug)]
pub struct Outbox {
    bytes_max: u64,
    window: usize,
    next_seq: u64,
    bytes: u64,
    entries: BTreeMap<u64, Entry>,
    /// Routine events that are not in flight: what the budget takes first.
    routine: BTreeSet<u64>,
    in_flight: BTreeSet<u64>,
    lanes: Vec<Lane>,
    lane_of: HashMap<Arc<str>, usize>,
    /// Acknowledged, but still on disk.
    acknowledged: Vec<u64>,
    delete_at: Option<Monotonic>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    class: Class,
    bytes: u64,
    at: Wall,
    lane: usize,
}

/// The events of one camera.
#[derive(Debug, Default)]
struct Lane {
    waiting: BTreeSet<u64>,
    hold: Option<Hold>,
}

/// The broker has refused an event of the lane.
#[derive(Debug)]
struct Hold {
    until: Monotonic,
    backoff: Backoff,
    /// The one event that is tried again.
    probe: Option<u64>,
}

impl Outbox {
    /// An outbox over the events that are on disk, whose next new event gets the number `next_seq`.
    pub fn new(bytes_max: u64, next_seq: u64, stored: impl IntoIterator<Item = Item>) -> Self {
        let mut outbox = Self {
            bytes_max,
            window: WINDOW,
            next_seq,
            bytes: 0,
            entries: BTreeMap::new(),
            routine: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            lanes: Vec::new(),
            lane_of: HashMap::new(),
            acknowledged: Vec::new(),
            delete_at: None,
        };
        for item in stored {
            outbox.insert(&item);
        }
        outbox
    }

    /// The number that the next new event gets.
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// How many events are stored and not acknowledged.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the broker has everything.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Civil time of the event that has waited longest; `None` when the broker has everything.
    pub fn oldest(&self) -> Option<Wall> {
        let (_, entry) = self.entries.first_key_value()?;
        Some(entry.at)
    }

    /// Bytes of the stored events, as counted against the budget.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The transaction that stores `new`, keeps the budget, and deletes what the broker has acknowledged. The numbers of
    /// `new` ascend and are not below [`Self::next_seq`]; the next event after them gets `next_seq`.
    pub fn plan(&self, new: Vec<Item>, next_seq: u64) -> Plan {
        let added: u64 = new.iter().map(|item| item.bytes).sum();
        let mut excess = (self.bytes + added).saturating_sub(self.bytes_max);
        let mut fallen = BTreeSet::new();
        for (seq, bytes) in self.victims(&new) {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(bytes);
            fallen.insert(seq);
        }
        let stored_and_fallen = fallen.iter().filter(|seq| self.entries.contains_key(seq));
        let acknowledged = &self.acknowledged[..self.acknowledged.len().min(DELETE_LEN)];
        Plan {
            delete: acknowledged
                .iter()
                .chain(stored_and_fallen)
                .copied()
                .collect(),
            next_seq,
            evicted: fallen.len() as u64,
            acknowledged: acknowledged.len(),
            insert: new
                .into_iter()
                .filter(|item| !fallen.contains(&item.seq))
                .collect(),
        }
    }

    /// The events that may fall to the budget with their sizes, the first to fall first.
    fn victims<'a>(&'a self, new: &'a [Item]) -> impl Iterator<Item = (u64, u64)> + 'a {
        let new_of = |class| {
            new.iter()
                .filter(move |item| item.class == class)
                .map(|item| (item.seq, item.bytes))
        };
        let routine = self
            .routine
            .iter()
            .map(|seq| (*seq, self.entries[seq].bytes));
        let important = self
            .entries
            .iter()
            .filter(|(seq, entry)| {
                entry.class == Class::Important && !self.in_flight.contains(*seq)
            })
            .map(|(seq, entry)| (*seq, entry.bytes));
        routine
            .chain(new_of(Class::Routine))
            .chain(important)
            .chain(new_of(Class::Important))
    }

    /// The transaction of `plan`, the latest one made, is on disk.
    pub fn apply(&mut self, plan: &Plan) {
        self.acknowledged.drain(..plan.acknowledged);
        if self.acknowledged.is_empty() {
            self.delete_at = None;
        }
        for seq in &plan.delete {
            self.remove(*seq);
        }
        for item in &plan.insert {
            self.insert(item);
        }
        self.next_seq = plan.next_seq;
    }

    /// When [`Self::plan`] should be called although nothing is new: acknowledged events want to be deleted.
    pub const fn delete_at(&self) -> Option<Monotonic> {
        self.delete_at
    }

    /// The next event to hand to the broker, which is then in flight; `None` while the window is full or nothing may go.
    pub fn next(&mut self, now: Monotonic) -> Option<u64> {
        if self.in_flight.len() >= self.window {
            return None;
        }
        let open = self.lanes.iter_mut().filter(|lane| lane.is_open(now));
        let lane = open
            .filter(|lane| !lane.waiting.is_empty())
            .min_by_key(|lane| lane.waiting.first().copied())?;
        let seq = lane.waiting.pop_first()?;
        if let Some(hold) = &mut lane.hold {
            hold.probe = Some(seq);
        }
        self.routine.remove(&seq);
        self.in_flight.insert(seq);
        Some(seq)
    }

    /// When [`Self::next`] may give something although nothing else happens: a refused event is tried again.
    pub fn retry_at(&self) -> Option<Monotonic> {
        let waiting = self.lanes.iter().filter(|lane| !lane.waiting.is_empty());
        waiting
            .filter_map(|lane| lane.hold.as_ref())
            .filter(|hold| hold.probe.is_none())
            .map(|hold| hold.until)
            .min()
    }

    /// The broker has the event. `false` if the event is not in flight.
    pub fn acknowledged(&mut self, seq: u64, now: Monotonic) -> bool {
        if !self.in_flight.contains(&seq) {
            return false;
        }
        let lane = &mut self.lanes[self.entries[&seq].lane];
        if lane
            .hold
            .as_ref()
            .is_some_and(|hold| hold.probe == Some(seq))
        {
            lane.hold = None;
        }
        self.forget(seq, now);
        true
    }

    /// The stored event cannot be read back: it is given up. The caller counts it.
    pub fn unreadable(&mut self, seq: u64, now: Monotonic) {
        self.forget(seq, now);
    }

    /// The event was not handed over after all.
    pub fn returned(&mut self, seq: u64) {
        if self.in_flight.contains(&seq) {
            self.wait_again(seq);
            self.lanes[self.entries[&seq].lane].let_probe_go(seq);
        }
    }

    /// The broker does not take the event; it is tried again after a wait. `random` is any 64 random bits.
    pub fn refused(&mut self, seq: u64, now: Monotonic, random: u64) {
        if !self.in_flight.contains(&seq) {
            return;
        }
        self.wait_again(seq);
        let lane = &mut self.lanes[self.entries[&seq].lane];
        let hold = lane.hold.get_or_insert_with(|| Hold {
            until: now,
            backoff: Backoff::new(REFUSED_FIRST, REFUSED_MAX),
            probe: Some(seq),
        });
        if hold.probe == Some(seq) {
            hold.probe = None;
            hold.until = now + hold.backoff.next(random);
        }
    }

    /// The connection is gone: what was in flight goes again on the next one.
    pub fn disconnected(&mut self) {
        for seq in self.in_flight.clone() {
            self.wait_again(seq);
        }
        for lane in &mut self.lanes {
            lane.hold = None;
        }
    }

    fn wait_again(&mut self, seq: u64) {
        self.in_flight.remove(&seq);
        let entry = self.entries[&seq];
        self.lanes[entry.lane].waiting.insert(seq);
        if entry.class == Class::Routine {
            self.routine.insert(seq);
        }
    }

    fn insert(&mut self, item: &Item) {
        let lane = self.lane(&item.camera);
        let entry = Entry {
            class: item.class,
            bytes: item.bytes,
            at: item.at,
            lane,
        };
        self.lanes[lane].waiting.insert(item.seq);
        if item.class == Class::Routine {
            self.routine.insert(item.seq);
        }
        self.bytes += item.bytes;
        self.entries.insert(item.seq, entry);
    }

    fn lane(&mut self, camera: &Arc<str>) -> usize {
        if let Some(lane) = self.lane_of.get(camera) {
            return *lane;
        }
        self.lanes.push(Lane::default());
        self.lane_of.insert(camera.clone(), self.lanes.len() - 1);
        self.lanes.len() - 1
    }

    fn forget(&mut self, seq: u64, now: Monotonic) {
        if self.remove(seq) {
            self.acknowledged.push(seq);
            let at = self.delete_at.get_or_insert(now + DELETE_AFTER);
            if self.acknowledged.len() >= DELETE_LEN {
                *at = now.min(*at);
            }
        }
    }

    fn remove(&mut self, seq: u64) -> bool {
        let Some(entry) = self.entries.remove(&seq) else {
            return false;
        };
        self.bytes -= entry.bytes;
        self.routine.remove(&seq);
        self.in_flight.remove(&seq);
        self.lanes[entry.lane].waiting.remove(&seq);
        true
    }
}

impl Lane {
    fn let_probe_go(&mut self, seq: u64) {
        if let Some(hold) = self.hold.as_mut().filter(|hold| hold.probe == Some(seq)) {
            hold.probe = None;
        }
    }

    fn is_open(&self, now: Monotonic) -> bool {
        match &self.hold {
            Some(hold) => hold.probe.is_none() && hold.until <= now,
            None => true,
        }
    }
}

#[cfg(test)]
mod tests;
