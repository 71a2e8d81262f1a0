//! Where the latest states hang for the connection to send. Handing one over never blocks for longer than a lock.

use std::sync::Mutex;

use tokio::sync::Notify;

use crate::publish::states::States;

/// The states, and the bell that says there are new ones.
#[derive(Debug, Default)]
pub struct Board {
    states: Mutex<States>,
    bell: Notify,
}

impl Board {
    /// Sets the value of a topic.
    pub fn set(&self, topic: String, value: String) {
        if self.with(|states| states.set(topic, value)) {
            self.bell.notify_one();
        }
    }

    /// Does something with the states.
    pub fn with<T>(&self, work: impl FnOnce(&mut States) -> T) -> T {
        work(&mut self.states.lock().expect("nobody panics while holding it"))
    }

    /// Waits until there is something new.
    pub async fn changed(&self) {
        self.bell.notified().await;
    }
}
