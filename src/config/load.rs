//! Gathers the configuration: file → `conf.d/*.toml` → `WATCHPOST__…` environment, each over the one before.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat, Source};

use super::complaint::{Complaint, Complaints};
use super::file::ConfigFile;
use super::place::Places;
use super::table::Table;
use super::validate::{Surroundings, validate};
use super::{Config, ConfigError};

const ENV_PREFIX: &str = "WATCHPOST";
const ENV_SEPARATOR: &str = "__";

/// Reads, merges and validates the configuration at `path` and in the `conf.d` folder beside it.
pub fn load(path: &Path, surroundings: &Surroundings) -> Result<Config, ConfigError> {
    let files = files(path)?;
    let places = Places::parse(&files)?;
    let mut builder = config::Config::builder();
    for (file, text) in &files {
        let name = file.display();
        tracing::debug!(file = %name, "configuration file");
        builder = builder.add_source(File::from_str(text, FileFormat::Toml));
    }
    let environment = Environment::with_prefix(ENV_PREFIX)
        .prefix_separator(ENV_SEPARATOR)
        .separator(ENV_SEPARATOR)
        .ignore_empty(true);
    let merged = builder
        .add_source(environment)
        .build()
        .and_then(|merged| merged.collect())
        .map_err(|error| ConfigError::Merge(error.to_string()))?;

    let complaints = RefCell::new(Complaints::default());
    let file = ConfigFile::read(Table::root(merged, &complaints));
    let mut complaints = complaints.into_inner();
    let config = validate(file, surroundings, &mut complaints);
    match config {
        Some(config) if complaints.0.is_empty() => Ok(config),
        _ => Err(ConfigError::Invalid(placed(complaints, &places))),
    }
}

/// The main file and its `conf.d`, with their texts, in the order in which they apply.
fn files(main: &Path) -> Result<Vec<(PathBuf, String)>, ConfigError> {
    let mut paths = vec![main.to_owned()];
    let folder = main.parent().unwrap_or(Path::new("")).join("conf.d");
    if folder.is_dir() {
        let entries = std::fs::read_dir(&folder).map_err(|source| ConfigError::Read {
            path: folder.clone(),
            source,
        })?;
        let mut extra: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .collect();
        extra.sort();
        paths.extend(extra);
    }
    paths
        .into_iter()
        .map(|path| match std::fs::read_to_string(&path) {
            Ok(text) => Ok((path, text)),
            Err(source) => Err(ConfigError::Read { path, source }),
        })
        .collect()
}

/// Says of each complaint where its key stands.
fn placed(mut complaints: Complaints, places: &Places) -> Complaints {
    for complaint in &mut complaints.0 {
        complaint.place = environment_variable(complaint).or_else(|| places.find(&complaint.key));
    }
    complaints
}

fn environment_variable(complaint: &Complaint) -> Option<String> {
    let key = complaint.key.replace('.', ENV_SEPARATOR).to_uppercase();
    let name = format!("{ENV_PREFIX}{ENV_SEPARATOR}{key}");
    std::env::var_os(&name).is_some().then_some(name)
}
