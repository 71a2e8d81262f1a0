//! What can be asked of `watchpost bench`.

use std::path::PathBuf;

use crate::bench::{self, Layout, Times, Variant, combinations};
use crate::cli::detector_args::Engine;
use crate::config::{ProviderOption, USUAL_MODEL};

/// Rounds where several variants are compared and none are asked for.
const ROUNDS: usize = 3;

/// Arguments of `watchpost bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model: a name in the model store, its folder, or the path of its manifest. Several are compared.
    #[arg(
        long = "model",
        visible_alias = "models",
        value_name = "MODEL",
        value_delimiter = ',',
        default_value = USUAL_MODEL
    )]
    models: Vec<String>,
    /// The engine. Several are compared.
    #[arg(
        long = "backend",
        visible_alias = "backends",
        value_enum,
        value_delimiter = ',',
        default_value = "auto"
    )]
    backends: Vec<Engine>,
    /// Execution providers, tried in order: `--providers cuda,cpu`. Lists are compared when this is given more than once.
    #[arg(long, value_name = "LIST", default_value = "cpu")]
    providers: Vec<String>,
    /// What a provider is told beside the model, by ONNX Runtime's own names, wherever it is used. Given once for each.
    #[arg(long = "option", value_name = "PROVIDER.NAME=VALUE")]
    options: Vec<ProviderOption>,
    /// Threads of one inference. Several counts are compared.
    #[arg(long, value_delimiter = ',', default_value = "1", value_parser = threads)]
    threads: Vec<usize>,
    /// ONNX Runtime's library; searched for when not given.
    #[arg(long, value_name = "FILE")]
    pub(super) library: Option<PathBuf>,
    /// Layout of the frames.
    #[arg(long, value_enum, default_value_t = Format::Yuyv)]
    format: Format,
    /// Width of the frames in pixels.
    #[arg(long, default_value_t = 1280)]
    pub(super) width: u32,
    /// Height of the frames in pixels.
    #[arg(long, default_value_t = 720)]
    pub(super) height: u32,
    /// How many frames are timed, of each variant.
    #[arg(long, default_value = "300", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    frames: u32,
    /// In how many rounds, by turns with the other variants (3 unless there is one variant only).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: Option<u32>,
    /// Frames a second that a variant must hold to be recommended.
    #[arg(long, default_value = "10", value_parser = rate)]
    pub(super) fps: f64,
    /// Time stages and frames by what this process computes instead of by what passes: for a machine that is busy otherwise.
    #[arg(long)]
    processor_time: bool,
    /// Clip whose pictures are used, brought to the size and layout above; the built-in one when not given.
    #[arg(long)]
    pub(super) clip: Option<PathBuf>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(super) json: bool,
    /// Does one task, given as JSON, and answers in JSON: what this program asks of itself.
    #[arg(long = "variant", hide = true, value_name = "JSON")]
    pub(super) task: Option<String>,
}

/// What the frames look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Packed 4:2:2, as most USB cameras offer.
    Yuyv,
    /// Two planes, as most CSI cameras offer.
    Nv12,
    /// JPEG, as USB cameras offer at large sizes.
    Mjpeg,
}

impl Args {
    /// Everything that is measured.
    pub(super) fn variants(&self) -> Vec<Variant> {
        let engines = self.backends.iter().copied().map(bench::Engine::from);
        let engines: Vec<_> = engines.collect();
        let providers: Vec<_> = self
            .providers
            .iter()
            .map(|list| super::words(list))
            .collect();
        combinations(&self.models, &engines, &providers, &self.threads)
    }

    /// The options of these providers.
    pub(super) fn options_for(&self, providers: &[String]) -> Vec<ProviderOption> {
        let options = self.options.iter();
        let own = options.filter(|option| providers.contains(&option.provider));
        own.cloned().collect()
    }

    /// What the frames look like.
    pub(super) fn layout(&self) -> Layout {
        match self.format {
            Format::Yuyv => Layout::Yuyv,
            Format::Nv12 => Layout::Nv12,
            Format::Mjpeg => Layout::Mjpeg,
        }
    }

    /// Which time a stage's is.
    pub(super) fn times(&self) -> Times {
        match self.processor_time {
            true => Times::Processor,
            false => Times::Elapsed,
        }
    }

    /// How many rounds several variants take.
    pub(super) fn rounds(&self) -> usize {
        let rounds = self.rounds.map_or(ROUNDS, |rounds| rounds as usize);
        rounds.min(self.frames as usize)
    }

    /// How many frames are timed in a round when there are `variants`; together at least as many as were asked for.
    pub(super) fn frames_a_round(&self, variants: usize) -> usize {
        let rounds = if variants == 1 { 1 } else { self.rounds() };
        (self.frames as usize).div_ceil(rounds)
    }
}

fn threads(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|threads| (1..=64).contains(threads));
    number.ok_or_else(|| "it is a number of 1 to 64".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text
        .parse()
        .ok()
        .filter(|fps| (0.01..=1000.0).contains(fps));
    number.ok_or_else(|| "it is a number of 0.01 to 1000".to_owned())
}
