//! The one-slot hand-over between the capture thread and the pipeline thread: the newest value wins.
//!
//! Takes values from one thread and gives the newest to another. A value that is overwritten before it was taken is
//! counted; no value is ever lost uncounted, and closing loses none.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// A slot that holds at most one value.
///
/// When it is full, [`put`](Self::put) overwrites and counts, and [`put_waiting`](Self::put_waiting) waits.
#[derive(Debug)]
pub struct Latest<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    slot: Option<T>,
    closed: bool,
    dropped: u64,
}

/// Why a value was not put; holds it.
#[derive(Debug, PartialEq, Eq)]
pub enum NotPut<T> {
    /// Nobody emptied the slot in time.
    TimedOut(T),
    /// Nobody will take it any more.
    Closed(T),
}

/// Why there is no value to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// None was put in time.
    #[error("nothing came in time")]
    TimedOut,
    /// None will be put any more, and the last one was taken.
    #[error("nothing will come any more")]
    Closed,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        let state = State {
            slot: None,
            closed: false,
            dropped: 0,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }
}

impl<T> Latest<T> {
    /// An empty, open slot.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `value`; one that still waits there is overwritten and counted. Gives `value` back when the slot is closed.
    pub fn put(&self, value: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.closed {
            return Err(value);
        }
        let overwritten = state.slot.replace(value);
        state.dropped += u64::from(overwritten.is_some());
        drop(state);
        self.changed.notify_all();
        // Here and not under the lock: a frame's bytes go back to the driver with a system call.
        drop(overwritten);
        Ok(())
    }

    /// Puts `value` once the slot is empty, waiting for that at most `patience`. Overwrites nothing.
    pub fn put_waiting(&self, value: T, patience: Duration) -> Result<(), NotPut<T>> {
        let mut state = self.wait_while(patience, |state| state.slot.is_some() && !state.closed);
        if state.closed {
            return Err(NotPut::Closed(value));
        }
        if state.slot.is_some() {
            return Err(NotPut::TimedOut(value));
        }
        state.slot = Some(value);
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// Takes the value, waiting for one at most `patience`.
    pub fn take(&self, patience: Duration) -> Result<T, NotTaken> {
        let mut state = self.wait_while(patience, |state| state.slot.is_none() && !state.closed);
        let value = state.slot.take();
        let closed = state.closed;
        drop(state);
        match value {
            Some(value) => {
                self.changed.notify_all();
                Ok(value)
            }
            None if closed => Err(NotTaken::Closed),
            None => Err(NotTaken::TimedOut),
        }
    }

    /// Throws away the value that waits there, if one does, and counts it: its time is over.
    pub fn discard(&self) {
        let mut state = self.lock();
        let discarded = state.slot.take();
        state.dropped += u64::from(discarded.is_some());
        drop(state);
        self.changed.notify_all();
        // As in `put`, not under the lock.
        drop(discarded);
    }

    /// Refuses what comes from now on. A value that waits there can still be taken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// How many values were overwritten or discarded.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn wait_while(
        &self,
        patience: Duration,
        condition: impl Fn(&State<T>) -> bool,
    ) -> MutexGuard<'_, State<T>> {
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), patience, |state| condition(state))
            .expect("nobody panics while holding it");
        state
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().expect("nobody panics while holding it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const NOT_AT_ALL: Duration = Duration::ZERO;
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn the_newest_value_wins_and_the_others_are_counted() {
        let slot = Latest::new();
        for value in 1..=3 {
            slot.put(value).expect("open");
        }
        assert_eq!(slot.take(NOT_AT_ALL), Ok(3));
        assert_eq!(slot.dropped(), 2);
        assert_eq!(slot.take(NOT_AT_ALL), Err(NotTaken::TimedOut));
    }

    #[test]
    fn a_discarded_value_is_counted_and_cannot_be_taken() {
        let slot = Latest::new();
        slot.put(1).expect("open");
        slot.discard();
        assert_eq!(slot.take(NOT_AT_ALL), Err(NotTaken::TimedOut));
        slot.discard();
        assert_eq!(slot.dropped(), 1, "an empty slot holds nothing to count");
    }

    #[test]
    fn closing_loses_nothing_that_was_put_before() {
        let slot = Latest::new();
        slot.put(1).expect("open");
        slot.close();
        assert_eq!(slot.put(2), Err(2));
        assert_eq!(slot.put_waiting(3, LONG), Err(NotPut::Closed(3)));
        assert_eq!(slot.take(LONG), Ok(1));
        assert_eq!(slot.take(LONG), Err(NotTaken::Closed));
        assert_eq!(slot.dropped(), 0);
    }

    #[test]
    fn a_full_slot_keeps_a_patient_value_out_until_it_is_taken() {
        let slot = Latest::new();
        slot.put(1).expect("open");
        assert_eq!(slot.put_waiting(2, NOT_AT_ALL), Err(NotPut::TimedOut(2)));
        assert_eq!(slot.take(NOT_AT_ALL), Ok(1));
    }

    #[test]
    fn patient_values_all_arrive_in_order() {
        let slot = Latest::new();
        let arrived: Vec<u32> = thread::scope(|scope| {
            scope.spawn(|| {
                for value in 0..1000 {
                    slot.put_waiting(value, LONG).expect("taken in time");
                }
                slot.close();
            });
            std::iter::from_fn(|| slot.take(LONG).ok()).collect()
        });
        assert!(arrived.into_iter().eq(0..1000));
        assert_eq!(slot.dropped(), 0);
    }

    #[test]
    fn every_value_is_either_taken_or_counted() {
        let slot = Latest::new();
        let taken = thread::scope(|scope| {
            scope.spawn(|| {
                for value in 0..10_000 {
                    slot.put(value).expect("open");
                }
                slot.close();
            });
            std::iter::from_fn(|| slot.take(LONG).ok()).count() as u64
        });
        assert_eq!(taken + slot.dropped(), 10_000);
    }

    #[test]
    fn closing_wakes_whoever_waits() {
        let slot = Latest::<u32>::new();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| slot.take(LONG));
            slot.close();
            assert_eq!(waiting.join().expect("no panic"), Err(NotTaken::Closed));
        });
    }
}
