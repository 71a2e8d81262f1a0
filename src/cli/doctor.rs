//! `watchpost doctor`: what is right, what is wrong, and the one thing to do about each.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

use super::Failure;
use super::surroundings::{self, CONFIG_PATH};
use crate::config::{self, Surroundings};
use crate::doctor::{self, Level};

/// Arguments of `watchpost doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file; `conf.d/*.toml` beside it are read as well.
    #[arg(short, long, default_value = CONFIG_PATH)]
    config: PathBuf,
    /// Print JSON for scripts.
    #[arg(long)]
    json: bool,
}

/// Prints every finding; fails when one is an error (78 when the configuration is at fault, else 69).
pub fn run(args: &Args) -> anyhow::Result<()> {
    let config = config::load(&args.config, &as_the_service());
    let report = doctor::examine(config.as_ref());
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", report.json())?;
    } else {
        write!(out, "{report}")?;
    }
    let errors = report.count(Level::Error);
    if report.is_misconfigured() {
        return Err(anyhow!("the configuration is wrong").context(Failure::Config));
    }
    if errors > 0 {
        bail!(anyhow!("{errors} errors; see above").context(Failure::Unavailable));
    }
    Ok(())
}

/// The machine as the service sees it: while that runs, root finds its credentials here.
fn as_the_service() -> Surroundings {
    let here = surroundings::here();
    let running = Path::new("/run/credentials/watchpost.service");
    let credentials = running.is_dir().then(|| running.to_owned());
    Surroundings {
        credentials_dir: here.credentials_dir.or(credentials),
        ..here
    }
}
