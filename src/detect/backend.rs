//! What an inference engine must be able to do, and which one is taken.

use std::path::PathBuf;

use super::contract::{self, Ports};
use super::decode::OutputError;
use super::manifest::Manifest;
use super::model_file::ModelFile;
use super::tensor::Tensor;
use super::weights;
use super::{DetectError, NotUsed, Provider};
use crate::config::{BackendChoice, DetectorConfig};

/// An engine with a model in it.
pub trait Backend: Send {
    /// Which engine this is.
    fn engine(&self) -> &Engine;
    /// The picture's input, three planes of rows, to be written in place.
    fn input_mut(&mut self) -> &mut [f32];
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
    /// What could have been used and was not.
    pub not_used: Vec<NotUsed>,
}

/// What an engine is to load, and what its manifest promises.
pub struct Plan {
    /// What the model says about itself.
    pub manifest: Manifest,
    /// Where that lies.
    pub folder: PathBuf,
    /// The model's file, for messages.
    pub path: PathBuf,
    /// The ONNX model.
    pub model: Vec<u8>,
    /// What goes in (the picture first) and comes out.
    pub ports: Ports,
    /// Width and height that a second input is fed with.
    pub size: [i64; 2],
    /// Threads of one inference.
    pub threads: usize,
    /// Hardware to try, in order.
    pub providers: Vec<Provider>,
    /// The library of ONNX Runtime; searched for when `None`.
    pub library: Option<PathBuf>,
}

impl Plan {
    /// The plan for a model under a configuration.
    pub fn new(config: &DetectorConfig, file: ModelFile) -> Result<Self, DetectError> {
        let providers = Provider::parse_all(&config.providers)?;
        let library = config.library.clone();
        let threads = config.threads.max(1);
        Ok(Self::of(file, threads, providers, library))
    }

    /// The same plan for the model in the folder `name` beside this one's.
    fn fallback(&self, name: &str) -> Result<Self, DetectError> {
        let folder = self.folder.file_name().map_or_else(
            || self.folder.join("..").join(name),
            |_| self.folder.with_file_name(name),
        );
        let file = ModelFile::read(&folder.join("manifest.toml"))?;
        let (providers, library) = (self.providers.clone(), self.library.clone());
        Ok(Self::of(file, self.threads, providers, library))
    }

    fn of(
        file: ModelFile,
        threads: usize,
        providers: Vec<Provider>,
        library: Option<PathBuf>,
    ) -> Self {
        let size = file.manifest.input.size;
        Self {
            ports: contract::used(&file.manifest),
            manifest: file.manifest,
            folder: file.folder,
            path: file.path,
            model: weights::constant(file.bytes),
            size: [i64::from(size.width), i64::from(size.height)],
            threads,
            providers,
            library,
        }
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

/// An engine, and what the model in it says about itself: not always the model that was asked for.
pub struct Opened {
    /// The engine with the model in it.
    pub backend: Box<dyn Backend>,
    /// The manifest of the model that runs.
    pub manifest: Manifest,
}

/// The engine that `choice` means, with the model in it. For [`BackendChoice::Auto`], what speaks against ONNX Runtime
/// itself leads to the embedded engine; what speaks against the model or the configuration is an error with either.
pub fn open(choice: BackendChoice, plan: &Plan) -> Result<Opened, DetectError> {
    match choice {
        BackendChoice::OnnxRuntime => onnxruntime(plan),
        BackendChoice::Embedded => embedded_or_fallback(plan, Vec::new()),
        BackendChoice::Auto => match onnxruntime(plan) {
            Err(error) if error.is_of_engine() => instead_of(error, plan),
            result => result,
        },
    }
}

fn instead_of(onnxruntime: DetectError, plan: &Plan) -> Result<Opened, DetectError> {
    tracing::warn!(reason = %onnxruntime, "running the model on the embedded engine, which is slower");
    let not_used = NotUsed {
        what: "onnxruntime".to_owned(),
        why: onnxruntime.to_string(),
    };
    embedded_or_fallback(plan, vec![not_used]).map_err(|embedded| match embedded.is_of_engine() {
        true => DetectError::NoBackend {
            onnxruntime: Box::new(onnxruntime),
            embedded: Box::new(embedded),
        },
        false => embedded,
    })
}

/// The embedded engine with the model's fallback in it, where its manifest names one that works; else with the model. The
/// fallback's own fallback is not looked at, so there is no loop.
fn embedded_or_fallback(plan: &Plan, mut not_used: Vec<NotUsed>) -> Result<Opened, DetectError> {
    let Some(name) = &plan.manifest.fallback else {
        return embedded(plan, not_used);
    };
    let model = &plan.manifest.name;
    let instead = NotUsed {
        what: format!("model {model}"),
        why: format!("the embedded engine takes its fallback {name}"),
    };
    let tried = plan.fallback(name).and_then(|fallback| {
        let not_used = not_used.iter().cloned().chain([instead]);
        embedded(&fallback, not_used.collect())
    });
    tried.or_else(|error| {
        let why = chain(&error);
        tracing::warn!(model, fallback = name, reason = %why, "no fallback for the embedded engine; running the model itself");
        not_used.push(NotUsed {
            what: format!("fallback {name}"),
            why,
        });
        embedded(plan, not_used)
    })
}

/// An error with its causes in one line.
fn chain(error: &DetectError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| {
        error.source()
    });
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}

#[cfg(feature = "onnxruntime")]
fn onnxruntime(plan: &Plan) -> Result<Opened, DetectError> {
    let backend = Box::new(super::onnxruntime::OnnxRuntime::open(plan)?);
    let manifest = plan.manifest.clone();
    Ok(Opened { backend, manifest })
}

#[cfg(not(feature = "onnxruntime"))]
fn onnxruntime(_: &Plan) -> Result<Opened, DetectError> {
    Err(DetectError::NotBuilt {
        backend: "onnxruntime",
    })
}

#[cfg(feature = "embedded")]
fn embedded(plan: &Plan, not_used: Vec<NotUsed>) -> Result<Opened, DetectError> {
    let backend = Box::new(super::embedded::Embedded::open(plan, not_used)?);
    let manifest = plan.manifest.clone();
    Ok(Opened { backend, manifest })
}

#[cfg(not(feature = "embedded"))]
fn embedded(_: &Plan, _: Vec<NotUsed>) -> Result<Opened, DetectError> {
    Err(DetectError::NotBuilt {
        backend: "embedded",
    })
}
