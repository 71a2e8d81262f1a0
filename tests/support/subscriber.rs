//! A real subscriber: `mosquitto_sub` with a session that the broker keeps for it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use super::wait_for;

/// A message that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whether the broker had kept it for new subscribers.
    pub retained: bool,
    /// Where it was sent.
    pub topic: String,
    /// What it says.
    pub payload: String,
}

/// A subscriber of everything; it ends with this value.
pub struct Subscriber {
    process: Child,
    messages: Arc<Mutex<Vec<Message>>>,
}

impl Subscriber {
    /// Subscribes as `id` at the broker on `port`, with further arguments to `mosquitto_sub`.
    pub fn start(port: u16, id: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new("mosquitto_sub")
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            .args(["-c", "-i", id, "-q", "1", "-t", "watchpost/#"])
            .args(["-F", "%r %t %p"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto_sub is installed");
        let output = process.stdout.take().expect("it is piped");
        let messages = Arc::new(Mutex::new(Vec::new()));
        let arrived = messages.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                arrived.lock().expect("no panic").push(parse(&line));
            }
        });
        Self { process, messages }
    }

    /// Everything that has arrived so far.
    pub fn messages(&self) -> Vec<Message> {
        self.messages.lock().expect("no panic").clone()
    }

    /// Everything that has arrived since the last time.
    pub fn drain(&self) -> Vec<Message> {
        std::mem::take(&mut *self.messages.lock().expect("no panic"))
    }

    /// Does something with everything that has arrived so far.
    pub fn with<T>(&self, work: impl FnOnce(&[Message]) -> T) -> T {
        work(&self.messages.lock().expect("no panic"))
    }

    /// Waits for a message on `topic` that says `payload`.
    pub fn wait_for(&self, topic: &str, payload: &str) -> Message {
        wait_for(&format!("{payload} on {topic}"), || {
            self.with(|messages| {
                let mut found = messages.iter();
                found
                    .find(|message| message.topic == topic && message.payload == payload)
                    .cloned()
            })
        })
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends one message to everybody, with further arguments to `mosquitto_pub`.
pub fn publish(port: u16, topic: &str, payload: &str, arguments: &[&str]) {
    let status = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(["-V", "mqttv5", "-q", "1", "-t", topic, "-m", payload])
        .args(arguments)
        .status();
    assert!(status.expect("mosquitto_pub is installed").success());
}

fn parse(line: &str) -> Message {
    let mut parts = line.splitn(3, ' ');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    Message {
        retained: part() == "1",
        topic: part(),
        payload: part(),
    }
}
