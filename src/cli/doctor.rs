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
    let service = Service::of(&args.config);
    let config = config::load(&args.config, &service.surroundings());
    let report = doctor::examine(config.as_ref(), &service.unit());
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

/// The service that runs with a configuration.
enum Service<'a> {
    /// `watchpost.service`, and whatever runs with a file that lies elsewhere.
    Plain,
    /// `watchpost@NAME.service`, whose file is `/etc/watchpost/NAME.toml`.
    Instance(&'a str),
}

impl<'a> Service<'a> {
    fn of(config: &'a Path) -> Self {
        let (plain, name) = (Path::new(CONFIG_PATH), config.file_stem());
        let is_beside = config.parent() == plain.parent() && config != plain;
        match name.and_then(|name| name.to_str()) {
            Some(name) if is_beside => Self::Instance(name),
            _ => Self::Plain,
        }
    }

    fn unit(&self) -> String {
        match self {
            Self::Plain => "watchpost.service".to_owned(),
            Self::Instance(name) => format!("watchpost@{name}.service"),
        }
    }

    /// The machine as the service sees it: its unit names its device and its folder, and root finds its credentials: those that
    /// it runs with, or before its first start those that it will get.
    fn surroundings(&self) -> Surroundings {
        let mut here = surroundings::here();
        if here.credentials_dir.is_none() {
            let running = Path::new("/run/credentials").join(self.unit());
            let source = Path::new(CONFIG_PATH).parent().map(Path::to_owned);
            let mut folders = std::iter::once(running).chain(source);
            here.credentials_dir = folders.find(|folder| folder.join("mqtt.password").is_file());
        }
        if let Self::Instance(name) = self {
            here.state_dir.set_file_name(format!("watchpost-{name}"));
            here.host_name = (*name).to_owned();
        }
        here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beside_the_usual_one_is_an_instances() {
        for (config, expected) in [
            (CONFIG_PATH, "watchpost.service"),
            ("/etc/watchpost/shop.toml", "watchpost@shop.service"),
            ("shop.toml", "watchpost.service"),
            ("/home/me/watchpost.toml", "watchpost.service"),
        ] {
            assert_eq!(Service::of(Path::new(config)).unit(), expected, "{config}");
        }
        let shop = Service::of(Path::new("/etc/watchpost/shop.toml")).surroundings();
        assert!(shop.state_dir.ends_with("watchpost-shop"));
        assert_eq!(shop.host_name, "shop");
    }
}
