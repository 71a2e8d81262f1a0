//! `watchpost demo`: the built-in clip through the whole chain, once.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::{Failure, run, surroundings};
use crate::config::USUAL_MODEL;

/// Arguments of `watchpost demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Broker that the events go to.
    #[arg(long, default_value = "mqtt://localhost")]
    broker: String,
    /// Clip to play instead of the built-in one.
    #[arg(long)]
    clip: Option<PathBuf>,
    /// Name of a model in the store, or path of a manifest.
    #[arg(long, default_value = USUAL_MODEL)]
    model: String,
    /// auto, onnxruntime or embedded.
    #[arg(long, default_value = "auto")]
    backend: String,
}

/// Plays the clip at its own speed and ends when the broker has every event.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let clip = args
        .clip
        .clone()
        .map_or_else(surroundings::built_in_clip, Ok)?;
    let scratch = std::env::temp_dir().join(format!("watchpost-demo-{}", std::process::id()));
    std::fs::create_dir(&scratch)
        .with_context(|| format!("cannot make {}", scratch.display()))
        .context(Failure::Io)?;
    let played = play(args, &clip, &scratch);
    // Best effort: it lies in the folder for temporary files.
    std::fs::remove_dir_all(&scratch).ok();
    played
}

/// Goes a user's own way: writes a configuration, and runs the daemon with it.
fn play(args: &Args, clip: &Path, scratch: &Path) -> anyhow::Result<()> {
    let path = scratch.join("watchpost.toml");
    std::fs::write(&path, config_text(args, clip, scratch)).context(Failure::Io)?;
    let report = run::run_config(&surroundings::load_config(&path)?)?;
    let left = report.on_disk + report.in_memory;
    ensure!(
        left == 0,
        "{left} events never reached the broker {}",
        args.broker
    );
    writeln!(std::io::stdout().lock(), "demo: the broker has every event")?;
    Ok(())
}

fn config_text(args: &Args, clip: &Path, scratch: &Path) -> String {
    let source = format!("clip:{}", clip.display());
    let outbox = scratch.join("outbox");
    // `{:?}` of a string is a valid TOML string for every path that people have.
    format!(
        "[device]\nname = \"demo\"\n\
         [mqtt]\nurl = {:?}\n\
         [outbox]\npath = {outbox:?}\n\
         [detector]\nmodel = {:?}\nbackend = {:?}\n\
         [[camera]]\nname = \"hall\"\nsource = {source:?}\nupdate_every_ms = 2000\n\
         [[camera.line]]\nname = \"middle\"\nfrom = [0.5, 1.0]\nto = [0.5, 0.3]\n",
        args.broker, args.model, args.backend,
    )
}
