//! What subcommands that run a model ask for alike.

use std::path::{Path, PathBuf};

use crate::config::{BackendChoice, DetectorConfig};
use crate::types::Score;

/// Where a model is looked for by its name.
const STORES: [&str; 3] = [
    "/var/lib/watchpost/models",
    "/usr/share/watchpost/models",
    "models",
];

/// Which model, on which engine.
#[derive(Debug, clap::Args)]
pub struct DetectorArgs {
    /// The model: a name in the model store, its folder, or the path of its manifest.
    #[arg(long, default_value = "person")]
    model: String,
    /// The engine.
    #[arg(long, value_enum, default_value = "auto")]
    backend: Engine,
    /// ONNX Runtime's library; searched for when not given.
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
    /// Execution providers, tried in order.
    #[arg(long, value_delimiter = ',', default_value = "cpu")]
    providers: Vec<String>,
    /// Threads of one inference.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Engine {
    Auto,
    Onnxruntime,
    Embedded,
}

impl DetectorArgs {
    /// The configuration that these arguments mean.
    pub fn config(&self, threshold: Score) -> DetectorConfig {
        DetectorConfig {
            manifest: manifest(&self.model),
            backend: match self.backend {
                Engine::Auto => BackendChoice::Auto,
                Engine::Onnxruntime => BackendChoice::OnnxRuntime,
                Engine::Embedded => BackendChoice::Embedded,
            },
            library: self.library.clone(),
            providers: self.providers.clone(),
            threads: self.threads,
            threshold,
        }
    }
}

/// A path as it is; a folder's manifest; a name's in the first store that has it.
fn manifest(model: &str) -> PathBuf {
    const FILE: &str = "manifest.toml";
    let path = Path::new(model);
    if path.is_dir() {
        return path.join(FILE);
    }
    if path.components().count() > 1 || path.extension().is_some() {
        return path.to_owned();
    }
    let stored = STORES.map(|store| Path::new(store).join(model).join(FILE));
    let found = stored
        .iter()
        .find(|path| path.exists())
        .unwrap_or(&stored[0]);
    found.clone()
}

/// A score on the command line.
pub fn score(text: &str) -> Result<Score, String> {
    let number = text.parse().ok().and_then(Score::new);
    number.ok_or_else(|| "it is a number of 0 to 1".to_owned())
}
