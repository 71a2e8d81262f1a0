//! The outbox's file, through redb. Takes and gives records by number; decides nothing.
//!
//! One transaction holds the new records, the deletions, the next number and the counts of what was lost, so that a power
//! cut leaves all of them or none. A write that failed leaves redb closed for good, so the caller opens the store again.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition,
};

use crate::publish::Drops;

/// Name of the file in the outbox's folder.
pub const FILE: &str = "outbox.redb";
const EVENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("events");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const NEXT_SEQ: &str = "next_seq";
const DROPPED_BUDGET: &str = "dropped_budget";
const DROPPED_MEMORY: &str = "dropped_memory";
const DROPPED_UNREADABLE: &str = "dropped_unreadable";

/// redb's own default is 1 GiB.
const CACHE_BYTES: usize = 4 << 20;

/// What keeps the store from being used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder is not there and cannot be made, or cannot be synced.
    #[error("cannot make the outbox's folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("the outbox {path} is in use by another process; one outbox serves one daemon")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be opened.
    #[error("cannot open the outbox {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<redb::Error>,
    },
    /// Its contents make no sense.
    #[error("the outbox {path} is damaged")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<redb::Error>,
    },
    /// It cannot be set aside.
    #[error("cannot rename the damaged outbox {path}")]
    SetAside {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be read.
    #[error("cannot read the outbox {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<redb::Error>,
    },
    /// It cannot be written.
    #[error("cannot write the outbox {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<redb::Error>,
    },
}

/// A change of the store.
#[derive(Debug)]
pub struct Change<'a> {
    /// New records by number.
    pub insert: &'a [(u64, Vec<u8>)],
    /// Numbers of the records to delete.
    pub delete: &'a [u64],
    /// The number that the next new event gets.
    pub next_seq: u64,
    /// Events lost so far.
    pub dropped: Drops,
}

/// The outbox's file.
pub struct Store {
    database: Database,
    path: PathBuf,
}

impl Store {
    /// Opens the store in `folder`, making both if they are not there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let path = folder.join(FILE);
        let is_new = !path.exists();
        let opened = builder().create(&path);
        let database = opened.map_err(|error| open_error(path.clone(), error))?;
        let store = Self { database, path };
        store.make_tables()?;
        if is_new {
            sync_name(folder)?;
        }
        Ok(store)
    }

    /// Renames the damaged file in `folder` to one with `suffix`, and gives its new path.
    pub fn set_aside(folder: &Path, suffix: &str) -> Result<PathBuf, StoreError> {
        let path = folder.join(FILE);
        let aside = folder.join(format!("{FILE}.damaged-{suffix}"));
        match std::fs::rename(&path, &aside) {
            Ok(()) => sync_name(folder).map(|()| aside),
            Err(source) => Err(StoreError::SetAside { path, source }),
        }
    }

    /// The number that the next new event gets, and the events lost so far.
    pub fn meta(&self) -> Result<(u64, Drops), StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(META)?;
            let get = |key| Ok::<_, redb::Error>(table.get(key)?.map_or(0, |value| value.value()));
            let dropped = Drops {
                budget: get(DROPPED_BUDGET)?,
                memory: get(DROPPED_MEMORY)?,
                unreadable: get(DROPPED_UNREADABLE)?,
            };
            Ok((get(NEXT_SEQ)?.max(1), dropped))
        })
    }

    /// Calls `see` with every record in the order of their numbers.
    pub fn scan(&self, mut see: impl FnMut(u64, &[u8])) -> Result<(), StoreError> {
        self.read(|transaction| {
            for record in transaction.open_table(EVENTS)?.iter()? {
                let (seq, bytes) = record?;
                see(seq.value(), bytes.value());
            }
            Ok(())
        })
    }

    /// The records of these numbers; `None` for one that is not there.
    pub fn get(&self, seqs: &[u64]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(EVENTS)?;
            let get = |seq: &u64| Ok(table.get(seq)?.map(|bytes| bytes.value().to_vec()));
            seqs.iter().map(get).collect()
        })
    }

    /// Makes a change; when this returns it is on disk, or nothing of it is.
    pub fn commit(&self, change: &Change<'_>) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut events = transaction.open_table(EVENTS)?;
            for seq in change.delete {
                events.remove(seq)?;
            }
            for (seq, bytes) in change.insert {
                events.insert(seq, bytes.as_slice())?;
            }
            let mut meta = transaction.open_table(META)?;
            meta.insert(NEXT_SEQ, change.next_seq)?;
            meta.insert(DROPPED_BUDGET, change.dropped.budget)?;
            meta.insert(DROPPED_MEMORY, change.dropped.memory)?;
            meta.insert(DROPPED_UNREADABLE, change.dropped.unreadable)?;
            Ok(())
        })
    }

    fn make_tables(&self) -> Result<(), StoreError> {
        let missing = self.read(|transaction| match transaction.open_table(META) {
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(true),
            table => Ok(table.map(|_| false)?),
        })?;
        if !missing {
            return Ok(());
        }
        self.write(|transaction| {
            transaction.open_table(EVENTS)?;
            transaction.open_table(META)?;
            Ok(())
        })
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&redb::ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let result = self.database.begin_read().map_err(redb::Error::from);
        let result = result.and_then(|transaction| work(&transaction));
        result.map_err(|error| self.error(error, |path, source| StoreError::Read { path, source }))
    }

    fn write(
        &self,
        work: impl FnOnce(&redb::WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let result = self.database.begin_write().map_err(redb::Error::from);
        let result = result.and_then(|transaction| {
            work(&transaction)?;
            Ok(transaction.commit()?)
        });
        result.map_err(|error| self.error(error, |path, source| StoreError::Write { path, source }))
    }

    fn error(
        &self,
        error: redb::Error,
        otherwise: impl FnOnce(PathBuf, Box<redb::Error>) -> StoreError,
    ) -> StoreError {
        let path = self.path.clone();
        match error {
            redb::Error::Corrupted(_) => StoreError::Damaged {
                path,
                source: Box::new(error),
            },
            error => otherwise(path, Box::new(error)),
        }
    }
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder
        .set_cache_size(CACHE_BYTES)
        // Without it redb trusts the file and panics on a damaged page.
        .set_check_integrity_on_open(true);
    builder
}

/// Makes the names in `folder`, and its own, outlive a power cut: a file that is synced can still lose its name.
fn sync_name(folder: &Path) -> Result<(), StoreError> {
    for folder in [Some(folder), folder.parent()].into_iter().flatten() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        })?;
    }
    Ok(())
}

fn open_error(path: PathBuf, error: DatabaseError) -> StoreError {
    // What redb says of a file that does not begin like one of its own, and of one that was cut short.
    let is_damage = |error: &std::io::Error| {
        matches!(
            error.kind(),
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof
        )
    };
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path },
        DatabaseError::RepairAborted
        | DatabaseError::UpgradeRequired(_)
        | DatabaseError::Storage(StorageError::Corrupted(_)) => StoreError::Damaged {
            path,
            source: Box::new(error.into()),
        },
        DatabaseError::Storage(StorageError::Io(ref io)) if is_damage(io) => StoreError::Damaged {
            path,
            source: Box::new(error.into()),
        },
        error => StoreError::Open {
            path,
            source: Box::new(error.into()),
        },
    }
}

#[cfg(test)]
mod power_cut;
