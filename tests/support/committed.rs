//! The committed model `person`.

use std::fs;
use std::path::{Path, PathBuf};

/// Its folder.
pub fn person() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/person")
}

/// Its file.
pub fn model() -> Vec<u8> {
    fs::read(person().join("model.onnx")).expect("the committed model is there")
}

/// Its manifest as it is written.
pub fn manifest() -> String {
    fs::read_to_string(person().join("manifest.toml")).expect("the manifest is there")
}

/// The digest that its manifest promises.
pub fn sha256() -> String {
    let manifest: toml::Table = toml::from_str(&manifest()).expect("is TOML");
    manifest["sha256"].as_str().expect("is text").to_owned()
}

/// Its manifest without `tables`, to write others in their place.
pub fn manifest_without(tables: &[&str]) -> String {
    let mut manifest: toml::Table = toml::from_str(&manifest()).expect("is TOML");
    for table in tables {
        manifest.remove(*table);
    }
    toml::to_string(&manifest).expect("is TOML")
}
