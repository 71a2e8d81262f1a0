//! The model, the runtime and who takes the model's nodes.

use std::time::{Duration, Instant};

use super::Finding;
use super::deadline::within;
use crate::causes::chain;
use crate::config::DetectorConfig;
use crate::convert::Letterbox;
use crate::detect::{DetectError, Detector, ModelInfo};
use crate::types::Score;

/// An accelerator may compile the model at its first start.
const DEADLINE: Duration = Duration::from_secs(180);

/// Loads the model as the daemon would, and runs it twice: the first time something is always missing from the caches.
pub fn check(config: &DetectorConfig) -> Vec<Finding> {
    let config = config.clone();
    match within(DEADLINE, move || open(&config)) {
        Some(Ok((info, took))) => good(&info, took),
        Some(Err(error)) => vec![bad(&error)],
        None => vec![Finding::error(
            "model",
            format!("was not ready within {} s", DEADLINE.as_secs()),
            "an accelerator may still be compiling it; try again, or take it out of detector.providers",
        )],
    }
}

fn open(config: &DetectorConfig) -> Result<(ModelInfo, Duration), DetectError> {
    let mut detector = Detector::open(config)?;
    let size = detector.input().size;
    let letterbox = Letterbox::new(size, detector.input());
    detector.input_mut(size)?;
    let mut found = Vec::new();
    let begun = Instant::now();
    detector.run(
        &letterbox,
        Score::new(1.0).expect("1 is a score"),
        &mut found,
    )?;
    Ok((detector.info().clone(), begun.elapsed()))
}

fn good(info: &ModelInfo, took: Duration) -> Vec<Finding> {
    let ModelInfo {
        name,
        version,
        engine,
        ..
    } = info;
    let took_ms = took.as_secs_f64() * 1e3;
    let model = format!(
        "{name} {version}: digest and shapes are right, one inference takes {took_ms:.1} ms"
    );
    let mut findings = vec![Finding::ok("model", model), Finding::ok("runtime", engine)];
    let nodes = match info.placements.is_empty() {
        true => "cpu, as always with this engine".to_owned(),
        false => format!("{} (nodes of the model)", info.placement()),
    };
    let warnings = info.warnings();
    if warnings.is_empty() {
        findings.push(Finding::ok("providers", &nodes));
    }
    findings.extend(warnings.into_iter().map(|warning| {
        let remedy = "install what it lacks (/usr/share/doc/watchpost/boards), or take it out of detector.providers";
        Finding::error("providers", format!("{nodes}; {warning}"), remedy)
    }));
    findings
}

fn bad(error: &DetectError) -> Finding {
    let remedy = match error {
        DetectError::NoLibrary { .. } | DetectError::NoBackend { .. } => {
            "install the package's library of ONNX Runtime, or set detector.library or detector.backend = \"embedded\""
        }
        DetectError::NoProvider { .. } | DetectError::UnknownProvider { .. } => {
            "set detector.providers to what this machine has; \"cpu\" is always there"
        }
        DetectError::NoOptions { .. } => "take the table of that provider out of detector.options",
        _ => {
            "install the model again: `watchpost model verify` says which file is wrong, `watchpost model add` brings a new one"
        }
    };
    Finding::error("model", chain(error), remedy)
}
