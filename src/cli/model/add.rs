//! `watchpost model add`: a model comes into the store, whole and checked, or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use super::{EngineArgs, Failure, StoreArgs, ZooArgs, open, read, store_failed};
use crate::cli::progress;
use crate::detect::Manifest;
use crate::update::{
    Download, Entry, FetchError, MODEL_FILE, PartError, Policy, Store, Wanted, copy, fetch,
};

/// A model's file is never larger.
const BYTES_MAX: u64 = 512 << 20;

/// Arguments of `watchpost model add`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A name in the list of models; `watchpost model list` shows them.
    #[arg(required_unless_present = "manifest", conflicts_with = "manifest")]
    name: Option<String>,
    /// Take the model from this file and download nothing.
    #[arg(long, value_name = "FILE.onnx")]
    from: Option<PathBuf>,
    /// Install a model of one's own, as this manifest describes it. `sha256` may be left out.
    #[arg(long, value_name = "manifest.toml", requires = "from")]
    manifest: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    zoo: ZooArgs,
    /// Allow addresses without TLS. The digest still decides what is installed.
    #[arg(long)]
    insecure_http: bool,
    /// Give up a server that sends nothing for so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Brings the model, checks it, runs it once and puts it into the store.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let model = Model::wanted(args)?;
    let Manifest { name, version, .. } = &model.manifest;
    let store = Store::lock(&args.store.root()).map_err(store_failed)?;
    let mut out = std::io::stdout().lock();
    if store.has(name, &model.text).map_err(store_failed)? {
        let place = store.manifest(name);
        writeln!(
            out,
            "{name} {version} is installed already: {}",
            place.display()
        )?;
        return Ok(());
    }
    let part = store.part(&model.manifest.sha256).map_err(store_failed)?;
    model.bring(&part, args)?;
    let stage = store
        .stage(name, &model.text, &part)
        .map_err(store_failed)?;
    let detector = open(stage.manifest(), &args.engine)
        .with_context(|| format!("{name} {version} does not work here and was not installed"))
        .context(Failure::Data)?;
    let engine = &detector.info().engine;
    let place = stage.commit(&model.manifest).map_err(store_failed)?;
    writeln!(out, "{name} {version} is installed: {}", place.display())?;
    writeln!(
        out,
        "it runs on {engine}; `watchpost model use {name}` puts it to work"
    )?;
    Ok(())
}

/// A model that is to be installed.
struct Model {
    manifest: Manifest,
    text: String,
    source: Source,
}

enum Source {
    File(PathBuf),
    Address(Download),
}

impl Model {
    fn wanted(args: &Args) -> anyhow::Result<Self> {
        match (&args.name, &args.manifest, &args.from) {
            (Some(name), _, from) => Self::of_zoo(args, name, from.clone()),
            (None, Some(manifest), Some(from)) => Self::of_ones_own(manifest, from),
            _ => bail!("a name or a manifest is needed"),
        }
    }

    fn of_zoo(args: &Args, name: &str, from: Option<PathBuf>) -> anyhow::Result<Self> {
        let zoo = args.zoo.zoo()?;
        let entry = zoo
            .find(name)
            .with_context(|| format!("no model {name:?} is known; there are {}", zoo.names()));
        let Entry {
            manifest,
            text,
            download,
        } = entry.context(Failure::NoInput)?.clone();
        let source = match from {
            Some(file) => Source::File(file),
            None if download.checked => Source::Address(download),
            None => return Err(unchecked(&manifest, &download)),
        };
        Ok(Self {
            manifest,
            text,
            source,
        })
    }

    fn of_ones_own(path: &Path, from: &Path) -> anyhow::Result<Self> {
        let wrong = || format!("{} cannot be used", path.display());
        let text = read(path)?;
        let mut table: toml::Table = toml::from_str(&text)
            .with_context(wrong)
            .context(Failure::Data)?;
        let complete = table.contains_key("sha256")
            && table.get("file").and_then(toml::Value::as_str) == Some(MODEL_FILE);
        let text = match complete {
            // As it was written, with its comments.
            true => text,
            false => {
                if !table.contains_key("sha256") {
                    table.insert("sha256".to_owned(), digest(from)?.into());
                }
                table.insert("file".to_owned(), MODEL_FILE.into());
                table.to_string()
            }
        };
        let manifest = Manifest::parse(&text)
            .with_context(wrong)
            .context(Failure::Data)?;
        let source = Source::File(from.to_owned());
        Ok(Self {
            manifest,
            text,
            source,
        })
    }

    /// Brings the model's bytes into `part`; they have the manifest's digest.
    fn bring(&self, part: &Path, args: &Args) -> anyhow::Result<()> {
        let sha256 = &self.manifest.sha256;
        match &self.source {
            Source::File(from) => {
                let copied = copy(from, part, BYTES_MAX, Some(sha256));
                copied.map(drop).map_err(part_failed)
            }
            Source::Address(download) => {
                let wanted = Wanted {
                    url: &download.url,
                    bytes: download.bytes,
                    sha256,
                    policy: Policy {
                        insecure_http: args.insecure_http,
                    },
                    idle: Duration::from_secs(args.timeout),
                };
                let bar = progress::bytes(download.bytes);
                let fetched = fetch(&wanted, part, &mut |bytes| bar.set_position(bytes));
                bar.finish_and_clear();
                fetched.map_err(fetch_failed)
            }
        }
    }
}

/// The digest of a file that has no manifest yet.
fn digest(path: &Path) -> anyhow::Result<String> {
    let file = std::fs::File::open(path).and_then(crate::update::sha256);
    file.with_context(|| format!("cannot read {}", path.display()))
        .context(Failure::NoInput)
}

/// An honest gap beats a download that may bring anything.
fn unchecked(manifest: &Manifest, download: &Download) -> anyhow::Error {
    let name = &manifest.name;
    anyhow::anyhow!(
        "{name} is not downloaded, as nobody knows that its address and its digest belong together ({}); \
         get the file yourself, perhaps from {}, and give it with --from FILE: its sha256 is {}",
        download.note.trim(),
        download.url,
        manifest.sha256,
    )
    .context(Failure::Unavailable)
}

fn fetch_failed(error: FetchError) -> anyhow::Error {
    let failure = match error {
        FetchError::Part(error) => return part_failed(error),
        FetchError::NotAllowed(_) => Failure::Usage,
        FetchError::Size { .. } => Failure::Data,
        FetchError::Connect { .. } | FetchError::Status { .. } | FetchError::Redirects(_) => {
            Failure::Unavailable
        }
    };
    anyhow::Error::from(error).context(failure)
}

fn part_failed(error: PartError) -> anyhow::Error {
    let failure = match &error {
        PartError::TooLong { .. } | PartError::Digest { .. } => Failure::Data,
        PartError::Cut { .. } => Failure::Unavailable,
        PartError::Disk { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::NoInput
        }
        PartError::Disk { .. } => Failure::Io,
    };
    anyhow::Error::from(error).context(failure)
}
