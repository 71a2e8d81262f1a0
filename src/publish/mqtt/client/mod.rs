//! The MQTT library as a session sees it, whichever version the broker speaks: one small file a version.
//!
//! The library of each version is a crate of its own, with types of its own; they end here.

mod v311;
mod v5;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::config::MqttConfig;
use crate::publish::desk::ANSWERS_MAX;
use crate::publish::mqtt::reason;
use crate::publish::mqtt::version::Version;
use crate::publish::outbox::WINDOW;
use crate::publish::states::STATES_WINDOW;
use crate::publish::tls::TlsError;

/// A connection attempt may take this long, name resolution and TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A goodbye that takes longer is not waited for.
const FAREWELL_TIMEOUT: Duration = Duration::from_millis(500);
/// Packets from the broker may be this long: acknowledgements and commands. What is longer, no broker sends us.
const INCOMING_BYTES_MAX: u32 = 64 * 1024;
/// Publishes that one write to the socket may carry.
const BATCH_LEN: usize = 16;
/// Room for everything that may be unacknowledged at a time: events, twice if Frigate's topics are wanted, states, answers,
/// subscriptions, and the availability.
const REQUESTS_MAX: usize = 2 * WINDOW + STATES_WINDOW + ANSWERS_MAX + 6;
/// What the broker is told to say of us when we are gone.
const WILL: &str = "offline";

/// What a session needs to know of what the library does.
pub enum News {
    /// The broker has accepted us.
    Accepted(Terms),
    /// Somebody has sent us something.
    Message(Received),
    /// The connection was closed as we asked for.
    Closed,
    /// The connection failed.
    Failed(Failure),
}

/// On which terms we were accepted.
pub struct Terms {
    /// The broker refuses packets of more bytes.
    pub packet_bytes_max: usize,
}

/// A message to us.
pub struct Received {
    /// Where it was published.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
    /// Whether the broker had kept it.
    pub retained: bool,
}

/// Why a connection could not be made, or ended.
#[derive(Debug)]
pub struct Failure {
    /// In words a person can act on.
    pub reason: String,
    /// The broker ended it on purpose, so that coming back at once would only annoy it.
    pub on_purpose: bool,
    /// It may be that the broker does not know our version of MQTT.
    pub misunderstood: bool,
}

/// A message for the broker.
pub struct Message {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: String,
    /// Whether the broker keeps it.
    pub retained: bool,
    /// What only MQTT 5 can say of it.
    pub about: About,
}

/// What MQTT 5 tells of a message beside its payload.
#[derive(Clone, Copy, Debug, Default)]
pub struct About {
    /// The payload is JSON of this schema.
    pub schema: Option<&'static str>,
    /// The broker forgets it when a subscriber has not come for it within this time.
    pub expiry: Option<Duration>,
}

/// What became of a message.
pub enum Fate {
    /// The broker has it.
    Taken,
    /// The broker will not have it.
    Refused(String),
    /// The connection ended first: neither taken nor refused.
    Unknown,
}

/// Why a message was not even sent.
pub enum NotSent {
    /// The connection has just ended; that is on its way as news.
    Ended,
    /// The library will not have it.
    Refused(String),
}

/// Something that will be known when the broker has answered, or the connection has ended.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What publishes. Nothing here waits.
pub trait Client: Send + Sync {
    /// Sends a message, at least once.
    fn publish(&self, message: Message) -> Result<Later<Fate>, NotSent>;
    /// Asks for what is published on topics like this.
    fn subscribe(&self, filter: &str) -> Result<Later<Fate>, NotSent>;
    /// Says goodbye; whether that could be said.
    fn disconnect(&self) -> bool;
}

/// A connection in the making; it ends when this is dropped.
pub struct Driven {
    /// What publishes.
    pub client: Box<dyn Client>,
    /// What happens.
    pub news: mpsc::Receiver<News>,
    driver: JoinSet<()>,
}

impl Driven {
    /// Waits until the broker has accepted us, or has not.
    pub async fn accepted(&mut self) -> Result<Terms, Failure> {
        match self.news.recv().await {
            Some(News::Accepted(terms)) => Ok(terms),
            Some(News::Failed(failure)) => Err(failure),
            Some(News::Message(_) | News::Closed) | None => Err(Failure::because(reason::ENDED)),
        }
    }

    /// Says goodbye, so that the broker does not tell our last will.
    pub async fn part(&mut self) {
        if self.client.disconnect() {
            let _ = timeout(FAREWELL_TIMEOUT, self.news.recv()).await;
        }
    }

    /// Ends the connection, if it has not ended by itself; every message's fate is then known.
    pub async fn stop(&mut self) {
        self.driver.shutdown().await;
    }
}

/// Begins to connect; the broker says `offline` on `will` when we are gone.
pub fn connect(config: &MqttConfig, version: Version, will: &str) -> Result<Driven, TlsError> {
    match version {
        Version::V5 => v5::connect(config, will).map(|(client, engine)| drive(client, engine)),
        Version::V311 => v311::connect(config, will).map(|(client, engine)| drive(client, engine)),
    }
}

/// What makes the library work.
trait Engine: Send + 'static {
    /// What happens next, if it is of interest.
    fn next(&mut self) -> impl Future<Output = Option<News>> + Send;
}

/// The library works only while it is polled, and may not be interrupted in the middle: so it gets a task of its own.
fn drive(client: impl Client + 'static, mut engine: impl Engine) -> Driven {
    let (tell, news) = mpsc::channel(4);
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        loop {
            let Some(news) = engine.next().await else {
                continue;
            };
            let is_last = matches!(news, News::Closed | News::Failed(_));
            if tell.send(news).await.is_err() || is_last {
                return;
            }
        }
    });
    Driven {
        client: Box::new(client),
        news,
        driver,
    }
}

/// The broker's address as a WebSocket's; the scheme is `ws` in any case, for the library wants TLS said elsewhere.
fn web_address(config: &MqttConfig, path: &str) -> String {
    let MqttConfig { host, port, .. } = config;
    if host.contains(':') {
        format!("ws://[{host}]:{port}{path}")
    } else {
        format!("ws://{host}:{port}{path}")
    }
}

fn keep_alive_s(config: &MqttConfig) -> u16 {
    let seconds = config.keep_alive.as_secs().clamp(1, u16::MAX.into());
    u16::try_from(seconds).expect("it was clamped")
}

impl Failure {
    /// Nothing more is known of it.
    pub fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            on_purpose: false,
            misunderstood: false,
        }
    }

    fn misunderstood(reason: impl Into<String>) -> Self {
        Self {
            misunderstood: true,
            ..Self::because(reason)
        }
    }

    fn on_purpose(reason: impl Into<String>) -> Self {
        Self {
            on_purpose: true,
            ..Self::because(reason)
        }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => write!(f, "the connection has ended"),
            Self::Refused(why) => write!(f, "{why}"),
        }
    }
}
