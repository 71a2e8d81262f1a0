//! The report for people: one screen for one variant, a line a variant for several.

mod many;
mod one;

use std::fmt::{self, Display, Formatter};

use super::report::{Report, Row};
use crate::bench::{Figures, Known, ModelFacts, Times};
use crate::telemetry::Machine;
use crate::telemetry::throttle::ClockRate;

/// A report as people read it.
pub struct Table<'a>(pub &'a Report);

impl Display for Table<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.variants[..] {
            [
                row @ Row {
                    model: Some(model),
                    figures: Some(figures),
                    ..
                },
            ] => one::write(f, self.0, row, model, figures),
            _ => many::write(f, self.0),
        }
    }
}

/// What the frames are, and which time theirs is where it is not the usual one.
fn frame(report: &Report) -> String {
    match report.times {
        Times::Elapsed => report.frame.clone(),
        Times::Processor => format!("{} by processor time", report.frame),
    }
}

/// `AMD EPYC, 2 cores, Linux 6.18`, and a warning where it had other things to do.
fn machine(machine: &Machine) -> String {
    let cores = match machine.cores {
        1 => "1 core".to_owned(),
        cores => format!("{cores} cores"),
    };
    let kernel = machine.kernel.as_deref().unwrap_or("?");
    let busy = machine
        .busy()
        .map(|load| format!("; load {load:.1} before: other programs run, figures are noisy"));
    let busy = busy.unwrap_or_default();
    format!("{}, {cores}, Linux {kernel}{busy}", machine.name())
}

/// The engine without the path of its library.
fn engine(model: &ModelFacts) -> &str {
    let engine = model.engine.as_str();
    engine.split_once(" (").map_or(engine, |(engine, _)| engine)
}

/// What is known about the machine around one variant, a line each.
fn surroundings(report: &Report, figures: &Figures) -> Vec<(&'static str, String)> {
    vec![
        ("temperature", temperature(report, figures)),
        ("throttled", throttled(figures)),
        ("energy", energy(figures)),
    ]
}

fn temperature(report: &Report, figures: &Figures) -> String {
    let told = |hottest: &crate::telemetry::thermal::Temperature| {
        let before = report.temperature_before.as_ref();
        let before = before.map_or(String::new(), |t| format!(", {:.1} °C before", t.celsius));
        format!("{:.1} °C ({}){before}", hottest.celsius, hottest.zone)
    };
    known(&figures.temperature, told)
}

fn throttled(figures: &Figures) -> String {
    let clock = figures.clock.map(clock).unwrap_or_default();
    let told = |throttled: &bool| match throttled {
        true => format!("yes: {}{clock}", figures.throttled_by.join(", ")),
        false => format!("no{clock}"),
    };
    match &figures.throttled {
        Known::NotMeasurable(_) if !clock.is_empty() => format!("unknown{clock}"),
        known => self::known(known, told),
    }
}

fn clock(clock: ClockRate) -> String {
    let (now, max) = (clock.now_khz as f64 / 1e6, clock.max_khz as f64 / 1e6);
    format!("; the clock ran at {now:.2} of {max:.2} GHz at the end")
}

fn energy(figures: &Figures) -> String {
    known(&figures.energy, |energy| {
        format!(
            "{:.1} mJ a frame, {:.1} above idle ({:.2} W busy, {:.2} W idle; {}, {})",
            energy.gross_mj_per_frame,
            energy.net_mj_per_frame,
            energy.busy_w,
            energy.idle_w,
            energy.meter.source,
            energy.meter.covers,
        )
    })
}

fn known<T>(figure: &Known<T>, told: impl Fn(&T) -> String) -> String {
    match figure {
        Known::Measured(figure) => told(figure),
        Known::NotMeasurable(reasons) => format!("not measurable here: {}", reasons.join(", ")),
    }
}

#[cfg(test)]
mod tests;
