//! The drop-in file that holds the chosen model.
//!
//! The user's own file is never edited: `conf.d/50-model.toml` beside it is ours.

use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Choice;

/// Read after the user's file and before anything that is to have the last word.
const FILE: &str = "conf.d/50-model.toml";

/// The drop-in of one configuration.
pub struct DropIn(PathBuf);

/// Why a choice cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DropInError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The drop-in.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The drop-in.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody else wrote it.
    #[error("{} was not written by `watchpost model use`; move it away first", .0.display())]
    Foreign(PathBuf),
}

impl DropIn {
    /// The drop-in of the configuration file at `config`.
    pub fn beside(config: &Path) -> Self {
        Self(config.with_file_name(FILE))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What it chooses; `None` when it is not there.
    pub fn read(&self) -> Result<Option<Choice>, DropInError> {
        let path = || self.0.clone();
        match fs::read_to_string(&self.0) {
            Ok(text) => match Choice::parse(&text) {
                Some(choice) => Ok(Some(choice)),
                None => Err(DropInError::Foreign(path())),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(DropInError::Read {
                path: path(),
                source,
            }),
        }
    }

    /// Makes it choose this, or nothing; whole or not at all.
    pub fn write(&self, choice: Option<&Choice>) -> Result<(), DropInError> {
        let written = match choice {
            Some(choice) => self.replace(&choice.render()),
            None => fs::remove_file(&self.0),
        };
        written.map_err(|source| DropInError::Write {
            path: self.0.clone(),
            source,
        })
    }

    fn replace(&self, text: &str) -> std::io::Result<()> {
        let folder = self.0.parent().expect("it lies in conf.d");
        // The daemon's user must be able to read it, whatever the mask of whoever runs this.
        match fs::create_dir(folder) {
            Ok(()) => fs::set_permissions(folder, Permissions::from_mode(0o755))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        // Not `.toml`, or a daemon that starts just now would read it.
        let new = self.0.with_extension("new");
        let written = fs::write(&new, text)
            .and_then(|()| fs::set_permissions(&new, Permissions::from_mode(0o644)))
            .and_then(|()| File::open(&new)?.sync_all())
            .and_then(|()| fs::rename(&new, &self.0));
        if written.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(&new);
        }
        written
    }
}
