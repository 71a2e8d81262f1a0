//! `[mqtt]`: the broker, the login and the certificates.

use std::path::PathBuf;

use super::Check;
use crate::config::file::MqttFile;
use crate::config::{Login, MqttConfig, TlsConfig, slug};
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
        let home_assistant = self.home_assistant(file.home_assistant, file.home_assistant_prefix);
        let commands = self.commands(file.commands, home_assistant.is_some());
        // Last, because nothing more can be checked without it.
        let Some(url) = file.url else {
            return self.refuse("mqtt.url", "required; for example mqtt://broker.lan");
        };
        let (secure, host, port) = self.broker(&url)?;
        if !secure && (file.ca_file.is_some() || client.is_some()) {
            self.complaints
                .add("mqtt.url", "certificates are given, so it must be mqtts://");
        }
        Some(MqttConfig {
            host,
            port,
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

    /// Whether the broker wants TLS, its host and its port.
    fn broker(&mut self, url: &str) -> Option<(bool, String, u16)> {
        let (secure, rest) = match url.split_once("://") {
            Some(("mqtt", rest)) => (false, rest),
            Some(("mqtts", rest)) => (true, rest),
            _ => {
                return self.refuse(
                    "mqtt.url",
                    "expected mqtt://host[:port] or mqtts://host[:port]",
                );
            }
        };
        if rest.contains('@') {
            // The text may hold a password: it is not repeated.
            return self.refuse("mqtt.url", "no login here; use username and password_file");
        }
        let rest = rest.trim_end_matches('/');
        let default_port = if secure { 8883 } else { 1883 };
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, "")) => (address, Some(default_port)),
            Some((address, port)) => (address, port.strip_prefix(':').and_then(|p| p.parse().ok())),
            None => match rest.split_once(':') {
                Some((host, port)) => (host, port.parse().ok()),
                None => (rest, Some(default_port)),
            },
        };
        match port {
            Some(port) if !host.is_empty() && !host.contains('/') && port > 0 => {
                Some((secure, host.to_owned(), port))
            }
            _ => self.refuse(
                "mqtt.url",
                format!("{url:?} has no valid host and port (1–65535)"),
            ),
        }
    }

    fn login(&mut self, username: Option<String>, password_file: Option<String>) -> Option<Login> {
        let Some(username) = username else {
            if password_file.is_some() {
                self.complaints
                    .add("mqtt.username", "required with password_file");
            }
            return None;
        };
        let credential = || {
            Some(
                self.surroundings
                    .credentials_dir
                    .as_ref()?
                    .join("mqtt.password"),
            )
        };
        let file = match password_file.map(PathBuf::from).or_else(credential) {
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
