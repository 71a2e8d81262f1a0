//! Reads the small files of /proc and /sys.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::NotMeasurable;

/// The text of a file without white space around it, and without the NUL that ends the strings of a device tree.
pub fn text(path: &Path) -> Result<String, NotMeasurable> {
    let text = std::fs::read_to_string(path).map_err(|error| NotMeasurable::Unreadable {
        path: path.to_owned(),
        why: error.to_string(),
    })?;
    let around = |c: char| c.is_whitespace() || c == '\0';
    Ok(text.trim_matches(around).to_owned())
}

/// The number that a file holds.
pub fn number<T: FromStr>(path: &Path) -> Result<T, NotMeasurable> {
    let found = text(path)?;
    found.parse().map_err(|_| NotMeasurable::Malformed {
        path: path.to_owned(),
        found,
    })
}

/// What lies in a folder whose name begins with `prefix`, by name; nothing where there is no such folder.
pub fn entries(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}
