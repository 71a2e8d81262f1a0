//! A file that grows until it is whole: of known size and digest, from an address or from elsewhere on this machine.
//!
//! The digest is made while the bytes come. What was cut is kept and goes on another time; what has another digest or is too
//! long, or what the disk does not take, is removed.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::detect::hexadecimal;

const CHUNK_BYTES: usize = 64 << 10;

/// Why a file is not whole.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// More comes than there should be.
    #[error("{what} holds more than the {expected} bytes that were expected")]
    TooLong {
        /// The address or the file.
        what: String,
        /// As the list says.
        expected: u64,
    },
    /// The connection ended too early.
    #[error(
        "the download stopped at {have} of {expected} bytes; the same command goes on from there"
    )]
    Cut {
        /// What is kept.
        have: u64,
        /// What there should be.
        expected: u64,
        /// Why it stopped, where anybody said.
        source: Option<std::io::Error>,
    },
    /// Another file.
    #[error("{what} has sha256 {found}, expected is {expected}; nothing of it is kept")]
    Digest {
        /// The address or the file.
        what: String,
        /// As the list or the manifest says.
        expected: String,
        /// Of what came.
        found: String,
    },
    /// The disk does not take it, or does not give it.
    #[error("cannot read or write {}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Brings the file at `from` into the file `part`; its digest must be `sha256`, where that is known. Answers with it.
///
/// # Errors
///
/// When either file fails, it is larger than `bytes_max`, or it is another one.
pub fn copy(
    from: &Path,
    part: &Path,
    bytes_max: u64,
    sha256: Option<&str>,
) -> Result<String, PartError> {
    let mut file = File::open(from).map_err(|source| disk(from, source))?;
    let mut part = Part::open(part, bytes_max)?;
    part.start_over()?;
    let what = from.display().to_string();
    match part.fill(&mut file, what.clone(), &mut |_| {}) {
        Err(PartError::Cut { source: None, .. }) | Ok(()) => {}
        Err(PartError::Cut {
            source: Some(source),
            ..
        }) => return Err(disk(from, source)),
        Err(error) => return Err(error),
    }
    let found = hexadecimal(&part.digest.clone().finalize());
    part.finish(&what, sha256.unwrap_or(&found))?;
    Ok(found)
}

/// What has come so far.
pub struct Part {
    path: PathBuf,
    file: File,
    /// Bytes that are there.
    pub bytes: u64,
    bytes_max: u64,
    digest: Sha256,
}

impl Part {
    /// The part file, with the beginning that it has unless that is longer than `bytes_max`.
    pub fn open(path: &Path, bytes_max: u64) -> Result<Self, PartError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(|source| disk(path, source))?;
        let mut part = Self {
            path: path.to_owned(),
            file,
            bytes: 0,
            bytes_max,
            digest: Sha256::new(),
        };
        let length = part
            .file
            .metadata()
            .map_err(|source| disk(path, source))?
            .len();
        if length > bytes_max {
            part.start_over()?;
        } else {
            part.read_beginning()?;
        }
        Ok(part)
    }

    fn read_beginning(&mut self) -> Result<(), PartError> {
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let read = self.file.read(&mut buffer);
            let length = read.map_err(|source| disk(&self.path, source))?;
            if length == 0 {
                return Ok(());
            }
            self.digest.update(&buffer[..length]);
            self.bytes += length as u64;
        }
    }

    /// Forgets what has come.
    pub fn start_over(&mut self) -> Result<(), PartError> {
        self.bytes = 0;
        self.digest = Sha256::new();
        let emptied = self.file.set_len(0);
        let emptied = emptied.and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map(drop).map_err(|source| disk(&self.path, source))
    }

    /// Appends what `source` gives until there is all of it.
    pub fn fill(
        &mut self,
        source: &mut dyn Read,
        what: String,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), PartError> {
        let expected = self.bytes_max;
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            progress(self.bytes);
            let length = match source.read(&mut buffer) {
                Ok(0) if self.bytes == expected => return Ok(()),
                Ok(0) => return Err(self.cut(None)),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // A server that forgets to hang up: the digest decides.
                Err(_) if self.bytes == expected => return Ok(()),
                Err(error) => return Err(self.cut(Some(error))),
            };
            if self.bytes + length as u64 > expected {
                self.discard();
                return Err(PartError::TooLong { what, expected });
            }
            self.append(&buffer[..length])?;
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), PartError> {
        if let Err(source) = self.file.write_all(bytes) {
            // A full disk wants its room back.
            self.discard();
            return Err(disk(&self.path, source));
        }
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn cut(&self, source: Option<std::io::Error>) -> PartError {
        PartError::Cut {
            have: self.bytes,
            expected: self.bytes_max,
            source,
        }
    }

    /// Checks the digest and sees to it that every byte is on disk.
    pub fn finish(self, what: &str, expected: &str) -> Result<(), PartError> {
        let found = hexadecimal(&self.digest.clone().finalize());
        if found != expected {
            self.discard();
            return Err(PartError::Digest {
                what: what.to_owned(),
                expected: expected.to_owned(),
                found,
            });
        }
        self.file.sync_all().map_err(|source| {
            self.discard();
            disk(&self.path, source)
        })
    }

    /// Removes the file.
    pub fn discard(&self) {
        // What led here is the error to tell.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The SHA-256 of everything in `source`, in lower-case hexadecimal.
pub fn sha256(mut source: impl Read) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(hexadecimal(&digest.finalize())),
            Ok(length) => digest.update(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn disk(path: &Path, source: std::io::Error) -> PartError {
    PartError::Disk {
        path: path.to_owned(),
        source,
    }
}
