//! What publishing tells about itself: counts and states, for `status`, metrics and `doctor`.

use serde::Serialize;

use super::lateness::Lateness;
use super::pulse::Pulse;
use crate::types::{Monotonic, Wall};

/// A snapshot of publishing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishStats {
    /// How the connection to the broker is.
    pub link: LinkState,
    /// Since when it is like that.
    pub since: Monotonic,
    /// Connections that the broker accepted since the daemon started.
    pub connections: u64,
    /// Events on disk that the broker has not acknowledged.
    pub depth: u64,
    /// The size of their records in bytes; the file takes up to about twice as much.
    pub bytes: u64,
    /// Civil time of the event among them that was seen first.
    pub oldest: Option<Wall>,
    /// Events in memory that wait for the disk.
    pub queued: u64,
    /// Events written to disk since the daemon started.
    pub stored: u64,
    /// Events acknowledged by the broker since the daemon started.
    pub acknowledged: u64,
    /// How long events were on the way when they were handed to the connection; one that is sent again counts again.
    pub lateness: Lateness,
    /// Times that the broker refused an event or a state; each is tried again.
    pub refused: u64,
    /// Events lost since the outbox was made, by reason.
    pub dropped: Drops,
    /// Why the broker cannot be reached, or what it refuses; `None` once that is over.
    pub last_error: Option<String>,
    /// How the disk is.
    pub disk: DiskState,
    /// Whether the threads come round.
    pub pulse: Pulse,
}

impl PublishStats {
    /// Whether the broker has accepted us.
    pub fn connected(&self) -> bool {
        self.link == LinkState::Connected
    }
}

/// How the connection to the broker is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// An attempt is under way.
    #[default]
    Connecting,
    /// The broker has accepted us.
    Connected,
    /// The last attempt failed; the next begins after a wait.
    Waiting,
}

/// How the outbox's disk is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DiskState {
    /// Events are written.
    #[default]
    Ok,
    /// Events wait in memory and writing is tried again; holds the reason.
    Failing(String),
}

impl std::fmt::Display for DiskState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Failing(reason) => f.write_str(reason),
        }
    }
}

/// Why an event was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// The outbox's budget was full.
    Budget,
    /// The disk could not be written and the queue in memory was full.
    Memory,
    /// A stored event could not be read back.
    Unreadable,
}

/// Events lost, by reason. Each leaves a hole in `seq`, so that a subscriber can tell loss from delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Drops {
    /// The outbox's budget was full.
    pub budget: u64,
    /// The disk could not be written and the queue in memory was full.
    pub memory: u64,
    /// A stored event could not be read back.
    pub unreadable: u64,
}

impl Drops {
    /// Counts `n` more.
    pub fn add(&mut self, reason: DropReason, n: u64) {
        let count = match reason {
            DropReason::Budget => &mut self.budget,
            DropReason::Memory => &mut self.memory,
            DropReason::Unreadable => &mut self.unreadable,
        };
        *count += n;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.budget + self.memory + self.unreadable
    }
}
