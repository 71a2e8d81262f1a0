//! Turns what the user wrote into a [`Config`]: defaults, types, and checks across keys.

mod camera;
mod detector;
mod governor;
mod metrics;
mod mqtt;
mod place;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::complaint::Complaints;
use super::file::ConfigFile;
use super::{Config, slug};

/// What validation needs to know about the machine; brought in so that it can be tested anywhere.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The host's name.
    pub host_name: String,
    /// Folder for what must survive a restart.
    pub state_dir: PathBuf,
    /// Folders in which models are looked up by name, in order.
    pub model_dirs: Vec<PathBuf>,
    /// systemd's folder of credentials.
    pub credentials_dir: Option<PathBuf>,
}

/// The configuration, or `None` when `complaints` say why not.
pub fn validate(
    file: ConfigFile,
    surroundings: &Surroundings,
    complaints: &mut Complaints,
) -> Option<Config> {
    let mut check = Check {
        surroundings,
        complaints,
    };
    let device = check.device(file.device.name);
    let mqtt = check.mqtt(file.mqtt, &device);
    let outbox = check.outbox(file.outbox);
    let detector = check.detector(file.detector);
    let governor = check.governor(file.governor);
    let metrics = check.metrics(&file.metrics);
    let cameras = check.cameras(file.cameras);
    Some(Config {
        device: device.into(),
        mqtt: mqtt?,
        outbox,
        detector: detector?,
        governor,
        metrics,
        cameras: cameras?,
    })
}

struct Check<'a> {
    surroundings: &'a Surroundings,
    complaints: &'a mut Complaints,
}

impl Check<'_> {
    fn device(&mut self, name: Option<String>) -> String {
        match name {
            Some(name) => {
                self.slug("device.name", &name);
                name
            }
            None => slug::from_text(&self.surroundings.host_name),
        }
    }

    fn name(&mut self, key: &str, name: Option<String>) -> Option<Arc<str>> {
        match name {
            Some(name) => self.slug(key, &name).then(|| name.into()),
            None => self.refuse(key, "required; a slug [a-z0-9_-]+"),
        }
    }

    fn slug(&mut self, key: &str, text: &str) -> bool {
        let good = slug::is_slug(text);
        if !good {
            let suggestion = slug::from_text(text);
            let message =
                format!("{text:?} is not a slug [a-z0-9_-]+ of at most 64; try {suggestion:?}");
            self.complaints.add(key, message);
        }
        good
    }

    fn unique<'n>(&mut self, at: &str, names: impl Iterator<Item = &'n Option<String>>) {
        let mut seen: Vec<&str> = Vec::new();
        for (i, name) in names.enumerate() {
            let Some(name) = name.as_deref() else {
                continue;
            };
            if seen.contains(&name) {
                self.complaints
                    .add(format!("{at}[{i}].name"), format!("{name:?} is used twice"));
            }
            seen.push(name);
        }
    }

    fn number(
        &mut self,
        key: &str,
        given: Option<u64>,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> u64 {
        let value = given.unwrap_or(default);
        if range.contains(&value) {
            return value;
        }
        let (low, high) = range.into_inner();
        self.complaints
            .add(key, format!("expected {low}–{high}, found {value}"));
        default
    }

    fn millis(
        &mut self,
        key: &str,
        given: Option<u64>,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Duration {
        Duration::from_millis(self.number(key, given, default, range))
    }

    fn seconds(
        &mut self,
        key: &str,
        given: Option<u64>,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Duration {
        Duration::from_secs(self.number(key, given, default, range))
    }

    fn share(&mut self, key: &str, given: Option<f64>, default: f64) -> f32 {
        let value = given.unwrap_or(default);
        if (0.0..=1.0).contains(&value) {
            return value as f32;
        }
        self.complaints
            .add(key, format!("expected 0–1, found {value}"));
        default as f32
    }

    fn refuse<T>(&mut self, key: impl Into<String>, message: impl Into<String>) -> Option<T> {
        self.complaints.add(key, message);
        None
    }
}
