//! A file system of a few pages, for tests that fill it. Needs the right to mount.

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
