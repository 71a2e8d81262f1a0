//! `watchpost check`: everything that is wrong with the configuration, at once.

use std::io::Write;
use std::path::PathBuf;

use super::surroundings::{self, CONFIG_PATH};

/// Arguments of `watchpost check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file; `conf.d/*.toml` beside it are read as well.
    #[arg(short, long, default_value = CONFIG_PATH)]
    config: PathBuf,
}

/// Prints one line when all is well; otherwise every complaint is in the error.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let config = surroundings::load_config(&args.config)?;
    let names: Vec<_> = config.cameras.iter().map(|camera| &*camera.name).collect();
    writeln!(
        std::io::stdout().lock(),
        "{}: ok; device {}, broker {}:{}, model {}, cameras {}",
        args.config.display(),
        config.device,
        config.mqtt.host,
        config.mqtt.port,
        config.detector.manifest.display(),
        names.join(", "),
    )?;
    Ok(())
}
