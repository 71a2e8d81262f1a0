//! Many devices and one broker that restarts: they all come back, not all at once, and nothing is lost.
//!
//! Every device is a whole publisher with an outbox of its own, in this one process. `FLEET` says how many; `make test-all` has
//! five hundred.

#![expect(clippy::print_stdout, reason = "tests tell what they measured")]

mod support;

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use watchpost::config::Config;
use watchpost::publish::{Handle, Identity, Publisher};
use watchpost::types::EventKind;

use support::broker::{Broker, BrokerOptions};
use support::events::{config, event, identity, publisher_of};
use support::ledger::Ledger;
use support::process;
use support::subscriber::Subscriber;
use support::wait_until;

/// Events that each device tells of: before, during and after the broker's absence.
const EACH: u64 = 30;
/// How long the broker is away. A device's waits have grown beyond this by then.
const AWAY: Duration = Duration::from_secs(4);

#[test]
fn a_fleet_comes_back_without_a_stampede_and_loses_nothing() {
    let count = fleet();
    let mut broker = Broker::start(&BrokerOptions::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let subscriber = Subscriber::start(broker.port, "fleet", &[]);
    wait_until("the subscription", || broker.subscriptions("fleet") > 0);
    let memory = process::resident_kib();
    let begun = Instant::now();
    let publishers: Vec<Publisher> = (0..count)
        .map(|device| start(device, broker.port, folder.path()))
        .collect();
    let handles: Vec<Handle> = publishers.iter().map(Publisher::handle).collect();
    wait_until("everybody to connect", || all(&handles, 1));
    println!(
        "{count} devices connected in {:.1?}, {} KiB of memory each",
        begun.elapsed(),
        (process::resident_kib() - memory) / count as u64
    );

    tell(&handles, 0..EACH / 3);
    // In peace, so that it loses nothing that it has acknowledged and its subscriber has not read: see `Broker::kill`.
    broker.stop();
    tell(&handles, EACH / 3..EACH * 2 / 3);
    std::thread::sleep(AWAY);
    let back = Instant::now();
    broker.start_again();
    let spread = watch_them_return(&handles, back);
    print_spread(&spread);
    tell(&handles, EACH * 2 / 3..EACH);

    let mut ledgers: HashMap<String, Ledger> = HashMap::new();
    wait_until("everything to arrive", || {
        for message in subscriber.drain() {
            let device = message.topic.split('/').nth(1).unwrap_or_default();
            let ledger = ledgers.entry(device.to_owned()).or_default();
            ledger.enter(vec![message]);
        }
        let arrived: u64 = ledgers.values().map(Ledger::events).sum();
        arrived == EACH * count as u64
    });
    ledgers
        .values()
        .for_each(|ledger| ledger.assert_complete(EACH));
    let repeated: u64 = ledgers.values().map(Ledger::repeated).sum();
    println!(
        "{} events of {count} devices: none lost, {repeated} repeated",
        EACH * count as u64
    );
    let most = busiest(&spread);
    assert!(
        most <= (count / 3).max(10),
        "{most} of {count} came back within a tenth of a second"
    );
}

fn start(device: usize, port: u16, folder: &Path) -> Publisher {
    let name = format!("device-{device}");
    let mut config: Config = config(port, &folder.join(&name));
    config.device = name.as_str().into();
    config.mqtt.client_id = name.clone();
    let who = Identity {
        device: name.as_str().into(),
        ..identity()
    };
    publisher_of(&config, who)
}

fn tell(handles: &[Handle], ids: std::ops::Range<u64>) {
    for id in ids {
        for handle in handles {
            handle.event(event(EventKind::Entered, "porch", id.into()));
        }
    }
}

/// When each device was connected again.
fn watch_them_return(handles: &[Handle], since: Instant) -> Vec<Duration> {
    let mut returned = HashMap::new();
    wait_until("everybody to come back", || {
        for (i, handle) in handles.iter().enumerate() {
            if handle.stats().connections >= 2 {
                returned.entry(i).or_insert_with(|| since.elapsed());
            }
        }
        returned.len() == handles.len()
    });
    let mut times: Vec<_> = returned.into_values().collect();
    times.sort();
    times
}

fn print_spread(times: &[Duration]) {
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f32();
    println!(
        "back after {:.1} s (first), {:.1} s (half), {:.1} s (last); at most {} within a tenth of a second",
        at(0),
        at(50),
        at(100),
        busiest(times)
    );
}

/// The most that came within one tenth of a second.
fn busiest(times: &[Duration]) -> usize {
    let within = |from: &Duration| {
        let until = *from + Duration::from_millis(100);
        times
            .iter()
            .filter(|time| (*from..until).contains(*time))
            .count()
    };
    times.iter().map(within).max().unwrap_or_default()
}

fn all(handles: &[Handle], connections: u64) -> bool {
    handles
        .iter()
        .all(|handle| handle.stats().connections >= connections)
}

fn fleet() -> usize {
    std::env::var("FLEET").map_or(40, |count| count.parse().expect("a number of devices"))
}
