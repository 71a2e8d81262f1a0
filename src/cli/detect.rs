//! `watchpost detect`: the people in pictures, as a table or JSON.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::Failure;
use super::detector_args::{DetectorArgs, score};
use super::draw;
use crate::convert::Converter;
use crate::detect::{Detector, ModelInfo};
use crate::still::Still;
use crate::types::{Detection, Score, Size};

/// Find people in pictures.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// JPEG or PNG files.
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    #[command(flatten)]
    detector: DetectorArgs,
    /// Leave out people with a lower score.
    #[arg(long, default_value = "0.5", value_parser = score)]
    threshold: Score,
    /// Write the picture with a frame around each person to this PNG file.
    #[arg(long, value_name = "OUT.png")]
    draw: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// Finds people in each picture and prints them.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let single = args.draw.is_none() || args.images.len() == 1;
    ensure!(
        single,
        "--draw takes one picture, {} are given",
        args.images.len()
    );
    let mut detector =
        Detector::open(&args.detector.config(args.threshold)?).context(Failure::Data)?;
    let mut converter = Converter::new(*detector.input());
    let mut results = Vec::new();
    for image in &args.images {
        results.push(detect(image, args, &mut converter, &mut detector)?);
    }
    let mut out = std::io::stdout().lock();
    match args.json {
        true => writeln!(out, "{:#}", report(detector.info(), &results))?,
        false => table(&mut out, detector.info(), &results)?,
    }
    Ok(())
}

/// What was found in one picture.
struct Found<'a> {
    image: &'a Path,
    size: Size,
    people: Vec<Detection>,
    took: Duration,
}

fn detect<'a>(
    image: &'a Path,
    args: &Args,
    converter: &mut Converter,
    detector: &mut Detector,
) -> anyhow::Result<Found<'a>> {
    let mut still = Still::open(image, true)?;
    let mut people = Vec::new();
    let begun = Instant::now();
    let letterbox = still.write(converter, detector)?;
    detector.run(&letterbox, args.threshold, &mut people)?;
    let took = begun.elapsed();
    if let Some(out) = &args.draw {
        draw::people(still.pixels_mut(), &people);
        let saved = still
            .pixels_mut()
            .save_with_format(out, image::ImageFormat::Png);
        saved.with_context(|| format!("cannot write {}", out.display()))?;
    }
    Ok(Found {
        image,
        size: still.size(),
        people,
        took,
    })
}

fn table(out: &mut impl Write, model: &ModelInfo, results: &[Found<'_>]) -> std::io::Result<()> {
    writeln!(out, "{} {} on {}", model.name, model.version, model.engine)?;
    for found in results {
        let (people, ms) = (found.people.len(), found.took.as_secs_f64() * 1e3);
        writeln!(
            out,
            "\n{} ({}): {people} found in {ms:.1} ms",
            found.image.display(),
            found.size
        )?;
        if people > 0 {
            writeln!(out, "  score    left     top   right  bottom")?;
        }
        for person in &found.people {
            let [x1, y1, x2, y2] = person.bbox.corners();
            let score = person.score.get();
            writeln!(out, "   {score:.2}  {x1:6.3}  {y1:6.3}  {x2:6.3}  {y2:6.3}")?;
        }
    }
    Ok(())
}

fn report(model: &ModelInfo, results: &[Found<'_>]) -> Value {
    let person =
        |person: &Detection| json!({"score": person.score.get(), "box": person.bbox.corners()});
    let image = |found: &Found<'_>| {
        json!({
            "image": found.image,
            "width": found.size.width,
            "height": found.size.height,
            "latency_ms": found.took.as_secs_f64() * 1e3,
            "people": found.people.iter().map(person).collect::<Vec<_>>(),
        })
    };
    json!({
        "model": {"name": model.name, "version": model.version, "sha256": model.sha256},
        "backend": model.backend,
        "engine": model.engine,
        "providers": model.providers,
        "placement": model.placements,
        "images": results.iter().map(image).collect::<Vec<_>>(),
    })
}
