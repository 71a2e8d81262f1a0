//! What subcommands that run a model ask for alike.

use std::path::PathBuf;

use anyhow::Context;

use super::{Failure, surroundings};
use crate::bench;
use crate::config::{DetectorConfig, ProviderOption, USUAL_MODEL, find_manifest};
use crate::types::Score;

/// Which model, on which engine.
#[derive(Debug, clap::Args)]
pub struct DetectorArgs {
    /// The model: a name in the model store, its folder, or the path of its manifest.
    #[arg(long, default_value = USUAL_MODEL)]
    model: String,
    #[command(flatten)]
    engine: EngineArgs,
}

/// On which engine a model runs.
#[derive(Debug, clap::Args)]
pub struct EngineArgs {
    /// The engine.
    #[arg(long, value_enum, default_value = "auto")]
    backend: Engine,
    /// ONNX Runtime's library; searched for when not given.
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
    /// Execution providers, tried in order.
    #[arg(long, value_delimiter = ',', default_value = "cpu")]
    providers: Vec<String>,
    /// What a provider is told beside the model, by ONNX Runtime's own names. Given once for each.
    #[arg(long = "option", value_name = "PROVIDER.NAME=VALUE")]
    options: Vec<ProviderOption>,
    /// Threads of one inference.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

/// The engines, as the command line names them.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Engine {
    /// ONNX Runtime where its library is found, else the embedded one.
    Auto,
    /// ONNX Runtime.
    Onnxruntime,
    /// The one that is compiled in.
    Embedded,
}

impl DetectorArgs {
    /// The configuration that these arguments mean.
    pub fn config(&self, threshold: Score) -> anyhow::Result<DetectorConfig> {
        let dirs = surroundings::here().model_dirs;
        let manifest = find_manifest(&self.model, &dirs).context(Failure::NoInput)?;
        Ok(self.engine.config(manifest, threshold))
    }
}

impl From<Engine> for bench::Engine {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Auto => Self::Auto,
            Engine::Onnxruntime => Self::OnnxRuntime,
            Engine::Embedded => Self::Embedded,
        }
    }
}

impl EngineArgs {
    /// The engine that these arguments mean.
    pub fn engine(&self) -> bench::Engine {
        self.backend.into()
    }

    /// The configuration that these arguments mean for the model of that manifest.
    pub fn config(&self, manifest: PathBuf, threshold: Score) -> DetectorConfig {
        DetectorConfig {
            manifest,
            backend: self.engine().choice(),
            library: self.library.clone(),
            providers: self.providers.clone(),
            options: self.options.clone(),
            threads: self.threads,
            threshold,
        }
    }
}

/// A score on the command line.
pub fn score(text: &str) -> Result<Score, String> {
    let number = text.parse().ok().and_then(Score::new);
    number.ok_or_else(|| "it is a number of 0 to 1".to_owned())
}
