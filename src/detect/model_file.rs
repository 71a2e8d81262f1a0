//! Reads a manifest and its model from disk, within limits, and checks the model's digest.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{DetectError, Manifest};

const MANIFEST_BYTES_MAX: u64 = 64 << 10;
const MODEL_BYTES_MAX: u64 = 512 << 20;

/// A model whose bytes are those that its manifest describes.
pub struct ModelFile {
    /// What the model says about itself.
    pub manifest: Manifest,
    /// Where the model is.
    pub path: PathBuf,
    /// The model.
    pub bytes: Vec<u8>,
}

impl ModelFile {
    /// The model of the manifest at `path`.
    ///
    /// # Errors
    ///
    /// When either cannot be read, the manifest cannot be used, or the model is another one.
    pub fn read(path: &Path) -> Result<Self, DetectError> {
        let manifest = read_manifest(path)?;
        let path = path.with_file_name(&manifest.file);
        let bytes = read(&path, MODEL_BYTES_MAX)?;
        let found = hexadecimal(&Sha256::digest(&bytes));
        if found != manifest.sha256 {
            let expected = manifest.sha256;
            return Err(DetectError::Digest {
                path,
                expected,
                found,
            });
        }
        Ok(Self {
            manifest,
            path,
            bytes,
        })
    }
}

/// The manifest at `path`.
///
/// # Errors
///
/// When it cannot be read or used.
pub fn read_manifest(path: &Path) -> Result<Manifest, DetectError> {
    let bytes = read(path, MANIFEST_BYTES_MAX)?;
    let text = String::from_utf8(bytes).map_err(|error| DetectError::Read {
        path: path.to_owned(),
        source: std::io::Error::new(std::io::ErrorKind::InvalidData, error),
    })?;
    Manifest::parse(&text).map_err(|source| DetectError::Manifest {
        path: path.to_owned(),
        source,
    })
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, DetectError> {
    let mut bytes = Vec::new();
    let result = File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes));
    result.map_err(|source| DetectError::Read {
        path: path.to_owned(),
        source,
    })?;
    if bytes.len() as u64 > bytes_max {
        let path = path.to_owned();
        return Err(DetectError::TooLarge { path, bytes_max });
    }
    Ok(bytes)
}

/// Bytes as digests are written: two lower-case digits each.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
