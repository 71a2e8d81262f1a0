//! A service manager's end of the notification socket.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use super::wait_until;

/// Hears what a daemon says of itself.
pub struct Manager {
    /// What the daemon's `NOTIFY_SOCKET` is.
    pub path: PathBuf,
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    /// Listens on a socket in `folder`.
    pub fn listen(folder: &Path) -> Self {
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket
            .set_nonblocking(true)
            .expect("a socket can wait for nothing");
        Self {
            path,
            socket,
            heard: Vec::new(),
        }
    }

    /// Waits for a message that holds `what` and gives it; those before it are forgotten.
    pub fn hear(&mut self, what: &str) -> String {
        wait_until(what, || {
            let mut message = [0; 1024];
            while let Ok(len) = self.socket.recv(&mut message) {
                let message = String::from_utf8_lossy(&message[..len]);
                self.heard.push(message.into_owned());
            }
            self.heard.iter().any(|message| message.contains(what))
        });
        let at = self.heard.iter().position(|message| message.contains(what));
        let mut found = self.heard.drain(..=at.expect("it was heard"));
        found.next_back().expect("it was heard")
    }
}
