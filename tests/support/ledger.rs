//! What a subscriber keeps to know that nothing was lost: every event by its number, and what the rules say of it.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use ulid::Ulid;

use super::subscriber::Message;

/// The events that have arrived.
#[derive(Default)]
pub struct Ledger {
    /// Number → which start of the publisher gave it, and to which event.
    events: BTreeMap<u64, Entry>,
    /// The highest number of each camera so far.
    highest: HashMap<String, u64>,
    repeated: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    boot: String,
    id: u128,
}

#[derive(Deserialize)]
struct Event {
    boot: String,
    seq: u64,
    id: String,
    camera: String,
}

impl Ledger {
    /// Enters what has arrived, in the order in which it did.
    pub fn enter(&mut self, messages: Vec<Message>) {
        for message in messages {
            if message.topic.ends_with("/event") {
                let event = serde_json::from_str(&message.payload);
                self.enter_one(event.expect("an event is whole"));
            }
        }
    }

    fn enter_one(&mut self, event: Event) {
        let Event {
            boot,
            seq,
            id,
            camera,
        } = event;
        let id = Ulid::from_string(&id).expect("a visit has a ULID").0;
        let entry = Entry { boot, id };
        if let Some(known) = self.events.get(&seq) {
            assert_eq!(*known, entry, "number {seq} was given to two events");
            self.repeated += 1;
            return;
        }
        let highest = self.highest.entry(camera).or_default();
        assert!(
            seq > *highest,
            "{seq} came for the first time after {highest}"
        );
        *highest = seq;
        self.events.insert(seq, entry);
    }

    /// How many events there are.
    pub fn events(&self) -> u64 {
        self.events.len() as u64
    }

    /// Whether the event of this number is there.
    pub fn has(&self, seq: u64) -> bool {
        self.events.contains_key(&seq)
    }

    /// How often an event came again.
    pub const fn repeated(&self) -> u64 {
        self.repeated
    }

    /// How often the publisher was started.
    pub fn starts(&self) -> usize {
        self.ids_by_start().len()
    }

    /// Whether the last of `sent` events of the latest start is there.
    pub fn has_last(&self, sent: u64) -> bool {
        let last = self.events.last_key_value();
        last.is_some_and(|(_, entry)| entry.id + 1 == u128::from(sent))
    }

    /// The numbers below the highest that never came.
    pub fn missing(&self) -> Vec<u64> {
        let last = self.events.last_key_value().map_or(0, |(seq, _)| *seq);
        (1..=last).filter(|seq| !self.has(*seq)).collect()
    }

    /// Every number is there; every start's events are there from the first on, and of the latest start all `sent`.
    pub fn assert_complete(&self, sent: u64) {
        let missing = self.missing();
        assert!(missing.is_empty(), "missing: {missing:?}");
        for (boot, ids) in self.ids_by_start() {
            let first_ones = 0..ids.len() as u128;
            assert!(
                ids.iter().copied().eq(first_ones),
                "{boot} has a hole among its events"
            );
        }
        let last = self.events.last_key_value().expect("something arrived");
        assert_eq!(last.1.id + 1, u128::from(sent), "the end is missing");
    }

    fn ids_by_start(&self) -> BTreeMap<&str, Vec<u128>> {
        let mut starts: BTreeMap<&str, Vec<u128>> = BTreeMap::new();
        for entry in self.events.values() {
            starts.entry(&entry.boot).or_default().push(entry.id);
        }
        starts
    }
}
