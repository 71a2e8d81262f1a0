//! `watchpost model`: the models of this device, one file a subcommand.

mod add;
mod choose;
mod list;
mod rollback;
mod verify;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::detector_args::EngineArgs;
use super::{Failure, surroundings};
use crate::detect::Detector;
use crate::types::Score;
use crate::update::{DropInError, StoreError, Zoo};

/// Arguments of `watchpost model`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List installed models and those that can be installed.
    List(list::Args),
    /// Install a model: fetch it, check it, run it once.
    Add(add::Args),
    /// Choose the model that the daemon runs.
    Use(choose::Args),
    /// Go back to the model that was chosen before, or to a model's former version.
    Rollback(rollback::Args),
    /// Check a model and hold it against the limits in its manifest.
    Verify(verify::Args),
}

/// Runs the subcommand.
pub fn run(args: &Args) -> anyhow::Result<()> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Add(args) => add::run(args),
        Command::Use(args) => choose::run(args),
        Command::Rollback(args) => rollback::run(args),
        Command::Verify(args) => verify::run(args),
    }
}

/// Where models are installed.
#[derive(Debug, clap::Args)]
struct StoreArgs {
    /// Folder of installed models; the state directory's `models` when not given.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

impl StoreArgs {
    fn root(&self) -> PathBuf {
        let default = || surroundings::here().state_dir.join("models");
        self.store.clone().unwrap_or_else(default)
    }

    /// Every folder in which a name is looked for, in order.
    fn dirs(&self) -> Vec<PathBuf> {
        let named = self.store.iter().cloned();
        named.chain(surroundings::here().model_dirs).collect()
    }
}

/// Which models are known.
#[derive(Debug, clap::Args)]
struct ZooArgs {
    /// Another list of models than the built-in one.
    #[arg(long, value_name = "FILE")]
    zoo: Option<PathBuf>,
}

impl ZooArgs {
    fn zoo(&self) -> anyhow::Result<Zoo> {
        let Some(path) = &self.zoo else {
            return Ok(Zoo::built_in());
        };
        let text = read(path)?;
        Zoo::parse(&text)
            .with_context(|| format!("{} cannot be used", path.display()))
            .context(Failure::Data)
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {}", path.display()))
        .context(Failure::NoInput)
}

/// Reads the model, checks it against its manifest and runs it once.
fn open(manifest: PathBuf, engine: &EngineArgs) -> anyhow::Result<Detector> {
    Detector::open(&engine.config(manifest, threshold())).context(Failure::Data)
}

/// What a user gets who configures nothing.
fn threshold() -> Score {
    Score::new(0.5).expect("0.5 is a score")
}

/// A failure of the store with what helps.
fn store_failed(error: StoreError) -> anyhow::Error {
    let failure = match &error {
        StoreError::Busy(_) => Failure::Unavailable,
        StoreError::NoFormer { .. } => Failure::NoInput,
        StoreError::Disk { .. } | StoreError::Foreign(_) => Failure::Io,
    };
    let denied = matches!(&error, StoreError::Disk { source, .. } if source.kind() == ErrorKind::PermissionDenied);
    let error = anyhow::Error::from(error);
    let hint = "the store needs another user (sudo?) or another place (--store)";
    match denied {
        true => error.context(hint).context(failure),
        false => error.context(failure),
    }
}

fn drop_in_failed(error: DropInError) -> anyhow::Error {
    anyhow::Error::from(error).context(Failure::Io)
}
