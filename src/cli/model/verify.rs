//! `watchpost model verify`: whether a model is what its manifest says and keeps its limits on this device.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use super::{EngineArgs, Failure, StoreArgs, open, read};
use crate::cli::labelled;
use crate::clock::SystemClock;
use crate::config::find_manifest;
use crate::detect::{Detector, Manifest, ModelInfo};
use crate::eval::LabelledSet;
use crate::update::{
    Latency, Measured, Outcome, Reading, Row, Verdict, judge, latency, pictures, resident_mb,
};

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
    /// How many inferences are timed.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
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
    let set = labelled_set(args)?;
    let mut detector = open(path.clone(), &args.engine)?;
    let manifest = Manifest::parse(&read(&path)?).context(Failure::Data)?;
    let (mut measured, times) = on_this_device(&mut detector, args)?;
    if let Some(set) = &set {
        let found = labelled::measured(&mut detector, set, &pictures::plan(&manifest.limits))?;
        pictures::fill(&mut measured, &found);
    }
    let verdict = judge(&manifest.limits, &measured);
    let report = Report {
        manifest: &manifest,
        info: detector.info(),
        times,
        runs: args.runs,
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

/// What can be measured without pictures.
fn on_this_device(detector: &mut Detector, args: &Args) -> anyhow::Result<(Measured, Latency)> {
    let times = latency(detector, args.runs as usize, &SystemClock).context(Failure::Data)?;
    let measured = Measured {
        latency_ms: Reading::Value(times.p95_ms),
        resident_mb: resident_mb(),
        energy_mj: Reading::missing("this command reads no energy meter"),
        ap: Reading::missing(NO_PICTURES),
        ap50: Reading::missing(NO_PICTURES),
        retained: Reading::missing(NO_PICTURES),
        false_alarms: Reading::missing(NO_PICTURES),
    };
    Ok((measured, times))
}

fn missed(manifest: &Manifest, verdict: &Verdict, strict: bool) -> anyhow::Error {
    let missed: Vec<_> = verdict.misses(strict).map(|row| row.key).collect();
    let (name, version) = (&manifest.name, &manifest.version);
    anyhow!("{name} {version} does not pass: {}", missed.join(", ")).context(Failure::Data)
}

struct Report<'a> {
    manifest: &'a Manifest,
    info: &'a ModelInfo,
    times: Latency,
    runs: u32,
    verdict: &'a Verdict,
    strict: bool,
}

impl Report<'_> {
    fn table(&self, out: &mut impl Write) -> std::io::Result<()> {
        let Self {
            manifest,
            info,
            times,
            ..
        } = self;
        let checked = "digest, inputs and outputs are as its manifest says";
        writeln!(out, "{} {}: {checked}", manifest.name, manifest.version)?;
        writeln!(out, "{} {} ran on {}", info.name, info.version, info.engine)?;
        writeln!(
            out,
            "{} inferences: median {:.1} ms, 95 % within {:.1} ms\n",
            self.runs, times.p50_ms, times.p95_ms
        )?;
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
            "ran": {"name": self.info.name, "backend": self.info.backend, "engine": self.info.engine, "providers": self.info.providers},
            "runs": self.runs,
            "latency_p50_ms": self.times.p50_ms,
            "latency_p95_ms": self.times.p95_ms,
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
