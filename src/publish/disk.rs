//! The store as it is in a world where disks fill up and fail: after an error it is opened again, and writing is tried again
//! with growing waits. Reading goes on meanwhile where it can, because sending what is stored makes room.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tracing::{error, info};

use crate::backoff::Backoff;
use crate::causes::chain;
use crate::publish::DiskState;
use crate::publish::episode::Episode;
use crate::publish::reserve::Reserve;
use crate::publish::store::{Store, StoreError};
use crate::types::Monotonic;

const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(30);

/// The store, or the wait for it.
pub struct Disk {
    folder: PathBuf,
    store: Option<Store>,
    reserve: Reserve,
    trouble: Episode,
    backoff: Backoff,
    retry_at: Option<Monotonic>,
}

impl Disk {
    /// A disk that works: `store` has just been opened in `folder`.
    pub fn new(folder: &Path, store: Store) -> Self {
        Self {
            folder: folder.to_owned(),
            store: Some(store),
            reserve: Reserve::take(folder),
            trouble: Episode::default(),
            backoff: Backoff::new(RETRY_FIRST, RETRY_MAX),
            retry_at: None,
        }
    }

    /// The store, if it is open: good for reading even while writing fails.
    pub const fn opened(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// The store, opened again if that is needed.
    pub fn open(&mut self) -> Result<&Store, StoreError> {
        if self.store.is_none() {
            self.store = Some(Store::open(&self.folder)?);
        }
        Ok(self.store.as_ref().expect("it has just been opened"))
    }

    /// Something failed: the store is opened anew, and writing waits. `random` is any 64 random bits.
    pub fn failed(&mut self, error: &StoreError, now: Monotonic, random: u64) {
        let reason = chain(error);
        if self.trouble.trouble(&reason) {
            error!(error = reason, "the outbox fails; events wait in memory");
        }
        self.retry_at = Some(now + self.backoff.next(random));
        self.reopen();
    }

    /// Gives the room away that is kept for deleting. `false` if there is none.
    pub fn release_reserve(&mut self) -> bool {
        let released = self.reserve.release();
        self.reopen();
        released
    }

    /// redb answers nothing but errors once an I/O operation has failed.
    fn reopen(&mut self) {
        // The old one must be gone before the new one can have the file's lock.
        self.store = None;
        self.store = Store::open(&self.folder).ok();
    }

    /// Everything that was to be done is done.
    pub fn worked(&mut self) {
        if self.trouble.over() {
            info!("the outbox works again");
        }
        self.retry_at = None;
        self.backoff.reset();
        self.reserve.renew();
    }

    /// Whether something failed and has not worked since.
    pub const fn is_failing(&self) -> bool {
        self.retry_at.is_some()
    }

    /// When to try again, while it fails.
    pub const fn retry_at(&self) -> Option<Monotonic> {
        self.retry_at
    }

    /// Makes the next try due now.
    pub fn hurry(&mut self, now: Monotonic) {
        if self.is_failing() {
            self.retry_at = Some(now);
        }
    }

    /// The damaged file is renamed with `suffix`, to be looked at by a person; the next store begins empty.
    pub fn set_aside(&mut self, suffix: &str) -> Result<(), StoreError> {
        self.store = None;
        let aside = Store::set_aside(&self.folder, suffix)?;
        error!(kept = %aside.display(), "a new outbox begins; what the damaged one held is lost");
        Ok(())
    }

    /// For the statistics.
    pub fn state(&self) -> DiskState {
        match self.trouble.reason() {
            Some(reason) => DiskState::Failing(reason.to_owned()),
            None => DiskState::Ok,
        }
    }
}
