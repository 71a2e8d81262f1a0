//! What the integration tests share: a real broker, a real subscriber, events to send, and scenes with their truth.

#![allow(dead_code, reason = "each test binary uses its own share of this")]

pub mod broker;
pub mod certificates;
pub mod child;
pub mod clip;
pub mod committed;
pub mod daemon;
pub mod device;
pub mod events;
pub mod exposition;
pub mod http;
pub mod labelled;
pub mod ledger;
pub mod manager;
pub mod old_broker;
pub mod onnx;
pub mod process;
pub mod proxy;
pub mod reported;
pub mod scene;
pub mod schema;
pub mod small_disk;
pub mod story;
pub mod subscriber;

use std::time::{Duration, Instant};

/// Nothing in these tests takes this long unless it is broken.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until `condition` gives something; panics with `what` when the deadline passes.
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(begun.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until `condition` holds.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}
