//! A small JSON file that is whole after any power cut: written beside, synced, and renamed into place.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// One file of this kind.
#[derive(Clone, Debug)]
pub struct JsonFile(PathBuf);

/// What went wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum JsonFileError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else than it should.
    #[error("{path} is damaged; move it away to begin without it")]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl JsonFile {
    /// The file `name` in `folder`.
    pub fn new(folder: &Path, name: &str) -> Self {
        Self(folder.join(name))
    }

    /// What it holds; `None` when it is not there.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Option<T>, JsonFileError> {
        let path = || self.0.clone();
        let text = match fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(JsonFileError::Read {
                    path: path(),
                    source,
                });
            }
        };
        let content = serde_json::from_slice(&text);
        content.map(Some).map_err(|source| JsonFileError::Content {
            path: path(),
            source,
        })
    }

    /// Makes it hold `content`; whole or not at all.
    pub fn write(&self, content: &impl Serialize) -> Result<(), JsonFileError> {
        let text =
            serde_json::to_vec(content).expect("string keys and plain values always serialise");
        self.replace(&text).map_err(|source| JsonFileError::Write {
            path: self.0.clone(),
            source,
        })
    }

    /// Makes it not be there.
    pub fn remove(&self) -> Result<(), JsonFileError> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(JsonFileError::Write {
                path: self.0.clone(),
                source: error,
            }),
            _ => Ok(()),
        }
    }

    fn replace(&self, text: &[u8]) -> std::io::Result<()> {
        let folder = self.0.parent().expect("it lies in a folder");
        fs::create_dir_all(folder)?;
        let new = self.0.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&new, &self.0)?;
        // Without this the folder may still name the old file after a power cut.
        File::open(folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_written_last_and_a_damaged_one_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = JsonFile::new(&folder.path().join("not there yet"), "kept.json");
        assert_eq!(file.read::<Vec<u8>>().expect("absent is no error"), None);
        file.write(&[1, 2]).expect("is written");
        file.write(&[3]).expect("is written again");
        assert_eq!(file.read::<Vec<u8>>().expect("is there"), Some(vec![3]));
        fs::write(&file.0, "[1,").expect("is damaged");
        let error = file.read::<Vec<u8>>().expect_err("is damaged").to_string();
        assert!(error.contains("kept.json is damaged"), "{error}");
    }
}
