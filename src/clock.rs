//! The one place that reads a clock.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::types::{Monotonic, Wall};

/// What the time is. Everything that needs it takes a `now` or this.
pub trait Clock: Send + Sync {
    /// Now, on the clock that V4L2 stamps frames with.
    fn monotonic(&self) -> Monotonic;
    /// Now, in civil time.
    fn wall(&self) -> Wall;
    /// Whether the kernel believes that civil time is synchronised.
    fn synced(&self) -> bool;

    /// Civil time of a moment on the monotonic clock, past or (for an unpaced clip) to come.
    fn wall_at(&self, at: Monotonic) -> Wall {
        let (now, wall) = (self.monotonic(), self.wall());
        if at > now {
            wall.after(at.since(now))
        } else {
            wall.before(now.since(at))
        }
    }
}

/// The kernel's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn monotonic(&self) -> Monotonic {
        Monotonic::new(read(libc::CLOCK_MONOTONIC))
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_micros(read(libc::CLOCK_REALTIME).as_micros() as i64)
    }

    fn synced(&self) -> bool {
        // SAFETY: an all-zero `timex` is a valid value (plain integers), and with `modes == 0` adjtimex only reads.
        let state = unsafe {
            let mut timex: libc::timex = std::mem::zeroed();
            libc::adjtimex(&mut timex)
        };
        (0..libc::TIME_ERROR).contains(&state)
    }
}

/// Shows how long this process has computed, on all threads, and not how late it is: a stage is then as long on a busy machine
/// as on a quiet one, nearly. Civil time is as ever.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessorClock;

impl Clock for ProcessorClock {
    fn monotonic(&self) -> Monotonic {
        Monotonic::new(read(libc::CLOCK_PROCESS_CPUTIME_ID))
    }

    fn wall(&self) -> Wall {
        SystemClock.wall()
    }

    fn synced(&self) -> bool {
        SystemClock.synced()
    }
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` outlives the call, and the kernel writes nothing else.
    let result = unsafe { libc::clock_gettime(clock, &mut time) };
    assert_eq!(result, 0, "Linux has had this clock since 2.6");
    Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec as u32)
}

/// A clock that stands still until it is moved: fakes time in unit tests. Its civil time begins on 2026-01-01.
#[derive(Debug, Default)]
pub struct ManualClock(Mutex<Duration>);

impl ManualClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.lock() += by;
    }

    fn lock(&self) -> MutexGuard<'_, Duration> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

impl Clock for ManualClock {
    fn monotonic(&self) -> Monotonic {
        Monotonic::new(*self.lock())
    }

    fn wall(&self) -> Wall {
        const NEW_YEAR_2026_US: i64 = 1_767_225_600_000_000;
        Wall::from_unix_micros(NEW_YEAR_2026_US + self.lock().as_micros() as i64)
    }

    fn synced(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processors_clock_moves_while_we_compute() {
        let began = ProcessorClock.monotonic();
        // It ends, because asking is computing.
        while ProcessorClock.monotonic() <= began {}
    }
}
