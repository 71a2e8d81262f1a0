//! What can go wrong between a manifest and its detections.

use std::fmt::Display;
use std::path::PathBuf;

use super::contract::Disagreement;
use super::decode::OutputError;
use super::manifest::ManifestError;
use super::provider::Provider;
use crate::types::Size;

/// What could not be done.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A manifest or model cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A manifest or model is larger than any that makes sense.
    #[error("{} is larger than the {bytes_max} bytes that it may have", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its limit.
        bytes_max: u64,
    },
    /// A manifest cannot be used.
    #[error("manifest {} cannot be used", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// A model is not the one that its manifest describes.
    #[error("{} has sha256 {found}, its manifest says {expected}", path.display())]
    Digest {
        /// The model.
        path: PathBuf,
        /// In the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// A model has other inputs or outputs than its manifest says.
    #[error("{} and its manifest disagree: {}", path.display(), join(disagreements))]
    Disagreement {
        /// The model.
        path: PathBuf,
        /// Each difference, with both sides.
        disagreements: Vec<Disagreement>,
    },
    /// A model does not take every size that its manifest promises.
    #[error("{} does not take an input of {size}, as `input.multiple_of` promises: {reason}", path.display())]
    OneSize {
        /// The model.
        path: PathBuf,
        /// What it was tried with.
        size: Size,
        /// In the engine's words.
        reason: Box<DetectError>,
    },
    /// A provider that nobody knows.
    #[error("there is no provider `{name}`; there are {}", join(&Provider::ALL))]
    UnknownProvider {
        /// As configured.
        name: String,
    },
    /// An option is for a provider that takes none.
    #[error("provider `{provider}` takes no options")]
    NoOptions {
        /// The configuration's word for it.
        provider: String,
    },
    /// None of the configured providers can be used, and the CPU is not among them.
    #[error("no configured provider can be used: {}", join(reasons))]
    NoProvider {
        /// Each provider with what it said.
        reasons: Vec<NotUsed>,
    },
    /// A backend that was left out of this build.
    #[error("backend `{backend}` is not part of this build")]
    NotBuilt {
        /// Its name in the configuration.
        backend: &'static str,
    },
    /// No library of ONNX Runtime can be used.
    #[error("no usable library of ONNX Runtime: {}", join(tried))]
    NoLibrary {
        /// Each place with what was wrong there.
        tried: Vec<NotUsed>,
    },
    /// A process can load one library of ONNX Runtime only.
    #[error("cannot load {}: this process has loaded {}", asked.display(), loaded.display())]
    OtherLibrary {
        /// The one that was asked for.
        asked: PathBuf,
        /// The one that is loaded.
        loaded: PathBuf,
    },
    /// An engine does not take a model.
    #[error("{engine} cannot load {}: {reason}", path.display())]
    Load {
        /// Name and version.
        engine: String,
        /// The model.
        path: PathBuf,
        /// In the engine's words.
        reason: String,
    },
    /// With `backend = "auto"`, neither engine takes the model.
    #[error("no backend can be used: {onnxruntime}; {embedded}")]
    NoBackend {
        /// What ONNX Runtime said.
        onnxruntime: Box<DetectError>,
        /// What the embedded engine said.
        embedded: Box<DetectError>,
    },
    /// An inference failed.
    #[error("{engine} cannot run the model: {reason}")]
    Run {
        /// Name and version.
        engine: String,
        /// In the engine's words.
        reason: String,
    },
    /// An inference gave something else than the manifest promises.
    #[error("the model does not answer as its manifest says")]
    Output(#[from] OutputError),
}

impl DetectError {
    /// Whether another engine may do better.
    pub(super) fn is_of_engine(&self) -> bool {
        matches!(
            self,
            Self::NotBuilt { .. } | Self::NoLibrary { .. } | Self::Load { .. }
        )
    }
}

/// Something that could have been used and was not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct NotUsed {
    /// A provider, a backend or a library.
    pub what: String,
    /// What spoke against it.
    pub why: String,
}

fn join<T: Display>(items: &[T]) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
