//! Events in memory, between the pipeline and the disk. Pure.
//!
//! Usually it holds an event for the time of one write. It fills up while the disk cannot be written; the oldest `updated`
//! events then go first, and the oldest of the others when there are none left. What goes is counted.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::publish::outbox::Class;
use crate::publish::payload::ModelRef;
use crate::types::{Event, Monotonic};

/// Events that may wait in memory; about 2 MB.
pub const QUEUE_LEN_MAX: usize = 4096;

/// An event on its way to the disk.
#[derive(Clone, Debug)]
pub struct Queued {
    /// What happened.
    pub event: Event,
    /// The model that saw it.
    pub model: Arc<ModelRef>,
    /// When it was queued.
    pub queued_at: Monotonic,
}

/// Events in memory, oldest first.
#[derive(Debug)]
pub struct Queue {
    events: VecDeque<Queued>,
    len_max: usize,
    group_commit: Duration,
    dropped: u64,
}

impl Queue {
    /// An empty queue for at most `len_max` events, in which `updated` events wait `group_commit` for others.
    pub const fn new(len_max: usize, group_commit: Duration) -> Self {
        Self {
            events: VecDeque::new(),
            len_max,
            group_commit,
            dropped: 0,
        }
    }

    /// Takes an event, and drops the least important one when there is no room.
    pub fn push(&mut self, event: Queued) {
        self.events.push_back(event);
        if self.events.len() > self.len_max {
            let routine = |queued: &Queued| Class::of(&queued.event.kind) == Class::Routine;
            let victim = self.events.iter().position(routine).unwrap_or(0);
            self.events.remove(victim);
            self.dropped += 1;
        }
    }

    /// When the queue wants to be written: at once if anything in it matters, else when its oldest `updated` has waited
    /// long enough; `None` while it is empty.
    pub fn due_at(&self) -> Option<Monotonic> {
        let oldest = self.events.front()?;
        let urgent = self
            .events
            .iter()
            .find(|queued| Class::of(&queued.event.kind) == Class::Important);
        Some(match urgent {
            Some(urgent) => urgent.queued_at,
            None => oldest.queued_at + self.group_commit,
        })
    }

    /// Takes out up to `n` events, oldest first.
    pub fn take(&mut self, n: usize) -> Vec<Queued> {
        let n = n.min(self.events.len());
        self.events.drain(..n).collect()
    }

    /// How many events were dropped since this was last asked.
    pub const fn take_dropped(&mut self) -> u64 {
        std::mem::replace(&mut self.dropped, 0)
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.events.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{EventKind, VisitId};

    fn queued(kind: EventKind, id: u128, ms: u64) -> Queued {
        Queued {
            event: Event {
                kind,
                id: VisitId(id),
                camera: "porch".into(),
                at: Monotonic::from_millis(ms),
                subject: None,
                count: 0,
            },
            model: Arc::new(ModelRef {
                name: String::new(),
                version: String::new(),
                sha256: String::new(),
            }),
            queued_at: Monotonic::from_millis(ms),
        }
    }

    fn ids(queue: &mut Queue) -> Vec<u128> {
        let all = queue.take(usize::MAX);
        all.iter().map(|queued| queued.event.id.0).collect()
    }

    #[test]
    fn a_full_queue_drops_the_oldest_update_and_then_the_oldest() {
        let mut queue = Queue::new(3, Duration::ZERO);
        queue.push(queued(EventKind::Entered, 1, 0));
        queue.push(queued(EventKind::Updated, 2, 1));
        queue.push(queued(EventKind::Updated, 3, 2));
        queue.push(queued(EventKind::Left, 4, 3));
        queue.push(queued(EventKind::Entered, 5, 4));
        queue.push(queued(EventKind::Left, 6, 5));
        assert_eq!(queue.take_dropped(), 3);
        assert_eq!(ids(&mut queue), [4, 5, 6]);
    }

    #[test]
    fn updates_wait_for_company_and_everything_else_is_due_at_once() {
        let mut queue = Queue::new(9, Duration::from_millis(500));
        assert_eq!(queue.due_at(), None);
        queue.push(queued(EventKind::Updated, 1, 100));
        queue.push(queued(EventKind::Updated, 2, 300));
        assert_eq!(queue.due_at(), Some(Monotonic::from_millis(600)));
        queue.push(queued(EventKind::Left, 3, 400));
        assert_eq!(queue.due_at(), Some(Monotonic::from_millis(400)));
        assert_eq!(ids(&mut queue), [1, 2, 3]);
    }
}
