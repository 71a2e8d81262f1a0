//! What `watchpost eval` is asked.

use std::path::PathBuf;
use std::time::Duration;

use clap::ArgGroup;

use super::tracking::TrackingArgs;
use crate::cli::detector_args::{DetectorArgs, score};
use crate::eval::Plan;
use crate::eval::corrupt::{Corruption, Kind, Severity};
use crate::types::Score;

/// Measure how accurate a model is: COCO's figures on labelled pictures, what is left of them on spoiled ones, and false
/// alarms in footage that shows nobody; or how well a tracker tells people apart.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("what").required(true).multiple(true).args(["images", "footage", "footage_stills", "tracking"]),
    after_long_help = EXPLANATION
)]
pub struct Args {
    #[command(flatten)]
    pub detector: DetectorArgs,
    /// Score from which a box is a person: for precision, recall, the point in the plot, and false alarms.
    #[arg(long, default_value = "0.5", value_parser = score)]
    pub threshold: Score,
    #[command(flatten)]
    pub labelled: LabelledArgs,
    #[command(flatten)]
    pub footage: FootageArgs,
    #[command(flatten)]
    pub tracking: TrackingArgs,
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
}

const EXPLANATION: &str = "\
Examples:
  watchpost eval --images pictures --annotations people.json
  watchpost eval --images pictures --annotations people.json --corruptions --kinds noise,rain --severities 1,3,5
  watchpost eval --footage empty-hall.avi night/ --footage-stills photos-without-people/

Footage runs through the daemon's own flow (motion gate, detector, tracker, decider) as for a camera for which nothing is \
configured, at the clip's own rate; each person in whom the tracker believes is a false alarm, told or doubted. A still is \
shown for --still-seconds at 5 frames a second, so that a picture that fires steadily is one false alarm; the hours behind its rate are those of the \
showing. docs/evaluation.md explains every figure.";

/// Pictures with labels.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Labelled pictures")]
pub struct LabelledArgs {
    /// Folder of the pictures (JPEG or PNG).
    #[arg(long, value_name = "DIR", requires = "annotations")]
    pub images: Option<PathBuf>,
    /// Labels in COCO's format, with a category `person`.
    #[arg(long, value_name = "COCO.json", requires = "images")]
    pub annotations: Option<PathBuf>,
    /// Take only the first pictures, by their number in the labels.
    #[arg(long, value_name = "N", requires = "images", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Leave out people with a lower score.
    #[arg(long, default_value = "0.01", value_parser = score)]
    pub floor: Score,
    /// Also write what was found, in COCO's format of results.
    #[arg(long, value_name = "OUT.json", requires = "images")]
    pub detections: Option<PathBuf>,
    /// Also draw precision over recall.
    #[arg(long, value_name = "OUT.svg", requires = "images", value_parser = svg)]
    pub plot: Option<PathBuf>,
    /// Also measure on spoiled pictures, each kind at each severity: that many more inferences a picture.
    #[arg(long, requires = "images")]
    pub corruptions: bool,
    /// Kinds of --corruptions: noise, defocus, motion, low-light, jpeg, rain, occlusion, over-exposure. All when not given.
    #[arg(long, value_delimiter = ',', requires = "corruptions")]
    pub kinds: Vec<Kind>,
    /// Severities of --corruptions, 1 to 5. All when not given.
    #[arg(long, value_delimiter = ',', requires = "corruptions", value_parser = severity)]
    pub severities: Vec<Severity>,
}

/// Footage that shows nobody.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Footage without people")]
pub struct FootageArgs {
    /// Clips: MJPEG AVI files, or folders of JPEGs at ten a second.
    #[arg(long, value_name = "CLIP", num_args = 1..)]
    pub footage: Vec<PathBuf>,
    /// Folder of unrelated pictures (JPEG or PNG, at any depth), each shown as video.
    #[arg(long, value_name = "DIR")]
    pub footage_stills: Option<PathBuf>,
    /// Also show the labelled pictures that have no label.
    #[arg(long, requires = "images")]
    pub footage_empty: bool,
    /// For how long a still is shown.
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub still_seconds: u32,
}

impl LabelledArgs {
    /// What is to be measured.
    pub fn plan(&self, threshold: Score) -> Plan {
        let kinds = or_all(&self.kinds, &Kind::ALL);
        let severities = or_all(&self.severities, &Severity::ALL);
        Plan {
            floor: self.floor,
            corruptions: match self.corruptions {
                true => Corruption::each(&kinds, &severities),
                false => Vec::new(),
            },
            ..Plan::new(threshold)
        }
    }
}

impl FootageArgs {
    /// For how long a still is shown.
    pub fn still_length(&self) -> Duration {
        Duration::from_secs(self.still_seconds.into())
    }

    /// Whether there is any.
    pub fn is_given(&self) -> bool {
        !self.footage.is_empty() || self.footage_stills.is_some() || self.footage_empty
    }
}

/// What was asked for, each once and in the usual order; all when nothing was.
fn or_all<T: Copy + PartialEq>(wanted: &[T], all: &[T]) -> Vec<T> {
    let chosen = |one: &&T| wanted.is_empty() || wanted.contains(one);
    all.iter().filter(chosen).copied().collect()
}

fn severity(text: &str) -> Result<Severity, String> {
    let severity = text.parse().ok().and_then(Severity::new);
    severity.ok_or_else(|| "it is a number of 1 to 5".to_owned())
}

fn svg(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let extension = path.extension().unwrap_or_default();
    match extension.eq_ignore_ascii_case("svg") {
        true => Ok(path),
        false => Err("only SVG can be written; name a file that ends with .svg".to_owned()),
    }
}
