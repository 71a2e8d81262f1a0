//! `watchpost model use`: the daemon's model, chosen in a file of the configuration that is ours.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::{EngineArgs, Failure, StoreArgs, drop_in_failed, open};
use crate::cli::surroundings::{self, CONFIG_PATH};
use crate::config::find_manifest;
use crate::update::{Choice, DropIn};

/// How the daemon comes to know.
pub const RESTART: &str = "`systemctl restart watchpost` puts it to work";

/// Arguments of `watchpost model use`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model: a name in the model store, its folder, or the path of its manifest.
    name: String,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Whose model is chosen.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// The daemon's configuration file; the choice goes into `conf.d/50-model.toml` beside it.
    #[arg(short, long, default_value = CONFIG_PATH)]
    pub config: PathBuf,
}

/// Checks that the model works and chooses it.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let config = &args.config.config;
    ensure_there(config)?;
    let manifest = find_manifest(&args.name, &args.store.dirs()).context(Failure::NoInput)?;
    let detector = open(manifest.clone(), &args.engine)?;
    let info = detector.info();
    let (name, version) = (&info.name, &info.version);
    let drop_in = DropIn::beside(config);
    let former = drop_in.read().map_err(drop_in_failed)?;
    let model = as_the_daemon_finds_it(&args.name, &manifest)?;
    let mut out = std::io::stdout().lock();
    if former.as_ref().is_some_and(|former| former.model == model) {
        writeln!(
            out,
            "{} is chosen already in {}",
            model,
            drop_in.path().display()
        )?;
    } else {
        let choice = Choice::after(former, &model);
        drop_in.write(Some(&choice)).map_err(drop_in_failed)?;
        writeln!(out, "{} is chosen in {}", model, drop_in.path().display())?;
    }
    writeln!(out, "{name} {version} runs on {}; {RESTART}", info.engine)?;
    warn_of_others(config, &manifest)
}

/// There is nothing to choose for where there is no configuration.
pub fn ensure_there(config: &Path) -> anyhow::Result<()> {
    let there = || {
        ensure!(
            config.is_file(),
            "there is no configuration {}; name it with --config",
            config.display()
        );
        Ok(())
    };
    there().context(Failure::NoInput)
}

/// The name where the daemon's own search leads to that very model, else the manifest's whole path.
fn as_the_daemon_finds_it(name: &str, manifest: &Path) -> anyhow::Result<String> {
    let found = find_manifest(name, &surroundings::here().model_dirs);
    let is_name = Path::new(name).components().count() == 1 && !Path::new(name).is_dir();
    if is_name && found.is_ok_and(|found| same(&found, manifest)) {
        return Ok(name.to_owned());
    }
    // Not canonical: that would pin the version that a name means today.
    let path = std::path::absolute(manifest)?;
    let path = path
        .to_str()
        .context("the model's path is not text")
        .context(Failure::Usage)?;
    Ok(path.to_owned())
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Another file or the environment may have the last word, and the configuration may be wrong elsewhere.
fn warn_of_others(config: &Path, manifest: &Path) -> anyhow::Result<()> {
    let mut err = std::io::stderr().lock();
    match surroundings::load_config(config) {
        Ok(config) if same(&config.detector.manifest, manifest) => {}
        Ok(config) => writeln!(
            err,
            "warning: a later file in conf.d or the environment chooses {} instead",
            config.detector.manifest.display()
        )?,
        Err(_) => writeln!(
            err,
            "warning: the configuration is not valid; `watchpost check --config {}` says why",
            config.display()
        )?,
    }
    Ok(())
}
