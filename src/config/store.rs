//! Finds a model's manifest by what a person calls it.

use std::fmt;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.toml";

/// There is no such model; says every place that was looked at in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoModel {
    model: String,
    tried: Vec<PathBuf>,
}

impl std::error::Error for NoModel {}

impl fmt::Display for NoModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tried: Vec<_> = self
            .tried
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        write!(
            f,
            "no model {:?}; looked for {}",
            self.model,
            tried.join(", ")
        )
    }
}

/// The manifest that `model` means: a path of a manifest or of its folder, else a name in the first of `dirs` that has it.
pub fn find_manifest(model: &str, dirs: &[PathBuf]) -> Result<PathBuf, NoModel> {
    let path = Path::new(model);
    let candidates: Vec<PathBuf> = if path.is_dir() {
        vec![path.join(MANIFEST)]
    } else if path.components().count() > 1 || path.extension().is_some() {
        vec![path.to_owned()]
    } else {
        dirs.iter()
            .map(|dir| dir.join(model).join(MANIFEST))
            .collect()
    };
    let found = candidates.iter().find(|path| path.is_file()).cloned();
    found.ok_or_else(|| NoModel {
        model: model.to_owned(),
        tried: candidates,
    })
}
