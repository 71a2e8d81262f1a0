//! The daemon as a service manager sees it: ready, alive, stopping.

mod support;

use std::fs;
use std::process::Stdio;

use support::clip::held;
use support::daemon::watchpost;
use support::manager::Manager;

#[test]
fn the_service_manager_hears_ready_then_the_watchdog_then_stopping() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut manager = Manager::listen(folder.path());
    let config = folder.path().join("watchpost.toml");
    let outbox = folder.path().join("outbox");
    // Nobody listens on the discard port: a broker that is away keeps nobody from being ready.
    let text = format!(
        "[mqtt]\nurl = \"mqtt://127.0.0.1:9\"\n[outbox]\npath = {outbox:?}\n[[camera]]\nname = \"cam\"\n\
         source = \"clip:tests/scenes/hall_empty.avi\"\nrepeat = true\n"
    );
    fs::write(&config, text).expect("is written");
    let mut daemon = watchpost()
        .args(["run", "--config"])
        .arg(&config)
        .env("NOTIFY_SOCKET", &manager.path)
        .env("WATCHDOG_USEC", "1000000")
        .env_remove("WATCHDOG_PID")
        .spawn()
        .expect("the daemon starts");

    manager.hear("READY=1");
    manager.hear("WATCHDOG=1");
    let pid = libc::pid_t::try_from(daemon.id()).expect("a process id");
    // SAFETY: a signal to a child of ours that has not been waited for; no memory is involved.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    manager.hear("STOPPING=1");
    assert!(daemon.wait().expect("it is ours").success());
}

/// There is no other camera to go on for.
#[test]
fn a_daemon_that_stands_still_ends_where_no_watchdog_waits() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (pipe, config) = (held(folder.path()), folder.path().join("watchpost.toml"));
    let outbox = folder.path().join("outbox");
    let text = format!(
        "[mqtt]\nurl = \"mqtt://127.0.0.1:9\"\n[outbox]\npath = {outbox:?}\n[[camera]]\nname = \"cam\"\n\
         source = \"clip:{}\"\n",
        pipe.display()
    );
    fs::write(&config, text).expect("is written");
    let daemon = watchpost()
        .args(["run", "--config"])
        .arg(&config)
        .env_remove("WATCHDOG_USEC")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the daemon starts");
    let ended = daemon.wait_with_output().expect("it is ours");
    let log = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(70), "{log}");
    assert!(log.contains("a thread is stuck"), "{log}");
}
