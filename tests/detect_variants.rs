//! Models with more to them than boxes: outputs that nobody reads, an embedding beside the boxes.
//!
//! Needs the model in `models/person` and ONNX Runtime's library at `ORT_DYLIB_PATH`; `make test` provides both.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use support::committed::{self, model};
use tempfile::TempDir;
use watchpost::config::{BackendChoice, DetectorConfig};
use watchpost::detect::{DetectError, Detector};
use watchpost::types::Score;

const ENGINES: [BackendChoice; 2] = [BackendChoice::OnnxRuntime, BackendChoice::Embedded];

/// A model folder `name` with the committed model's manifest and `table` behind it.
fn install(store: &TempDir, name: &str, model: &[u8], table: &str) -> PathBuf {
    let folder = store.path().join(name);
    fs::create_dir_all(&folder).expect("a folder can be made");
    fs::write(folder.join("model.onnx"), model).expect("can be written");
    let text = committed::manifest_without(&["embedding"]);
    let digest = Sha256::digest(model);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let line = |line: &str| match line {
        _ if line.starts_with("sha256 = ") => format!("sha256 = \"{digest}\""),
        _ if line == "name = \"person\"" => format!("name = \"{name}\""),
        line => line.to_owned(),
    };
    let text: Vec<_> = text.lines().map(line).collect();
    let manifest = folder.join("manifest.toml");
    fs::write(&manifest, format!("{}\n{table}\n", text.join("\n"))).expect("can be written");
    manifest
}

fn open(manifest: &Path, backend: BackendChoice) -> Result<Detector, DetectError> {
    Detector::open(&DetectorConfig {
        manifest: manifest.to_owned(),
        backend,
        library: None,
        providers: vec!["cpu".to_owned()],
        options: Vec::new(),
        threads: 1,
        threshold: Score::new(0.5).expect("is a score"),
    })
}

fn opened(manifest: &Path, backend: BackendChoice) -> Detector {
    open(manifest, backend).unwrap_or_else(|error| panic!("{backend:?}: {error}"))
}

#[test]
fn outputs_that_the_manifest_does_not_name_are_no_hindrance() {
    let store = TempDir::new().expect("a folder can be made");
    let model = support::onnx::with_output(&model(), "more", 2184, 5);
    let manifest = install(&store, "person", &model, "");
    for engine in ENGINES {
        opened(&manifest, engine);
    }
}

#[test]
fn an_embedding_is_checked_against_the_model() {
    let store = TempDir::new().expect("a folder can be made");
    let model = support::onnx::with_output(&model(), "vectors", 2184, 5);
    let table = |name: &str, size: u32| format!("[embedding]\nname = \"{name}\"\nsize = {size}");
    let good = install(&store, "good", &model, &table("vectors", 10));
    let wrong = install(&store, "wrong", &model, &table("vectors", 32));
    let absent = install(&store, "absent", &model, &table("other", 10));
    for engine in ENGINES {
        opened(&good, engine);
        let refused = |manifest| {
            open(manifest, engine)
                .err()
                .expect("is refused")
                .to_string()
        };
        // How many cells there are one engine infers, and the other reads.
        let (error, sides) = (
            refused(&wrong),
            [
                "`vectors` is f32 [1, 2184, 32] in the manifest",
                "10] in the model",
            ],
        );
        assert!(sides.iter().all(|side| error.contains(side)), "{error}");
        let sides = "`other` is f32 [1, 2184, 10] in the manifest and nothing in the model";
        assert!(refused(&absent).contains(sides), "{}", refused(&absent));
    }
}
