//! What runs here, on which model, and what the machine and this process tell about themselves, as metrics. Pure.

use super::family::Family;
use crate::detect::ModelInfo;
use crate::pipeline::Sight;
use crate::telemetry::energy::Reading;
use crate::telemetry::{Facts, throttle};

/// Which program, and which model on what.
pub fn about(sight: &Sight) -> Vec<Family> {
    let mut families = names(sight);
    families.extend(placement(&sight.model));
    families
}

fn placement(model: &ModelInfo) -> Vec<Family> {
    let nodes = Family::gauge(
        "watchpost_model_nodes",
        &["provider"],
        "How many of the model's nodes each execution provider took, where the runtime tells.",
    );
    let told = model.placements.iter();
    vec![
        told.fold(nodes, |family, placement| {
            let nodes = placement.nodes.map(|nodes| nodes as f64);
            family.number(&[&placement.name], nodes)
        }),
        Family::gauge(
            "watchpost_model_warnings",
            &[],
            "How much about the model is worse than was asked for; status has the words.",
        )
        .count(&[], model.warnings().len() as u64),
    ]
}

fn names(sight: &Sight) -> Vec<Family> {
    let model = &sight.model;
    let providers = model.providers.join(",");
    let labels = [&*model.name, &*model.version, model.backend, &*providers];
    vec![
        Family::gauge(
            "watchpost_build_info",
            &["version"],
            "1; which version this is.",
        )
        .flag(&[sight.version], true),
        Family::gauge(
            "watchpost_model_info",
            &["model", "version", "backend", "providers"],
            "1; which model finds people, and on what.",
        )
        .flag(&labels, true),
        Family::gauge(
            "process_start_time_seconds",
            &[],
            "When the daemon started, in seconds since 1970.",
        )
        .number(&[], sight.started_at.unix_micros() as f64 / 1e6),
    ]
}

/// Every metric of the machine and the process.
pub fn families(facts: &Facts) -> Vec<Family> {
    let mut families = heat(facts);
    families.extend(power(facts));
    families.extend(process(facts));
    families
}

fn heat(facts: &Facts) -> Vec<Family> {
    let temperature = Family::gauge(
        "watchpost_temperature_celsius",
        &["sensor"],
        "How hot the processor is, at its hottest sensor.",
    );
    let throttled = Family::gauge(
        "watchpost_throttled",
        &["cause"],
        "1 for what slows a Raspberry Pi down at this moment, as its firmware says.",
    );
    let causes = facts.throttle.firmware.map(throttle::causes);
    let clock = facts.throttle.clock;
    let hertz = |khz: u64| khz as f64 * 1e3;
    vec![
        match &facts.temperature {
            Some(now) => temperature.number(&[&now.zone], now.celsius),
            None => temperature,
        },
        causes
            .into_iter()
            .flatten()
            .fold(throttled, |family, (cause, holds)| {
                family.flag(&[cause], holds)
            }),
        Family::counter(
            "watchpost_thermal_throttles_total",
            &[],
            "How often a PC's cores and packages were throttled since boot.",
        )
        .number(&[], facts.throttle.thermal_events.map(|n| n as f64)),
        Family::gauge(
            "watchpost_cpu_frequency_hertz",
            &[],
            "The fastest core's clock.",
        )
        .number(&[], clock.map(|clock| hertz(clock.now_khz))),
        Family::gauge(
            "watchpost_cpu_frequency_max_hertz",
            &[],
            "What that core's clock could be.",
        )
        .number(&[], clock.map(|clock| hertz(clock.max_khz))),
    ]
}

/// Meters tell energy or power, never both.
fn power(facts: &Facts) -> Vec<Family> {
    let energy = Family::counter(
        "watchpost_energy_joules_total",
        &["meter"],
        "Energy that the processor has drawn since the daemon started, where it has a counter that we may read.",
    );
    let power = Family::gauge(
        "watchpost_power_watts",
        &["meter"],
        "Power that the board draws, where it has a meter.",
    );
    match &facts.power {
        Some((meter, Reading::Joules(joules))) => vec![energy.number(&[meter], *joules), power],
        Some((meter, Reading::Watts(watts))) => vec![energy, power.number(&[meter], *watts)],
        None => vec![energy, power],
    }
}

/// Under the names that every Prometheus client gives them.
fn process(facts: &Facts) -> Vec<Family> {
    let memory = facts.memory;
    vec![
        Family::gauge(
            "process_resident_memory_bytes",
            &[],
            "Memory of the daemon.",
        )
        .number(&[], memory.map(|memory| memory.resident_bytes as f64)),
        Family::gauge(
            "watchpost_memory_peak_bytes",
            &[],
            "The most memory that the daemon has had.",
        )
        .number(&[], memory.map(|memory| memory.peak_bytes as f64)),
        Family::counter(
            "process_cpu_seconds_total",
            &[],
            "Processor time of the daemon, user and system, all threads.",
        )
        .number(&[], facts.cpu.total().as_secs_f64()),
        Family::gauge(
            "process_open_fds",
            &[],
            "Files, sockets and devices that the daemon has open.",
        )
        .number(&[], facts.open_files.map(|n| n as f64)),
    ]
}
