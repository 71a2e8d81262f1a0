//! One connection only to see whether there could be one: nothing is told, and nobody notices but the broker.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::client::{About, Driven, Fate, Message, News, NotSent, connect};
use super::version::Version;
use crate::causes::chain;
use crate::config::{Config, MqttConfig, VersionWish};
use crate::publish::topic::{StateTopic, Topics};

/// How long the broker may take to give us what it has kept, once it has answered everything else.
const RETAINED_WITHIN: Duration = Duration::from_millis(500);

/// What a broker allows that has accepted us.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The version of MQTT that it understood.
    pub version: &'static str,
    /// A topic of ours, and whether it may be published on. MQTT 3.1.1 cannot say no.
    pub publish: (String, Result<(), String>),
    /// What the daemon said last on `status`, if that is kept and may be read.
    pub status: Option<String>,
}

/// Connects as `config` says, under a client id of its own so that a running daemon keeps its connection.
///
/// # Errors
///
/// Why the broker does not accept us, in words a person can act on.
pub fn probe(config: &Config, deadline: Duration) -> Result<Probe, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let topics = Topics::new(&config.mqtt.prefix, &config.device);
    let mqtt = MqttConfig {
        client_id: format!("{}-doctor", config.mqtt.client_id),
        ..config.mqtt.clone()
    };
    let by = Instant::now() + deadline;
    runtime.block_on(async {
        let first = match mqtt.version {
            VersionWish::Auto | VersionWish::V5 => Version::V5,
            VersionWish::V311 => Version::V311,
        };
        let (driven, version) = match accepted(&mqtt, first, &topics, by).await {
            Ok(driven) => (driven, first),
            Err(refusal) if refusal.misunderstood && mqtt.version == VersionWish::Auto => {
                let older = accepted(&mqtt, Version::V311, &topics, by).await;
                (older.map_err(|_| refusal.reason)?, Version::V311)
            }
            Err(refusal) => return Err(refusal.reason),
        };
        Ok(ask(driven, version, &topics, by).await)
    })
}

struct Refusal {
    reason: String,
    misunderstood: bool,
}

async fn accepted(
    mqtt: &MqttConfig,
    version: Version,
    topics: &Topics,
    by: Instant,
) -> Result<Driven, Refusal> {
    let refusal = |reason: String| Refusal {
        reason,
        misunderstood: false,
    };
    let connected = connect(mqtt, version, &topics.doctor());
    let mut driven = connected.map_err(|error| refusal(chain(&error)))?;
    match timeout_at(by, driven.news.recv()).await {
        Ok(Some(News::Accepted(_))) => Ok(driven),
        Ok(Some(News::Failed(failure))) => Err(Refusal {
            reason: failure.reason,
            misunderstood: failure.misunderstood,
        }),
        Ok(_) => Err(refusal("the connection ended".to_owned())),
        Err(_) => Err(refusal("the broker does not answer in time".to_owned())),
    }
}

async fn ask(mut driven: Driven, version: Version, topics: &Topics, by: Instant) -> Probe {
    let status_topic = topics.state(&StateTopic::Status);
    let subscribed = driven.client.subscribe(&status_topic);
    let topic = topics.doctor();
    // Empty and not retained: nobody keeps it, and who listens to everything has nothing to read.
    let published = driven.client.publish(Message {
        topic: topic.clone(),
        payload: String::new(),
        retained: false,
        about: About::default(),
    });
    let published = fate(published, by).await;
    let status = match fate(subscribed, by).await {
        Ok(()) => retained(&mut driven, &status_topic).await,
        Err(_) => None,
    };
    driven.part().await;
    driven.stop().await;
    Probe {
        version: version.name(),
        publish: (topic, published),
        status,
    }
}

async fn fate(
    sent: Result<impl Future<Output = Fate>, NotSent>,
    by: Instant,
) -> Result<(), String> {
    match sent {
        Err(NotSent::Refused(why)) => Err(why),
        Err(NotSent::Ended) => Err("the broker closed the connection".to_owned()),
        Ok(later) => match timeout_at(by, later).await {
            Ok(Fate::Taken) => Ok(()),
            Ok(Fate::Refused(why)) => Err(why),
            Ok(Fate::Unknown) => Err("the broker closed the connection".to_owned()),
            Err(_) => Err("the broker does not answer in time".to_owned()),
        },
    }
}

async fn retained(driven: &mut Driven, topic: &str) -> Option<String> {
    let by = Instant::now() + RETAINED_WITHIN;
    while let Ok(Some(news)) = timeout_at(by, driven.news.recv()).await {
        if let News::Message(message) = news
            && message.topic == topic
        {
            return String::from_utf8(message.payload).ok();
        }
    }
    None
}
