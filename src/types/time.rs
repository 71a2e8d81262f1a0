//! Two kinds of time that must never be mixed: monotonic time for intervals, wall time for people.

use std::ops::Add;
use std::time::Duration;

/// A moment on the kernel's monotonic clock (`CLOCK_MONOTONIC`), which is what V4L2 stamps frames with.
///
/// It has no meaning outside the current boot and never jumps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monotonic(Duration);

impl Monotonic {
    /// The moment `since_boot` after the clock's zero.
    pub const fn new(since_boot: Duration) -> Self {
        Self(since_boot)
    }

    /// The moment `ms` milliseconds after the clock's zero.
    pub const fn from_millis(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }

    /// Time since the clock's zero.
    pub const fn since_boot(self) -> Duration {
        self.0
    }

    /// Time from `earlier` to `self`; zero when `earlier` is in fact later.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Monotonic {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0 + rhs)
    }
}

/// A moment in civil time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(i64);

impl Wall {
    /// The moment `micros` microseconds after the epoch.
    pub const fn from_unix_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// The moment `later` after `self`.
    pub fn after(self, later: Duration) -> Self {
        Self(self.0 + later.as_micros() as i64)
    }

    /// The moment `age` before `self`.
    pub fn before(self, age: Duration) -> Self {
        Self(self.0 - age.as_micros() as i64)
    }
}
