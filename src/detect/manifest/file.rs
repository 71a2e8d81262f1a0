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
    pub embedding: Option<EmbeddingFile>,
    pub accuracy: Option<AccuracyFile>,
    pub limits: Option<LimitsFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputFile {
    pub name: String,
    pub width: i64,
    pub height: i64,
    pub multiple_of: Option<i64>,
    pub layout: String,
    pub color: String,
    pub dtype: Option<String>,
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
pub(super) struct EmbeddingFile {
    pub name: String,
    pub size: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccuracyFile {
    pub dataset: String,
    pub images: Option<i64>,
    pub ap: f64,
    pub ap50: f64,
    pub ap_small: Option<f64>,
    pub ap_medium: Option<f64>,
    pub ap_large: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsFile {
    pub ap_min: Option<f64>,
    pub ap50_min: Option<f64>,
    pub retained_min: Option<f64>,
    pub false_alarms_max: Option<f64>,
    pub latency_ms_max: Option<f64>,
    pub resident_mb_max: Option<f64>,
    pub energy_mj_max: Option<f64>,
}
