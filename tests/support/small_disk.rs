//! Disks without room: a file system of a few pages, which needs the right to mount, and a limit for this process's files.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A small file system in memory; unmounted with this value.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts one of `bytes`; `None` where that is not allowed.
    pub fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a test that fails may still have files open there.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Writing beyond this size fails with EFBIG: a full disk that needs no rights and no mount.
pub fn limit_file_size(bytes: u64) {
    // SAFETY: `limit` lives through both calls, and ignoring a signal touches no memory of ours.
    unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        assert_eq!(libc::getrlimit(libc::RLIMIT_FSIZE, &mut limit), 0);
        limit.rlim_cur = bytes;
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}
