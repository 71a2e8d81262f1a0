//! How long something must have been well again before that is told. Pure.
//!
//! The first return is believed soon. Each further trouble within an hour doubles the wait, up to a limit, so that what
//! flaps cannot make a storm of events, however fast it does.

use std::collections::VecDeque;
use std::time::Duration;

use crate::types::Monotonic;

/// Troubles are remembered for this long.
const MEMORY: Duration = Duration::from_secs(3600);
/// The longest wait.
const MAX: Duration = Duration::from_secs(120);
/// More troubles than this change nothing: the wait is at its limit.
const REMEMBERED_MAX: usize = 64;

/// Remembers the troubles of the last hour.
#[derive(Clone, Debug)]
pub struct Patience {
    first: Duration,
    troubles: VecDeque<Monotonic>,
}

impl Patience {
    /// Waits `first` after a trouble that was alone in its hour.
    pub const fn new(first: Duration) -> Self {
        Self {
            first,
            troubles: VecDeque::new(),
        }
    }

    /// A trouble was told.
    pub fn trouble(&mut self, now: Monotonic) {
        if self.troubles.len() == REMEMBERED_MAX {
            self.troubles.pop_front();
        }
        self.troubles.push_back(now);
    }

    /// How many troubles were told within the last hour.
    pub fn recent(&self, now: Monotonic) -> usize {
        let recent = |at: &&Monotonic| now.since(**at) < MEMORY;
        self.troubles.iter().filter(recent).count()
    }

    /// How long everything must have been well before the end of the trouble is told.
    pub fn wait(&self, now: Monotonic) -> Duration {
        let again = self.recent(now).saturating_sub(1).min(16);
        self.first.saturating_mul(1 << again).min(MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_with_every_trouble_and_is_forgotten_after_an_hour() {
        let mut patience = Patience::new(Duration::from_secs(1));
        let at = |s| Monotonic::new(Duration::from_secs(s));
        let mut waits = Vec::new();
        for second in 0..9 {
            patience.trouble(at(second));
            waits.push(patience.wait(at(second)).as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 120, 120]);
        assert_eq!(patience.wait(at(3605)).as_secs(), 4, "three are left");
        assert_eq!(patience.wait(at(9999)).as_secs(), 1);
    }
}
