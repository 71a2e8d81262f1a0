//! Whether the threads that publish still come round. Pure.
//!
//! A broker that is away and a disk that is full stop neither of them: those are waited for, and told. A write that never
//! returns does.

use std::time::Duration;

use crate::types::Monotonic;

/// How often the connection's thread shows that it comes round.
pub const BEAT: Duration = Duration::from_secs(5);

/// The slowest card that works at all has written by then; longer than the disk is waited for when the daemon stops.
const STUCK_AFTER: Duration = Duration::from_secs(120);

/// When each of the two threads was last known to come round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Since when the outbox's thread has been at one piece of work; `None` while it waits for some.
    pub writing_since: Option<Monotonic>,
    /// When the connection's thread last came round; `None` before it has begun.
    pub beat: Option<Monotonic>,
}

impl Pulse {
    /// The name of a thread that is stuck, if one is.
    pub fn stuck(&self, now: Monotonic) -> Option<&'static str> {
        let long_ago = |at: Option<Monotonic>| at.is_some_and(|at| now.since(at) > STUCK_AFTER);
        if long_ago(self.writing_since) {
            Some("outbox")
        } else if long_ago(self.beat) {
            Some("mqtt")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_waits_is_not_stuck_and_one_that_does_not_come_back_is() {
        let at = Monotonic::from_millis;
        let pulse = |writing_since: Option<u64>, beat: Option<u64>| Pulse {
            writing_since: writing_since.map(at),
            beat: beat.map(at),
        };
        let table = [
            (pulse(None, None), None),
            (pulse(None, Some(995_000)), None),
            (pulse(Some(900_000), Some(995_000)), None),
            (pulse(Some(800_000), Some(995_000)), Some("outbox")),
            (pulse(None, Some(800_000)), Some("mqtt")),
        ];
        for (pulse, expected) in table {
            assert_eq!(pulse.stuck(at(1_000_000)), expected, "{pulse:?}");
        }
    }
}
