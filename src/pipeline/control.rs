//! Commands, carried out: what they change is told to the cameras and kept on disk before it is called done.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::{info, warn};

use crate::causes::chain;
use crate::config::{CameraConfig, Config};
use crate::decide::LineTotals;
use crate::json_file::{JsonFile, JsonFileError};
use crate::pipeline::camera::{Camera, Control};
use crate::pipeline::kept::Kept;
use crate::publish::Orders;
use crate::publish::command::{Answer, Command, Order, Told};
use crate::types::{Monotonic, Score};

/// Beside the outbox.
const FILE: &str = "kept.json";
/// Totals are written at most this often, which spares flash memory.
const WRITE_TOTALS_EVERY: Duration = Duration::from_secs(5);

/// Carries out commands.
pub struct Controls {
    config: Config,
    orders: Option<Orders>,
    file: JsonFile,
    kept: Kept,
    /// What is on disk, as far as is known.
    written: Kept,
    write_due: Monotonic,
    /// The latest attempt to write failed, and that has been said.
    failing: bool,
}

impl Controls {
    /// Reads what was kept.
    ///
    /// # Errors
    ///
    /// A file that cannot be read: it may say that a camera is paused, and that must not be forgotten.
    pub fn open(config: &Config) -> Result<Self, JsonFileError> {
        let file = JsonFile::new(&config.outbox.path, FILE);
        let kept: Kept = file.read()?.unwrap_or_default();
        for camera in &kept.paused {
            info!(camera, "stays paused");
        }
        if kept.threshold.is_some() || !kept.thresholds.is_empty() {
            info!(everywhere = ?kept.threshold, cameras = ?kept.thresholds, "thresholds as commands have set them");
        }
        Ok(Self {
            config: config.clone(),
            orders: None,
            file,
            written: kept.clone(),
            kept,
            write_due: Monotonic::default(),
            failing: false,
        })
    }

    /// Whether the camera is paused.
    pub fn is_paused(&self, camera: &str) -> bool {
        self.kept.is_paused(camera)
    }

    /// The camera's threshold.
    pub fn threshold(&self, camera: &str) -> Score {
        self.kept.threshold(camera, &self.config)
    }

    /// Where the camera's lines were.
    pub fn totals(&self, camera: &CameraConfig) -> Vec<LineTotals> {
        self.kept.totals(camera)
    }

    /// What the daemon runs by.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// From now on the daemon runs by this configuration.
    pub fn set_config(&mut self, config: Config) {
        self.config = config;
    }

    /// Where commands come from.
    pub fn listen(&mut self, orders: Orders) {
        self.orders = Some(orders);
    }

    /// Calls `ring` whenever a command has come in.
    pub fn on_order(&self, ring: impl Fn() + Send + 'static) {
        if let Some(orders) = &self.orders {
            orders.on_order(ring);
        }
    }

    /// The next command that has come in.
    pub fn next(&self) -> Option<Order> {
        self.orders.as_ref()?.next()
    }

    /// Tells whoever gave the command what became of it.
    pub fn answer(&self, order: &Order, result: Result<Told, String>) {
        if let Some(orders) = &self.orders {
            orders.answer(Answer::to(order, result));
        }
    }

    /// Carries out a command. Nothing has changed when the error does not say `done`.
    pub fn carry_out(&mut self, command: &Command, cameras: &[Camera]) -> Result<(), String> {
        match command {
            Command::Pause { camera, paused } => {
                let cameras = self.named(Some(camera), cameras)?;
                if *paused {
                    self.kept.paused.insert(camera.clone());
                } else {
                    self.kept.paused.remove(camera);
                }
                for camera in cameras {
                    camera.control(Control::Pause(*paused));
                }
            }
            Command::Threshold { value, camera } => {
                let cameras = self.named(camera.as_deref(), cameras)?;
                self.kept.set_threshold(camera.as_deref(), *value);
                for camera in cameras {
                    camera.control(Control::Threshold(self.threshold(&camera.name)));
                }
            }
            // Not carried out here: the one asks, the other is the whole daemon's.
            Command::Stats | Command::Reload => return Ok(()),
            Command::ResetTotals { camera, line } => {
                let cameras = self.named(camera.as_deref(), cameras)?;
                self.reset(&cameras, line.as_deref())?;
            }
        }
        let kept = self.write();
        kept.map_err(|error| format!("done, but a restart will forget it: {}", chain(&error)))
    }

    /// Keeps where the cameras' lines are, if that has changed and it is time to, or at once.
    pub fn keep_totals(&mut self, cameras: &[Camera], now: Monotonic, at_once: bool) {
        for camera in cameras {
            self.kept.count(&camera.name, &camera.counters.lock().lines);
        }
        if self.kept == self.written || (now < self.write_due && !at_once) {
            return;
        }
        self.write_due = now + WRITE_TOTALS_EVERY;
        let written = self.write();
        let failed_before = std::mem::replace(&mut self.failing, written.is_err());
        if let Err(error) = written
            && !failed_before
        {
            warn!(
                error = &error as &dyn std::error::Error,
                "line totals cannot be kept over a restart; trying again and again"
            );
        }
    }

    fn reset(&mut self, cameras: &[&Camera], line: Option<&str>) -> Result<(), String> {
        let mut known = BTreeSet::new();
        let mut found = false;
        for camera in cameras {
            let config = self
                .config
                .cameras
                .iter()
                .find(|config| config.name == camera.name);
            let lines = config.map(|config| &config.lines[..]).unwrap_or_default();
            known.extend(lines.iter().map(|line| line.name.clone()));
            let wanted = lines
                .iter()
                .filter(|config| line.is_none_or(|line| line == &*config.name));
            let zeros: Vec<_> = wanted
                .map(|line| LineTotals {
                    name: line.name.clone(),
                    entries: 0,
                    exits: 0,
                })
                .collect();
            found |= !zeros.is_empty();
            self.kept.count(&camera.name, &zeros);
            camera.control(Control::Totals(zeros));
        }
        if found {
            return Ok(());
        }
        let known: Vec<_> = known.iter().map(AsRef::as_ref).collect();
        Err(match line {
            Some(line) => format!("no line {line:?}; expected any of: {}", known.join(", ")),
            None => "no line to reset".to_owned(),
        })
    }

    /// The camera of this name, or all.
    fn named<'c>(
        &self,
        name: Option<&str>,
        cameras: &'c [Camera],
    ) -> Result<Vec<&'c Camera>, String> {
        let Some(name) = name else {
            return Ok(cameras.iter().collect());
        };
        match cameras.iter().find(|camera| &*camera.name == name) {
            Some(camera) => Ok(vec![camera]),
            None => {
                let known: Vec<_> = cameras.iter().map(|camera| &*camera.name).collect();
                Err(format!(
                    "no camera {name:?}; expected any of: {}",
                    known.join(", ")
                ))
            }
        }
    }

    fn write(&mut self) -> Result<(), JsonFileError> {
        self.file.write(&self.kept)?;
        self.written = self.kept.clone();
        Ok(())
    }
}
