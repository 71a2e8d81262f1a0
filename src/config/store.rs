//! Finds a model's manifest by what a person calls it.

use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.toml";

/// The manifest that `model` means: a path of a manifest or of its folder, else a name in the first of `dirs` that has it.
///
/// # Errors
///
/// Every place that was looked at in vain.
pub fn find_manifest(model: &str, dirs: &[PathBuf]) -> Result<PathBuf, Vec<PathBuf>> {
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
    found.ok_or(candidates)
}
