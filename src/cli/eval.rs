//! `watchpost eval`: how good a model is. What is measured, and how, is in [`crate::eval`]; this asks for it and prints it.

mod args;
mod report;
mod table;
mod tracking;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

pub use args::Args;

use self::args::{FootageArgs, LabelledArgs};
use self::report::{FootageReport, Report};
use super::{Failure, labelled, progress};
use crate::clock::SystemClock;
use crate::detect::Detector;
use crate::eval::footage::{Watch, stills};
use crate::eval::plot::Plot;
use crate::eval::{Alarms, LabelledSet, Measured, Plan};
use crate::pipeline::{SharedDetector, Turnstile};
use crate::types::{Monotonic, Score};

/// Measures what was asked for and prints it.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if !args.tracking.tracking.is_empty() {
        return tracking::run(args);
    }
    let set = labelled_set(&args.labelled)?;
    let plan = args.labelled.plan(args.threshold);
    if set.is_some() && plan.floor > args.threshold {
        let (floor, threshold) = (plan.floor.get(), args.threshold.get());
        let problem = format!("--floor {floor} is above --threshold {threshold}; it must not be");
        return Err(anyhow!(problem).context(Failure::Usage));
    }
    let detector = Detector::open(&args.detector.config(args.threshold)?).context(Failure::Data)?;
    let info = detector.info().clone();
    let detector = Arc::new(Turnstile::new(detector));

    let measured = match &set {
        Some(set) => Some(on_labelled(&args.labelled, set, &plan, &detector)?),
        None => None,
    };
    let footage = match args.footage.is_given() {
        true => Some(on_footage(
            &args.footage,
            set.as_ref(),
            args.threshold,
            &detector,
        )?),
        false => None,
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        let report = Report::new(&info, measured.as_ref(), footage.as_ref());
        serde_json::to_writer_pretty(&mut out, &report)?;
        return Ok(writeln!(out)?);
    }
    table::model(&mut out, &info)?;
    if let Some(measured) = &measured {
        table::labelled(&mut out, measured)?;
    }
    if let Some(footage) = &footage {
        table::footage(&mut out, footage)?;
    }
    Ok(())
}

/// The labelled pictures that the arguments name.
fn labelled_set(args: &LabelledArgs) -> anyhow::Result<Option<LabelledSet>> {
    let (Some(images), Some(annotations)) = (&args.images, &args.annotations) else {
        return Ok(None);
    };
    let mut set = labelled::read(images, annotations)?;
    let most = args.limit.map_or(usize::MAX, |limit| limit as usize);
    set.labels.images.truncate(most);
    Ok(Some(set))
}

fn on_labelled(
    args: &LabelledArgs,
    set: &LabelledSet,
    plan: &Plan,
    detector: &SharedDetector,
) -> anyhow::Result<Measured> {
    let mut detector = detector.turn(detector.seat(), Monotonic::default());
    let measured = labelled::measured(&mut detector, set, plan)?;
    if let Some(path) = &args.detections {
        write(path, &detections(set, &measured).to_string())?;
    }
    if let Some(path) = &args.plot {
        let info = detector.info();
        let plot = Plot {
            title: &format!(
                "{} {}, people in {} pictures",
                info.name, info.version, measured.outcome.pictures
            ),
            curves: &measured.outcome.curves,
            threshold: f64::from(plan.threshold.get()),
        };
        write(path, &plot.svg())?;
    }
    Ok(measured)
}

/// What was found, in COCO's format of results.
fn detections(set: &LabelledSet, measured: &Measured) -> Value {
    let category = set.labels.category;
    let pictures = set.labels.images.iter().zip(&measured.found);
    let results = pictures.flat_map(|(image, found)| {
        found.iter().map(move |one| {
            json!({"image_id": image.id, "category_id": category, "bbox": one.bbox, "score": one.score})
        })
    });
    Value::Array(results.collect())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text)
        .with_context(|| format!("cannot write {}", path.display()))
        .context(Failure::Io)
}

fn on_footage(
    args: &FootageArgs,
    set: Option<&LabelledSet>,
    threshold: Score,
    detector: &SharedDetector,
) -> anyhow::Result<FootageReport> {
    let bar = progress::frames();
    let mut watch = Watch {
        detector: detector.clone(),
        threshold,
        clock: Arc::new(SystemClock),
        done: &mut || bar.inc(1),
    };
    let mut report = FootageReport {
        threshold: f64::from(threshold.get()),
        ..FootageReport::default()
    };
    for path in &args.footage {
        bar.set_message(path.display().to_string());
        let alarms = watch.clip(path).context(Failure::Data)?;
        report.add(path.display().to_string(), alarms);
    }
    for (name, pictures) in to_show(args, set)? {
        bar.set_message(name.clone());
        let mut together = Alarms::default();
        for path in pictures {
            let alarms = watch.still(&path, args.still_length());
            together = together.and(alarms.context(Failure::Data)?);
        }
        report.add(name, together);
    }
    bar.finish_and_clear();
    Ok(report)
}

/// The stills to show, by what they are called together.
fn to_show(
    args: &FootageArgs,
    set: Option<&LabelledSet>,
) -> anyhow::Result<Vec<(String, Vec<PathBuf>)>> {
    let mut groups = Vec::new();
    if let Some(dir) = &args.footage_stills {
        labelled::folder(dir, "a folder of .jpg, .jpeg or .png pictures is needed")?;
        let pictures = stills(dir)
            .with_context(|| format!("cannot list {}", dir.display()))
            .context(Failure::NoInput)?;
        groups.push((dir.display().to_string(), pictures));
    }
    if let Some(set) = set.filter(|_| args.footage_empty) {
        let empty = set.labels.images.iter().filter(|one| one.people.is_empty());
        let pictures: Vec<_> = empty.map(|image| set.path(image)).collect();
        groups.push((format!("{} (no label)", set.folder.display()), pictures));
    }
    let mut named = Vec::new();
    for (name, pictures) in groups {
        if pictures.is_empty() {
            let problem = format!("no stills in {name}; .jpg, .jpeg and .png files are taken");
            return Err(anyhow!(problem).context(Failure::NoInput));
        }
        let stills = if pictures.len() == 1 {
            "still"
        } else {
            "stills"
        };
        named.push((format!("{} {stills} of {name}", pictures.len()), pictures));
    }
    Ok(named)
}
