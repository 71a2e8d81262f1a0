//! One connection only to see whether there could be one: nothing is told, and nobody notices but the broker.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::client::{About, Driven, Failure, Fate, Message, News, NotSent, connect};
use super::reason;
use super::version::{Version, Versions};
use crate::causes::chain;
use crate::config::{Config, MqttConfig};
use crate::publish::runtime;
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
    let runtime = runtime().map_err(|error| chain(&error))?;
    let topics = Topics::new(&config.mqtt.prefix, &config.device);
    let mqtt = MqttConfig {
        client_id: format!("{}-doctor", config.mqtt.client_id),
        ..config.mqtt.clone()
    };
    let by = Instant::now() + deadline;
    let mut versions = Versions::new(mqtt.version);
    runtime.block_on(async {
        let driven = match accepted(&mqtt, versions.next(), &topics, by).await {
            Err(failure) if failure.misunderstood && versions.misunderstood() => {
                let older = accepted(&mqtt, versions.next(), &topics, by).await;
                older.map_err(|_| failure.reason)
            }
            first => first.map_err(|failure| failure.reason),
        };
        Ok(ask(driven?, versions.next(), &topics, by).await)
    })
}

async fn accepted(
    mqtt: &MqttConfig,
    version: Version,
    topics: &Topics,
    by: Instant,
) -> Result<Driven, Failure> {
    let connected = connect(mqtt, version, &topics.doctor());
    let mut driven = connected.map_err(|error| Failure::because(chain(&error)))?;
    match timeout_at(by, driven.accepted()).await {
        Ok(accepted) => accepted.map(|_| driven),
        Err(_) => Err(Failure::because(reason::TOO_LATE)),
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
        Err(NotSent::Ended) => Err(reason::ABORTED.to_owned()),
        Ok(later) => match timeout_at(by, later).await {
            Ok(Fate::Taken) => Ok(()),
            Ok(Fate::Refused(why)) => Err(why),
            Ok(Fate::Unknown) => Err(reason::ABORTED.to_owned()),
            Err(_) => Err(reason::TOO_LATE.to_owned()),
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
