//! The kernel, who we are, and whether that user may open cameras.

use std::ffi::CString;
use std::fs;
use std::os::unix::fs::MetadataExt;

use super::{Finding, service};
use crate::config::Config;

/// The user that the package's service runs as.
const SERVICE_USER: &str = "watchpost";
/// Debian's group of whoever may open cameras.
const CAMERA_GROUP: &str = "video";
/// The oldest kernel whose V4L2 interface is used as it is; older ones lack what the arithmetic of buffers relies on.
const KERNEL_MIN: (u32, u32) = (4, 19);

/// Looks at the kernel and at groups; those matter only where a V4L2 camera is configured.
pub fn check(config: Option<&Config>, unit: &str) -> Vec<Finding> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut findings = vec![kernel(release.trim(), std::env::consts::ARCH)];
    let devices = config.is_none_or(|config| config.cameras.iter().any(|c| c.source.is_camera()));
    if devices {
        findings.push(groups(&Users::read(unit)));
    }
    findings
}

fn kernel(release: &str, machine: &str) -> Finding {
    let says = format!("Linux {release} ({machine})");
    let mut numbers = release
        .split(['.', '-'])
        .map_while(|part| part.parse().ok());
    let version = numbers.next().zip(numbers.next());
    if version.is_some_and(|version| version < KERNEL_MIN) {
        let (major, minor) = KERNEL_MIN;
        let remedy = format!("update the system: Linux {major}.{minor} or later is needed");
        return Finding::error("kernel", says, remedy);
    }
    Finding::ok("kernel", says)
}

/// Who may open cameras.
struct Users {
    /// We are root.
    is_root: bool,
    /// Group of the cameras' nodes: of the first one, else the usual one.
    group: String,
    /// Members of that group.
    members: Vec<String>,
    /// Whether we are in it.
    are_members: bool,
    /// Whether there is a user for the service.
    has_service_user: bool,
    /// Groups that the service's unit adds.
    of_unit: Vec<String>,
}

impl Users {
    fn read(unit: &str) -> Self {
        let entries = fs::read_to_string("/etc/group").unwrap_or_default();
        let entries: Vec<Vec<&str>> = entries
            .lines()
            .map(|line| line.split(':').collect())
            .collect();
        let node = fs::read_dir("/dev").into_iter().flatten().flatten();
        let mut nodes =
            node.filter(|entry| entry.file_name().to_string_lossy().starts_with("video"));
        let owner = nodes
            .next()
            .and_then(|node| node.metadata().ok())
            .map(|meta| meta.gid());
        let of_gid = |gid: u32| {
            entries
                .iter()
                .find(|e| e.get(2) == Some(&gid.to_string().as_str()))
        };
        let of_name = || entries.iter().find(|e| e[0] == CAMERA_GROUP);
        let group = owner.and_then(of_gid).or_else(of_name);
        let members = group
            .and_then(|entry| entry.get(3))
            .copied()
            .unwrap_or_default();
        let gid = group.and_then(|entry| entry.get(2)?.parse().ok());
        let user = CString::new(SERVICE_USER).expect("has no zero byte");
        Self {
            // SAFETY: asks for a number; it cannot fail.
            is_root: unsafe { libc::geteuid() } == 0,
            group: group.map_or(CAMERA_GROUP, |entry| entry[0]).to_owned(),
            members: members.split(',').map(str::to_owned).collect(),
            are_members: gid.is_some_and(is_ours),
            // SAFETY: the name is a C string; the answer is only compared with null, and nobody else asks meanwhile.
            has_service_user: !unsafe { libc::getpwnam(user.as_ptr()) }.is_null(),
            of_unit: service::groups(unit),
        }
    }
}

fn is_ours(gid: libc::gid_t) -> bool {
    let mut groups = [0; 256];
    // SAFETY: the array has as many places as are said.
    let count = unsafe { libc::getgroups(groups.len() as libc::c_int, groups.as_mut_ptr()) };
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: asks for a number; it cannot fail.
    groups[..count].contains(&gid) || unsafe { libc::getegid() } == gid
}

fn groups(users: &Users) -> Finding {
    const CHECK: &str = "groups";
    let group = &users.group;
    let is_member = |user: &str| users.members.iter().any(|member| member == user);
    if users.has_service_user {
        if is_member(SERVICE_USER) {
            return Finding::ok(CHECK, format!("user {SERVICE_USER} is in group {group}"));
        }
        if users.of_unit.contains(group) {
            return Finding::ok(CHECK, format!("the service's unit adds group {group}"));
        }
        let says = format!("user {SERVICE_USER} is not in group {group}; nor does a unit add it");
        let remedy =
            format!("`adduser {SERVICE_USER} {group}`, or SupplementaryGroups={group} in the unit");
        return Finding::warning(CHECK, says, remedy);
    }
    if users.is_root {
        return Finding::ok(CHECK, "root may open every camera");
    }
    if users.are_members {
        return Finding::ok(CHECK, format!("we are in group {group}"));
    }
    let says = format!("we are not in group {group}, to which the cameras belong");
    let remedy = format!("`sudo adduser $USER {group}`, then log in again");
    Finding::error(CHECK, says, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn old_kernels_are_told_from_new_ones() {
        assert_eq!(kernel("6.1.0-13-arm64", "aarch64").level, Level::Ok);
        assert_eq!(kernel("4.9.337-tegra", "aarch64").level, Level::Error);
        assert_eq!(kernel("unheard of", "aarch64").level, Level::Ok);
    }

    #[test]
    fn whoever_may_not_open_cameras_is_told_the_group() {
        let users = |is_root, are_members| Users {
            is_root,
            group: "video".into(),
            members: vec!["pi".into()],
            are_members,
            has_service_user: false,
            of_unit: Vec::new(),
        };
        assert_eq!(groups(&users(true, false)).level, Level::Ok);
        assert_eq!(groups(&users(false, true)).level, Level::Ok);
        let outsider = groups(&users(false, false));
        assert_eq!(outsider.level, Level::Error);
        assert!(outsider.says.contains("group video"));
        let service = Users {
            has_service_user: true,
            ..users(true, false)
        };
        assert_eq!(groups(&service).level, Level::Warning);
        let unit = Users {
            of_unit: vec!["video".into(), "render".into()],
            ..service
        };
        assert_eq!(groups(&unit).level, Level::Ok);
    }
}
