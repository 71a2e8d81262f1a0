//! `watchpost init`: a first configuration, from flags or from a few questions.

mod ask;
mod text;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::Failure;
use super::surroundings::{self, CONFIG_PATH};
use crate::capture::list::{self, Listing};
use crate::config::{self, slug};
use text::{Answers, Cameras};

/// Where a broker usually is when nobody says.
const USUAL_BROKER: &str = "mqtt://localhost";

/// Arguments of `watchpost init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The broker, such as mqtts://broker.lan.
    #[arg(long, value_name = "URL")]
    broker: Option<String>,
    /// A camera's source (a node, usb:…, card:NAME or clip:PATH), once for each; every camera that is found when absent.
    #[arg(long = "camera", value_name = "SOURCE")]
    cameras: Vec<String>,
    /// The device's name: a topic level. Default: the host name.
    #[arg(long)]
    name: Option<String>,
    /// User name at the broker.
    #[arg(long)]
    username: Option<String>,
    /// File that holds the password; the password itself is never asked for.
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<String>,
    /// PEM file of the authority that signed the broker's certificate.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<String>,
    /// Let Home Assistant find the device.
    #[arg(long)]
    home_assistant: bool,
    /// Ask nothing: take what is usual.
    #[arg(short, long)]
    yes: bool,
    /// Where to write; `-` prints it.
    #[arg(short, long, default_value = CONFIG_PATH)]
    output: PathBuf,
    /// Replace the file that is there.
    #[arg(long)]
    force: bool,
}

/// Writes a configuration that `watchpost check` accepts, or nothing.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let prints = args.output == Path::new("-");
    if !prints && !args.force && args.output.exists() {
        let there = args.output.display();
        return Err(anyhow::anyhow!(
            "{there} is there already; --force replaces it, --output writes elsewhere"
        ))
        .context(Failure::Usage);
    }
    let text = text::text(&answers(args)?);
    if prints {
        write!(std::io::stdout().lock(), "{text}")?;
        return Ok(());
    }
    write_checked(&args.output, &text)?;
    let mut out = std::io::stdout().lock();
    let path = args.output.display();
    writeln!(out, "{path} is written. Next:")?;
    writeln!(
        out,
        "  watchpost doctor --config {path}    says what is still wrong"
    )?;
    writeln!(
        out,
        "  systemctl restart watchpost    starts it, where the package is installed"
    )?;
    Ok(())
}

/// From the flags, and where those say nothing from whoever sits at the terminal.
fn answers(args: &Args) -> anyhow::Result<Answers> {
    let found = match args.cameras.is_empty() {
        true => list::cameras(surroundings::usual_size()),
        false => Listing::default(),
    };
    let given = Answers {
        device: args.name.clone().unwrap_or_else(host_name),
        broker: args.broker.clone(),
        username: args.username.clone(),
        password_file: args.password_file.clone(),
        ca_file: args.ca_file.clone(),
        home_assistant: args.home_assistant,
        cameras: match args.cameras.is_empty() {
            true => Cameras::Found(found),
            false => Cameras::Named(args.cameras.clone()),
        },
    };
    let answers = if args.yes {
        given
    } else if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        ask::ask(
            given,
            &mut std::io::stdin().lock(),
            &mut std::io::stderr().lock(),
        )
        .context(Failure::Io)?
    } else if given.broker.is_some() {
        given
    } else {
        let problem = "no broker; say --broker mqtt://HOST, or --yes for mqtt://localhost, or answer at a terminal";
        return Err(anyhow::anyhow!(problem)).context(Failure::Usage);
    };
    if answers.cameras.is_empty() {
        let problem = "no camera was found; plug one in, or name a source with --camera (clip:PATH plays a file)";
        return Err(anyhow::anyhow!(problem)).context(Failure::NoInput);
    }
    Ok(answers)
}

fn host_name() -> String {
    slug::from_text(&surroundings::here().host_name)
}

/// Writes beside the place where it belongs, checks it there together with `conf.d`, and only then puts it in place.
fn write_checked(path: &Path, text: &str) -> anyhow::Result<()> {
    let draft = path.with_file_name(".watchpost-init.toml");
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))
            .context(Failure::Io)?;
    }
    let cannot = || format!("cannot write {}", path.display());
    std::fs::write(&draft, text)
        .with_context(cannot)
        .context(Failure::Io)?;
    let checked = config::load(&draft, &surroundings::here());
    let moved = match checked {
        Ok(_) => std::fs::rename(&draft, path),
        Err(error) => {
            // Best effort: nobody reads it under this name.
            std::fs::remove_file(&draft).ok();
            bail!(
                anyhow::Error::from(error)
                    .context("nothing was written")
                    .context(Failure::Config)
            );
        }
    };
    moved.with_context(cannot).context(Failure::Io)
}
