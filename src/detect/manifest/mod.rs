//! What a model says about itself: text in, a typed and checked [`Manifest`] out. Reads no file.
//!
//! Everything that one model does differently from another is written here and nowhere in the code: input size, colour
//! order and scaling, output family, strides, which class is a person. Every complaint names its key, what was found and
//! what would be accepted, and all come at once.

mod check;
mod figures;
mod file;
mod validate;

use std::path::PathBuf;

use super::tensor::Kind;
use crate::convert::InputSpec;

/// What a model says about itself; built by [`Manifest::parse`] alone.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Manifest {
    /// Slug.
    pub name: String,
    /// The model's own version.
    pub version: String,
    /// The ONNX file, relative to the manifest and beside or below it.
    pub file: PathBuf,
    /// SHA-256 of that file in lower-case hexadecimal.
    pub sha256: String,
    /// Licence of the weights.
    pub license: String,
    /// Where the model came from.
    pub source: String,
    /// Name of the picture's input.
    pub input_name: String,
    /// What that input holds: floats or bytes.
    pub input_kind: Kind,
    /// What the model wants to see.
    pub input: InputSpec,
    /// What it answers with.
    pub output: OutputSpec,
    /// An output with a vector for each cell, which the daemon does not fetch.
    pub embedding: Option<Embedding>,
    /// How well it did, and on what.
    pub accuracy: Option<Accuracy>,
    /// What it must do on a device to be let in.
    pub limits: Limits,
}

/// What a model answers with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OutputSpec {
    /// Names of the outputs that are read, in the order that the family wants.
    pub names: Vec<String>,
    /// Number of classes.
    pub classes: usize,
    /// Which of them is a person.
    pub person: usize,
    /// Above this IoU the weaker of two boxes is dropped; `None` where the model has done that.
    pub nms_iou: Option<f32>,
    /// How the outputs are read.
    pub family: Family,
}

/// How a model's outputs are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Family {
    /// YOLOX: one map `[1, cells, 4 + objectness + classes]` over all strides.
    Yolox {
        /// Input pixels between two cells, for each part of the map.
        strides: Vec<u32>,
        /// A fifth column holds whether there is anything at all; the score is its product with the class's.
        objectness: bool,
        /// What is left to do to the scores.
        activation: Activation,
    },
    /// NanoDet and PicoDet: for each stride a map of classes, then for each a map of distances as distributions.
    Gfl {
        /// Input pixels between two cells, for each pair of maps.
        strides: Vec<u32>,
        /// The largest distance in strides; a distribution has one bin more.
        reg_max: usize,
        /// Added to a cell's centre, in input pixels.
        center_shift: f32,
        /// What is left to do to the scores.
        activation: Activation,
    },
    /// RTMDet exported with its NMS: boxes with scores `[1, n, 5]`, labels `[1, n]`.
    Rtmdet,
    /// DETR and its kin (D-FINE, DEIM, RT-DETR): labels `[1, n]`, boxes `[1, n, 4]`, scores `[1, n]`.
    Detr {
        /// A second input that takes the size in which boxes are answered.
        size_input: Option<String>,
    },
}

impl Family {
    /// The manifest's word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Yolox { .. } => "yolox",
            Self::Gfl { .. } => "gfl",
            Self::Rtmdet => "rtmdet",
            Self::Detr { .. } => "detr",
        }
    }

    /// Input pixels between two cells of each grid; `None` where a family has no cells.
    pub fn strides(&self) -> Option<&[u32]> {
        match self {
            Self::Yolox { strides, .. } | Self::Gfl { strides, .. } => Some(strides),
            Self::Rtmdet | Self::Detr { .. } => None,
        }
    }
}

/// A second kind of output, kept for learning on the device: `[1, cells, size]`, one vector for each candidate cell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Embedding {
    /// Name of the output.
    pub name: String,
    /// Numbers in a vector.
    pub size: usize,
}

/// What is left to do to scores after the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing: the graph answers with 0–1.
    None,
    /// The graph answers with logits.
    Sigmoid,
}

/// How well a model did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Accuracy {
    /// On which pictures.
    pub dataset: String,
    /// How many they were.
    pub images: Option<u64>,
    /// COCO AP (IoU 0.50–0.95) of people in percent.
    pub ap: f64,
    /// COCO AP at IoU 0.50 in percent.
    pub ap50: f64,
    /// AP of people below 32² pixels.
    pub ap_small: Option<f64>,
    /// AP of people of 32² to 96² pixels.
    pub ap_medium: Option<f64>,
    /// AP of people above 96² pixels.
    pub ap_large: Option<f64>,
}

/// What a model must do on a device to be let in; what is `None` is not asked of it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Least COCO AP of people on the labelled pictures, in percent.
    pub ap_min: Option<f64>,
    /// Least COCO AP at IoU 0.50, in percent.
    pub ap50_min: Option<f64>,
    /// Least share of the AP that is left when the pictures are spoilt, 0–1.
    pub retained_min: Option<f64>,
    /// Greatest share of pictures without a person that give a box with a score of 0.5 or more, 0–1.
    pub false_alarms_max: Option<f64>,
    /// Greatest 90th percentile of one inference, in milliseconds.
    pub latency_ms_max: Option<f64>,
    /// Greatest resident memory of the process, in megabytes.
    pub resident_mb_max: Option<f64>,
    /// Greatest energy of one frame above that of the idle machine, in millijoules.
    pub energy_mj_max: Option<f64>,
}

impl Manifest {
    /// The manifest that `text` holds.
    ///
    /// # Errors
    ///
    /// When it is not TOML, has keys missing, too many or of the wrong type, or values that no model can have.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        validate::manifest(toml::from_str(text)?)
    }
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, or keys missing, unknown or of the wrong type; the message holds line and column.
    #[error("it does not have the form of a manifest")]
    Form(#[from] toml::de::Error),
    /// Values that no model can have; never empty.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Values(Vec<Complaint>),
}

/// One thing that is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is {found}, accepted is {accepted}")]
pub struct Complaint {
    /// The key with its table.
    pub key: &'static str,
    /// What stands there.
    pub found: String,
    /// What could stand there.
    pub accepted: String,
}

#[cfg(test)]
mod tests;
