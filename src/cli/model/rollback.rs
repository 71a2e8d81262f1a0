//! `watchpost model rollback`: back to the model that was chosen before, or to a model's former version.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::choose::{ConfigArgs, RESTART, ensure_there};
use super::{EngineArgs, Failure, StoreArgs, drop_in_failed, open, store_failed};
use crate::config::find_manifest;
use crate::update::{Choice, DropIn, Store};

/// Arguments of `watchpost model rollback`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take this model's former version again; without a name, the model that was chosen before.
    name: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Goes back by one choice or one version.
pub fn run(args: &Args) -> anyhow::Result<()> {
    match &args.name {
        Some(name) => version(args, name),
        None => choice(args, &args.config.config),
    }
}

fn choice(args: &Args, config: &Path) -> anyhow::Result<()> {
    ensure_there(config)?;
    let drop_in = DropIn::beside(config);
    let now = drop_in.read().map_err(drop_in_failed)?;
    let now = now.with_context(|| {
        format!(
            "{} is not there: no model was chosen",
            drop_in.path().display()
        )
    });
    let now = now.context(Failure::NoInput)?;
    let left = now.model.clone();
    let before = now.back();
    if let Some(Choice { model, .. }) = &before {
        let manifest = find_manifest(model, &args.store.dirs()).context(Failure::NoInput)?;
        open(manifest, &args.engine)?;
    }
    drop_in.write(before.as_ref()).map_err(drop_in_failed)?;
    let mut out = std::io::stdout().lock();
    match before {
        Some(Choice { model, .. }) => writeln!(out, "back from {left} to {model}; {RESTART}")?,
        None => writeln!(
            out,
            "back from {left} to what {} says; {RESTART}",
            config.display()
        )?,
    }
    Ok(())
}

fn version(args: &Args, name: &str) -> anyhow::Result<()> {
    let store = Store::lock(&args.store.root()).map_err(store_failed)?;
    let manifest = store.roll_back(name).map_err(store_failed)?;
    let detector = match open(manifest, &args.engine) {
        Ok(detector) => detector,
        Err(error) => {
            // A version that works is better than one that does not.
            store.roll_back(name).map_err(store_failed)?;
            return Err(error.context(format!(
                "{name}'s former version does not work; nothing was changed"
            )));
        }
    };
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{name} is {} again; {RESTART}",
        detector.info().version
    )?;
    Ok(())
}
