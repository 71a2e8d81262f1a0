//! `[outbox]` and `[detector]`: where events wait, and which model runs where.

use std::path::PathBuf;

use super::Check;
use crate::config::file::{DetectorFile, OutboxFile};
use crate::config::store::find_manifest;
use crate::config::{BackendChoice, DetectorConfig, OutboxConfig, USUAL_MODEL};
use crate::types::Score;

impl Check<'_> {
    pub(super) fn outbox(&mut self, file: OutboxFile) -> OutboxConfig {
        let default_path = || self.surroundings.state_dir.join("outbox");
        let path = file.path.map_or_else(default_path, PathBuf::from);
        let max_mb = self.number("outbox.max_mb", file.max_mb, 64, 1..=65_536);
        OutboxConfig {
            path,
            bytes_max: max_mb * 1_000_000,
            group_commit: self.millis(
                "outbox.group_commit_ms",
                file.group_commit_ms,
                500,
                0..=60_000,
            ),
        }
    }

    pub(super) fn detector(&mut self, file: DetectorFile) -> Option<DetectorConfig> {
        let backend = match file.backend.as_deref() {
            None | Some("auto") => Some(BackendChoice::Auto),
            Some("onnxruntime") => Some(BackendChoice::OnnxRuntime),
            Some("embedded") => Some(BackendChoice::Embedded),
            Some(other) => {
                let accepted = "expected \"auto\", \"onnxruntime\" or \"embedded\"";
                self.refuse("detector.backend", format!("{accepted}, found {other:?}"))
            }
        };
        let manifest = self.model(&file.model.unwrap_or_else(|| USUAL_MODEL.into()));
        let threads = self.number("detector.threads", file.threads, 1, 1..=64);
        let threshold = self.share("detector.threshold", file.threshold, 0.5);
        let providers = file.providers.unwrap_or_else(|| vec!["cpu".into()]);
        for option in &file.options {
            if !providers.contains(&option.provider) {
                let key = format!("detector.options.{}", option.provider);
                let among = format!("not one of detector.providers ({})", providers.join(", "));
                self.complaints.add(key, among);
            }
        }
        Some(DetectorConfig {
            manifest: manifest?,
            backend: backend?,
            library: file.library.map(PathBuf::from),
            providers,
            options: file.options,
            threads: threads as usize,
            threshold: Score::new(threshold).expect("share() gives 0–1"),
        })
    }

    /// The manifest that a model's name or path leads to.
    fn model(&mut self, model: &str) -> Option<PathBuf> {
        find_manifest(model, &self.surroundings.model_dirs)
            .map_err(|error| self.complaints.add("detector.model", error.to_string()))
            .ok()
    }
}
