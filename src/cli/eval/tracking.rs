//! `watchpost eval --tracking`: how well people are told apart over time, on files in MOTChallenge's format.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use serde::Serialize;

use super::Args;
use crate::cli::Failure;
use crate::config::TrackConfig;
use crate::eval::tracking::{
    MotBox, MotFileError, Replay, Sequence, TrackingFigures, TrackingSums, read_boxes,
    read_results, read_truth, replay,
};
use crate::types::Size;

/// Files of tracking.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tracking")]
pub struct TrackingArgs {
    /// Truth in MOTChallenge's format (gt.txt), a file a sequence.
    #[arg(long, value_name = "GT.txt", num_args = 1.., conflicts_with_all = ["images", "footage", "footage_stills"])]
    pub tracking: Vec<PathBuf>,
    /// A tracker's answers, in the order of the truth.
    #[arg(long, value_name = "TRACKS.txt", num_args = 1.., requires = "tracking", conflicts_with = "boxes")]
    results: Vec<PathBuf>,
    /// A detector's boxes (det.txt), in the order of the truth: Watchpost's tracker follows them.
    #[arg(long, value_name = "DET.txt", num_args = 1.., requires = "tracking")]
    boxes: Vec<PathBuf>,
    /// Frames a second of the boxes.
    #[arg(long, default_value_t = 10.0, requires = "boxes", value_parser = rate)]
    fps: f64,
    /// Size of a frame in pixels, which the boxes are measured in.
    #[arg(long, value_name = "WxH", requires = "boxes", value_parser = size)]
    frame_size: Option<Size>,
    /// Frames without a box were not looked at, as behind the motion gate; otherwise they were, and showed nobody.
    #[arg(long, requires = "boxes")]
    gated: bool,
    /// Detections before a person has entered, as in the configuration.
    #[arg(long, value_name = "N", requires = "boxes", value_parser = clap::value_parser!(u32).range(1..=100))]
    confirm_hits: Option<u32>,
    /// A person not seen for this long has left, as in the configuration.
    #[arg(long, value_name = "MS", requires = "boxes", value_parser = clap::value_parser!(u64).range(100..=86_400_000))]
    leave_after_ms: Option<u64>,
    /// Also write who was followed, in MOTChallenge's format.
    #[arg(long, value_name = "OUT.txt", requires = "boxes")]
    tracks: Vec<PathBuf>,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
struct TrackingReport {
    sequences: Vec<Part>,
    /// All sequences together.
    total: TrackingFigures,
}

#[derive(Debug, Serialize)]
struct Part {
    truth: String,
    #[serde(flatten)]
    figures: TrackingFigures,
}

/// Measures what was asked for and prints it.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let files = &args.tracking;
    let answers = match files.boxes.is_empty() {
        true => answers(&files.results, &files.tracking, "--results")?,
        false => followed(args)?,
    };
    let mut total = TrackingSums::default();
    let mut sequences = Vec::new();
    for (path, answer) in files.tracking.iter().zip(answers) {
        let truth = read(read_truth(path))?;
        let sums = TrackingSums::of(&Sequence::new(&truth, &answer));
        total = total.and(sums);
        sequences.push(Part {
            truth: path.display().to_string(),
            figures: sums.figures(),
        });
    }
    let report = TrackingReport {
        sequences,
        total: total.figures(),
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        return Ok(writeln!(out)?);
    }
    Ok(table(&mut out, &report)?)
}

fn answers(
    paths: &[PathBuf],
    truth: &[PathBuf],
    argument: &str,
) -> anyhow::Result<Vec<Vec<MotBox>>> {
    as_many(argument, paths, truth)?;
    paths.iter().map(|path| read(read_results(path))).collect()
}

/// What our tracker makes of the boxes.
fn followed(args: &Args) -> anyhow::Result<Vec<Vec<MotBox>>> {
    let files = &args.tracking;
    as_many("--boxes", &files.boxes, &files.tracking)?;
    if !files.tracks.is_empty() {
        as_many("--tracks", &files.tracks, &files.tracking)?;
    }
    let size = files
        .frame_size
        .ok_or_else(|| anyhow!("--boxes needs --frame-size, such as 1920x1080"))
        .context(Failure::Usage)?;
    let usual = TrackConfig::default();
    let how = Replay {
        fps: files.fps,
        size,
        gated: files.gated,
        threshold: args.threshold,
        rules: TrackConfig {
            confirm_hits: files.confirm_hits.unwrap_or(usual.confirm_hits),
            leave_after: files
                .leave_after_ms
                .map_or(usual.leave_after, Duration::from_millis),
            ..usual
        },
    };
    let mut answers = Vec::new();
    for (index, path) in files.boxes.iter().enumerate() {
        let answer = replay(&read(read_boxes(path))?, &how);
        if let Some(path) = files.tracks.get(index) {
            write(path, &answer)?;
        }
        answers.push(answer);
    }
    Ok(answers)
}

fn as_many(argument: &str, paths: &[PathBuf], truth: &[PathBuf]) -> anyhow::Result<()> {
    if paths.len() == truth.len() {
        return Ok(());
    }
    let problem = match paths.len() {
        0 => "--tracking needs --results or --boxes, a file for each of its own".to_owned(),
        found => format!(
            "{found} files after {argument} and {} after --tracking; as many are needed, in the same order",
            truth.len()
        ),
    };
    Err(anyhow!(problem).context(Failure::Usage))
}

fn read(boxes: Result<Vec<MotBox>, MotFileError>) -> anyhow::Result<Vec<MotBox>> {
    boxes.map_err(|error| {
        let failure = match error {
            MotFileError::Read { .. } => Failure::NoInput,
            _ => Failure::Data,
        };
        anyhow::Error::from(error).context(failure)
    })
}

fn write(path: &Path, tracks: &[MotBox]) -> anyhow::Result<()> {
    let lines: String = tracks.iter().map(|one| format!("{one}\n")).collect();
    super::write(path, &lines)
}

fn table(out: &mut impl Write, report: &TrackingReport) -> std::io::Result<()> {
    writeln!(
        out,
        "{:>7}{:>7}{:>7}{:>7}{:>8}{:>7}{:>7}{:>6}{:>8}{:>8}{:>6}",
        "HOTA", "DetA", "AssA", "LocA", "MOTA", "MOTP", "IDF1", "IDSW", "FP", "FN", "Frag"
    )?;
    for part in &report.sequences {
        row(out, &part.figures, &part.truth)?;
    }
    if report.sequences.len() > 1 {
        row(out, &report.total, "total")?;
    }
    Ok(())
}

fn row(out: &mut impl Write, figures: &TrackingFigures, name: &str) -> std::io::Result<()> {
    let TrackingFigures {
        hota,
        det_a,
        ass_a,
        loc_a,
        mota,
        motp,
        idf1,
        id_switches,
        false_positives,
        false_negatives,
        fragmentations,
    } = figures;
    writeln!(
        out,
        "{hota:>7.1}{det_a:>7.1}{ass_a:>7.1}{loc_a:>7.1}{mota:>8.1}{motp:>7.1}{idf1:>7.1}{id_switches:>6}\
         {false_positives:>8}{false_negatives:>8}{fragmentations:>6}  {name}"
    )
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text
        .parse()
        .ok()
        .filter(|rate| (0.01..=1000.0).contains(rate));
    rate.ok_or_else(|| "it is a number of frames a second, 0.01 to 1000".to_owned())
}

fn size(text: &str) -> Result<Size, String> {
    let sides = text.split_once(['x', '×']).and_then(|(width, height)| {
        let side = |text: &str| text.parse().ok().filter(|side| (1..=65_536).contains(side));
        Some(Size::new(side(width)?, side(height)?))
    });
    sides.ok_or_else(|| "it is a width and a height in pixels, such as 1920x1080".to_owned())
}
