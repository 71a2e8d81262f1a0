//! Everything goes wrong, again and again, in an order that a seed decides; nothing may be lost.
//!
//! A publisher in a process of its own tells of two cameras without pause. Between it and a real mosquitto lies a bad network; a
//! real subscriber writes down what arrives in a [`Ledger`], which knows what may and what may not happen.
//!
//! `CHAOS_SEED` repeats a run, `CHAOS_SECONDS` makes it longer; `make test-all` runs half an hour.

#![expect(
    clippy::print_stdout,
    reason = "the table of faults is what the test is for"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use watchpost::clock::{Clock, SystemClock};
use watchpost::dice::Dice;
use watchpost::publish::{DiskState, Handle, Publisher};
use watchpost::random;
use watchpost::types::{EventKind, Monotonic, Wall};

use support::broker::{Broker, BrokerOptions};
use support::child::{self, Actor};
use support::events::{config, event, identity};
use support::ledger::Ledger;
use support::proxy::{Network, Proxy};
use support::small_disk::limit_file_size;
use support::subscriber::Subscriber;
use support::wait_until;

const SUBSCRIBER: &str = "ledger";
const CAMERAS: [&str; 2] = ["porch", "yard"];
/// About 300 events a second: some are always in every state that an event can be in.
const PAUSE: Duration = Duration::from_millis(3);
/// More than the longest fault holds up.
const BACKLOG_MAX: u64 = 3000;
/// So many new events after a fault show that all is well again.
const WELL_AFTER: u64 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    BrokerKilled,
    BrokerForgets,
    BrokerStopped,
    BrokerFrozen,
    NetworkSlow,
    NetworkSilent,
    NetworkCut,
    NetworkHalfClosed,
    NetworkCutInPacket,
    NetworkRefusing,
    DaemonKilled,
    DiskFull,
    ClockStepped,
}

const FAULTS: [(Fault, &str); 13] = [
    (Fault::BrokerKilled, "broker killed, its sessions on disk"),
    (Fault::BrokerForgets, "broker killed, its disk wiped"),
    (Fault::BrokerStopped, "broker stopped in peace"),
    (Fault::BrokerFrozen, "broker frozen for seconds"),
    (Fault::NetworkSlow, "network slow"),
    (Fault::NetworkSilent, "network silent, then cut"),
    (Fault::NetworkCut, "connection cut"),
    (Fault::NetworkHalfClosed, "connection half closed"),
    (Fault::NetworkCutInPacket, "connection cut inside a packet"),
    (Fault::NetworkRefusing, "connections refused"),
    (Fault::DaemonKilled, "daemon killed"),
    (Fault::DiskFull, "disk full, then free"),
    (Fault::ClockStepped, "clock stepped by hours"),
];

#[test]
fn nothing_is_lost_whatever_breaks() {
    let seed = number_from("CHAOS_SEED").unwrap_or_else(random::bits);
    let lasts = Duration::from_secs(number_from("CHAOS_SECONDS").unwrap_or(40));
    println!("CHAOS_SEED={seed}");
    let mut stage = Stage::set(Dice::new(seed, 0));
    let mut table: BTreeMap<Fault, Row> = BTreeMap::new();
    let begun = Instant::now();
    let mut order = Vec::new();
    // Which fault fell upon which events.
    let mut history = Vec::new();
    while begun.elapsed() < lasts {
        if order.is_empty() {
            order = stage.shuffled();
        }
        let (fault, _) = order.pop().expect("it was just filled");
        stage.rest(200, 1200);
        let before = stage.counts();
        let since = Instant::now();
        stage.inflict(fault);
        stage.wait_until_well(fault);
        let after = stage.counts();
        history.push((fault, before.0, after.0));
        let row = table.entry(fault).or_default();
        row.times += 1;
        row.events += after.0 - before.0;
        row.repeated += after.1 - before.1;
        row.worst = row.worst.max(since.elapsed());
    }
    let sent = stage.finish();
    let ledger = stage.ledger;
    if !ledger.missing().is_empty() {
        println!("missing: {:?}; faults: {history:?}", ledger.missing());
    }
    ledger.assert_complete(sent);
    print_table(&table);
    println!(
        "{} events of {} starts in {:.0?}: none lost, {} repeated, order of each camera kept",
        ledger.events(),
        ledger.starts(),
        begun.elapsed(),
        ledger.repeated()
    );
}

#[derive(Default)]
struct Row {
    times: u64,
    events: u64,
    repeated: u64,
    worst: Duration,
}

fn print_table(table: &BTreeMap<Fault, Row>) {
    println!("fault                                times  events  repeated  well again within");
    for (fault, name) in FAULTS {
        if let Some(row) = table.get(&fault) {
            println!(
                "{name:<36} {:>5} {:>7} {:>9} {:>11.1} s",
                row.times,
                row.events,
                row.repeated,
                row.worst.as_secs_f32()
            );
        }
    }
}

/// Broker, network, publisher and subscriber.
struct Stage {
    dice: Dice,
    broker: Broker,
    proxy: Proxy,
    subscriber: Subscriber,
    folder: TempDir,
    actor: Option<Actor>,
    ledger: Ledger,
}

impl Stage {
    fn set(dice: Dice) -> Self {
        let broker = Broker::start(&BrokerOptions::default());
        let mut stage = Self {
            dice,
            proxy: Proxy::start(broker.port),
            subscriber: Subscriber::start(broker.port, SUBSCRIBER, &[]),
            broker,
            folder: tempfile::tempdir().expect("a temporary folder"),
            actor: None,
            ledger: Ledger::default(),
        };
        stage.wait_for_subscriptions(1);
        stage.start_actor();
        stage.wait_for_more_events();
        stage
    }

    fn start_actor(&mut self) {
        let folder = self.folder.path().to_str().expect("a plain path");
        let port = self.proxy.port.to_string();
        self.actor = Some(Actor::start("plays_its_role", "talk", &[&port, folder]));
    }

    fn inflict(&mut self, fault: Fault) {
        match fault {
            Fault::BrokerKilled => {
                self.broker.kill();
                self.rest(0, 1500);
                self.broker.start_again();
            }
            Fault::BrokerForgets => {
                // The subscriber comes back first: what a broker is sent while it knows of no subscriber is nobody's.
                let subscriptions = self.subscriptions();
                self.proxy.set(Network::Refusing);
                self.broker.kill();
                self.broker.start_anew();
                self.wait_for_subscriptions(subscriptions + 1);
                self.proxy.set(Network::Good);
            }
            Fault::BrokerStopped => {
                self.broker.stop();
                self.rest(0, 800);
                self.broker.start_again();
            }
            Fault::BrokerFrozen => {
                self.broker.freeze();
                self.rest(500, 3000);
                self.broker.thaw();
            }
            Fault::NetworkSlow => {
                let delay = Duration::from_millis(20 + self.dice.below(200) as u64);
                self.proxy.set(Network::Slow(delay));
                self.rest(500, 2000);
                self.proxy.set(Network::Good);
            }
            Fault::NetworkSilent => {
                self.proxy.set(Network::Silent);
                self.rest(500, 3000);
                self.proxy.cut();
                self.proxy.set(Network::Good);
            }
            Fault::NetworkCut => self.proxy.cut(),
            Fault::NetworkHalfClosed => self.proxy.half_close(),
            Fault::NetworkCutInPacket => {
                let bytes = self.dice.below(4000);
                self.proxy.cut_after(bytes);
            }
            Fault::NetworkRefusing => {
                self.proxy.set(Network::Refusing);
                self.rest(300, 2000);
                self.proxy.set(Network::Good);
            }
            Fault::DaemonKilled => {
                self.actor.take().expect("it runs").kill();
                self.rest(0, 300);
                self.start_actor();
            }
            Fault::DiskFull => {
                self.tell("disk full");
                self.rest(300, 2000);
                self.tell("disk free");
            }
            Fault::ClockStepped => {
                let hours = self.dice.below(48) as i64 - 24;
                self.tell(&format!("clock {hours}"));
            }
        }
    }

    fn tell(&mut self, command: &str) {
        self.actor.as_mut().expect("it runs").tell(command);
    }

    fn wait_until_well(&mut self, fault: Fault) {
        use Fault::{BrokerForgets, BrokerKilled, BrokerStopped};
        let restarted = matches!(fault, BrokerForgets | BrokerKilled | BrokerStopped);
        if self.dice.below(4) == 0 && !restarted {
            // One fault right after another. After a broker's restart the subscriber has to be there before the next
            // one, and mosquitto must have saved its subscription, which it does only now and then.
            return;
        }
        self.wait_for_more_events();
    }

    fn wait_for_more_events(&mut self) {
        let enough = self.counts().0 + WELL_AFTER;
        wait_until("events to arrive", || self.counts().0 >= enough);
    }

    /// Distinct events so far, and how many came again.
    fn counts(&mut self) -> (u64, u64) {
        self.ledger.enter(self.subscriber.drain());
        (self.ledger.events(), self.ledger.repeated())
    }

    /// Ends the talk; gives how many events the last publisher told of.
    fn finish(&mut self) -> u64 {
        self.proxy.set(Network::Good);
        let mut actor = self.actor.take().expect("it runs");
        actor.tell("stop");
        let sent = actor.hear().parse().expect("a number");
        actor.join();
        wait_until("the last event", || {
            self.counts();
            self.ledger.has_last(sent)
        });
        sent
    }

    fn shuffled(&mut self) -> Vec<(Fault, &'static str)> {
        let mut faults = FAULTS.to_vec();
        for i in (1..faults.len()).rev() {
            faults.swap(i, self.dice.below(i + 1));
        }
        faults
    }

    fn rest(&mut self, from_ms: u64, to_ms: u64) {
        let ms = from_ms + self.dice.below((to_ms - from_ms) as usize) as u64;
        std::thread::sleep(Duration::from_millis(ms));
    }

    fn subscriptions(&self) -> usize {
        self.broker.subscriptions(SUBSCRIBER)
    }

    fn wait_for_subscriptions(&self, n: usize) {
        wait_until("the subscription", || self.subscriptions() >= n);
    }
}

/// Not a test: the publisher that the test above kills.
#[test]
fn plays_its_role() {
    let Some((_, arguments)) = child::role() else {
        return;
    };
    let port = arguments[0].parse().expect("a port");
    let clock = Arc::new(SteppedClock::default());
    let config = config(port, Path::new(&arguments[1]));
    let publisher = Publisher::start(&config, identity(), clock.clone()).expect("the outbox opens");
    let handle = publisher.handle();
    let stop = Arc::new(AtomicBool::new(false));
    let obey = (handle.clone(), stop.clone());
    std::thread::spawn(move || take_commands(&obey.0, &clock, &obey.1));
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let kind = [EventKind::Entered, EventKind::Updated, EventKind::Left][sent % 3].clone();
        handle.event(event(kind, CAMERAS[sent % 2], sent as u128));
        sent += 1;
        std::thread::sleep(PAUSE);
        // A machine that is too busy for so many events gets fewer.
        while handle.stats().depth > BACKLOG_MAX && !stop.load(Ordering::Relaxed) {
            std::thread::sleep(PAUSE);
        }
    }
    println!("asked to stop after {sent} events: {:?}", handle.stats());
    wait_until("everything to be sent", || {
        let stats = handle.stats();
        stats.stored == sent as u64 && stats.depth == 0
    });
    assert_eq!(
        handle.stats().dropped.total(),
        0,
        "there was room for everything"
    );
    child::say(&sent.to_string());
    publisher.stop(support::DEADLINE);
}

/// Does what the parent says until it says stop. A disk that should be full and is not keeps the talk from ever ending.
fn take_commands(handle: &Handle, clock: &SteppedClock, stop: &AtomicBool) {
    let disk_works = || handle.stats().disk == DiskState::Ok;
    loop {
        let command = child::listen();
        match command.split_once(' ') {
            Some(("disk", "full")) => {
                limit_file_size(64 << 10);
                wait_until("the disk to fail", || !disk_works());
            }
            Some(("disk", _)) => {
                limit_file_size(1 << 30);
                wait_until("the disk to work", disk_works);
            }
            Some(("clock", hours)) => clock.step(hours.parse().expect("a number")),
            _ => return stop.store(true, Ordering::Relaxed),
        }
    }
}

/// The kernel's clocks, with a civil time that can be put forward and back.
#[derive(Default)]
struct SteppedClock {
    off_by_us: AtomicI64,
}

impl SteppedClock {
    fn step(&self, hours: i64) {
        self.off_by_us
            .store(hours * 3_600_000_000, Ordering::Relaxed);
    }
}

impl Clock for SteppedClock {
    fn monotonic(&self) -> Monotonic {
        SystemClock.monotonic()
    }

    fn wall(&self) -> Wall {
        let true_us = SystemClock.wall().unix_micros();
        Wall::from_unix_micros(true_us + self.off_by_us.load(Ordering::Relaxed))
    }

    fn synced(&self) -> bool {
        true
    }
}

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is not a number")),
    )
}
