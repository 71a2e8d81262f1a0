//! Where the writer's thread waits: events from the pipelines, reports from the connection, and the request to stop.
//!
//! Handing something over holds a lock for the time of a push, never for that of a write.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::publish::queue::{Queue, Queued};
use crate::publish::record::Record;
use crate::types::Monotonic;

/// What the connection tells the writer.
#[derive(Debug)]
pub enum Report {
    /// The broker has accepted us; events for this connection go here. It has room for a whole window.
    Connected(mpsc::Sender<Delivery>),
    /// The connection is gone, and nothing that was not acknowledged before this ever will be.
    Disconnected,
    /// The broker has the event of this number.
    Acknowledged(u64),
    /// The broker does not take the event of this number.
    Refused(u64),
}

/// An event on its way to the broker.
#[derive(Debug)]
pub struct Delivery {
    /// Its number.
    pub seq: u64,
    /// What to send.
    pub record: Record,
}

/// What the writer finds when it wakes up.
#[derive(Debug)]
pub struct Found {
    /// What the connection told, in order.
    pub reports: Vec<Report>,
    /// Events in memory that were dropped since the last time.
    pub dropped: u64,
    /// Until when to finish, once a stop is asked for.
    pub stop_by: Option<Monotonic>,
}

/// Where the writer's thread waits.
#[derive(Debug)]
pub struct Inbox {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    reports: Vec<Report>,
    stop_by: Option<Monotonic>,
    /// Something happened that the writer has not seen.
    news: bool,
}

impl Inbox {
    /// An inbox around an empty queue.
    pub const fn new(queue: Queue) -> Self {
        Self {
            state: Mutex::new(State {
                queue,
                reports: Vec::new(),
                stop_by: None,
                news: false,
            }),
            filled: Condvar::new(),
        }
    }

    /// Hands over an event.
    pub fn push(&self, event: Queued) {
        self.change(|state| state.queue.push(event));
    }

    /// Hands over a report. Few wait at a time: one an event in flight, and two a connection.
    pub fn report(&self, report: Report) {
        self.change(|state| state.reports.push(report));
    }

    /// Asks the writer to finish by this time.
    pub fn stop(&self, by: Monotonic) {
        self.change(|state| state.stop_by = Some(by));
    }

    /// Takes out up to `n` events, oldest first, if they are due or `at_once`.
    pub fn take(&self, n: usize, now: Monotonic, at_once: bool) -> Vec<Queued> {
        let mut state = self.lock();
        let due = state.queue.due_at().is_some_and(|at| at <= now);
        if due || at_once {
            state.queue.take(n)
        } else {
            Vec::new()
        }
    }

    /// Whether waiting events want to be written.
    pub fn is_due(&self, now: Monotonic) -> bool {
        self.lock().queue.due_at().is_some_and(|at| at <= now)
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// Waits until something happens, `until` comes, or (unless `queue_can_wait`) events are due; then takes what there is.
    pub fn wait(&self, clock: &dyn Clock, until: Option<Monotonic>, queue_can_wait: bool) -> Found {
        let mut state = self.lock();
        loop {
            let due = state.queue.due_at().filter(|_| !queue_can_wait);
            let wake_at = until.into_iter().chain(due).min();
            let left = wake_at.map(|at| at.since(clock.monotonic()));
            if state.news || left == Some(Duration::ZERO) {
                break;
            }
            state = match left {
                Some(left) => self.filled.wait_timeout(state, left).expect(LOCK).0,
                None => self.filled.wait(state).expect(LOCK),
            };
        }
        state.news = false;
        Found {
            reports: std::mem::take(&mut state.reports),
            dropped: state.queue.take_dropped(),
            stop_by: state.stop_by,
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        state.news = true;
        drop(state);
        self.filled.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect(LOCK)
    }
}

const LOCK: &str = "nobody panics while holding it";
