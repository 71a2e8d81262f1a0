//! The detector where no library of ONNX Runtime is. A process of its own: one that has loaded a library keeps it.

use std::path::Path;

use watchpost::config::{BackendChoice, DetectorConfig};
use watchpost::detect::{DetectError, Detector};
use watchpost::types::Score;

fn open(backend: BackendChoice) -> Result<Detector, DetectError> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/person/manifest.toml");
    assert!(
        manifest.exists(),
        "{} is missing: these tests run the committed model",
        manifest.display()
    );
    Detector::open(&DetectorConfig {
        manifest,
        backend,
        library: Some("/nowhere/libonnxruntime.so".into()),
        providers: vec!["cuda".to_owned(), "cpu".to_owned()],
        options: Vec::new(),
        threads: 1,
        threshold: Score::new(0.5).expect("is a score"),
    })
}

#[test]
fn auto_takes_the_embedded_engine_and_says_why() {
    let detector =
        open(BackendChoice::Auto).expect("the committed model runs on the embedded engine");
    let info = detector.info();
    assert_eq!(
        (info.backend, &info.providers[..]),
        ("embedded", &["cpu".to_owned()][..])
    );
    assert_eq!(info.not_used[0].what, "onnxruntime");
    assert!(
        info.not_used[0].why.contains("/nowhere/libonnxruntime.so"),
        "{}",
        info.not_used[0]
    );
}

#[test]
fn onnxruntime_is_an_error_that_says_where_it_was_sought() {
    let Err(error) = open(BackendChoice::OnnxRuntime) else {
        panic!("there is no library to run it");
    };
    let text = error.to_string();
    assert!(
        text.starts_with("no usable library of ONNX Runtime: /nowhere/libonnxruntime.so: "),
        "{text}"
    );
}
