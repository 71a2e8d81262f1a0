//! What an inference engine must be able to do, and which one is taken.

use std::path::PathBuf;

use super::contract::{self, Ports};
use super::decode::OutputError;
use super::manifest::Manifest;
use super::model_file::ModelFile;
use super::tensor::Tensor;
use super::weights;
use super::{DetectError, NotUsed, Placement, Provider};
use crate::config::{BackendChoice, DetectorConfig, ProviderOption};
use crate::convert::TensorMut;
use crate::types::Size;

/// An engine with a model in it.
pub trait Backend: Send {
    /// Which engine this is.
    fn engine(&self) -> &Engine;
    /// The picture's input of this size, to be written in place; the next run reads it.
    fn input_mut(&mut self, size: Size) -> Result<TensorMut<'_>, DetectError>;
    /// Runs the model once and lends its outputs, in the manifest's order, to `read`.
    fn run(&mut self, read: &mut Reader<'_>) -> Result<(), DetectError>;
}

/// Looks at the outputs of an inference while the engine lends them.
pub type Reader<'a> = dyn FnMut(&[Tensor<'_>]) -> Result<(), OutputError> + 'a;

/// Which engine runs a model, and on what.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Its name in the configuration.
    pub backend: &'static str,
    /// Name and version of the engine.
    pub version: String,
    /// Execution providers that took part of the model, most wanted first.
    pub providers: Vec<String>,
    /// What became of each execution provider; none where the engine has no such thing.
    pub placements: Vec<Placement>,
    /// What could have been used and was not.
    pub not_used: Vec<NotUsed>,
    /// Its input has the manifest's size for every picture, also where the model takes others.
    pub one_size: bool,
}

/// What an engine is to load, and what its manifest promises.
pub struct Plan {
    /// What the model says about itself.
    pub manifest: Manifest,
    /// The model's file, for messages.
    pub path: PathBuf,
    /// The ONNX model.
    pub model: Vec<u8>,
    /// What goes in (the picture first), and what is read of what comes out.
    pub ports: Ports,
    /// Width and height that a second input is fed with.
    pub size: [i64; 2],
    /// Threads of one inference.
    pub threads: usize,
    /// Hardware to try, in order.
    pub providers: Vec<Provider>,
    /// What it is told beside the model.
    #[cfg_attr(
        not(feature = "onnxruntime"),
        expect(dead_code, reason = "only ONNX Runtime has any")
    )]
    pub options: Vec<ProviderOption>,
    /// The library of ONNX Runtime; searched for when `None`.
    #[cfg_attr(
        not(feature = "onnxruntime"),
        expect(dead_code, reason = "only ONNX Runtime is loaded from a library")
    )]
    pub library: Option<PathBuf>,
}

impl Plan {
    /// The plan for a model under a configuration.
    pub fn new(config: &DetectorConfig, file: ModelFile) -> Result<Self, DetectError> {
        let manifest = file.manifest;
        let size = manifest.input.size;
        let providers = Provider::parse_all(&config.providers)?;
        Provider::check_options(&config.options)?;
        Ok(Self {
            ports: contract::used(&manifest),
            manifest,
            path: file.path,
            model: weights::constant(file.bytes),
            size: [i64::from(size.width), i64::from(size.height)],
            threads: config.threads.max(1),
            providers,
            options: config.options.clone(),
            library: config.library.clone(),
        })
    }

    /// Checks that the model has what its manifest promises.
    pub fn check(&self, model: &Ports) -> Result<(), DetectError> {
        let promised = contract::promised(&self.manifest);
        let disagreements = contract::disagreements(&promised, model);
        if disagreements.is_empty() {
            return Ok(());
        }
        Err(DetectError::Disagreement {
            path: self.path.clone(),
            disagreements,
        })
    }

    /// The error of an engine that does not take the model.
    pub fn refused(&self, engine: &str, reason: impl ToString) -> DetectError {
        DetectError::Load {
            engine: engine.to_owned(),
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

/// The engine that `choice` means, with the model in it. For [`BackendChoice::Auto`], what speaks against ONNX Runtime
/// itself leads to the embedded engine; what speaks against the model or the configuration is an error with either.
pub fn open(choice: BackendChoice, plan: &Plan) -> Result<Box<dyn Backend>, DetectError> {
    match choice {
        BackendChoice::OnnxRuntime => onnxruntime(plan),
        BackendChoice::Embedded => embedded(plan, Vec::new()),
        BackendChoice::Auto => match onnxruntime(plan) {
            Err(error) if error.is_of_engine() => instead_of(error, plan),
            result => result,
        },
    }
}

fn instead_of(onnxruntime: DetectError, plan: &Plan) -> Result<Box<dyn Backend>, DetectError> {
    tracing::warn!(reason = %onnxruntime, "running the model on the embedded engine, which is slower");
    let not_used = NotUsed {
        what: "onnxruntime".to_owned(),
        why: onnxruntime.to_string(),
    };
    embedded(plan, vec![not_used]).map_err(|embedded| match embedded.is_of_engine() {
        true => DetectError::NoBackend {
            onnxruntime: Box::new(onnxruntime),
            embedded: Box::new(embedded),
        },
        false => embedded,
    })
}

#[cfg(feature = "onnxruntime")]
fn onnxruntime(plan: &Plan) -> Result<Box<dyn Backend>, DetectError> {
    Ok(Box::new(super::onnxruntime::OnnxRuntime::open(plan)?))
}

#[cfg(not(feature = "onnxruntime"))]
fn onnxruntime(_: &Plan) -> Result<Box<dyn Backend>, DetectError> {
    Err(DetectError::NotBuilt {
        backend: "onnxruntime",
    })
}

#[cfg(feature = "embedded")]
fn embedded(plan: &Plan, not_used: Vec<NotUsed>) -> Result<Box<dyn Backend>, DetectError> {
    Ok(Box::new(super::embedded::Embedded::open(plan, not_used)?))
}

#[cfg(not(feature = "embedded"))]
fn embedded(_: &Plan, _: Vec<NotUsed>) -> Result<Box<dyn Backend>, DetectError> {
    Err(DetectError::NotBuilt {
        backend: "embedded",
    })
}
