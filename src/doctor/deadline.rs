//! Work that may hang, waited for no longer than its deadline: a driver, a resolver, a folder on a dead server.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// What `work` gives, or `None` when it takes longer; it then ends with the process.
///
/// # Panics
///
/// When `work` does.
pub fn within<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, result) = sync_channel(1);
    std::thread::spawn(move || {
        // Nobody waits any more when the deadline has passed.
        let _ = done.send(work());
    });
    match result.recv_timeout(deadline) {
        Ok(result) => Some(result),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => panic!("a check failed; the message is above"),
    }
}
