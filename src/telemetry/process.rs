//! Memory and processor time of this process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Board, NotMeasurable, sysfs};

const STATUS: &str = "proc/self/status";
const OPEN_FILES: &str = "proc/self/fd";
/// Writing 5 to it sets the peak to what is resident now (proc_pid_clear_refs(5)).
const CLEAR_REFS: &str = "proc/self/clear_refs";

/// Memory of this process in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Resident now.
    pub resident_bytes: u64,
    /// The most that was resident since the process began or since [`reset_peak`].
    pub peak_bytes: u64,
}

/// Memory of this process now.
///
/// # Errors
///
/// When /proc is not mounted or has another form.
pub fn memory(board: &Board) -> Result<Memory, NotMeasurable> {
    let path = board.path(STATUS);
    let status = sysfs::text(&path)?;
    let field = |name: &str| {
        bytes(&status, name).ok_or_else(|| NotMeasurable::Malformed {
            path: path.clone(),
            found: format!("no {name}"),
        })
    };
    Ok(Memory {
        resident_bytes: field("VmRSS:")?,
        peak_bytes: field("VmHWM:")?,
    })
}

/// How many files, sockets and devices this process has open.
///
/// # Errors
///
/// When /proc is not mounted.
pub fn open_files(board: &Board) -> Result<u64, NotMeasurable> {
    let path = board.path(OPEN_FILES);
    let entries = std::fs::read_dir(&path).map_err(|error| NotMeasurable::Unreadable {
        why: error.to_string(),
        path,
    })?;
    // The listing itself is one of them, as long as it lasts.
    Ok(entries.count().saturating_sub(1) as u64)
}

/// Lets the peak begin again at what is resident now.
///
/// # Errors
///
/// When the kernel does not permit it; the peak then still covers the whole life of the process.
pub fn reset_peak(board: &Board) -> Result<(), NotMeasurable> {
    let path = board.path(CLEAR_REFS);
    std::fs::write(&path, "5").map_err(|error| NotMeasurable::Unreadable {
        path,
        why: error.to_string(),
    })
}

/// A field of /proc/self/status, which is in KiB.
fn bytes(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// Processor time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuTime {
    /// In programs.
    pub user: Duration,
    /// In the kernel on their behalf.
    pub system: Duration,
}

impl CpuTime {
    /// Of this process, all threads.
    pub fn of_process() -> Self {
        usage(libc::RUSAGE_SELF)
    }

    /// Of this thread.
    pub fn of_thread() -> Self {
        usage(libc::RUSAGE_THREAD)
    }

    /// User and system together.
    pub fn total(&self) -> Duration {
        self.user + self.system
    }

    /// What was used since `earlier`.
    pub fn since(&self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
        }
    }

    /// Both together.
    pub fn and(&self, other: Self) -> Self {
        Self {
            user: self.user + other.user,
            system: self.system + other.system,
        }
    }
}

fn usage(who: libc::c_int) -> CpuTime {
    // SAFETY: an all-zero `rusage` is a valid value (plain integers), it outlives the call, and the kernel writes nothing
    // else.
    let (result, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::getrusage(who, &mut usage), usage)
    };
    assert_eq!(result, 0, "Linux has had this since 2.6.26");
    CpuTime {
        user: duration(usage.ru_utime),
        system: duration(usage.ru_stime),
    }
}

fn duration(time: libc::timeval) -> Duration {
    let micros = time.tv_sec.max(0) as u64 * 1_000_000 + time.tv_usec.max(0) as u64;
    Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::made_up;

    #[test]
    fn memory_is_read_from_the_status() {
        let status = "Name:\twatchpost\nVmHWM:\t   70000 kB\nVmRSS:\t   62000 kB\nThreads:\t3";
        let (_root, board) = made_up::machine(&[("proc/self/status", status)]);
        let expected = Memory {
            resident_bytes: 62_000 << 10,
            peak_bytes: 70_000 << 10,
        };
        assert_eq!(memory(&board), Ok(expected));
        let (_root, board) = made_up::machine(&[("proc/self/status", "Name:\tx")]);
        let reason = memory(&board).expect_err("that is no status").to_string();
        assert!(reason.ends_with("holds \"no VmRSS:\""), "{reason}");
    }

    #[test]
    fn the_real_kernel_tells_memory_and_processor_time() {
        let memory = memory(&Board::here()).expect("/proc is there");
        assert!(memory.peak_bytes >= memory.resident_bytes && memory.resident_bytes > 1 << 20);
        let before = CpuTime::of_process();
        let mut sum = 0_u64;
        while CpuTime::of_process().since(before).total() < Duration::from_millis(1) {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(CpuTime::of_thread().total() <= CpuTime::of_process().total());
    }

    #[test]
    fn an_open_file_is_counted() {
        let (_root, board) = made_up::machine(&[
            ("proc/self/fd/0", ""),
            ("proc/self/fd/1", ""),
            ("proc/self/fd/3", ""),
        ]);
        assert_eq!(open_files(&board), Ok(2), "one is the listing's own");
        assert!(open_files(&Board::here()).expect("/proc is there") >= 1);
        let (_root, board) = made_up::machine(&[]);
        assert!(open_files(&board).is_err());
    }

    #[test]
    fn a_peak_begins_again() {
        let (root, board) = made_up::machine(&[("proc/self/clear_refs", "")]);
        reset_peak(&board).expect("it may");
        let written = std::fs::read_to_string(root.path().join(CLEAR_REFS)).expect("is there");
        assert_eq!(written, "5");
        let (_root, board) = made_up::machine(&[]);
        assert!(reset_peak(&board).is_err());
    }
}
