//! Where events wait: whether there is room, and what is there.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Finding;
use super::deadline::within;
use super::status::DaemonStatus;
use crate::config::OutboxConfig;
use crate::publish::STORE_FILE;

const DEADLINE: Duration = Duration::from_secs(5);
const CHECK: &str = "outbox";

/// What is known about the outbox and its disk.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    path: PathBuf,
    bytes_max: u64,
    /// It did not answer in time.
    hangs: bool,
    /// The folder that is there: the outbox's, or the nearest above it.
    nearest: PathBuf,
    /// Bytes that an ordinary user can still write.
    free: Option<u64>,
    /// We may write there.
    writable: bool,
    /// Its store's size in bytes; `None` when there is none yet.
    size: Option<u64>,
    /// A daemon has it.
    in_use: bool,
    /// Damaged stores that were set aside.
    damaged: usize,
}

impl Outbox {
    /// Looks at it without changing anything.
    pub fn look(config: &OutboxConfig) -> Self {
        let config = config.clone();
        let hanging = Self {
            path: config.path.clone(),
            hangs: true,
            ..Self::default()
        };
        within(DEADLINE, move || Self::read(&config)).unwrap_or(hanging)
    }

    fn read(config: &OutboxConfig) -> Self {
        let nearest = config.path.ancestors().find(|folder| folder.is_dir());
        let nearest = nearest.unwrap_or(Path::new(".")).to_owned();
        let store = config.path.join(STORE_FILE);
        let entries = fs::read_dir(&config.path).into_iter().flatten().flatten();
        let is_damaged = |name: &str| name.starts_with(STORE_FILE) && name.contains(".damaged-");
        Self {
            path: config.path.clone(),
            bytes_max: config.bytes_max,
            hangs: false,
            free: free(&nearest),
            writable: is_writable(&nearest),
            nearest,
            size: fs::metadata(&store).ok().map(|meta| meta.len()),
            in_use: is_locked(&store),
            damaged: entries
                .filter(|entry| is_damaged(&entry.file_name().to_string_lossy()))
                .count(),
        }
    }

    /// Whether a daemon runs that has it.
    pub const fn is_in_use(&self) -> bool {
        self.in_use
    }
}

/// What that means; `status` is the word of the daemon that has it.
pub fn check(outbox: &Outbox, status: Option<&DaemonStatus>) -> Vec<Finding> {
    let mut findings = vec![disk(outbox)];
    if outbox.hangs {
        return findings;
    }
    findings.push(waiting(outbox, status));
    if outbox.damaged > 0 {
        let says = format!("{} damaged stores were set aside", outbox.damaged);
        let remedy = format!(
            "check the disk or the card, then remove {}/*.damaged-*",
            outbox.path.display()
        );
        findings.push(Finding::warning(CHECK, says, remedy));
    }
    findings
}

fn disk(outbox: &Outbox) -> Finding {
    const CHECK: &str = "disk";
    let (path, nearest) = (outbox.path.display(), outbox.nearest.display());
    if outbox.hangs {
        let says = format!("{path} does not answer");
        return Finding::error(CHECK, says, "put outbox.path on a disk of this machine");
    }
    if !outbox.writable && !outbox.in_use {
        let says = format!("we may not write in {nearest}");
        let remedy =
            "nothing if the service has a user of its own; run this as that user to be sure";
        return Finding::warning(CHECK, says, remedy);
    }
    let Some(free) = outbox.free else {
        return Finding::ok(
            CHECK,
            format!("how much room is left in {nearest} is not known"),
        );
    };
    let needed = outbox.bytes_max.saturating_sub(outbox.size.unwrap_or(0));
    let says = format!("{} free in {nearest}", megabytes(free));
    if free < needed {
        let says = format!("{says}; the outbox may need {} more", megabytes(needed));
        return Finding::warning(CHECK, says, "make room, or lower outbox.max_mb");
    }
    Finding::ok(CHECK, says)
}

fn waiting(outbox: &Outbox, status: Option<&DaemonStatus>) -> Finding {
    let path = outbox.path.display();
    if let Some(status) = status
        && let Some((depth, state)) = status.outbox()
    {
        let says = format!(
            "{depth} events wait in {path}, {} were lost so far",
            status.drops()
        );
        return match state {
            "ok" => Finding::ok(CHECK, says),
            state => Finding::error(
                CHECK,
                format!("{says}; {state}"),
                "make room, or check the disk",
            ),
        };
    }
    match (outbox.in_use, outbox.size) {
        (true, _) => Finding::ok(CHECK, format!("in use by a daemon that runs ({path})")),
        (false, Some(size)) => Finding::ok(
            CHECK,
            format!("{} in {path}; no daemon uses it now", megabytes(size)),
        ),
        (false, None) => Finding::ok(
            CHECK,
            format!("not there yet; the first start makes {path}"),
        ),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn free(folder: &Path) -> Option<u64> {
    let path = std::ffi::CString::new(folder.as_os_str().as_encoded_bytes()).ok()?;
    // SAFETY: an all-zero `statvfs` is a valid value (plain integers), the path is a C string, and the answer is only read
    // when the call says that it wrote one.
    let stats = unsafe {
        let mut stats: libc::statvfs = std::mem::zeroed();
        (libc::statvfs(path.as_ptr(), &raw mut stats) == 0).then_some(stats)
    }?;
    // On a 32-bit machine both have 32 bits.
    Some(stats.f_bavail as u64 * stats.f_frsize as u64)
}

fn is_writable(folder: &Path) -> bool {
    let Ok(path) = std::ffi::CString::new(folder.as_os_str().as_encoded_bytes()) else {
        return false;
    };
    // SAFETY: the path is a C string; nothing is written.
    unsafe { libc::access(path.as_ptr(), libc::W_OK | libc::X_OK) == 0 }
}

/// A daemon holds a lock on its store. It is asked for shared and given back at once.
fn is_locked(store: &Path) -> bool {
    let Ok(file) = File::open(store) else {
        return false;
    };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn room_and_damage_are_judged() {
        let good = Outbox {
            bytes_max: 64_000_000,
            free: Some(100_000_000),
            writable: true,
            ..Outbox::default()
        };
        let levels = |outbox: &Outbox| {
            check(outbox, None)
                .iter()
                .map(|f| f.level)
                .collect::<Vec<_>>()
        };
        assert_eq!(levels(&good), [Level::Ok, Level::Ok]);
        let full = Outbox {
            free: Some(1_000_000),
            damaged: 1,
            ..good.clone()
        };
        assert_eq!(levels(&full), [Level::Warning, Level::Ok, Level::Warning]);
        let hanging = Outbox {
            hangs: true,
            ..good
        };
        assert_eq!(levels(&hanging), [Level::Error]);
    }
}
