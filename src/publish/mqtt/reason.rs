//! What the broker and the library say, in words a person can act on. Pure.

use rumqttc::{
    ConnectReturnCode, ConnectionError, PubAckReason, PublishNoticeError, StateError, TlsError,
};
use rustls::CertificateError;

use crate::publish::disk::chain;

/// Why there is no connection.
pub fn connection(error: &ConnectionError) -> String {
    match error {
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => {
            format!("the broker refuses the connection: {}", refusal(*code))
        }
        ConnectionError::MqttState(StateError::ServerDisconnect {
            reason_code,
            reason_string,
        }) => {
            let said = reason_string.as_deref().unwrap_or_default();
            let text = format!("the broker ended the connection: {}", words(reason_code));
            format!("{text} {said}").trim_end().to_owned()
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            "the broker closed the connection".to_owned()
        }
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            "the broker no longer answers".to_owned()
        }
        ConnectionError::Timeout(_) => "the broker does not answer in time".to_owned(),
        ConnectionError::Tls(TlsError::Io(io)) => format!("TLS: {}", tls(io)),
        ConnectionError::Io(io) => chain(io),
        other => chain(other),
    }
}

/// Whether the broker ended the connection on purpose, so that coming back at once would only annoy it.
pub const fn is_on_purpose(error: &ConnectionError) -> bool {
    matches!(
        error,
        ConnectionError::MqttState(StateError::ServerDisconnect { .. })
    )
}

/// Why a message was not taken; `None` if it was.
pub const fn refused(reason: PubAckReason) -> Option<&'static str> {
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

/// Whether the library gave up a message for another reason than the end of the connection.
pub fn given_up(error: &PublishNoticeError) -> Option<String> {
    match error {
        PublishNoticeError::Recv | PublishNoticeError::SessionReset => None,
        other => Some(other.to_string()),
    }
}

fn refusal(code: ConnectReturnCode) -> String {
    match code {
        ConnectReturnCode::BadUserNamePassword => "bad user name or password".to_owned(),
        ConnectReturnCode::NotAuthorized => {
            "not authorised (check the user name, the password and the broker's access list)"
                .to_owned()
        }
        ConnectReturnCode::RefusedProtocolVersion
        | ConnectReturnCode::UnsupportedProtocolVersion => "it does not speak MQTT 5".to_owned(),
        ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => {
            "client id not valid".to_owned()
        }
        other => words(&other),
    }
}

fn tls(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    let Some(rustls::Error::InvalidCertificate(problem)) = inner else {
        return chain(error);
    };
    match problem {
        CertificateError::UnknownIssuer => {
            "the broker's certificate is not signed by an authority that we accept (mqtt.ca_file)"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!(
                "the broker's certificate is for another name than the one in mqtt.url ({problem})"
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!(
                "the broker's certificate has expired, or this device's clock is wrong ({problem})"
            )
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!(
                "the broker's certificate is not valid yet, or this device's clock is wrong ({problem})"
            )
        }
        problem => format!("the broker's certificate is not accepted: {problem}"),
    }
}

/// `ServerShuttingDown` as `server shutting down`.
fn words(name: &impl std::fmt::Debug) -> String {
    let mut words = String::new();
    for letter in format!("{name:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_named_in_words() {
        let check = |code, expected: &str| {
            let text = connection(&ConnectionError::ConnectionRefused(code));
            assert!(text.contains(expected), "{text}");
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
}
