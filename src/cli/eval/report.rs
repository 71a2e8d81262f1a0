//! Everything that one run of `watchpost eval` measured, as it is written in JSON.

use serde::Serialize;

use crate::detect::ModelInfo;
use crate::eval::{Alarms, AtThreshold, Figures, LightOutcome, Measured, Robustness};

/// Everything that one run measured. What was not asked for is left out.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    model: Model<'a>,
    backend: &'static str,
    engine: &'a str,
    providers: &'a [String],
    #[serde(flatten)]
    labelled: Option<LabelledReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footage: Option<&'a FootageReport>,
}

#[derive(Debug, Serialize)]
struct Model<'a> {
    name: &'a str,
    version: &'a str,
    sha256: &'a str,
}

/// What was measured on labelled pictures.
#[derive(Debug, Serialize)]
struct LabelledReport<'a> {
    pictures: usize,
    people: usize,
    inference_median_ms: f64,
    figures: Figures,
    at_threshold: AtThreshold,
    by_light: &'a [LightOutcome],
    #[serde(skip_serializing_if = "Option::is_none")]
    robustness: Option<&'a Robustness>,
}

/// What came of footage without people.
#[derive(Debug, Default, Serialize)]
pub struct FootageReport {
    /// The score from which a box is a person.
    pub threshold: f64,
    /// Everything together.
    pub total: Alarms,
    /// Each clip, and each folder of stills.
    pub parts: Vec<FootagePart>,
}

/// One clip, or one folder of stills.
#[derive(Debug, Serialize)]
pub struct FootagePart {
    /// What it is.
    pub name: String,
    /// What came of it.
    #[serde(flatten)]
    pub alarms: Alarms,
}

impl<'a> Report<'a> {
    /// Everything that one run measured with `model`.
    pub fn new(
        model: &'a ModelInfo,
        measured: Option<&'a Measured>,
        footage: Option<&'a FootageReport>,
    ) -> Self {
        Self {
            model: Model {
                name: &model.name,
                version: &model.version,
                sha256: &model.sha256,
            },
            backend: model.backend,
            engine: &model.engine,
            providers: &model.providers,
            labelled: measured.map(LabelledReport::new),
            footage,
        }
    }
}

impl<'a> LabelledReport<'a> {
    fn new(measured: &'a Measured) -> Self {
        let outcome = &measured.outcome;
        Self {
            pictures: outcome.pictures,
            people: outcome.people,
            inference_median_ms: measured.inference.as_secs_f64() * 1e3,
            figures: outcome.figures,
            at_threshold: outcome.at_threshold,
            by_light: &outcome.by_light,
            robustness: measured.robustness.as_ref(),
        }
    }
}

impl FootageReport {
    /// Adds one part.
    pub fn add(&mut self, name: String, alarms: Alarms) {
        self.total = self.total.and(alarms);
        self.parts.push(FootagePart { name, alarms });
    }
}
