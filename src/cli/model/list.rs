//! `watchpost model list`: what is installed, what can be, and which model the configuration uses.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::choose::ConfigArgs;
use super::{StoreArgs, ZooArgs};
use crate::cli::surroundings;
use crate::detect::Manifest;
use crate::update::{Entry, Zoo};

/// Arguments of `watchpost model list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    zoo: ZooArgs,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// Prints installed models, then those of the zoo that are not installed.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let used = surroundings::load_config(&args.config.config);
    let used = used.map(|config| config.detector.manifest).ok();
    let (installed, spoilt) = installed(&args.store.dirs(), used.as_deref());
    let zoo = offered(&args.zoo.zoo()?, &installed);
    let mut out = std::io::stdout().lock();
    if args.json {
        let spoilt: Vec<_> = spoilt
            .iter()
            .map(|(path, why)| json!({"path": path, "why": why}))
            .collect();
        let all = json!({"installed": installed, "zoo": zoo, "spoilt": spoilt});
        writeln!(out, "{all:#}")?;
        return Ok(());
    }
    table(&mut out, &installed, &zoo)?;
    for (path, why) in spoilt {
        writeln!(out, "{} cannot be used: {why}", path.display())?;
    }
    if used.is_none() {
        let config = args.config.config.display();
        writeln!(
            out,
            "none is marked as in use: {config} cannot be read or is not valid"
        )?;
    }
    Ok(())
}

/// One line of the list.
#[derive(Serialize)]
struct Line {
    name: String,
    version: String,
    license: String,
    sha256: String,
    bytes: Option<u64>,
    width: u32,
    height: u32,
    ap: Option<f64>,
    ap50: Option<f64>,
    dataset: Option<String>,
    /// Where an installed model's manifest is.
    path: Option<PathBuf>,
    /// Where one of the zoo comes from.
    url: Option<String>,
    /// Whether the configuration uses it.
    used: bool,
    /// Whether one of the zoo is installed under its name.
    installed: bool,
    /// Whether `add` can fetch it.
    fetchable: bool,
}

impl Line {
    fn of(manifest: Manifest, bytes: Option<u64>) -> Self {
        let Manifest {
            input, accuracy, ..
        } = manifest;
        Self {
            name: manifest.name,
            version: manifest.version,
            license: manifest.license,
            sha256: manifest.sha256,
            bytes,
            width: input.size.width,
            height: input.size.height,
            ap: accuracy.as_ref().map(|it| it.ap),
            ap50: accuracy.as_ref().map(|it| it.ap50),
            dataset: accuracy.map(|it| it.dataset),
            path: None,
            url: None,
            used: false,
            installed: false,
            fetchable: false,
        }
    }

    fn place(&self) -> String {
        match (&self.path, self.fetchable) {
            (Some(path), _) => path.parent().unwrap_or(path).display().to_string(),
            (None, true) => "zoo".to_owned(),
            (None, false) => "zoo, needs --from FILE".to_owned(),
        }
    }
}

/// What cannot be used, and why.
type Spoilt = Vec<(PathBuf, String)>;

/// The models in `dirs`; of one name the first counts, as it does for the daemon.
fn installed(dirs: &[PathBuf], used: Option<&Path>) -> (Vec<Line>, Spoilt) {
    let used = used.and_then(|path| path.canonicalize().ok());
    let (mut lines, mut spoilt, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for dir in dirs {
        let entries = std::fs::read_dir(dir).into_iter().flatten();
        let mut folders: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name()))
            .collect();
        folders.sort();
        for folder in folders {
            let path = dir.join(&folder).join("manifest.toml");
            let hidden = folder.to_string_lossy().starts_with('.');
            if hidden || !path.is_file() || !seen.insert(folder) {
                continue;
            }
            match line(&path) {
                Ok(line) => lines.push(Line {
                    used: used.is_some() && path.canonicalize().ok() == used,
                    path: Some(path),
                    ..line
                }),
                Err(error) => spoilt.push((path, format!("{error:#}"))),
            }
        }
    }
    (lines, spoilt)
}

fn line(path: &Path) -> anyhow::Result<Line> {
    let manifest = Manifest::parse(&std::fs::read_to_string(path)?)?;
    let model = path.with_file_name(&manifest.file);
    let bytes = std::fs::metadata(model).map(|it| it.len()).ok();
    Ok(Line {
        installed: true,
        ..Line::of(manifest, bytes)
    })
}

fn offered(zoo: &Zoo, installed: &[Line]) -> Vec<Line> {
    let line = |entry: &Entry| Line {
        installed: installed
            .iter()
            .any(|it| it.sha256 == entry.manifest.sha256 && it.name == entry.manifest.name),
        url: Some(entry.download.url.clone()),
        fetchable: entry.download.checked,
        ..Line::of(entry.manifest.clone(), Some(entry.download.bytes))
    };
    zoo.entries().iter().map(line).collect()
}

fn table(out: &mut impl Write, installed: &[Line], zoo: &[Line]) -> std::io::Result<()> {
    let rows: Vec<&Line> = installed
        .iter()
        .chain(zoo.iter().filter(|line| !line.installed))
        .collect();
    let width = |text: fn(&Line) -> &str| {
        rows.iter()
            .map(|row| text(row).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (name, version) = (
        width(|row| &row.name).max(4),
        width(|row| &row.version).max(7),
    );
    let license = width(|row| short(&row.license)).max(7);
    writeln!(
        out,
        "  {:name$}  {:version$}  {:>8}  {:>9}  {:>5}  {:>5}  {:license$}  where",
        "name", "version", "size", "input", "AP", "AP50", "licence"
    )?;
    for row in rows {
        let number =
            |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
        let size = row.bytes.map_or("–".to_owned(), |bytes| {
            format!("{:.1} MB", bytes as f64 / 1e6)
        });
        writeln!(
            out,
            "{} {:name$}  {:version$}  {size:>8}  {:>9}  {:>5}  {:>5}  {:license$}  {}",
            if row.used { '*' } else { ' ' },
            row.name,
            row.version,
            format!("{}×{}", row.width, row.height),
            number(row.ap),
            number(row.ap50),
            short(&row.license),
            row.place(),
        )?;
    }
    Ok(())
}

/// A licence without what is said about it in brackets.
fn short(license: &str) -> &str {
    license.split_once(" (").map_or(license, |(short, _)| short)
}
