//! The last stage: events → outbox on disk → MQTT broker.
//!
//! ```text
//! Handle::event → queue → writer ⇄ outbox        (what goes next, what the budget takes; pure)
//!                           ⇅    ⇄ disk → store  (redb)
//!                          mqtt  → broker
//! Handle::state → board ────⬏
//! Orders        ← desk  ← mqtt  ← broker         (commands, and their answers)
//! ```
//!
//! An event is on disk before it is handed to the broker's connection, and leaves the disk when the broker has acknowledged
//! that very event. Delivery is at least once and in order for each camera; `boot` and `seq` let a subscriber see any gap or
//! duplicate. Retained states are not stored: the last value of each is sent again on every connection.
//!
//! Two threads work here, so that a slow disk never delays a frame and a slow broker never delays the disk. Nothing in this
//! module can hold a pixel.

mod announcer;
mod board;
pub mod command;
#[cfg(test)]
mod contract;
mod desk;
mod discovery;
mod disk;
mod episode;
mod frigate;
mod inbox;
mod lateness;
mod mqtt;
mod outbox;
pub mod payload;
mod pulse;
mod queue;
mod record;
mod reserve;
mod states;
mod stats;
mod store;
mod tls;
mod topic;
mod writer;

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tracing::warn;

use crate::clock::Clock;
use crate::config::Config;
use crate::json_file::JsonFile;
use crate::random;
use crate::types::Event;

use announcer::{Announcer, SharedAnnouncer};
use board::Board;
use desk::desk;
use discovery::Discovery;
use episode::Episode;
use inbox::Inbox;
use mqtt::Link;
use payload::{ModelRef, StatePayload};
use queue::{QUEUE_LEN_MAX, Queue, Queued};
use writer::{Rest, Shared, Writer};

pub use desk::Orders;
pub use mqtt::{Probe, probe};
pub use stats::{DiskState, DropReason, Drops, LinkState, PublishStats};
pub use store::{FILE as STORE_FILE, StoreError};
pub use tls::TlsError;
pub use topic::{StateTopic, Topics};

/// Of the time that a stop may take, this share is for sending what waits; the rest is for the farewell.
const SENDING_SHARE: f64 = 0.75;
/// What a thread may need beyond its time to finish what it is doing: one write to a slow card, one goodbye.
const GRACE: Duration = Duration::from_secs(2);

/// Who tells.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The device's name: a topic level.
    pub device: Arc<str>,
    /// Version of the daemon.
    pub version: &'static str,
    /// The model in use when the daemon starts; [`Handle::set_model`] changes it.
    pub model: ModelRef,
}

/// What keeps publishing from starting.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The outbox cannot be used.
    #[error("cannot open the outbox")]
    Store(#[from] StoreError),
    /// A certificate or key cannot be used.
    #[error("cannot use TLS for the broker")]
    Tls(#[from] TlsError),
    /// A thread cannot be started.
    #[error("cannot start the thread {name}")]
    Thread {
        /// Its name.
        name: &'static str,
        /// Why.
        source: std::io::Error,
    },
}

/// What was left when publishing stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopReport {
    /// Events that never reached the disk, and are lost.
    pub in_memory: u64,
    /// Events on disk that the next start will send.
    pub on_disk: u64,
    /// Whether the broker has taken `offline`; if not, the last will says it.
    pub said_offline: bool,
    /// Whether both threads ended in time.
    pub in_time: bool,
}

/// Publishing, as its owner sees it.
pub struct Publisher {
    handle: Handle,
    writer: Receiver<Rest>,
    link: Receiver<bool>,
    stop_link: watch::Sender<Option<Instant>>,
    orders: Option<Orders>,
}

/// Publishing, as the stages before it see it. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    shared: Shared,
    board: Arc<Board>,
    topics: Arc<Topics>,
    /// Where counts go besides, if they are also told as Frigate does.
    frigate: Option<Arc<Mutex<frigate::Places>>>,
    announcer: SharedAnnouncer,
    model: Arc<Mutex<Arc<ModelRef>>>,
    version: &'static str,
}

impl Publisher {
    /// Opens the outbox and begins to publish. A broker that cannot be reached is no error.
    ///
    /// # Errors
    ///
    /// An outbox that cannot be opened or is in use by another process, and certificates that cannot be read.
    pub fn start(
        config: &Config,
        identity: Identity,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PublishError> {
        if let Some(tls) = &config.mqtt.tls {
            tls::client_config(tls)?;
        }
        let queue = Queue::new(QUEUE_LEN_MAX, config.outbox.group_commit);
        let shared = Shared {
            boot: random::ulid(clock.wall()),
            clock,
            inbox: Arc::new(Inbox::new(queue)),
            stats: Arc::default(),
        };
        let topics = Topics::new(&config.mqtt.prefix, &identity.device);
        let board = Arc::new(Board::default());
        let (desk, orders) = desk(&config.mqtt.commands);
        let writer = Writer::open(&config.outbox, shared.clone())?;
        let writer = spawn("outbox", move || writer.run())?;
        let announcer = announcer(config, &topics, identity.version, &board);
        let link = Link {
            announcer: announcer.clone(),
            desk,
            config: config.mqtt.clone(),
            topics: topics.clone(),
            board: board.clone(),
            frigate: config.mqtt.frigate_compat.then(Default::default),
            shared: shared.clone(),
            trouble: Episode::default(),
        };
        let (stop_link, stop) = watch::channel(None);
        let runtime = runtime()?;
        let beat = beat(shared.clone());
        let link = spawn("mqtt", move || {
            runtime.block_on(async {
                tokio::select! {
                    told = link.run(stop) => told,
                    never = beat => never,
                }
            })
        })?;
        let frigate = config.mqtt.frigate_compat;
        if frigate {
            board.set(frigate::AVAILABLE_TOPIC.to_owned(), "online".to_owned());
        }
        let handle = Handle {
            shared,
            board,
            frigate: frigate.then(|| Arc::new(Mutex::new(frigate::Places::new(config)))),
            announcer,
            topics: Arc::new(topics),
            model: Arc::new(Mutex::new(Arc::new(identity.model))),
            version: identity.version,
        };
        Ok(Self {
            handle,
            writer,
            link,
            stop_link,
            orders: Some(orders),
        })
    }

    /// What comes in over MQTT to be carried out; the first caller gets it. What nobody takes is refused.
    pub fn take_orders(&mut self) -> Option<Orders> {
        self.orders.take()
    }

    /// What the other stages publish with.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Writes every event in memory to disk, sends what it can within `deadline`, says `offline` and disconnects.
    pub fn stop(self, deadline: Duration) -> StopReport {
        let Shared { clock, inbox, .. } = &self.handle.shared;
        let sending = deadline.mul_f64(SENDING_SHARE);
        let begun = clock.monotonic();
        inbox.stop(begun + sending);
        // A disk that hangs must not keep the daemon from stopping; the thread then ends with the process.
        let rest = self.writer.recv_timeout(sending + GRACE);
        let left = deadline.saturating_sub(clock.monotonic().since(begun));
        self.stop_link.send_replace(Some(Instant::now() + left));
        let said_offline = self.link.recv_timeout(left + GRACE);
        let stats = self.handle.stats();
        StopReport {
            in_memory: rest.map_or(stats.queued, |rest| rest.in_memory),
            on_disk: rest.map_or(stats.depth, |rest| rest.on_disk),
            said_offline: said_offline.unwrap_or(false),
            in_time: rest.is_ok() && said_offline.is_ok(),
        }
    }
}

impl Handle {
    /// Hands over an event. Never waits for disk or broker: it goes into a queue in memory of at most 4096 events, which the
    /// disk usually empties within milliseconds. While the disk cannot be written the queue fills up; then the oldest
    /// `updated` events are dropped, and the oldest events when there are no such, and the loss is counted.
    pub fn event(&self, event: Event) {
        self.shared.inbox.push(Queued {
            event,
            model: self.lock_model().clone(),
            queued_at: self.shared.clock.monotonic(),
        });
    }

    /// Sets the value of a retained topic. The last value wins, and is sent again on every connection.
    pub fn state(&self, topic: StateTopic, payload: impl Into<StatePayload>) {
        let value = payload.into().as_str().to_owned();
        if let Some(places) = &self.frigate {
            for topic in places.lock().expect(LOCK).topics(&topic) {
                self.board.set(topic, value.clone());
            }
        }
        self.board.set(self.topics.state(&topic), value);
    }

    /// The zones and lines are other ones from now on: tells those who want to know of them beforehand.
    pub fn set_places(&self, config: &Config) {
        if let Some(places) = &self.frigate {
            *places.lock().expect(LOCK) = frigate::Places::new(config);
        }
        if let Some(prefix) = &config.mqtt.home_assistant {
            let discovery = Discovery::new(config, &self.topics, prefix, self.version);
            let mut announcer = self.announcer.lock().expect(LOCK);
            announcer.announce_instead(discovery, &self.board);
        }
    }

    /// How publishing is.
    pub fn stats(&self) -> PublishStats {
        let mut stats = self.shared.stats().clone();
        stats.queued = stats.queued.max(self.shared.inbox.len() as u64);
        stats
    }

    /// From now on events come from this model.
    pub fn set_model(&self, model: ModelRef) {
        *self.lock_model() = Arc::new(model);
    }

    /// The model in use.
    pub fn model(&self) -> ModelRef {
        ModelRef::clone(&self.lock_model())
    }

    /// This start of the daemon, as it is in every event.
    pub fn boot(&self) -> String {
        self.shared.boot.to_string()
    }

    /// Version of the daemon.
    pub const fn version(&self) -> &'static str {
        self.version
    }

    fn lock_model(&self) -> std::sync::MutexGuard<'_, Arc<ModelRef>> {
        self.model.lock().expect(LOCK)
    }
}

const LOCK: &str = "nobody panics while holding it";

fn announcer(config: &Config, topics: &Topics, version: &str, board: &Board) -> SharedAnnouncer {
    let file = JsonFile::new(&config.outbox.path, announcer::FILE);
    let prefix = config.mqtt.home_assistant.as_deref();
    let discovery = prefix.map(|prefix| Discovery::new(config, topics, prefix, version));
    Arc::new(Mutex::new(Announcer::start(file, discovery, board)))
}

/// Runs `work` on a thread of its own, and gives the place where its result will be.
fn spawn<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Receiver<T>, PublishError> {
    let (done, result) = sync_channel(1);
    let thread = std::thread::Builder::new().name(name.to_owned());
    let spawned = thread.spawn(move || {
        if done.send(work()).is_err() {
            warn!(name, "ended after everybody had stopped waiting for it");
        }
    });
    match spawned {
        Ok(_) => Ok(result),
        Err(source) => Err(PublishError::Thread { name, source }),
    }
}

/// Shows again and again that the thread it runs on comes round.
async fn beat(shared: Shared) -> ! {
    loop {
        let now = shared.clock.monotonic();
        shared.stats().pulse.beat = Some(now);
        tokio::time::sleep(pulse::BEAT).await;
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, PublishError> {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build();
    built.map_err(|source| PublishError::Thread {
        name: "mqtt",
        source,
    })
}
