//! What commands have changed, and what is counted, as it is kept over restarts. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::{CameraConfig, Config};
use crate::decide::LineTotals;
use crate::types::Score;

/// What is kept over restarts, by the names of cameras. Cameras that are no longer configured stay in here: whoever puts
/// one back finds it paused as it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kept {
    /// Paused cameras.
    pub paused: BTreeSet<String>,
    /// Everybody's threshold, if a command has changed it.
    pub threshold: Option<KeptScore>,
    /// One camera's threshold, if a command has changed it.
    pub thresholds: BTreeMap<String, KeptScore>,
    /// Each camera's lines with what was counted: in and out.
    pub totals: BTreeMap<String, BTreeMap<String, [u64; 2]>>,
}

/// A score in the file; one that is none makes the file a damaged one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct KeptScore(Score);

impl TryFrom<f32> for KeptScore {
    type Error = String;

    fn try_from(value: f32) -> Result<Self, String> {
        let score = Score::new(value).ok_or_else(|| format!("{value} is not a score of 0 to 1"));
        score.map(Self)
    }
}

impl From<KeptScore> for f32 {
    fn from(KeptScore(score): KeptScore) -> Self {
        score.get()
    }
}

impl Kept {
    /// Whether the camera is paused.
    pub fn is_paused(&self, camera: &str) -> bool {
        self.paused.contains(camera)
    }

    /// The camera's threshold: its own, else everybody's, else the configuration's.
    pub fn threshold(&self, camera: &str, config: &Config) -> Score {
        let changed = self.thresholds.get(camera).copied().or(self.threshold);
        changed.map_or(config.detector.threshold, |KeptScore(score)| score)
    }

    /// Changes a threshold, or goes back to what it was before. Everybody's replaces each camera's own.
    pub fn set_threshold(&mut self, camera: Option<&str>, value: Option<Score>) {
        let value = value.map(KeptScore);
        match (camera, value) {
            (Some(camera), Some(value)) => {
                self.thresholds.insert(camera.to_owned(), value);
            }
            (Some(camera), None) => {
                self.thresholds.remove(camera);
            }
            (None, value) => {
                self.threshold = value;
                self.thresholds.clear();
            }
        }
    }

    /// Where the camera's lines were.
    pub fn totals(&self, camera: &CameraConfig) -> Vec<LineTotals> {
        let known = self.totals.get(&*camera.name);
        let line = |name: &Arc<str>| {
            let [entries, exits] = known.and_then(|lines| lines.get(&**name)).copied()?;
            Some(LineTotals {
                name: name.clone(),
                entries,
                exits,
            })
        };
        camera
            .lines
            .iter()
            .filter_map(|config| line(&config.name))
            .collect()
    }

    /// Takes over where the camera's lines are now.
    pub fn count(&mut self, camera: &str, lines: &[LineTotals]) {
        if lines.is_empty() {
            return;
        }
        let totals = self.totals.entry(camera.to_owned()).or_default();
        for line in lines {
            totals.insert(line.name.to_string(), [line.entries, line.exits]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let mut kept = Kept::default();
        kept.paused.insert("porch".into());
        kept.set_threshold(Some("porch"), Score::new(0.7));
        let line = LineTotals {
            name: "gate".into(),
            entries: 3,
            exits: 1,
        };
        kept.count("porch", &[line]);
        let json = serde_json::to_string(&kept).expect("serialises");
        assert_eq!(
            json,
            r#"{"paused":["porch"],"threshold":null,"thresholds":{"porch":0.7},"totals":{"porch":{"gate":[3,1]}}}"#
        );
        assert_eq!(
            serde_json::from_str::<Kept>(&json).expect("is read back"),
            kept
        );
    }

    #[test]
    fn a_threshold_for_everybody_replaces_each_cameras_own() {
        let mut kept = Kept::default();
        kept.set_threshold(Some("porch"), Score::new(0.7));
        kept.set_threshold(None, Score::new(0.6));
        let expected = (Score::new(0.6).map(KeptScore), 0);
        assert_eq!((kept.threshold, kept.thresholds.len()), expected);
        kept.set_threshold(Some("porch"), Score::new(0.8));
        kept.set_threshold(Some("porch"), None);
        assert_eq!((kept.threshold, kept.thresholds.len()), expected);
    }

    #[test]
    fn a_threshold_that_is_no_score_is_damage() {
        let read = serde_json::from_str::<Kept>(r#"{"thresholds":{"porch":1.5}}"#);
        let error = read.expect_err("is above 1").to_string();
        assert!(error.starts_with("1.5 is not a score of 0 to 1"), "{error}");
    }
}
