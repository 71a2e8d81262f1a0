//! Everything that one call of `watchpost bench` measured, as scripts get it.

use serde::Serialize;

use super::Surroundings;
use super::args::Args;
use super::compare::{Attempt, Entry};
use crate::bench::{
    Candidate, Choice, Figures, ModelFacts, Ratio, Times, Variant, ratio, recommend,
};
use crate::telemetry::Machine;
use crate::telemetry::thermal::Temperature;

const SCHEMA: &str = "watchpost.bench/1";

/// The whole report.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Name and version of this form.
    pub schema: &'static str,
    /// Version of the program.
    pub watchpost: &'static str,
    /// The machine, as it was before.
    pub machine: Machine,
    /// How hot it was before.
    pub temperature_before: Option<Temperature>,
    /// How hot it was after.
    pub temperature_after: Option<Temperature>,
    /// Layout and size of the frames.
    pub frame: String,
    /// Which time the stages' and frames' is.
    pub times: Times,
    /// How many rounds there were.
    pub rounds: usize,
    /// Frames a second that a variant must hold to be recommended.
    pub wanted_fps: f64,
    /// Every variant, as they were asked for.
    pub variants: Vec<Row>,
    /// Which to take.
    pub recommendation: Option<Recommendation>,
}

/// One variant.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What the table and the sentences call it: A, B, C …
    pub name: String,
    /// What was asked for.
    pub asked: Variant,
    /// Which model ran, and on what.
    pub model: Option<ModelFacts>,
    /// What was measured.
    pub figures: Option<Figures>,
    /// How many times as long as those of the first variant that was measured its frames take.
    pub ratio: Option<Ratio>,
    /// Why it was not measured.
    pub failed: Option<String>,
}

/// Which variant to take.
#[derive(Debug, Serialize)]
pub struct Recommendation {
    /// Its name.
    pub name: String,
    /// One sentence.
    pub why: String,
    /// What should be known before it is taken.
    pub cautions: Vec<String>,
    /// The configuration to paste.
    pub config: String,
}

impl Report {
    /// Puts everything together.
    pub fn new(
        args: &Args,
        entries: &[Entry],
        attempts: &[Attempt],
        before: Surroundings,
        after: &Surroundings,
    ) -> Self {
        let variants = rows(entries, attempts);
        let layout = args.layout().name();
        let busy = before.machine.busy();
        Self {
            schema: SCHEMA,
            watchpost: env!("CARGO_PKG_VERSION"),
            machine: before.machine,
            temperature_before: before.temperature,
            temperature_after: after.temperature.clone(),
            frame: format!("{layout} {}×{}", args.width, args.height),
            times: args.times(),
            rounds: if entries.len() == 1 { 1 } else { args.rounds() },
            wanted_fps: args.fps,
            recommendation: recommendation(args, entries, &variants, busy),
            variants,
        }
    }
}

fn rows(entries: &[Entry], attempts: &[Attempt]) -> Vec<Row> {
    let first = attempts.iter().find(|attempt| !attempt.runs.is_empty());
    let first = first.map_or(&[][..], |attempt| &attempt.runs);
    let row = |(i, (entry, attempt)): (usize, (&Entry, &Attempt))| Row {
        name: name(i),
        asked: entry.variant.clone(),
        model: attempt.runs.first().map(|run| run.model.clone()),
        figures: Figures::of(&attempt.runs),
        ratio: ratio(&attempt.runs, first),
        failed: attempt.reason().map(str::to_owned),
    };
    entries.iter().zip(attempts).enumerate().map(row).collect()
}

/// A … Z, then numbers.
fn name(i: usize) -> String {
    match u8::try_from(i) {
        Ok(i) if i < 26 => char::from(b'A' + i).to_string(),
        _ => (i + 1).to_string(),
    }
}

fn recommendation(
    args: &Args,
    entries: &[Entry],
    rows: &[Row],
    busy: Option<f64>,
) -> Option<Recommendation> {
    let candidates = rows.iter().map(Row::candidate).enumerate();
    let (indices, candidates): (Vec<_>, Vec<_>) = candidates
        .filter_map(|(i, candidate)| Some((i, candidate?)))
        .unzip();
    let Choice {
        index,
        why,
        mut cautions,
    } = recommend(&candidates, args.fps)?;
    cautions.extend(busy.map(|load| {
        format!("other programs ran beside it (load {load:.1}), which makes times longer than they are: measure again \
             on a quiet machine before you decide")
    }));
    let index = indices[index];
    Some(Recommendation {
        name: name(index),
        why,
        cautions,
        config: config(args, &entries[index]),
    })
}

impl Row {
    fn candidate(&self) -> Option<Candidate<'_>> {
        let (model, figures) = (self.model.as_ref()?, self.figures.as_ref()?);
        let energy = figures.energy.measured();
        Some(Candidate {
            name: &self.name,
            sha256: &model.sha256,
            frame_ms_p90: figures.whole().p90_ms,
            frames_per_second: figures.frames_per_second,
            net_mj_per_frame: energy.map(|energy| energy.net_mj_per_frame),
            cpu_ms_per_frame: figures.cpu_ms_per_frame,
            accuracy: model.accuracy.as_ref(),
        })
    }
}

/// The part of the configuration that runs `entry`.
fn config(args: &Args, entry: &Entry) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let variant = &entry.variant;
    let mut lines = vec![
        "[detector]".to_owned(),
        format!("model = {}", text(&model(entry))),
        format!("backend = {}", text(variant.backend.name())),
    ];
    if let Some(library) = &args.library {
        let library = library.canonicalize().unwrap_or_else(|_| library.clone());
        lines.push(format!("library = {}", text(&library.to_string_lossy())));
    }
    let providers: Vec<_> = variant.providers.iter().map(|name| text(name)).collect();
    lines.push(format!("providers = [{}]", providers.join(", ")));
    lines.push(format!("threads = {}", variant.threads));
    for option in args.options_for(&variant.providers) {
        let (name, value) = (text(&option.name), text(&option.value));
        lines.push(format!("options.{}.{name} = {value}", option.provider));
    }
    lines.join("\n") + "\n"
}

/// A name stays a name; a path must hold wherever the daemon is started.
fn model(entry: &Entry) -> String {
    let model = &entry.variant.model;
    let is_path =
        model.contains('/') || model.contains('.') || std::path::Path::new(model).is_dir();
    let manifest = entry.task.as_ref().ok().filter(|_| is_path);
    let absolute = manifest.and_then(|task| task.manifest.canonicalize().ok());
    absolute.map_or_else(|| model.clone(), |path| path.to_string_lossy().into_owned())
}
