//! `watchpost model verify`: whether a model is what its manifest says and keeps its limits on this device.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use super::{EngineArgs, Failure, StoreArgs, open, read, threshold};
use crate::bench::{Figures, Layout, ModelFacts, Task, Times};
use crate::cli::{bench, labelled, surroundings};
use crate::config::find_manifest;
use crate::detect::Manifest;
use crate::eval::LabelledSet;
use crate::update::{Measured, Outcome, Reading, Row, Verdict, device, judge, pictures};

const NO_PICTURES: &str = "needs --images and --annotations";

/// Arguments of `watchpost model verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model: a name in the model store, its folder, or the path of its manifest.
    #[arg(value_name = "NAME|MANIFEST")]
    model: String,
    /// Folder of labelled pictures, for the limits of accuracy.
    #[arg(long, value_name = "DIR", requires = "annotations")]
    images: Option<PathBuf>,
    /// Their labels in COCO's format, with a category `person`.
    #[arg(long, value_name = "COCO.json", requires = "images")]
    annotations: Option<PathBuf>,
    /// How many frames are timed.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    frames: u32,
    /// Fail also where a limit was not measured.
    #[arg(long)]
    strict: bool,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Checks digest, inputs and outputs, runs the model, and holds what was measured against the manifest's limits.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let path = find_manifest(&args.model, &args.store.dirs()).context(Failure::NoInput)?;
    let manifest = Manifest::parse(&read(&path)?).context(Failure::Data)?;
    let set = labelled_set(args)?;
    let run = bench::measured(&task(args, &path)?)?;
    let figures = Figures::of(std::slice::from_ref(&run)).expect("a frame was timed");
    let mut measured = without_pictures();
    device::fill(&mut measured, &figures);
    if let Some(set) = &set {
        let plan = pictures::plan(&manifest.limits);
        let mut detector = open(path, &args.engine)?;
        let found = labelled::measured(&mut detector, set, &plan)?;
        pictures::fill(&mut measured, &found);
    }
    let verdict = judge(&manifest.limits, &measured);
    let report = Report {
        manifest: &manifest,
        ran: &run.model,
        figures: &figures,
        verdict: &verdict,
        strict: args.strict,
    };
    let mut out = std::io::stdout().lock();
    match args.json {
        true => writeln!(out, "{:#}", report.json())?,
        false => report.table(&mut out)?,
    }
    match verdict.passes(args.strict) {
        true => Ok(()),
        false => Err(missed(&manifest, &verdict, args.strict)),
    }
}

/// The labelled pictures that the arguments name.
fn labelled_set(args: &Args) -> anyhow::Result<Option<LabelledSet>> {
    match (&args.images, &args.annotations) {
        (Some(images), Some(annotations)) => labelled::read(images, annotations).map(Some),
        _ => Ok(None),
    }
}

/// What the bench is to measure.
fn task(args: &Args, manifest: &Path) -> anyhow::Result<Task> {
    let config = args.engine.config(manifest.to_owned(), threshold());
    Ok(Task {
        manifest: config.manifest,
        backend: args.engine.engine(),
        library: config.library,
        providers: config.providers,
        options: config.options,
        threads: config.threads,
        clip: surroundings::built_in_clip()?,
        layout: Layout::Yuyv,
        width: 1280,
        height: 720,
        frames: args.frames as usize,
        times: Times::Elapsed,
    })
}

fn without_pictures() -> Measured {
    Measured {
        ap: Reading::missing(NO_PICTURES),
        ap50: Reading::missing(NO_PICTURES),
        retained: Reading::missing(NO_PICTURES),
        false_alarms: Reading::missing(NO_PICTURES),
        ..Measured::default()
    }
}

fn missed(manifest: &Manifest, verdict: &Verdict, strict: bool) -> anyhow::Error {
    let missed: Vec<_> = verdict.misses(strict).map(|row| row.key).collect();
    let (name, version) = (&manifest.name, &manifest.version);
    anyhow!("{name} {version} does not pass: {}", missed.join(", ")).context(Failure::Data)
}

struct Report<'a> {
    manifest: &'a Manifest,
    ran: &'a ModelFacts,
    figures: &'a Figures,
    verdict: &'a Verdict,
    strict: bool,
}

impl Report<'_> {
    fn table(&self, out: &mut impl Write) -> std::io::Result<()> {
        let Self {
            manifest,
            ran,
            figures,
            ..
        } = self;
        let checked = "digest, inputs and outputs are as its manifest says";
        writeln!(out, "{} {}: {checked}", manifest.name, manifest.version)?;
        writeln!(out, "{} frames on {}\n", figures.frames, ran.engine)?;
        writeln!(
            out,
            "{:<28}{:>10}  {:<14}outcome",
            "figure", "found", "wanted"
        )?;
        for row in &self.verdict.rows {
            let found = match &row.found {
                Reading::Value(found) => format!("{found:.2}"),
                Reading::Missing(_) => "–".to_owned(),
            };
            let wanted = row.wanted.map_or("–".to_owned(), |bound| bound.to_string());
            writeln!(
                out,
                "{:<28}{found:>10}  {wanted:<14}{}",
                row.what,
                outcome(row)
            )?;
        }
        let (passed, strict) = (self.verdict.passes(self.strict), self.strict);
        let word = if passed { "passed" } else { "not passed" };
        writeln!(out, "\n{word}{}", if strict { ", strictly" } else { "" })
    }

    fn json(&self) -> Value {
        let row = |row: &Row| {
            let (found, why) = match &row.found {
                Reading::Value(found) => (Some(*found), None),
                Reading::Missing(why) => (None, Some(&**why)),
            };
            json!({"limit": row.key, "found": found, "not_measured": why, "wanted": row.wanted, "outcome": row.outcome()})
        };
        json!({
            "model": {"name": self.manifest.name, "version": self.manifest.version, "sha256": self.manifest.sha256},
            "ran": self.ran,
            "device": self.figures,
            "limits": self.verdict.rows.iter().map(row).collect::<Vec<_>>(),
            "strict": self.strict,
            "passed": self.verdict.passes(self.strict),
        })
    }
}

fn outcome(row: &Row) -> String {
    match (row.outcome(), &row.found) {
        (Outcome::Pass, _) => "pass".to_owned(),
        (Outcome::Fail, _) => "FAIL".to_owned(),
        (Outcome::NotMeasured, Reading::Missing(why)) => format!("not measured: {why}"),
        (Outcome::NotMeasured, Reading::Value(_)) => unreachable!("there is a figure"),
        (Outcome::NoLimit, _) => "no limit".to_owned(),
    }
}
