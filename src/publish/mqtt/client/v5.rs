//! MQTT 5, which says why it refuses something.

use rumqttc::{
    AsyncClient, Broker, ClientError, ConnAck, ConnectReturnCode, ConnectionError, Event,
    EventLoop, Incoming, LastWill, MqttOptions, NetworkOptions, Outgoing, PubAckReason, Publish,
    PublishNoticeError, PublishOptions, PublishProperties, PublishResult, QoS, StateError,
    SubscribeFilterInput, SubscribeNoticeError, TlsConfiguration, TlsError as LibraryTlsError,
    Transport,
};

use super::{
    About, BATCH_LEN, CONNECT_TIMEOUT, Client, Engine, Failure, Fate, INCOMING_BYTES_MAX, Later,
    Message, News, NotSent, REQUESTS_MAX, Received, Terms, WILL, keep_alive_s, web_address,
};
use crate::causes::chain;
use crate::config::MqttConfig;
use crate::publish::mqtt::reason::{self, words};
use crate::publish::tls::{TlsError, client_config};

/// In the property of this name a message says which schema it keeps.
const SCHEMA: &str = "schema";

pub(super) fn connect(
    config: &MqttConfig,
    will: &str,
) -> Result<(AsyncClient, EventLoop), TlsError> {
    let builder = AsyncClient::builder(options(config, will)?).capacity(REQUESTS_MAX);
    Ok(builder.build())
}

fn options(config: &MqttConfig, will: &str) -> Result<MqttOptions, TlsError> {
    let broker = match &config.web_path {
        Some(path) => Broker::websocket(web_address(config, path)).expect("it was checked"),
        None => Broker::tcp(config.host.as_str(), config.port),
    };
    let mut options = MqttOptions::new(config.client_id.as_str(), broker);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options
        .set_clean_start(true)
        .set_keep_alive(keep_alive_s(config))
        .set_connect_timeout(CONNECT_TIMEOUT)
        .set_max_packet_size(Some(INCOMING_BYTES_MAX))
        .set_max_request_batch(BATCH_LEN)
        // The library walks through a table of this length with every write to the socket; its own is 65,536.
        .set_outgoing_inflight_upper_limit(REQUESTS_MAX as u16)
        .set_network_options(network)
        .set_last_will(LastWill::new(will, WILL, QoS::AtLeastOnce, true, None));
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
        let Message {
            topic,
            payload,
            retained,
            about,
        } = message;
        let mut options = PublishOptions::new(QoS::AtLeastOnce).retain(retained);
        if let Some(properties) = properties(about) {
            options = options.properties(properties);
        }
        let notice = self.try_publish_tracked(topic, payload, options)?;
        Ok(Box::pin(async move { fate(notice.wait_async().await) }))
    }

    fn subscribe(&self, filter: &str) -> Result<Later<Fate>, NotSent> {
        // Else a broker hides from those who are there that a command was retained.
        let wanted = SubscribeFilterInput::new(filter, QoS::AtLeastOnce).preserve_retain(true);
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
            Ok(Event::Incoming(Incoming::ConnAck(ack))) => Some(News::Accepted(terms(&ack))),
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

fn properties(About { schema, expiry }: About) -> Option<PublishProperties> {
    let schema = schema?;
    Some(PublishProperties {
        payload_format_indicator: Some(1),
        content_type: Some("application/json".to_owned()),
        user_properties: vec![(SCHEMA.to_owned(), schema.to_owned())],
        message_expiry_interval: expiry
            .map(|expiry| u32::try_from(expiry.as_secs()).unwrap_or(u32::MAX)),
        ..PublishProperties::default()
    })
}

fn terms(ack: &ConnAck) -> Terms {
    let properties = ack.properties.as_ref();
    let packet_bytes_max = properties.and_then(|properties| properties.max_packet_size);
    Terms {
        packet_bytes_max: packet_bytes_max.map_or(usize::MAX, |max| max as usize),
    }
}

fn received(message: &Publish) -> Received {
    Received {
        topic: String::from_utf8_lossy(&message.topic).into_owned(),
        payload: message.payload.to_vec(),
        retained: message.retain,
    }
}

fn fate(result: Result<PublishResult, PublishNoticeError>) -> Fate {
    match result {
        Ok(PublishResult::Qos1(ack)) => match refused(ack.reason) {
            None => Fate::Taken,
            Some(why) => Fate::Refused(why.to_owned()),
        },
        Ok(_) => Fate::Refused(reason::OTHER_QUALITY.to_owned()),
        Err(PublishNoticeError::Recv | PublishNoticeError::SessionReset) => Fate::Unknown,
        Err(error) => Fate::Refused(error.to_string()),
    }
}

/// Why a message was not taken; `None` if it was.
const fn refused(reason: PubAckReason) -> Option<&'static str> {
    match reason {
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => None,
        PubAckReason::NotAuthorized => Some("not authorised"),
        PubAckReason::TopicNameInvalid => Some("topic name invalid"),
        PubAckReason::PacketIdentifierInUse => Some("packet identifier in use"),
        PubAckReason::QuotaExceeded => Some("quota exceeded"),
        PubAckReason::PayloadFormatInvalid => Some("payload format invalid"),
        PubAckReason::ImplementationSpecificError => Some("implementation specific error"),
        PubAckReason::UnspecifiedError => Some("unspecified error"),
    }
}

/// Why there is no connection.
fn failure(error: &ConnectionError) -> Failure {
    match error {
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => refusal(*code),
        ConnectionError::MqttState(StateError::ServerDisconnect {
            reason_code,
            reason_string,
        }) => {
            let said = reason_string.as_deref().unwrap_or_default();
            let text = format!("the broker ended the connection: {}", words(reason_code));
            Failure::on_purpose(format!("{text} {said}").trim_end())
        }
        // An answer of 3.1.1 reads as a packet that is cut off or malformed.
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            Failure::misunderstood(reason::ABORTED)
        }
        ConnectionError::MqttState(StateError::Deserialization(_))
        | ConnectionError::NotConnAck(_) => Failure::misunderstood(chain(error)),
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            Failure::because(reason::NO_ANSWER)
        }
        // A broker may well say nothing to a packet that it cannot read.
        ConnectionError::Timeout(_) => Failure::misunderstood(reason::TOO_LATE),
        ConnectionError::Tls(LibraryTlsError::Io(io)) => Failure::because(reason::tls(io)),
        ConnectionError::Io(io) => reason::io(io),
        other => Failure::because(chain(other)),
    }
}

fn refusal(code: ConnectReturnCode) -> Failure {
    let why = match code {
        ConnectReturnCode::BadUserNamePassword => reason::BAD_LOGIN.to_owned(),
        ConnectReturnCode::NotAuthorized => reason::NOT_AUTHORISED.to_owned(),
        ConnectReturnCode::RefusedProtocolVersion
        | ConnectReturnCode::UnsupportedProtocolVersion => {
            return Failure::misunderstood(reason::refused("it does not speak MQTT 5"));
        }
        ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => {
            reason::BAD_CLIENT_ID.to_owned()
        }
        other => words(&other),
    };
    Failure::because(reason::refused(&why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_named_in_words() {
        let check = |code, expected: &str| {
            let failure = failure(&ConnectionError::ConnectionRefused(code));
            assert!(failure.reason.contains(expected), "{}", failure.reason);
        };
        check(
            ConnectReturnCode::BadUserNamePassword,
            "bad user name or password",
        );
        check(ConnectReturnCode::NotAuthorized, "not authorised");
        check(
            ConnectReturnCode::UnsupportedProtocolVersion,
            "does not speak MQTT 5",
        );
        check(ConnectReturnCode::QuotaExceeded, "quota exceeded");
    }

    #[test]
    fn a_message_that_nobody_subscribes_to_is_taken_all_the_same() {
        assert_eq!(refused(PubAckReason::NoMatchingSubscribers), None);
        assert_eq!(refused(PubAckReason::NotAuthorized), Some("not authorised"));
    }

    #[test]
    fn what_has_no_schema_says_nothing_beside_its_payload() {
        assert_eq!(properties(About::default()), None);
    }
}
