//! Tells systemd how we are. Does nothing when systemd did not start us.

use std::time::Duration;

use sd_notify::NotifyState;

/// All parts run; `status` is shown by `systemctl status`.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The line that `systemctl status` shows.
pub fn status(status: &str) {
    notify(&[NotifyState::Status(status)]);
}

/// An ordered stop has begun.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Feeds the watchdog.
pub fn feed_watchdog() {
    notify(&[NotifyState::Watchdog]);
}

/// How often the watchdog wants to be fed at least; `None` when there is none.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|timeout| timeout / 2)
}

fn notify(states: &[NotifyState<'_>]) {
    // An absent or empty NOTIFY_SOCKET means that nobody listens; that must never stop the daemon.
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd did not take the notification");
    }
}
