//! `[mqtt]`: the broker, the login and the certificates.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Check;
use crate::config::file::MqttFile;
use crate::config::{Login, MqttConfig, TlsConfig, VersionWish, slug};
use crate::types::CommandName;

impl Check<'_> {
    pub(super) fn mqtt(&mut self, file: MqttFile, device: &str) -> Option<MqttConfig> {
        let login = self.login(file.username, file.password_file);
        let client = match (file.client_cert_file, file.client_key_file) {
            (Some(cert), Some(key)) => Some((PathBuf::from(cert), PathBuf::from(key))),
            (None, None) => None,
            (Some(_), None) => {
                self.refuse("mqtt.client_key_file", "required with client_cert_file")
            }
            (None, Some(_)) => {
                self.refuse("mqtt.client_cert_file", "required with client_key_file")
            }
        };
        let prefix = file.prefix.unwrap_or_else(|| "watchpost".into());
        if !prefix.split('/').all(slug::is_slug) {
            let found = format!("{prefix:?} is not slugs [a-z0-9_-]+ joined by /");
            self.complaints.add("mqtt.prefix", found);
        }
        let keep_alive = self.seconds("mqtt.keep_alive_s", file.keep_alive_s, 30, 5..=3600);
        let version = self.version(file.version);
        let event_expiry = self.event_expiry(file.event_expiry_s, version);
        let home_assistant = self.home_assistant(file.home_assistant, file.home_assistant_prefix);
        let commands = self.commands(file.commands, home_assistant.is_some());
        // Last, because nothing more can be checked without it.
        let Some(url) = file.url else {
            return self.refuse("mqtt.url", "required; for example mqtt://broker.lan");
        };
        let address = self.broker(&url)?;
        let secure = address.secure;
        if !secure && (file.ca_file.is_some() || client.is_some()) {
            self.complaints.add(
                "mqtt.url",
                "certificates are given, so it must be mqtts:// or wss://",
            );
        }
        Some(MqttConfig {
            host: address.host,
            port: address.port,
            web_path: address.web_path,
            version,
            tls: secure.then(|| TlsConfig {
                ca_file: file.ca_file.map(Into::into),
                client,
            }),
            login,
            prefix,
            client_id: file
                .client_id
                .unwrap_or_else(|| format!("watchpost-{device}")),
            keep_alive,
            event_expiry,
            home_assistant,
            commands,
            frigate_compat: file.frigate_compat.unwrap_or(false),
        })
    }

    /// Off until it is asked for: it writes outside our own topics, and an access list may well forbid that.
    fn home_assistant(&mut self, wanted: Option<bool>, prefix: Option<String>) -> Option<String> {
        let prefix = prefix.unwrap_or_else(|| "homeassistant".into());
        if !prefix.split('/').all(slug::is_slug) {
            let found = format!("{prefix:?} is not slugs [a-z0-9_-]+ joined by /");
            self.complaints.add("mqtt.home_assistant_prefix", found);
        }
        wanted.unwrap_or(false).then_some(prefix)
    }

    /// What may be asked of us: nothing unless it is listed, but for what Home Assistant's switch needs.
    fn commands(&mut self, given: Option<Vec<String>>, home_assistant: bool) -> Vec<CommandName> {
        let Some(given) = given else {
            return home_assistant
                .then_some(CommandName::Pause)
                .into_iter()
                .collect();
        };
        let mut commands = Vec::new();
        for (i, name) in given.iter().enumerate() {
            match CommandName::from_name(name) {
                Some(command) if !commands.contains(&command) => commands.push(command),
                Some(_) => {}
                None => {
                    let known = CommandName::known();
                    let message = format!("unknown command {name:?}; expected any of {known}");
                    self.complaints.add(format!("mqtt.commands[{i}]"), message);
                }
            }
        }
        commands
    }

    fn version(&mut self, wanted: Option<String>) -> VersionWish {
        match wanted.as_deref() {
            None | Some("auto") => VersionWish::Auto,
            Some("5") => VersionWish::V5,
            Some("3.1.1") => VersionWish::V311,
            Some(found) => {
                let message =
                    format!("unknown version {found:?}; expected \"auto\", \"5\" or \"3.1.1\"");
                self.complaints.add("mqtt.version", message);
                VersionWish::Auto
            }
        }
    }

    /// Only MQTT 5 can tell the broker to forget.
    fn event_expiry(&mut self, seconds: Option<u64>, version: VersionWish) -> Option<Duration> {
        let expiry = self.seconds("mqtt.event_expiry_s", seconds, 0, 0..=u32::MAX.into());
        if !expiry.is_zero() && version == VersionWish::V311 {
            self.complaints.add(
                "mqtt.event_expiry_s",
                "needs MQTT 5, and mqtt.version is \"3.1.1\"",
            );
        }
        (!expiry.is_zero()).then_some(expiry)
    }

    /// Takes the broker's address apart.
    fn broker(&mut self, url: &str) -> Option<Address> {
        let Some((secure, web, rest)) = scheme(url) else {
            return self.refuse(
                "mqtt.url",
                "expected mqtt://host[:port], mqtts://host[:port], ws://host[:port][/path] or wss://host[:port][/path]",
            );
        };
        if rest.contains('@') {
            // The text may hold a password: it is not repeated.
            return self.refuse("mqtt.url", "no login here; use username and password_file");
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let port_by_default = match (web, secure) {
            (false, false) => 1883,
            (false, true) => 8883,
            (true, false) => 80,
            (true, true) => 443,
        };
        let Some((host, port)) = host_and_port(authority, port_by_default) else {
            let found = format!("{url:?} has no valid host and port (1–65535)");
            return self.refuse("mqtt.url", found);
        };
        if !web && !matches!(path, "" | "/") {
            return self.refuse(
                "mqtt.url",
                format!("{url:?} has a path; only ws:// and wss:// have one"),
            );
        }
        if !path
            .chars()
            .all(|c| c.is_ascii_graphic() && !"#\"<>\\^`{|}".contains(c))
        {
            return self.refuse(
                "mqtt.url",
                format!("{url:?} has a path with characters that need %-encoding"),
            );
        }
        let path = if path.is_empty() { WEB_PATH } else { path };
        Some(Address {
            secure,
            host: host.to_owned(),
            port,
            web_path: web.then(|| path.to_owned()),
        })
    }

    fn login(&mut self, username: Option<String>, password_file: Option<String>) -> Option<Login> {
        let Some(username) = username else {
            if password_file.is_some() {
                self.complaints
                    .add("mqtt.username", "required with password_file");
            }
            return None;
        };
        let credentials = self.surroundings.credentials_dir.as_ref();
        let credential = credentials.map(|folder| folder.join("mqtt.password"));
        let named = password_file.map(PathBuf::from);
        let passed_on = named.as_deref() == Some(Path::new(PASSED_ON));
        let file = match (named, credential) {
            (Some(_), Some(credential)) if passed_on && credential.is_file() => Some(credential),
            (named, credential) => named.or(credential),
        };
        let file = match file {
            Some(file) => file,
            None => {
                return Some(Login {
                    username,
                    password: String::new(),
                });
            }
        };
        match std::fs::read_to_string(&file) {
            Ok(text) => Some(Login {
                username,
                password: text.trim_end_matches(['\r', '\n']).into(),
            }),
            Err(error) => self.refuse(
                "mqtt.password_file",
                format!("cannot read {}: {error}", file.display()),
            ),
        }
    }
}

/// The file that the service's unit hands over as a credential; itself it is root's alone to read.
const PASSED_ON: &str = "/etc/watchpost/mqtt.password";

/// Where the broker is.
struct Address {
    secure: bool,
    host: String,
    port: u16,
    web_path: Option<String>,
}

/// Where brokers usually serve their WebSocket.
const WEB_PATH: &str = "/mqtt";

/// Whether an address wants TLS, whether it is a WebSocket's, and what follows.
fn scheme(url: &str) -> Option<(bool, bool, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    match scheme {
        "mqtt" => Some((false, false, rest)),
        "mqtts" => Some((true, false, rest)),
        "ws" => Some((false, true, rest)),
        "wss" => Some((true, true, rest)),
        _ => None,
    }
}

fn host_and_port(authority: &str, port_by_default: u16) -> Option<(&str, u16)> {
    let (host, port) = match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, "")) => (address, Some(port_by_default)),
        Some((address, port)) => (address, port.strip_prefix(':').and_then(|p| p.parse().ok())),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (authority, Some(port_by_default)),
        },
    };
    let port = port.filter(|port| *port > 0)?;
    (!host.is_empty()).then_some((host, port))
}
