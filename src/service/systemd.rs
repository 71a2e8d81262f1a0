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

/// The configuration is being read again; [`ready`] ends it. `Type=notify-reload` waits for both, and tells an old `ready`
/// from the one it waits for by the time-stamp.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "the monotonic clock cannot be read"),
    }
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
