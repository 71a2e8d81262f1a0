//! The broker, one step after the other: its name, a connection, TLS and login, and what it lets us say.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::Finding;
use super::deadline::within;
use super::status::DaemonStatus;
use crate::config::{Config, MqttConfig};
use crate::publish::{Probe, probe};

const RESOLVE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(12);
const CHECK: &str = "broker";

/// Goes as far as the broker lets us; also gives what a daemon has said there.
pub fn check(config: &Config) -> (Vec<Finding>, Option<DaemonStatus>) {
    match reach(&config.mqtt) {
        Ok(address) => accepted(config, address),
        Err(finding) => (vec![finding], None),
    }
}

/// The first of the broker's addresses that answers.
fn reach(mqtt: &MqttConfig) -> Result<SocketAddr, Finding> {
    let MqttConfig { host, port, .. } = mqtt.clone();
    let (name, number) = (host.clone(), port);
    let resolved = within(RESOLVE, move || (name.as_str(), number).to_socket_addrs());
    let unresolved = |why: String| {
        let remedy =
            "write the broker's address into mqtt.url as other devices know it, or its IP address";
        Finding::error(CHECK, format!("{host} is not known: {why}"), remedy)
    };
    let addresses: Vec<_> = match resolved {
        None => return Err(unresolved("no name server answers".to_owned())),
        Some(Err(error)) => return Err(unresolved(error.to_string())),
        Some(Ok(addresses)) => addresses.collect(),
    };
    let mut reasons = Vec::new();
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(_) => return Ok(address),
            Err(error) => reasons.push(format!("{address}: {error}")),
        }
    }
    let says = format!("nobody answers at {host}:{port} ({})", reasons.join("; "));
    let remedy = "start the broker, open its port in the firewall, and let it listen on more than loopback; the port stands \
         in mqtt.url";
    Err(Finding::error(CHECK, says, remedy))
}

fn accepted(config: &Config, address: SocketAddr) -> (Vec<Finding>, Option<DaemonStatus>) {
    let wanted = config.clone();
    let probed = within(ANSWER + CONNECT, move || probe(&wanted, ANSWER));
    let probed = probed.unwrap_or_else(|| Err("the broker does not answer in time".to_owned()));
    match probed {
        Ok(probe) => {
            let status = probe.status.as_deref().and_then(DaemonStatus::parse);
            (judge(&config.mqtt, address, &probe), status)
        }
        Err(reason) => {
            let remedy = remedy(&config.mqtt, &reason);
            let says = format!("{address} answers, but {reason}");
            (vec![Finding::error(CHECK, says, remedy)], None)
        }
    }
}

fn judge(mqtt: &MqttConfig, address: SocketAddr, probe: &Probe) -> Vec<Finding> {
    let tls = if mqtt.tls.is_some() { "TLS" } else { "no TLS" };
    let login = mqtt.login.as_ref();
    let user = login.map_or("without a name".to_owned(), |login| {
        format!("as {}", login.username)
    });
    let version = probe.version;
    let says = format!("{address} accepts us {user} (MQTT {version}, {tls})");
    let is_loopback = address.ip().is_loopback();
    let mut findings = vec![
        match (mqtt.tls.is_some() || is_loopback, mqtt.login.is_some()) {
            (false, true) => Finding::warning(
                CHECK,
                format!("{says}; the password goes over the network in clear"),
                "use mqtts:// in mqtt.url",
            ),
            _ => Finding::ok(CHECK, says),
        },
    ];
    let (topic, allowed) = &probe.publish;
    let base = topic.strip_suffix("/doctor").unwrap_or(topic);
    findings.push(match allowed {
        Ok(()) if probe.version == "3.1.1" => {
            Finding::ok("publishing", "the broker took a message; MQTT 3.1.1 cannot say whether it passes it on")
        }
        Ok(()) => Finding::ok("publishing", format!("we may publish below {base}")),
        Err(why) => Finding::error(
            "publishing",
            format!("the broker refuses {topic}: {why}"),
            format!("let this user write {base}/# in the broker's access list (mosquitto: `topic readwrite {base}/#`)"),
        ),
    });
    findings
}

/// What to do when the broker does not accept us.
fn remedy(mqtt: &MqttConfig, reason: &str) -> &'static str {
    let has = |text: &str| reason.contains(text);
    if has("bad user name") || has("not authorised") {
        return "set mqtt.username and mqtt.password_file to a user that the broker knows";
    }
    if has("not signed by an authority") {
        return "set mqtt.ca_file to the PEM file of the authority that signed the broker's certificate";
    }
    if has("another name") {
        return "write the name that stands in the broker's certificate into mqtt.url";
    }
    if has("has expired") || has("not valid yet") {
        return "set this device's clock right, or renew the broker's certificate";
    }
    if has("certificate") {
        return "set mqtt.client_cert_file and mqtt.client_key_file, or mqtt.ca_file, to what the broker wants";
    }
    match mqtt.tls.is_some() {
        true => "check that this port speaks TLS (usually 8883); mqtt:// in mqtt.url is without it",
        false => {
            "check that this port is an MQTT broker's without TLS (usually 1883); mqtts:// in mqtt.url is with it"
        }
    }
}
