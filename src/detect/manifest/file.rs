//! A manifest as it is written. [`super::validate`] turns it into a [`super::Manifest`].

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManifestFile {
    pub schema: String,
    pub name: String,
    pub version: String,
    pub file: String,
    pub sha256: String,
    pub license: String,
    pub source: String,
    pub input: InputFile,
    pub output: OutputFile,
    pub accuracy: Option<AccuracyFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputFile {
    pub name: String,
    pub width: i64,
    pub height: i64,
    pub layout: String,
    pub color: String,
    pub mean: [f64; 3],
    pub std: [f64; 3],
    pub fit: String,
    pub align: Option<String>,
    pub pad: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputFile {
    pub family: String,
    pub names: Vec<String>,
    pub strides: Option<Vec<i64>>,
    pub classes: i64,
    pub person: i64,
    pub objectness: Option<bool>,
    pub activation: Option<String>,
    pub nms_iou: Option<f64>,
    pub reg_max: Option<i64>,
    pub center_shift: Option<f64>,
    pub size_input: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccuracyFile {
    pub dataset: String,
    pub ap: f64,
    pub ap50: f64,
}
