//! How the outbox and the connection to the broker are, as metrics. Pure.

use super::family::Family;
use crate::pipeline::Sight;
use crate::publish::{DiskState, PublishStats};
use crate::types::Wall;

/// Every metric of publishing.
pub fn families(sight: &Sight) -> Vec<Family> {
    let stats = &sight.publish;
    let mut families = outbox(stats, sight.at);
    families.extend(broker(stats));
    families
}

fn outbox(stats: &PublishStats, now: Wall) -> Vec<Family> {
    vec![
        Family::gauge(
            "watchpost_outbox_events",
            &[],
            "Events on disk that the broker has not acknowledged.",
        )
        .count(&[], stats.depth),
        Family::gauge(
            "watchpost_outbox_bytes",
            &[],
            "Size of their records; the file takes up to about twice as much.",
        )
        .count(&[], stats.bytes),
        Family::gauge(
            "watchpost_outbox_oldest_age_seconds",
            &[],
            "How long ago the one was seen that has waited longest; 0 when none waits.",
        )
        .number(&[], age_seconds(stats.oldest, now)),
        Family::gauge(
            "watchpost_outbox_queued_events",
            &[],
            "Events in memory that wait for the disk.",
        )
        .count(&[], stats.queued),
        Family::gauge(
            "watchpost_outbox_disk_ok",
            &[],
            "1 when the outbox's disk can be written, 0 while it fails.",
        )
        .flag(&[], stats.disk == DiskState::Ok),
        Family::counter(
            "watchpost_outbox_stored_events_total",
            &[],
            "Events written to disk.",
        )
        .count(&[], stats.stored),
        Family::counter(
            "watchpost_events_lost_total",
            &["reason"],
            "Events lost since the outbox was made: its budget was full, memory was full while the disk failed, or a \
             stored event could not be read.",
        )
        .count(&["budget"], stats.dropped.budget)
        .count(&["memory"], stats.dropped.memory)
        .count(&["unreadable"], stats.dropped.unreadable),
    ]
}

fn broker(stats: &PublishStats) -> Vec<Family> {
    vec![
        Family::gauge(
            "watchpost_broker_connected",
            &[],
            "1 while the broker has accepted us.",
        )
        .flag(&[], stats.connected()),
        Family::counter(
            "watchpost_broker_connections_total",
            &[],
            "Connections that the broker accepted; all but the first are reconnections.",
        )
        .count(&[], stats.connections),
        Family::counter(
            "watchpost_broker_acknowledged_events_total",
            &[],
            "Events that the broker acknowledged.",
        )
        .count(&[], stats.acknowledged),
        Family::histogram(
            "watchpost_event_latency_seconds",
            &[],
            "From the camera's time-stamp until an event is handed to the connection; one that is sent again counts again.",
        )
        .times(&[], stats.lateness.times()),
        Family::counter(
            "watchpost_broker_refusals_total",
            &[],
            "Times that the broker refused an event or a state; each is tried again.",
        )
        .count(&[], stats.refused),
    ]
}

/// A clock that was set back in between gives no age below zero.
fn age_seconds(oldest: Option<Wall>, now: Wall) -> f64 {
    let micros = oldest.map_or(0, |oldest| {
        now.unix_micros().saturating_sub(oldest.unix_micros())
    });
    micros.max(0) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_waits_has_no_age_and_none_is_older_than_nothing() {
        let at = |seconds: i64| Wall::from_unix_micros(seconds * 1_000_000);
        assert_eq!(age_seconds(None, at(100)), 0.0);
        assert_eq!(age_seconds(Some(at(40)), at(100)), 60.0);
        assert_eq!(age_seconds(Some(at(140)), at(100)), 0.0);
    }
}
