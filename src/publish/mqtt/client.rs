//! The MQTT library: its options, and the task that drives it.

use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnAck, ConnectionError, Event, EventLoop, Incoming, LastWill, MqttOptions,
    NetworkOptions, Outgoing, Publish, QoS, TlsConfiguration, Transport,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::config::MqttConfig;
use crate::publish::desk::ANSWERS_MAX;
use crate::publish::outbox::WINDOW;
use crate::publish::states::STATES_WINDOW;
use crate::publish::tls::{TlsError, client_config};

/// A connection attempt may take this long, name resolution and TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Packets from the broker may be this long: acknowledgements and commands. What is longer, no broker sends us.
const INCOMING_BYTES_MAX: u32 = 64 * 1024;
/// Publishes that one write to the socket may carry.
const BATCH_LEN: usize = 16;
/// Room for everything that may be unacknowledged at a time: events, twice if Frigate's topics are wanted, states, answers,
/// subscriptions, and the availability.
const REQUESTS_MAX: usize = 2 * WINDOW + STATES_WINDOW + ANSWERS_MAX + 6;

/// What a session needs to know of what the library does.
pub enum News {
    /// The broker has accepted us.
    Accepted(Box<ConnAck>),
    /// Somebody has sent us something.
    Message(Box<Publish>),
    /// The connection was closed as we asked for.
    Closed,
    /// The connection failed.
    Failed(Box<ConnectionError>),
}

/// A connection in the making; it ends when this is dropped.
pub struct Driven {
    /// What publishes.
    pub client: AsyncClient,
    /// What happens.
    pub news: mpsc::Receiver<News>,
    driver: JoinSet<()>,
}

impl Driven {
    /// Ends the connection, if it has not ended by itself; every message's fate is then known.
    pub async fn stop(&mut self) {
        self.driver.shutdown().await;
    }
}

/// Begins to connect.
pub fn connect(config: &MqttConfig, will: LastWill) -> Result<Driven, TlsError> {
    let builder = AsyncClient::builder(options(config, will)?).capacity(REQUESTS_MAX);
    let (client, events) = builder.build();
    let (tell, news) = mpsc::channel(4);
    let mut driver = JoinSet::new();
    driver.spawn(drive(events, tell));
    Ok(Driven {
        client,
        news,
        driver,
    })
}

/// The library works only while it is polled, and may not be interrupted in the middle: so it gets a task of its own.
async fn drive(mut events: EventLoop, tell: mpsc::Sender<News>) {
    loop {
        let news = match events.poll().await {
            Ok(Event::Incoming(Incoming::ConnAck(ack))) => News::Accepted(Box::new(ack)),
            Ok(Event::Incoming(Incoming::Publish(message))) => News::Message(Box::new(message)),
            Ok(Event::Outgoing(Outgoing::Disconnect)) => News::Closed,
            Ok(_) => continue,
            Err(error) => News::Failed(Box::new(error)),
        };
        let is_last = matches!(news, News::Closed | News::Failed(_));
        if tell.send(news).await.is_err() || is_last {
            return;
        }
    }
}

fn options(config: &MqttConfig, will: LastWill) -> Result<MqttOptions, TlsError> {
    let broker = (config.host.as_str(), config.port);
    let mut options = MqttOptions::new(config.client_id.as_str(), broker);
    let keep_alive_s = config.keep_alive.as_secs().clamp(1, u16::MAX.into());
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options
        .set_clean_start(true)
        .set_keep_alive(u16::try_from(keep_alive_s).expect("it was clamped"))
        .set_connect_timeout(CONNECT_TIMEOUT)
        .set_max_packet_size(Some(INCOMING_BYTES_MAX))
        .set_max_request_batch(BATCH_LEN)
        // The library walks through a table of this length with every write to the socket; its own is 65,536.
        .set_outgoing_inflight_upper_limit(REQUESTS_MAX as u16)
        .set_network_options(network)
        .set_last_will(will);
    if let Some(login) = &config.login {
        options.set_credentials(login.username.as_str(), login.password.clone());
    }
    if let Some(tls) = &config.tls {
        let tls = TlsConfiguration::Rustls(client_config(tls)?);
        options.set_transport(Transport::tls_with_config(tls));
    }
    Ok(options)
}

/// The last will: `offline`, kept by the broker.
pub fn last_will(topic: String) -> LastWill {
    LastWill::new(topic, "offline", QoS::AtLeastOnce, true, None)
}
