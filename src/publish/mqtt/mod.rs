//! The connection to the broker, for as long as the daemon lives. The one place that knows the MQTT library.
//!
//! Takes deliveries from the writer and states from the board; gives reports to the writer. Each connection is a session of
//! its own that ends with it: what is to be sent again is known to the outbox, not to the broker or the library.

mod client;
mod probe;
mod reason;
mod session;
mod version;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use self::client::Failure;
pub use self::probe::{Probe, probe};
use self::version::{Version, Versions};

use crate::backoff::Backoff;
use crate::config::MqttConfig;
use crate::publish::announcer::SharedAnnouncer;
use crate::publish::board::Board;
use crate::publish::desk::Desk;
use crate::publish::episode::Episode;
use crate::publish::frigate::Frigate;
use crate::publish::inbox::Report;
use crate::publish::topic::Topics;
use crate::publish::writer::Shared;
use crate::publish::{LinkState, PublishStats};
use crate::random;

const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// Everything a connection needs.
pub struct Link {
    /// The broker and how to reach it.
    pub config: MqttConfig,
    /// Where things go.
    pub topics: Topics,
    /// The states to keep the broker informed of.
    pub board: Arc<Board>,
    /// What Home Assistant knows.
    pub announcer: SharedAnnouncer,
    /// Where commands come in.
    pub desk: Desk,
    /// What was told as Frigate does, if that is wanted.
    pub frigate: Option<Frigate>,
    /// Where to report.
    pub shared: Shared,
    /// What is wrong, as last told to the log.
    pub trouble: Episode,
}

/// How a session ended.
#[derive(Debug)]
enum End {
    /// To see whether the broker understands another version of MQTT.
    Doubted,
    /// As it was asked to; whether the broker was told `offline`.
    Stopped(bool),
    /// Before it had begun.
    NotAccepted(Failure),
    /// By itself.
    Lost {
        reason: String,
        /// It had done something useful, so that the next attempt need not wait long.
        useful: bool,
    },
}

/// When to stop: `None` until somebody wants it.
pub type StopBy = watch::Receiver<Option<Instant>>;

impl Link {
    /// Connects, again and again, until `stop`. Answers whether the broker was told `offline`.
    pub async fn run(mut self, mut stop: StopBy) -> bool {
        let mut backoff = Backoff::new(RETRY_FIRST, RETRY_MAX);
        let mut versions = Versions::new(self.config.version);
        loop {
            self.state(LinkState::Connecting);
            match self.session(&mut versions, &mut stop).await {
                End::Stopped(told) => return told,
                End::Doubted => continue,
                End::NotAccepted(failure) if failure.misunderstood && versions.misunderstood() => {
                    let reason = failure.reason;
                    info!(reason, "the broker may not know MQTT 5; trying 3.1.1");
                    continue;
                }
                End::NotAccepted(failure) => self.lost(&failure.reason),
                End::Lost { reason, useful } => {
                    self.lost(&reason);
                    if useful {
                        backoff.reset();
                    }
                }
            }
            let pause = backoff.next(random::bits());
            if timeout(pause, stop.wait_for(Option::is_some)).await.is_ok() {
                return false;
            }
        }
    }

    fn connected(&mut self, version: Version) {
        self.state(LinkState::Connected);
        self.stats(|stats| {
            stats.connections += 1;
            stats.last_error = None;
        });
        let MqttConfig { host, port, .. } = &self.config;
        self.trouble.over();
        let version = version.name();
        info!(host, port, version, "connected to the broker");
    }

    fn lost(&mut self, reason: &str) {
        self.state(LinkState::Waiting);
        self.stats(|stats| stats.last_error = Some(reason.to_owned()));
        self.shared.inbox.report(Report::Disconnected);
        if self.trouble.trouble(reason) {
            let MqttConfig { host, port, .. } = &self.config;
            warn!(
                host,
                port,
                error = reason,
                "no connection to the broker; trying again and again"
            );
        }
    }

    fn state(&self, link: LinkState) {
        let now = self.shared.clock.monotonic();
        self.stats(|stats| {
            if stats.link != link {
                stats.link = link;
                stats.since = now;
            }
        });
    }

    fn stats(&self, change: impl FnOnce(&mut PublishStats)) {
        change(&mut self.shared.stats());
    }
}
