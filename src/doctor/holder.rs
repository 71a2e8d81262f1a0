//! Who has a device open: whoever is not ours is seen by root alone.

use std::fs;
use std::path::Path;

/// Somebody who has a device open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Name of the program.
    pub name: String,
}

/// The first process that has `node` open, as far as we may see.
pub fn holder(node: &Path) -> Option<Holder> {
    let node = fs::canonicalize(node).ok()?;
    let ours = std::process::id();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let pid = pids.find(|pid| *pid != ours && holds(*pid, &node))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(Holder {
        pid,
        name: name.trim().to_owned(),
    })
}

fn holds(pid: u32, node: &Path) -> bool {
    let open = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten();
    open.flatten()
        .any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target == node))
}
