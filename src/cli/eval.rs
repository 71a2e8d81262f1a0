//! `watchpost eval`: how good a model is on labelled pictures, in COCO's figures.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::Failure;
use super::detector_args::{DetectorArgs, score};
use crate::convert::Converter;
use crate::detect::{Detector, ModelInfo};
use crate::eval::{Answer, Figures, Found, LabelledImage, Labels};
use crate::still::Still;
use crate::types::{Detection, Score, Size};

/// Measure a model on labelled pictures.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    detector: DetectorArgs,
    /// Folder of the pictures.
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// Labels in COCO's format, with a category `person`.
    #[arg(long, value_name = "COCO.json")]
    annotations: PathBuf,
    /// Take only the first pictures.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Leave out people with a lower score.
    #[arg(long, default_value = "0.01", value_parser = score)]
    floor: Score,
    /// Also write what was found, in COCO's format of results.
    #[arg(long, value_name = "OUT.json")]
    detections: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the model on every picture and prints the figures.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut labels = Labels::read(&args.annotations)?;
    labels.images.truncate(args.limit.unwrap_or(usize::MAX));
    let mut detector = Detector::open(&args.detector.config(args.floor)?).context(Failure::Data)?;
    let (found, took) = detect(args, &labels, &mut detector)?;
    if let Some(path) = &args.detections {
        write(path, &labels, &found)?;
    }
    let answers: Vec<_> = labels
        .images
        .iter()
        .zip(found)
        .map(|(image, found)| Answer::new(&image.people, found))
        .collect();
    let result = Outcome {
        pictures: answers.len(),
        people: labels
            .images
            .iter()
            .flat_map(|image| &image.people)
            .filter(|one| !one.crowd)
            .count(),
        figures: Figures::of(&answers),
        median: median(took),
    };
    let mut out = std::io::stdout().lock();
    match args.json {
        true => writeln!(out, "{:#}", report(detector.info(), &result))?,
        false => table(&mut out, detector.info(), &result)?,
    }
    Ok(())
}

/// What an evaluation tells.
struct Outcome {
    pictures: usize,
    people: usize,
    figures: Figures,
    median: Duration,
}

fn detect(
    args: &Args,
    labels: &Labels,
    detector: &mut Detector,
) -> anyhow::Result<(Vec<Vec<Found>>, Vec<Duration>)> {
    let bar = progress(labels.images.len() as u64);
    let mut converter = Converter::new(detector.input().clone());
    let (mut found, mut took) = (Vec::new(), Vec::new());
    for image in &labels.images {
        let mut still = open(&args.images, image)?;
        let letterbox = still.write(&mut converter, detector)?;
        let mut people = Vec::new();
        let begun = Instant::now();
        detector.run(&letterbox, args.floor, &mut people)?;
        took.push(begun.elapsed());
        found.push(
            people
                .iter()
                .map(|person| in_pixels(person, image.size))
                .collect(),
        );
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((found, took))
}

/// Pictures are taken as stored: that is what the boxes of a labelled set count in.
fn open(folder: &Path, image: &LabelledImage) -> anyhow::Result<Still> {
    let path = folder.join(&image.file_name);
    let still = Still::open(&path, false)?;
    let (found, expected) = (still.size(), image.size);
    ensure!(
        found == expected,
        "{} is {found}, its labels are for {expected}",
        path.display()
    );
    Ok(still)
}

fn in_pixels(person: &Detection, size: Size) -> Found {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let [x1, y1, x2, y2] = person.bbox.corners().map(f64::from);
    Found {
        bbox: [
            x1 * width,
            y1 * height,
            (x2 - x1) * width,
            (y2 - y1) * height,
        ],
        score: f64::from(person.score.get()),
    }
}

fn progress(images: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} pictures, {eta} left");
    ProgressBar::with_draw_target(Some(images), ProgressDrawTarget::stderr())
        .with_style(style.expect("the template is right"))
}

fn write(path: &Path, labels: &Labels, found: &[Vec<Found>]) -> anyhow::Result<()> {
    let category = labels.category;
    let results = labels.images.iter().zip(found).flat_map(|(image, found)| {
        let result = move |found: &Found| {
            json!({"image_id": image.id, "category_id": category, "bbox": found.bbox, "score": found.score})
        };
        found.iter().map(result)
    });
    let text = Value::Array(results.collect()).to_string();
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took.get(took.len() / 2).copied().unwrap_or_default()
}

fn table(out: &mut impl Write, model: &ModelInfo, outcome: &Outcome) -> std::io::Result<()> {
    let figures = outcome.figures;
    let ms = outcome.median.as_secs_f64() * 1e3;
    writeln!(out, "{} {} on {}", model.name, model.version, model.engine)?;
    writeln!(
        out,
        "{} people in {} pictures, median inference {ms:.1} ms\n",
        outcome.people, outcome.pictures
    )?;
    let rows = [
        ("AP", figures.ap),
        ("AP50", figures.ap50),
        ("AP75", figures.ap75),
        ("AP small", figures.ap_small),
        ("AP medium", figures.ap_medium),
        ("AP large", figures.ap_large),
        ("AR", figures.ar),
        ("AR small", figures.ar_small),
        ("AR medium", figures.ar_medium),
        ("AR large", figures.ar_large),
    ];
    for (name, value) in rows {
        let value = value.map_or("–".to_owned(), |value| format!("{value:.1}"));
        writeln!(out, "{name:9}  {value:>5}")?;
    }
    Ok(())
}

fn report(model: &ModelInfo, outcome: &Outcome) -> Value {
    json!({
        "model": {"name": model.name, "version": model.version, "sha256": model.sha256},
        "backend": model.backend,
        "engine": model.engine,
        "providers": model.providers,
        "pictures": outcome.pictures,
        "people": outcome.people,
        "inference_median_ms": outcome.median.as_secs_f64() * 1e3,
        "figures": outcome.figures,
    })
}
