//! The thread between the pipelines and the connection: events become records on disk, and records are handed to the
//! connection. It owns the outbox and its store; everybody else talks to it through the inbox.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::mpsc;
use tracing::{error, info, warn};
use ulid::Ulid;

use crate::causes::chain;
use crate::clock::Clock;
use crate::config::OutboxConfig;
use crate::publish::disk::Disk;
use crate::publish::episode::Episode;
use crate::publish::inbox::{Delivery, Found, Inbox, Report};
use crate::publish::outbox::{Class, Item, Outbox, Plan};
use crate::publish::payload::{Stamp, body};
use crate::publish::queue::Queued;
use crate::publish::record::Record;
use crate::publish::store::{Change, Store, StoreError};
use crate::publish::{DropReason, Drops, LOCK, PublishStats};
use crate::random;
use crate::types::Monotonic;

/// Events in one transaction.
const BATCH_LEN_MAX: usize = 256;
/// What a record costs beyond its own bytes: its key and its entry in the tree's pages.
const RECORD_OVERHEAD_BYTES: u64 = 32;

/// The share of the budget that records may take. The file is larger than they are: 2.2 times at 4 MB of records when
/// each event is written alone and each write deletes another, which is the worst that we know of.
const RECORDS_SHARE: (u64, u64) = (2, 5);

/// What is left when the thread ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// Events that never reached the disk.
    pub in_memory: u64,
    /// Events on disk, for the next start.
    pub on_disk: u64,
}

/// What the thread shares with the rest.
#[derive(Clone)]
pub struct Shared {
    /// This start of the daemon.
    pub boot: Ulid,
    /// What the time is.
    pub clock: Arc<dyn Clock>,
    /// Where it waits.
    pub inbox: Arc<Inbox>,
    /// Where it tells how it is.
    pub stats: Arc<Mutex<PublishStats>>,
}

impl Shared {
    /// How publishing is, to read and to write.
    pub fn stats(&self) -> MutexGuard<'_, PublishStats> {
        self.stats.lock().expect(LOCK)
    }
}

/// The thread's state.
pub struct Writer {
    shared: Shared,
    records_bytes_max: u64,
    disk: Disk,
    outbox: Outbox,
    /// Taken from the queue, and not known to be on disk.
    batch: Vec<Queued>,
    /// The transaction that failed, and which the disk may have made all the same.
    uncertain: Option<Attempt>,
    /// Events lost in memory that have not left their holes in the numbers yet.
    holes: u64,
    dropped: Drops,
    connection: Option<mpsc::Sender<Delivery>>,
    /// Whether the latest attempt to reach the broker has failed.
    unreachable: bool,
    stored: u64,
    acknowledged: u64,
    budget_loss: Episode,
    memory_loss: Episode,
}

/// A transaction, and how many holes its numbers begin with.
struct Attempt {
    plan: Plan,
    holes: u64,
}

impl Writer {
    /// Opens the outbox. A damaged one is set aside, loudly, and a new one begun.
    pub fn open(config: &OutboxConfig, shared: Shared) -> Result<Self, StoreError> {
        let store = match Store::open(&config.path) {
            Err(damage @ StoreError::Damaged { .. }) => {
                error!(error = chain(&damage), "cannot use the outbox");
                let suffix = suffix(shared.clock.as_ref());
                let aside = Store::set_aside(&config.path, &suffix)?;
                error!(kept = %aside.display(), "a new outbox begins; what the damaged one held is lost");
                Store::open(&config.path)?
            }
            store => store?,
        };
        let (next_seq, mut dropped) = store.meta()?;
        let (items, unreadable) = items(&store)?;
        dropped.add(DropReason::Unreadable, unreadable.len() as u64);
        let records_bytes_max = config.bytes_max / RECORDS_SHARE.1 * RECORDS_SHARE.0;
        let outbox = Outbox::new(records_bytes_max, next_seq, items);
        if !unreadable.is_empty() {
            error!(
                events = unreadable.len(),
                "stored events cannot be read and are lost"
            );
            store.commit(&Change {
                insert: &[],
                delete: &unreadable,
                next_seq,
                dropped,
            })?;
        }
        info!(waiting = outbox.len(), next_seq, "the outbox is open");
        let writer = Self {
            shared,
            records_bytes_max,
            disk: Disk::new(&config.path, store),
            outbox,
            batch: Vec::new(),
            uncertain: None,
            holes: 0,
            dropped,
            connection: None,
            unreachable: false,
            stored: 0,
            acknowledged: 0,
            budget_loss: Episode::default(),
            memory_loss: Episode::default(),
        };
        writer.tell();
        Ok(writer)
    }

    /// Works until a stop is asked for and everything is done, or the time for it is up.
    pub fn run(mut self) -> Rest {
        let mut stopping = None;
        loop {
            let found = self.wait(stopping);
            self.at_work();
            if stopping.is_none() && found.stop_by.is_some() {
                self.disk.hurry(self.now());
            }
            stopping = found.stop_by;
            self.take_in(found);
            self.write(stopping.is_some());
            self.feed();
            self.tell();
            if stopping.is_some_and(|by| self.is_done(by)) {
                return self.finish();
            }
        }
    }

    fn wait(&self, stop_by: Option<Monotonic>) -> Found {
        let failing = self.disk.is_failing();
        let until = [
            stop_by,
            self.disk.retry_at(),
            self.outbox.delete_at().filter(|_| !failing),
            self.outbox.retry_at().filter(|_| self.connection.is_some()),
        ];
        let until = until.into_iter().flatten().min();
        let clock = self.shared.clock.as_ref();
        self.shared.inbox.wait(clock, until, failing)
    }

    fn take_in(&mut self, found: Found) {
        let now = self.now();
        for report in found.reports {
            match report {
                Report::Connected(connection) => {
                    self.connection = Some(connection);
                    self.unreachable = false;
                }
                Report::Disconnected => {
                    self.connection = None;
                    self.unreachable = true;
                    self.outbox.disconnected();
                }
                Report::Acknowledged(seq) => {
                    self.acknowledged += u64::from(self.outbox.acknowledged(seq, now));
                }
                Report::Refused(seq) => self.outbox.refused(seq, now, random::bits()),
            }
        }
        if found.dropped > 0 {
            self.holes += found.dropped;
            self.dropped.add(DropReason::Memory, found.dropped);
            if self.memory_loss.trouble("full") {
                warn!("the queue in memory is full; events are lost");
            }
        }
    }

    /// Brings everything that is due to disk.
    fn write(&mut self, at_once: bool) {
        let now = self.now();
        if self.disk.retry_at().is_some_and(|at| now < at) {
            return;
        }
        loop {
            if self.batch.is_empty() {
                self.batch = self.shared.inbox.take(BATCH_LEN_MAX, now, at_once);
            }
            if let Err(error) = self.write_batch(now) {
                return self.failed(&error, now);
            }
            let wants_more = at_once || self.shared.inbox.is_due(now);
            if self.shared.inbox.len() == 0 || !wants_more {
                break;
            }
        }
        self.disk.worked();
        if self.memory_loss.over() {
            warn!(
                lost = self.dropped.memory,
                "the queue in memory has room again"
            );
        }
    }

    /// Stores the batch, deletes what was acknowledged, and keeps the budget, in one transaction.
    fn write_batch(&mut self, now: Monotonic) -> Result<(), StoreError> {
        self.settle_uncertain()?;
        if self.disk.is_failing() {
            self.make_room()?;
        }
        let deletion_is_due = self.outbox.delete_at().is_some_and(|at| at <= now);
        if self.batch.is_empty() && !deletion_is_due {
            return Ok(());
        }
        let (items, records) = self.records();
        let holes = if items.is_empty() { 0 } else { self.holes };
        self.commit(items, records, holes)?;
        self.batch.clear();
        Ok(())
    }

    /// Deletes what was acknowledged, at the expense of the reserve if it must be.
    fn make_room(&mut self) -> Result<(), StoreError> {
        while self.outbox.delete_at().is_some() {
            let deleted = self.commit(Vec::new(), Vec::new(), 0);
            if deleted.is_err() && !self.disk.release_reserve() {
                return deleted;
            }
        }
        Ok(())
    }

    /// Whether the transaction that failed is on disk after all.
    fn settle_uncertain(&mut self) -> Result<(), StoreError> {
        let Some(attempt) = &self.uncertain else {
            return Ok(());
        };
        let (next_seq, _) = self.disk.open()?.meta()?;
        let made = next_seq == attempt.plan.next_seq;
        if let Some(attempt) = self.uncertain.take().filter(|_| made) {
            self.made(&attempt);
            self.batch.clear();
        }
        Ok(())
    }

    fn commit(
        &mut self,
        items: Vec<Item>,
        mut records: Vec<(u64, Vec<u8>)>,
        holes: u64,
    ) -> Result<(), StoreError> {
        let stores = !items.is_empty();
        let next_seq = items
            .last()
            .map_or(self.outbox.next_seq(), |item| item.seq + 1);
        let plan = self.outbox.plan(items, next_seq);
        if plan.is_empty() {
            return Ok(());
        }
        records.retain(|(seq, _)| plan.insert.iter().any(|item| item.seq == *seq));
        let mut dropped = self.dropped;
        dropped.add(DropReason::Budget, plan.evicted);
        let change = Change {
            insert: &records,
            delete: &plan.delete,
            next_seq: plan.next_seq,
            dropped,
        };
        let result = self.disk.open().and_then(|store| store.commit(&change));
        let attempt = Attempt { plan, holes };
        match result {
            Ok(()) => self.made(&attempt),
            Err(error) => {
                self.uncertain = Some(attempt).filter(|_| stores);
                return Err(error);
            }
        }
        Ok(())
    }

    fn made(&mut self, attempt: &Attempt) {
        self.outbox.apply(&attempt.plan);
        self.holes -= attempt.holes;
        self.stored += attempt.plan.insert.len() as u64;
        let evicted = attempt.plan.evicted;
        self.dropped.add(DropReason::Budget, evicted);
        if evicted > 0 && self.budget_loss.trouble("full") {
            warn!(
                waiting = self.outbox.len(),
                "the outbox's budget is full; the oldest updates are lost, then the oldest events"
            );
        }
        let has_room = self.outbox.bytes() < self.records_bytes_max / 4 * 3;
        if has_room && self.budget_loss.over() {
            warn!(lost = self.dropped.budget, "the outbox has room again");
        }
    }

    /// The batch as records, numbered from the next number on.
    fn records(&self) -> (Vec<Item>, Vec<(u64, Vec<u8>)>) {
        let first = self.outbox.next_seq() + self.holes;
        let numbered = (first..).zip(&self.batch);
        numbered
            .map(|(seq, queued)| {
                let record = self.record(seq, queued);
                let (at, record) = (record.at, record.encode());
                let item = Item {
                    seq,
                    class: Class::of(&queued.event.kind),
                    bytes: record.len() as u64 + RECORD_OVERHEAD_BYTES,
                    at,
                    camera: queued.event.camera.clone(),
                };
                (item, (seq, record))
            })
            .unzip()
    }

    fn record(&self, seq: u64, queued: &Queued) -> Record {
        let Shared { boot, clock, .. } = &self.shared;
        let event = &queued.event;
        let stamp = Stamp {
            boot: *boot,
            seq,
            at: clock.wall_at(event.at),
            clock_synced: clock.synced(),
            model: &queued.model,
        };
        Record {
            class: Class::of(&event.kind),
            at: stamp.at,
            captured_at: event.at,
            boot: *boot,
            camera: event.camera.to_string(),
            body: body(event, &stamp),
        }
    }

    /// Hands the connection as many records as it may have.
    fn feed(&mut self) {
        let Some(connection) = self.connection.clone() else {
            return;
        };
        let now = self.now();
        while let Some(store) = self.disk.opened() {
            let seqs: Vec<u64> = std::iter::from_fn(|| self.outbox.next(now)).collect();
            if seqs.is_empty() {
                return;
            }
            match store.get(&seqs) {
                Ok(records) => {
                    for (seq, bytes) in seqs.into_iter().zip(records) {
                        self.hand_over(&connection, seq, bytes, now);
                    }
                }
                Err(error) => {
                    seqs.into_iter().for_each(|seq| self.outbox.returned(seq));
                    return self.failed(&error, now);
                }
            }
        }
    }

    fn hand_over(
        &mut self,
        connection: &mpsc::Sender<Delivery>,
        seq: u64,
        bytes: Option<Vec<u8>>,
        now: Monotonic,
    ) {
        let Some(record) = bytes.and_then(|bytes| Record::decode(&bytes).ok()) else {
            error!(seq, "a stored event cannot be read and is lost");
            self.dropped.add(DropReason::Unreadable, 1);
            self.outbox.unreadable(seq, now);
            return;
        };
        // An error means that the connection has just ended; its report is on the way and brings the event back.
        let _ = connection.try_send(Delivery { seq, record });
    }

    fn failed(&mut self, error: &StoreError, now: Monotonic) {
        self.disk.failed(error, now, random::bits());
        if matches!(error, StoreError::Damaged { .. }) {
            self.begin_anew();
        }
    }

    /// The store was found damaged while in use: its numbers go on in a new one.
    fn begin_anew(&mut self) {
        let suffix = suffix(self.shared.clock.as_ref());
        if let Err(error) = self.disk.set_aside(&suffix) {
            error!(error = chain(&error), "cannot begin a new outbox");
            return;
        }
        self.dropped
            .add(DropReason::Unreadable, self.outbox.len() as u64);
        self.outbox = Outbox::new(self.records_bytes_max, self.outbox.next_seq(), []);
        self.uncertain = None;
    }

    fn is_done(&self, stop_by: Monotonic) -> bool {
        let written = self.disk.is_failing() || self.in_memory() == 0;
        let sent = self.outbox.is_empty() || self.unreachable;
        self.now() >= stop_by || (written && sent)
    }

    fn finish(mut self) -> Rest {
        if let Err(error) = self.make_room() {
            warn!(
                error = chain(&error),
                "acknowledged events stay on disk and will be sent again"
            );
        }
        self.tell();
        Rest {
            in_memory: self.in_memory(),
            on_disk: self.outbox.len() as u64,
        }
    }

    fn in_memory(&self) -> u64 {
        (self.batch.len() + self.shared.inbox.len()) as u64
    }

    /// Says that a piece of work begins; [`Self::tell`] ends it.
    fn at_work(&self) {
        let now = self.now();
        self.shared.stats().pulse.writing_since = Some(now);
    }

    fn tell(&self) {
        let mut stats = self.shared.stats();
        stats.depth = self.outbox.len() as u64;
        stats.bytes = self.outbox.bytes();
        stats.oldest = self.outbox.oldest();
        stats.queued = self.in_memory();
        stats.stored = self.stored;
        stats.acknowledged = self.acknowledged;
        stats.dropped = self.dropped;
        stats.disk = self.disk.state();
        stats.pulse.writing_since = None;
    }

    fn now(&self) -> Monotonic {
        self.shared.clock.monotonic()
    }
}

/// What is on disk, and the numbers of what is there but cannot be read.
fn items(store: &Store) -> Result<(Vec<Item>, Vec<u64>), StoreError> {
    let (mut items, mut unreadable) = (Vec::new(), Vec::new());
    let mut cameras: Vec<Arc<str>> = Vec::new();
    store.scan(|seq, bytes| match Record::decode(bytes) {
        Ok(record) => {
            let known = cameras.iter().find(|camera| ***camera == *record.camera);
            let camera = known.cloned().unwrap_or_else(|| {
                cameras.push(record.camera.as_str().into());
                cameras[cameras.len() - 1].clone()
            });
            items.push(Item {
                seq,
                class: record.class,
                bytes: bytes.len() as u64 + RECORD_OVERHEAD_BYTES,
                at: record.at,
                camera,
            });
        }
        Err(_) => unreadable.push(seq),
    })?;
    Ok((items, unreadable))
}

/// Civil time, for a file's name.
fn suffix(clock: &dyn Clock) -> String {
    (clock.wall().unix_micros() / 1_000_000).to_string()
}
