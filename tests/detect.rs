//! The detector against the real model and the real engines.
//!
//! Needs the model in `models/person` and, for ONNX Runtime, its library at `ORT_DYLIB_PATH`; `make test` provides both.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use watchpost::config::{BackendChoice, DetectorConfig};
use watchpost::convert::{Converter, Picture};
use watchpost::detect::{DetectError, Detector};
use watchpost::still::Still;
use watchpost::types::{Detection, Score, Size};

/// The committed model's folder.
fn person() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/person");
    assert!(
        folder.join("model.onnx").exists(),
        "{} holds no model.onnx: these tests run the committed model",
        folder.display()
    );
    folder
}

/// A copy of the model whose manifest has every `from` replaced by its `to`.
fn changed(from: &str, to: &str) -> (TempDir, PathBuf) {
    changed_in(&person(), from, to)
}

/// The same of another committed model.
fn changed_in(model: &Path, from: &str, to: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder can be made");
    let text = fs::read_to_string(model.join("manifest.toml")).expect("the manifest is there");
    assert!(text.contains(from), "`{from}` is not in the manifest");
    let manifest = folder.path().join("manifest.toml");
    fs::write(&manifest, text.replace(from, to)).expect("can be written");
    fs::copy(model.join("model.onnx"), folder.path().join("model.onnx")).expect("can be copied");
    (folder, manifest)
}

fn config(manifest: PathBuf, backend: BackendChoice) -> DetectorConfig {
    DetectorConfig {
        manifest,
        backend,
        library: None,
        providers: vec!["cpu".to_owned()],
        options: Vec::new(),
        threads: 1,
        threshold: Score::new(0.5).expect("is a score"),
    }
}

fn refused(config: &DetectorConfig) -> DetectError {
    match Detector::open(config) {
        Ok(_) => panic!("must be refused"),
        Err(error) => error,
    }
}

/// ONNX Runtime with a committed model.
fn onnxruntime(model: &str) -> Detector {
    assert!(
        std::env::var_os("ORT_DYLIB_PATH").is_some(),
        "ORT_DYLIB_PATH names no library of ONNX Runtime; `make test` fetches one and sets it"
    );
    Detector::open(&config(manifest(model), BackendChoice::OnnxRuntime))
        .unwrap_or_else(|error| panic!("{model} does not run on ONNX Runtime: {error}"))
}

fn embedded(model: &str) -> Detector {
    Detector::open(&config(manifest(model), BackendChoice::Embedded))
        .unwrap_or_else(|error| panic!("{model} does not run on the embedded engine: {error}"))
}

fn manifest(model: &str) -> PathBuf {
    person().with_file_name(model).join("manifest.toml")
}

/// A picture that resembles nothing, and makes weak detections of many kinds.
fn picture(size: Size) -> Vec<u8> {
    let value = |place: usize| {
        let (x, y) = (
            place / 3 % size.width as usize,
            place / 3 / size.width as usize,
        );
        ((x * x / 37 + y * y / 53 + x * y / 29 + place % 3 * 60) % 256) as u8
    };
    (0..size.area() * 3).map(value).collect()
}

fn detect(detector: &mut Detector, floor: f32) -> Vec<Detection> {
    detect_in(detector, Size::new(640, 360), floor)
}

fn detect_in(detector: &mut Detector, size: Size, floor: f32) -> Vec<Detection> {
    let mut bytes = picture(size);
    let picture = Picture::from_rgb(&mut bytes, size).expect("has all its bytes");
    let mut converter = Converter::new(*detector.input());
    let letterbox = converter
        .write(&picture, detector.input_mut(size).expect("there is memory"))
        .expect("fits");
    let mut found = Vec::new();
    let floor = Score::new(floor).expect("is a score");
    detector.run(&letterbox, floor, &mut found).expect("runs");
    found
}

#[test]
fn both_engines_find_the_same() {
    let (mut one, mut other) = (onnxruntime("person-fp32"), embedded("person-fp32"));
    assert_eq!(one.info().backend, "onnxruntime");
    assert_eq!(other.info().backend, "embedded");
    // Scores of noise are low; with all of them there is always something to compare.
    let (found, expected) = (detect(&mut other, 1e-6), detect(&mut one, 1e-6));
    assert!(
        !expected.is_empty(),
        "the model gives a score to every cell"
    );
    // The weakest are left out: there a rounding error decides what NMS keeps.
    for (found, expected) in found.iter().zip(&expected).take(5) {
        let near = |a: f32, b: f32| (a - b).abs() < 1e-3;
        assert!(
            near(found.score.get(), expected.score.get()),
            "{found:?} is not {expected:?}"
        );
        let corners = found
            .bbox
            .corners()
            .into_iter()
            .zip(expected.bbox.corners());
        assert!(
            corners.into_iter().all(|(a, b)| near(a, b)),
            "{found:?} is not {expected:?}"
        );
    }
}

/// Integers are rounded at other places, so that boxes of real people are compared, and less closely.
#[test]
fn both_engines_run_every_committed_model() {
    for model in ["person", "person-fp32", "person-tiny"] {
        let found = people(&mut onnxruntime(model));
        let again = people(&mut embedded(model));
        assert_eq!(found.len(), 3, "{model}: three people stand in the hall");
        assert_eq!(again.len(), 3, "{model}: three people stand in the hall");
        for one in &found {
            let near = |other: &&Detection| {
                let sides = one.bbox.corners().into_iter().zip(other.bbox.corners());
                sides.into_iter().all(|(a, b)| (a - b).abs() < 0.02)
                    && (one.score.get() - other.score.get()).abs() < 0.05
            };
            assert!(
                again.iter().any(|other| near(&other)),
                "{model}: {one:?} in {again:?}"
            );
        }
    }
}

/// Who is found in a rendered still, at a score that users have.
fn people(detector: &mut Detector) -> Vec<Detection> {
    let path = person().join("../../tests/scenes/stills/hall_three.jpg");
    let mut still = Still::open(&path, true).expect("is a picture");
    let mut converter = Converter::new(*detector.input());
    let letterbox = still.write(&mut converter, detector).expect("fits");
    let mut found = Vec::new();
    let threshold = Score::new(0.4).expect("is a score");
    detector
        .run(&letterbox, threshold, &mut found)
        .expect("runs");
    found
}

#[test]
fn a_picture_has_an_input_of_its_own_shape() {
    let upright = Size::new(480, 640);
    for open in [onnxruntime, embedded] {
        let mut detector = open("person");
        for (picture, input) in [
            (Size::new(1280, 720), Size::new(416, 256)),
            (upright, Size::new(288, 384)),
            (Size::new(400, 400), Size::new(320, 320)),
            (upright, Size::new(288, 384)),
        ] {
            assert_eq!(detector.input().size_for(picture), input);
            let found = detect_in(&mut detector, picture, 1e-6);
            assert!(
                !found.is_empty(),
                "the model gives a score to every cell of {input}"
            );
        }
    }
}

#[test]
fn a_shape_seen_before_gives_the_same_people_again() {
    for open in [onnxruntime, embedded] {
        let mut detector = open("person");
        let wide = people(&mut detector);
        detect_in(&mut detector, Size::new(480, 640), 0.5);
        assert_eq!(people(&mut detector), wide);
    }
}

#[test]
fn an_accelerator_keeps_the_input_at_one_size() {
    let _loaded = onnxruntime("person");
    let mut config = config(person().join("manifest.toml"), BackendChoice::OnnxRuntime);
    config.providers = vec!["qnn".to_owned(), "cpu".to_owned()];
    let mut detector = Detector::open(&config).expect("the CPU runs it");
    let upright = Size::new(480, 640);
    assert_eq!(detector.input().size_for(upright), Size::new(416, 256));
    assert!(!detect_in(&mut detector, upright, 1e-6).is_empty());
}

#[test]
fn a_model_of_one_size_that_claims_to_take_many_is_refused() {
    let tiny = person().join("../person-tiny");
    let many = "height = 192\nmultiple_of = 32";
    let (_folder, manifest) = changed_in(&tiny, "height = 192", many);
    for backend in [BackendChoice::Embedded, BackendChoice::Auto] {
        let error = refused(&config(manifest.clone(), backend)).to_string();
        let claim = "does not take an input of 192×320, as `input.multiple_of` promises: ";
        assert!(error.contains(claim), "{error}");
    }
}

#[test]
fn the_same_picture_gives_the_same_people() {
    let mut detector = embedded("person");
    let first = detect(&mut detector, 1e-6);
    assert_eq!(detect(&mut detector, 1e-6), first);
    assert!(
        first.windows(2).all(|pair| pair[0].score >= pair[1].score),
        "best come first"
    );
}

#[test]
fn a_missing_manifest_names_its_path() {
    let error = refused(&config(
        "nowhere/manifest.toml".into(),
        BackendChoice::Embedded,
    ));
    assert_eq!(error.to_string(), "cannot read nowhere/manifest.toml");
}

#[test]
fn a_missing_model_names_its_path() {
    let (folder, manifest) = changed("\"model.onnx\"", "\"other.onnx\"");
    let error = refused(&config(manifest, BackendChoice::Embedded));
    let path = folder.path().join("other.onnx");
    assert_eq!(error.to_string(), format!("cannot read {}", path.display()));
}

#[test]
fn another_model_than_the_manifests_shows_both_digests() {
    let (folder, manifest) = changed("model/1", "model/1");
    fs::write(folder.path().join("model.onnx"), b"another").expect("can be written");
    let error = refused(&config(manifest, BackendChoice::Embedded)).to_string();
    // `printf another | sha256sum`
    let found = "ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5";
    assert!(
        error.contains(found) && error.contains("its manifest says"),
        "{error}"
    );
}

#[test]
fn a_manifest_that_disagrees_with_its_model_shows_both_sides() {
    for backend in [BackendChoice::Embedded, BackendChoice::Auto] {
        let (_folder, manifest) = changed("dtype = \"u8\"", "dtype = \"f32\"");
        let error = refused(&config(manifest, backend)).to_string();
        let sides = "is f32 [1, 3, 256, 416] in the manifest and u8 [1, 3, ?, ?] in the model";
        assert!(error.contains(sides), "{error}");
    }
}

#[test]
fn an_unknown_provider_is_answered_with_the_known_ones() {
    let mut config = config(person().join("manifest.toml"), BackendChoice::Embedded);
    config.providers = vec!["cpu".to_owned(), "gpu".to_owned()];
    let error = refused(&config).to_string();
    assert!(
        error.starts_with("there is no provider `gpu`; there are tensorrt; cuda; "),
        "{error}"
    );
}

#[test]
fn a_provider_that_the_library_lacks_is_told_and_the_next_one_runs() {
    let _loaded = onnxruntime("person");
    let mut config = config(person().join("manifest.toml"), BackendChoice::OnnxRuntime);
    config.providers = vec!["qnn".to_owned(), "cpu".to_owned()];
    let detector = Detector::open(&config).expect("the CPU runs it");
    assert_eq!(detector.info().providers, ["cpu"]);
    assert_eq!(detector.info().not_used[0].what, "qnn");
    let placements = &detector.info().placements;
    let qnn = (placements[0].compiled_in, placements[0].registered);
    assert_eq!(qnn, (false, false));
    let nodes = placements[1].nodes.expect("this library tells");
    assert!(nodes > 50, "{placements:?}");
    let warnings = detector.info().warnings();
    assert!(
        warnings[0].starts_with("the CPU runs the whole model; qnn: "),
        "{warnings:?}"
    );

    config.providers = vec!["qnn".to_owned()];
    let error = refused(&config).to_string();
    assert!(
        error.starts_with("no configured provider can be used: qnn: "),
        "{error}"
    );
}
