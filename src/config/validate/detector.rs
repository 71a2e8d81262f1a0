//! `[outbox]` and `[detector]`: where events wait, and which model runs where.

use std::path::{Path, PathBuf};

use super::Check;
use crate::config::file::{DetectorFile, OutboxFile};
use crate::config::{BackendChoice, DetectorConfig, OutboxConfig};
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
        let manifest = self.model(&file.model.unwrap_or_else(|| "person".into()));
        let threads = self.number("detector.threads", file.threads, 1, 1..=64);
        let threshold = self.share("detector.threshold", file.threshold, 0.5);
        Some(DetectorConfig {
            manifest: manifest?,
            backend: backend?,
            library: file.library.map(PathBuf::from),
            providers: file.providers.unwrap_or_else(|| vec!["cpu".into()]),
            threads: threads as usize,
            threshold: Score::new(threshold).expect("share() gives 0–1"),
        })
    }

    /// The manifest that a model's name or path leads to.
    fn model(&mut self, model: &str) -> Option<PathBuf> {
        let path = Path::new(model);
        let candidates: Vec<PathBuf> = if model.contains('/') || model.ends_with(".toml") {
            vec![if path.is_dir() {
                path.join("manifest.toml")
            } else {
                path.to_owned()
            }]
        } else {
            let dirs = self.surroundings.model_dirs.iter();
            dirs.map(|dir| dir.join(model).join("manifest.toml"))
                .collect()
        };
        if let Some(found) = candidates.iter().find(|path| path.is_file()) {
            return Some(found.clone());
        }
        let tried: Vec<_> = candidates
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        self.refuse(
            "detector.model",
            format!("no model {model:?}; looked for {}", tried.join(", ")),
        )
    }
}
