//! How a camera is, as it is told. Pure.

use crate::pipeline::counters::Counters;
use crate::pipeline::health::Condition;
use crate::publish::payload::CameraState;
use crate::types::{LossReason, Monotonic};

/// How a camera is. In the time that nobody sets: the same moment in wall time differs by microseconds each time that it is
/// worked out, and would be news for ever.
#[derive(PartialEq)]
pub struct Standing {
    /// The state.
    pub state: CameraState,
    /// Why, if it is not `online`.
    pub reason: Option<String>,
    /// Since when.
    pub since: Monotonic,
}

impl Standing {
    /// That of these counters.
    pub fn of(counters: &Counters) -> Self {
        let condition = counters.health.condition();
        let (state, reason, since) = match (condition, counters.obscured) {
            (Condition::Online { .. }, Some((why, since))) => {
                (CameraState::Obscured, Some(why.name().to_owned()), since)
            }
            (Condition::Online { since }, None) => (CameraState::Online, None, *since),
            (Condition::Paused { since }, _) => {
                (CameraState::Paused, Some("by command".to_owned()), *since)
            }
            (Condition::Opening { since }, _) => {
                (CameraState::Lost, Some("opening".to_owned()), *since)
            }
            (Condition::Lost { since, reason, .. }, _) => {
                let (state, reason) = loss(reason);
                // Counted at the moment of the loss, so that the count changes with the state alone.
                let losses = counters.health.losses(*since);
                (state, Some(often(reason, losses)), *since)
            }
        };
        Self {
            state,
            reason,
            since,
        }
    }
}

fn loss(reason: &LossReason) -> (CameraState, String) {
    match reason {
        LossReason::Stalled => (CameraState::Stalled, "no frames".to_owned()),
        LossReason::Unplugged => (CameraState::Lost, "unplugged".to_owned()),
        LossReason::Failed(text) => (CameraState::Lost, text.clone()),
    }
}

/// A camera that is lost again and again has a trouble of its own: a loose plug, a weak supply.
fn often(reason: String, losses: usize) -> String {
    match losses {
        0..=2 => reason,
        _ => format!("{reason}; lost {losses} times within an hour"),
    }
}
