//! A broker that is away for a day, told of one event a second. Nothing waits in real time: what counts is how much there is.
//!
//! `ABSENCE_HOURS` sets the length; `make test` takes three hours, `make test-all` a day.

#![expect(clippy::print_stdout, reason = "tests tell what they measured")]

mod support;

use std::path::Path;
use std::time::Instant;

use watchpost::config::Config;
use watchpost::publish::{Handle, PublishStats};
use watchpost::types::EventKind;

use support::broker::{Broker, BrokerOptions};
use support::events::{config, event, publisher};
use support::ledger::Ledger;
use support::process;
use support::subscriber::Subscriber;
use support::{DEADLINE, wait_until};

/// Nobody listens there.
const NOWHERE: u16 = 1;
/// Far from what the queue in memory holds, so that the disk alone decides.
const QUEUED_MAX: u64 = 1000;
/// Of a visit of half a minute most events are `updated`, with one every five seconds.
const VISIT: [EventKind; 8] = [
    EventKind::Entered,
    EventKind::Updated,
    EventKind::Updated,
    EventKind::Updated,
    EventKind::Updated,
    EventKind::Updated,
    EventKind::Updated,
    EventKind::Left,
];

#[test]
fn a_day_without_a_broker_is_kept_in_bounds_and_sent_in_order_afterwards() {
    let count = 3600 * hours();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let absent = with_budget(NOWHERE, folder.path(), 512 << 20);
    let after = go_through(&absent, count);
    assert_eq!((after.depth, after.dropped.total()), (count, 0));

    let (broker, subscriber) = broker_and_subscriber();
    let present = with_budget(broker.port, folder.path(), 512 << 20);
    let publisher = publisher(&present);
    let begun = Instant::now();
    wait_until("everything to be sent", || {
        publisher.handle().stats().depth == 0
    });
    println!(
        "sent {count} events at {:.0} a second",
        count as f64 / begun.elapsed().as_secs_f64()
    );
    let mut ledger = Ledger::default();
    wait_until("everything to arrive", || {
        ledger.enter(subscriber.drain());
        ledger.events() == count
    });
    ledger.assert_complete(count);
    publisher.stop(DEADLINE);
}

#[test]
fn beyond_the_budget_the_oldest_updates_are_lost_and_every_loss_is_counted() {
    let count = 3600 * hours();
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Room for about half of it.
    let budget = count * 800;
    let absent = with_budget(NOWHERE, folder.path(), budget);
    let after = go_through(&absent, count);
    let file = std::fs::metadata(folder.path().join("outbox.redb")).expect("the file");
    println!(
        "a budget of {} MB: a file of {} MB, {} of {count} events lost",
        budget >> 20,
        file.len() >> 20,
        after.dropped.budget
    );
    assert!(file.len() <= budget, "{} bytes", file.len());
    assert_eq!(after.depth + after.dropped.budget, count);

    let (broker, subscriber) = broker_and_subscriber();
    let present = with_budget(broker.port, folder.path(), budget);
    let publisher = publisher(&present);
    wait_until("everything to be sent", || {
        publisher.handle().stats().depth == 0
    });
    let mut ledger = Ledger::default();
    wait_until("everything to arrive", || {
        ledger.enter(subscriber.drain());
        ledger.events() == after.depth
    });
    let lost: Vec<u64> = (1..=count).filter(|seq| !ledger.has(*seq)).collect();
    assert_eq!(lost.len() as u64, after.dropped.budget);
    let updates = (1..=count).filter(|seq| is_update(*seq));
    assert!(
        updates.take(lost.len()).eq(lost),
        "other events than the oldest updates are lost"
    );
    publisher.stop(DEADLINE);
}

/// Tells of `count` events while nobody listens.
fn go_through(config: &Config, count: u64) -> PublishStats {
    let publisher = publisher(config);
    let handle = publisher.handle();
    let (begun, memory) = (Instant::now(), process::resident_kib());
    for seq in 1..=count {
        let kind = VISIT[(seq - 1) as usize % VISIT.len()].clone();
        handle.event(event(kind, "porch", u128::from(seq - 1)));
        if seq % 100 == 0 {
            wait_for_disk(&handle);
        }
    }
    wait_until("all to be stored or lost", || {
        let stats = handle.stats();
        stats.depth + stats.dropped.total() == count
    });
    let stats = handle.stats();
    println!(
        "{count} events in {:.1?}: {} stored, {} bytes of records; {} KiB of memory more than before",
        begun.elapsed(),
        stats.depth,
        stats.bytes,
        process::resident_kib().saturating_sub(memory)
    );
    publisher.stop(std::time::Duration::ZERO);
    stats
}

fn wait_for_disk(handle: &Handle) {
    wait_until("the disk", || handle.stats().queued < QUEUED_MAX);
}

const fn is_update(seq: u64) -> bool {
    matches!(VISIT[(seq - 1) as usize % VISIT.len()], EventKind::Updated)
}

fn with_budget(port: u16, folder: &Path, bytes: u64) -> Config {
    let mut config = config(port, folder);
    config.outbox.bytes_max = bytes;
    config
}

fn broker_and_subscriber() -> (Broker, Subscriber) {
    let broker = Broker::start(&BrokerOptions::default());
    let subscriber = Subscriber::start(broker.port, "day", &[]);
    wait_until("the subscription", || broker.subscriptions("day") > 0);
    (broker, subscriber)
}

fn hours() -> u64 {
    let hours = std::env::var("ABSENCE_HOURS");
    hours.map_or(3, |hours| hours.parse().expect("a number of hours"))
}
