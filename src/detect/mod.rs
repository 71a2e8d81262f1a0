//! Input tensor → people, through the backend that this machine has.
//!
//! A model is a folder with an ONNX file and a [`Manifest`], which says all that this stage needs to know about it.
//! [`Detector::open`] reads both, checks one against the other, picks an engine and runs it once; [`Detector::run`] turns
//! the tensor that [`Detector::input_mut`] lends into people. An output that is not what the manifest promises is an error,
//! never an empty result.
//!
//! | file | idea |
//! |---|---|
//! | `manifest/` | what a model says about itself |
//! | `model_file` | reads both from disk, checks the digest |
//! | `contract` | whether model and manifest agree |
//! | `weights` | makes weights constant that a model lists as inputs |
//! | `tensor` | what goes into a model and comes out |
//! | `by_size` | what is kept for each input size in use |
//! | `backend` | what an engine must do, and which is taken |
//! | `placement` | which execution provider really took the model |
//! | `onnxruntime/`, `embedded` | the two engines |
//! | `decode/` | outputs → boxes in input pixels, one file a family |
//! | `nms` | of boxes that show one person, the most certain stays |

mod backend;
mod by_size;
mod contract;
mod decode;
#[cfg(feature = "embedded")]
mod embedded;
mod error;
mod manifest;
mod model_file;
mod nms;
#[cfg(feature = "onnxruntime")]
mod onnxruntime;
mod placement;
mod provider;
mod tensor;
mod weights;

#[cfg(not(any(feature = "onnxruntime", feature = "embedded")))]
compile_error!("a detector needs an engine: the feature `onnxruntime`, `embedded` or both");

pub use contract::Disagreement;
pub use decode::OutputError;
pub use error::{DetectError, NotUsed};
pub use manifest::{
    Accuracy, Activation, Complaint, Embedding, Family, Limits, Manifest, ManifestError, OutputSpec,
};
pub use model_file::{ModelFile, hexadecimal, read_manifest};
pub use placement::Placement;
pub use provider::Provider;
pub use tensor::{Kind, Port};

use std::path::Path;

use self::backend::{Backend, Plan};
use self::by_size::BySize;
use self::decode::{Candidate, Decode};
use crate::config::{BackendChoice, DetectorConfig};
use crate::convert::{InputSpec, Letterbox, TensorMut};
use crate::types::{Detection, Score, Size};

/// No more people than this are found in one picture; the most certain stay.
pub const DETECTIONS_MAX: usize = 300;

/// A model that is ready to find people.
pub struct Detector {
    backend: Box<dyn Backend>,
    decoders: BySize<Box<dyn Decode>>,
    input: InputSpec,
    output: OutputSpec,
    info: ModelInfo,
    candidates: Vec<Candidate>,
}

/// Which model runs, and on what.
#[derive(Clone, Debug)]
pub struct ModelInfo {
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// SHA-256 of the model's file in hexadecimal.
    pub sha256: String,
    /// How well its manifest says that it did.
    pub accuracy: Option<Accuracy>,
    /// `onnxruntime` or `embedded`.
    pub backend: &'static str,
    /// Name and version of the engine.
    pub engine: String,
    /// Execution providers in use, most wanted first.
    pub providers: Vec<String>,
    /// What became of each execution provider; none where the engine has no such thing.
    pub placements: Vec<Placement>,
    /// Backends and providers that could have been used and were not.
    pub not_used: Vec<NotUsed>,
}

/// What a detector of this configuration wants to see, by its manifest alone: nothing is opened.
///
/// # Errors
///
/// When the manifest cannot be read or used, or a provider is unknown.
pub fn expected_input(config: &DetectorConfig) -> Result<InputSpec, DetectError> {
    let mut input = read_manifest(&config.manifest)?.input;
    let providers = Provider::parse_all(&config.providers)?;
    if config.backend != BackendChoice::Embedded && Provider::is_hardware(&providers) {
        input.multiple_of = None;
    }
    Ok(input)
}

impl Detector {
    /// Reads and checks the model, picks an engine and runs it once, so that the first frame is not the slowest and a
    /// model that cannot work is known before a camera is opened.
    ///
    /// # Errors
    ///
    /// Everything that [`DetectError`] names.
    pub fn open(config: &DetectorConfig) -> Result<Self, DetectError> {
        let plan = Plan::new(config, ModelFile::read(&config.manifest)?)?;
        let backend = backend::open(config.backend, &plan)?;
        let info = info(&plan.manifest, &*backend);
        let Manifest {
            mut input, output, ..
        } = plan.manifest;
        if backend.engine().one_size {
            input.multiple_of = None;
        }
        let first = decode::decoder(&output, input.size);
        let mut detector = Self {
            decoders: BySize::new(input.size, first),
            input,
            output,
            info,
            candidates: Vec::new(),
            backend,
        };
        detector.try_out(&plan.path)?;
        Ok(detector)
    }

    /// Runs the model on the nominal input, before that on one that is turned on its side where it takes any size: a file whose
    /// inside is made for one size would fail at the first camera of another shape.
    fn try_out(&mut self, path: &Path) -> Result<(), DetectError> {
        let Size { width, height } = self.input.size;
        if self.input.multiple_of.is_some() {
            let turned = Size::new(height, width);
            let one_size = |reason| DetectError::OneSize {
                path: path.to_owned(),
                size: turned,
                reason: Box::new(reason),
            };
            self.infer_empty(turned).map_err(one_size)?;
        }
        self.infer_empty(self.input.size)
    }

    fn infer_empty(&mut self, size: Size) -> Result<(), DetectError> {
        self.input_mut(size)?;
        self.infer(Score::new(1.0).expect("1 is a score"))
    }

    /// Which model runs, and on what.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// What the model wants to see.
    pub fn input(&self) -> &InputSpec {
        &self.input
    }

    /// The input tensor for a picture of this size, to be written in place.
    ///
    /// # Errors
    ///
    /// When the engine has no memory for an input of a new size.
    pub fn input_mut(&mut self, picture: Size) -> Result<TensorMut<'_>, DetectError> {
        let size = self.input.size_for(picture);
        let tensor = self.backend.input_mut(size)?;
        let decoder = || Ok::<_, DetectError>(decode::decoder(&self.output, size));
        self.decoders.turn_to(size, decoder)?;
        Ok(tensor)
    }

    /// Finds people with a score of `floor` or more in the picture that lies at `letterbox` in the input tensor that was
    /// lent last, and replaces what is in `found` by them, best first.
    ///
    /// # Errors
    ///
    /// When the engine fails or answers with something else than the manifest promises; `found` is then empty.
    pub fn run(
        &mut self,
        letterbox: &Letterbox,
        floor: Score,
        found: &mut Vec<Detection>,
    ) -> Result<(), DetectError> {
        found.clear();
        let (seen, lent) = (letterbox.input, self.decoders.size());
        assert_eq!(
            seen, lent,
            "the picture was written to the input that was lent"
        );
        self.infer(floor)?;
        match self.output.nms_iou {
            Some(iou_max) => nms::suppress(&mut self.candidates, iou_max, DETECTIONS_MAX),
            None => nms::sort(&mut self.candidates),
        }
        found.extend(self.candidates.iter().filter_map(|candidate| {
            let bbox = letterbox.to_frame(candidate.corners)?;
            let score = candidate.score;
            Some(Detection { bbox, score })
        }));
        found.truncate(DETECTIONS_MAX);
        Ok(())
    }

    fn infer(&mut self, floor: Score) -> Result<(), DetectError> {
        let (decoder, candidates) = (self.decoders.current(), &mut self.candidates);
        candidates.clear();
        self.backend
            .run(&mut |outputs| decoder.decode(outputs, floor, candidates))
    }
}

impl ModelInfo {
    /// What runs the model less well than was asked for, if something does.
    pub fn warnings(&self) -> Vec<String> {
        let engine = self
            .not_used
            .iter()
            .find(|not_used| not_used.what == "onnxruntime");
        let engine = engine.map(|not_used| {
            format!(
                "the {} engine runs the model, which is slower; {not_used}",
                self.backend
            )
        });
        engine
            .into_iter()
            .chain(placement::warning(&self.placements))
            .collect()
    }

    /// Which provider took how many of the model's nodes, for people.
    pub fn placement(&self) -> String {
        placement::summary(&self.placements)
    }
}

fn info(manifest: &Manifest, backend: &dyn Backend) -> ModelInfo {
    let engine = backend.engine().clone();
    ModelInfo {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        sha256: manifest.sha256.clone(),
        accuracy: manifest.accuracy.clone(),
        backend: engine.backend,
        engine: engine.version,
        providers: engine.providers,
        placements: engine.placements,
        not_used: engine.not_used,
    }
}
