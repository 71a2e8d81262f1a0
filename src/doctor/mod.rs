//! What is right and what is wrong with this machine, its cameras, its model and its broker, and what to do about it.
//!
//! ```text
//! facts (one file a technology) → findings (what they mean; pure) → lines or JSON
//! ```
//!
//! Every check has a deadline, changes nothing, and goes on when another one fails. A daemon that runs is left alone: its
//! cameras are not opened, and its own word, the retained `status`, counts instead.

mod broker;
mod camera;
mod clock;
mod deadline;
mod disk;
mod finding;
mod heat;
mod holder;
mod kernel;
mod model;
mod report;
mod service;
mod status;

pub use finding::{Finding, Level};
pub use report::Report;

use crate::capture::negotiate::WantedSize;
use crate::causes::chain;
use crate::config::{CameraConfig, Config, ConfigError, GovernorConfig};
use crate::detect::expected_input;
use crate::pipeline::limit_celsius;
use crate::telemetry::Board;

/// Looks at everything, in the order in which it is needed; `unit` is the service that runs with this configuration.
pub fn examine(config: Result<&Config, &ConfigError>, unit: &str) -> Report {
    let mut findings = kernel::check(config.ok(), unit);
    match config {
        Err(error) => findings.push(configuration(error)),
        Ok(config) => findings.extend(configured(config)),
    }
    findings.push(clock::check());
    let board = Board::here();
    let governor = config.map_or_else(|_| GovernorConfig::default(), |config| config.governor);
    let limit = limit_celsius(&governor, &board);
    findings.extend(heat::check(&board, limit));
    findings.push(service::check(unit));
    Report { findings }
}

fn configuration(error: &ConfigError) -> Finding {
    let remedy =
        "edit the file; `watchpost check` says the same, and `watchpost init` writes a first one";
    Finding::error("configuration", chain(error), remedy).because_of_the_configuration()
}

fn configured(config: &Config) -> Vec<Finding> {
    let names: Vec<_> = config.cameras.iter().map(|camera| &*camera.name).collect();
    let says = format!("device {}, cameras {}", config.device, names.join(", "));
    let mut findings = vec![Finding::ok("configuration", says)];
    findings.extend(model::check(&config.detector));
    let outbox = disk::Outbox::look(&config.outbox);
    let (broker, status) = broker::check(config);
    let daemon = outbox.is_in_use().then_some(status.as_ref());
    findings.extend(disk::check(&outbox, daemon.flatten()));
    let usual = WantedSize::of(expected_input(&config.detector).ok());
    let camera = |camera: &CameraConfig| camera::check(camera, usual, daemon);
    findings.extend(config.cameras.iter().map(camera));
    findings.extend(broker);
    if let Some(status) = status.filter(|_| outbox.is_in_use()) {
        findings.extend(status.findings());
    }
    findings
}
