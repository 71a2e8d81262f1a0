//! What is compared: every combination of models, engines, providers and thread counts. Pure.

use serde::{Deserialize, Serialize};

use crate::config::BackendChoice;

/// Which engine runs a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// ONNX Runtime where it is found, else the embedded one.
    Auto,
    /// ONNX Runtime.
    OnnxRuntime,
    /// The one that is compiled in.
    Embedded,
}

impl Engine {
    /// The configuration's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::OnnxRuntime => "onnxruntime",
            Self::Embedded => "embedded",
        }
    }

    /// What the detector calls it.
    pub const fn choice(self) -> BackendChoice {
        match self {
            Self::Auto => BackendChoice::Auto,
            Self::OnnxRuntime => BackendChoice::OnnxRuntime,
            Self::Embedded => BackendChoice::Embedded,
        }
    }
}

/// One way to run one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The model: a name in the store or a path, as it was given.
    pub model: String,
    /// The engine that was asked for.
    pub backend: Engine,
    /// Execution providers, tried in order.
    pub providers: Vec<String>,
    /// Threads of one inference.
    pub threads: usize,
}

/// Every combination once, the models varying slowest. The embedded engine runs on the CPU alone, so it does not vary with the
/// providers.
pub fn combinations(
    models: &[String],
    backends: &[Engine],
    providers: &[Vec<String>],
    threads: &[usize],
) -> Vec<Variant> {
    let mut variants = Vec::new();
    for model in models {
        for &backend in backends {
            for providers in providers {
                for &threads in threads {
                    let variant = variant(model, backend, providers, threads);
                    if !variants.contains(&variant) {
                        variants.push(variant);
                    }
                }
            }
        }
    }
    variants
}

fn variant(model: &str, backend: Engine, providers: &[String], threads: usize) -> Variant {
    let providers = match backend {
        Engine::Embedded => vec!["cpu".to_owned()],
        Engine::Auto | Engine::OnnxRuntime => providers.to_vec(),
    };
    Variant {
        model: model.to_owned(),
        backend,
        providers,
        threads,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Vec<String> {
        words.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn every_combination_comes_once() {
        let all = combinations(
            &words("a,b"),
            &[Engine::OnnxRuntime, Engine::Embedded],
            &[words("cuda,cpu"), words("cpu")],
            &[1, 2],
        );
        let label = |v: &Variant| {
            let providers = v.providers.join("+");
            format!("{} {} {providers} {}", v.model, v.backend.name(), v.threads)
        };
        let labels: Vec<_> = all.iter().take(6).map(label).collect();
        let expected = [
            "a onnxruntime cuda+cpu 1",
            "a onnxruntime cuda+cpu 2",
            "a onnxruntime cpu 1",
            "a onnxruntime cpu 2",
            "a embedded cpu 1",
            "a embedded cpu 2",
        ];
        assert_eq!(labels, expected);
        assert_eq!(all.len(), 12);
        let twice = combinations(&words("a,a"), &[Engine::Auto], &[words("cpu")], &[1, 1]);
        assert_eq!(twice.len(), 1);
    }
}
