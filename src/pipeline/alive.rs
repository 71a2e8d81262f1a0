//! Whether threads that no longer come round are a reason to be killed and started again. Pure.
//!
//! A flow that stands still is: it is our own code and the model's engine, and a new process has neither's trouble. A driver that
//! holds the capture thread of one camera is not, while another camera delivers: a restart frees nobody from the kernel, and
//! takes from the other camera what it sees meanwhile. That camera is told of as lost, and waited for.

use std::time::Duration;

use crate::types::Monotonic;

/// A thread that has not come round for this long is stuck: opening a USB camera and a first inference on a slow board
/// take a few seconds at most.
const STUCK_AFTER: Duration = Duration::from_secs(30);

/// When the two threads of a running camera last came round.
#[derive(Clone, Copy, Debug)]
pub struct Rounds<'a> {
    /// The camera's name.
    pub camera: &'a str,
    /// The thread that captures.
    pub capture: Monotonic,
    /// The thread that runs the flow.
    pub flow: Monotonic,
}

/// The camera whose threads are a reason to start again.
pub fn stuck<'a>(cameras: &[Rounds<'a>], now: Monotonic) -> Option<&'a str> {
    let is_stuck = |last: Monotonic| now.since(last) > STUCK_AFTER;
    let flow = cameras.iter().find(|rounds| is_stuck(rounds.flow));
    let all_held = cameras.iter().all(|rounds| is_stuck(rounds.capture));
    let found = flow.or_else(|| cameras.first().filter(|_| all_held));
    found.map(|rounds| rounds.camera)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cameras `a`, `b`, … whose capture and flow came round so many seconds ago.
    fn check(ago: &[(u64, u64)], expected: Option<&str>) {
        let now = Monotonic::from_millis(1_000_000);
        let at = |seconds: u64| Monotonic::from_millis(1_000_000 - 1000 * seconds);
        let names = ["a", "b", "c"];
        let cameras: Vec<_> = ago
            .iter()
            .zip(names)
            .map(|(&(capture, flow), camera)| Rounds {
                camera,
                capture: at(capture),
                flow: at(flow),
            })
            .collect();
        assert_eq!(stuck(&cameras, now), expected, "{ago:?}");
    }

    #[test]
    fn a_flow_that_stands_still_is_a_reason_whatever_the_others_do() {
        check(&[(0, 0), (0, 31)], Some("b"));
        check(&[(31, 31), (0, 0)], Some("a"));
        check(&[(0, 29), (29, 0)], None);
    }

    #[test]
    fn a_driver_that_does_not_answer_is_one_only_when_there_is_nothing_to_lose() {
        check(&[(31, 0), (0, 0)], None);
        check(&[(31, 0), (31, 0)], Some("a"));
        check(&[(31, 0)], Some("a"));
        check(&[], None);
    }
}
