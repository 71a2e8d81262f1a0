//! Signals as values on a channel.

use std::sync::mpsc::Sender;

use tokio::signal::unix::{SignalKind, signal};

/// What the service manager, a person or a message asks of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// SIGTERM or SIGINT: stop in order.
    Stop,
    /// SIGHUP: read the configuration again.
    Reload,
    /// No signal: a command came in over MQTT, and waits to be carried out.
    Command,
}

/// Sends every signal to `requests` from a thread of its own, until the receiver is gone.
pub fn listen(requests: Sender<Request>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut terminate, mut interrupt, mut hang_up) = {
        let _inside = runtime.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        )
    };
    let forward = async move {
        loop {
            let request = tokio::select! {
                _ = terminate.recv() => Request::Stop,
                _ = interrupt.recv() => Request::Stop,
                _ = hang_up.recv() => Request::Reload,
            };
            if requests.send(request).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || runtime.block_on(forward))
        .map(drop)
}
