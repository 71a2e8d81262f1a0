//! `watchpost bench`: how long each stage of the flow takes on this machine, and how much memory it needs.

mod frames;
mod report;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use indicatif::ProgressBar;

use super::detector_args::DetectorArgs;
use super::{Failure, surroundings};
use crate::clock::{Clock, SystemClock};
use crate::config::{CameraConfig, MotionConfig, SourceConfig, TrackConfig};
use crate::detect::Detector;
use crate::pipeline::Flow;
use crate::types::{Score, Size};
use frames::Frames;
use report::Report;

/// Arguments of `watchpost bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    detector: DetectorArgs,
    /// Layout of the frames.
    #[arg(long, value_enum, default_value_t = Layout::Yuyv)]
    format: Layout,
    /// Width of the frames in pixels.
    #[arg(long, default_value_t = 1280)]
    width: u32,
    /// Height of the frames in pixels.
    #[arg(long, default_value_t = 720)]
    height: u32,
    /// How many frames are timed.
    #[arg(long, default_value_t = 300)]
    frames: usize,
    /// Clip whose pictures are used, brought to the size and layout above; the built-in one when not given.
    #[arg(long)]
    clip: Option<PathBuf>,
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// What the frames look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Layout {
    /// Packed 4:2:2, as most USB cameras offer.
    Yuyv,
    /// Two planes, as most CSI cameras offer.
    Nv12,
    /// JPEG, as USB cameras offer at large sizes.
    Mjpeg,
}

/// Runs every frame through every stage, without the motion gate's savings, and prints how the times spread.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let threshold = Score::new(0.5).expect("0.5 is a score");
    let detector = Detector::open(&args.detector.config(threshold)?).context(Failure::Data)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let size = Size::new(args.width, args.height);
    let clip = args
        .clip
        .clone()
        .map_or_else(surroundings::built_in_clip, Ok)?;
    let frames = Frames::prepare(&clip, args.format, size).context(Failure::NoInput)?;

    let mut report = Report::new(detector.info(), args.format, size);
    let detector = Arc::new(Mutex::new(detector));
    let mut flow = Flow::new(&camera(size), detector, threshold, clock.clone());
    let progress = ProgressBar::new(args.frames as u64);
    for i in 0..args.frames {
        let frame = frames.frame(i, clock.monotonic());
        let began = clock.monotonic();
        flow.step(frame).context(Failure::Data)?;
        report.add(&flow.times(), clock.monotonic().since(began));
        progress.inc(1);
    }
    progress.finish_and_clear();
    report.print(args.json)
}

/// A camera with nothing configured, whose every frame is inferred.
fn camera(size: Size) -> CameraConfig {
    CameraConfig {
        name: "bench".into(),
        source: SourceConfig::Device(PathBuf::new()),
        size,
        fps: 15,
        stall: Duration::from_secs(5),
        masks: Vec::new(),
        motion: MotionConfig {
            enabled: true,
            area_min: 0.0,
            heartbeat: Duration::from_secs(5),
        },
        track: TrackConfig {
            confirm_hits: 3,
            leave_after: Duration::from_secs(2),
            update_every: Duration::from_secs(5),
        },
        zones: Vec::new(),
        lines: Vec::new(),
    }
}
