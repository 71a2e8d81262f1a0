//! What goes wrong with any version of MQTT, in words a person can act on. Pure.

use std::io;

use rustls::CertificateError;

use crate::causes::chain;
use crate::publish::mqtt::client::Failure;

/// The library has no more to say.
pub const ENDED: &str = "the connection ended";
/// The connection ended without a word.
pub const ABORTED: &str = "the broker closed the connection";
/// Pings are not answered.
pub const NO_ANSWER: &str = "the broker no longer answers";
/// The attempt took too long.
pub const TOO_LATE: &str = "the broker does not answer in time";
/// The login is wrong.
pub const BAD_LOGIN: &str = "bad user name or password";
/// The broker does not let us in.
pub const NOT_AUTHORISED: &str =
    "not authorised (check the user name, the password and the broker's access list)";
/// The broker does not like our client id.
pub const BAD_CLIENT_ID: &str = "client id not valid";
/// What no broker should do.
pub const OTHER_QUALITY: &str = "an acknowledgement of another quality of service";

/// The broker has answered, and refused.
pub fn refused(why: &str) -> String {
    format!("the broker refuses the connection: {why}")
}

/// The connection broke, or could not be made.
pub fn io(error: &io::Error) -> Failure {
    // A broker that hangs up on a version it does not know looks like this.
    let hung_up = [
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionAborted,
    ];
    Failure {
        reason: chain(error),
        on_purpose: false,
        misunderstood: hung_up.contains(&error.kind()),
    }
}

/// TLS failed.
pub fn tls(error: &io::Error) -> String {
    format!("TLS: {}", certificate(error))
}

fn certificate(error: &io::Error) -> String {
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
pub fn words(name: &impl std::fmt::Debug) -> String {
    let mut words = String::new();
    for letter in format!("{name:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
