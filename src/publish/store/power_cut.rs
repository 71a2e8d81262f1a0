//! Power cuts, thousands of them: no event that was reported as stored may be missing afterwards.
//!
//! The store runs on a disk that keeps a log of every write and every sync. A cut is a place in that log: what was synced before
//! it is there, and of what was written since, each sector of 512 bytes is there or not, in any order, as drives with a
//! cache do it. The store is then opened on what is left.
//!
//! What this cannot show: a drive that claims to have synced and has not, a file system that loses the file's name (the
//! folder is synced when the file is made), and hardware that spoils sectors which nobody wrote to.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

use super::{Change, Store, StoreError, builder, open_error};
use crate::dice::Dice;
use crate::publish::Drops;

const SECTOR: usize = 512;

#[test]
fn after_a_power_cut_every_stored_event_is_there_and_no_transaction_is_half_made() {
    let mut dice = Dice::new(2026, 0);
    let mut cuts = 0;
    for _ in 0..8 {
        let disk = Disk::default();
        let store = store(disk.clone()).expect("an empty disk takes a store");
        let before = disk.len_of_log();
        let history = work(&store, &disk, &mut dice);
        let log = disk.log();
        for _ in 0..250 {
            let cut = before + dice.below(log.len() - before);
            let left = Disk::of(after_a_cut(&log[..cut], &mut dice));
            let found = records(&store_on(left, cut));
            // The last transaction that had returned by then; the next one may have been made as well, but wholly.
            let returned = history
                .iter()
                .rposition(|made| made.at <= cut)
                .expect("the first");
            let allowed = &history[returned..history.len().min(returned + 2)];
            assert!(
                allowed.iter().any(|made| made.records == found),
                "cut at {cut} of {}: {} events, expected {:?}",
                log.len(),
                found.len(),
                allowed
                    .iter()
                    .map(|made| made.records.len())
                    .collect::<Vec<_>>(),
            );
            cuts += 1;
        }
    }
    assert_eq!(cuts, 2000);
}

/// What is stored once the transaction that ended at `at` in the disk's log has been made.
struct Made {
    at: usize,
    records: BTreeMap<u64, Vec<u8>>,
}

/// A life of an outbox: events come singly and in groups, and are deleted when they are acknowledged.
fn work(store: &Store, disk: &Disk, dice: &mut Dice) -> Vec<Made> {
    let mut records = BTreeMap::new();
    let mut next_seq = 1;
    let mut history = vec![Made {
        at: disk.len_of_log(),
        records: records.clone(),
    }];
    for _ in 0..60 {
        let insert: Vec<(u64, Vec<u8>)> = (0..dice.below(12) as u64)
            .map(|i| {
                (
                    next_seq + i,
                    vec![dice.below(256) as u8; 200 + dice.below(400)],
                )
            })
            .collect();
        let acknowledged = dice.below(records.len().max(1));
        let delete: Vec<u64> = records.keys().copied().take(acknowledged).collect();
        next_seq += insert.len() as u64;
        let change = Change {
            insert: &insert,
            delete: &delete,
            next_seq,
            dropped: Drops::default(),
        };
        store.commit(&change).expect("the disk works");
        records.retain(|seq, _| !delete.contains(seq));
        records.extend(insert);
        history.push(Made {
            at: disk.len_of_log(),
            records: records.clone(),
        });
    }
    history
}

fn store(disk: Disk) -> Result<Store, StoreError> {
    let path = std::path::PathBuf::from("a disk in memory");
    let opened = builder().create_with_backend(disk);
    let store = Store {
        database: opened.map_err(|error| open_error(path.clone(), error))?,
        path,
    };
    store.make_tables()?;
    Ok(store)
}

fn store_on(disk: Disk, cut: usize) -> Store {
    store(disk).unwrap_or_else(|error| panic!("cut at {cut}: {error:?}"))
}

fn records(store: &Store) -> BTreeMap<u64, Vec<u8>> {
    let mut records = BTreeMap::new();
    let scanned = store.scan(|seq, bytes| {
        records.insert(seq, bytes.to_vec());
    });
    scanned.expect("it can be read");
    records
}

/// What the disk was told to do.
#[derive(Clone, Debug)]
enum Entry {
    Write(u64, Vec<u8>),
    SetLen(u64),
    Sync,
}

/// The bytes that are left when the power goes after these entries.
fn after_a_cut(log: &[Entry], dice: &mut Dice) -> Vec<u8> {
    let synced = log.iter().rposition(|entry| matches!(entry, Entry::Sync));
    let (safe, mut at_stake) = match synced {
        Some(last) => (&log[..last], log[last..].to_vec()),
        None => (&log[..0], log.to_vec()),
    };
    let mut bytes = Vec::new();
    for entry in safe {
        apply(&mut bytes, entry);
    }
    // In an order of the drive's own.
    for i in (1..at_stake.len()).rev() {
        at_stake.swap(i, dice.below(i + 1));
    }
    for entry in at_stake {
        match entry {
            Entry::Write(offset, data) => {
                for (i, sector) in data.chunks(SECTOR).enumerate() {
                    if dice.below(2) == 0 {
                        let at = offset + (i * SECTOR) as u64;
                        apply(&mut bytes, &Entry::Write(at, sector.to_vec()));
                    }
                }
            }
            Entry::SetLen(_) if dice.below(2) == 0 => apply(&mut bytes, &entry),
            Entry::SetLen(_) | Entry::Sync => {}
        }
    }
    bytes
}

fn apply(bytes: &mut Vec<u8>, entry: &Entry) {
    match entry {
        Entry::Write(offset, data) => {
            let start = *offset as usize;
            let end = start + data.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[start..end].copy_from_slice(data);
        }
        Entry::SetLen(len) => bytes.resize(*len as usize, 0),
        Entry::Sync => {}
    }
}

/// A disk in memory that remembers what it was told.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    log: Vec<Entry>,
}

impl Disk {
    fn of(bytes: Vec<u8>) -> Self {
        let log = Vec::new();
        Self(Arc::new(Mutex::new(State { bytes, log })))
    }

    fn log(&self) -> Vec<Entry> {
        self.state().log.clone()
    }

    fn len_of_log(&self) -> usize {
        self.state().log.len()
    }

    fn do_it(&self, entry: Entry) {
        let mut state = self.state();
        apply(&mut state.bytes, &entry);
        state.log.push(entry);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no panic")
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let start = offset as usize;
        let found = state.bytes.get(start..start + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.do_it(Entry::SetLen(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.do_it(Entry::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.do_it(Entry::Write(offset, data.to_vec()));
        Ok(())
    }
}
