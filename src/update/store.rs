//! The folders in which models lie on this device.
//!
//! ```text
//! models/
//!   person -> .versions/person/0.3.0-1a2b3c4d     what the name means now
//!   .versions/person/0.2.0-5e6f7a8b/              the former version, for going back
//!   .downloads/<sha256>.part                      what a download has brought so far
//!   .lock                                         held while the store is changed
//! ```
//!
//! A name is a link that is replaced in one step, so whoever opens a model finds the old one or the new one, whole. Only one
//! process changes the store at a time.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::zoo::MODEL_FILE;
use crate::detect::{Manifest, hexadecimal};

const VERSIONS: &str = ".versions";
const DOWNLOADS: &str = ".downloads";
const MANIFEST_FILE: &str = "manifest.toml";

/// A store that nobody else changes while this value lives.
pub struct Store {
    root: PathBuf,
    _lock: File,
}

/// Why the store cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder fails.
    #[error("cannot {what} {}", path.display())]
    Disk {
        /// What was to be done.
        what: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Another process is at it.
    #[error("another watchpost is changing {}", .0.display())]
    Busy(PathBuf),
    /// Somebody put a folder there that this program did not make.
    #[error("{} was not installed by `watchpost model add`; move it away first", .0.display())]
    Foreign(PathBuf),
    /// There is nothing to go back to.
    #[error("{} keeps no former version of {name}", root.display())]
    NoFormer {
        /// The store.
        root: PathBuf,
        /// The model.
        name: String,
    },
}

impl Store {
    /// The store in the folder `root`, which is made where it is missing.
    pub fn lock(root: &Path) -> Result<Self, StoreError> {
        make_folder(root)?;
        let path = root.join(".lock");
        let lock = OpenOptions::new().create(true).append(true).open(&path);
        let lock = lock.map_err(disk("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                root: root.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy(root.to_owned())),
            Err(TryLockError::Error(source)) => Err(disk("lock", &path)(source)),
        }
    }

    /// Where the model of that name has its manifest.
    pub fn manifest(&self, name: &str) -> PathBuf {
        self.root.join(name).join(MANIFEST_FILE)
    }

    /// Whether the model is there just as `manifest` describes it.
    ///
    /// # Errors
    ///
    /// When something else stands in the name's place: better to know that before anything is fetched.
    pub fn has(&self, name: &str, manifest: &str) -> Result<bool, StoreError> {
        if fs::read_to_string(self.manifest(name)).is_ok_and(|text| text == manifest) {
            return Ok(true);
        }
        self.current(name).map(|_| false)
    }

    /// Where the bytes of the file with that digest are gathered.
    pub fn part(&self, sha256: &str) -> Result<PathBuf, StoreError> {
        let folder = self.root.join(DOWNLOADS);
        make_folder(&folder)?;
        Ok(folder.join(format!("{sha256}.part")))
    }

    /// Puts the finished `part` and its manifest into a folder of their own, which is not a model of the store yet.
    pub fn stage(&self, name: &str, manifest: &str, part: &Path) -> Result<Stage<'_>, StoreError> {
        let versions = self.versions(name);
        make_folder(&self.root.join(VERSIONS))?;
        make_folder(&versions)?;
        let folder = versions.join(".new");
        remove(&folder)?;
        make_folder(&folder)?;
        let digest = Sha256::digest(manifest);
        let stage = Stage {
            store: self,
            name: name.to_owned(),
            digest: hexadecimal(&digest[..4]),
            folder,
        };
        let model = stage.folder.join(MODEL_FILE);
        fs::rename(part, &model).map_err(disk("write", &model))?;
        readable(&model)?;
        let path = stage.manifest();
        fs::write(&path, manifest).map_err(disk("write", &path))?;
        readable(&path)?;
        sync(&path)?;
        sync(&stage.folder)?;
        Ok(stage)
    }

    /// Makes the former version of a model the current one, and the current one the former. Answers with the manifest.
    pub fn roll_back(&self, name: &str) -> Result<PathBuf, StoreError> {
        let current = self.current(name)?;
        let former = self
            .kept(name)?
            .into_iter()
            .find(|version| Some(version) != current.as_ref());
        let (Some(former), true) = (former, current.is_some()) else {
            return Err(StoreError::NoFormer {
                root: self.root.clone(),
                name: name.to_owned(),
            });
        };
        self.link(name, &former)?;
        Ok(self.manifest(name))
    }

    fn versions(&self, name: &str) -> PathBuf {
        self.root.join(VERSIONS).join(name)
    }

    /// Which version the name means, if there is one.
    fn current(&self, name: &str) -> Result<Option<String>, StoreError> {
        let link = self.root.join(name);
        match fs::read_link(&link) {
            Ok(to) => Ok(to
                .file_name()
                .map(|version| version.to_string_lossy().into_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidInput => Err(StoreError::Foreign(link)),
            Err(source) => Err(disk("read", &link)(source)),
        }
    }

    /// Every version that is kept.
    fn kept(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let folder = self.versions(name);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(disk("read", &folder))?,
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.filter(|name| !name.starts_with('.')).collect())
    }

    /// Makes the name mean that version, in one step.
    fn link(&self, name: &str, version: &str) -> Result<(), StoreError> {
        let new = self.versions(name).join(".link");
        remove(&new)?;
        let to = Path::new(VERSIONS).join(name).join(version);
        symlink(to, &new).map_err(disk("write", &new))?;
        let link = self.root.join(name);
        fs::rename(&new, &link).map_err(disk("replace", &link))?;
        sync(&self.root)
    }
}

/// A model that lies in the store's folder and is not in the store yet; removed with this value unless it is let in.
pub struct Stage<'a> {
    store: &'a Store,
    name: String,
    digest: String,
    folder: PathBuf,
}

impl Stage<'_> {
    /// Where its manifest is for now.
    pub fn manifest(&self) -> PathBuf {
        self.folder.join(MANIFEST_FILE)
    }

    /// Lets the model in. The version that had the name before stays for going back, older ones go. Answers with where the
    /// manifest is from now on.
    pub fn commit(self, manifest: &Manifest) -> Result<PathBuf, StoreError> {
        let (store, name) = (self.store, &*self.name);
        let before = store.current(name)?;
        let version = format!("{}-{}", plain(&manifest.version), self.digest);
        let place = store.versions(name).join(&version);
        if before.as_ref() != Some(&version) {
            remove(&place)?;
            fs::rename(&self.folder, &place).map_err(disk("write", &place))?;
            sync(&store.versions(name))?;
            store.link(name, &version)?;
        }
        for old in store.kept(name)? {
            if old != version && Some(&old) != before.as_ref() {
                remove(&store.versions(name).join(old))?;
            }
        }
        Ok(store.manifest(name))
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        // Gone already where it was let in; where it cannot be removed, the next stage says so.
        let _ = remove(&self.folder);
    }
}

/// A version as part of a folder's name.
fn plain(version: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "._".contains(c) => c,
        _ => '-',
    };
    let version: String = version.chars().take(32).map(plain).collect();
    version.trim_start_matches('.').to_owned()
}

/// Makes a folder that the daemon's user can read, whoever runs this.
fn make_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(disk("make", path))?;
    let everybody = Permissions::from_mode(0o755);
    fs::set_permissions(path, everybody).map_err(disk("make", path))
}

fn readable(path: &Path) -> Result<(), StoreError> {
    fs::set_permissions(path, Permissions::from_mode(0o644)).map_err(disk("write", path))
}

fn sync(path: &Path) -> Result<(), StoreError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(disk("write", path))
}

/// Removes a file or a folder, if there is one.
fn remove(path: &Path) -> Result<(), StoreError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(it) if it.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    removed.map_err(disk("remove", path))
}

fn disk(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Disk { what, path, source }
}
