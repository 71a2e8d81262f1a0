//! Whether events will say when they happened.

use super::Finding;
use crate::clock::{Clock, SystemClock};
use crate::types::Wall;

/// 2026-01-01: nobody had this program before.
const EARLIEST: Wall = Wall::from_unix_micros(1_767_225_600_000_000);

/// Looks at the kernel's clock.
pub fn check() -> Finding {
    judge(SystemClock.wall(), SystemClock.synced())
}

fn judge(now: Wall, synced: bool) -> Finding {
    let remedy = "switch time synchronisation on: `timedatectl set-ntp true`, or install systemd-timesyncd or chrony";
    if now.unix_micros() < EARLIEST.unix_micros() {
        let says = "the clock is years behind: events get wrong times and certificates count as not valid yet";
        return Finding::error("clock", says, remedy);
    }
    if synced {
        return Finding::ok("clock", "synchronised");
    }
    let says = "not synchronised: events say `clock_synced: false`";
    Finding::warning("clock", says, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_clock_is_right_drifting_or_years_behind() {
        let now = Wall::from_unix_micros(1_795_428_000_000_000);
        assert_eq!(judge(now, true).level, Level::Ok);
        assert_eq!(judge(now, false).level, Level::Warning);
        assert_eq!(judge(Wall::from_unix_micros(0), true).level, Level::Error);
    }
}
