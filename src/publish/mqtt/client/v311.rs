//! MQTT 3.1.1, for brokers that know nothing newer. It acknowledges what it refuses, and closes the connection without a
//! word.

use rumqttc_v4::{
    AsyncClient, Broker, ClientError, ConnectReturnCode, ConnectionError, Event, EventLoop,
    Incoming, LastWill, MqttOptions, Outgoing, Publish, PublishNoticeError, PublishOptions,
    PublishResult, QoS, StateError, SubscribeFilterInput, SubscribeNoticeError, TlsConfiguration,
    TlsError as LibraryTlsError, Transport,
};

use super::{
    BATCH_LEN, CONNECT_TIMEOUT, Client, Engine, Failure, Fate, INCOMING_BYTES_MAX, Later, Message,
    News, NotSent, REQUESTS_MAX, Received, Terms, WILL, keep_alive_s, web_address,
};
use crate::causes::chain;
use crate::config::MqttConfig;
use crate::publish::mqtt::reason::{self, words};
use crate::publish::tls::{TlsError, client_config};

/// As long as a packet can be.
const PACKET_BYTES_MAX: usize = 268_435_455;

pub(super) fn connect(
    config: &MqttConfig,
    will: &str,
) -> Result<(AsyncClient, EventLoop), TlsError> {
    let builder = AsyncClient::builder(options(config, will)?).capacity(REQUESTS_MAX);
    let (client, mut events) = builder.build();
    events.network_options.set_tcp_nodelay(true);
    let timeout_s = CONNECT_TIMEOUT.as_secs();
    events.network_options.set_connection_timeout(timeout_s);
    Ok((client, events))
}

fn options(config: &MqttConfig, will: &str) -> Result<MqttOptions, TlsError> {
    let broker = match &config.web_path {
        Some(path) => Broker::websocket(web_address(config, path)).expect("it was checked"),
        None => Broker::tcp(config.host.as_str(), config.port),
    };
    let mut options = MqttOptions::new(config.client_id.as_str(), broker);
    options
        .set_clean_session(true)
        .set_keep_alive(keep_alive_s(config))
        .set_max_packet_size(INCOMING_BYTES_MAX as usize, PACKET_BYTES_MAX)
        .set_max_request_batch(BATCH_LEN)
        .set_inflight(REQUESTS_MAX as u16)
        .set_last_will(LastWill::new(will, WILL, QoS::AtLeastOnce, true));
    if let Some(login) = &config.login {
        options.set_credentials(login.username.as_str(), login.password.clone());
    }
    if let Some(tls) = &config.tls {
        let tls = TlsConfiguration::Rustls(client_config(tls)?);
        options.set_transport(match config.web_path {
            Some(_) => Transport::wss_with_config(tls),
            None => Transport::tls_with_config(tls),
        });
    }
    Ok(options)
}

impl Client for AsyncClient {
    fn publish(&self, message: Message) -> Result<Later<Fate>, NotSent> {
        let options = PublishOptions::new(QoS::AtLeastOnce).retain(message.retained);
        let notice = self.try_publish_tracked(message.topic, message.payload, options)?;
        Ok(Box::pin(async move {
            match notice.wait_async().await {
                Ok(PublishResult::Qos1(_)) => Fate::Taken,
                Ok(_) => Fate::Refused(reason::OTHER_QUALITY.to_owned()),
                Err(PublishNoticeError::Recv | PublishNoticeError::SessionReset) => Fate::Unknown,
                Err(error) => Fate::Refused(error.to_string()),
            }
        }))
    }

    fn subscribe(&self, filter: &str) -> Result<Later<Fate>, NotSent> {
        let wanted = SubscribeFilterInput::new(filter, QoS::AtLeastOnce);
        let notice = self.try_subscribe_many_tracked([wanted])?;
        Ok(Box::pin(async move {
            match notice.wait_async().await {
                Ok(_) => Fate::Taken,
                Err(SubscribeNoticeError::Recv | SubscribeNoticeError::SessionReset) => {
                    Fate::Unknown
                }
                Err(error) => Fate::Refused(error.to_string()),
            }
        }))
    }

    fn disconnect(&self) -> bool {
        self.try_disconnect_now().is_ok()
    }
}

impl Engine for EventLoop {
    async fn next(&mut self) -> Option<News> {
        match self.poll().await {
            Ok(Event::Incoming(Incoming::ConnAck(_))) => Some(News::Accepted(Terms {
                packet_bytes_max: PACKET_BYTES_MAX,
            })),
            Ok(Event::Incoming(Incoming::Publish(message))) => {
                Some(News::Message(received(&message)))
            }
            Ok(Event::Outgoing(Outgoing::Disconnect)) => Some(News::Closed),
            Ok(_) => None,
            Err(error) => Some(News::Failed(failure(&error))),
        }
    }
}

impl From<ClientError> for NotSent {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::RequestChannelDisconnected(_) => Self::Ended,
            error => Self::Refused(error.to_string()),
        }
    }
}

fn received(message: &Publish) -> Received {
    Received {
        topic: String::from_utf8_lossy(&message.topic).into_owned(),
        payload: message.payload.to_vec(),
        retained: message.retain,
    }
}

/// Why there is no connection.
fn failure(error: &ConnectionError) -> Failure {
    match error {
        ConnectionError::ConnectionRefused(code) => refusal(*code),
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            Failure::misunderstood(reason::ABORTED)
        }
        ConnectionError::MqttState(StateError::Deserialization(_))
        | ConnectionError::NotConnAck(_) => Failure::misunderstood(chain(error)),
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            Failure::because(reason::NO_ANSWER)
        }
        ConnectionError::NetworkTimeout => Failure::misunderstood(reason::TOO_LATE),
        ConnectionError::Tls(LibraryTlsError::Io(io)) => Failure::because(reason::tls(io)),
        ConnectionError::Io(io) => reason::io(io),
        other => Failure::because(chain(other)),
    }
}

fn refusal(code: ConnectReturnCode) -> Failure {
    let why = match code {
        ConnectReturnCode::BadUserNamePassword => reason::BAD_LOGIN.to_owned(),
        ConnectReturnCode::NotAuthorized => reason::NOT_AUTHORISED.to_owned(),
        ConnectReturnCode::RefusedProtocolVersion => {
            return Failure::misunderstood(reason::refused("it does not speak MQTT 3.1.1"));
        }
        ConnectReturnCode::BadClientId => reason::BAD_CLIENT_ID.to_owned(),
        other => words(&other),
    };
    Failure::because(reason::refused(&why))
}
